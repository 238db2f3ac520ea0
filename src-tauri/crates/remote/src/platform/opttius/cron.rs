//! The weekly backups of all organisations, run now. It says `success` whatever came of them.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderName;

use super::{CronHeader, Inner};
use crate::platform::http::Call;
use crate::platform::lenient::{field, number, text};
use crate::platform::{Act, PlatformError, RemoteFact};

/// The platform backs up one organisation after another within the call.
const CRON_LIMIT: Duration = Duration::from_hours(1);

impl Inner {
    pub(super) async fn trigger_cron(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        let Some(secret) = &self.secrets.cron else {
            let reason = super::NO_CRON_SECRET.to_owned();
            return Err(PlatformError::CannotDo { platform: super::NAME, act: Act::TriggerCron, reason });
        };
        // It is a GET that does something.
        let call = Call::new(Method::GET, &["api", "cron", "backups"], "back all organisations up")
            .limit(CRON_LIMIT)
            .only_once();
        let call = match self.settings.cron_header {
            CronHeader::Authorization => call.bearer(secret),
            CronHeader::CronSecret => call.header(HeaderName::from_static("x-cron-secret"), "", secret),
        };
        let body = self.http.ask(&call).await?.body;
        let results = field(&body, "results");
        let errors: Vec<String> = field(results, "errors")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error.as_str())
            .map(short)
            .collect();
        let processed = number(&body, "processed");
        let (Some(success), Some(failed)) = (number(results, "success"), number(results, "failed")) else {
            return Err(self.http.odd("a run of all backups without its results"));
        };
        let place = self.http.place().to_owned();
        if failed > 0 || !errors.is_empty() {
            let all = processed.unwrap_or(success + failed);
            let failed = failed.max(errors.len() as u64);
            let named = if errors.is_empty() { "none of them named".to_owned() } else { errors.join("; ") };
            return Err(PlatformError::Failed {
                place,
                doing: "back all organisations up".to_owned(),
                said: format!("{failed} of {all} failed: {named}"),
                may_work_now: false,
            });
        }
        if success == 0 || processed.is_some_and(|processed| processed != success) {
            let processed = processed.unwrap_or_default();
            return Err(PlatformError::FalseClaim {
                place,
                claim: format!("that the backups of {processed} organisations ran"),
                truth: format!("{success} were made"),
            });
        }
        let fact = |name: &str, value: String| RemoteFact { name: name.to_owned(), value };
        let mut facts = vec![
            fact("organisations", processed.unwrap_or(success).to_string()),
            fact("backed up", success.to_string()),
            fact("failed", failed.to_string()),
        ];
        facts.extend(text(&body, "duration_seconds").map(|seconds| fact("seconds", seconds)));
        Ok(facts)
    }
}

fn short(error: &str) -> String {
    error.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect()
}
