//! What other processes do to this profile: another window, the command line, a schedule that the system started.
//! Their events do not reach this process, so it looks, and tells its own listeners.
//!
//! Every change that a person or a schedule makes is in the audit chain, whose head is a small file: a look reads
//! that file, and asks the catalogue only while a run of another process goes on.

use std::time::Duration;

use crate::engine::Engine;
use base::failure::Failure;
use ledger::event::Topic;

/// So long a window may show what is not so any more.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Engine {
    /// Tells the listeners of this process what others do, until the process ends.
    pub async fn tell_of_others(self) {
        let mut known = self.last_entry().await;
        // Whether one goes on from before is not known yet.
        let mut goes_on = true;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let last = self.last_entry().await;
            if last != known {
                let (from, to) = (known.unwrap_or(0), last.unwrap_or(0));
                known = last;
                if !self.profile.audit.were_mine(from, to) {
                    // Which answers an act of somebody else reaches is known to whoever did it.
                    self.profile.jobs.changed(&Topic::ALL);
                    goes_on = true;
                }
            }
            if goes_on {
                goes_on = self.tell_of_runs().await.unwrap_or_else(|failure| {
                    tracing::warn!(code = %failure.code, "where runs of other processes are is not known");
                    true
                });
            }
        }
    }

    /// Tells where the runs of other processes are. Whether there are any.
    async fn tell_of_runs(&self) -> Result<bool, Failure> {
        let mut goes_on = false;
        for open in self.profile.catalog.open_jobs().await? {
            if open.process != self.profile.jobs.process().id() {
                goes_on = true;
                self.profile.jobs.moved(self.job(&open.id).await?);
            }
        }
        Ok(goes_on)
    }

    async fn last_entry(&self) -> Option<i64> {
        let audit = self.profile.audit.clone();
        tokio::task::spawn_blocking(move || audit.last_number()).await.unwrap_or_default()
    }
}
