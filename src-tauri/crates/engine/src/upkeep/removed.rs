//! Backups that the vault has lost or was told to remove: their rows go as well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::engine::Engine;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::Catalog;
use ledger::event::Topic;

impl Engine {
    /// Completes deletions that were interrupted by a crash or a failing disk, for backups that the vault
    /// already removed: deletes their rows. Returns them.
    pub(crate) async fn finish_deletions(&self, missing: &BTreeSet<String>) -> Result<Vec<String>, Failure> {
        let mut asked = BTreeMap::new();
        if !missing.is_empty() {
            let all = self.profile.catalog.asked_to_leave().await?.into_iter();
            asked.extend(
                all.filter(|(id, ..)| missing.contains(id)).map(|(id, project, of)| (id, (project, of))),
            );
        }
        let mut finished = Vec::new();
        for (id, (project, confirmed)) in asked {
            let confirmed: Value = serde_json::from_str(&confirmed).unwrap_or_default();
            if self.delete_row(&id, &project, confirmed["retention"].as_str()).await? {
                finished.push(id);
            }
        }
        Ok(finished)
    }

    /// Deletes the row of a backup that the vault no longer has. False if somebody else did.
    pub(crate) async fn delete_row(
        &self,
        id: &str,
        project: &str,
        run: Option<&str>,
    ) -> Result<bool, Failure> {
        let subject = Subject::backup(id, project);
        let mut writing = self.profile.audit.begin(Act::BackupDeleted, &subject, by_run(run)).await?;
        Catalog::note_removed_on(writing.connection(), id, run.is_some()).await?;
        if !Catalog::remove_backup_on(writing.connection(), id).await? {
            return Ok(false);
        }
        if let Some(run) = run {
            Catalog::count_removed_on(writing.connection(), run).await?;
        }
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Backups, Topic::Projects, Topic::Vault]);
        Ok(true)
    }
}

/// Which confirmed plan of retention a deletion is a part of.
pub(crate) fn by_run(run: Option<&str>) -> Details {
    run.map_or_else(Details::none, |run| Details::none().with("retention", Fact::Id(run)))
}
