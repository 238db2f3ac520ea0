//! Gathers a report's input: for each project the period's records in catalogue, ledger and audit chain.

use std::collections::HashSet;

use jiff::Timestamp;

use super::reach::{Kept, Reach};
use crate::engine::Engine;
use crate::restore::Restore;
use crate::runbook::CleanCheck;
use crate::schedule::first_after;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, AuditFilter, AuditReport, Entry};
use ledger::catalog::{
    DrillKind, DrillRecord, Goals, HeldRecord, JobState, LedgerRecord, PointRecord, ProjectRecord,
    ProofLevel, ReplicaRecord, RunRecord, Verdict,
};
use ledger::point::RECOVERY_GOAL_MS;

/// Backups that are looked through of a project.
const POINTS_MAX: u32 = 100_000;
const DRILLS_MAX: u32 = 10_000;
const RESTORES_MAX: u32 = 10_000;
const PAGE: u32 = 500;
/// More entries of a period are not looked through, and the report says so.
const ENTRIES_MAX: usize = 100_000;
/// An expression that is due each minute has more times in a quarter than anybody counts.
const SLOTS_MAX: usize = 20_000;
const MINUTE_MS: i64 = 60_000;

/// Of what a report is.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    /// The period.
    pub(super) from_ms: i64,
    pub(super) until_ms: i64,
    /// When it was made, and who made it.
    pub(super) made_at_ms: i64,
    pub(super) made_by: String,
    /// Whether it is of all projects.
    pub(super) is_of_all: bool,
    pub(super) projects: Vec<OfProject>,
    /// Entries of the chain in the period, oldest first.
    pub(super) entries: Vec<Entry>,
    pub(super) are_entries_cut: bool,
    pub(super) chain: AuditReport,
    /// The replicas of the vault, as they stand now.
    pub(super) replicas: Vec<ReplicaRecord>,
}

/// What is said of one project.
#[derive(Debug, Clone)]
pub(super) struct OfProject {
    pub(super) project: ProjectRecord,
    pub(super) goals: Goals,
    /// From when which age of the recovery point was the goal; whether somebody had set it.
    pub(super) rpo: Vec<(i64, i64)>,
    pub(super) is_rpo_assumed: bool,
    /// From when the project is looked at: nobody has a backup of what was just added.
    pub(super) since_ms: i64,
    pub(super) reach: Reach,
    /// Backups that were removed since, and are counted by their runs.
    pub(super) removed_counted: u64,
    pub(super) backups_with_warnings: u64,
    pub(super) runs: Vec<RunRecord>,
    pub(super) missed: u64,
    pub(super) drills: Vec<DrillRecord>,
    pub(super) ledger: Vec<LedgerRecord>,
    pub(super) restores: Vec<Restore>,
    pub(super) clean: Vec<CleanCheck>,
    pub(super) held: Vec<HeldRecord>,
}

impl Engine {
    /// Gathers what a report over a period says.
    pub(super) async fn gather_report(
        &self,
        (from_ms, until_ms): (i64, i64),
        projects: &[String],
    ) -> Result<Gathered, Failure> {
        self.end_dead_drills().await?;
        let mut wanted = Vec::new();
        for project in projects {
            wanted.push(self.profile.project(project).await?);
        }
        if projects.is_empty() {
            wanted = self.profile.catalog.projects().await?;
        }
        let (entries, are_entries_cut) = self.entries_between(from_ms, until_ms).await?;
        let restores = self.restores(RESTORES_MAX).await?;
        let now = now_ms();
        let mut all = Vec::with_capacity(wanted.len());
        for project in wanted {
            let restores = restores.iter().filter(|one| is_of(one, &project)).cloned().collect();
            all.push(self.of_project(project, (from_ms, until_ms.min(now)), restores).await?);
        }
        all.sort_by(|one, other| one.project.name.cmp(&other.project.name));
        let replicas = match self.profile.catalog.vault().await? {
            Some(vault) => self.profile.catalog.replicas(&vault.id).await?,
            None => Vec::new(),
        };
        Ok(Gathered {
            replicas,
            from_ms,
            until_ms,
            made_at_ms: now,
            made_by: format!("{}@{}", base::account::this_user(), base::account::this_host()),
            is_of_all: projects.is_empty(),
            projects: all,
            entries,
            are_entries_cut,
            chain: self.verify_audit(true).await?,
        })
    }

    async fn of_project(
        &self,
        project: ProjectRecord,
        (from_ms, until_ms): (i64, i64),
        restores: Vec<Restore>,
    ) -> Result<OfProject, Failure> {
        let catalog = &self.profile.catalog;
        let id = project.id.as_str();
        let goals = catalog.goals(id).await?;
        let history = self.goal_history(&project, until_ms).await?;
        let is_rpo_assumed = history.is_empty() && goals.rpo_ms.is_none();
        let rpo = if history.is_empty() {
            vec![(i64::MIN, goals.rpo_ms.unwrap_or(RECOVERY_GOAL_MS))]
        } else {
            history
        };
        let main = self.main_component(&project).await?;
        let points = catalog.points(id, main, POINTS_MAX).await?;
        let all_runs = catalog.runs_until(id, until_ms).await?;
        let (kept, removed_counted) = kept(&points, &all_runs);
        let since_ms = looked_at_from(&project, &kept, &rpo).clamp(from_ms, until_ms.max(from_ms));
        let reach = Reach::over(&kept, &rpo, since_ms, until_ms);
        let is_within = |at: i64| (from_ms..until_ms).contains(&at);
        let records = catalog.backups(Some(id), 0, POINTS_MAX).await?;
        let backups_with_warnings =
            records.iter().filter(|one| is_within(one.at_ms) && one.warning_count > 0).count() as u64;
        let mut drills = catalog.drills(Some(id), DRILLS_MAX).await?;
        drills.retain(|drill| is_within(drill.at_ms));
        drills.reverse();
        let mut clean = self.clean_checks(id).await?;
        clean.retain(|one| is_within(one.at_ms));
        let mut restores: Vec<Restore> = restores.into_iter().filter(|one| is_within(one.at_ms)).collect();
        restores.reverse();
        Ok(OfProject {
            missed: self.missed(id, &all_runs, (since_ms, until_ms)).await?,
            ledger: catalog.ledger_between(id, from_ms, until_ms).await?,
            held: catalog.held(id).await?,
            runs: all_runs.into_iter().filter(|run| is_within(run.created_at_ms)).collect(),
            goals,
            rpo,
            is_rpo_assumed,
            since_ms,
            reach,
            removed_counted,
            backups_with_warnings,
            drills,
            restores,
            clean,
            project,
        })
    }

    /// Entries of the chain within a period, oldest first; whether there are more than are looked through.
    async fn entries_between(&self, from_ms: i64, until_ms: i64) -> Result<(Vec<Entry>, bool), Failure> {
        let filter =
            AuditFilter { since_ms: Some(from_ms), until_ms: Some(until_ms), ..AuditFilter::default() };
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let before = entries.last().map(|entry| entry.seq);
            let page = self.audit_entries(&filter, before, PAGE).await?.entries;
            let is_last = page.len() < PAGE as usize;
            entries.extend(page);
            if is_last || entries.len() >= ENTRIES_MAX {
                entries.reverse();
                return Ok((entries, !is_last));
            }
        }
    }

    /// From when which age of the recovery point was the goal, as the chain has it.
    async fn goal_history(&self, project: &ProjectRecord, until_ms: i64) -> Result<Vec<(i64, i64)>, Failure> {
        let filter = AuditFilter {
            act: Some(Act::GoalSet.code().into()),
            subject: Some(project.id.clone()),
            until_ms: Some(until_ms),
            ..AuditFilter::default()
        };
        let mut all: Vec<Entry> = Vec::new();
        loop {
            let page = self.audit_entries(&filter, all.last().map(|entry| entry.seq), PAGE).await?.entries;
            let is_last = page.len() < PAGE as usize;
            all.extend(page);
            if is_last {
                break;
            }
        }
        let mut history: Vec<(i64, i64)> =
            all.iter().rev().map(|entry| (entry.at_ms, goal_in(entry).unwrap_or(RECOVERY_GOAL_MS))).collect();
        if !history.is_empty() {
            // Before somebody said otherwise, it was what is assumed.
            history.insert(0, (i64::MIN, RECOVERY_GOAL_MS));
        }
        Ok(history)
    }

    /// How many times of the schedules as they are now passed without a run that was begun until the next one.
    async fn missed(
        &self,
        project_id: &str,
        runs: &[RunRecord],
        (from_ms, until_ms): (i64, i64),
    ) -> Result<u64, Failure> {
        let zone = jiff::tz::TimeZone::system();
        let now = Timestamp::now();
        let mut missed = 0;
        for facts in self.schedule_facts(Some(project_id), now).await? {
            let schedule = facts.schedule;
            if !schedule.work.brings_recovery_point() || schedule.paused.is_some() {
                continue;
            }
            let zone = schedule.zone.on(&zone);
            let after = Timestamp::from_millisecond(from_ms.max(schedule.set_at_ms)).unwrap_or(now);
            let slots: Vec<i64> = std::iter::successors(first_after(&schedule.rule, &zone, after), |slot| {
                first_after(&schedule.rule, &zone, *slot)
            })
            .map(Timestamp::as_millisecond)
            .take_while(|slot| *slot < until_ms)
            .take(SLOTS_MAX)
            .collect();
            let begun = |from: i64, until: i64| {
                runs.iter().any(|run| run.kind.reads_original() && (from..until).contains(&run.created_at_ms))
            };
            // The last slot may still be done.
            missed += slots.windows(2).filter(|pair| !begun(pair[0], pair[1])).count() as u64;
        }
        Ok(missed)
    }
}

impl OfProject {
    /// Full drills that were measured.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&DrillRecord, i64)> {
        self.drills
            .iter()
            .filter(|drill| drill.kind == DrillKind::Full)
            .filter_map(|drill| Some((drill, drill.rto_ms?)))
    }

    /// Runs that fetch or make a backup and ended so.
    pub(super) fn backups(&self, state: JobState) -> usize {
        let makes = |run: &&RunRecord| run.kind.brings_backup();
        self.runs.iter().filter(makes).filter(|run| run.state == state).count()
    }
}

/// A project that was just added has no backup yet: it is looked at from its first, or from when its first had to be
/// there.
fn looked_at_from(project: &ProjectRecord, kept: &[Kept], rpo: &[(i64, i64)]) -> i64 {
    let goal = rpo.iter().rev().find(|(when, _)| *when <= project.created_at_ms).or(rpo.first());
    let due = project.created_at_ms.saturating_add(goal.map_or(RECOVERY_GOAL_MS, |(_, goal)| *goal));
    kept.iter().map(|one| one.from_ms).min().map_or(due, |first| first.min(due))
}

fn is_of(restore: &Restore, project: &ProjectRecord) -> bool {
    restore.project_id.as_deref() == Some(&project.id) || restore.plan.project == project.name
}

/// The age that an entry of the chain names as the goal.
fn goal_in(entry: &Entry) -> Option<i64> {
    let details: serde_json::Value = serde_json::from_str(&entry.details).ok()?;
    let minutes: i64 = details.get("lose_at_most")?.as_str()?.strip_suffix(" min")?.parse().ok()?;
    Some(minutes * MINUTE_MS)
}

/// The points of a project, and how many of them are gone by now and are known by their runs alone.
fn kept(points: &[PointRecord], runs: &[RunRecord]) -> (Vec<Kept>, u64) {
    let known: HashSet<&str> = points.iter().map(|point| point.id.as_str()).collect();
    let mut kept: Vec<Kept> = points
        .iter()
        .filter_map(|point| {
            let is_lost = point.level < ProofLevel::Readable.number();
            Some(Kept {
                at_ms: point.at_ms,
                from_ms: point.verified_at_ms?,
                until_ms: point.failed_at_ms.filter(|_| is_lost),
            })
        })
        .collect();
    let before = kept.len();
    kept.extend(runs.iter().filter_map(|run| {
        let is_made = run.kind.brings_backup() && run.state == JobState::Succeeded;
        let is_gone = run.backup_id.as_deref().is_some_and(|id| !known.contains(id));
        let is_good = run.verdict.is_none_or(|verdict| verdict == Verdict::Pass);
        // Its moment is not before its beginning, so that the age is not shown better than it was.
        (is_made && is_gone && is_good).then_some(Kept {
            at_ms: run.started_at_ms?,
            from_ms: run.finished_at_ms?,
            until_ms: None,
        })
    }));
    let removed = (kept.len() - before) as u64;
    (kept, removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: &str, state: JobState, backup: Option<&str>) -> RunRecord {
        RunRecord {
            id: id.into(),
            kind: ledger::job::JobKind::Backup,
            state,
            trigger: ledger::job::Trigger::Schedule,
            created_at_ms: 90,
            started_at_ms: Some(100),
            finished_at_ms: Some(150),
            outcome: None,
            failure: None,
            backup_id: backup.map(str::to_owned),
            verdict: Some(Verdict::Pass),
        }
    }

    #[test]
    fn backups_that_were_removed_count_by_their_runs_and_failed_ones_do_not_count() {
        let point = PointRecord {
            id: "a".into(),
            at_ms: 10,
            size_bytes: 0,
            level: 0,
            proven_at_ms: None,
            verified_at_ms: Some(20),
            failed_at_ms: Some(70),
        };
        let runs = [
            run("1", JobState::Succeeded, Some("a")),
            run("2", JobState::Succeeded, Some("gone")),
            run("3", JobState::Failed, Some("never")),
        ];
        let (kept, removed) = kept(&[point], &runs);
        let expected = [
            Kept { at_ms: 10, from_ms: 20, until_ms: Some(70) },
            Kept { at_ms: 100, from_ms: 150, until_ms: None },
        ];
        assert_eq!((kept.as_slice(), removed), (expected.as_slice(), 1));
    }
}
