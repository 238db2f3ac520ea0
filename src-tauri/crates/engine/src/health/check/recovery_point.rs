//! The age of the newest verified recovery point, against its goal (RPO).

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::{age_words, goal_words, sentence};
use crate::project::ProjectStanding;
use base::Severity;
use ledger::catalog::{ProjectRecord, ProofLevel, ProofRecord, Verdict};
use ledger::component::Component;
use ledger::point::ComponentPoint;

/// From this share of the goal on the next backup is due soon.
const DUE_SOON: (i64, i64) = (4, 5);

pub(super) fn check(facts: &ProjectFacts) -> Finding {
    let standing = &facts.standing;
    let project = &standing.project;
    let age_ms = standing.recovery_point.as_ref().map(|(_, at)| facts.now_ms - at);
    let goal_ms = standing.recovery_goal_ms();
    // Files that were imported get no newer by themselves, and nobody promised that they would.
    let is_held = project.has_source();
    let is_over = is_held && age_ms.is_some_and(|age| age > goal_ms);
    let finding = match (age_ms, &standing.failure) {
        (age, Some(open)) => {
            let what = age.map_or_else(
                || "could not be backed up, and has no recovery point.".to_owned(),
                |age| format!("could not be backed up; its newest recovery point is {} old.", age_words(age)),
            );
            let hint = open.failure.hint.clone().unwrap_or_else(|| "See what the run says.".into());
            of(project, Severity::Critical, what)
                .why(sentence(&open.failure.message))
                .act(hint, Act::Run(open.job_id.clone()))
                .told_otherwise()
        }
        // Where the project is made of more, it matters which part of it has grown old.
        (Some(_), None) if let Some(part) = one_of_many(standing).filter(|_| is_held) => {
            over_part(project, part, facts.now_ms)
        }
        (Some(age), None) if is_over => {
            let (age, goal) = (age_words(age), goal_words(goal_ms));
            of(
                project,
                Severity::Critical,
                format!("has no new recovery point for {age}; its goal is {goal}."),
            )
            .why("Nothing failed; no backup was made.")
            .act("Back it up now, and set a schedule that keeps the goal.", back_up(project))
            .told_otherwise()
        }
        (Some(age), None) if is_held && age >= goal_ms / DUE_SOON.1 * DUE_SOON.0 => {
            let what = format!("is due soon: its recovery point is {} old.", age_words(age));
            let part = standing.oldest_component().unwrap_or(Component::Database);
            let is_awaited = facts.schedules.iter().any(|one| one.is_backup && one.paused_ms.is_none());
            let finding = of(project, Severity::Warning, what)
                .why(format!("It may get {} old.", goal_words(goal_ms)))
                .act("Back it up now, or see that its schedule runs before then.", bring(project, part));
            // It is so before each of its runs.
            if is_awaited { finding.told_otherwise() } else { finding }
        }
        (Some(age), None) => {
            of(project, Severity::Ok, format!("has a verified recovery point, {} old.", age_words(age)))
        }
        // Files and documents are proven, and the database is in none of them.
        (None, None) if standing.best_proof.as_ref().is_some_and(is_readable) => {
            of(project, Severity::Critical, "has backups, and no verified one of its database.")
                .why("Only a verified backup that holds it counts for it.")
                .act("Back it up now, and set a schedule that keeps the goal.", back_up(project))
        }
        (None, None) if standing.backups > 0 => {
            let why = standing.newest_proof.as_ref().map_or_else(
                || "It was not verified on this computer yet.".to_owned(),
                |proof| proof.reason.clone(),
            );
            of(project, Severity::Unknown, "has backups, and none of them is proven.")
                .why(why)
                .act("Make a new backup, which is verified at once.", back_up(project))
        }
        (None, None) => of(project, Severity::Warning, "has no backup yet.")
            .why("The first one takes a few minutes.")
            .act("Make its first backup.", back_up(project)),
    };
    softened(facts, with_figures(finding, age_ms, is_held.then_some(goal_ms)))
}

fn is_readable(proof: &ProofRecord) -> bool {
    proof.verdict == Verdict::Pass && proof.level >= ProofLevel::Readable
}

/// The component over its goal, if the project has several or that one has its own goal.
fn one_of_many(standing: &ProjectStanding) -> Option<&ComponentPoint> {
    let over = standing.component_over_goal()?;
    let is_one_of_many = standing.points.components.len() > 1 || standing.points.has_own_goal(over.component);
    is_one_of_many.then_some(over)
}

/// A component of the project is older than it may get, or no backup holds it.
fn over_part(project: &ProjectRecord, part: &ComponentPoint, now_ms: i64) -> Finding {
    let (words, goal) = (part.component.words(), goal_words(part.goal_ms));
    let what = match part.point.as_ref().map(|point| point.at_ms) {
        Some(at_ms) => {
            format!(
                "has no new copy of its {words} for {}; the goal of that is {goal}.",
                age_words(now_ms - at_ms)
            )
        }
        None => format!("has no verified copy of its {words}; the goal of that is {goal}."),
    };
    of(project, Severity::Critical, what)
        .why("Only a verified backup that holds it counts for it.")
        .act("Back it up now, and set a schedule that keeps the goal.", bring(project, part.component))
}

/// Lowers the severity while a run that will produce a recovery point is active; `job` reports it if that run
/// stalls.
fn softened(facts: &ProjectFacts, mut finding: Finding) -> Finding {
    let is_on_its_way =
        facts.standing.job.as_ref().is_some_and(|job| job.percent.is_some() && job.waits_for.is_none())
            && facts.jobs.iter().all(|job| super::job::diagnosis(job, facts.now_ms).is_none());
    if is_on_its_way && finding.severity > Severity::Warning {
        finding.severity = Severity::Warning;
        finding.why = "A run of it goes on.".into();
    }
    finding
}

fn of(project: &ProjectRecord, severity: Severity, what: impl Into<String>) -> Finding {
    Finding::of(project, Code::RecoveryPoint, severity, what)
}

fn back_up(project: &ProjectRecord) -> Act {
    match (project.is_read_here(), &project.platform) {
        (true, _) => Act::BackUp(project.id.clone()),
        (false, Some(_)) => Act::Pull(project.id.clone()),
        (false, None) => Act::None,
    }
}

/// What brings a new copy of a part: a backup from here, where it reads that, else the platform.
fn bring(project: &ProjectRecord, component: Component) -> Act {
    match &project.platform {
        Some(_) if component != Component::Database && !project.parts.contains(component) => {
            Act::Pull(project.id.clone())
        }
        _ => back_up(project),
    }
}

fn with_figures(finding: Finding, age_ms: Option<i64>, goal_ms: Option<i64>) -> Finding {
    let finding = match age_ms {
        Some(age) => finding.value(Measure::age(age)),
        None => finding,
    };
    match goal_ms {
        Some(goal) => finding.limit(Measure::goal(goal)),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, job, well};
    use crate::project::{OpenFailure, OpenJob};
    use base::failure::Failure;
    use ledger::point::{PointGoals, RecoveryPoints, Seen};
    use remote::platform::{PlatformKind, PlatformSettings};

    fn at_age(age_ms: i64) -> Finding {
        let mut facts = well();
        facts.standing.recovery_point = Some(("b".into(), NOW - age_ms));
        check(&facts)
    }

    #[test]
    fn time_alone_turns_it_from_well_to_due_soon_to_over() {
        let day = 24 * HOUR;
        assert_eq!(at_age(day / 5 * 4 - 1).severity, Severity::Ok);
        assert_eq!(at_age(day / 5 * 4).severity, Severity::Warning);
        assert_eq!(at_age(day).severity, Severity::Warning);
        let over = at_age(day + 1);
        assert_eq!(over.severity, Severity::Critical);
        assert_eq!(over.what, "has no new recovery point for 1 d 0 h; its goal is 24 h.");
        assert_eq!(over.act, Act::BackUp("p".into()));
    }

    #[test]
    fn a_goal_that_somebody_set_counts_instead() {
        let mut facts = well();
        facts.standing.goals.rpo_ms = Some(HOUR);
        let finding = check(&facts);
        assert_eq!((finding.severity, finding.limit.unwrap().words), (Severity::Critical, "1 h".into()));
    }

    #[test]
    fn a_failed_run_leads_to_that_run() {
        let mut facts = well();
        let failure = Failure::new(base::Code::ServerGone, "the server is gone", "Start it.");
        facts.standing.failure = Some(OpenFailure { job_id: "run".into(), at_ms: NOW, failure });
        let finding = check(&facts);
        assert_eq!((finding.severity, finding.act), (Severity::Critical, Act::Run("run".into())));
        assert_eq!(
            (finding.why.as_str(), finding.recommendation.as_str()),
            ("The server is gone.", "Start it.")
        );
    }

    #[test]
    fn backups_without_proof_are_unknown_and_none_at_all_is_a_warning() {
        let mut facts = well();
        facts.standing.recovery_point = None;
        assert_eq!(check(&facts).severity, Severity::Critical, "what is proven holds no database");
        facts.standing.best_proof = None;
        assert_eq!(check(&facts).severity, Severity::Unknown);
        facts.standing.backups = 0;
        assert_eq!(check(&facts).severity, Severity::Warning);
    }

    #[test]
    fn a_run_on_its_way_softens_it_and_one_that_stands_still_does_not() {
        let mut facts = well();
        facts.standing.recovery_point = Some(("b".into(), NOW - 48 * HOUR));
        facts.standing.job = Some(OpenJob {
            id: "j".into(),
            kind: ledger::job::JobKind::Backup,
            percent: Some(4.0),
            waits_for: None,
        });
        assert_eq!(check(&facts).severity, Severity::Warning);
        facts.jobs = vec![job(ledger::catalog::JobState::Running, NOW - HOUR)];
        assert_eq!(check(&facts).severity, Severity::Critical);
    }

    #[test]
    fn the_act_is_the_one_that_brings_what_is_late() {
        let platform = PlatformSettings {
            kind: PlatformKind::Supabase,
            address: "https://api.supabase.com".into(),
            reference: "abcdefghijklmnopqrst".into(),
            account: None,
            more: std::collections::BTreeMap::new(),
        };
        // Both are there, and one of them has a goal that it missed.
        let late = |component| {
            let goals = PointGoals { project_ms: 100_000 * 24 * HOUR, own: vec![(component, HOUR)] };
            let mut seen = Seen::default();
            for one in [Component::Database, Component::Configuration] {
                seen.see([one].into_iter().collect(), "b", 0, true);
            }
            RecoveryPoints::of(seen, ledger::point::Expects::PLATFORM, &goals)
        };
        let mut facts = well();
        facts.standing.recovery_point = Some(("b".into(), NOW - 48 * HOUR));
        facts.standing.project.platform = Some(platform);
        assert_eq!(check(&facts).act, Act::BackUp("p".into()), "its database is reached");

        facts.standing.recovery_point = Some(("b".into(), NOW));
        facts.standing.points = late(Component::Database);
        assert_eq!(check(&facts).act, Act::BackUp("p".into()));
        facts.standing.points = late(Component::Configuration);
        assert_eq!(check(&facts).act, Act::Pull("p".into()), "a backup from here holds no configuration");

        facts.standing.project.connection = None;
        facts.standing.points = late(Component::Database);
        assert_eq!(check(&facts).act, Act::Pull("p".into()), "nothing else brings it");
    }

    #[test]
    fn imported_files_get_no_newer_and_nobody_promised_that() {
        let mut facts = well();
        facts.standing.project.connection = None;
        facts.standing.recovery_point = Some(("b".into(), NOW - 900 * HOUR));
        assert_eq!(check(&facts).severity, Severity::Ok);
    }
}
