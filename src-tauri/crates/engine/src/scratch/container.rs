//! A server in a container, for one job: made, filled like a private one, removed.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Contents, roles_needed};
use crate::engine::Engine;
use base::failure::Failure;
use base::secret::Secret;
use ledger::job::JobContext;
use postgres::container::{Container, ContainerSpec, Image, Runtime};
use postgres::facts;
use postgres::guest::{as_guest, make_guest};
use postgres::target::Target;

/// A server in a container that is being filled.
pub(crate) struct Contained {
    container: Container,
    /// Somebody vouches for what is filled in: what takes a superuser may be made by one.
    is_trusted: bool,
    /// The password of the guest, as whom the rest is done.
    guest: Secret,
}

/// What its server is, and has.
pub(crate) struct Found {
    pub(crate) version: String,
    pub(crate) major: u16,
    pub(crate) extensions: BTreeSet<String>,
}

impl Contained {
    pub(crate) async fn begin(
        engine: &Engine,
        context: &JobContext,
        contents: &Contents<'_>,
        runtime: Runtime,
        image: Image,
    ) -> Result<Self, Failure> {
        let profile = &engine.profile;
        let title = runtime.title();
        let spec = ContainerSpec {
            profile: profile.home.clone(),
            runtime,
            image,
            job: context.id().to_owned(),
            owner_lock: profile.jobs.process().path().to_owned(),
            database: contents.database.to_owned(),
        };
        let password = Secret::new(Uuid::new_v4().simple().to_string());
        let container = context.alive(Container::start(spec, password)).await?;
        context.info("prepare", format!("container {} by {title}", container.name()));
        let walled = if container.is_walled() { "no network" } else { "the network of containers here" };
        context.fact("Container", container.name().to_owned(), Some(walled.into()));
        let guest = Secret::new(Uuid::new_v4().simple().to_string());
        let made = Self { container, is_trusted: contents.manifest.is_trusted(), guest };
        match made.prepare(engine, contents).await {
            Ok(()) => Ok(made),
            Err(failure) => {
                // The first failure is the one to tell; what is left the next start removes.
                let _ = made.discard().await;
                Err(failure)
            }
        }
    }

    async fn prepare(&self, engine: &Engine, contents: &Contents<'_>) -> Result<(), Failure> {
        let roles = roles_needed(engine, contents).await?;
        make_guest(&self.owner("roles"), &self.guest, &roles).await
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.container.name()
    }

    /// The target of the load: as the server's owner, or as the guest for an untrusted file.
    pub(crate) fn target(&self, job: &str) -> Target {
        let owner = self.owner(job);
        if self.is_trusted { owner } else { as_guest(&owner, &self.guest) }
    }

    /// The guest's password, where the target is not the guest itself.
    pub(crate) fn guest(&self) -> Option<&Secret> {
        self.is_trusted.then_some(&self.guest)
    }

    /// What its server is, and which extensions it has.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn look(&self, job: &str) -> Result<Found, Failure> {
        let session = self.owner(job).session().await?;
        let looked = async {
            let server = facts::server(&session.client).await?;
            let extensions = facts::available_extensions(&session.client).await.map_err(postgres::refused)?;
            Ok::<_, Failure>(Found { version: server.version, major: server.major, extensions })
        };
        let looked = looked.await;
        session.close().await;
        looked
    }

    /// Removes it.
    ///
    /// # Errors
    /// Why it is still there.
    pub(crate) async fn discard(self) -> Result<(), Failure> {
        Ok(self.container.remove().await?)
    }

    fn owner(&self, job: &str) -> Target {
        Target {
            settings: self.container.settings("postgres"),
            password: Some(self.container.password().clone()),
            application: format!("holdfast {job}"),
        }
    }
}
