//! A person's pause: the run ends as one that was cancelled does, and says that it is to go on.

use super::{JobContext, JobRunner};
use base::failure::Failure;

const CANCELLED: &str = "Cancelled. Nothing is left that looks done.";
const PAUSED: &str = "Paused. What was fetched stays here, and is no backup yet.";

impl JobRunner {
    /// Asks a job to end for now. A job of another process hears of its end alone, and ends as cancelled:
    /// what it fetched stays all the same.
    pub async fn pause(&self, id: &str) -> Result<(), Failure> {
        if let Some(context) = self.context(id) {
            context.pause();
        }
        self.cancel(id).await
    }
}

impl JobContext {
    /// The outcome of a job that ended because somebody asked for it.
    pub(super) fn stopped_words(&self) -> &'static str {
        if self.is_paused() { PAUSED } else { CANCELLED }
    }
}
