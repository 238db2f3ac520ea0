//! Tokens and backups as the server keeps them, and who may do what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{Account, Misbehaviour, Project, Shared};
use crate::platforms::answer::{Refusal, moment, now_ms};

#[derive(Debug)]
pub(super) struct Token {
    pub(super) email: String,
    pub(super) ends_ms: u64,
    pub(super) calls: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Backup {
    pub(super) id: String,
    pub(super) project: String,
    pub(super) kind: String,
    pub(super) status: &'static str,
    pub(super) progress: u8,
    pub(super) size: u64,
    pub(super) created_ms: u64,
    pub(super) completed_ms: Option<u64>,
    pub(super) expires_ms: u64,
    pub(super) error: Option<String>,
    pub(super) is_compressed: bool,
    pub(super) is_encrypted: bool,
    pub(super) checksums: BTreeMap<String, String>,
    pub(super) file: PathBuf,
}

impl Backup {
    pub(super) fn shown(&self, wrong: &Misbehaviour) -> Value {
        let size = if wrong.lies_about_sizes { self.size * 2 } else { self.size };
        let sums: BTreeMap<&String, String> = self
            .checksums
            .iter()
            .filter(|_| !wrong.gives_no_checksums)
            .map(|(name, sum)| {
                let lie = format!("sha256:{}", "0".repeat(64));
                (name, if wrong.lies_about_checksums { lie } else { sum.clone() })
            })
            .collect();
        let mut shown = json!({
            "backup_id": self.id, "project_id": self.project, "type": self.kind, "status": self.status,
            "progress": self.progress, "size": size, "created_at": moment(self.created_ms),
            "expires_at": moment(self.expires_ms), "compressed": self.is_compressed,
            "encrypted": self.is_encrypted, "checksums": sums,
        });
        if let Some(at) = self.completed_ms {
            shown["completed_at"] = moment(at).into();
        }
        if let Some(error) = &self.error {
            shown["error_message"] = error.clone().into();
        }
        if wrong.writes_numbers_as_text {
            shown["size"] = size.to_string().into();
            shown["progress"] = self.progress.to_string().into();
        }
        shown
    }
}

impl Shared {
    /// Who calls; a token ends with its time, or with its calls.
    pub(super) fn account(&self, headers: &HeaderMap) -> Result<Account, Refusal> {
        let refusal = || Refusal::new(401, "Unauthorized");
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(refusal)?;
        let limit = self.misbehaviour().calls_per_token;
        let mut state = self.state();
        let known = state.tokens.get_mut(token).ok_or_else(refusal)?;
        known.calls += 1;
        if known.ends_ms <= now_ms() || limit.is_some_and(|limit| known.calls > limit) {
            return Err(refusal());
        }
        let email = known.email.clone();
        state.accounts.iter().find(|account| account.email == email).cloned().ok_or_else(refusal)
    }

    /// A project that the caller may see; an unknown one is an error of the server, as in the real one.
    pub(super) fn project_for(&self, headers: &HeaderMap, reference: &str) -> Result<Project, Refusal> {
        let account = self.account(headers)?;
        let project = self.state().projects.get(reference).cloned();
        let project = project.ok_or_else(|| Refusal::new(500, "sql: no rows in result set"))?;
        let may = account.projects.iter().any(|own| own == reference) || self.misbehaviour().breaks_isolation;
        if may { Ok(project) } else { Err(Refusal::new(403, "You do not have access to this project")) }
    }

    /// The same for what only owners may do.
    pub(super) fn project_of_owner(&self, headers: &HeaderMap, reference: &str) -> Result<Project, Refusal> {
        let project = self.project_for(headers, reference)?;
        let account = self.account(headers)?;
        let refusal = || Refusal::new(403, "Only project owners can create or restore backups");
        account.is_owner.then_some(project).ok_or_else(refusal)
    }

    pub(super) fn backup(&self, project: &str, id: &str) -> Result<Backup, Refusal> {
        let breaks = self.misbehaviour().breaks_isolation;
        let state = self.state();
        let found =
            state.backups.iter().find(|backup| backup.id == id && (breaks || backup.project == project));
        found.cloned().ok_or_else(|| Refusal::new(404, "Backup not found"))
    }

    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Backup)) {
        if let Some(backup) = self.state().backups.iter_mut().find(|backup| backup.id == id) {
            change(backup);
        }
    }
}
