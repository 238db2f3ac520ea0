//! The moment that a backup restores: one held snapshot, and everything read as of it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use vault::{SnapshotId, SnapshotWriter};

use super::dump::{self, Stored, dump_path};
use super::plan::{compare, table_names, unreadable_names};
use crate::account::{this_host, this_user};
use crate::archive::{DatabasePart, MANIFEST_FORMAT, Manifest, Origin, Part, ROLES_PATH, ServerStamp, Who};
use crate::catalog::ProjectRecord;
use crate::clock::now_ms;
use crate::failure::Failure;
use crate::job::JobContext;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::source::postgres::connection::{ConnectOptions, Peer, TlsMode, connect};
use crate::source::postgres::dump::{Dump, DumpRequest, Holder, RolesRequest};
use crate::source::postgres::facts::{Facts, LockWait, TableKind, UnreadableReason};
use crate::source::postgres::process::terminate_backends;
use crate::source::postgres::tools::{Program, ToolSet};
use crate::words::{counted, moment_words};

/// The encoding of databases whose bytes mean whatever their applications mean by them.
const SQL_ASCII: &str = "SQL_ASCII";
/// How often is looked whether the dump waits for another session.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the server is asked to end what a cancelled dump left there.
const SWEEP_WAIT: Duration = Duration::from_secs(3);

/// The held moment and what was learnt in it.
pub(super) struct Moment {
    holder: Holder,
    facts: Facts,
    tools: ToolSet,
    at_ms: i64,
    application: String,
    lock_wait: Duration,
}

impl Moment {
    pub(super) async fn hold(
        profile: &Profile,
        context: &JobContext,
        project: &ProjectRecord,
        password: Option<&Secret>,
    ) -> Result<Self, Failure> {
        let application = format!("holdfast {}", context.id());
        let options = ConnectOptions::new(application.clone());
        // Before the snapshot is taken: a recovery point may be newer than it says, never older.
        let at_ms = now_ms();
        let holder = Holder::open(project.postgres()?, password, &options).await?;
        let facts = holder.facts().await?;
        context.checkpoint()?;
        let lsn = facts.server.lsn.clone();
        context.info("snapshot", format!("exported {} of {}", holder.snapshot(), facts.database.name));
        context.fact("Moment", moment_words(at_ms), lsn.map(|lsn| format!("LSN {lsn}")));
        if let Some(stamp) = facts.migrations.first() {
            context.fact("Schema", format!("migration {}", stamp.newest), None);
        }
        refuse_what_it_may_not_read(&project.postgres()?.user, &facts)?;
        let tools = profile.tools().await?.for_dump(facts.server.major)?.clone();
        let tables = facts.tables.iter().filter(|table| table.kind == TableKind::Table).count();
        context.info(
            "snapshot",
            format!(
                "pg_dump {} for server {}, {}",
                tools.version,
                facts.server.version,
                counted(tables as u64, "table")
            ),
        );
        let stamped = ProjectRecord { server_version: Some(facts.server.version.clone()), ..project.clone() };
        profile.catalog.put_project(&stamped).await?;
        Ok(Self { holder, facts, tools, at_ms, application, lock_wait: profile.lock_wait })
    }

    pub(super) async fn dump(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        password: Option<Secret>,
        writer: SnapshotWriter,
        bytes_before: Option<u64>,
    ) -> Result<(SnapshotWriter, Stored, Result<Part, String>), Failure> {
        // The last dump's size is the best guess at this one's; before the first it is what the tables
        // take on the disk.
        let on_disk = || self.facts.tables.iter().map(|table| table.size_bytes).sum::<u64>().max(1);
        context.expect_bytes(bytes_before.unwrap_or_else(on_disk));
        let output = self.holder.unusual_output().await?;
        let request = DumpRequest {
            tools: &self.tools,
            settings: project.postgres()?,
            password: password.as_ref(),
            peer: self.holder.peer(),
            snapshot: self.holder.snapshot(),
            application_name: &self.application,
            lock_wait: self.lock_wait,
            schemas: &[],
            // The server converts nothing there, so that UTF-8 would be demanded of what is none.
            encoding: (self.facts.database.encoding == SQL_ASCII).then_some(SQL_ASCII),
            output: &output,
        };
        let dump = Dump::spawn(&request)?;
        let kill = dump.kill_handle();
        let (path, meter) = (dump_path(&project.postgres()?.database), Arc::clone(context.meter()));
        let mut storing = tokio::task::spawn_blocking(move || {
            let stored = dump::store(&writer, dump, &path, &meter);
            (writer, stored)
        });
        let mut waited = None;
        let ended = tokio::select! {
            ended = &mut storing => ended,
            never = self.watch_locks(context, &mut waited) => match never {},
            () = context.token().cancelled() => {
                kill.kill();
                // Side by side: on a silent network each of the two takes its time.
                let (ended, ()) = tokio::join!(storing, self.sweep_server(project, password.as_ref()));
                ended
            }
        };
        let (writer, stored) = ended.map_err(|join| {
            tracing::error!(%join, "the dump's thread panicked");
            Failure::new(
                "internal",
                "Holdfast made a mistake while it stored the dump",
                "Copy this report to the developers.",
            )
        })?;
        context.checkpoint()?;
        let stored = stored.map_err(|failure| with_blocker(failure, waited.as_ref()))?;
        let (writer, roles) = self.roles(context, project, password, writer).await?;
        Ok((writer, stored, roles))
    }

    /// Says whom the dump waits for, and keeps it for the case that it waits in vain. Never ends: what
    /// ends is the dump, or the job.
    async fn watch_locks(&self, context: &JobContext, waited: &mut Option<LockWait>) -> Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let wait = self.holder.waits_for(&self.application).await;
            if let Some(wait) = wait.filter(|wait| waited.as_ref() != Some(wait)) {
                let LockWait { table, blocker } = &wait;
                context.warn("dump", format!("waits for table {table}, which {blocker} holds locked"));
                *waited = Some(wait);
            }
        }
    }

    /// What a killed dump may have left on the server is ended there.
    async fn sweep_server(&self, project: &ProjectRecord, password: Option<&Secret>) {
        let options = ConnectOptions::new("holdfast cancel");
        let ended = async {
            let session = connect(project.connection.as_ref()?, password, &options).await.ok()?;
            let ended = terminate_backends(&session, &self.application).await.ok();
            session.close().await;
            ended
        };
        // A network that is silent is not waited for by somebody who cancelled.
        if tokio::time::timeout(SWEEP_WAIT, ended).await.ok().flatten().is_none() {
            tracing::warn!(
                "the server's side of the dump could not be looked at; it ends when it next writes"
            );
        }
    }

    /// Roles are worth having and not always permitted; their absence is a warning in the manifest.
    async fn roles(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        password: Option<Secret>,
        writer: SnapshotWriter,
    ) -> Result<(SnapshotWriter, Result<Part, String>), Failure> {
        if !self.tools.has(Program::PgDumpall) {
            return Ok((writer, Err("pg_dumpall is not on this computer".into())));
        }
        let request = RolesRequest {
            tools: &self.tools,
            settings: project.postgres()?,
            password: password.as_ref(),
            peer: self.holder.peer(),
            application_name: &self.application,
        };
        let mut dump = Dump::spawn_roles(&request)?;
        let kill = dump.kill_handle();
        let mut reading = tokio::task::spawn_blocking(move || {
            let text = dump.take_output().map(std::io::read_to_string).transpose();
            let ended = dump.finish();
            let text = match (text, ended) {
                (Ok(text), Ok(())) => Ok(text.unwrap_or_default()),
                (_, Err(error)) => Err(error.to_string()),
                (Err(error), Ok(())) => Err(error.to_string()),
            };
            let part = text.map(|text| dump::store_roles(&writer, text.as_bytes(), ROLES_PATH));
            (writer, part)
        });
        let ended = tokio::select! {
            ended = &mut reading => ended,
            () = context.token().cancelled() => { kill.kill(); reading.await }
        };
        let (writer, part) = ended.map_err(|join| {
            tracing::error!(%join, "the roles' thread panicked");
            Failure::new(
                "internal",
                "Holdfast made a mistake while it stored the roles",
                "Copy this report to the developers.",
            )
        })?;
        context.checkpoint()?;
        Ok((
            writer,
            match part {
                Ok(stored) => Ok(stored?),
                Err(reason) => Err(reason),
            },
        ))
    }

    #[expect(clippy::too_many_arguments, reason = "the manifest is where all parts of a run come together")]
    pub(super) fn manifest(
        &self,
        project: &ProjectRecord,
        reason: Option<String>,
        trigger: String,
        started_at_ms: i64,
        stored: Stored,
        roles: Result<Part, String>,
        before: Option<&(SnapshotId, Manifest)>,
    ) -> Manifest {
        let server = &self.facts.server;
        let mut warnings = Vec::new();
        if let Err(error) = &stored.summary {
            warnings.push(format!("The dump could not be counted, so it has no fingerprints: {error}."));
        }
        if let Err(why) = &roles {
            warnings.push(format!("Roles are not in this backup: {why}."));
        }
        warnings.extend(plain_text_warning(
            project.connection.as_ref().map_or(TlsMode::Disable, |connection| connection.tls),
            self.holder.peer(),
            self.holder.is_encrypted(),
        ));
        let mut manifest = Manifest {
            format: MANIFEST_FORMAT,
            holdfast: env!("CARGO_PKG_VERSION").into(),
            origin: Origin {
                project_id: project.id.clone(),
                project: project.name.clone(),
                label: project.label,
                is_sample: project.is_sample,
                connection: project.connection.clone(),
                platform: project.platform.clone(),
            },
            reason,
            trigger,
            who: Who { user: this_user(), host: this_host() },
            started_at_ms,
            moment_at_ms: self.at_ms,
            finished_at_ms: now_ms(),
            server: Some(ServerStamp {
                version: server.version.clone(),
                major: server.major,
                system_identifier: server.system_identifier.clone(),
                lsn: server.lsn.clone(),
                clock_skew_ms: self.facts.clock.skew_ms,
            }),
            database: Some(self.database_part(stored)),
            roles: roles.ok(),
            extensions: self
                .facts
                .extensions
                .iter()
                .map(|one| format!("{} {}", one.name, one.version))
                .collect(),
            migration: self.facts.migrations.first().map(|stamp| stamp.newest.clone()),
            artifact: None,
            trees: Vec::new(),
            warnings,
            audit_head: None,
        };
        let (new, gone) =
            compare(before.map(|(_, manifest)| table_names(manifest)).as_ref(), &table_names(&manifest));
        manifest.warnings.extend(
            new.iter().map(|table| format!("Table {table} is new since the last backup; it is included.")),
        );
        manifest
            .warnings
            .extend(gone.iter().map(|table| format!("Table {table} of the last backup is gone.")));
        manifest
    }

    fn database_part(&self, stored: Stored) -> DatabasePart {
        let mut large_objects_fingerprint = None;
        let (tables, uncounted, large_objects, prefix_bytes, blocks) = match stored.summary {
            Ok(summary) => {
                let objects = (summary.large_objects.count, summary.large_objects.bytes);
                large_objects_fingerprint = Some(summary.large_objects.fingerprint_text());
                (Some(summary.tables), None, objects, summary.prefix_bytes, summary.blocks)
            }
            Err(error) => (None, Some(error.to_string()), (0, 0), 0, Vec::new()),
        };
        let database = &self.facts.database;
        DatabasePart {
            part: stored.part,
            name: database.name.clone(),
            encoding: database.encoding.clone(),
            collate: database.collate.clone(),
            ctype: database.ctype.clone(),
            locale_provider: database.locale_provider.clone(),
            locale: database.locale.clone(),
            server_bytes: database.size_bytes,
            tool: self.tools.version.to_string(),
            tables,
            uncounted,
            large_objects,
            large_objects_fingerprint,
            prefix_bytes,
            blocks,
        }
    }

    pub(super) async fn close(self) {
        self.holder.close().await;
    }
}

/// What was preferred to be encrypted and was not is said; on this computer nobody is in between.
fn plain_text_warning(tls: TlsMode, peer: &Peer, is_encrypted: bool) -> Option<String> {
    let is_remote = peer.address().is_some_and(|address| !address.ip().is_loopback());
    (tls == TlsMode::Prefer && is_remote && !is_encrypted).then(|| {
        "The connection was not encrypted: the server offers no TLS, and the project only prefers it. Demand it with sslmode=require."
            .into()
    })
}

/// A dump that waited in vain says for whom.
fn with_blocker(mut failure: Failure, waited: Option<&LockWait>) -> Failure {
    if let Some(LockWait { table, blocker }) = waited.filter(|_| failure.code == "lock_timeout") {
        failure.message = format!("{}: {table} is held by {blocker}", failure.message);
    }
    failure
}

/// A dump stops at the first table that it may not read; all of them are named before it begins.
fn refuse_what_it_may_not_read(role: &str, facts: &Facts) -> Result<(), Failure> {
    let names = unreadable_names(facts);
    if facts.unreadable.is_empty() {
        Ok(())
    } else if facts.unreadable.iter().all(|one| one.reason == UnreadableReason::RowSecurity) {
        // The right to read all data does not help against row security.
        Err(Failure::new(
            "row_security",
            format!("row security hides rows of {names} from the role {role}"),
            "Sign in as a role with BYPASSRLS; otherwise rows would be missing from the backup.",
        ))
    } else {
        Err(Failure::new(
            "no_right",
            format!("the role {role} may not read {names}"),
            format!(
                "Run on the server: grant pg_read_all_data to \"{role}\"; or sign in as a role that owns these tables."
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_where_tls_was_preferred_is_said() {
        let peer = |address: &str| Peer::Tcp(address.parse().unwrap());
        let said =
            |tls, address, is_encrypted| plain_text_warning(tls, &peer(address), is_encrypted).is_some();
        assert!(said(TlsMode::Prefer, "192.0.2.1:5432", false));
        assert!(!said(TlsMode::Prefer, "192.0.2.1:5432", true));
        assert!(!said(TlsMode::Disable, "192.0.2.1:5432", false), "that was decided");
        assert!(!said(TlsMode::Prefer, "127.0.0.1:5432", false), "nobody is in between");
    }
}
