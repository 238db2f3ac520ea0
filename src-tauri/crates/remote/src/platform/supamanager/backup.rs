//! Backups as `SupaManager` describes them, and the links to their bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::Inner;
use crate::platform::http::Call;
use crate::platform::lenient::{field, flag, moment, number, percent, rows, sha256, text};
use crate::platform::{Ability, Act, Listing, PlatformError, RemoteBackup, RemoteFile, RemoteState};
use crate::transfer::{Link, Links};
use base::failure::Failure;
use base::secret::Secret;

/// An expiry so near is said.
const EXPIRY_NEAR: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

/// Links to one backup; each is signed anew.
#[derive(Debug)]
struct BackupLinks {
    of: Arc<Inner>,
    id: String,
}

#[async_trait]
impl Links for BackupLinks {
    async fn link(&self) -> Result<Link, Failure> {
        Ok(self.of.link(&self.id).await?)
    }
}

impl Inner {
    pub(super) async fn list(&self) -> Result<Listing, PlatformError> {
        let path = self.path(&["backups"]);
        let call = Call::new(Method::GET, &path, "list the backups");
        let body = match self.ask(Act::List, &call).await {
            // The project is there and its backups are not: a server of a time before it had any.
            Err(PlatformError::NotFound { .. }) => {
                self.status(&self.settings.project_ref).await?;
                return Err(self.has_no_backups());
            }
            outcome => outcome?,
        };
        let list = match rows(&body, &["backups", "data"]) {
            Some(list) => list.as_slice(),
            None if body.is_null() || body.get("backups").is_some_and(Value::is_null) => &[],
            None => return Err(self.http.odd("backups that are no list")),
        };
        let mut listing = Listing { total: number(&body, "total"), ..Listing::default() };
        let mut own: Option<Vec<String>> = None;
        for row in list {
            let Some(backup) = self.read(row) else {
                listing.notes.push("A row of the list has no id, and is left out.".to_owned());
                continue;
            };
            if self.is_own(&backup, &mut own).await? {
                listing.notes.extend(expiry(&backup));
                listing.backups.push(backup);
            } else {
                let owner = backup.owner.unwrap_or_default();
                listing.notes.push(format!(
                    "The server also listed {:?}, which belongs to {owner:?}; it is left out.",
                    backup.id
                ));
            }
        }
        listing.backups.sort_by_key(|backup| std::cmp::Reverse(backup.created_at));
        Ok(listing)
    }

    pub(super) async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        let path = self.path(&["backups", id]);
        let body = self.ask(Act::List, &Call::new(Method::GET, &path, "show the backup")).await?;
        let row = if field(&body, "backup").is_object() { field(&body, "backup") } else { &body };
        let backup = self.read(row).ok_or_else(|| self.http.odd("a backup without an id"))?;
        if backup.id != id {
            return Err(self.http.odd(format!("backup {:?} when asked for {id:?}", backup.id)));
        }
        if !self.is_own(&backup, &mut None).await? {
            let owner = backup.owner.unwrap_or_default();
            let what = format!("backup {id:?} of this project; that one belongs to {owner:?}");
            return Err(PlatformError::NotFound { place: self.http.place().to_owned(), what });
        }
        Ok(backup)
    }

    pub(super) async fn files(self: &Arc<Self>, id: &str) -> Result<Vec<RemoteFile>, PlatformError> {
        let backup = self.show(id).await?;
        if let Ability::No { reason } = backup.download {
            return Err(PlatformError::CannotDo { platform: super::NAME, act: Act::Download, reason });
        }
        let links: Arc<dyn Links> = Arc::new(BackupLinks { of: Arc::clone(self), id: id.to_owned() });
        let name = backup.file_name.unwrap_or_else(|| format!("{id}.tar.gz"));
        Ok(vec![RemoteFile { name, bytes: backup.bytes, links }])
    }

    /// A link to the bytes of a backup, signed now.
    pub(super) async fn link(&self, id: &str) -> Result<Link, PlatformError> {
        let path = self.path(&["backups", id, "download"]);
        let body =
            self.ask(Act::Download, &Call::new(Method::GET, &path, "give a link to the backup")).await?;
        let Some(given) = text(&body, "download_url") else {
            return Err(self.http.odd("a download without an address"));
        };
        Ok(Link {
            url: Secret::new(self.http.link(&given)?),
            headers: Vec::new(),
            expires_at: moment(&body, "expires_at"),
            bytes: number(&body, "size").filter(|bytes| *bytes > 0),
        })
    }

    /// Whether a backup is one of this project, which the platform calls by its reference or its number.
    async fn is_own(
        &self,
        backup: &RemoteBackup,
        own: &mut Option<Vec<String>>,
    ) -> Result<bool, PlatformError> {
        let Some(owner) = &backup.owner else { return Ok(true) };
        if *owner == self.settings.project_ref {
            return Ok(true);
        }
        if own.is_none() {
            *own = Some(self.own_names().await?);
        }
        Ok(own.as_ref().is_some_and(|names| names.contains(owner)))
    }

    /// A backup out of a row of a listing, or of an answer about one.
    fn read(&self, row: &Value) -> Option<RemoteBackup> {
        let id = text(row, "backup_id").or_else(|| text(row, "export_id")).or_else(|| text(row, "id"))?;
        let kind = text(row, "type").unwrap_or_default().to_lowercase();
        let state = state(row);
        let created_at = moment(row, "created_at");
        let expires_at = moment(row, "expires_at");
        let is_encrypted = flag(row, "encrypted");
        let download = match &state {
            RemoteState::Completed if expires_at.is_some_and(|at| at <= Timestamp::now()) => {
                Ability::no("its time has run out, and the platform deletes it")
            }
            RemoteState::Completed if number(row, "size") == Some(0) => {
                Ability::no("the platform says that it has no bytes")
            }
            RemoteState::Completed => Ability::Yes,
            RemoteState::Failed { .. } => Ability::no("it failed there"),
            RemoteState::Creating { .. } | RemoteState::Other(_) => Ability::no("it is not done there"),
        };
        let checksums: BTreeMap<String, String> = field(row, "checksums")
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, sum)| Some((name.to_lowercase(), sha256(sum.as_str()?)?)))
            .collect();
        let file_name =
            text(row, "file_name").or_else(|| self.name_of(&kind, created_at, is_encrypted == Some(true)));
        Some(RemoteBackup {
            owner: text(row, "project_ref").or_else(|| text(row, "project_id")),
            bytes: number(row, "size").filter(|bytes| *bytes > 0),
            id,
            kind,
            state,
            file_name,
            created_at,
            expires_at,
            checksums,
            is_encrypted,
            download,
        })
    }

    /// The name that the platform's archives have.
    fn name_of(&self, kind: &str, at: Option<Timestamp>, is_encrypted: bool) -> Option<String> {
        let end = if is_encrypted { ".enc" } else { "" };
        if kind == "export" {
            return Some(format!("project_{}_export.tar.gz{end}", self.settings.project_ref));
        }
        let at = at?.strftime("%Y%m%d_%H%M%S");
        (!kind.is_empty()).then(|| format!("backup_{at}_{kind}.tar.gz{end}"))
    }
}

/// How a backup stands, by the words that the platform has for it.
fn state(row: &Value) -> RemoteState {
    let status = text(row, "status").unwrap_or_default();
    match status.to_ascii_uppercase().as_str() {
        "COMPLETED" | "COMPLETE" => RemoteState::Completed,
        "CREATING" | "PENDING" | "QUEUED" | "RUNNING" | "IN_PROGRESS" => {
            RemoteState::Creating { percent: percent(row, "progress") }
        }
        "FAILED" | "ERROR" | "CANCELLED" | "CANCELED" => {
            let said = text(row, "error_message").or_else(|| text(row, "error"));
            RemoteState::Failed { said: said.unwrap_or_else(|| format!("{status}, without a reason")) }
        }
        _ => RemoteState::Other(status),
    }
}

fn expiry(backup: &RemoteBackup) -> Option<String> {
    let at = backup.expires_at?;
    let left = at.duration_since(Timestamp::now());
    if left.is_negative() {
        return Some(format!("The time of {:?} has run out.", backup.id));
    }
    (left <= EXPIRY_NEAR).then(|| format!("The platform deletes {:?} at {at}.", backup.id))
}
