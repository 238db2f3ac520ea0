//! Logs of a platform that exports them as files: each export is checked before the next.

use camino::Utf8Path;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::{Watching, fetch, watch};
use super::entries::{EXPORT_BYTES_MAX, entries_of};
use super::usual;
use crate::archive::opened::blocking;
use base::Code;
use base::failure::Failure;
use base::words::counted;
use ledger::job::JobContext;
use remote::platform::{CreateRequest, LogQuery, LogSender, Platform, halved};

/// So many exports of one range; each of them stays there as a file.
const EXPORTS_MAX: usize = 500;
/// Both ends of a platform's range count; its database knows microseconds.
const JUST_BEFORE: SignedDuration = SignedDuration::from_micros(1);

/// What came of one export.
enum Came {
    Entries(Vec<Value>),
    /// More entries than one export returns, or than fit into memory.
    TooMany(Option<Vec<Value>>),
}

/// Sends the entries of a range on; what is missing, as sentences.
pub(super) async fn send(
    context: &JobContext,
    platform: &dyn Platform,
    watching: Watching<'_>,
    query: &LogQuery,
    folder: &Utf8Path,
    into: LogSender,
) -> Result<Vec<String>, Failure> {
    let limits = platform.log_limits();
    let (mut missing, mut exports) = (Vec::new(), 0);
    let mut open = vec![(query.from, query.to)];
    while let Some((from, to)) = open.pop() {
        if exports == EXPORTS_MAX {
            missing.push(format!("nothing from {from} on was read: {EXPORTS_MAX} exports were not enough"));
            break;
        }
        exports += 1;
        let place = folder.join(exports.to_string());
        let entries = match one(context, platform, watching, (from, to), &place).await? {
            Came::Entries(entries) => entries,
            Came::TooMany(some) => {
                if let Some(middle) = halved(from, to, limits.shortest) {
                    open.push((middle, to));
                    open.push((from, middle));
                    context.info("logs", format!("there is more from {from} to {to} than one export gives"));
                    continue;
                }
                missing.push(format!("{from} to {to} has more entries than one export gives, and was cut"));
                some.unwrap_or_default()
            }
        };
        if into.send(entries).await.is_err() {
            break;
        }
    }
    let there = counted(exports as u64, "export");
    context.info("logs", format!("{} made {there}, which it keeps as files", watching.place));
    Ok(missing)
}

/// One export: asked for, watched, fetched, read.
async fn one(
    context: &JobContext,
    platform: &dyn Platform,
    watching: Watching<'_>,
    (from, to): (Timestamp, Timestamp),
    folder: &Utf8Path,
) -> Result<Came, Failure> {
    let request = CreateRequest {
        kind: Some("logs".into()),
        format: Some("json".into()),
        range: Some((from, to - JUST_BEFORE)),
        ..CreateRequest::default()
    };
    let ticket = context.unless_cancelled(platform.export_logs(&request)).await??;
    let ended = watch::watch(context, platform, watching, ticket).await?;
    for note in &ended.notes {
        context.warn("logs", note.clone());
    }
    let Some(id) = ended.id else {
        return Err(Failure::new(
            Code::PlatformClaim,
            format!("{} says that it exported logs, and names no file", watching.place),
            "Look at the platform's own log, and try again.",
        ));
    };
    let backup = context.unless_cancelled(platform.show(&id)).await??;
    let fetched = fetch::fetch(context, platform, &backup, folder, &usual()).await?;
    let (bytes, files) = (fetched.bytes(), fetched.files);
    if bytes > EXPORT_BYTES_MAX {
        return Ok(Came::TooMany(None));
    }
    let (name, entries_max) = (id, platform.log_limits().entries_max);
    let read = blocking(move || -> Result<Came, Failure> {
        let mut all = Vec::new();
        for file in &files {
            let bytes = std::fs::read(&file.path).map_err(|source| unread(&name, &source.to_string()))?;
            match entries_of(&bytes) {
                Ok(Some(entries)) => all.extend(entries),
                Ok(None) => return Err(unread(&name, "it is no list of entries")),
                Err(_) => return Ok(Came::TooMany(None)),
            }
        }
        Ok(if all.len() as u64 >= entries_max { Came::TooMany(Some(all)) } else { Came::Entries(all) })
    });
    read.await
}

fn unread(id: &str, what: &str) -> Failure {
    Failure::new(
        Code::PlatformUnintelligible,
        format!("the exported logs {id} cannot be read: {what}"),
        "Fetch the file as it is: `holdfast pull PROJECT --id ID`.",
    )
}
