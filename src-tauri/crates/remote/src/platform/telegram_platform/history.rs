//! The history of backups: read page by page, and only the rows of the own project.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::Value;

use super::TelegramPlatform;
use crate::platform::http::Call;
use crate::platform::telegram::number;
use crate::platform::{Ability, Act, Listing, PlatformError, RemoteBackup, RemoteState};

/// Rows per call.
const PAGE_ROWS: usize = 100;
/// A history of 30 days never has so many pages.
const PAGES_MAX: usize = 1000;
/// So long before it expires a backup is warned of.
const WARN_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One backup of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) project: String,
    pub(super) kind: String,
    pub(super) file_id: String,
    pub(super) bytes: Option<u64>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
}

/// All that it showed.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) rows: Vec<Row>,
    pub(super) total: Option<u64>,
    pub(super) notes: Vec<String>,
}

impl Row {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let time = |name: &str| value[name].as_str().and_then(|text| text.parse().ok());
        Some(Self {
            id: text("id").filter(|id| !id.is_empty())?,
            project: text("project_id").unwrap_or_default(),
            kind: text("type").unwrap_or_default().to_lowercase(),
            file_id: text("file_id").unwrap_or_default(),
            bytes: number(&value["size"]),
            created_at: time("created_at"),
            expires_at: time("expires_at"),
        })
    }

    /// Whether it names a file with Telegram, rather than a place of the platform's own.
    pub(super) fn is_with_telegram(&self) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !self.file_id.is_empty() && self.file_id.chars().all(allowed)
    }

    pub(super) fn backup(&self, download: Ability) -> RemoteBackup {
        RemoteBackup {
            id: self.id.clone(),
            owner: Some(self.project.clone()),
            kind: self.kind.clone(),
            state: RemoteState::Completed,
            file_name: None,
            bytes: self.bytes,
            created_at: self.created_at,
            expires_at: self.expires_at,
            checksums: std::collections::BTreeMap::new(),
            is_encrypted: None,
            download,
        }
    }
}

impl History {
    /// Takes the rows of the own project; names the others.
    pub(super) fn of(project: &str, rows: Vec<Row>, total: Option<u64>) -> Self {
        let (mut rows, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.project == project);
        let mut notes = Vec::new();
        if !others.is_empty() {
            let ids: Vec<&str> = others.iter().map(|row| row.id.as_str()).collect();
            notes.push(format!(
                "{} of the rows that it sent belong to other projects and were left out: {}",
                others.len(),
                ids.join(", ")
            ));
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.created_at));
        Self { rows, total, notes }
    }

    pub(super) fn listing(mut self, now: Timestamp, download: impl Fn(&Row) -> Ability) -> Listing {
        self.notes.extend(expiring(&self.rows, now));
        let backups = self.rows.iter().map(|row| row.backup(download(row))).collect();
        Listing { backups, total: self.total, notes: self.notes }
    }
}

/// What will be gone soon, and what may be gone already.
fn expiring(rows: &[Row], now: Timestamp) -> Vec<String> {
    let left = |row: &Row| row.expires_at.map(|at| at.duration_since(now));
    let soon: Vec<&Row> = rows
        .iter()
        .filter(|row| left(row).is_some_and(|left| left > SignedDuration::ZERO && left <= WARN_BEFORE))
        .collect();
    let past = rows.iter().filter(|row| left(row).is_some_and(|left| left <= SignedDuration::ZERO)).count();
    let mut notes = Vec::new();
    if let Some(first) = soon.iter().filter_map(|row| row.expires_at).min() {
        notes.push(format!("{} of its backups expire within 7 days, the first at {first}", soon.len()));
    }
    if past > 0 {
        notes.push(format!("{past} of its backups have expired, and their files may be gone"));
    }
    notes
}

impl TelegramPlatform {
    /// The whole history, or that of one kind.
    pub(super) async fn history(&self, kind: Option<&str>) -> Result<History, PlatformError> {
        let (mut rows, mut seen, mut total) = (Vec::new(), BTreeSet::new(), None);
        let (mut offset, mut notes) = (0, Vec::new());
        for page in 0.. {
            let body = self.page(kind, offset, PAGE_ROWS).await?;
            let Some(sent) = body["data"].as_array() else {
                return Err(self.http.odd("a history without data"));
            };
            total = number(&body["total"]).or(total);
            let unreadable = sent.iter().filter(|value| Row::read(value).is_none()).count();
            if unreadable > 0 {
                notes.push(format!("{unreadable} rows of its history have no id and were left out"));
            }
            let fresh = sent.iter().filter_map(Row::read).filter(|row| seen.insert(row.id.clone()));
            let before = rows.len();
            rows.extend(fresh);
            offset += sent.len();
            let has_more =
                body["has_more"].as_bool().unwrap_or(total.is_some_and(|total| total > offset as u64));
            if !has_more {
                break;
            }
            if rows.len() == before || page >= PAGES_MAX {
                notes.push(
                    "it says that there is more, and sends nothing new: the list may be cut".to_owned(),
                );
                break;
            }
        }
        if let Some(total) = total.filter(|total| *total != offset as u64) {
            notes.push(format!("it says that there are {total} backups, and sent {offset}"));
        }
        let mut history = History::of(&self.project, rows, total);
        history.notes.extend(notes);
        Ok(history)
    }

    pub(super) async fn page(
        &self,
        kind: Option<&str>,
        offset: usize,
        limit: usize,
    ) -> Result<Value, PlatformError> {
        let segments = ["api", "backups", &self.project];
        let doing = "list its backups";
        let mut call = Call::new(Method::GET, &segments, doing)
            .query("limit", limit.to_string())
            .query("offset", offset.to_string());
        if let Some(kind) = kind {
            call = call.query("type", kind);
        }
        self.ask(Act::List, doing, call).await
    }

    /// One row of the own project.
    pub(super) async fn row(&self, id: &str) -> Result<Row, PlatformError> {
        let found = self.history(None).await?.rows.into_iter().find(|row| row.id == id);
        found.ok_or_else(|| PlatformError::NotFound {
            place: self.http.place().to_owned(),
            what: format!("backup {id:?} of the project {}", self.project),
        })
    }

    /// Whether a row's bytes can be had.
    pub(super) fn download_of(&self, row: &Row) -> Ability {
        let Some(bot) = &self.bot else { return self.bytes() };
        if !row.is_with_telegram() {
            return Ability::no("its file is not with Telegram, but at a place of the platform's own");
        }
        let most = bot.fetch_bytes_max();
        match row.bytes.filter(|bytes| *bytes > most) {
            Some(bytes) => Ability::no(format!(
                "it has {bytes} bytes, and this server gives a bot {most} at most; a local server gives more"
            )),
            None => Ability::Yes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, project: &str, expires_at: i64) -> Row {
        let value = serde_json::json!({
            "id": id, "project_id": project, "type": "DATABASE", "file_id": "BQAC-x_1", "size": "123",
            "expires_at": Timestamp::from_second(expires_at).unwrap().to_string(),
        });
        Row::read(&value).unwrap()
    }

    #[test]
    fn a_backup_is_warned_of_seven_days_before_it_expires_and_sizes_may_be_text() {
        let day = 24 * 60 * 60;
        let rows = vec![row("a", "shop", 7 * day), row("b", "shop", 8 * day), row("c", "shop", -day)];
        assert_eq!((rows[0].bytes, rows[0].kind.as_str()), (Some(123), "database"));
        let notes = expiring(&rows, Timestamp::UNIX_EPOCH);
        assert_eq!(
            notes,
            [
                "1 of its backups expire within 7 days, the first at 1970-01-08T00:00:00Z",
                "1 of its backups have expired, and their files may be gone"
            ]
        );
    }

    #[test]
    fn rows_of_other_projects_are_left_out_and_named() {
        let history = History::of("shop", vec![row("a", "shop", 1), row("b", "other", 1)], Some(2));
        assert_eq!(history.rows.len(), 1);
        assert!(history.notes[0].ends_with("left out: b"), "{:?}", history.notes);
    }
}
