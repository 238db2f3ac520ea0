//! Jobs of the platform: started, watched, tried again; and what they left, looked up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::not_possible;
use super::history::Row;
use super::{Dialect, TelegramPlatform};
use crate::platform::http::Call;
use crate::platform::telegram::number;
use crate::platform::{Act, CreateRequest, PlatformError, Ticket, Watched};

/// A row may be written a moment after its job ends: so often it is looked for.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(700);
/// A job that nobody takes for so long has no worker.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What a ticket has to remember: the rows that were there before.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memo {
    kind: String,
    known: Vec<String>,
}

impl TelegramPlatform {
    pub(super) async fn export_database(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        let format = request.format.as_deref().unwrap_or("sql");
        if !matches!(format, "sql" | "tar") {
            return Err(not_possible(Act::Create, format!("it writes sql or tar, not {format:?}")));
        }
        // Compression is one of its SQL alone.
        let compress = request.compress && format == "sql";
        let mut body = json!({ "project_id": self.project, "format": format, "compress": compress });
        if let Some(email) = &request.notify_email {
            body["notify_email"] = json!(email);
        }
        self.start(Act::Create, "start the export", "database", "export", body).await
    }

    pub(super) async fn export_log_entries(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        let format = request.format.as_deref().unwrap_or("json");
        if !matches!(format, "json" | "text") {
            return Err(not_possible(Act::ExportLogs, format!("it writes json or text, not {format:?}")));
        }
        let mut body = json!({ "project_id": self.project, "format": format });
        if let Some((from, to)) = request.range {
            if to < from {
                return Err(not_possible(Act::ExportLogs, "the range ends before it begins".to_owned()));
            }
            let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
            body["date_range"] = match self.dialect {
                Dialect::Documented => json!({ "start": day(from), "end": day(to) }),
                Dialect::Server => json!({ "from": from.to_string(), "to": to.to_string() }),
            };
        }
        if self.dialect == Dialect::Server {
            body["max_entries"] = json!(self.log_entries_max);
            body["compress"] = json!(request.compress);
        }
        self.start(Act::ExportLogs, "start the export of logs", "logs", "export-logs", body).await
    }

    async fn start(
        &self,
        act: Act,
        doing: &str,
        kind: &str,
        path: &str,
        body: Value,
    ) -> Result<Ticket, PlatformError> {
        // Before, not after: what is new is judged against it.
        let known = self.history(Some(kind)).await?.rows.into_iter().map(|row| row.id).collect();
        let segments = ["api", "backup", path];
        let answer = self.ask(act, doing, Call::new(Method::POST, &segments, doing).json(body)).await?;
        let id = self.job_id(&answer["data"])?;
        Ok(Ticket { act, id, memo: self.remember(&Memo { kind: kind.to_owned(), known })? })
    }

    fn remember(&self, memo: &Memo) -> Result<Option<String>, PlatformError> {
        serde_json::to_string(memo).map(Some).map_err(|error| self.http.odd(error.to_string()))
    }

    /// The job's id, if it is one of the own project.
    pub(super) fn job_id(&self, data: &Value) -> Result<String, PlatformError> {
        let id = data["job_id"].as_str().or(data["id"].as_str()).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| self.http.odd("a job without an id"))?;
        self.own(data)?;
        Ok(id.to_owned())
    }

    fn own(&self, data: &Value) -> Result<(), PlatformError> {
        let other =
            |value: &Value| value.as_str().filter(|project| *project != self.project).map(str::to_owned);
        match [&data["project_id"], &data["payload"]["project_id"]].into_iter().find_map(other) {
            Some(other) => Err(self.http.odd(format!("a job of the project {other}"))),
            None => Ok(()),
        }
    }

    pub(super) async fn watch_job(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        if let Some(backup) = ticket.id.strip_prefix(super::restore::AT_ONCE) {
            return Ok(restored(backup));
        }
        let segments = ["api", "jobs", &ticket.id];
        let doing = "say how the job stands";
        let answer = self.ask(Act::Watch, doing, Call::new(Method::GET, &segments, doing)).await?;
        let job = &answer["data"];
        self.own(job)?;
        if job["id"].as_str().is_some_and(|id| id != ticket.id) {
            return Err(self.http.odd("another job than the one that was asked for"));
        }
        match job["status"].as_str().unwrap_or_default().to_lowercase().as_str() {
            "completed" => self.completed(ticket, job).await,
            "failed" => {
                let said = job["last_error"].as_str().unwrap_or("it does not say why");
                Ok(Watched::Failed { said: self.clean(said), can_retry: true })
            }
            "pending" => Ok(Watched::Running { percent: None, words: pending(job, Timestamp::now()) }),
            other => Ok(Watched::Running { percent: None, words: format!("{other}{}", attempts(job)) }),
        }
    }

    /// "Completed" is a claim: what it left is looked up.
    async fn completed(&self, ticket: &Ticket, job: &Value) -> Result<Watched, PlatformError> {
        let memo = ticket.memo.as_deref().and_then(|memo| serde_json::from_str::<Memo>(memo).ok());
        let memo = match (ticket.act, memo) {
            (Act::Restore, _) => return Ok(restored(ticket.memo.as_deref().unwrap_or_default())),
            (_, Some(memo)) => memo,
            (_, None) => return Err(self.http.odd("a ticket that does not say what was there before")),
        };
        let mut new = Vec::new();
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            let rows = self.history(Some(&memo.kind)).await?.rows;
            new = rows
                .into_iter()
                .filter(|row| row.kind == memo.kind && !memo.known.contains(&row.id))
                .collect::<Vec<_>>();
            if !new.is_empty() {
                break;
            }
        }
        let begun = job["started_at"].as_str().or(job["created_at"].as_str());
        self.left(new, begun.and_then(|text| text.parse().ok()))
    }

    /// The row that a job left, of those that are new.
    fn left(&self, mut new: Vec<Row>, begun: Option<Timestamp>) -> Result<Watched, PlatformError> {
        let claim = |truth: &str| PlatformError::FalseClaim {
            place: self.http.place().to_owned(),
            claim: "that the job is completed".to_owned(),
            truth: truth.to_owned(),
        };
        let mut notes = Vec::new();
        if new.len() > 1 {
            notes.push(format!(
                "{} rows are new in its history; another export ran at the same time",
                new.len()
            ));
            // Of several the first one that was written after this job began.
            new.sort_by_key(|row| row.created_at);
            let at = new.iter().position(|row| row.created_at >= begun).unwrap_or(0);
            new.swap(0, at);
        }
        let Some(row) = new.first() else { return Err(claim("completed without a new history row")) };
        if row.file_id.is_empty() {
            return Err(claim("the new history row names no file"));
        }
        if row.bytes == Some(0) {
            return Err(claim("the new history row says that the file has no bytes"));
        }
        Ok(Watched::Done { id: Some(row.id.clone()), notes })
    }

    pub(super) async fn retry_job(&self, ticket: &Ticket) -> Result<Ticket, PlatformError> {
        let segments = ["api", "jobs", &ticket.id, "retry"];
        let doing = "try the job again";
        let answer = self.ask(Act::Retry, doing, Call::new(Method::POST, &segments, doing)).await?;
        let data = &answer["data"];
        // Some servers give the job a new id, some answer with nothing.
        let id = if data.is_object() { self.job_id(data)? } else { ticket.id.clone() };
        Ok(Ticket { id, ..ticket.clone() })
    }
}

fn restored(backup: &str) -> Watched {
    let note = "the platform says that the restore is completed, and nothing more: look at the data";
    Watched::Done { id: Some(backup.to_owned()).filter(|id| !id.is_empty()), notes: vec![note.to_owned()] }
}

fn attempts(job: &Value) -> String {
    let most = number(&job["max_attempts"]);
    match (number(&job["attempts"]), most) {
        (Some(done @ 1..), Some(most)) => format!(", attempt {done} of {most}"),
        _ => String::new(),
    }
}

/// A job that waits; where nobody takes it, it is said why that may be.
fn pending(job: &Value, now: Timestamp) -> String {
    let since = ["scheduled_at", "created_at"].into_iter().find_map(|name| job[name].as_str()?.parse().ok());
    let waits = since.map(|since: Timestamp| now.duration_since(since)).unwrap_or_default();
    let words = format!("pending{}", attempts(job));
    if waits < STUCK_AFTER {
        return words;
    }
    format!("{words}, for {} minutes: its job worker may not be running", waits.as_secs() / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_nobody_takes_is_said_to_have_no_worker() {
        let job = json!({ "created_at": "1970-01-01T00:00:00Z", "attempts": 1, "max_attempts": 3 });
        let at = |minutes: i64| pending(&job, Timestamp::from_second(60 * minutes).unwrap());
        assert_eq!(at(9), "pending, attempt 1 of 3");
        assert_eq!(at(12), "pending, attempt 1 of 3, for 12 minutes: its job worker may not be running");
    }
}
