//! The backup that a schedule has its project's platform make before it pulls.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use base::command::ScheduleCreates;
use base::failure::Failure;
use remote::platform::CreateRequest;

/// The kind of which a range of time is made.
const LOGS: &str = "logs";
const HOUR_MS: i64 = 60 * 60 * 1000;
const RANGE_MS_MAX: i64 = 366 * 24 * HOUR_MS;
const TEXT_CHARACTERS_MAX: usize = 200;

/// What is made, and how, as far as the platform gives a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creates {
    /// One of the kinds that the platform names.
    pub kind: String,
    /// Compress it.
    pub compress: bool,
    /// Let the platform encrypt it.
    pub encrypt: bool,
    /// `sql`, `tar`, `json`, `text`.
    pub format: Option<String>,
    /// Whom the platform tells.
    pub notify_email: Option<String>,
    /// Of logs: so much of the time before the run (milliseconds).
    pub range_ms: Option<i64>,
}

impl Creates {
    /// The same, where it makes sense; `kinds` are those that the platform offers.
    pub(super) fn checked(mut self, kinds: &[&str]) -> Result<Self, Failure> {
        let known = kinds.iter().find(|kind| kind.eq_ignore_ascii_case(self.kind.trim()));
        let Some(kind) = known else {
            let offered = if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") };
            return Err(Failure::invalid(
                format!("the platform makes no {:?}", self.kind),
                format!("It makes: {offered}."),
            ));
        };
        (*kind).clone_into(&mut self.kind);
        let texts = [&self.format, &self.notify_email];
        let is_odd =
            |text: &&String| text.chars().count() > TEXT_CHARACTERS_MAX || text.chars().any(char::is_control);
        if let Some(text) = texts.into_iter().flatten().find(is_odd) {
            return Err(Failure::invalid(
                format!("an option of {} characters, or with some that cannot be seen", text.chars().count()),
                "Give a format as sql or json, and one address.",
            ));
        }
        match (self.kind == LOGS, self.range_ms) {
            (true, Some(HOUR_MS..=RANGE_MS_MAX)) | (false, None) => Ok(self),
            (true, _) => Err(Failure::invalid(
                "logs without the time that they are of",
                "Give how much of the time before each run, from an hour to a year: `--last 24h`.",
            )),
            (false, Some(_)) => Err(Failure::invalid(
                format!("a range of time of {:?}", self.kind),
                "Leave --last out: only logs are of a range.",
            )),
        }
    }

    /// What is asked for at a moment.
    pub(super) fn request(&self, at: Timestamp, reason: String) -> CreateRequest {
        let Self { kind, compress, encrypt, format, notify_email, range_ms } = self.clone();
        let from = range_ms.map(|ms| at.checked_sub(jiff::SignedDuration::from_millis(ms)).unwrap_or(at));
        CreateRequest {
            kind: Some(kind),
            compress,
            encrypt,
            format,
            reason: Some(reason),
            notify_email,
            range: from.map(|from| (from, at)),
        }
    }

    /// For people: `Full backup`.
    pub(super) fn words(&self) -> String {
        match self.kind.as_str() {
            "logs" => "Logs".to_owned(),
            "export" => "Export".to_owned(),
            kind => {
                let mut letters = kind.chars();
                let first = letters.next().map(char::to_uppercase);
                let kind: String = first.into_iter().flatten().chain(letters).collect();
                format!("{kind} backup")
            }
        }
    }

    /// The name of a schedule to which nobody gave one.
    pub(super) fn usual_name(&self) -> String {
        format!("create-{}", self.kind)
    }

    /// As it is written on a command line.
    pub(super) fn typed(&self) -> ScheduleCreates {
        let Self { kind, compress, encrypt, format, notify_email, range_ms } = self.clone();
        ScheduleCreates { kind, compress, encrypt, format, notify_email, range_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Creates {
        Creates {
            kind: "full".into(),
            compress: true,
            encrypt: false,
            format: None,
            notify_email: None,
            range_ms: None,
        }
    }

    #[test]
    fn only_what_the_platform_offers_is_set_and_logs_need_their_range() {
        let kinds = ["full", "database", "logs"];
        assert_eq!(full().checked(&kinds).unwrap(), full());
        let written = Creates { kind: " FULL".into(), ..full() };
        assert_eq!(written.checked(&kinds).unwrap().kind, "full");
        let storage = Creates { kind: "storage".into(), ..full() }.checked(&kinds).unwrap_err();
        assert_eq!(storage.hint.as_deref(), Some("It makes: full, database, logs."));
        assert!(Creates { range_ms: Some(HOUR_MS), ..full() }.checked(&kinds).is_err());
        let logs = Creates { kind: "logs".into(), ..full() };
        assert!(logs.clone().checked(&kinds).is_err());
        let logs = Creates { range_ms: Some(24 * HOUR_MS), ..logs }.checked(&kinds).unwrap();
        let at: Timestamp = "2026-11-22T02:00:00Z".parse().unwrap();
        let asked = logs.request(at, "scheduled".into());
        assert_eq!(asked.range, Some(("2026-11-21T02:00:00Z".parse().unwrap(), at)));
    }
}
