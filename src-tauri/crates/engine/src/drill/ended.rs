//! Closes drills whose process died: a drill is recorded when it starts, and once its process is dead the
//! record becomes an entry of the history that says so.

use super::plan::{DrillPlan, extent};
use super::report::{DrillReport, phases};
use crate::engine::Engine;
use crate::proof;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::{DrillKind, DrillRecord, JobRecord, JobState, ProofLevel, Verdict};
use ledger::event::Topic;
use ledger::job::{Fact, JobContext, Progress};

impl Engine {
    /// What is known of a drill before it begins.
    pub(super) fn blank_report(&self, plan: &DrillPlan) -> DrillReport {
        DrillReport {
            loads_redis: true,
            tables: plan.tables.clone(),
            command: plan.command.clone(),
            trigger: self.profile.jobs.trigger().as_str().into(),
            bytes: plan.manifest.bytes(),
            wall: plan.wall.clone(),
            ..DrillReport::default()
        }
    }

    /// Notes that a drill begins, so that it is in the history however it ends.
    pub(super) async fn note_begun(
        &self,
        context: &JobContext,
        plan: &DrillPlan,
        started_at_ms: i64,
    ) -> Result<(), Failure> {
        let mut report = self.blank_report(plan);
        report.facts.push(Fact { name: "Into".into(), value: plan.place.clone(), note: None });
        report.facts.push(Fact { name: "Brought back".into(), value: extent(plan), note: None });
        let record = blank_record(context, plan, started_at_ms, &report)?;
        Ok(self.profile.catalog.begin_drill(&record).await?)
    }

    /// Writes the end of drills whose process died before it could.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    pub(crate) async fn end_dead_drills(&self) -> Result<(), Failure> {
        let catalog = &self.profile.catalog;
        for record in catalog.begun_drills().await? {
            let Some(job) = catalog.jobs_by_prefix(&record.id).await?.pop() else {
                catalog.forget_begun(&record.id).await?;
                continue;
            };
            let reason = match job.state {
                JobState::Queued | JobState::Running => continue,
                JobState::Succeeded | JobState::Cancelled => {
                    catalog.forget_begun(&record.id).await?;
                    continue;
                }
                JobState::Interrupted => interrupted(&job),
                JobState::Failed => {
                    let why = job.outcome.as_deref().unwrap_or("it is not known why");
                    format!("The drill ended without a verdict: {}.", why.trim_end_matches('.'))
                }
            };
            self.end_dead(record, &job, reason).await?;
        }
        Ok(())
    }

    async fn end_dead(
        &self,
        mut record: DrillRecord,
        job: &JobRecord,
        reason: String,
    ) -> Result<(), Failure> {
        let mut report: DrillReport = serde_json::from_str(&record.report).unwrap_or_default();
        if let Ok(progress) = serde_json::from_str::<Progress>(&job.progress) {
            report.phases = phases(progress.phases, record.started_at_ms);
        }
        record.report = written(&report)?;
        record.at_ms = job.finished_at_ms.unwrap_or_else(now_ms);
        record.reason = reason;
        // Another process may have been faster.
        if !self.profile.catalog.end_drill(&record).await? {
            return Ok(());
        }
        let is_there = !self.profile.catalog.backups_by_prefix(&record.backup_id).await?.is_empty();
        if record.kind == DrillKind::Full && is_there {
            let said = (record.verdict, record.reason);
            let (catalog, started) = (&self.profile.catalog, record.started_at_ms);
            proof::record(catalog, &record.backup_id, ProofLevel::Restored, &said, started).await?;
        }
        self.profile.jobs.changed(&[Topic::Drills, Topic::Backups, Topic::Projects]);
        Ok(())
    }
}

/// An entry of the history that says nothing yet.
pub(super) fn blank_record(
    context: &JobContext,
    plan: &DrillPlan,
    started_at_ms: i64,
    report: &DrillReport,
) -> Result<DrillRecord, Failure> {
    Ok(DrillRecord {
        id: context.id().to_owned(),
        project_id: plan.project_id.clone(),
        backup_id: plan.backup_id.clone(),
        backup_at_ms: plan.at_ms,
        kind: plan.kind,
        place: plan.place.clone(),
        verdict: Verdict::Inconclusive,
        reason: String::new(),
        started_at_ms,
        at_ms: started_at_ms,
        rto_ms: None,
        report: written(report)?,
        limits: report.left_out(plan.kind),
    })
}

fn interrupted(job: &JobRecord) -> String {
    let progress: Option<Progress> = serde_json::from_str(&job.progress).ok();
    let phase = progress.and_then(|progress| {
        Some(progress.phases.into_iter().rfind(|phase| phase.started_at_ms.is_some())?.title)
    });
    let place = phase.map(|title| format!(" in the phase {title}")).unwrap_or_default();
    format!("The process of the drill ended{place}, before anything was shown.")
}

fn written(report: &DrillReport) -> Result<String, Failure> {
    serde_json::to_string(report)
        .map_err(|error| Failure::new(Code::Internal, error.to_string(), "Start the drill again."))
}
