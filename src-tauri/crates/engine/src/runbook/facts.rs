//! The input of a recovery plan, from catalogue, vault and ledger. Nothing is guessed: an unknown fact is
//! absent, and the document says so.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Contacts, clean::CleanCheck};
use crate::archive::{Manifest, ReceiptDocument};
use crate::drill::DrillReport;
use crate::engine::Engine;
use crate::health::Copies;
use crate::proof::{Estimate, Place as Speed};
use crate::restore::{RestoreState, Strategy};
use crate::schedule::Schedule;
use crate::steps::RecoveryStep;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Place;
use ledger::catalog::{
    DrillRecord, Goals, PointRecord, ProjectRecord, ProofLevel, ReplicaRecord, VaultRecord, Verdict,
    believed_until_ms,
};
use ledger::job::CheckVerdict;

/// Backups that are looked through: an hourly schedule fills months with so many.
const POINTS_MAX: u32 = 5000;
/// Days of which the document lists the points.
const DAYS: usize = 30;
/// Restores that are looked through for one that was measured.
const RESTORES_MAX: u32 = 200;

/// A backup that the project can be recovered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The backup.
    pub id: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// How far it is proven.
    pub level: ProofLevel,
    /// When that was last shown.
    pub proven_at_ms: i64,
    /// Its size.
    pub size_bytes: u64,
}

/// The points of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPoints {
    /// The day, in the time zone of this computer.
    pub day: String,
    /// How many.
    pub count: u64,
    /// The newest of those with the highest level.
    pub best: Point,
}

/// A restore or drill that was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// When.
    pub at_ms: i64,
    /// How long it took, the checks included.
    pub ms: i64,
    /// How much came back; 0 where it is not known.
    pub bytes: u64,
    /// Where, in words.
    pub place: String,
    /// What it came to.
    pub verdict: Verdict,
}

/// What a recovery plan is made of.
#[derive(Debug, Clone)]
pub struct RunbookFacts {
    /// When they were gathered.
    pub now_ms: i64,
    /// The project.
    pub project: ProjectRecord,
    /// What it is held to.
    pub goals: Goals,
    /// Where the copies are.
    pub vault: Option<VaultRecord>,
    /// Where else they are.
    pub replicas: Vec<ReplicaRecord>,
    /// How many copies there are, as health counts them; absent before the first backup.
    pub copies: Option<Copies>,
    /// Where this computer keeps the vault's key.
    pub secrets: Place,
    /// The account and the computer.
    pub computer: String,
    /// Who is called, and where the kit lies.
    pub contacts: Contacts,
    /// What the project wants done before and after a restore.
    pub steps: Vec<RecoveryStep>,
    /// What is done by itself, in words.
    pub schedules: Vec<String>,
    /// The newest verified recovery point.
    pub newest: Option<Point>,
    /// The one before it.
    pub previous: Option<Point>,
    /// The newest that a drill or restore brought back.
    pub restored: Option<Point>,
    /// What the newest says of itself.
    pub manifest: Option<Manifest>,
    /// Its largest table with a key and a plain name, as `schema.name`: the example for damaged tables.
    pub example_table: Option<String>,
    /// Why that could not be read.
    pub unread: Option<String>,
    /// The last full drill that was measured.
    pub drill: Option<Measured>,
    /// What that drill did not check.
    pub unchecked: Vec<String>,
    /// The last restore that was measured.
    pub restore: Option<Measured>,
    /// How long the newest would take on a server that runs.
    pub on_server: Option<Estimate>,
    /// How long it would take on this computer.
    pub here: Option<Estimate>,
    /// Points of the last days, newest first.
    pub days: Vec<DayPoints>,
    /// The last look whether a backup is clean.
    pub clean: Option<CleanCheck>,
    /// What was sent to its chat.
    pub receipts: Vec<ReceiptDocument>,
}

impl Engine {
    /// Gathers what the recovery plan of a project is made of.
    ///
    /// # Errors
    /// `project_not_found`; when the catalogue does not answer.
    #[crate::boxed]
    pub async fn runbook_facts(&self, project: &str) -> Result<RunbookFacts, Failure> {
        let project = self.profile.project(project).await?;
        let catalog = &self.profile.catalog;
        let main = self.main_component(&project).await?;
        let points: Vec<Point> =
            catalog.points(&project.id, main, POINTS_MAX).await?.into_iter().filter_map(point).collect();
        // What is dated later than now is none to count on in an emergency.
        let until_ms = believed_until_ms();
        let is_verified = |point: &&Point| point.level >= ProofLevel::Readable && point.at_ms <= until_ms;
        let mut verified = points.iter().filter(is_verified);
        let (newest, previous) = (verified.next().cloned(), verified.next().cloned());
        let is_restored = |point: &&Point| point.level == ProofLevel::Restored && point.at_ms <= until_ms;
        let restored = points.iter().find(is_restored).cloned();
        let (manifest, mut unread) = match &newest {
            None => (None, None),
            Some(newest) => match self.profile.archive.manifest(&newest.id).await {
                Ok((_, manifest)) => (Some(manifest), None),
                Err(failure) => (None, Some(failure.message)),
            },
        };
        let mut example_table = None;
        if let (Some(newest), Some(manifest)) =
            (&newest, manifest.as_ref().filter(|one| one.database.is_some()))
        {
            match self.keyed_tables(&newest.id, manifest).await {
                Ok(keyed) => example_table = example(manifest, &keyed),
                Err(failure) => unread = Some(failure.message),
            }
        }
        let (mut on_server, mut here) = (None, None);
        if let Some(newest) = &newest {
            on_server = Some(self.estimate(&project.id, newest.size_bytes, Speed::Running).await?);
            here = Some(self.estimate(&project.id, newest.size_bytes, Speed::Private).await?);
        }
        let drill = catalog.last_measured_drill(&project.id).await?;
        let now = Timestamp::now();
        let schedules = self.schedule_facts(Some(&project.id), now).await?;
        let vault = catalog.vault().await?;
        let replicas = match &vault {
            Some(vault) => catalog.replicas(&vault.id).await?,
            None => Vec::new(),
        };
        let standing = self.standing(&project.id).await?;
        let copies = self.copies(&[standing]).await?.remove(&project.id);
        Ok(RunbookFacts {
            now_ms: now_ms(),
            copies,
            goals: catalog.goals(&project.id).await?,
            vault,
            replicas,
            secrets: self.profile.secrets.place(),
            computer: format!("{}@{}", base::account::this_user(), base::account::this_host()),
            contacts: self.contacts(&project.id).await?,
            steps: self.recovery_steps_of(&project.id).await?,
            schedules: schedules.into_iter().map(|one| scheduled(&one.schedule)).collect(),
            unchecked: drill.as_ref().map(unchecked).unwrap_or_default(),
            drill: drill.and_then(measured_drill),
            restore: self.measured_restore(&project).await?,
            clean: self.clean_checks(&project.id).await?.into_iter().next(),
            days: days(&points),
            receipts: self.receipt_documents(Some(&project.id)).await?,
            example_table,
            newest,
            previous,
            restored,
            manifest,
            unread,
            on_server,
            here,
            project,
        })
    }

    /// The tables of a backup that have a primary key: only of such a restore can tell which rows are missing.
    async fn keyed_tables(
        &self,
        backup_id: &str,
        manifest: &Manifest,
    ) -> Result<HashSet<(String, String)>, Failure> {
        let dump = crate::proof::stored_dump(&self.profile, backup_id, manifest).await?;
        let toc = crate::proof::read_toc(&dump).await?;
        let keys = toc
            .entries
            .into_iter()
            .filter(|entry| entry.kind == "CONSTRAINT" && entry.definition.contains(" PRIMARY KEY "));
        // The tag is the table's name, a space, the key's name; plain names have no space.
        let named = keys.filter_map(|entry| {
            let table = entry.tag.split_once(' ')?.0.to_owned();
            Some((entry.schema.unwrap_or_default(), table))
        });
        Ok(named.collect())
    }

    /// The last restore of a whole database of the project that its checks passed.
    async fn measured_restore(&self, project: &ProjectRecord) -> Result<Option<Measured>, Failure> {
        let whole = [Strategy::Scratch, Strategy::NewDatabase, Strategy::Swap, Strategy::InPlace];
        let found = self.restores(RESTORES_MAX).await?.into_iter().find_map(|one| {
            let report = one.report?;
            let is_of_it = one.plan.project == project.name && whole.contains(&one.plan.strategy);
            let is_done =
                matches!(one.state, RestoreState::Done | RestoreState::Undone | RestoreState::Discarded);
            (is_of_it && is_done).then(|| Measured {
                at_ms: one.at_ms,
                ms: report.restore_ms + report.check_ms,
                bytes: one.plan.size_bytes,
                place: report.target,
                verdict: report.verdict,
            })
        });
        Ok(found)
    }
}

fn example(manifest: &Manifest, keyed: &HashSet<(String, String)>) -> Option<String> {
    let is_plain = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let tables = manifest.tables().iter().filter(|table| {
        is_plain(&table.schema)
            && is_plain(&table.name)
            && keyed.contains(&(table.schema.clone(), table.name.clone()))
    });
    tables.max_by_key(|table| table.rows).map(|table| format!("{}.{}", table.schema, table.name))
}

fn point(record: PointRecord) -> Option<Point> {
    let level = ProofLevel::from_number(record.level).ok()?;
    Some(Point {
        id: record.id,
        at_ms: record.at_ms,
        level,
        proven_at_ms: record.proven_at_ms.unwrap_or(record.at_ms),
        size_bytes: u64::try_from(record.size_bytes).unwrap_or(0),
    })
}

fn measured_drill(drill: DrillRecord) -> Option<Measured> {
    let report: Option<DrillReport> = serde_json::from_str(&drill.report).ok();
    Some(Measured {
        at_ms: drill.at_ms,
        ms: drill.rto_ms?,
        bytes: report.map_or(0, |report| report.bytes),
        place: drill.place,
        verdict: drill.verdict,
    })
}

/// What a drill says that nobody checked.
fn unchecked(drill: &DrillRecord) -> Vec<String> {
    let report: DrillReport = serde_json::from_str(&drill.report).unwrap_or_default();
    let open = report.checks.into_iter().filter(|check| {
        matches!(check.verdict, CheckVerdict::NotChecked | CheckVerdict::Inconclusive | CheckVerdict::Noted)
    });
    open.map(|check| format!("{}: {}", check.title, check.done)).collect()
}

fn scheduled(schedule: &Schedule) -> String {
    let paused = if schedule.paused.is_some() { ", paused" } else { "" };
    format!("{}: {}{paused}", schedule.name, schedule.rule.words())
}

/// Points by the days of this computer's time zone, newest first.
fn days(points: &[Point]) -> Vec<DayPoints> {
    let zone = TimeZone::system();
    let mut days: Vec<DayPoints> = Vec::new();
    for point in points {
        let at = Timestamp::from_millisecond(point.at_ms).unwrap_or_default().to_zoned(zone.clone());
        let day = at.strftime("%Y-%m-%d").to_string();
        if let Some(known) = days.last_mut().filter(|known| known.day == day) {
            known.count += 1;
            if point.level > known.best.level {
                known.best = point.clone();
            }
            continue;
        }
        if days.len() == DAYS {
            break;
        }
        days.push(DayPoints { day, count: 1, best: point.clone() });
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_names_the_newest_of_its_best_points() {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let point =
            |id: &str, at_ms, level| Point { id: id.into(), at_ms, level, proven_at_ms: 0, size_bytes: 0 };
        let noon = 1_795_000_000_000 / DAY * DAY + DAY / 2;
        let all = [
            point("d", noon + 60_000, ProofLevel::Readable),
            point("c", noon, ProofLevel::Restored),
            point("b", noon - 60_000, ProofLevel::Restored),
            point("a", noon - DAY, ProofLevel::Bytes),
        ];
        let days: Vec<_> = days(&all).into_iter().map(|day| (day.count, day.best.id)).collect();
        assert_eq!(days, [(3, "c".to_owned()), (1, "a".to_owned())]);
    }
}
