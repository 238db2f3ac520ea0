//! Updates one replica: copies what is missing, removes what was deleted, and updates the catalogue.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use vault::{Id, MirrorOptions, MirrorProgress, MirrorReport, SnapshotId};

use super::place;
use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, cancel_with};
use crate::profile::Profile;
use base::Code;
use base::account::this_user;
use base::clock::now_ms;
use base::disk;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::ReplicaRecord;
use ledger::job::JobContext;

/// What does not end this long after it was asked to hangs in the system, as on a share whose server is gone.
const END_WAIT: Duration = Duration::from_mins(1);

/// What becomes of snapshots that only the replica has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// They stay, unless somebody removed them from the vault.
    Stays,
    /// They go, but for those that the catalogue lists.
    Goes,
}

/// Copies what is missing, and what `again` names.
pub(super) async fn mirror(
    profile: &Profile,
    context: &JobContext,
    replica: &ReplicaRecord,
    extra: Extra,
    again: &[Id],
) -> Result<MirrorReport, Failure> {
    context.checkpoint()?;
    let began = now_ms();
    let store = ended(context, replica, place::open(replica)).await?;
    // A vault of its own: where something is removed, its table is looked at anew.
    let vault = profile.archive.open_unindexed().await?;
    let removed = profile.catalog.removed_on_purpose().await?;
    let known: HashSet<String> = match extra {
        Extra::Stays => HashSet::new(),
        Extra::Goes => profile.catalog.backup_ids(None).await?.into_iter().collect(),
    };
    let (looked, to) = (vault.clone(), Arc::clone(&store));
    let path = replica.path.clone();
    let looking = blocking(move || -> Result<_, ArchiveError> {
        Ok((looked.mirror_lacks(&*to)?, disk::free_bytes(&path).ok()))
    });
    let (lacks, free) = ended(context, replica, looking).await?;
    require_room(replica, lacks, free)?;
    let (tell, cancel, again) = (progress(context), cancel_with(context.token()), again.to_vec());
    let copying = blocking(move || {
        let username = this_user();
        let may_go = |id: &SnapshotId| match extra {
            Extra::Stays => removed.contains(&id.to_string()),
            Extra::Goes => !known.contains(&id.to_string()),
        };
        let options = MirrorOptions { username: &username, may_go: &may_go, again: &again };
        vault.mirror(store, options, &tell, &cancel).map_err(ArchiveError::from)
    });
    let mut report = match ended(context, replica, copying).await.map_err(lapsed) {
        Err(failure) if failure.code == Code::OtherVault => {
            // It was this vault's: its first file is damaged, or somebody put another one in its place.
            profile.catalog.replica_checked(&replica.id, 0, began, Some(&failure.message)).await?;
            return Err(failure);
        }
        done => done?,
    };
    // What somebody removed while it was copied is not lost either; the next copy takes it away.
    let removed = profile.catalog.removed_on_purpose().await?;
    report.only_here.retain(|id| !removed.contains(&id.to_string()));
    // Receipts are copied like everything, and are no backups.
    let receipts: HashSet<String> =
        profile.catalog.receipts().await?.into_iter().filter_map(|one| one.snapshot_id).collect();
    report.snapshots.retain(|id| !receipts.contains(&id.to_string()));
    let ids: Vec<String> = report.snapshots.iter().map(ToString::to_string).collect();
    let only_here = i64::try_from(report.only_here.len()).unwrap_or(i64::MAX);
    profile.catalog.replica_copied(&replica.id, began, &ids, only_here).await?;
    context.info("copy", format!("“{}”: {}", replica.name, moved(&report)));
    if let Some(lacks) = &report.vault_lacks {
        return Err(Failure::new(
            Code::VaultDamaged,
            format!("the vault itself is not whole: {lacks}"),
            "What was new was copied, and nothing was removed from the replica. Check the vault: `holdfast vault check`. What it lost may still be in its replicas: do not remove them.",
        ));
    }
    if only_here > 0 {
        context.warn(
            "copy",
            format!(
                "“{}” has {} that the vault does not list any more and nobody removed, the first {}. Nothing of its data goes as long as that is so.",
                replica.name,
                counted(only_here.unsigned_abs(), "snapshot"),
                report.only_here[0]
            ),
        );
    }
    Ok(report)
}

/// A lock that lapsed is no plan that is out of date: it is taken again by the next copy.
fn lapsed(failure: Failure) -> Failure {
    if failure.code != Code::PlanStale {
        return failure;
    }
    Failure::new(
        Code::VaultLocked,
        failure.message,
        "This computer slept, or somebody removed the lock. Copy again; what was copied is not copied again.",
    )
}

/// Waits for work on a replica's place, and no longer than a while after its end was asked for: a share whose server
/// is gone may never answer.
pub(super) async fn ended<T>(
    context: &JobContext,
    replica: &ReplicaRecord,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let token = context.token().clone();
    let overdue = async {
        token.cancelled().await;
        tokio::time::sleep(END_WAIT).await;
    };
    tokio::select! {
        done = work => done,
        () = overdue => Err(place::gone(replica)),
    }
}

/// A disk that is filled to its last byte helps nobody.
fn require_room(replica: &ReplicaRecord, lacks: u64, free: Option<u64>) -> Result<(), Failure> {
    match free {
        Some(free) if free < lacks => Err(Failure::new(
            Code::DiskFull,
            format!(
                "{} are to be copied to {}, and {} are free there",
                bytes_words(lacks),
                replica.path,
                bytes_words(free)
            ),
            "Free space on that disk, or add a replica on a larger one. What was copied stays. Where the replica itself fills the disk, take it off with `holdfast store remove`, empty its folder and add it again: what was removed from the vault is not copied anew.",
        )),
        _ => Ok(()),
    }
}

/// Moves the job along.
fn progress(context: &JobContext) -> impl Fn(MirrorProgress) + use<> {
    let (context, seen) = (context.clone(), AtomicU64::new(0));
    let before = context.meter().bytes();
    move |now| {
        context.expect_bytes(before + now.bytes_total);
        context.meter().add_bytes(now.bytes.saturating_sub(seen.swap(now.bytes, Ordering::Relaxed)));
    }
}

pub(super) fn moved(report: &MirrorReport) -> String {
    let copied = match report.copied_files {
        0 => "nothing was missing".to_owned(),
        files => format!("{} in {} copied", bytes_words(report.copied_bytes), counted(files, "file")),
    };
    match report.removed_files {
        0 => copied,
        files => {
            format!("{copied}, {} in {} removed", bytes_words(report.removed_bytes), counted(files, "file"))
        }
    }
}
