//! Jobs as they are asked for: lists, one by id or prefix, its log, and the wish that it ends.

use std::collections::HashSet;

use crate::catalog::{JobLine, JobRecord, Level};
use base::Code;
use base::failure::Failure;

use super::{JobOutput, JobRunner, Progress};

/// Shorter prefixes hit too much by chance; the first characters of ids are a time.
const PREFIX_CHARACTERS_MIN: usize = 4;
const LIST_MAX: u32 = 500;
const LINES_MAX: u32 = 2000;

/// A job with everything that is shown of it.
#[derive(Debug, Clone)]
pub struct Job {
    /// As the catalogue keeps it.
    pub record: JobRecord,
    /// Name of its project.
    pub project: Option<String>,
    /// Whether this very process runs it.
    pub is_mine: bool,
    /// Where it is.
    pub progress: Progress,
    /// What it came to.
    pub output: Option<JobOutput>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Lines of its log: in all, warnings, errors.
    pub lines: (i64, i64, i64),
}

impl JobRunner {
    /// Jobs, newest first, of the project with this id or of all.
    ///
    /// # Errors
    /// `invalid_request` for a limit of 0 or above 500.
    pub async fn list(&self, project_id: Option<&str>, limit: u32) -> Result<Vec<Job>, Failure> {
        if limit == 0 || limit > LIST_MAX {
            return Err(Failure::invalid(
                format!("a list of {limit} runs"),
                format!("Ask for 1 to {LIST_MAX}."),
            ));
        }
        self.recover().await?;
        let records = self.catalog.jobs(project_id, limit).await?;
        let ids: HashSet<&str> = records.iter().filter_map(|record| record.project_id.as_deref()).collect();
        let names = self.catalog.project_names(&ids.into_iter().collect::<Vec<_>>()).await?;
        Ok(records
            .into_iter()
            .map(|record| {
                let project = record.project_id.as_deref().and_then(|id| names.get(id).cloned());
                self.read_job(record, project, (0, 0, 0))
            })
            .collect())
    }

    /// One job by id or unique prefix.
    ///
    /// # Errors
    /// `job_not_found`, `ambiguous_job`.
    pub async fn find(&self, reference: &str) -> Result<Job, Failure> {
        let is_prefix =
            reference.len() >= PREFIX_CHARACTERS_MIN && reference.bytes().all(|b| b.is_ascii_hexdigit());
        let mut found = if is_prefix { self.catalog.jobs_by_prefix(reference).await? } else { Vec::new() };
        if found.len() > 1 {
            return Err(Failure::new(
                Code::AmbiguousJob,
                format!("{reference} is the beginning of more than one run's id"),
                "Give more characters of the id.",
            ));
        }
        let record = found.pop().ok_or_else(|| Failure::not_found(Code::JobNotFound, reference))?;
        let lines = self.catalog.line_counts(&record.id).await?;
        let project = match &record.project_id {
            Some(id) => self.catalog.project(id).await?.map(|project| project.name),
            None => None,
        };
        Ok(self.read_job(record, project, lines))
    }

    fn read_job(&self, record: JobRecord, project: Option<String>, lines: (i64, i64, i64)) -> Job {
        let stored = || serde_json::from_str(&record.progress).unwrap_or_default();
        Job {
            progress: self.live_progress(&record.id).unwrap_or_else(stored),
            is_mine: self.is_mine(&record.id),
            output: record.result.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            failure: record.failure.as_deref().map(read_failure),
            project,
            lines,
            record,
        }
    }

    /// Lines of a job's log after the line `after`, of `level` and above.
    ///
    /// # Errors
    /// `job_not_found`, `invalid_request` for a limit of 0 or above 2000.
    pub async fn log(
        &self,
        reference: &str,
        after: i64,
        level: Level,
        limit: u32,
    ) -> Result<Vec<JobLine>, Failure> {
        if limit == 0 || limit > LINES_MAX {
            return Err(Failure::invalid(format!("{limit} lines"), format!("Ask for 1 to {LINES_MAX}.")));
        }
        let job = self.find(reference).await?;
        Ok(self.catalog.job_lines(&job.record.id, after, level, limit).await?)
    }

    /// A job that has not ended, in this process or in another.
    ///
    /// # Errors
    /// `job_not_found`; `job_over` when it has ended already.
    pub async fn unended(&self, reference: &str) -> Result<Job, Failure> {
        self.recover().await?;
        let job = self.find(reference).await?;
        if job.record.state.is_final() {
            return Err(Failure::new(
                Code::JobOver,
                "this run has ended already",
                "Look at it: `holdfast job show`.",
            ));
        }
        Ok(job)
    }
}

/// A failure as it was stored. What another version wrote, and this one cannot read, is a failure all the same.
pub fn read_failure(text: &str) -> Failure {
    serde_json::from_str(text).unwrap_or_else(|_| {
        Failure::new(
            Code::UnknownFailure,
            "the run failed; its reason cannot be read any more",
            "Look at its log.",
        )
    })
}
