//! The private server that foreign databases are loaded into, by a role without privileges outside of them.

use std::collections::BTreeSet;

use crate::profile::Profile;
use crate::wall;
use base::failure::Failure;
use base::secret::Secret;
use ledger::job::JobContext;
use postgres::cluster::{Cluster, ClusterSpec, Purpose};
use postgres::guest::{GUEST, as_guest, as_keeper, make_guest, make_keeper};
use postgres::target::{Target, quote_identifier};
use postgres::tools::ToolSet;

/// A private server for one run; removed by `remove`, or swept after a death.
pub(super) struct Server {
    cluster: Cluster,
    /// The programs that read and load: those of the server itself may be without clients.
    clients: ToolSet,
    password: Secret,
    job: String,
}

impl Server {
    /// Starts one, new enough for a dump of `major`.
    pub(super) async fn start(
        profile: &Profile,
        context: &JobContext,
        major: Option<u16>,
    ) -> Result<Self, Failure> {
        let tools = profile.tools().await?;
        let set = match major {
            Some(major) => tools.for_cluster(major)?,
            None => tools.newest_server()?,
        };
        let owner = profile.jobs.process().path().to_owned();
        let cluster =
            Cluster::create(ClusterSpec::new(profile.home.clone(), Purpose::Scratch, set, owner)).await?;
        let clients = tools.for_restore(major.unwrap_or(set.major()), set.major())?.clone();
        let server = Self {
            cluster,
            clients,
            password: Secret::new(uuid::Uuid::new_v4().simple().to_string()),
            job: context.id().to_owned(),
        };
        if let Err(failure) = server.begin().await {
            server.remove().await;
            return Err(failure);
        }
        context.info("open", format!("private Postgres {} to load it into", set.version));
        wall::tell(context, "open", &server.cluster);
        Ok(server)
    }

    pub(super) fn tools(&self) -> &ToolSet {
        &self.clients
    }

    async fn begin(&self) -> Result<(), Failure> {
        self.cluster.start().await?;
        make_keeper(&self.first("postgres")).await?;
        Ok(())
    }

    /// The server as it was made.
    fn first(&self, database: &str) -> Target {
        Target {
            settings: self.cluster.settings(database),
            password: Some(self.cluster.password().clone()),
            application: format!("holdfast {}", self.job),
        }
    }

    /// The server as its owner; for what no script decides.
    pub(super) fn owner(&self, database: &str) -> Target {
        as_keeper(&self.first(database))
    }

    /// The database as the role that loads.
    pub(super) fn loader(&self, database: &str) -> Target {
        as_guest(&self.owner(database), &self.password)
    }

    /// An empty database, and the roles that its contents speak of.
    pub(super) async fn prepare(&self, database: &str, roles: &BTreeSet<String>) -> Result<(), Failure> {
        make_guest(&self.owner("postgres"), &self.password, roles).await?;
        let session = self.owner("postgres").session().await?;
        let made = format!(
            "CREATE DATABASE {} OWNER {GUEST} TEMPLATE template0 ENCODING 'UTF8'",
            quote_identifier(database)
        );
        session.client.batch_execute(&made).await.map_err(postgres::refused)?;
        session.close().await;
        // Who is given a table has to be allowed to own one there.
        let session = self.owner(database).session().await?;
        for role in roles {
            let grant = format!("GRANT CREATE ON SCHEMA public TO {}", quote_identifier(role));
            session.client.batch_execute(&grant).await.map_err(postgres::refused)?;
        }
        session.close().await;
        Ok(())
    }

    /// Takes back what only the loading needed.
    pub(super) async fn tidy(&self, database: &str, roles: &BTreeSet<String>) -> Result<(), Failure> {
        let session = self.owner(database).session().await?;
        for role in roles {
            let revoke = format!("REVOKE CREATE ON SCHEMA public FROM {}", quote_identifier(role));
            session.client.batch_execute(&revoke).await.map_err(postgres::refused)?;
        }
        session.close().await;
        Ok(())
    }

    pub(super) async fn remove(self) {
        if let Err(error) = self.cluster.remove().await {
            tracing::warn!(%error, "a private server could not be removed; the next start sweeps it");
        }
    }
}
