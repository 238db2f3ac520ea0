//! Backups of one organisation: JSON of its rows. Files of other organisations are never shown, fetched,
//! restored or deleted, whatever the server sends.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Inner, NAME, Scope};
use crate::platform::http::Call;
use crate::platform::lenient::{field, moment, number, rows, text};
use crate::platform::{
    Ability, Act, PlatformError, RemoteBackup, RemoteState, RestoreParts, Ticket, Watched,
};

const LIST: [&str; 4] = ["api", "admin", "system", "backups"];
const MAINTENANCE: [&str; 4] = ["api", "admin", "system", "maintenance"];
/// The platform reads, or writes, every table of the organisation within the call.
const ROWS_LIMIT: Duration = Duration::from_mins(15);

/// What the platform says of one organisation's backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Its file, below the organisation.
    pub file: String,
    /// Tables in it.
    pub tables: Option<u64>,
    /// Records in it.
    pub records: Option<u64>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<String>,
    pub(super) download_url: Option<String>,
}

impl Inner {
    /// The organisation's files, and the names of what is left out.
    pub(super) async fn organisation_files(&self) -> Result<(Vec<RemoteBackup>, Vec<String>), PlatformError> {
        let call = Call::new(Method::GET, &LIST, "list the organisation's backups");
        let body = self.ask(Scope::Organisation, &call).await?;
        let list = rows(&body, &["backups"]).ok_or_else(|| self.http.odd("backups that are no list"))?;
        let (mut own, mut notes, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for row in list {
            let Some(file) = text(row, "filename").or_else(|| text(row, "name")) else {
                notes.push("A row of the list has no file name, and is left out.".to_owned());
                continue;
            };
            if self.is_own(&file) { own.push(backup(row, file)) } else { others.push(file) }
        }
        if !others.is_empty() {
            notes.push(format!(
                "The server also listed files of other organisations, which are left out: {}.",
                others.join(", ")
            ));
        }
        if list.len() >= super::LISTED_MAX {
            notes.push(format!("The list ends at {} organisation backups; there may be more.", list.len()));
        }
        Ok((own, notes))
    }

    /// What the platform says of a backup.
    pub(super) async fn details(&self, file: &str) -> Result<Details, PlatformError> {
        self.must_be_own(file)?;
        let call = Call::new(Method::GET, &LIST, "describe the organisation's backup")
            .query("filename", file)
            .query("action", "details");
        let body = self.ask(Scope::Organisation, &call).await?;
        let said = text(&body, "backup_file").unwrap_or_else(|| file.to_owned());
        if said != file {
            return Err(self.http.odd(format!("file {said:?} when asked for {file:?}")));
        }
        Ok(Details {
            file: said,
            tables: number(&body, "tables_count"),
            records: number(&body, "total_records"),
            created_at: moment(&body, "created_at"),
            created_by: text(&body, "created_by"),
            download_url: text(&body, "download_url"),
        })
    }

    pub(super) async fn create_organisation(&self) -> Result<Ticket, PlatformError> {
        let call = Call::new(Method::POST, &MAINTENANCE, "back the organisation up")
            .json(json!({ "action": "backup_database" }))
            .limit(ROWS_LIMIT);
        let body = self.ask(Scope::Organisation, &call).await?;
        let body = if field(&body, "result").is_object() { field(&body, "result") } else { &body };
        let Some(file) = text(body, "backup_file") else {
            return Err(self.http.odd("a backup that was made, without its file"));
        };
        self.must_be_own(&file)?;
        let memo =
            json!({ "tables": number(body, "tables_count"), "records": number(body, "total_records") });
        Ok(Ticket { act: Act::Create, id: file, memo: Some(memo.to_string()) })
    }

    /// Made, says the platform: it is in the list, it has bytes, tables, records and a link.
    pub(super) async fn watch_organisation(&self, file: &str) -> Result<Watched, PlatformError> {
        let claim = |truth: &str| PlatformError::FalseClaim {
            place: self.http.place().to_owned(),
            claim: format!("to have made {file:?}"),
            truth: truth.to_owned(),
        };
        let (files, _) = self.organisation_files().await?;
        let Some(backup) = files.iter().find(|backup| backup.id == file) else {
            return Err(claim("its list does not have it"));
        };
        if backup.bytes.is_none() {
            return Err(claim("it says no size, or none but 0"));
        }
        let details = match self.details(file).await {
            Err(PlatformError::NotFound { .. }) => return Err(claim("it cannot open it")),
            outcome => outcome?,
        };
        match (details.tables, details.records, &details.download_url) {
            (Some(0), _, _) => Err(claim("it holds no table")),
            (_, Some(0), _) => Err(claim("it holds no record")),
            (_, _, None) => Err(claim("there is no link to its bytes")),
            (tables, records, Some(_)) => {
                let count = |count: Option<u64>| {
                    count.map_or_else(|| "an unsaid number of".to_owned(), |n| n.to_string())
                };
                let note =
                    format!("The platform says {} tables and {} records.", count(tables), count(records));
                Ok(Watched::Done { id: Some(file.to_owned()), notes: vec![note] })
            }
        }
    }

    pub(super) async fn delete_organisation(&self, file: &str) -> Result<(), PlatformError> {
        self.must_be_own(file)?;
        let call =
            Call::new(Method::DELETE, &LIST, "delete the organisation's backup").query("filename", file);
        self.ask(Scope::Organisation, &call).await?;
        let (files, _) = self.organisation_files().await?;
        self.must_be_gone(file, &files)
    }

    /// Within the call: what came of it is in the ticket, and is judged when it is watched.
    pub(super) async fn restore_organisation(
        &self,
        file: &str,
        parts: RestoreParts,
    ) -> Result<Ticket, PlatformError> {
        self.must_be_own(file)?;
        if parts != RestoreParts::DATABASE {
            let reason = super::platform::ROWS_ALONE.to_owned();
            return Err(PlatformError::CannotDo { platform: NAME, act: Act::Restore, reason });
        }
        let call = Call::new(Method::POST, &LIST, "restore the organisation's backup")
            .json(json!({ "backup_filename": file }))
            .limit(ROWS_LIMIT);
        let answer = self.answer(Scope::Organisation, &call).await?;
        if !answer.status.is_success() {
            return Err(self.http.error("restore the organisation's backup", &answer));
        }
        if !answer.body.is_object() {
            return Err(self.http.odd("a restore without a result"));
        }
        let memo = super::result::of(&answer.body, &answer.said());
        Ok(Ticket { act: Act::Restore, id: file.to_owned(), memo: Some(memo) })
    }

    fn must_be_own(&self, file: &str) -> Result<(), PlatformError> {
        if self.is_own(file) {
            return Ok(());
        }
        let what = format!("backup {file:?} of this organisation");
        Err(PlatformError::NotFound { place: self.http.place().to_owned(), what })
    }

    /// `<organisation>/<file>`, and nothing that leads elsewhere.
    fn is_own(&self, file: &str) -> bool {
        let Some((organisation, name)) = file.split_once('/') else { return false };
        organisation == self.settings.organisation
            && !name.is_empty()
            && !name.contains(['/', '\\'])
            && name != ".."
    }
}

fn backup(row: &Value, file: String) -> RemoteBackup {
    let bytes = number(row, "size").filter(|bytes| *bytes > 0);
    RemoteBackup {
        owner: file.split_once('/').map(|(organisation, _)| organisation.to_owned()),
        kind: super::ORGANISATION.to_owned(),
        state: RemoteState::Completed,
        file_name: file.rsplit('/').next().map(str::to_owned),
        bytes,
        created_at: moment(row, "created_at"),
        expires_at: None,
        checksums: std::collections::BTreeMap::new(),
        is_encrypted: Some(false),
        download: if number(row, "size") == Some(0) {
            Ability::no("the platform says that it has no bytes")
        } else {
            Ability::Yes
        },
        id: file,
    }
}
