//! A proposal line by line: the setting, the reason, and what already exists or would be removed.

use super::propose::{Proposal, Schedule};
use crate::retention::{Policy, Preset};
use crate::schedule::{Rule, ScheduleStanding, TimeOfDay, Work};
use base::command::{BATTERY_PERCENT_MIN, Command, ScheduleSet};
use base::failure::Failure;
use base::words::span_words;
use ledger::catalog::{Goals, ProjectRecord};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Between so much of the day and the night's backup nobody waits for a drill.
const DRILL_AT: &str = "04:00";

/// After the night's backup, and before its drill.
const PULL_AT: &str = "03:00";
/// After the night's backup and its drill.
const COPY_AT: &str = "05:00";
/// The original and the vault.
const COPIES: u32 = 2;

/// What a line sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A schedule.
    Schedule {
        /// What is done.
        work: Work,
        /// When.
        rule: Rule,
    },
    /// A retention.
    Retention(Policy),
}

/// One line of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Stable word: `backups`, `pulls`, `retention`, `drills`, `replicas`.
    pub id: &'static str,
    /// What it sets.
    pub part: Part,
    /// In words: `Back up daily at 02:00`.
    pub title: String,
    /// Why that.
    pub because: String,
    /// The equivalent command line.
    pub command: String,
    /// What does that already, as a sentence.
    pub in_place: Option<String>,
    /// What it would take the place of, as a sentence.
    pub replaces: Option<String>,
}

/// What is known of a project when its lines are made.
pub(super) struct Known<'a> {
    pub(super) project: &'a ProjectRecord,
    pub(super) goals: &'a Goals,
    pub(super) policy: Option<&'a Policy>,
    pub(super) schedules: &'a [ScheduleStanding],
    pub(super) backup_ms: Option<i64>,
    pub(super) rpo_ms: i64,
    pub(super) replicas: usize,
    /// A schedule of another project that copies the vault, as a sentence: a copy is of all of it.
    pub(super) copied_by: Option<String>,
}

/// The lines of a proposal: nothing for a project that is not protected any more, and no backups where only files
/// are imported.
pub(super) fn lines(known: &Known<'_>, proposal: &Proposal) -> Result<Vec<Line>, Failure> {
    if known.project.is_archived {
        return Ok(Vec::new());
    }
    let (is_read_here, has_platform) = (known.project.is_read_here(), known.project.platform.is_some());
    let backups = match (is_read_here, has_platform) {
        (true, _) => Some(backups(known, proposal.schedule, Work::Backup)?),
        (false, true) => Some(backups(known, proposal.schedule, Work::Pull)?),
        (false, false) => None,
    };
    let pulls = if is_read_here && has_platform { Some(pulls(known)?) } else { None };
    let rest = [retention(known, proposal.retention), drills(known, proposal.drill_every_ms)?];
    Ok(backups.into_iter().chain(pulls).chain(rest).chain(replicas(known)?).collect())
}

/// Pulls beside the backups of a database that is reached: what only its platform gives.
fn pulls(known: &Known<'_>) -> Result<Line, Failure> {
    let rule = Rule::Daily { at: TimeOfDay::parse(PULL_AT)? };
    let title = format!("Pull daily at {PULL_AT}");
    let because = "The database is backed up from here; its configuration, and whatever else its platform keeps of it, comes by a pull.";
    Ok(of_schedule(known, "pulls", Work::Pull, rule, DAY_MS, title, because.to_owned()))
}

/// Copies to the replicas: where there is one, or more copies are asked for than the original and the vault are.
fn replicas(known: &Known<'_>) -> Result<Option<Line>, Failure> {
    let wanted = known.goals.copies.filter(|copies| *copies > COPIES);
    let because = match (wanted, known.replicas) {
        (None, 0) => return Ok(None),
        (Some(wanted), 0) => format!(
            "{wanted} copies are asked for, and the vault has no replica: add a folder on another disk first, `holdfast store add PATH`."
        ),
        (Some(wanted), _) => format!("{wanted} copies are asked for: the original, the vault, its replicas."),
        (None, _) => "The vault has a replica; it is as old as the last copy.".to_owned(),
    };
    let rule = Rule::Daily { at: TimeOfDay::parse(COPY_AT)? };
    let title = format!("Copy to the replicas daily at {COPY_AT}");
    let line = of_schedule(known, "replicas", Work::Copy, rule, DAY_MS, title, because);
    let in_place = line.in_place.clone().or_else(|| known.copied_by.clone());
    Ok(Some(Line { in_place, ..line }))
}

fn backups(known: &Known<'_>, schedule: Schedule, work: Work) -> Result<Line, Failure> {
    let rule = schedule.rule()?;
    let act = if work == Work::Pull { "Pull" } else { "Back up" };
    let took = known.backup_ms.map_or_else(String::new, |ms| {
        format!(" A run took {} the last time, and counts once it is verified.", span_words(ms))
    });
    let because = if schedule.every_ms.saturating_add(known.backup_ms.unwrap_or(0)) < known.rpo_ms {
        format!("At most {} may be lost.{took}", goal_words(known.rpo_ms))
    } else {
        format!(
            "At most {} may be lost, and this is as often as whole copies can come.{took}",
            goal_words(known.rpo_ms)
        )
    };
    let title = format!("{act} {}", schedule.words);
    Ok(of_schedule(known, "backups", work, rule, schedule.every_ms, title, because))
}

fn drills(known: &Known<'_>, every_ms: i64) -> Result<Line, Failure> {
    let (rule, often) = if every_ms <= DAY_MS {
        (Rule::Daily { at: TimeOfDay::parse(DRILL_AT)? }, "each day")
    } else if every_ms < 30 * DAY_MS {
        (Rule::weekly("saturday", DRILL_AT)?, "each Saturday")
    } else if every_ms < 90 * DAY_MS {
        (Rule::monthly("1", DRILL_AT)?, "on the 1st of each month")
    } else {
        (Rule::cron("0 4 1 */3 *")?, "on the 1st of every third month")
    };
    let because = match (known.goals.drill_every_ms, known.goals.rto_ms) {
        (Some(ms), _) => format!("You asked for one every {}.", goal_words(ms)),
        (None, Some(rto)) => {
            format!("It has to be back within {}; only a drill shows whether it would be.", goal_words(rto))
        }
        (None, None) => "Only a drill shows that it comes back, and how long that takes.".into(),
    };
    let title = format!("Drill {often} at {DRILL_AT}");
    Ok(of_schedule(known, "drills", Work::Drill, rule, every_ms, title, because))
}

fn of_schedule(
    known: &Known<'_>,
    id: &'static str,
    work: Work,
    rule: Rule,
    every_ms: i64,
    title: String,
    because: String,
) -> Line {
    let same = || known.schedules.iter().filter(move |one| one.facts.schedule.work == work);
    let in_place = same().find(|one| gap_ms(one).is_some_and(|gap| gap <= about(every_ms))).map(|one| {
        let schedule = &one.facts.schedule;
        format!("“{}” does it already: {}.", schedule.name, schedule.rule.words())
    });
    let name = work.as_str().replace('_', "-");
    let taken =
        known.schedules.iter().map(|one| &one.facts.schedule).find(|one| one.name.to_lowercase() == name);
    let replaces = taken.filter(|_| in_place.is_none()).map(|one| {
        let paused = if one.paused.is_some() { ", paused" } else { "" };
        format!("It takes the place of your schedule “{}”: {}{paused}.", one.name, one.rule.words())
    });
    // What takes the place of a schedule brings its backups back where that one did.
    let place = taken.filter(|one| one.work == work);
    let (on, image) = place.map(|one| (one.lender.clone(), one.place.image.clone())).unwrap_or_default();
    Line {
        command: Command::ScheduleSet(ScheduleSet {
            project: known.project.name.clone(),
            name: None,
            work: Some(name),
            creates: None,
            on,
            pulls_image: image.as_ref().is_some_and(|image| image.pull),
            image: image.map(|image| image.name),
            when: rule.as_typed(),
            is_utc: false,
            jitter_s: 0,
            keep_ms: None,
            battery_percent_min: Some(BATTERY_PERCENT_MIN),
            unmetered_only: true,
            quiet: None,
            maintenance: None,
        })
        .into(),
        part: Part::Schedule { work, rule },
        id,
        title,
        because,
        in_place,
        replaces,
    }
}

fn retention(known: &Known<'_>, preset: Preset) -> Line {
    let because = match preset {
        Preset::Omniops => {
            "So little may be lost that each hour of the last day is worth keeping; months and years answer questions that are asked late."
        }
        Preset::Wedsync => "Hours of the last day, days of the week, and a month of each for a year.",
        Preset::Keep7 => "Only the newest ones matter.",
        Preset::ThirtyDays => "What can be made again is rarely wanted back after a month.",
    };
    // What is the project's own beside the figures stays: a floor is never lowered by a proposal.
    let usual = preset.policy();
    let policy = match known.policy {
        Some(own) => Policy { floor: own.floor, zone: own.zone.clone(), ..usual },
        None => usual,
    };
    let words = policy.words();
    let in_place = known.policy.is_some_and(|own| *own == policy);
    let replaces = known.policy.filter(|_| !in_place);
    Line {
        id: "retention",
        title: words.split(';').next().unwrap_or(&words).to_owned(),
        because: because.to_owned(),
        command: policy.command(&known.project.name),
        part: Part::Retention(policy),
        in_place: in_place.then(|| "That is its policy already.".to_owned()),
        replaces: replaces.map(|own| format!("It takes the place of your policy: {}", own.words())),
    }
}

/// The longest time between two of its next runs; none of one that does not run.
fn gap_ms(standing: &ScheduleStanding) -> Option<i64> {
    let gaps = standing.upcoming.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis());
    gaps.max().and_then(|gap| i64::try_from(gap).ok())
}

/// Months are not of one length, and clocks are put forward: what comes as often as that is as often.
fn about(every_ms: i64) -> i64 {
    every_ms.saturating_add(every_ms / 20).saturating_add(HOUR_MS)
}

/// A goal for people: `15 min`, `4 h`, `7 days`.
fn goal_words(ms: i64) -> String {
    match ms {
        ms if ms % DAY_MS == 0 && ms > DAY_MS => format!("{} days", ms / DAY_MS),
        ms if ms % HOUR_MS == 0 => format!("{} h", ms / HOUR_MS),
        ms => format!("{} min", ms / 60_000),
    }
}
