//! Waits for a person, who may answer from any process, through the catalogue.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::run::RunOf;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::Catalog;
use ledger::event::Topic;

/// How often a run that waits looks for an answer.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a person says to a run that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is done, go on.
    GoOn,
    /// Stop here.
    Stop,
}

impl Answer {
    fn as_str(self) -> &'static str {
        match self {
            Self::GoOn => "go_on",
            Self::Stop => "stop",
        }
    }
}

/// How the waiting ended.
pub(super) enum Waited {
    /// A person said that it is done.
    Done,
    /// A person said stop.
    Stopped,
    /// It did not come to that, and why.
    Ended(String),
}

/// Waits until somebody answers, the time is over, or the run is cancelled.
pub(super) async fn run(of: &RunOf<'_>, step_id: &str, limit: Duration, token: &CancellationToken) -> Waited {
    let end = Instant::now() + limit;
    loop {
        match of.profile.catalog.job_answer(of.context.id(), step_id).await {
            Ok(Some(answer)) if answer == Answer::GoOn.as_str() => return Waited::Done,
            Ok(Some(_)) => return Waited::Stopped,
            Ok(None) => {}
            Err(error) => return Waited::Ended(format!("the answer cannot be read: {error}")),
        }
        if Instant::now() >= end {
            return Waited::Ended(format!("nobody answered within {} seconds", limit.as_secs()));
        }
        // Somebody thinks, which is no stall.
        of.context.meter().beat();
        tokio::select! {
            () = token.cancelled() => return Waited::Ended("the run was cancelled".to_owned()),
            () = tokio::time::sleep(LOOK_EVERY.min(end.saturating_duration_since(Instant::now()))) => {}
        }
    }
}

impl Engine {
    /// Answers a run that waits for a person, in this process or in another. `step` names the step that
    /// the person saw; absent means the one that is waited at now.
    ///
    /// # Errors
    /// `job_not_found`; `job_over` when it has ended; `job_not_waiting` when it waits for nobody, for
    /// another step, or was answered already.
    #[crate::boxed]
    pub async fn answer_job(
        &self,
        reference: &str,
        step: Option<&str>,
        answer: Answer,
    ) -> Result<(), Failure> {
        let job = self.profile.jobs.unended(reference).await?;
        let waits = job.progress.waits_for.filter(|waits| step.is_none_or(|step| step == waits.step_id));
        let waits = waits.ok_or_else(|| not_waiting("this run is not waiting for that"))?;
        let act = if answer == Answer::GoOn { Act::RunContinued } else { Act::RunStopped };
        let details = Details::none().with("step", Fact::Name(&waits.title));
        let subject = Subject::new("run", &job.record.id, job.project.as_deref().unwrap_or_default());
        let mut writing = self.profile.audit.begin(act, &subject, details).await?;
        let (id, at_ms) = (&job.record.id, now_ms());
        let is_first =
            Catalog::answer_job(writing.connection(), id, &waits.step_id, answer.as_str(), at_ms).await?;
        if !is_first {
            return Err(not_waiting("this run was answered already"));
        }
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Jobs]);
        Ok(())
    }
}

fn not_waiting(message: &str) -> Failure {
    Failure::new(Code::JobNotWaiting, message, "Look what it does: `holdfast job show`.")
}
