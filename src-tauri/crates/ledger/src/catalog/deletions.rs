//! Backups and projects that are being deleted: claimed in one statement, so that no other process
//! deletes what this deletion relies on, and no backup of the project begins meanwhile.

use super::{Catalog, CatalogError, FLOOR_USUAL, believed_until_ms};
use crate::audit::Act;
use crate::component::{Component, Components};

/// What keeps a backup from being deleted, of one component that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The component; absent where it holds none that is known.
    pub component: Option<Component>,
    /// It is the newest that is proven at all.
    pub is_newest: bool,
    /// It is the recovery point of the component.
    pub is_point: bool,
    /// So many others are proven.
    pub beside: i64,
}

impl Catalog {
    /// Claims a backup for its deletion, where no job of its project waits or runs but one that removes old
    /// backups, where it is the newest of no component, proven or a recovery point, where nobody holds it, where no
    /// other one needs it, and where as many stay of each component as the project's floor says. What failed to come
    /// back, what is held back, and what is dated later than now, is none of those. Atomic across processes. False when
    /// it may not go.
    pub async fn claim_deletion(&self, id: &str, process: &str) -> Result<bool, CatalogError> {
        let (floor, until_ms) = (i64::from(FLOOR_USUAL), believed_until_ms());
        let done = sqlx::query!(
            "UPDATE backup SET leaving = ?2 WHERE id = ?1 AND leaving IS NULL
               AND NOT EXISTS (SELECT 1 FROM job j WHERE j.project_id = backup.project_id AND j.state IN ('queued', 'running')
                                 AND j.kind <> 'retention')
               AND NOT EXISTS (SELECT 1 FROM backup_keeping k WHERE k.backup_id = backup.id AND k.hold_reason IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM backup n WHERE n.project_id = backup.project_id AND n.id <> backup.id
                                 AND n.needs_id IN (backup.id, coalesce(backup.remote_id, backup.id)) AND n.leaving IS NULL)
               AND NOT EXISTS (
                 SELECT 1 FROM (SELECT 1 AS bit UNION ALL SELECT 2 UNION ALL SELECT 4 UNION ALL SELECT 8 UNION ALL SELECT 16) c
                 WHERE (CASE backup.holds WHEN 0 THEN 1 ELSE backup.holds END) & c.bit
                   AND (backup.id = (SELECT m.id FROM proven m WHERE m.project_id = backup.project_id
                                       AND (m.whole & c.bit OR backup.holds = 0) AND m.at_ms <= ?4
                                     ORDER BY m.at_ms DESC, m.id LIMIT 1)
                     OR backup.id = (SELECT m.id FROM proven m WHERE m.project_id = backup.project_id
                                       AND m.counts & c.bit AND m.at_ms <= ?4
                                     ORDER BY m.at_ms DESC, m.id LIMIT 1)
                     OR backup.level > 0 AND backup.held_back IS NULL
                        AND coalesce((SELECT r.floor FROM retention r WHERE r.project_id = backup.project_id), ?3)
                            > (SELECT count(*) FROM proven m WHERE m.project_id = backup.project_id AND m.id <> backup.id
                                 AND (m.whole & c.bit OR backup.holds = 0) AND m.at_ms <= ?4)))",
            id,
            process,
            floor,
            until_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What keeps a backup from being deleted: for each component that it holds, as [`Self::claim_deletion`] has it.
    pub async fn guards(&self, id: &str) -> Result<Vec<Guard>, CatalogError> {
        let until_ms = believed_until_ms();
        let rows = sqlx::query!(
            r#"SELECT CASE b.holds WHEN 0 THEN 0 ELSE c.bit END AS "bit!: i64",
                 coalesce(b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id
                                    AND (m.whole & c.bit OR b.holds = 0) AND m.at_ms <= ?2
                                  ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "is_newest!: bool",
                 coalesce(b.id = (SELECT m.id FROM proven m WHERE m.project_id = b.project_id
                                    AND m.counts & c.bit AND m.at_ms <= ?2
                                  ORDER BY m.at_ms DESC, m.id LIMIT 1), 0) AS "is_point!: bool",
                 (SELECT count(*) FROM proven m WHERE m.project_id = b.project_id AND m.id <> b.id
                    AND (m.whole & c.bit OR b.holds = 0) AND m.at_ms <= ?2) AS "beside!: i64"
               FROM backup b
               JOIN (SELECT 1 AS bit UNION ALL SELECT 2 UNION ALL SELECT 4 UNION ALL SELECT 8 UNION ALL SELECT 16) c
               WHERE b.id = ?1 AND (CASE b.holds WHEN 0 THEN 1 ELSE b.holds END) & c.bit"#,
            id,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let guard = |(bit, is_newest, is_point, beside)| Guard {
            component: Components::from(bit).iter().next(),
            is_newest,
            is_point,
            beside,
        };
        Ok(rows.into_iter().map(|row| guard((row.bit, row.is_newest, row.is_point, row.beside))).collect())
    }

    /// A backup that needs this one, and is not being deleted.
    pub async fn needed_by(&self, id: &str) -> Result<Option<String>, CatalogError> {
        Ok(sqlx::query_scalar!(
            "SELECT n.id FROM backup b JOIN backup n ON n.needs_id IN (b.id, coalesce(b.remote_id, b.id))
               AND n.project_id = b.project_id AND n.id <> b.id AND n.leaving IS NULL
             WHERE b.id = ? ORDER BY n.at_ms DESC, n.id LIMIT 1",
            id
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The backup stays after all.
    pub async fn unclaim_deletion(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE backup SET leaving = NULL WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }

    /// Backups of the catalogue whose removal was confirmed here and is not done, unless somebody is at it: each with
    /// its project's name and what the audit notes of each confirmation, the last one last.
    pub async fn asked_to_leave(&self) -> Result<Vec<(String, String, String)>, CatalogError> {
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
    pub async fn claim_removal(&self, project_id: &str) -> Result<bool, CatalogError> {
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
    pub async fn unclaim_removal(&self, project_id: &str, is_archived: bool) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE project SET is_archived = ?2 WHERE id = ?1", project_id, is_archived)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Backups that are being deleted, and the processes that do it.
    pub async fn leaving(&self) -> Result<Vec<(String, String)>, CatalogError> {
        let rows = sqlx::query!(r#"SELECT id, leaving AS "process!" FROM backup WHERE leaving IS NOT NULL"#)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.process)).collect())
    }
}
