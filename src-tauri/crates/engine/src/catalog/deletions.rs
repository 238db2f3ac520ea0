//! Backups and projects that are being deleted: claimed in one statement, so that no other process
//! deletes what this deletion relies on, and no backup of the project begins meanwhile.

use super::{Catalog, CatalogError, FLOOR_USUAL, believed_until_ms};
use crate::audit::Act;

impl Catalog {
    /// Claims a backup for its deletion, where no job of its project waits or runs but one that removes old
    /// backups, where it is not the newest that is verified or readable, where nobody holds it, and where as many
    /// verified ones stay as the project's floor says. What failed to come back, and what is dated later than now,
    /// is none of those. Atomic across processes. False when it may not go.
    pub(crate) async fn claim_deletion(&self, id: &str, process: &str) -> Result<bool, CatalogError> {
        let (floor, until_ms) = (i64::from(FLOOR_USUAL), believed_until_ms());
        let done = sqlx::query!(
            "UPDATE backup SET leaving = ?2 WHERE id = ?1 AND leaving IS NULL
               AND NOT EXISTS (SELECT 1 FROM job j WHERE j.project_id = backup.project_id AND j.state IN ('queued', 'running')
                                 AND j.kind <> 'retention')
               AND id IS NOT (SELECT n.id FROM backup n WHERE n.project_id = backup.project_id AND n.level >= 1
                                AND n.restore_failed = 0 AND n.at_ms <= ?4 AND n.components NOT IN ('config', 'logs')
                              ORDER BY n.at_ms DESC, n.id LIMIT 1)
               AND id IS NOT (SELECT n.id FROM backup n WHERE n.project_id = backup.project_id AND n.level >= 2
                                AND n.at_ms <= ?4
                              ORDER BY n.at_ms DESC, n.id LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM backup_keeping k WHERE k.backup_id = backup.id AND k.hold_reason IS NOT NULL)
               AND (level = 0 OR components IN ('config', 'logs')
                    OR coalesce((SELECT r.floor FROM retention r WHERE r.project_id = backup.project_id), ?3)
                                  <= (SELECT count(*) FROM backup n WHERE n.project_id = backup.project_id
                                        AND n.id <> backup.id AND n.level > 0 AND n.restore_failed = 0
                                        AND n.at_ms <= ?4 AND n.leaving IS NULL
                                        AND n.components NOT IN ('config', 'logs')))",
            id,
            process,
            floor,
            until_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The backup stays after all.
    pub(crate) async fn unclaim_deletion(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE backup SET leaving = NULL WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }

    /// Backups of the catalogue whose removal was confirmed here and is not done, unless somebody is at it: each with
    /// its project's name and what the audit notes of each confirmation, the last one last.
    pub(crate) async fn asked_to_leave(&self) -> Result<Vec<(String, String, String)>, CatalogError> {
        let act = Act::BackupDeletionConfirmed.code();
        let rows = sqlx::query!(
            "SELECT b.id, a.subject_name, a.details FROM audit a JOIN backup b ON b.id = a.subject_id
             WHERE a.act = ? AND b.leaving IS NULL ORDER BY a.seq",
            act
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.subject_name, row.details)).collect())
    }

    /// Ends the protection of a project that is about to be removed, where no job of it waits or runs.
    /// Atomic across processes: a backup that is asked for later finds the project archived. False when
    /// it may not go.
    pub(crate) async fn claim_removal(&self, project_id: &str) -> Result<bool, CatalogError> {
        let done = sqlx::query!(
            "UPDATE project SET is_archived = 1 WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM job j WHERE j.project_id = ?1 AND j.state IN ('queued', 'running'))",
            project_id
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The project stays after all.
    pub(crate) async fn unclaim_removal(
        &self,
        project_id: &str,
        is_archived: bool,
    ) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE project SET is_archived = ?2 WHERE id = ?1", project_id, is_archived)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Backups that are being deleted, and the processes that do it.
    pub(crate) async fn leaving(&self) -> Result<Vec<(String, String)>, CatalogError> {
        let rows = sqlx::query!(r#"SELECT id, leaving AS "process!" FROM backup WHERE leaving IS NOT NULL"#)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.process)).collect())
    }
}
