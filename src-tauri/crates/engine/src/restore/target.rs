//! The target server of a restore: its identity, and whether it can take the backup.

use std::collections::BTreeMap;

use crate::archive::Manifest;
use base::failure::Failure;
use base::secret::Secret;
use postgres::connection::{ConnectOptions, Session, Settings, connect};
use postgres::facts;
use postgres::remedy::Remedy;
use postgres::target::quote_identifier;

use super::ability::Ability;
use super::plan::RestorePlan;

/// A database's name has at most this many bytes (`NAMEDATALEN` - 1); Postgres would cut it silently.
pub(super) const NAME_BYTES_MAX: usize = 63;

/// What was seen of a server.
pub(super) struct Server {
    pub(super) version: String,
    pub(super) major: u16,
    pub(super) system_identifier: Option<String>,
    is_in_recovery: bool,
    may_create: bool,
    pub(super) is_superuser: bool,
    pub(super) user: String,
    pub(super) databases: Vec<String>,
    pub(super) ability: Ability,
    /// How it is set, by name.
    pub(super) settings: BTreeMap<String, String>,
}

impl Server {
    /// Looks at a server; reads only.
    pub(super) async fn look(connection: &Settings, password: Option<&Secret>) -> Result<Self, Failure> {
        let session = connect(connection, password, &ConnectOptions::new("holdfast plan")).await?;
        let looked = Self::read(&session).await;
        session.close().await;
        looked
    }

    async fn read(session: &Session) -> Result<Self, Failure> {
        // A role's own limit may be too low for a look at a server with much on it.
        session.client.batch_execute("set statement_timeout = '60s'").await.map_err(postgres::refused)?;
        let server = facts::server(&session.client).await?;
        let row = session
            .client
            .query_one(
                "select current_user::text, r.rolcreatedb or r.rolsuper, \
                 array(select datname::text from pg_catalog.pg_database where not datistemplate order by 1) \
                 from pg_catalog.pg_roles r where r.rolname = current_user",
                &[],
            )
            .await
            .map_err(postgres::refused)?;
        Ok(Self {
            version: server.version,
            major: server.major,
            system_identifier: server.system_identifier,
            is_in_recovery: server.is_in_recovery,
            is_superuser: server.is_superuser,
            user: row.get(0),
            may_create: row.get(1),
            databases: row.get(2),
            ability: Ability::look(session).await?,
            settings: facts::server_settings(&session.client).await,
        })
    }

    /// Adds to the plan what forbids a new database of its name.
    pub(super) fn judge_name(&self, plan: &mut RestorePlan) {
        let name = &plan.database;
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
            plan.blockers
                .push(format!("{name:?} cannot be the name of a database: 1 to {NAME_BYTES_MAX} bytes."));
        }
        if self.databases.contains(name) {
            plan.blockers.push(format!(
                "A database {name} exists already on that server. Choose another name; it is not touched."
            ));
        }
        self.judge_creation(plan);
    }

    /// Adds to the plan that the role may not create databases.
    pub(super) fn judge_creation(&self, plan: &mut RestorePlan) {
        if !self.may_create {
            plan.forbid_until(Remedy::new(
                format!("The role {} may not create databases.", self.user),
                format!("alter role {} createdb;", quote_identifier(&self.user)),
            ));
        }
    }

    /// Adds to the plan what forbids it on this server, and what is worth knowing.
    pub(super) fn judge(&self, plan: &mut RestorePlan, manifest: &Manifest) {
        if self.is_in_recovery {
            plan.blockers.push("That server is a replica and cannot be written to.".into());
        }
        let major = manifest.server.as_ref().map_or(0, |server| server.major);
        if self.major < major {
            plan.blockers.push(format!(
                "That server is Postgres {}, the backup comes from {}. An older server does not understand what a newer one dumped.",
                self.major, major
            ));
        }
        // Whoever makes an object may give rights to it; another owner it gets from a superuser alone.
        plan.owners = self.is_superuser;
        plan.privileges = true;
    }

    /// What must not change between the plan and its application.
    pub(super) fn fingerprint(&self, database: &str) -> String {
        let identity = self.system_identifier.as_deref().unwrap_or("unknown");
        let taken = self.databases.iter().any(|name| name == database);
        format!("system {identity}, version {}, role {}, name taken {taken}", self.major, self.user)
    }

    /// The server in words.
    pub(super) fn words(&self, connection: &Settings) -> String {
        let identity =
            self.system_identifier.as_deref().map_or_else(String::new, |id| format!(", system {id}"));
        let version = self.version.split(' ').next().unwrap_or_default();
        match connection.socket_directory() {
            Some(_) => format!("Postgres {version} on this computer{identity}"),
            None => format!("Postgres {version} at {}{identity}", connection.place()),
        }
    }
}

/// Under which name a plan's own password is stored.
pub(super) fn plan_password(plan_id: &str) -> String {
    format!("plan:{plan_id}")
}
