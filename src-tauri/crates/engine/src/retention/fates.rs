//! The outcome for single backups, and which of them expire on a date that somebody set.

use std::collections::{HashMap, HashSet};

use super::plan::AHEAD_MS;
use super::{Fate, Plan, Reason};
use crate::engine::Engine;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::Keeping;

/// A page of a list.
const FATES_MAX: usize = 500;

/// What becomes of one backup, with what a person said of it.
#[derive(Debug, Clone)]
pub struct BackupFate {
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// Whether a policy says so; without one everything is kept.
    pub has_policy: bool,
    /// Why nothing is removed at this moment.
    pub pause: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
    /// What a person said of it.
    pub keeping: Keeping,
    /// When it expires, if that is within a week by a date that somebody set.
    pub expires_ms: Option<i64>,
    /// The time zone of the reasons' dates.
    pub zone: jiff::tz::TimeZone,
}

/// A backup that expires soon, by a date that somebody set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// The backup.
    pub backup_id: String,
    /// When it goes.
    pub until_ms: i64,
}

impl Engine {
    /// The outcome for these backups now; missing ones are left out.
    ///
    /// # Errors
    /// `invalid_request` for more than a page of them.
    #[crate::boxed]
    pub async fn backup_fates(&self, backups: &[String]) -> Result<Vec<BackupFate>, Failure> {
        if backups.len() > FATES_MAX {
            return Err(Failure::invalid(
                format!("what becomes of {} backups", backups.len()),
                format!("Ask for {FATES_MAX} at a time."),
            ));
        }
        let catalog = &self.profile.catalog;
        let wanted: HashSet<&str> = backups.iter().map(String::as_str).collect();
        let mut said: HashMap<String, Keeping> = catalog.keepings().await?.into_iter().collect();
        let mut fates = Vec::with_capacity(backups.len());
        for project in catalog.projects_of_backups(backups).await? {
            let plan = self.preview_retention(&project, None).await?;
            for fate in plan.fates.iter().filter(|fate| wanted.contains(fate.id.as_str())) {
                let keeping = said.remove(&fate.id).unwrap_or_default();
                fates.push(of(&plan, fate, keeping));
            }
        }
        Ok(fates)
    }

    /// Backups that expire within a week by a date that somebody set, earliest first. Without an active
    /// policy nothing is removed.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn expiring_backups(&self) -> Result<Vec<Expiring>, Failure> {
        let mut expiring = Vec::new();
        let (now, ahead) = (now_ms(), now_ms().saturating_add(AHEAD_MS));
        for project in self.profile.catalog.projects_with_dates(now, ahead).await? {
            let plan = self.preview_retention(&project, None).await?;
            let soon = plan.fates.iter().filter_map(|fate| Some((fate, expires(&plan, fate)?)));
            expiring.extend(soon.map(|(fate, until_ms)| Expiring {
                project_id: plan.project_id.clone(),
                project: plan.project.clone(),
                backup_id: fate.id.clone(),
                until_ms,
            }));
        }
        expiring.sort_by_key(|one| one.until_ms);
        Ok(expiring)
    }
}

fn of(plan: &Plan, fate: &Fate, keeping: Keeping) -> BackupFate {
    BackupFate {
        project_id: plan.project_id.clone(),
        project: plan.project.clone(),
        has_policy: plan.policy.is_some(),
        pause: plan.pause.clone(),
        expires_ms: expires(plan, fate),
        fate: fate.clone(),
        keeping,
        zone: plan.zone().clone(),
    }
}

/// When a backup expires within a week by a person's date, if nothing else keeps it longer.
fn expires(plan: &Plan, fate: &Fate) -> Option<i64> {
    plan.policy.as_ref()?;
    let dated = fate.reasons.iter().find_map(|reason| match reason {
        Reason::Until(until_ms) => Some(*until_ms),
        _ => None,
    })?;
    let leaves = plan.leaving.iter().find(|one| one.backup_id == fate.id)?;
    (leaves.until_ms == dated).then_some(dated)
}
