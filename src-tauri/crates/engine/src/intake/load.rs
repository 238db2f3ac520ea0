//! Databases that are no dump yet: scripts, other formats, rows as JSON. They are loaded into a private
//! server, counted there against what the file says, and dumped from it like any database.
//!
//! Scripts run as a role that is no superuser, after a gate has read all of them. What cannot be loaded is
//! kept as it came, and said: it cannot be restored from here.

use std::collections::BTreeSet;
use std::fs::File;

use camino::Utf8PathBuf;

use super::Looked;
use super::open::{Opened, Spooled};
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{DatabasePart, ServerStamp, opened::blocking};
use crate::bundle::{DatabaseFormat, SqlGate, SqlVerdict};
use crate::failure::Failure;
use crate::job::JobContext;
use crate::moment::Moment;
use crate::profile::Profile;
use crate::source::postgres::roles::roles_in;
use crate::source::postgres::script::run_script;
use crate::words::counted;

mod archives;
mod rows;
mod server;

use server::Server;

/// Tables whose rows differ that are named; more are counted.
const NAMED_MAX: usize = 8;

/// What a private server says of a database that was loaded.
pub(super) struct Loaded {
    pub(super) server: ServerStamp,
    pub(super) database: DatabasePart,
    pub(super) extensions: Vec<String>,
}

/// What has to be there once all is loaded: tables with their rows.
type Expected = Vec<(String, String, u64)>;

/// Loads what has to be loaded, and dumps it into the vault.
///
/// # Errors
/// Why the private server or the vault cannot be used, or that somebody cancelled.
pub(super) async fn databases(
    profile: &Profile,
    context: &JobContext,
    writer: OpenSnapshot,
    mut opened: Opened,
    looked: &[Looked],
) -> Result<(OpenSnapshot, Opened), Failure> {
    if opened.to_load.is_empty() || opened.dump.is_some() {
        return Ok((writer, opened));
    }
    let major = looked.iter().find_map(|one| major_of(one.inspection.server_version.as_deref()?));
    let name =
        looked.iter().find_map(|one| one.inspection.project.clone()).unwrap_or_else(|| "imported".into());
    let server = Server::start(profile, context, major).await?;
    let loaded = load(context, &server, &name, &mut opened, looked).await;
    let result = match loaded {
        Ok(database) => {
            Box::pin(dump(profile, context, &server, &database, writer)).await.map(|(writer, loaded)| {
                opened.loaded = Some(loaded);
                (writer, opened)
            })
        }
        Err(failure) if context.token().is_cancelled() || failure.code == "cancelled" => Err(failure),
        Err(failure) => {
            let why = failure.message.trim_end_matches('.').to_owned();
            opened.warnings.push(format!(
                "The database could not be loaded ({why}), so it cannot be restored from here. The file itself is kept."
            ));
            opened.unloaded = Some(why);
            Ok((writer, opened))
        }
    };
    server.remove().await;
    result
}

/// Loads all parts; the name of the database in which they are.
async fn load(
    context: &JobContext,
    server: &Server,
    name: &str,
    opened: &mut Opened,
    looked: &[Looked],
) -> Result<String, Failure> {
    let parts = std::mem::take(&mut opened.to_load);
    let is_rows = |part: &&Spooled| part.format == DatabaseFormat::OrganisationJson;
    if let Some(part) = parts.iter().find(is_rows) {
        server.prepare(name, &BTreeSet::new()).await?;
        let file = rows::load(context, &server.loader(name), &part.path).await?;
        opened.warnings.push("An organisation's rows are no point in time of a whole database: there are no keys, indexes and rights in the file, and each column has the type that all its values have. A restore there deletes the organisation's rows first, or writes over those with the same id; one from here makes a database of its own.".into());
        let expected =
            file.tables.iter().map(|table| ("public".into(), table.name.clone(), table.rows)).collect();
        compare(context, server, name, expected).await?;
        return Ok(name.to_owned());
    }
    let mut scripts = archives::as_scripts(context, server, parts).await?;
    scripts.sort_by_key(|script| rank(script, looked));
    let verdicts = gate(context, &scripts).await?;
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for script in &scripts {
        let path = script.path.clone();
        let found = blocking(move || roles_in(&path).map_err(unreadable)).await?;
        wanted.extend(found);
    }
    let connects: BTreeSet<&String> = verdicts.iter().flat_map(|verdict| &verdict.connects).collect();
    let connects: Vec<&String> = connects.into_iter().filter(|name| *name != "postgres").collect();
    if let [one, another, ..] = connects.as_slice() {
        return Err(Failure::refused(
            "several_databases",
            format!("it holds several databases ({one}, {another} …)"),
            "Dump each database by itself.",
        ));
    }
    let first = if connects.is_empty() { name.to_owned() } else { format!("{name}_begin") };
    server.prepare(&first, &wanted).await?;
    for script in &scripts {
        context.info("open", format!("{} is loaded into the private server", script.inner));
        run_script(server.tools(), &server.loader(&first), &script.path, context.token()).await?;
    }
    let database = connects.first().map_or(first.clone(), |name| (*name).clone());
    if database == first {
        server.tidy(&database, &wanted).await?;
    }
    let tables = verdicts.into_iter().flat_map(|verdict| verdict.tables);
    let mut expected = Expected::new();
    for table in tables {
        let Some(rows) = table.rows else { continue };
        match expected.iter_mut().find(|(schema, name, _)| *schema == table.schema && *name == table.name) {
            Some(known) => known.2 += rows,
            None => expected.push((table.schema, table.name, rows)),
        }
    }
    compare(context, server, &database, expected).await?;
    Ok(database)
}

/// Roles first, then structure, then rows; a name decides only among scripts that came together.
fn rank(script: &Spooled, looked: &[Looked]) -> (u8, String) {
    let name = script.inner.to_lowercase();
    let is_several = looked.len() > 1 || name.contains('/');
    let rank = match () {
        () if !is_several => 1,
        () if name.contains("role") => 0,
        () if name.contains("schema") || name.contains("structure") => 1,
        () if name.contains("index") || name.contains("post") => 3,
        () => 2,
    };
    (rank, name)
}

/// Every script is read to its end before the first statement of any runs.
async fn gate(context: &JobContext, scripts: &[Spooled]) -> Result<Vec<SqlVerdict>, Failure> {
    let mut verdicts = Vec::new();
    for script in scripts {
        let (path, inner) = (script.path.clone(), script.inner.clone());
        let verdict = blocking(move || -> Result<SqlVerdict, Failure> {
            Ok(SqlGate::scan(&mut File::open(&path).map_err(unreadable)?, &inner)?)
        })
        .await?;
        context.checkpoint()?;
        if let Some(refusal) = verdict.refusals.first() {
            return Err(Failure::refused(
                "script_refused",
                format!("{}, line {}: {} {}", script.inner, refusal.line, refusal.quote, refusal.reason),
                "Nothing of it was run. Ask whoever gave you this file where it comes from.",
            ));
        }
        if verdict.is_cut || verdict.is_dump && !verdict.is_complete {
            return Err(Failure::new(
                "archive_truncated",
                format!("{} ends in the middle", script.inner),
                "Get the file once more from where it came.",
            ));
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// What was loaded has to be what the file holds, row for row.
async fn compare(
    context: &JobContext,
    server: &Server,
    database: &str,
    expected: Expected,
) -> Result<(), Failure> {
    use crate::source::postgres::target::quote_identifier;
    let session = server.owner(database).session().await?;
    let (mut differing, mut rows) = (Vec::new(), 0);
    for (schema, name, expected) in &expected {
        let count =
            format!("select count(*) from only {}.{}", quote_identifier(schema), quote_identifier(name));
        let found = match session.client.query_one(&count, &[]).await {
            Ok(row) => u64::try_from(row.get::<_, i64>(0)).unwrap_or(0),
            Err(error) => {
                differing.push(format!("{schema}.{name} cannot be counted: {error}"));
                continue;
            }
        };
        rows += found;
        if found != *expected {
            differing.push(format!("{schema}.{name} has {found} rows, the file {expected}"));
        }
    }
    session.close().await;
    context.info(
        "open",
        format!("{} with {} loaded", counted(expected.len() as u64, "table"), counted(rows, "row")),
    );
    if differing.is_empty() {
        return Ok(());
    }
    let more = differing.len().saturating_sub(NAMED_MAX);
    differing.truncate(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Failure::new(
        "rows_differ",
        format!("what was loaded is not what the file holds: {}{more}", differing.join("; ")),
        "Its rows are changed by triggers or rules of its own; load it by hand and look.",
    ))
}

/// Dumps the loaded database into the vault, like any other.
async fn dump(
    profile: &Profile,
    context: &JobContext,
    server: &Server,
    database: &str,
    writer: OpenSnapshot,
) -> Result<(OpenSnapshot, Loaded), Failure> {
    let target = server.owner(database);
    let moment = Moment::hold(profile, context, &target.settings, target.password.as_ref()).await?;
    let dumped = moment.dump_database(context, &target.settings, target.password.clone(), writer, None).await;
    let (writer, stored) = match dumped {
        Ok(dumped) => dumped,
        Err(failure) => {
            moment.close().await;
            return Err(failure);
        }
    };
    let extensions = moment.facts().extensions.iter().map(|one| format!("{} {}", one.name, one.version));
    let loaded = Loaded {
        server: ServerStamp { system_identifier: None, lsn: None, ..moment.server() },
        extensions: extensions.collect(),
        database: moment.database_part(stored),
    };
    moment.close().await;
    Ok((writer, loaded))
}

fn major_of(version: &str) -> Option<u16> {
    version.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty())?.parse().ok()
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn unreadable(source: std::io::Error) -> Failure {
    Failure::new("file_unreadable", format!("it cannot be read: {source}"), "Check the disk.")
}

/// A path beside another, in the same private folder.
fn beside(path: &Utf8PathBuf, name: &str) -> Utf8PathBuf {
    path.parent().map_or_else(|| Utf8PathBuf::from(name), |folder| folder.join(name))
}
