//! Databases that are not custom-format dumps: scripts, other formats, rows as JSON. They are loaded into a
//! private server, counted against the file, and dumped from there like any database.
//!
//! A script is parsed completely, then sent by a role that is not a superuser. From then on the superuser
//! reads only the system catalogue, and that role counts the rows. A file that cannot be loaded is kept
//! unchanged and reported as not restorable from here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use camino::Utf8PathBuf;

use super::Looked;
use super::open::{Opened, Spooled};
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{DatabasePart, ServerStamp, opened::blocking};
use crate::moment::Moment;
use crate::profile::Profile;
use base::Code;
use base::failure::Failure;
use bundle::{DatabaseFormat, Piece, Script, SqlVerdict};
use ledger::job::JobContext;
use postgres::choice::TableChoice;
use postgres::provider::Recognised;
use postgres::roles::roles_of_script;

mod archives;
mod count;
mod rows;
mod script;
mod server;

use server::Server;

/// What a private server says of a database that was loaded.
pub(super) struct Loaded {
    pub(super) server: ServerStamp,
    pub(super) database: DatabasePart,
    pub(super) extensions: Vec<String>,
    pub(super) recognised: Option<Recognised>,
}

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
        Err(failure) if context.token().is_cancelled() || failure.code == Code::Cancelled => Err(failure),
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
        count::compare(context, &server.loader(name), expected).await?;
        return Ok(name.to_owned());
    }
    let mut scripts = archives::as_scripts(context, server, parts).await?;
    scripts.sort_by_key(|script| rank(script, looked));
    let (verdicts, wanted) = gate(context, &scripts).await?;
    let connects: BTreeSet<&String> = verdicts.iter().flat_map(|verdict| &verdict.connects).collect();
    let connects: Vec<&String> = connects.into_iter().filter(|name| *name != "postgres").collect();
    if let [one, another, ..] = connects.as_slice() {
        return Err(Failure::new(
            Code::SeveralDatabases,
            format!("it holds several databases ({one}, {another} …)"),
            "Dump each database by itself.",
        ));
    }
    let first = if connects.is_empty() { name.to_owned() } else { format!("{name}_begin") };
    server.prepare(&first, &wanted).await?;
    for script in &scripts {
        context.info("open", format!("{} is loaded into the private server", script.inner));
        script::run(context, &server.loader(&first), script).await?;
    }
    let database = connects.first().map_or(first.clone(), |name| (*name).clone());
    if database == first {
        server.tidy(&database, &wanted).await?;
    }
    let tables = verdicts.into_iter().flat_map(|verdict| verdict.tables);
    let mut expected = count::Expected::new();
    for table in tables {
        let Some(rows) = table.rows else { continue };
        match expected.iter_mut().find(|(schema, name, _)| *schema == table.schema && *name == table.name) {
            Some(known) => known.2 += rows,
            None => expected.push((table.schema, table.name, rows)),
        }
    }
    count::compare(context, &server.loader(&database), expected).await?;
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

/// Every script is read to its end before the first statement of any runs. What is in each, and the roles that
/// they speak of.
async fn gate(
    context: &JobContext,
    scripts: &[Spooled],
) -> Result<(Vec<SqlVerdict>, BTreeSet<String>), Failure> {
    let (mut verdicts, mut roles) = (Vec::new(), BTreeSet::new());
    for script in scripts {
        let (path, inner) = (script.path.clone(), script.inner.clone());
        let (verdict, found) = blocking(move || -> Result<_, Failure> {
            let mut script = Script::open(File::open(&path).map_err(unreadable)?, inner);
            let mut roles = BTreeSet::new();
            while let Some(pieces) = script.pieces()? {
                for piece in pieces {
                    if let Piece::Statement { text, .. } = piece {
                        roles_of_script(&text, &mut roles);
                    }
                }
            }
            Ok((script.finish(), roles))
        })
        .await?;
        context.checkpoint()?;
        if let Some(refusal) = verdict.refusals.first() {
            return Err(script::refused(&script.inner, refusal));
        }
        if verdict.is_cut || verdict.is_dump && !verdict.is_complete {
            return Err(Failure::new(
                Code::ArchiveTruncated,
                format!("{} ends in the middle", script.inner),
                "Get the file once more from where it came.",
            ));
        }
        verdicts.push(verdict);
        roles.extend(found);
    }
    Ok((verdicts, roles))
}

/// Dumps the loaded database into the vault, like any other: as the role that loaded it, which may read all of
/// it.
async fn dump(
    profile: &Profile,
    context: &JobContext,
    server: &Server,
    database: &str,
    writer: OpenSnapshot,
) -> Result<(OpenSnapshot, Loaded), Failure> {
    let target = server.loader(database);
    let moment =
        Moment::hold(profile, context, &target.settings, target.password.as_ref(), &TableChoice::default())
            .await?;
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
        server: ServerStamp {
            system_identifier: None,
            lsn: None,
            settings: BTreeMap::new(),
            ..moment.server()
        },
        extensions: extensions.collect(),
        recognised: moment.recognised(&stored),
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
    Failure::new(Code::FileUnreadable, format!("it cannot be read: {source}"), "Check the disk.")
}

/// A path beside another, in the same private folder.
fn beside(path: &Utf8PathBuf, name: &str) -> Utf8PathBuf {
    path.parent().map_or_else(|| Utf8PathBuf::from(name), |folder| folder.join(name))
}
