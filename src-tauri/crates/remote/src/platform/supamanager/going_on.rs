//! What goes on there: backups, exports and restores, begun and watched. "Completed" is a claim; done is
//! what was looked up.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Inner, NAME};
use crate::platform::http::Call;
use crate::platform::lenient::{field, moment, text};
use crate::platform::{
    Act, CreateRequest, PlatformError, RemoteBackup, RemoteState, Restorable, RestoreParts, Ticket, Watched,
};

/// A server that has not paused the project by then has restored already, or never will.
const RESTORE_SETTLES: SignedDuration = SignedDuration::from_secs(10);

/// Which parts a backup of this kind holds, as the server's own words have it.
pub(super) fn held_by(kind: &str) -> RestoreParts {
    match kind {
        "database" => RestoreParts::DATABASE,
        "storage" => RestoreParts::STORAGE,
        // Full ones and exports; an incremental one is restored with the full one that it needs. Of a word that
        // is not known the server is asked.
        _ => RestoreParts::ALL,
    }
}

/// What the server can restore of a backup.
pub(super) fn restorable(backup: &RemoteBackup) -> Restorable {
    if backup.state != RemoteState::Completed {
        return Restorable::nothing(format!("{:?} is not completed there", backup.id));
    }
    if backup.expires_at.is_some_and(|at| at <= Timestamp::now()) {
        return Restorable::nothing(format!(
            "the time of {:?} has run out, and the server deletes it",
            backup.id
        ));
    }
    let parts = held_by(&backup.kind);
    if parts == RestoreParts::ALL {
        return Restorable::only(parts, "");
    }
    Restorable::only(parts, format!("a backup of the kind {} holds {} alone", backup.kind, parts.words()))
}

impl Inner {
    pub(super) async fn create(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        let kind = request.kind.as_deref().unwrap_or(super::KINDS[0]).to_lowercase();
        if !super::KINDS.contains(&kind.as_str()) {
            let reason = format!("there is no kind {kind:?}; there are {}", super::KINDS.join(", "));
            return Err(PlatformError::CannotDo { platform: NAME, act: Act::Create, reason });
        }
        let body = json!({
            "type": kind.to_uppercase(),
            "compression": request.compress,
            "encryption": request.encrypt,
        });
        let path = self.path(&["backups"]);
        let call = Call::new(Method::POST, &path, "start a backup").json(body);
        let answer = self.ask(Act::Create, &call).await?;
        self.begun(Act::Create, &["backup_id", "id"], &answer, None)
    }

    pub(super) async fn export(&self) -> Result<Ticket, PlatformError> {
        let path = self.path(&["export"]);
        let call = Call::new(Method::POST, &path, "export the project");
        let answer = self.ask(Act::Export, &call).await?;
        self.begun(Act::Export, &["backup_id", "export_id", "id"], &answer, None)
    }

    pub(super) async fn restore(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        let cannot = |reason: String| PlatformError::CannotDo { platform: NAME, act: Act::Restore, reason };
        if !(parts.database || parts.storage || parts.config) {
            return Err(cannot("nothing was chosen to restore".to_owned()));
        }
        let can = restorable(&self.show(id).await?);
        if !parts.without(can.parts).is_none() {
            return Err(cannot(can.otherwise));
        }
        let body = json!({ "database": parts.database, "storage": parts.storage, "config": parts.config });
        let path = self.path(&["backups", id, "restore"]);
        let call = Call::new(Method::POST, &path, "restore the backup").json(body);
        let answer = self.ask(Act::Restore, &call).await?;
        let memo = json!({ "backup": id, "begun": Timestamp::now().to_string() });
        self.begun(Act::Restore, &["restore_id", "id"], &answer, Some(memo.to_string()))
    }

    fn begun(
        &self,
        act: Act,
        names: &[&str],
        answer: &Value,
        memo: Option<String>,
    ) -> Result<Ticket, PlatformError> {
        if text(answer, "status").is_some_and(|status| status.eq_ignore_ascii_case("failed")) {
            let said = text(answer, "error_message").or_else(|| text(answer, "error"));
            return Err(PlatformError::Failed {
                place: self.http.place().to_owned(),
                doing: act.words().to_owned(),
                said: said.unwrap_or_else(|| "it failed at once, without a reason".to_owned()),
                may_work_now: false,
            });
        }
        let id = names.iter().find_map(|name| text(answer, name));
        let id = id.ok_or_else(|| self.http.odd("something was begun, and it has no id"))?;
        Ok(Ticket { act, id, memo })
    }

    pub(super) async fn watch(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        match ticket.act {
            Act::Create | Act::Export => self.watch_backup(&ticket.id).await,
            Act::Restore => self.watch_restore(ticket).await,
            act => Err(PlatformError::CannotDo {
                platform: NAME,
                act: Act::Watch,
                reason: format!("nothing goes on there when it is asked to {}", act.words()),
            }),
        }
    }

    async fn watch_backup(&self, id: &str) -> Result<Watched, PlatformError> {
        let backup = match self.show(id).await {
            Err(PlatformError::NotFound { place, what }) => {
                let (claim, truth) = (format!("to have begun {id:?}"), format!("it knows no {what}"));
                return Err(PlatformError::FalseClaim { place, claim, truth });
            }
            outcome => outcome?,
        };
        let running = |percent, words| Ok(Watched::Running { percent, words });
        match backup.state {
            RemoteState::Creating { percent } => running(percent, "The server makes the backup.".to_owned()),
            RemoteState::Other(word) => running(None, format!("The server says {word:?}.")),
            RemoteState::Failed { said } => Ok(Watched::Failed { said, can_retry: false }),
            RemoteState::Completed => self.looked_up(id, backup.bytes).await,
        }
    }

    /// Completed, says the platform: there are bytes, and a link to them, or it is a false claim.
    async fn looked_up(&self, id: &str, bytes: Option<u64>) -> Result<Watched, PlatformError> {
        let false_claim = |truth: String| {
            let (place, claim) = (self.http.place().to_owned(), format!("that backup {id:?} is completed"));
            PlatformError::FalseClaim { place, claim, truth }
        };
        let Some(bytes) = bytes else { return Err(false_claim("it says no size, or none but 0".to_owned())) };
        let link = match self.link(id).await {
            // These say nothing about the backup.
            Err(
                error @ (PlatformError::Unreachable { .. }
                | PlatformError::Silent { .. }
                | PlatformError::TooMany { .. }
                | PlatformError::NotSignedIn { .. }),
            ) => return Err(error),
            Err(error) => return Err(false_claim(format!("there is no link to its bytes: {error}"))),
            Ok(link) => link,
        };
        let mut notes = Vec::new();
        if let Some(other) = link.bytes.filter(|other| *other != bytes) {
            notes.push(format!(
                "The server says {bytes} bytes of the backup, and {other} bytes of its download."
            ));
        }
        Ok(Watched::Done { id: Some(id.to_owned()), notes })
    }

    /// No call says how a restore stands: the project's status does, since the server pauses it meanwhile.
    async fn watch_restore(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        let memo: Value =
            ticket.memo.as_deref().and_then(|memo| serde_json::from_str(memo).ok()).unwrap_or_default();
        let status = self.status(&self.settings.project_ref).await?;
        let word = status.to_ascii_uppercase();
        let has = |part: &str| word.contains(part);
        if has("FAIL") || has("ERROR") {
            let said = format!("the server says {status} of the project after the restore");
            return Ok(Watched::Failed { said, can_retry: false });
        }
        let words = if has("UNHEALTHY") {
            // Its services may yet start; one that never gets well stands still here, and that has a limit.
            "The project runs again, and is not healthy yet."
        } else if has("RESTOR") {
            "The server has paused the project, and restores it."
        } else if has("RESUM") || has("COMING") || has("START") {
            "The server resumes the project."
        } else if has("PAUS") || has("INACTIVE") {
            "The server has paused the project for the restore."
        } else if has("ACTIVE") {
            return Ok(self.after_restore(ticket, &memo, &status));
        } else {
            return Ok(Watched::Running { percent: None, words: format!("The server says {status:?}.") });
        };
        self.seen_paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(ticket.id.clone());
        Ok(Watched::Running { percent: None, words: words.to_owned() })
    }

    fn after_restore(&self, ticket: &Ticket, memo: &Value, status: &str) -> Watched {
        let begun = moment(memo, "begun").unwrap_or(Timestamp::UNIX_EPOCH);
        let was_paused = {
            let seen = self.seen_paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            seen.contains(&ticket.id)
        };
        if !was_paused && Timestamp::now().duration_since(begun) < RESTORE_SETTLES {
            let words = "The server has not paused the project yet.".to_owned();
            return Watched::Running { percent: None, words };
        }
        let paused = if was_paused {
            "The server paused the project for the restore and has resumed it"
        } else {
            "The project was not seen paused, and runs"
        };
        let id = field(memo, "backup").as_str().map(str::to_owned);
        let notes = vec![
            format!("{paused} ({status})."),
            "The server has no call that says how a restore went: check what is there now.".to_owned(),
        ];
        Watched::Done { id, notes }
    }
}
