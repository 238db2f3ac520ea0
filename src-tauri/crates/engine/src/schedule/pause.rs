//! A pause of all schedules: until a moment, or until somebody ends it. Each schedule's own pause is
//! unchanged.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Paused;
use crate::engine::Engine;
use base::clock::{Clock as _, SystemClock};
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::Catalog;
use ledger::event::Topic;

/// The setting that holds it; empty where nothing is paused.
const SETTING: &str = "schedules_paused";

/// As it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    at_ms: i64,
    until_ms: Option<i64>,
}

impl Engine {
    /// Since when and until when all schedules are paused, where they are.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn all_paused(&self) -> Result<Option<Paused>, Failure> {
        self.all_paused_at(SystemClock.now()).await
    }

    pub(super) async fn all_paused_at(&self, now: Timestamp) -> Result<Option<Paused>, Failure> {
        let stored = self.profile.catalog.setting(SETTING).await?.unwrap_or_default();
        let Ok(Stored { at_ms, until_ms }) = serde_json::from_str(&stored) else { return Ok(None) };
        Ok(Some(Paused { at_ms, until_ms }).filter(|paused| paused.holds(now)))
    }

    /// Pauses all schedules of the profile. Runs that go on go on.
    ///
    /// # Errors
    /// `invalid_request` for a moment that has passed.
    #[crate::boxed]
    pub async fn pause_all(&self, until: Option<Timestamp>) -> Result<(), Failure> {
        let now = SystemClock.now();
        super::edit::require_future(until, now)?;
        let stored = Stored { at_ms: now.as_millisecond(), until_ms: until.map(Timestamp::as_millisecond) };
        let value = serde_json::to_string(&stored)
            .map_err(|_| Failure::invalid("a pause that cannot be written down", "Pause again."))?;
        let until = until.map_or_else(|| "resumed".to_owned(), |until| until.to_string());
        let details = Details::none().with("schedule", Fact::Word("all")).with("until", Fact::Name(&until));
        self.write_pause(Act::SchedulePaused, details, &value).await
    }

    /// Ends the pause of all schedules. One run of each makes up for what was missed; those with a pause of their own
    /// keep it.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn resume_all(&self) -> Result<(), Failure> {
        let details = Details::none().with("schedule", Fact::Word("all"));
        self.write_pause(Act::ScheduleResumed, details, "").await
    }

    async fn write_pause(&self, act: Act, details: Details, value: &str) -> Result<(), Failure> {
        let mut writing = self.profile.audit.begin(act, &Subject::profile(), details).await?;
        Catalog::set_setting(writing.connection(), SETTING, value).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Schedules]);
        Ok(())
    }
}
