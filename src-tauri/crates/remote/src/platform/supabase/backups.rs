//! The backups that Supabase made: listed without sizes, and never downloadable.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::Supabase;
use crate::platform::http::Call;
use crate::platform::{Ability, Act, Listing, PlatformError, RemoteBackup, RemoteState};

/// Why a physical backup's bytes cannot be had.
pub(super) const NO_DOWNLOAD: &str =
    "physical backups cannot be downloaded; Holdfast's own dump takes their place";
const NO_DOWNLOAD_LOGICAL: &str =
    "there is no call that gives a backup's bytes; Holdfast's own dump takes its place";

/// What the call for backups answers.
#[derive(Debug)]
pub(super) struct Backups {
    reference: String,
    body: Value,
}

impl Supabase {
    pub(super) async fn backups(&self) -> Result<Backups, PlatformError> {
        let doing = "list its backups";
        let segments = ["v1", "projects", self.reference.as_str(), "database", "backups"];
        let answer = self.ask(Act::List, doing, Call::new(Method::GET, &segments, doing)).await?;
        self.list_of(&answer.body["backups"], "backups")?;
        let backups = Backups { reference: self.reference.clone(), body: answer.body };
        self.learnt(|learnt| learnt.pitr = Some(backups.has_pitr()));
        Ok(backups)
    }

    pub(super) async fn backup(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        let found = self.backups().await?.listing().backups.into_iter().find(|backup| backup.id == id);
        found.ok_or_else(|| PlatformError::NotFound {
            place: self.http.place().to_owned(),
            what: format!("backup {id:?} of this project"),
        })
    }
}

impl Backups {
    pub(super) fn has_pitr(&self) -> bool {
        self.body["pitr_enabled"] == Value::Bool(true)
    }

    /// The first and the last second that can be gone back to, where it says.
    pub(super) fn seconds(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let data = &self.body["physical_backup_data"];
        let at = |name: &str| {
            let value = &data[name];
            let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
            Timestamp::from_second(seconds).ok()
        };
        (at("earliest_physical_backup_date_unix"), at("latest_physical_backup_date_unix"))
    }

    pub(super) fn listing(&self) -> Listing {
        let sent = self.body["backups"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut backups: Vec<RemoteBackup> = sent.iter().filter_map(|value| self.read(value)).collect();
        backups.sort_by_key(|backup| std::cmp::Reverse(backup.created_at));
        let mut notes = Vec::new();
        if backups.len() < sent.len() {
            notes.push(format!("{} of its rows have no id and were left out", sent.len() - backups.len()));
        }
        match (self.has_pitr(), self.seconds()) {
            (true, (Some(first), Some(last))) => {
                notes.push(format!("any second from {first} to {last} can be gone back to"));
            }
            (true, _) => notes.push("point-in-time recovery is on; it does not say how far back".to_owned()),
            (false, _) => {}
        }
        if backups.is_empty() {
            notes.push("it lists no backup of this project".to_owned());
        }
        Listing { total: Some(sent.len() as u64), backups, notes }
    }

    fn read(&self, value: &Value) -> Option<RemoteBackup> {
        let id = value["id"].as_i64().map(|id| id.to_string());
        let id = id.or_else(|| value["id"].as_str().map(str::to_owned))?;
        let is_physical = value["is_physical_backup"] != Value::Bool(false);
        Some(RemoteBackup {
            id,
            owner: Some(self.reference.clone()),
            kind: if is_physical { "physical" } else { "logical" }.to_owned(),
            state: state(value["status"].as_str().unwrap_or_default()),
            file_name: None,
            bytes: None,
            created_at: value["inserted_at"].as_str().and_then(|text| text.parse().ok()),
            expires_at: None,
            checksums: std::collections::BTreeMap::new(),
            is_encrypted: None,
            download: Ability::no(if is_physical { NO_DOWNLOAD } else { NO_DOWNLOAD_LOGICAL }),
        })
    }
}

fn state(status: &str) -> RemoteState {
    match status {
        "COMPLETED" => RemoteState::Completed,
        "PENDING" => RemoteState::Creating { percent: None },
        "FAILED" => RemoteState::Failed { said: "the platform says FAILED, and not why".to_owned() },
        other => RemoteState::Other(other.to_owned()),
    }
}
