//! Reads a project's backups from the catalogue for the decision.

use super::decide::{Candidate, Need};
use super::source::{FAILING_RUNS, Source};
use super::worth::seen;
use crate::engine::Engine;
use base::failure::Failure;
use ledger::catalog::{KeptBackup, ProjectRecord, ProofLevel};
use ledger::point::{PointGoals, RecoveryPoints};

/// More failed runs in a row are not counted.
const RUNS_LOOKED_AT: u32 = 100;
const _: () = assert!(RUNS_LOOKED_AT >= FAILING_RUNS, "enough runs are looked at");

impl Engine {
    /// The backups of a project with what else speaks for keeping them.
    pub(super) async fn candidates(&self, project: &ProjectRecord) -> Result<Vec<Candidate>, Failure> {
        // What a dead process was deleting stays after all.
        self.profile.jobs.recover().await?;
        let mut needed = self.needed_by_restores().await?;
        let mut backups = self.profile.catalog.kept_backups(&project.id).await?;
        // What the vault does not list any more is no reason to let others go; what others hold stays.
        let seen = self.vault_seen().await?;
        backups.retain(|backup| !seen.is_missing(&backup.id));
        let candidate = |backup: KeptBackup| {
            let needs = needed.remove(&backup.id).unwrap_or_default();
            let needs = needs.into_iter().map(|(what, until_ms)| Need { what, until_ms }).collect();
            let hold = backup.hold.or_else(|| seen.hold(&backup.id).map(str::to_owned));
            Candidate {
                id: backup.id,
                at_ms: backup.at_ms,
                holds: backup.holds,
                remote_id: backup.remote_id,
                needs_id: backup.needs_id,
                held_back: backup.held_back,
                level: backup.level,
                is_failed: backup.is_failed,
                restore_failed: backup.restore_failed,
                clock_skew_ms: backup.clock_skew_ms,
                hold,
                until_ms: backup.until_ms,
                needs,
            }
        };
        Ok(backups.into_iter().map(candidate).collect())
    }

    /// Where the backups of a project come from.
    pub(super) async fn source(
        &self,
        project: &ProjectRecord,
        backups: &[Candidate],
        now_ms: i64,
    ) -> Result<Source, Failure> {
        let catalog = &self.profile.catalog;
        let later = backups.iter().filter(|one| one.is_verified() && one.is_dated_later(now_ms));
        let goals = PointGoals::of_project(
            &catalog.goals(&project.id).await?,
            &catalog.component_goals(Some(&project.id)).await?,
        );
        // By what is left to decide on: what the vault does not list any more is no recovery point.
        let points = RecoveryPoints::of(seen(backups, now_ms), project.expects(), &goals);
        let point = points.project();
        Ok(Source {
            project: project.name.clone(),
            is_archived: project.is_archived,
            last_runs: catalog.last_runs(&project.id, RUNS_LOOKED_AT).await?,
            recovery_point_ms: point.and_then(|one| one.point.as_ref()).map(|point| point.at_ms),
            oldest: points.is_of_a_part().then(|| point.map(|one| one.component)).flatten(),
            dated_later_ms: later.map(|one| one.at_ms).max(),
            restore_failed_ms: restore_failed_ms(backups, now_ms),
            rpo_ms: project.has_source().then(|| points.goal_ms().unwrap_or(goals.project_ms)),
        })
    }
}

/// The moment of the newest backup with a tried restore, if that failed. Later ones may be no better.
fn restore_failed_ms(backups: &[Candidate], now_ms: i64) -> Option<i64> {
    let is_tried = |one: &&Candidate| one.restore_failed || one.level == Some(ProofLevel::Restored);
    let tried = backups.iter().filter(|one| !one.is_dated_later(now_ms)).filter(is_tried);
    tried.max_by_key(|one| one.at_ms).filter(|newest| newest.restore_failed).map(|newest| newest.at_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::component::Components;

    fn tried(at_ms: i64, level: ProofLevel, restore_failed: bool) -> Candidate {
        Candidate {
            id: at_ms.to_string(),
            at_ms,
            holds: Components::of_words(["database"]),
            remote_id: None,
            needs_id: None,
            held_back: None,
            level: Some(level),
            is_failed: restore_failed,
            restore_failed,
            clock_skew_ms: None,
            hold: None,
            until_ms: None,
            needs: Vec::new(),
        }
    }

    #[test]
    fn the_newest_that_was_restored_says_whether_backups_come_back() {
        let mut backups = vec![tried(1, ProofLevel::Restored, false), tried(3, ProofLevel::Readable, false)];
        assert_eq!(restore_failed_ms(&backups, 10), None);
        backups.push(tried(2, ProofLevel::Bytes, true));
        assert_eq!(restore_failed_ms(&backups, 10), Some(2), "the one after it was not restored");
        backups.push(tried(4, ProofLevel::Restored, false));
        assert_eq!(restore_failed_ms(&backups, 10), None);
    }
}
