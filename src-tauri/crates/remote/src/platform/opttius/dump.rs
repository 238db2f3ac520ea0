//! Whole dumps of the database: for root, dev and `super_admin`. Everybody else, also who is not signed in,
//! gets 403.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Inner, Scope};
use crate::platform::http::Call;
use crate::platform::lenient::{moment, number, rows, text};
use crate::platform::{Ability, Act, PlatformError, RemoteBackup, RemoteState, Ticket, Watched};

const DUMPS: [&str; 4] = ["api", "admin", "saas-management", "backups"];
/// The platform runs `pg_dump` of the whole database, and stores it, within the call.
const DUMP_LIMIT: Duration = Duration::from_hours(1);

impl Inner {
    pub(super) async fn dumps(&self) -> Result<(Vec<RemoteBackup>, Vec<String>), PlatformError> {
        let call = Call::new(Method::GET, &DUMPS, "list the whole dumps");
        let body = self.ask(Scope::Whole, &call).await?;
        let list = rows(&body, &["backups"]).ok_or_else(|| self.http.odd("dumps that are no list"))?;
        let (mut dumps, mut notes) = (Vec::new(), Vec::new());
        for row in list {
            match text(row, "name") {
                Some(name) if !name.contains(['/', '\\']) => dumps.push(backup(row, name)),
                Some(name) => notes.push(format!("{name:?} is no name of a whole dump, and is left out.")),
                None => notes.push("A row of the list has no name, and is left out.".to_owned()),
            }
        }
        if list.len() >= super::LISTED_MAX {
            notes.push(format!("The list ends at {} whole dumps; there may be more.", list.len()));
        }
        Ok((dumps, notes))
    }

    pub(super) async fn dump_link(&self, name: &str) -> Result<Option<String>, PlatformError> {
        let call = Call::new(Method::GET, &DUMPS, "give a link to the dump").query("fileName", name);
        let body = self.ask(Scope::Whole, &call).await?;
        Ok(text(&body, "downloadUrl"))
    }

    pub(super) async fn create_dump(&self) -> Result<Ticket, PlatformError> {
        let call = Call::new(Method::POST, &DUMPS, "dump the whole database").limit(DUMP_LIMIT);
        let body = self.ask(Scope::Whole, &call).await?;
        let Some(name) = text(&body, "fileName") else {
            return Err(self.http.odd("a dump that was made, without its name"));
        };
        let memo = json!({ "bytes": number(&body, "sizeBytes"), "seconds": text(&body, "durationSeconds") });
        Ok(Ticket { act: Act::Create, id: name, memo: Some(memo.to_string()) })
    }

    /// Made, says the platform: it is in the list with the size that was said, and has a link.
    pub(super) async fn watch_dump(&self, name: &str, memo: &Value) -> Result<Watched, PlatformError> {
        let claim = |truth: String| PlatformError::FalseClaim {
            place: self.http.place().to_owned(),
            claim: format!("to have made {name:?}"),
            truth,
        };
        let (dumps, _) = self.dumps().await?;
        let Some(dump) = dumps.iter().find(|dump| dump.id == name) else {
            return Err(claim("its list does not have it".to_owned()));
        };
        let Some(bytes) = dump.bytes else { return Err(claim("it says no size, or none but 0".to_owned())) };
        if let Some(said) = number(memo, "bytes").filter(|said| *said != bytes) {
            return Err(claim(format!("it stored {bytes} bytes of {said}")));
        }
        match self.dump_link(name).await {
            Ok(Some(_)) => {}
            Ok(None) | Err(PlatformError::NotFound { .. } | PlatformError::Failed { .. }) => {
                return Err(claim("there is no link to its bytes".to_owned()));
            }
            Err(error) => return Err(error),
        }
        let took = text(memo, "seconds").map(|seconds| format!(" in {seconds} s")).unwrap_or_default();
        let notes = vec![format!("The platform dumped {bytes} bytes{took}.")];
        Ok(Watched::Done { id: Some(name.to_owned()), notes })
    }

    pub(super) async fn delete_dump(&self, name: &str) -> Result<(), PlatformError> {
        let call = Call::new(Method::DELETE, &DUMPS, "delete the dump").query("fileName", name);
        self.ask(Scope::Whole, &call).await?;
        let (dumps, _) = self.dumps().await?;
        self.must_be_gone(name, &dumps)
    }

    pub(super) fn must_be_gone(&self, id: &str, left: &[RemoteBackup]) -> Result<(), PlatformError> {
        if left.iter().all(|backup| backup.id != id) {
            return Ok(());
        }
        Err(PlatformError::FalseClaim {
            place: self.http.place().to_owned(),
            claim: format!("to have deleted {id:?}"),
            truth: "its list still has it".to_owned(),
        })
    }
}

fn backup(row: &Value, name: String) -> RemoteBackup {
    RemoteBackup {
        owner: None,
        kind: super::FULL.to_owned(),
        state: RemoteState::Completed,
        file_name: Some(name.clone()),
        bytes: number(row, "size").filter(|bytes| *bytes > 0),
        created_at: moment(row, "created_at"),
        expires_at: None,
        checksums: BTreeMap::new(),
        is_encrypted: Some(false),
        download: if number(row, "size") == Some(0) {
            Ability::no("the platform says that it has no bytes")
        } else {
            Ability::Yes
        },
        id: name,
    }
}
