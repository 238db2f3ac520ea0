//! The moment of a backup: one held snapshot, and everything read as of it.

mod access;
mod dump;
mod left_out;
mod locks;
mod recognised;

pub(crate) use dump::{Stored, dump_path, store, store_stream};

use std::sync::Arc;
use std::time::Duration;

use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{DatabasePart, Part, ROLES_PATH, ServerStamp};
use crate::profile::Profile;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use base::words::{counted, moment_words};
use ledger::job::JobContext;
use postgres::access::AccessFact;
use postgres::choice::{NotTaken, TableChoice};
use postgres::connection::{ConnectOptions, Peer, Settings, connect};
use postgres::dump::{Dump, DumpRequest, Holder, RolesRequest, There};
use postgres::facts::{Facts, TableKind, Unreadable, UnreadableReason};
use postgres::missing::ExtensionPart;
use postgres::process::terminate_backends;
use postgres::provider::FileBytes;
use postgres::tools::{Program, ToolSet};

/// The encoding of databases whose bytes mean whatever their applications mean by them.
const SQL_ASCII: &str = "SQL_ASCII";
/// Fifty thousand roles take about so much; a longer text is not one of roles.
const ROLES_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How long the server is asked to end what a cancelled dump left there.
const SWEEP_WAIT: Duration = Duration::from_secs(3);

/// The held moment and what was learnt in it.
pub(crate) struct Moment {
    holder: Holder,
    facts: Facts,
    extension_parts: Vec<ExtensionPart>,
    not_taken: Option<Box<NotTaken>>,
    /// What the dump is told of it.
    left_out: Vec<String>,
    access: Option<Vec<AccessFact>>,
    file_bytes: Vec<FileBytes>,
    /// Of this computer.
    tools: ToolSet,
    /// Where the server is.
    there: Option<There>,
    at_ms: i64,
    application: String,
    lock_wait: Duration,
}

impl Moment {
    pub(crate) async fn hold(
        profile: &Profile,
        context: &JobContext,
        connection: &Settings,
        password: Option<&Secret>,
        choice: &TableChoice,
    ) -> Result<Self, Failure> {
        let application = format!("holdfast {}", context.id());
        let options = ConnectOptions::new(application.clone());
        locks::wait_for_migrations(profile, context, connection, password).await?;
        // Before the snapshot is taken: a recovery point may be newer than it says, never older.
        let at_ms = now_ms();
        let holder = Holder::open(connection, password, &options).await?;
        let facts = holder.facts().await?;
        let extension_parts = known_parts(context, &holder).await;
        let access = access::known(context, &holder, facts.server.major).await;
        context.checkpoint()?;
        let lsn = facts.server.lsn.clone();
        context.info("snapshot", format!("exported {} of {}", holder.snapshot(), facts.database.name));
        context.fact("Moment", moment_words(at_ms), lsn.map(|lsn| format!("LSN {lsn}")));
        if let Some(stamp) = facts.migrations.first() {
            context.fact("Schema", format!("migration {}", stamp.newest), None);
        }
        let (not_taken, left_out) =
            left_out::leave_out(context, &holder, &connection.user, &facts, choice).await?;
        let access = match (access, &not_taken) {
            (Some(access), Some(not_taken)) => Some(left_out::of_what_is_there(access, not_taken)),
            (access, _) => access,
        };
        let file_bytes = recognised::file_bytes(context, &holder).await;
        let there = There::find(holder.peer(), connection, facts.server.major).await;
        let there = there.filter(|there| there.takes(password));
        let tools = profile.tools().await?.for_dump(facts.server.major)?.clone();
        let tables = facts.tables.iter().filter(|table| table.kind == TableKind::Table).count();
        let place = there.as_ref().map(|there| format!(" on {}", there.place())).unwrap_or_default();
        context.info(
            "snapshot",
            format!(
                "pg_dump {}{place} for server {}, {}",
                there.as_ref().map_or(tools.version, There::version),
                facts.server.version,
                counted(tables as u64, "table")
            ),
        );
        Ok(Self {
            holder,
            facts,
            extension_parts,
            not_taken,
            left_out,
            access,
            file_bytes,
            tools,
            there,
            at_ms,
            application,
            lock_wait: profile.lock_wait,
        })
    }

    /// Dumps the database, and the roles where that is permitted.
    pub(crate) async fn dump(
        &self,
        context: &JobContext,
        connection: &Settings,
        password: Option<Secret>,
        writer: OpenSnapshot,
        bytes_before: Option<u64>,
    ) -> Result<(OpenSnapshot, Stored, Result<Part, String>), Failure> {
        let (writer, stored) =
            self.dump_database(context, connection, password.clone(), writer, bytes_before).await?;
        let (writer, roles) = self.roles(context, connection, password, writer).await?;
        Ok((writer, stored, roles))
    }

    /// Dumps the database alone.
    pub(crate) async fn dump_database(
        &self,
        context: &JobContext,
        connection: &Settings,
        password: Option<Secret>,
        writer: OpenSnapshot,
        bytes_before: Option<u64>,
    ) -> Result<(OpenSnapshot, Stored), Failure> {
        // The last dump's size is the best guess at this one's; before the first it is what the tables
        // take on the disk.
        let on_disk = || self.facts.tables.iter().map(|table| table.size_bytes).sum::<u64>().max(1);
        context.expect_bytes(bytes_before.unwrap_or_else(on_disk));
        let output = self.holder.unusual_output().await?;
        let request = DumpRequest {
            tools: &self.tools,
            settings: connection,
            password: password.as_ref(),
            peer: self.holder.peer(),
            snapshot: self.holder.snapshot(),
            application_name: &self.application,
            lock_wait: self.lock_wait,
            // The server converts nothing there, so that UTF-8 would be demanded of what is none.
            encoding: (self.facts.database.encoding == SQL_ASCII).then_some(SQL_ASCII),
            output: &output,
            left_out: &self.left_out,
        };
        let dump = match &self.there {
            Some(there) => Dump::spawn_there(&request, there).await?,
            None => Dump::spawn(&request)?,
        };
        let kill = dump.kill_handle();
        let (path, meter) = (dump_path(&connection.database), Arc::clone(context.meter()));
        let mut storing = tokio::task::spawn_blocking(move || {
            let stored = store(&writer, dump, &path, &meter);
            (writer, stored)
        });
        let mut watch = locks::Watch::default();
        let ended = tokio::select! {
            ended = &mut storing => ended,
            () = self.watch(context, &mut watch) => {
                kill.kill();
                storing.await
            }
            () = context.token().cancelled() => {
                kill.kill();
                // Side by side: on a silent network each of the two takes its time.
                let (ended, ()) = tokio::join!(storing, self.sweep_server(connection, password.as_ref()));
                ended
            }
        };
        let (writer, stored) = ended.map_err(|join| {
            tracing::error!(%join, "the dump's thread panicked");
            Failure::new(
                Code::Internal,
                "Holdfast made a mistake while it stored the dump",
                "Copy this report to the developers.",
            )
        })?;
        if self.there.is_some() && stored.is_err() && !context.token().is_cancelled() {
            // What runs in a container outlives whoever started it.
            self.sweep_server(connection, password.as_ref()).await;
        }
        context.checkpoint()?;
        watch.refuse_rewritten()?;
        let stored = stored.map_err(|failure| locks::with_blocker(failure, watch.waited.as_ref()))?;
        self.look_at_last(&mut watch).await?;
        Ok((writer, stored))
    }

    /// What a killed dump may have left on the server is ended there.
    async fn sweep_server(&self, connection: &Settings, password: Option<&Secret>) {
        let options = ConnectOptions::new("holdfast cancel");
        let ended = async {
            let session = connect(connection, password, &options).await.ok()?;
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
        connection: &Settings,
        password: Option<Secret>,
        writer: OpenSnapshot,
    ) -> Result<(OpenSnapshot, Result<Part, String>), Failure> {
        if !self.tools.has(Program::PgDumpall) {
            return Ok((writer, Err("pg_dumpall is not on this computer".into())));
        }
        let request = RolesRequest {
            tools: &self.tools,
            settings: connection,
            password: password.as_ref(),
            peer: self.holder.peer(),
            application_name: &self.application,
        };
        let mut dump = Dump::spawn_roles(&request)?;
        let kill = dump.kill_handle();
        let mut reading = tokio::task::spawn_blocking(move || {
            let text = dump.take_output().map(limited).transpose();
            let ended = dump.finish();
            let text = match (text, ended) {
                // Whoever is not listened to any more ends badly, and that is not why.
                (Err(error), _) if error.kind() == std::io::ErrorKind::InvalidData => Err(error.to_string()),
                (Ok(text), Ok(())) => Ok(text.unwrap_or_default()),
                (_, Err(error)) => Err(error.to_string()),
                (Err(error), Ok(())) => Err(error.to_string()),
            };
            let part = text.map(|text| dump::store_text(&writer, text.as_bytes(), ROLES_PATH));
            (writer, part)
        });
        let ended = tokio::select! {
            ended = &mut reading => ended,
            () = context.token().cancelled() => { kill.kill(); reading.await }
        };
        let (writer, part) = ended.map_err(|join| {
            tracing::error!(%join, "the roles' thread panicked");
            Failure::new(
                Code::Internal,
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

    /// What a manifest says of the dump.
    pub(crate) fn database_part(&self, stored: Stored) -> DatabasePart {
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
            tool: self.there.as_ref().map_or(self.tools.version, There::version).to_string(),
            tables,
            uncounted,
            large_objects,
            large_objects_fingerprint,
            prefix_bytes,
            blocks,
            not_taken: self.not_taken.clone(),
        }
    }

    /// What belongs to extensions, and what needs them.
    pub(crate) fn extension_parts(&self) -> &[ExtensionPart] {
        &self.extension_parts
    }

    /// What was learnt of the server in it.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What is not in its dump by choice.
    pub(crate) fn not_taken(&self) -> Option<&NotTaken> {
        self.not_taken.as_deref()
    }

    /// For queries at the moment, once the dump is over: one that fails ends it.
    pub(crate) fn client(&self) -> &tokio_postgres::Client {
        self.holder.client()
    }

    /// When it was.
    pub(crate) fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// Who answered, and whether nobody in between could read along.
    pub(crate) fn peer(&self) -> (&Peer, bool) {
        (self.holder.peer(), self.holder.is_encrypted())
    }

    /// The server, as a manifest describes it.
    pub(crate) fn server(&self) -> ServerStamp {
        let server = &self.facts.server;
        ServerStamp {
            version: server.version.clone(),
            major: server.major,
            system_identifier: server.system_identifier.clone(),
            lsn: server.lsn.clone(),
            clock_skew_ms: self.facts.clock.skew_ms,
            settings: self.facts.settings.clone(),
        }
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.holder.close().await;
    }
}

/// What needs which extension. A backup without it is whole, and a drill of it takes a server with all of them.
async fn known_parts(context: &JobContext, holder: &Holder) -> Vec<ExtensionPart> {
    match holder.extension_parts().await {
        Ok(parts) => parts,
        Err(error) => {
            context.warn("snapshot", format!("what needs the extensions is not known: {error}"));
            Vec::new()
        }
    }
}

/// A dump stops at the first table that it may not read; all of them are named before it begins.
fn refuse_what_it_may_not_read(role: &str, unreadable: &[Unreadable]) -> Result<(), Failure> {
    let names = unreadable_names(unreadable);
    if unreadable.is_empty() {
        Ok(())
    } else if unreadable.iter().all(|one| one.reason == UnreadableReason::RowSecurity) {
        // The right to read all data does not help against row security.
        Err(Failure::new(
            Code::RowSecurity,
            format!("row security hides rows of {names} from the role {role}"),
            "Sign in as a role with BYPASSRLS; otherwise rows would be missing from the backup.",
        ))
    } else {
        Err(Failure::new(
            Code::NoRight,
            format!("the role {role} may not read {names}"),
            format!(
                "Run on the server: grant pg_read_all_data to \"{role}\"; or sign in as a role that owns these tables; or choose what backups take: `holdfast project tables PROJECT --help`."
            ),
        ))
    }
}

/// The tables that may not be read, as a person would name them.
pub(crate) fn unreadable_names(unreadable: &[Unreadable]) -> String {
    // All that a person would grant by hand; beyond that they are counted.
    const NAMED_MAX: usize = 25;
    let names: Vec<String> =
        unreadable.iter().take(NAMED_MAX).map(|table| format!("{}.{}", table.schema, table.name)).collect();
    let more = unreadable.len().saturating_sub(NAMED_MAX);
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

/// The roles, as far as there can be such.
fn limited(output: impl std::io::Read) -> std::io::Result<String> {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut output.take(ROLES_BYTES_MAX + 1), &mut text)?;
    if text.len() as u64 > ROLES_BYTES_MAX {
        let said = format!("the roles have more than {} MiB", ROLES_BYTES_MAX / (1024 * 1024));
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, said));
    }
    Ok(text)
}
