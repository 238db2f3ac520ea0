//! Databases to be filled: by restores, and as scratch by drills, in a private cluster or lent by a project's
//! server. A lent one is always dropped; after a kill, at the next start or with the next drill.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::archive::Manifest;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{LentDatabase, ProjectRecord};
use ledger::job::JobContext;
use postgres::connection::{Session, said};
use postgres::process::terminate_backends;
use postgres::target::{Target, quote_identifier, quote_literal};

/// A backend takes a moment to end after its client did; the server itself waits five seconds each time.
const DROP_TRIES_MAX: usize = 4;
const DROP_PAUSE: Duration = Duration::from_millis(200);
/// The subscriptions of the database of this number, where the session is in that one.
const SUBSCRIPTIONS: &str = "select subname::text from pg_catalog.pg_subscription where subdbid = \
    (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database() and oid = $1)";
/// The name of the database that has a number, and the number of the one that has a name.
const NAME: &str = "select datname::text from pg_catalog.pg_database where oid = $1";
const NUMBER: &str = "select oid from pg_catalog.pg_database where datname = $1";
/// Those of the role itself, and all of them where it may: a single one that it may not end would keep
/// the server from ending any.
const END_SESSIONS: &str = "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
    where datid = $1 and pid <> pg_catalog.pg_backend_pid() and (usename = current_user \
    or (select rolsuper from pg_catalog.pg_roles where rolname = current_user))";

/// Creates an empty database with the encoding and locale of the original. Returns its OID, which a rename
/// does not change.
///
/// # Errors
/// `create_failed`.
pub(crate) async fn create_database(
    server: &Target,
    name: &str,
    manifest: &Manifest,
) -> Result<u32, Failure> {
    let create = statement(name, manifest)?;
    created(server, name, &[create]).await
}

fn statement(name: &str, manifest: &Manifest) -> Result<String, Failure> {
    let of = manifest.dump()?;
    let mut create = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        quote_identifier(name),
        quote_literal(&of.encoding),
        quote_literal(&of.collate),
        quote_literal(&of.ctype)
    );
    if let Some(locale) = of.locale.as_deref().filter(|_| of.locale_provider == "icu") {
        create = format!("{create} LOCALE_PROVIDER icu ICU_LOCALE {}", quote_literal(locale));
    }
    Ok(create)
}

/// The same on a shared server. Only its owner, the restorer, can connect until the original's privileges are
/// restored; otherwise the owner of a schema or table could add a check before rows are loaded, which runs
/// with the restorer's rights.
///
/// # Errors
/// `create_failed`; then there is no such database.
pub(crate) async fn create_closed_database(
    server: &Target,
    name: &str,
    manifest: &Manifest,
) -> Result<u32, Failure> {
    let quoted = quote_identifier(name);
    let statements = [
        format!("{} ALLOW_CONNECTIONS false", statement(name, manifest)?),
        format!("REVOKE CONNECT, TEMPORARY ON DATABASE {quoted} FROM PUBLIC"),
        format!("ALTER DATABASE {quoted} ALLOW_CONNECTIONS true"),
    ];
    created(server, name, &statements).await
}

/// The default privileges of PUBLIC on a database.
pub(crate) fn open_to_all(name: &str) -> String {
    format!("GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC", quote_identifier(name))
}

async fn created(server: &Target, name: &str, statements: &[String]) -> Result<u32, Failure> {
    let session = server.session().await?;
    let created = async {
        // One by one: none of them may be part of a transaction.
        for (at, statement) in statements.iter().enumerate() {
            if let Err(error) = session.client.batch_execute(statement).await {
                if at > 0 {
                    // Made by the first of them a moment ago, and of use to nobody.
                    let drop = format!("DROP DATABASE {}", quote_identifier(name));
                    let _ = session.client.batch_execute(&drop).await;
                }
                return Err(error);
            }
        }
        session.client.query_one(NUMBER, &[&name]).await
    };
    let created = created.await;
    session.close().await;
    created.map(|row| row.get(0)).map_err(|error| {
        let said = said(&error);
        Failure::new(
            Code::CreateFailed,
            format!("the server does not create the database {name}: {said}"),
            "Choose another name or server; if it names a locale, install that locale on the server.",
        )
    })
}

/// A database on the server of a project, for one job.
pub(crate) struct Lent {
    job_id: String,
    name: String,
    /// Its number, once it is made.
    oid: Option<u32>,
    server: Target,
}

impl Lent {
    /// Makes it. It is noted before it is made, so that a kill leaves nothing unknown.
    ///
    /// # Errors
    /// Why the server does not make it.
    pub(crate) async fn begin(
        engine: &Engine,
        context: &JobContext,
        project: &ProjectRecord,
        manifest: &Manifest,
    ) -> Result<Self, Failure> {
        let profile = &engine.profile;
        engine.wake(project).await?;
        let server = Target {
            settings: project.postgres()?.clone(),
            password: profile.password(project).await?,
            application: format!("holdfast {}", context.id()),
        };
        let job_id = context.id().to_owned();
        let name = format!("holdfast_drill_{}", &job_id[..12.min(job_id.len())]);
        let (noted, project_id) = (name.clone(), project.id.clone());
        let row = LentDatabase { job_id: job_id.clone(), project_id, name: noted, oid: None };
        profile.catalog.note_lent(&row).await?;
        let mut lent = Self { job_id, name, oid: None, server };
        match create_closed_database(&lent.server, &lent.name, manifest).await {
            Ok(oid) => lent.oid = Some(oid),
            Err(failure) => {
                lent.give_back(engine).await?;
                return Err(failure);
            }
        }
        if let Err(error) = profile.catalog.number_lent(&lent.job_id, lent.oid).await {
            lent.give_back(engine).await?;
            return Err(error.into());
        }
        context.info("server", format!("database {} on {} is created", lent.name, project.name));
        Ok(lent)
    }

    /// Where it is.
    pub(crate) fn target(&self) -> Target {
        self.server.with_database(&self.name)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Drops it.
    ///
    /// # Errors
    /// Why it is still there; it stays noted, and the next drill tries again.
    pub(crate) async fn give_back(self, engine: &Engine) -> Result<(), Failure> {
        drop_unfinished(&self.server, &self.name, self.oid).await?;
        Ok(engine.profile.catalog.forget_lent(&self.job_id).await?)
    }
}

impl Engine {
    /// Drops the databases that dead processes left on the servers of projects. What cannot be dropped now
    /// stays noted.
    pub(crate) async fn sweep_lent(&self) -> Result<(), Failure> {
        let profile = &self.profile;
        let open = profile.catalog.open_jobs().await?;
        for lent in profile.catalog.lent().await? {
            if open.iter().any(|job| job.id == lent.job_id) {
                continue;
            }
            if let Err(failure) = self.drop_lent(&lent).await {
                tracing::warn!(%failure, database = %lent.name, "a database of a drill that ended is still there");
            }
        }
        Ok(())
    }

    /// The same beside the start, which waits for no server. Where secrets are still locked it is left to
    /// the next drill.
    pub(crate) async fn sweep_lent_later(&self) -> Result<(), Failure> {
        if self.profile.catalog.lent().await?.is_empty() {
            return Ok(());
        }
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = engine.sweep_lent().await {
                tracing::warn!(%failure, "databases of drills that ended could not be looked for");
            }
        });
        Ok(())
    }

    async fn drop_lent(&self, lent: &LentDatabase) -> Result<(), Failure> {
        let project = self.profile.project(&lent.project_id).await?;
        self.wake(&project).await?;
        let password = self.profile.password(&project).await?;
        let application = format!("holdfast {}", lent.job_id);
        let server = Target { settings: project.postgres()?.clone(), password, application };
        let oid = lent.oid.and_then(|oid| u32::try_from(oid).ok());
        drop_unfinished(&server, &lent.name, oid).await?;
        Ok(self.profile.catalog.forget_lent(&lent.job_id).await?)
    }
}

/// Drops an incomplete or scratch database, which only Holdfast uses; ends its sessions. Without an OID,
/// since it may not exist, by its unique name.
///
/// # Errors
/// Why it is still there.
pub(crate) async fn drop_unfinished(server: &Target, name: &str, oid: Option<u32>) -> Result<(), Failure> {
    let session = server.session().await?;
    terminate_backends(&session, &server.application).await.map_err(postgres::refused)?;
    let oid = match oid {
        Some(oid) => is_called(&session, oid, name).await?.then_some(oid),
        None => number(&session, name).await?,
    };
    if let Some(oid) = oid {
        end_sessions(&session, oid).await;
    }
    session.close().await;
    match oid {
        Some(oid) => drop_database(server, name, oid).await,
        None => Ok(()),
    }
}

/// Drops the database of this number that others may use by now: while one of them is connected, it stays. Looked
/// at before every try: a name may be given to another database at any time.
///
/// # Errors
/// `plan_stale` where it has another name; why it is still there.
pub(crate) async fn drop_database(server: &Target, name: &str, oid: u32) -> Result<(), Failure> {
    let session = server.session().await?;
    let dropped = try_drop(server, &session, name, oid).await;
    session.close().await;
    dropped
}

async fn try_drop(server: &Target, session: &Session, name: &str, oid: u32) -> Result<(), Failure> {
    if !is_called(session, oid, name).await? {
        return Ok(());
    }
    end_subscriptions(server, name, oid).await;
    let drop = format!("DROP DATABASE IF EXISTS {}", quote_identifier(name));
    let mut tries = 0;
    while is_called(session, oid, name).await? {
        tries += 1;
        match session.client.batch_execute(&drop).await {
            Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) && tries < DROP_TRIES_MAX => {
                tokio::time::sleep(DROP_PAUSE).await;
            }
            dropped => return dropped.map_err(postgres::refused),
        }
    }
    Ok(())
}

/// Whether the database of this number is there, under this name.
///
/// # Errors
/// `plan_stale` where it has another one: what has this name by now is another database.
async fn is_called(session: &Session, oid: u32, name: &str) -> Result<bool, Failure> {
    let Some(row) = session.client.query_opt(NAME, &[&oid]).await.map_err(postgres::refused)? else {
        return Ok(false);
    };
    let now: String = row.get(0);
    if now == name {
        return Ok(true);
    }
    Err(Failure::new(
        Code::PlanStale,
        format!(
            "the database that was to be dropped is called {now} by now, and not {name}; nothing was dropped"
        ),
        "Somebody gave it another name. Drop it by hand if it is to go.",
    ))
}

/// The number of the database of this name.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn number(session: &Session, name: &str) -> Result<Option<u32>, Failure> {
    Ok(session.client.query_opt(NUMBER, &[&name]).await.map_err(postgres::refused)?.map(|row| row.get(0)))
}

/// Ends sessions to a database that is made to be filled: a pooler keeps them for the next client.
pub(crate) async fn end_sessions(session: &Session, oid: u32) {
    if let Err(error) = session.client.query(END_SESSIONS, &[&oid]).await {
        tracing::warn!(%error, database = oid, "sessions of a database that is filled could not be ended");
    }
}

/// Drops subscriptions, because a database with one cannot be dropped. A restored subscription never
/// connected to its publisher, and is dropped without touching the slot, which is the original's. If that
/// fails, the server reports it when the database is dropped.
async fn end_subscriptions(server: &Target, name: &str, oid: u32) {
    let ended = async {
        let session = server.with_database(name).session().await?;
        let ended = drop_subscriptions(&session, oid).await;
        session.close().await;
        ended.map_err(postgres::refused)
    };
    if let Err(failure) = ended.await {
        tracing::debug!(%failure, database = name, "a database has no subscriptions to drop");
    }
}

async fn drop_subscriptions(session: &Session, oid: u32) -> Result<(), tokio_postgres::Error> {
    for row in session.client.query(SUBSCRIPTIONS, &[&oid]).await? {
        let name = quote_identifier(row.get(0));
        // Each by itself: together they would be one transaction, in which none is dropped.
        for statement in [
            format!("ALTER SUBSCRIPTION {name} DISABLE"),
            format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"),
            format!("DROP SUBSCRIPTION {name}"),
        ] {
            session.client.batch_execute(&statement).await?;
        }
    }
    Ok(())
}
