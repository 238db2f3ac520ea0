//! Restores there: accepted without a word, and then seen in the project's status alone.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Supabase;
use super::calls::not_possible;
use crate::platform::http::Call;
use crate::platform::{
    Act, BackTo, PlatformError, RemoteBackup, RemoteState, Restorable, RestoreParts, Ticket, Watched,
};

/// What a ticket has to remember.
#[derive(Debug, Serialize, Deserialize)]
struct Memo {
    /// When it was asked for, in seconds.
    asked_at: i64,
    /// The project's status just before.
    before: String,
}

/// What it restores, whichever way.
const DATABASE_ALONE: &str = "it brings back the database, and neither stored files nor configuration";

/// What can be restored of a backup.
fn of_backup(backup: &RemoteBackup) -> Restorable {
    if backup.state == RemoteState::Completed {
        Restorable::only(RestoreParts::DATABASE, DATABASE_ALONE)
    } else {
        Restorable::nothing("this backup is not one that it calls completed")
    }
}

/// What a status says of a restore.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Healthy,
    Moving,
    Failed,
}

impl Supabase {
    pub(super) async fn restore_backup(
        &self,
        id: &str,
        parts: RestoreParts,
    ) -> Result<Ticket, PlatformError> {
        if parts != RestoreParts::DATABASE {
            return Err(not_possible(Act::Restore, DATABASE_ALONE));
        }
        let can = of_backup(&self.backup(id).await?);
        if can.parts.is_none() {
            return Err(not_possible(Act::Restore, can.otherwise));
        }
        let Ok(number) = id.parse::<i64>() else {
            return Err(self.http.odd("a backup whose id is no number"));
        };
        self.begin(Act::Restore, id, "restore the backup", &["restore"], json!({ "id": number })).await
    }

    /// What can be gone back to just now.
    pub(super) async fn can_go_back(&self, to: BackTo<'_>) -> Result<Restorable, PlatformError> {
        let can = match to {
            BackTo::Backup(backup) => of_backup(backup),
            BackTo::Moment(at) => {
                self.check_second(at).await?;
                Restorable::only(RestoreParts::DATABASE, DATABASE_ALONE)
            }
            BackTo::Point(name) => {
                self.check_point(name).await?;
                Restorable::only(RestoreParts::DATABASE, DATABASE_ALONE)
            }
        };
        match self.status().await {
            Ok(status) if meaning(&status) == Meaning::Moving => {
                Ok(Restorable::nothing(format!("the project is {status} just now")))
            }
            // Who may not ask for the status is told by the restore itself.
            _ => Ok(can),
        }
    }

    pub(super) async fn restore_to_second(&self, at: Timestamp) -> Result<Ticket, PlatformError> {
        self.check_second(at).await?;
        let body = json!({ "recovery_time_target_unix": at.as_second() });
        self.begin(
            Act::PointInTime,
            &at.as_second().to_string(),
            "go back to a second",
            &["restore-pitr"],
            body,
        )
        .await
    }

    /// Whether that second is kept.
    async fn check_second(&self, at: Timestamp) -> Result<(), PlatformError> {
        let backups = self.backups().await?;
        let cannot = |reason: String| Err(not_possible(Act::PointInTime, reason));
        if !backups.has_pitr() {
            return cannot("point-in-time recovery is not switched on for this project".to_owned());
        }
        // Whole seconds are what it knows.
        match backups.seconds() {
            (Some(first), _) if at.as_second() < first.as_second() => {
                cannot(format!("it goes back to {first} at most"))
            }
            (_, Some(last)) if at.as_second() > last.as_second() => {
                cannot(format!("it has nothing later than {last} yet"))
            }
            _ => Ok(()),
        }
    }

    /// Asks for one of the calls below `database/backups` that restore.
    pub(super) async fn begin(
        &self,
        act: Act,
        id: &str,
        doing: &str,
        path: &[&str],
        body: Value,
    ) -> Result<Ticket, PlatformError> {
        let before = self.status().await?;
        if meaning(&before) == Meaning::Moving {
            return Err(self.failed(doing, &format!("the project is {before} just now"), true));
        }
        let segments =
            [["v1", "projects", self.reference.as_str(), "database", "backups"].as_slice(), path].concat();
        self.ask(act, doing, Call::new(Method::POST, &segments, doing).json(body)).await?;
        let memo = Memo { asked_at: Timestamp::now().as_second(), before };
        let memo = serde_json::to_string(&memo).map_err(|error| self.http.odd(error.to_string()))?;
        Ok(Ticket { act, id: id.to_owned(), memo: Some(memo) })
    }

    pub(super) async fn watch_status(
        &self,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<Watched, PlatformError> {
        let memo = ticket.memo.as_deref().and_then(|memo| serde_json::from_str::<Memo>(memo).ok());
        let Some(memo) = memo else { return Err(self.http.odd("a ticket of something else")) };
        let status = self.status().await?;
        let key = format!("{} {}", ticket.id, memo.asked_at);
        let meaning = meaning(&status);
        if meaning == Meaning::Moving {
            self.learnt(|learnt| learnt.moving.insert(key));
            return Ok(Watched::Running { percent: None, words: format!("the project is {status}") });
        }
        let was_moving = self.learnt(|learnt| learnt.moving.contains(&key));
        let passed = now.as_second().saturating_sub(memo.asked_at).max(0).unsigned_abs();
        if !was_moving && status == memo.before {
            // Nothing is seen of it yet: it may not have begun.
            if passed <= self.begins_within.as_secs() {
                let words = format!("accepted; the project is still {status}");
                return Ok(Watched::Running { percent: None, words });
            }
            return Err(PlatformError::FalseClaim {
                place: self.http.place().to_owned(),
                claim: "that the restore was accepted".to_owned(),
                truth: format!(
                    "the project was {status} before, is so after {passed} s, and was not seen restoring"
                ),
            });
        }
        if meaning == Meaning::Failed {
            return Ok(Watched::Failed { said: format!("the project is {status}"), can_retry: false });
        }
        let note = format!(
            "the project's status is {status} again, and Supabase says nothing more: look at the data"
        );
        Ok(Watched::Done { id: Some(self.reference.clone()), notes: vec![note] })
    }
}

pub(super) fn meaning(status: &str) -> Meaning {
    match status {
        "ACTIVE_HEALTHY" => Meaning::Healthy,
        "RESTORE_FAILED" | "INIT_FAILED" | "PAUSE_FAILED" | "REMOVED" | "INACTIVE" => Meaning::Failed,
        // Whatever else it is called, it is not what a project that works is called.
        _ => Meaning::Moving,
    }
}
