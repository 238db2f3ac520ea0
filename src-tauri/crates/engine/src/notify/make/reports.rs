//! Messages by the calendar: backups that expire soon, and the week's drills.

use base::Severity;
use jiff::civil::{Weekday, time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::Look;
use crate::notify::message::{Message, MessageKind};
use crate::notify::notifier::Telling;
use crate::schedule::words::{sentence, when};
use base::command::Command;
use base::failure::Failure;
use base::words::{counted, span_words};
use ledger::catalog::{DrillKind, DrillRecord, Goals, Verdict};

/// So long before its date a backup is told of.
const WARN_AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A report is about so many days.
const REPORT_DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The hour of Monday at which the report is made.
const REPORT_HOUR: i8 = 8;
/// More drills than a week has.
const DRILLS_MAX: u32 = 5000;

impl Telling {
    /// Backups that are kept until a date that comes near.
    pub(super) async fn make_expiring(&self, look: &Look) -> Result<usize, Failure> {
        let to_ms = look.now.checked_add(WARN_AHEAD).unwrap_or(look.now).as_millisecond();
        let mut made = 0;
        for backup in self.engine.profile.catalog.dated(look.now_ms(), to_ms).await? {
            let moment = |ms| when(Timestamp::from_millisecond(ms).unwrap_or(look.now), &look.zone);
            let short = backup.id.get(..8).unwrap_or(&backup.id);
            let message = Message::new(
                MessageKind::Expiring,
                Severity::Warning,
                format!("expiring:{}:{}", backup.id, backup.until_ms),
                look.now_ms(),
                format!("{}: a backup is kept until {} only", backup.project, moment(backup.until_ms)),
            )
            .of_project(&backup.project_id, &backup.project)
            .line(format!(
                "The backup of {} goes with the next removal of old backups after that.",
                moment(backup.at_ms)
            ))
            .line(format!(
                "To keep it: {}",
                Command::BackupHold { backup: short.to_owned(), reason: "why".into() }
            ))
            .figure("Backup", short)
            .figure("Kept until", moment(backup.until_ms));
            made += self.put(look, message, None).await?;
        }
        Ok(made)
    }

    /// What the drills of the last seven days came to; made on Monday, or on the first day after it.
    pub(super) async fn make_drill_report(&self, look: &Look) -> Result<usize, Failure> {
        let Some(end) = last_monday(look) else { return Ok(0) };
        let key = format!("drill_report:{}", look.zone.to_datetime(end).date());
        let end_ms = end.as_millisecond();
        // Nobody was there to be told of that week.
        let is_before_all = look.channels.iter().all(|channel| channel.created_at_ms > end_ms);
        if look.known.contains(&key) || is_before_all {
            return Ok(0);
        }
        let catalog = &self.engine.profile.catalog;
        let projects: Vec<_> = catalog
            .projects()
            .await?
            .into_iter()
            .filter(|project| !project.is_archived && project.created_at_ms <= end_ms)
            .collect();
        if projects.is_empty() {
            return Ok(0);
        }
        let drills = catalog.drills(None, DRILLS_MAX).await?;
        let goals = catalog.all_goals().await?;
        let begin_ms = end_ms - REPORT_DAYS * DAY_MS;
        let (mut lines, mut tally) = (Vec::new(), Tally::default());
        for project in &projects {
            let goals = goals.get(&project.id).copied().unwrap_or_default();
            let of_project =
                drills.iter().filter(|drill| drill.project_id == project.id && drill.at_ms < end_ms);
            lines.push(line(
                &project.name,
                &of_project.collect::<Vec<_>>(),
                begin_ms,
                goals,
                look,
                &mut tally,
            ));
        }
        let severity = if tally.is_fine() { Severity::Info } else { Severity::Warning };
        let mut message =
            Message::new(MessageKind::DrillReport, severity, key, look.now_ms(), tally.subject())
                .figure("Passed", tally.passed.to_string())
                .figure("Failed", tally.failed.to_string())
                .figure("Inconclusive", tally.inconclusive.to_string())
                .figure("Projects without a drill", tally.without.to_string());
        message.lines = lines;
        self.put(look, message, None).await
    }
}

/// Drills of a week, counted.
#[derive(Debug, Default)]
struct Tally {
    passed: u64,
    failed: u64,
    inconclusive: u64,
    late: u64,
    without: u64,
}

impl Tally {
    fn is_fine(&self) -> bool {
        self.failed + self.inconclusive + self.late + self.without == 0
    }

    fn subject(&self) -> String {
        let bad = self.failed + self.inconclusive;
        let mut said = format!("Drills of the week: {} passed", self.passed);
        if bad > 0 {
            said = format!("{said}, {bad} did not");
        }
        if self.without > 0 {
            said = format!("{said}, {} without one", counted(self.without, "project"));
        }
        said
    }
}

/// What a project's drills came to; newest first.
fn line(
    name: &str,
    drills: &[&DrillRecord],
    begin_ms: i64,
    goals: Goals,
    look: &Look,
    tally: &mut Tally,
) -> String {
    let of_week: Vec<_> = drills.iter().copied().filter(|drill| drill.at_ms >= begin_ms).collect();
    if of_week.is_empty() {
        tally.without += 1;
        return match drills.first() {
            None => format!("{name}: never brought back by a drill."),
            Some(last) => {
                let at = Timestamp::from_millisecond(last.at_ms).unwrap_or(look.now);
                format!("{name}: no drill this week; the last was on {}.", when(at, &look.zone))
            }
        };
    }
    let mut said = Vec::new();
    for drill in of_week {
        match drill.verdict {
            Verdict::Pass => tally.passed += 1,
            Verdict::Fail => tally.failed += 1,
            Verdict::Inconclusive => tally.inconclusive += 1,
        }
        said.push(one(drill, goals, tally));
    }
    format!("{name}: {}.", said.join("; "))
}

fn one(drill: &DrillRecord, goals: Goals, tally: &mut Tally) -> String {
    let kind = match drill.kind {
        DrillKind::Full => "",
        DrillKind::Data => " (data only)",
        DrillKind::Sample => " (a sample)",
    };
    match drill.verdict {
        Verdict::Pass => {
            let Some(rto_ms) = drill.rto_ms.filter(|_| drill.kind == DrillKind::Full) else {
                return format!("passed{kind}");
            };
            let took = span_words(rto_ms);
            match goals.rto_ms {
                Some(goal) if rto_ms > goal => {
                    tally.late += 1;
                    format!("passed, back in {took}, over the goal of {}", span_words(goal))
                }
                Some(goal) => format!("passed, back in {took} of {}", span_words(goal)),
                None => format!("passed, back in {took}"),
            }
        }
        Verdict::Fail => format!("failed{kind}: {}", sentence(&drill.reason).trim_end_matches('.')),
        Verdict::Inconclusive => {
            format!("inconclusive{kind}: {}", sentence(&drill.reason).trim_end_matches('.'))
        }
    }
}

/// The last Monday morning.
fn last_monday(look: &Look) -> Option<Timestamp> {
    let today = look.zone.to_datetime(look.now).date();
    let days = (0..=REPORT_DAYS).filter_map(|back| today.checked_sub(back.days()).ok());
    let mondays = days.filter(|day| day.weekday() == Weekday::Monday);
    let moments =
        mondays.filter_map(|day| look.zone.to_timestamp(day.to_datetime(time(REPORT_HOUR, 0, 0, 0))).ok());
    moments.into_iter().find(|at| *at <= look.now)
}
