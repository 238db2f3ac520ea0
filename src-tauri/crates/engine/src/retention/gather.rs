//! What the catalogue knows of a project's backups, as the decision needs it.

use super::decide::{Candidate, Need};
use super::source::{FAILING_RUNS, Source};
use crate::catalog::{KeptBackup, ProjectRecord, ProofLevel};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::project::RECOVERY_GOAL_MS;

/// More failed runs in a row are not counted.
const RUNS_LOOKED_AT: u32 = 100;
const _: () = assert!(RUNS_LOOKED_AT >= FAILING_RUNS, "enough runs are looked at");

impl Engine {
    /// The backups of a project with what else speaks for keeping them.
    pub(super) async fn candidates(&self, project: &ProjectRecord) -> Result<Vec<Candidate>, Failure> {
        // What a dead process was deleting stays after all.
        self.profile.jobs.recover().await?;
        let mut needed = self.needed_by_restores().await?;
        let backups = self.profile.catalog.kept_backups(&project.id).await?;
        Ok(backups
            .into_iter()
            .map(|backup| {
                let KeptBackup { id, at_ms, level, is_failed, hold, until_ms } = backup;
                let needs = needed.remove(&id).unwrap_or_default();
                let needs = needs.into_iter().map(|(what, until_ms)| Need { what, until_ms }).collect();
                Candidate { id, at_ms, level, is_failed, hold, until_ms, needs }
            })
            .collect())
    }

    /// Where the backups of a project come from.
    pub(super) async fn source(
        &self,
        project: &ProjectRecord,
        backups: &[Candidate],
    ) -> Result<Source, Failure> {
        let catalog = &self.profile.catalog;
        let readable = backups.iter().filter(|one| one.level.is_some_and(|at| at >= ProofLevel::Readable));
        let goal_ms = catalog.goals(&project.id).await?.rpo_ms.unwrap_or(RECOVERY_GOAL_MS);
        Ok(Source {
            project: project.name.clone(),
            is_archived: project.is_archived,
            last_runs: catalog.last_runs(&project.id, RUNS_LOOKED_AT).await?,
            recovery_point_ms: readable.map(|one| one.at_ms).max(),
            rpo_ms: (project.kind() != "files").then_some(goal_ms),
        })
    }
}
