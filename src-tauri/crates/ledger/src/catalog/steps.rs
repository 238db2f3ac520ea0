//! Recovery steps of projects, and the answers that runs wait for.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// A step as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// `before`, `after`.
    pub place: String,
    /// What is done (JSON).
    pub act: String,
    /// Whether the run ends where it fails.
    pub is_critical: bool,
    /// Seconds that it may take.
    pub timeout_s: u32,
    /// Whether it is done also when nothing was restored.
    pub also_after_failure: bool,
}

impl Catalog {
    /// The steps of a project, in order.
    pub async fn recovery_steps(&self, project_id: &str) -> Result<Vec<StepRecord>, CatalogError> {
        let rows = sqlx::query!(
            "SELECT id, title, place, act, is_critical, timeout_s, also_after_failure
             FROM recovery_step WHERE project_id = ? ORDER BY position",
            project_id
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let unknown =
                    |_| CatalogError::Unknown { column: "timeout_s", value: row.timeout_s.to_string() };
                Ok(StepRecord {
                    timeout_s: u32::try_from(row.timeout_s).map_err(unknown)?,
                    id: row.id,
                    title: row.title,
                    place: row.place,
                    act: row.act,
                    is_critical: row.is_critical != 0,
                    also_after_failure: row.also_after_failure != 0,
                })
            })
            .collect()
    }

    /// Puts these steps in the place of those that a project had.
    pub async fn set_recovery_steps(
        on: &mut SqliteConnection,
        project_id: &str,
        steps: &[StepRecord],
    ) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM recovery_step WHERE project_id = ?", project_id).execute(&mut *on).await?;
        for (at, step) in steps.iter().enumerate() {
            let position = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1);
            sqlx::query!(
                "INSERT INTO recovery_step (project_id, position, id, title, place, act, is_critical, timeout_s,
                                            also_after_failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                project_id,
                position,
                step.id,
                step.title,
                step.place,
                step.act,
                step.is_critical,
                step.timeout_s,
                step.also_after_failure
            )
            .execute(&mut *on)
            .await?;
        }
        Ok(())
    }

    /// Notes an answer to a run that waits at a step. False when it was answered before.
    pub async fn answer_job(
        on: &mut SqliteConnection,
        job_id: &str,
        step_id: &str,
        answer: &str,
        at_ms: i64,
    ) -> Result<bool, CatalogError> {
        let done = sqlx::query!(
            "INSERT INTO job_answer (job_id, step_id, answer, at_ms) VALUES (?, ?, ?, ?)
             ON CONFLICT (job_id, step_id) DO NOTHING",
            job_id,
            step_id,
            answer,
            at_ms
        )
        .execute(on)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What was answered to a run at a step: `go_on`, `stop`.
    pub async fn job_answer(&self, job_id: &str, step_id: &str) -> Result<Option<String>, CatalogError> {
        let answer = sqlx::query_scalar!(
            "SELECT answer FROM job_answer WHERE job_id = ? AND step_id = ?",
            job_id,
            step_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(answer)
    }
}
