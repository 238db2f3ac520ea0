//! Gathers the input of the checks: the catalogue in a few queries for all projects, then this computer's
//! state.

use base::Severity;
use std::collections::HashMap;
use std::time::Duration;

use super::check;
use super::facts::{ChannelSeen, JobSeen, ProjectFacts, ScheduleSeen, Space};
use super::finding::{Act, Code, Finding};
use super::places::AllPlaces;
use super::words::sentence;
use crate::channel::Level;
use crate::doctor;
use crate::engine::Engine;
use crate::figures;
use crate::project::ProjectStanding;
use crate::schedule::{ScheduleStanding, Work};
use base::clock::now_ms;
use base::disk;
use base::failure::Failure;
use ledger::catalog::{
    Expiring, JobRecord, JobState, NewestSeen, RemoteExpiry, SIZES, Unproven, VaultRecord,
};
use ledger::job::{JobKind, Progress, is_dead};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Backups that will be removed within this time are announced.
const AHEAD_MS: i64 = 7 * DAY_MS;
/// Growth is taken over this time.
const GROWTH_MS: i64 = 30 * DAY_MS;
/// A trend of fewer days says nothing.
const GROWTH_DAYS_MIN: usize = 4;
/// A keychain that asks a person may take minutes; health does not wait for that.
const KEYCHAIN_WAIT: Duration = Duration::from_secs(5);
/// Of more projects only what people dated is read; each policy costs a few queries of its own.
const POLICIES_MAX: usize = 50;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What the home screen asks for each minute.
    Quick,
    /// With what policies would remove.
    Deep,
}

/// What the catalogue has for the checks, beside how projects stand.
pub(super) struct CatalogSeen {
    newest: Vec<NewestSeen>,
    unproven: Vec<Unproven>,
    dated: Vec<Expiring>,
    there: Vec<RemoteExpiry>,
    schedules: Vec<ScheduleStanding>,
    open: Vec<JobSeen>,
    places: AllPlaces,
}

impl Engine {
    /// What is wrong or will be with these projects.
    pub(super) async fn project_findings(
        &self,
        standings: &[ProjectStanding],
        depth: Depth,
        now: i64,
    ) -> Result<Vec<Finding>, Failure> {
        let only = match standings {
            [one] => Some(one.project.id.as_str()),
            _ => None,
        };
        let seen = self.catalog_seen(only, depth, now).await?;
        self.findings_of(standings, seen, depth, now).await
    }

    /// The same, of what was read already.
    pub(super) async fn findings_of(
        &self,
        standings: &[ProjectStanding],
        seen: CatalogSeen,
        depth: Depth,
        now: i64,
    ) -> Result<Vec<Finding>, Failure> {
        let facts = self.project_facts(standings, seen, depth, now).await?;
        Ok(facts.iter().flat_map(check::project).collect())
    }

    /// Reads what the checks of all projects, or of one, need beside how these stand.
    #[crate::boxed]
    pub(super) async fn catalog_seen(
        &self,
        only: Option<&str>,
        depth: Depth,
        now: i64,
    ) -> Result<CatalogSeen, Failure> {
        let catalog = &self.profile.catalog;
        // A size is never a reason to call somebody, and the home screen asks each minute.
        let sizes = if depth == Depth::Deep { SIZES } else { 0 };
        let (newest, unproven, dated, there, vault, schedules, open) = tokio::try_join!(
            async { Ok::<_, Failure>(catalog.newest_seen(only, sizes).await?) },
            async { Ok(catalog.unproven(only).await?) },
            async { Ok(catalog.expiring(only, now + AHEAD_MS).await?) },
            async { Ok(catalog.remotes_expiring(only, now, now + AHEAD_MS).await?) },
            async { Ok(catalog.vault().await?) },
            self.schedules(only),
            self.jobs_seen(),
        )?;
        let places = self.places_seen(vault.as_ref(), only).await?;
        Ok(CatalogSeen { newest, unproven, dated, there, schedules, open, places })
    }

    async fn project_facts(
        &self,
        standings: &[ProjectStanding],
        known: CatalogSeen,
        depth: Depth,
        now: i64,
    ) -> Result<Vec<ProjectFacts>, Failure> {
        let CatalogSeen { newest, unproven, dated, there, schedules, open, places } = known;
        let catalog = &self.profile.catalog;
        let mut newest: HashMap<String, _> =
            newest.into_iter().map(|one| (one.project_id.clone(), one)).collect();
        let mut unproven = grouped(unproven, |one| one.project_id.clone());
        let mut dated = grouped(dated, |one| one.project_id.clone());
        let mut there = grouped(there, |one| one.project_id.clone());
        let mut schedules = grouped(schedules, |one| one.facts.schedule.project_id.clone());
        let mut jobs = grouped(open, |one| one.record.project_id.clone().unwrap_or_default());
        let mut facts = Vec::with_capacity(standings.len());
        for standing in standings {
            let id = standing.project.id.as_str();
            let newest = newest.remove(id);
            let odd_since = newest.as_ref().and_then(|one| one.odd.as_ref()?.first().map(|odd| odd.since_ms));
            let usual_before = match odd_since {
                Some(since) => catalog.backup_before(id, since).await?,
                None => None,
            };
            let expiring =
                if depth == Depth::Deep && standings.len() <= POLICIES_MAX && !standing.project.is_archived {
                    self.going(id, now).await?
                } else {
                    dated.remove(id).unwrap_or_default()
                };
            facts.push(ProjectFacts {
                now_ms: now,
                newest,
                unproven: unproven.remove(id).unwrap_or_default(),
                expiring,
                going_there: there.remove(id).unwrap_or_default(),
                usual_before,
                schedules: schedules.remove(id).unwrap_or_default().into_iter().map(seen).collect(),
                jobs: jobs.remove(id).unwrap_or_default(),
                places: places.of(&standing.project),
                standing: standing.clone(),
            });
        }
        Ok(facts)
    }

    /// What the project's policy and the dates of its backups let go within the week.
    async fn going(&self, project_id: &str, now: i64) -> Result<Vec<Expiring>, Failure> {
        let plan = self.preview_retention(project_id, None).await?;
        let one = |backup_id: &str, at_ms, until_ms| Expiring {
            project_id: project_id.to_owned(),
            backup_id: backup_id.to_owned(),
            at_ms,
            until_ms,
        };
        let gone = plan.fates.iter().filter(|fate| !fate.is_kept).map(|fate| one(&fate.id, fate.at_ms, now));
        let leaving =
            plan.leaving.iter().map(|leaving| one(&leaving.backup_id, leaving.at_ms, leaving.until_ms));
        Ok(gone.chain(leaving).collect())
    }

    /// Runs that wait or go on, with what each waits for.
    pub(super) async fn jobs_seen(&self) -> Result<Vec<JobSeen>, Failure> {
        let open = self.profile.catalog.open_jobs().await?;
        let mine = self.profile.jobs.process().id();
        let now = now_ms();
        let see = |job: &JobRecord| {
            let live = self.profile.jobs.live_progress(&job.id);
            let waits_for = (job.state == JobState::Queued)
                .then(|| open.iter().find(|other| is_in_the_way(other, job)))
                .flatten()
                .map(|other| {
                    let begun = other.started_at_ms.unwrap_or(other.created_at_ms);
                    (other.title.clone(), now - begun)
                });
            JobSeen {
                progress: live.or_else(|| serde_json::from_str::<Progress>(&job.progress).ok()),
                is_dead: job.process != mine && is_dead(&self.profile.home, &job.process),
                waits_for,
                record: job.clone(),
            }
        };
        Ok(open.iter().map(see).collect())
    }

    /// What the home screen says of the vault: it asks less than `profile_findings`.
    pub(super) async fn vault_findings(&self) -> Result<Vec<Finding>, Failure> {
        let Some((vault, problem)) = self.vault_problem().await? else { return Ok(Vec::new()) };
        let now = now_ms();
        let kit = check::kit(&vault, now);
        if let Some(problem) = problem {
            return Ok(vec![of_problem(&vault, &problem)]);
        }
        let oldest = self.profile.catalog.oldest_backup().await?;
        let reread = check::reread(&vault.name, &self.rolling().await?, oldest, now);
        let replicas = self.replicas().await?;
        Ok([kit, reread].into_iter().chain(replicas.iter().map(|one| check::replica(one, now))).collect())
    }

    /// Whether notifications are delivered. A channel without messages is left out.
    pub(super) async fn channel_findings(&self) -> Result<Vec<Finding>, Failure> {
        let told = self.channels().await?.into_iter().map(|one| one.channel);
        let seen: Vec<_> = told
            .filter(|channel| channel.taste.level != Level::None)
            .map(|channel| ChannelSeen {
                name: channel.name,
                problem: channel.problem.map(|(problem, _)| problem),
                failing_since_ms: channel.failing_since_ms,
            })
            .collect();
        Ok(check::channels(&seen, now_ms()))
    }

    /// What holds for this computer and its vault.
    pub(super) async fn profile_findings(
        &self,
        standings: &[ProjectStanding],
    ) -> Result<(Vec<Finding>, Option<Space>), Failure> {
        let mut findings = self.vault_findings().await?;
        let space = self.space().await?;
        match &space {
            Some(space) => {
                if findings.iter().all(|one| one.code != Code::Vault) {
                    let what =
                        format!("can be used; it takes {}.", base::words::bytes_words(space.stored_bytes));
                    let subject = format!("Vault “{}”", space.vault);
                    findings.push(Finding::profile(Code::Vault, Severity::Ok, subject, what));
                }
                findings.push(check::capacity(space));
            }
            None => findings.push(
                Finding::profile(Code::Vault, Severity::Warning, "This profile", "has no vault yet.")
                    .why("There is nowhere to keep a backup.")
                    .act("Create one: `holdfast vault init --path DIR --kit FILE`.", Act::None),
            ),
        }
        let largest = standings.iter().filter_map(|one| one.newest_bytes).max().unwrap_or(0);
        findings.push(check::scratch_space(disk::free_bytes(&self.profile.home).ok(), largest));
        findings.extend(self.doctor_findings().await?);
        findings.extend(self.channel_findings().await?);
        let loose: Vec<JobSeen> =
            self.jobs_seen().await?.into_iter().filter(|job| job.record.project_id.is_none()).collect();
        findings.extend(check::stuck(&loose, now_ms()));
        Ok((findings, space))
    }

    /// What the doctor says of tools and secrets: its findings, in the words of health.
    async fn doctor_findings(&self) -> Result<Vec<Finding>, Failure> {
        let tools = self.examine_tools().await?;
        let secrets = tokio::time::timeout(KEYCHAIN_WAIT, self.examine_secrets()).await;
        let mut findings: Vec<Finding> =
            tools.into_iter().map(|found| of_doctor(found, Code::Tools, Act::Tools)).collect();
        findings.push(secrets.map_or_else(
            |_| {
                let what = format!("did not answer within {} seconds.", KEYCHAIN_WAIT.as_secs());
                Finding::profile(Code::Keychain, Severity::Unknown, "The keychain", what)
                    .why("It may wait for a person to unlock it.")
                    .act("Unlock it, then look again.", Act::Secrets)
            },
            |found| of_doctor(found, Code::Keychain, Act::Secrets),
        ));
        Ok(findings)
    }

    async fn space(&self) -> Result<Option<Space>, Failure> {
        let Some(status) = self.vault_status().await? else { return Ok(None) };
        let today = now_ms() / DAY_MS;
        let days = self.profile.catalog.added_by_day(now_ms() - GROWTH_MS).await?;
        let largest = days.iter().map(|(_, added)| *added).max().unwrap_or(0);
        Ok(Some(Space {
            vault: status.record.name,
            stored_bytes: status.stored_bytes,
            free_bytes: status.free_bytes,
            day_bytes: day_bytes(&days, today),
            largest_day_bytes: u64::try_from(largest).unwrap_or(0),
        }))
    }
}

/// What a day adds by the trend of the sums: a first backup, which adds everything, does not bend it.
fn day_bytes(days: &[(i64, i64)], today: i64) -> Option<u64> {
    let first = days.first()?.0;
    if usize::try_from(today - first).unwrap_or(0) + 1 < GROWTH_DAYS_MIN {
        return None;
    }
    let added: HashMap<i64, i64> = days.iter().copied().collect();
    let mut sum = 0;
    let points: Vec<(f64, f64)> = (first..=today)
        .map(|day| {
            sum += added.get(&day).copied().unwrap_or(0);
            (
                figures::real(u64::try_from(day - first).unwrap_or(0)),
                figures::real(u64::try_from(sum).unwrap_or(0)),
            )
        })
        .collect();
    Some(figures::whole(figures::slope(&points).max(0.0)))
}

/// Whether `other` keeps `job` from beginning: the rule by which runs take turns.
fn is_in_the_way(other: &JobRecord, job: &JobRecord) -> bool {
    let is_before =
        other.state == JobState::Running || (other.created_at_ms, &other.id) < (job.created_at_ms, &job.id);
    let is_drill = other.kind == JobKind::Drill || job.kind == JobKind::Drill;
    let is_same_project = other.project_id.is_some() && other.project_id == job.project_id;
    other.id != job.id
        && is_before
        && ((other.writes_vault && job.writes_vault) || (!is_drill && is_same_project))
}

fn of_problem(vault: &VaultRecord, problem: &Failure) -> Finding {
    let hint = problem.hint.clone().unwrap_or_else(|| "See the vault in the settings.".into());
    let subject = format!("Vault “{}”", vault.name);
    Finding::profile(Code::Vault, Severity::Critical, subject, "cannot be used.")
        .why(sentence(&problem.message))
        .act(hint, Act::Vault)
}

fn of_doctor(found: doctor::Finding, code: Code, act: Act) -> Finding {
    let finding = Finding::profile(code, found.severity, "This computer:", format!("{}.", found.message));
    match found.hint {
        Some(hint) => finding.act(hint, act),
        None => finding,
    }
}

fn seen(standing: ScheduleStanding) -> ScheduleSeen {
    let ScheduleStanding { facts, outlook, .. } = standing;
    let last = facts.runs.first();
    ScheduleSeen {
        state: outlook.state,
        because: outlook.because,
        attempts: last.map_or(outlook.attempts, |run| run.attempts),
        said: last.and_then(|run| run.said.clone()),
        job_id: last.and_then(|run| run.job_id.clone()),
        paused_ms: facts.schedule.paused.map(|paused| paused.at_ms),
        is_backup: matches!(facts.schedule.work, Work::Backup | Work::Pull),
        is_pull: facts.schedule.work == Work::Pull,
        is_copy: facts.schedule.work == Work::Copy,
        name: facts.schedule.name,
    }
}

fn grouped<T>(all: Vec<T>, key: impl Fn(&T) -> String) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for one in all {
        groups.entry(key(&one)).or_default().push(one);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::day_bytes;

    const GB: i64 = 1_000_000_000;

    #[test]
    fn a_first_backup_that_adds_everything_does_not_bend_the_trend() {
        let mut days: Vec<(i64, i64)> = (100..130).map(|day| (day, GB)).collect();
        days[0].1 = 400 * GB;
        assert_eq!(day_bytes(&days, 129), Some(1_000_000_000));
    }

    #[test]
    fn weekly_backups_add_a_seventh_of_one_each_day() {
        let days: Vec<(i64, i64)> = (0..5).map(|week| (100 + 7 * week, 7 * GB)).collect();
        let day = day_bytes(&days, 129).unwrap();
        assert!((900_000_000..1_100_000_000).contains(&day), "{day}");
    }

    #[test]
    fn three_days_make_no_trend_and_none_makes_none() {
        assert_eq!(day_bytes(&[(100, GB), (102, GB)], 102), None);
        assert_eq!(day_bytes(&[], 102), None);
        assert_eq!(day_bytes(&[(100, GB)], 110), Some(0), "nothing was added since");
    }
}
