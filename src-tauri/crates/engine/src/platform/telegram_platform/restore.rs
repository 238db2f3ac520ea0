//! Restores there, in the shape that the platform wants.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::calls::not_possible;
use super::{Dialect, TelegramPlatform};
use crate::platform::http::Call;
use crate::platform::{Act, PlatformError, RestoreParts, Ticket};

/// Before the backup's id in the ticket of a restore that was done when the call came back.
pub(super) const AT_ONCE: &str = "at-once:";
/// Some servers restore while they are waited for.
const RESTORE_LIMIT: std::time::Duration = std::time::Duration::from_hours(1);

impl TelegramPlatform {
    pub(super) async fn restore_row(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        let refused = |reason: &str| Err(not_possible(Act::Restore, reason.to_owned()));
        if parts != (RestoreParts { database: true, storage: false, config: false }) {
            return refused("it brings back the database, and nothing but the database");
        }
        let row = self.row(id).await?;
        if row.kind != "database" {
            return refused("this is no backup of the database");
        }
        if row.expires_at.is_some_and(|at| at <= Timestamp::now()) {
            return refused("this backup has expired, and its file may be gone");
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
