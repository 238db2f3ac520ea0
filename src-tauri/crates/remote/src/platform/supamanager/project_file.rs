//! A project as one file, taken back; the schedule; deletion; and what is counted from the list.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;

use super::{Inner, NAME};
use crate::platform::http::{Call, Upload};
use crate::platform::lenient::{field, flag, number, text};
use crate::platform::{Act, Listing, PlatformError, RemoteFact, RemoteProject, RemoteSchedule, RemoteState};

/// A server that unpacks and restores a whole project within the call.
const IMPORT_LIMIT: Duration = Duration::from_mins(30);

impl Inner {
    pub(super) async fn import(&self, file: &Path, new_name: &str) -> Result<RemoteProject, PlatformError> {
        let new_name = new_name.trim();
        if new_name.is_empty() {
            let reason = "the new project has no name".to_owned();
            return Err(PlatformError::CannotDo { platform: NAME, act: Act::Import, reason });
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let fields = vec![("new_project_name", new_name.to_owned())];
        let upload = Upload { path: file.to_owned(), field: "file", name, fields };
        let path = ["platform", "projects", "import"];
        let call = Call::new(Method::POST, &path, "import the project").upload(&upload).limit(IMPORT_LIMIT);
        let body = self.ask(Act::Import, &call).await?;
        let row = if field(&body, "project").is_object() { field(&body, "project") } else { &body };
        let Some(reference) = text(row, "ref").or_else(|| text(row, "project_ref")) else {
            return Err(self.http.odd("an imported project without a reference"));
        };
        // It says that there is a project: there is one that can be asked for.
        let status = match self.status(&reference).await {
            Err(PlatformError::NotFound { place, what }) => {
                let (claim, truth) =
                    (format!("to have imported {reference:?}"), format!("it knows no {what}"));
                return Err(PlatformError::FalseClaim { place, claim, truth });
            }
            outcome => outcome?,
        };
        let name = text(row, "name").unwrap_or_else(|| new_name.to_owned());
        Ok(RemoteProject {
            reference,
            name,
            status: Some(status),
            region: text(row, "region"),
            server_version: None,
        })
    }

    pub(super) async fn delete(&self, id: &str) -> Result<(), PlatformError> {
        self.show(id).await?;
        let path = self.path(&["backups", id]);
        self.ask(Act::Delete, &Call::new(Method::DELETE, &path, "delete the backup")).await?;
        match self.show(id).await {
            Err(PlatformError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
            Ok(backup) if backup.state == RemoteState::Other("DELETING".to_owned()) => Ok(()),
            Ok(_) => Err(PlatformError::FalseClaim {
                place: self.http.place().to_owned(),
                claim: format!("to have deleted {id:?}"),
                truth: "it still has it".to_owned(),
            }),
        }
    }

    pub(super) async fn set_schedule(
        &self,
        wanted: &RemoteSchedule,
    ) -> Result<RemoteSchedule, PlatformError> {
        let cannot =
            |reason: String| PlatformError::CannotDo { platform: NAME, act: Act::WriteSchedule, reason };
        if !["hourly", "daily", "weekly"].contains(&wanted.frequency.as_str()) {
            let reason = format!("{:?} is none of hourly, daily, weekly", wanted.frequency);
            return Err(cannot(reason));
        }
        if wanted.time.len() != 5 || jiff::civil::Time::strptime("%H:%M", &wanted.time).is_err() {
            return Err(cannot(format!("{:?} is no time of day as in 02:00", wanted.time)));
        }
        let Some(retention) = wanted.retention.filter(|kept| *kept > 0) else {
            return Err(cannot("it must be said how many backups are kept, 1 at least".to_owned()));
        };
        let kind = wanted.kind.clone().unwrap_or_else(|| super::KINDS[0].to_owned()).to_lowercase();
        if !super::KINDS.contains(&kind.as_str()) {
            return Err(cannot(format!("there is no kind {kind:?} of backup")));
        }
        let body = json!({
            "enabled": wanted.enabled, "frequency": wanted.frequency, "time": wanted.time,
            "type": kind.to_uppercase(), "retention": retention,
        });
        let path = self.path(&["backup-schedule"]);
        let call = Call::new(Method::PUT, &path, "change the schedule").json(body).may_repeat();
        let answer = self.ask(Act::WriteSchedule, &call).await?;
        let row = if field(&answer, "schedule").is_object() { field(&answer, "schedule") } else { &answer };
        let wanted = RemoteSchedule { kind: Some(kind), retention: Some(retention), ..wanted.clone() };
        let kept = RemoteSchedule {
            enabled: flag(row, "enabled").unwrap_or(wanted.enabled),
            frequency: text(row, "frequency").unwrap_or_else(|| wanted.frequency.clone()).to_lowercase(),
            time: text(row, "time").unwrap_or_else(|| wanted.time.clone()),
            kind: text(row, "type").map(|kind| kind.to_lowercase()).or_else(|| wanted.kind.clone()),
            retention: number(row, "retention")
                .and_then(|kept| u32::try_from(kept).ok())
                .or(wanted.retention),
        };
        if kept != wanted {
            return Err(PlatformError::FalseClaim {
                place: self.http.place().to_owned(),
                claim: "to have stored the schedule".to_owned(),
                truth: "it answers with another one".to_owned(),
            });
        }
        Ok(kept)
    }
}

/// What there is, counted from the list, since the server counts nothing itself.
pub(super) fn statistics(listing: &Listing) -> Vec<RemoteFact> {
    let completed = || listing.backups.iter().filter(|backup| backup.state == RemoteState::Completed);
    let failed = listing.backups.iter().filter(|backup| matches!(backup.state, RemoteState::Failed { .. }));
    let sized: Vec<u64> = completed().filter_map(|backup| backup.bytes).collect();
    let moments: Vec<Timestamp> = completed().filter_map(|backup| backup.created_at).collect();
    let fact = |name: &str, value: String| RemoteFact { name: name.to_owned(), value };
    let mut facts = vec![
        fact("backups", listing.backups.len().to_string()),
        fact("completed, as it says", completed().count().to_string()),
        fact("failed", failed.count().to_string()),
        fact("bytes of the completed", sized.iter().sum::<u64>().to_string()),
        fact("completed without a size", (completed().count() - sized.len()).to_string()),
    ];
    facts.extend(moments.iter().max().map(|at| fact("newest completed", at.to_string())));
    facts.extend(moments.iter().min().map(|at| fact("oldest completed", at.to_string())));
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for backup in &listing.backups {
        *kinds.entry(&backup.kind).or_default() += 1;
    }
    facts.extend(kinds.into_iter().map(|(kind, count)| fact(&format!("of kind {kind}"), count.to_string())));
    let next = completed().filter_map(|backup| backup.expires_at).min();
    facts.extend(next.map(|at| fact("first to run out", at.to_string())));
    facts
}
