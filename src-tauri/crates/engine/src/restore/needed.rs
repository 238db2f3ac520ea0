//! Backups that restores still need: the one that an undo restores, and the one whose manifest it reads.

use std::collections::HashMap;

use super::record::{Restore, RestoreState};
use super::request::Strategy;
use crate::engine::Engine;
use base::clock::now_ms;
use base::failure::Failure;

/// Restores that are looked through, newest first. Those before them are years old.
const RESTORES_MAX: u32 = 5_000;
/// A restore can be undone by its safety backup for so long.
const UNDO_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What needs a backup, as in `the undo of restore 1a2b3c4d`, and until when, if that expires.
pub(crate) type Needed = (String, Option<i64>);

impl Engine {
    /// What of restores needs which backup.
    pub(crate) async fn needed_by_restores(&self) -> Result<HashMap<String, Vec<Needed>>, Failure> {
        let mut needs: HashMap<String, Vec<Needed>> = HashMap::new();
        for restore in self.restores(RESTORES_MAX).await? {
            for (backup, need) in of(&restore) {
                needs.entry(backup).or_default().push(need);
            }
        }
        // What a restore of files or keys brought back, and what was there before, tell together what it did.
        for (run, at_ms, backup, safety) in self.profile.catalog.parts_restored(now_ms() - UNDO_MS).await? {
            let need = (
                format!("the undo of run {}", &run[..8.min(run.len())]),
                Some(at_ms.saturating_add(UNDO_MS)),
            );
            for id in [backup].into_iter().chain(safety) {
                needs.entry(id).or_default().push(need.clone());
            }
        }
        Ok(needs)
    }
}

fn of(restore: &Restore) -> Vec<(String, Needed)> {
    let id = restore.id.get(..8).unwrap_or(&restore.id);
    let later = Some(restore.at_ms.saturating_add(UNDO_MS));
    let (backup, safety) = (restore.plan.backup_id.clone(), restore.traces.safety_backup.clone());
    let undo = || format!("the undo of restore {id}");
    let mut needs = Vec::new();
    match restore.state {
        RestoreState::Undone | RestoreState::Discarded => {}
        RestoreState::Preparing | RestoreState::Switching => {
            needs.push((backup, (format!("restore {id}, which is not over"), None)));
            needs.extend(safety.map(|safety| (safety, (undo(), None))));
        }
        RestoreState::Failed => {
            if restore.traces.incomplete.is_some() {
                needs.push((backup, (format!("tidying up after restore {id}"), None)));
            }
        }
        RestoreState::Done => {
            needs.extend(safety.map(|safety| (safety, (undo(), later))));
            match restore.plan.strategy {
                // The old database stays until a person, or its date, discards it.
                Strategy::Swap | Strategy::SwapBack if restore.traces.old_name.is_some() => {
                    needs.push((backup, (undo(), None)));
                }
                Strategy::NewDatabase | Strategy::Tables => needs.push((backup, (undo(), later))),
                _ => {}
            }
        }
    }
    needs
}
