//! The home screen's one sentence, and what needs a person.

use base::Severity;
use engine::Engine;
use engine::health::Finding;
use engine::health::words::age_words;
use engine::retention::Expiring;

use super::Answer;
use super::project::rows;
use super::schedule::paused;
use crate::command::Nothing;
use crate::home::{HomeView, Need, NeedTarget};
use crate::number::Millis;
use crate::project::{ProjectRow, ProjectState};

/// More than three are not read.
const NEEDS_MAX: usize = 3;
/// Small numbers are written out at the start of a sentence.
const NUMBERS: [&str; 10] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/// The home screen. What needs a person is what health says is critical or unknown: there is no second truth.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn home(engine: &Engine, _: Nothing) -> Answer<HomeView> {
    let ((standings, needs), next) = tokio::try_join!(engine.needs(), engine.next_runs(None))?;
    let mut needs: Vec<Need> = needs.into_iter().map(need).collect();
    let running = u32::try_from(standings.iter().filter(|one| one.job.is_some()).count()).unwrap_or(0);
    let projects = rows(engine, standings, next).await?;
    let (sentence, support) = sentences(&projects, &needs);
    // What goes by a date is worth knowing; it makes nothing less restorable.
    needs.extend(expiring(&engine.expiring_backups().await?));
    needs.truncate(NEEDS_MAX);
    let paused = paused(engine).await?;
    Ok(HomeView { sentence, support, needs, projects, running, paused })
}

fn need(finding: Finding) -> Need {
    let state = match finding.severity {
        Severity::Critical => ProjectState::Danger,
        Severity::Unknown => ProjectState::Inconclusive,
        Severity::Warning | Severity::Info | Severity::Ok => ProjectState::Warn,
    };
    Need {
        state,
        project_id: finding.project_id().map(str::to_owned),
        why: if finding.why.is_empty() { finding.recommendation } else { finding.why },
        act: finding.act.label().to_owned(),
        target: finding.act.into(),
        subject: finding.subject,
        what: finding.what,
    }
}

/// One line for all backups that go within a week by a date that somebody set.
fn expiring(all: &[Expiring]) -> Option<Need> {
    let first = all.first()?;
    // Rounded: what was set for the eighth day is seven days away all of the first.
    let hours = (first.until_ms - now().0).max(0) / 3_600_000;
    let days = (hours + 12) / 24;
    let when = match days {
        _ if hours < 24 => "within a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {days} days"),
    };
    let is_one_project = all.iter().all(|one| one.project_id == first.project_id);
    let (subject, what) = match (all.len(), is_one_project) {
        (1, _) => (first.project.clone(), format!("has a backup that expires {when}.")),
        (count, true) => {
            (first.project.clone(), format!("has {count} backups that expire, the first one {when}."))
        }
        (count, false) => {
            (format!("{count} backups"), format!("expire, the first one, of {}, {when}.", first.project))
        }
    };
    let why = "Somebody said until when they are kept; after that date the policy removes them.".to_owned();
    Some(Need {
        state: ProjectState::Warn,
        project_id: is_one_project.then(|| first.project_id.clone()),
        subject,
        what,
        why,
        act: "See what goes".into(),
        target: NeedTarget::Retention(first.project_id.clone()),
    })
}

fn sentences(projects: &[ProjectRow], needs: &[Need]) -> (String, String) {
    let protected: Vec<&ProjectRow> = projects.iter().filter(|one| !one.is_archived).collect();
    if protected.is_empty() {
        return ("Nothing is protected yet.".into(), "Connect a project, and make its first backup.".into());
    }
    let well: Vec<&&ProjectRow> = protected.iter().filter(|one| one.recovery_point.is_some()).collect();
    if needs.is_empty() {
        // Whose first backup goes on needs nobody, and is not restorable yet.
        let sentence = match (protected.len(), well.len()) {
            (1, 1) => format!("{} is restorable.", protected[0].name),
            (1, _) => format!("{} is not restorable yet.", protected[0].name),
            (count, well) if count == well => format!("All {count} projects are restorable."),
            (count, well) => format!("{well} of {count} projects are restorable."),
        };
        let age = oldest(well.iter().map(|one| **one));
        let support = age.map_or_else(String::new, |age| format!("The oldest recovery point is {age}."));
        return (sentence, support);
    }
    needed(&protected, &well, needs)
}

/// What needs a person, and what is restorable beside it.
fn needed(protected: &[&ProjectRow], well: &[&&ProjectRow], needs: &[Need]) -> (String, String) {
    let mut in_need: Vec<&str> = needs.iter().filter_map(|need| need.project_id.as_deref()).collect();
    in_need.sort_unstable();
    in_need.dedup();
    // What concerns the vault concerns every project.
    let is_of_projects = needs.iter().all(|need| need.project_id.is_some());
    let sentence =
        if is_of_projects { needing(in_need.len(), "project") } else { needing(needs.len(), "thing") };
    let others: Vec<&&&ProjectRow> =
        well.iter().filter(|one| !is_of_projects || !in_need.contains(&one.id.as_str())).collect();
    let age = oldest(others.iter().map(|one| ***one));
    let are_all_others = is_of_projects && others.len() + in_need.len() == protected.len();
    let support = match (others.len(), age) {
        (0, _) | (_, None) if well.is_empty() => "Nothing can be restored with proof yet.".to_owned(),
        (0, _) | (_, None) => String::new(),
        (1, Some(age)) if are_all_others => {
            format!("The other one is restorable; its recovery point is {age}.")
        }
        (1, Some(age)) => format!("One project is restorable; its recovery point is {age}."),
        (count, Some(age)) if are_all_others => {
            let count = NUMBERS.get(count).map_or_else(|| count.to_string(), |number| number.to_lowercase());
            format!("The other {count} are restorable. Their oldest recovery point is {age}.")
        }
        (count, Some(age)) => {
            format!("{count} projects are restorable; their oldest recovery point is {age}.")
        }
    };
    (sentence, support)
}

/// How old the oldest recovery point is, and of what, where other parts of that project have a younger one:
/// `3 h old, that of the database of shop`.
fn oldest<'a>(projects: impl Iterator<Item = &'a ProjectRow>) -> Option<String> {
    let points = projects.filter_map(|one| Some((one, one.recovery_point.as_ref()?.at_ms.0)));
    let (project, at_ms) = points.min_by_key(|(_, at_ms)| *at_ms)?;
    let age = age_words(now().0 - at_ms);
    Some(match &project.oldest_part {
        Some(part) => format!("{age} old, that of the {part} of {}", project.name),
        None => format!("{age} old"),
    })
}

/// `Two projects need you.`
fn needing(count: usize, noun: &str) -> String {
    match (count, NUMBERS.get(count)) {
        (1, _) => format!("One {noun} needs you."),
        (_, Some(number)) => format!("{number} {noun}s need you."),
        (many, None) => format!("{many} {noun}s need you."),
    }
}

/// Now.
pub(super) fn now() -> Millis {
    Millis(base::clock::now_ms())
}
