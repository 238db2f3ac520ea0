//! When Supabase makes its daily backup.

use reqwest::Method;
use serde_json::{Value, json};

use super::Supabase;
use super::calls::not_possible;
use crate::platform::http::Call;
use crate::platform::{Act, PlatformError, RemoteSchedule};

/// The API's own limit, said with every refusal of a change.
const CHANGES: &str = "the time can be changed 3 times within 24 hours";

impl Supabase {
    pub(super) async fn read_schedule(&self) -> Result<RemoteSchedule, PlatformError> {
        let doing = "say its schedule";
        let segments = self.schedule_path();
        let answer = self.ask(Act::ReadSchedule, doing, Call::new(Method::GET, &segments, doing)).await?;
        self.schedule_of(&answer.body)
    }

    pub(super) async fn write_schedule(
        &self,
        schedule: &RemoteSchedule,
    ) -> Result<RemoteSchedule, PlatformError> {
        let RemoteSchedule { enabled, frequency, time, kind: _, retention } = schedule;
        let cannot = |reason: &str| Err(not_possible(Act::WriteSchedule, reason));
        if !enabled {
            return cannot("its daily backup cannot be switched off");
        }
        if frequency != "daily" {
            return cannot("its backups are daily, and nothing but daily");
        }
        if retention.is_some() {
            return cannot("how many it keeps is its plan's business");
        }
        if !is_time(time) {
            return cannot("a time is HH:MM, in UTC");
        }
        let doing = "change its schedule";
        let segments = self.schedule_path();
        let asked = format!("{time}:00");
        let call = Call::new(Method::PATCH, &segments, doing).json(json!({ "schedule_for": asked }));
        let answer = self.ask(Act::WriteSchedule, doing, call).await.map_err(|error| match error {
            PlatformError::TooMany { wait, .. } => {
                let said = format!("it takes no change for {} seconds ({CHANGES})", wait.as_secs());
                self.failed(doing, &said, false)
            }
            PlatformError::Failed { said, may_work_now, .. } => {
                self.failed(doing, &format!("{said} ({CHANGES})"), may_work_now)
            }
            error => error,
        })?;
        let set = self.schedule_of(&answer.body)?;
        if set.time != *time {
            return Err(PlatformError::FalseClaim {
                place: self.http.place().to_owned(),
                claim: "that the schedule was changed".to_owned(),
                truth: format!("it is {} and not {time}", set.time),
            });
        }
        Ok(set)
    }

    fn schedule_path(&self) -> [&str; 6] {
        ["v1", "projects", self.reference.as_str(), "database", "backups", "schedule"]
    }

    fn schedule_of(&self, body: &Value) -> Result<RemoteSchedule, PlatformError> {
        // HH:MM:SS.
        let time = body["schedule_for"].as_str().and_then(|text| text.get(..5)).filter(|time| is_time(time));
        let time = time.ok_or_else(|| self.http.odd("a schedule without a time"))?;
        let (frequency, time) = ("daily".to_owned(), time.to_owned());
        Ok(RemoteSchedule { enabled: true, frequency, time, kind: None, retention: None })
    }
}

fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let below = |text: &str, limit: u8| {
        text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|number| number < limit)
    };
    below(hours, 24) && below(minutes, 60)
}
