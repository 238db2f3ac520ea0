//! Reads a replica back: its structure, and a part of its data each day. Damaged files are copied again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::{CheckOptions, CheckReport, Id, Slice};

use super::mirror::{Extra, ended, mirror};
use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, cancel_with};
use crate::profile::Profile;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::ReplicaRecord;
use ledger::job::JobContext;

/// A replica is read in so many parts, one of them a day.
const PARTS: i64 = 30;
/// Copies may come each hour; reading back does not.
const READ_EVERY_MS: i64 = 20 * 60 * 60 * 1000;

/// Reads the structure and the next part of a replica, once a day; what is damaged there is copied again. Whether it
/// was read, and found sound.
pub(super) async fn read_back(
    profile: &Profile,
    context: &JobContext,
    replica: &ReplicaRecord,
) -> Result<bool, Failure> {
    let now = now_ms();
    let is_fresh = replica.checked_at_ms.is_some_and(|at| (0..READ_EVERY_MS).contains(&(now - at)));
    if is_fresh && replica.damage.is_none() {
        return Ok(false);
    }
    let part = replica.checked_part.rem_euclid(PARTS) + 1;
    let mut report = check(profile, context, replica, part).await?;
    let damaged: Vec<Id> = report.problems.iter().filter_map(|problem| name_of(&problem.file)).collect();
    if let Some(found) = first(&report) {
        // Noted before anything is tried: whatever happens, it is not taken for sound.
        profile.catalog.replica_checked(&replica.id, part, now, Some(&found)).await?;
    }
    if !damaged.is_empty() {
        let files = counted(damaged.len() as u64, "file");
        context.warn("check", format!("{files} of “{}” damaged; copied again from the vault", replica.name));
        mirror(profile, context, replica, Extra::Stays, &damaged).await?;
        report = check(profile, context, replica, part).await?;
    }
    if report.was_overtaken {
        context.warn("check", format!("“{}” was changed by another program while it was read", replica.name));
        return Ok(false);
    }
    if let Some(found) = first(&report) {
        profile.catalog.replica_checked(&replica.id, part, now, Some(&found)).await?;
        return Err(damage(found, damaged.is_empty()));
    }
    profile.catalog.replica_checked(&replica.id, part, now, None).await?;
    let read = bytes_words(report.bytes_read);
    context.info(
        "check",
        format!("“{}”: its structure, and {read} of data, part {part} of {PARTS}: no problem", replica.name),
    );
    Ok(true)
}

/// The first thing that is wrong, where nobody else can have moved what was read.
fn first(report: &CheckReport) -> Option<String> {
    let problem = report.problems.first().filter(|_| !report.was_overtaken)?;
    Some(format!("{}: {}", problem.file, problem.message))
}

fn damage(what: String, is_unnamed: bool) -> Failure {
    let tried = if is_unnamed {
        "Which file it is in cannot be told: take it off with `holdfast store remove`, empty its folder, and add it again."
    } else {
        "Copying it again did not help."
    };
    Failure::new(
        Code::ReplicaDamaged,
        what,
        format!("{tried} Check the vault that it is a replica of: `holdfast vault check --read-data`."),
    )
}

async fn check(
    profile: &Profile,
    context: &JobContext,
    replica: &ReplicaRecord,
    part: i64,
) -> Result<CheckReport, Failure> {
    context.checkpoint()?;
    // The replica's table takes the place of the vault's: two of a large vault would not fit into its memory.
    profile.archive.close();
    let vault = match ended(context, replica, profile.archive.open_replica(&replica.path)).await {
        Err(failure) if failure.code == Code::VaultDamaged => {
            // It does not even open: that is damage as well.
            profile.catalog.replica_checked(&replica.id, part, now_ms(), Some(&failure.message)).await?;
            return Err(damage(failure.message, true));
        }
        opened => opened?,
    };
    let slice = Slice { n: u32::try_from(part).unwrap_or(1), t: u32::try_from(PARTS).unwrap_or(1) };
    let (meter, seen, cancel) =
        (Arc::clone(context.meter()), AtomicU64::new(0), cancel_with(context.token()));
    let checking = blocking(move || {
        let tell = |now: vault::CheckProgress| {
            meter.add_bytes(now.bytes_read.saturating_sub(seen.fetch_max(now.bytes_read, Ordering::Relaxed)));
        };
        vault.check(CheckOptions { data: Some(slice) }, &tell, &cancel).map_err(ArchiveError::from)
    });
    ended(context, replica, checking).await
}

/// The name of a file of the repository, as `kind/name`.
fn name_of(file: &str) -> Option<Id> {
    file.rsplit_once('/')?.1.parse().ok()
}
