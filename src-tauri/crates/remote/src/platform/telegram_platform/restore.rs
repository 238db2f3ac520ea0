//! Restores there, in the shape that the platform wants.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::calls::not_possible;
use super::{Dialect, TelegramPlatform};
use crate::platform::http::Call;
use crate::platform::{Act, PlatformError, Restorable, RestoreParts, Ticket};

/// Before the backup's id in the ticket of a restore that was done when the call came back.
pub(super) const AT_ONCE: &str = "at-once:";
/// Some servers restore while they are waited for.
const RESTORE_LIMIT: std::time::Duration = std::time::Duration::from_hours(1);

/// The kind that holds the database.
pub(super) const DATABASE: &str = "database";
const DATABASE_ALONE: &str = "it brings back the database, and nothing but the database";

/// What can be restored there of a backup of this kind.
pub(super) fn restorable(kind: &str, expires_at: Option<Timestamp>) -> Restorable {
    if kind != DATABASE {
        Restorable::nothing("this is no backup of the database")
    } else if expires_at.is_some_and(|at| at <= Timestamp::now()) {
        Restorable::nothing("this backup has expired, and its file may be gone")
    } else {
        Restorable::only(RestoreParts::DATABASE, DATABASE_ALONE)
    }
}

impl TelegramPlatform {
    pub(super) async fn restore_row(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        let refused = |reason: &str| Err(not_possible(Act::Restore, reason.to_owned()));
        if parts != RestoreParts::DATABASE {
            return refused(DATABASE_ALONE);
        }
        let row = self.row(id).await?;
        let can = restorable(&row.kind, row.expires_at);
        if can.parts.is_none() {
            return refused(&can.otherwise);
        }
        let body = match self.dialect {
            Dialect::Documented => json!({ "backup_id": row.id, "confirm": true }),
            Dialect::Server => json!({
                "project_id": self.project, "backup_id": row.id, "file_id": row.file_id, "force": true,
            }),
        };
        let segments = ["api", "backup", "restore"];
        let doing = "restore the backup";
        let call = Call::new(Method::POST, &segments, doing).json(body).limit(RESTORE_LIMIT);
        let answer = self.ask(Act::Restore, doing, call).await?;
        self.begun(&row.id, &answer["data"])
    }

    fn begun(&self, backup: &str, data: &Value) -> Result<Ticket, PlatformError> {
        let ticket = |id: String| Ticket { act: Act::Restore, id, memo: Some(backup.to_owned()) };
        if data["job_id"].is_string() {
            return self.job_id(data).map(ticket);
        }
        let status = data["status"].as_str().unwrap_or_default();
        if status == "failed" {
            let said = data["error"].as_str().unwrap_or("it does not say why");
            return Err(PlatformError::Failed {
                place: self.http.place().to_owned(),
                doing: "restore the backup".to_owned(),
                said: self.clean(said),
                may_work_now: false,
            });
        }
        if data["success"] == Value::Bool(true) || status == "completed" {
            return Ok(ticket(format!("{AT_ONCE}{backup}")));
        }
        Err(self.http.odd("neither a job nor a result of the restore"))
    }
}
