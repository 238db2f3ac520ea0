//! Dependencies between backups: an incremental needs its full backup.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::engine::Engine;
use crate::intake::Known;
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use ledger::job::JobContext;
use remote::platform::{Platform, PlatformSettings, RemoteBackup, RemoteState};

/// A backup of the changes since the last full one.
const INCREMENTAL: &str = "incremental";
/// What such a one goes on from.
const FULL: &str = "full";

/// Whether it holds changes alone.
pub(super) fn is_incremental(backup: &RemoteBackup) -> bool {
    backup.kind == INCREMENTAL
}

/// The full backup that an incremental one needs: the last one before it that the platform completed.
pub(super) fn base_of<'a>(backup: &RemoteBackup, all: &'a [RemoteBackup]) -> Option<&'a RemoteBackup> {
    if !is_incremental(backup) {
        return None;
    }
    let is_before = |one: &&RemoteBackup| {
        one.kind == FULL
            && one.state == RemoteState::Completed
            && one.created_at.zip(backup.created_at).is_some_and(|(full, part)| full <= part)
    };
    all.iter().filter(is_before).max_by_key(|one| (one.created_at, one.id.clone()))
}

impl Engine {
    /// The same with the full ones that they need, each before what needs it, where it is not here.
    pub(super) async fn with_bases(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &dyn Platform,
        chosen: Vec<RemoteBackup>,
    ) -> Result<Vec<RemoteBackup>, Failure> {
        if !chosen.iter().any(is_incremental) {
            return Ok(chosen);
        }
        let listing = context.unless_cancelled(platform.list()).await??;
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        for one in chosen {
            let base = base_of(&one, &listing.backups).filter(|base| !here.contains_key(&base.id));
            if let Some(base) = base.filter(|base| !seen.contains(&base.id)) {
                context.info(
                    "ask",
                    format!("{} needs the full backup {}, which comes as well", one.id, base.id),
                );
                seen.insert(base.id.clone());
                all.push(base.clone());
            }
            if seen.insert(one.id.clone()) {
                all.push(one);
            }
        }
        Ok(all)
    }

    /// What the platform says of a backup that decides whether it counts.
    pub(super) async fn known_of(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &dyn Platform,
        backup: &RemoteBackup,
    ) -> Result<Known, Failure> {
        let base = if is_incremental(backup) {
            let listing = context.unless_cancelled(platform.list()).await??;
            base_of(backup, &listing.backups).cloned()
        } else {
            None
        };
        Ok(Known {
            is_incremental: is_incremental(backup),
            base_made_at_ms: base.as_ref().and_then(|base| base.created_at).map(Timestamp::as_millisecond),
            base: base.map(|base| base.id),
            promises_checksums: platform.promises_checksums(),
            rows_max: project.platform.as_ref().and_then(PlatformSettings::rows_max),
        })
    }
}
