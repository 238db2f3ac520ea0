//! What a private server cannot take of a backup since extensions are missing there, and the archive without it.

use std::collections::{BTreeSet, HashSet};
use std::io::{Cursor, Read as _};
use std::sync::Arc;

use super::selection::Selection;
use crate::archive::opened::blocking;
use base::Code;
use base::failure::Failure;
use base::words::counted;
use postgres::choice::NotTaken;
use postgres::connection::{Session, said};
use postgres::facts::available_extensions;
use postgres::fill::{LoadError, StoredDump};
use postgres::missing::{ExtensionPart, Limit, MendError, mend, missing, summary};
use postgres::target::{Target, quote_identifier};

/// A server that makes an extension for a minute does something else.
const TRY: &str = "set local statement_timeout = '60s'; set local search_path to public";

/// Which extensions the server cannot make. Each is tried in a transaction that is undone: some have to be loaded when
/// the server starts, and some take one database alone.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn not_here(
    target: &Target,
    parts: &[ExtensionPart],
) -> Result<(BTreeSet<String>, Vec<String>), Failure> {
    let (mut there, mut notes) = (BTreeSet::new(), Vec::new());
    if parts.is_empty() {
        return Ok((there, notes));
    }
    let session = target.session().await?;
    let listed = available_extensions(&session.client).await.map_err(postgres::refused)?;
    for part in parts.iter().filter(|part| listed.contains(&part.name)) {
        match tried(&session, &part.name).await {
            Ok(()) => drop(there.insert(part.name.clone())),
            // Nothing is known of the others then.
            Err(error) if session.client.is_closed() => return Err(postgres::refused(error)),
            Err(error) => {
                notes.push(format!("the extension {} cannot be made here: {}", part.name, said(&error)));
            }
        }
    }
    session.close().await;
    let missing = missing(parts, &there);
    Ok((missing.into_iter().map(str::to_owned).collect(), notes))
}

async fn tried(session: &Session, name: &str) -> Result<(), tokio_postgres::Error> {
    session.client.batch_execute(&format!("begin; {TRY}")).await?;
    let create = format!("create extension {} cascade", quote_identifier(name));
    let made = session.client.batch_execute(&create).await;
    session.client.batch_execute("rollback").await?;
    made
}

/// What needs rows or tables that were not taken, as what needs an extension that is nowhere: no extension has no name.
pub(super) fn not_taken_part(not_taken: Option<&NotTaken>) -> Option<ExtensionPart> {
    let needed_by = not_taken.map(|out| out.cannot_hold.clone()).filter(|all| !all.is_empty())?;
    Some(ExtensionPart { needed_by, ..ExtensionPart::default() })
}

/// The dump with stand-ins for these extensions, and what it lacks then.
///
/// # Errors
/// `LoadError` when it cannot be read, `RestoreRefused` what of it is not understood.
pub(super) async fn without(
    dump: StoredDump,
    parts: &[ExtensionPart],
    missing: &BTreeSet<String>,
    selection: &Selection,
) -> Result<(StoredDump, Vec<Limit>), Failure> {
    if missing.is_empty() {
        return Ok((dump, Vec::new()));
    }
    let (parts, missing, selection) = (parts.to_vec(), missing.clone(), selection.clone());
    let mended = blocking(move || -> Result<_, LoadError> {
        let io = |source| LoadError::Io { what: "read the dump from the vault", source };
        let mut head = Vec::new();
        (dump.open)(0, dump.prefix_bytes).map_err(io)?.read_to_end(&mut head).map_err(io)?;
        let names = missing.iter().map(String::as_str).collect();
        Ok(mend(&head, &parts, &names)
            .map(|mended| (of_part(mended.limits, &parts, &names, &selection), mended.head, dump)))
    })
    .await?;
    let (limits, head, dump) = mended.map_err(|error| not_mended(&error))?;
    Ok((with_other_head(dump, head), limits))
}

/// Of a part of the backup, what is missing of the rest is none of its limits.
fn of_part(
    limits: Vec<Limit>,
    parts: &[ExtensionPart],
    missing: &BTreeSet<&str>,
    selection: &Selection,
) -> Vec<Limit> {
    let Selection::Tables(tables) = selection else { return limits };
    let tables: HashSet<(String, String)> = tables.iter().cloned().collect();
    let parts = parts.iter().filter(|part| missing.contains(part.name.as_str()));
    parts.flat_map(|part| part.limits(Some(&tables))).collect()
}

fn not_mended(error: &MendError) -> Failure {
    Failure::new(
        Code::ExtensionMissing,
        error.to_string(),
        "Install the extension on this computer, or let a server that has it lend a database: `--on PROJECT`.",
    )
}

fn with_other_head(dump: StoredDump, head: Vec<u8>) -> StoredDump {
    let (whole, head): (_, Arc<[u8]>) = (Arc::clone(&dump.open), head.into());
    StoredDump {
        prefix_bytes: head.len() as u64,
        open: Arc::new(move |offset, length| match offset {
            // Nothing but the head is read from the beginning.
            0 => Ok(Box::new(Cursor::new(Arc::clone(&head)).take(length))),
            _ => whole(offset, length),
        }),
        ..dump
    }
}

/// Each limit as a sentence.
pub fn limit_sentences(limits: &[Limit]) -> Vec<String> {
    let sentence = |limit: &Limit| {
        let Limit { kind, name, extension } = limit;
        match kind.as_str() {
            "extension" => format!("extension {extension}: that server does not have it"),
            "column as text" => {
                format!(
                    "column {name}: its values are kept as text, since that server lacks the extension {extension}"
                )
            }
            kind => format!("{kind} {name}: it needs the extension {extension}, which that server lacks"),
        }
    };
    limits.iter().map(sentence).collect()
}

/// What stands behind the verdict: `restored: all rows; not here: 2 indexes (vector)`.
pub(crate) fn restored_words(limits: &[Limit]) -> Option<String> {
    (!limits.is_empty()).then(|| format!("Restored: all rows; not here: {}.", summary(limits)))
}

/// A sentence before anything is done.
pub(crate) fn planned_words(limits: &[Limit], place: &str) -> Option<String> {
    let names: BTreeSet<&str> = limits.iter().map(|limit| limit.extension.as_str()).collect();
    let list = names.iter().copied().collect::<Vec<_>>().join(", ");
    let are = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| {
        format!(
            "{} {are} not on {place}: {list}. All rows come back and are compared; not there: {}.",
            counted(names.len() as u64, "extension"),
            summary(limits)
        )
    })
}

/// What would not be here, as far as it is known before a server runs.
pub(crate) fn planned(
    parts: &[ExtensionPart],
    there: &BTreeSet<String>,
    selection: &Selection,
) -> Vec<Limit> {
    let missing = missing(parts, there);
    let limits = parts.iter().filter(|part| missing.contains(part.name.as_str()));
    let limits = limits.flat_map(|part| part.limits(None)).collect();
    of_part(limits, parts, &missing, selection)
}
