//! The home screen's one sentence, and what needs a person.

use engine::Engine;
use engine::project::ProjectStanding;
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

/// The home screen.
///
/// # Errors
/// When the profile does not answer.
pub async fn home(engine: &Engine, _: Nothing) -> Answer<HomeView> {
    let standings = engine.standings().await?;
    let mut needs = Vec::new();
    if let Some((vault, problem)) = engine.vault_problem().await? {
        if let Some(problem) = problem {
            needs.push(vault_need(&vault.name, "cannot be used.", &problem.message, "See the vault"));
        } else if vault.kit_confirmed_at_ms.is_none() {
            let why =
                "Until it is saved no backup counts as done: if this computer is lost, so is the vault.";
            needs.push(vault_need(&vault.name, "has no saved recovery kit.", why, "Save the recovery kit"));
        }
    }
    needs.extend(damage(engine).await?);
    needs.extend(standings.iter().filter_map(need));
    needs.extend(expiring(&engine.expiring_backups().await?));
    let running = u32::try_from(standings.iter().filter(|one| one.job.is_some()).count()).unwrap_or(0);
    let projects = rows(engine, standings).await?;
    let (sentence, support) = sentences(&projects, needs.len());
    needs.truncate(NEEDS_MAX);
    let paused = paused(engine).await?;
    Ok(HomeView { sentence, support, needs, projects, running, paused })
}

/// Data that was read again, and is not what it was.
async fn damage(engine: &Engine) -> Answer<Option<Need>> {
    let damaged = engine.vault_damage().await?;
    let Some(first) = damaged.first() else { return Ok(None) };
    let name = engine.vault_name().await?.unwrap_or_default();
    let what = match damaged.len() {
        1 => "holds a damaged pack.".to_owned(),
        count => format!("holds {count} damaged packs."),
    };
    let why =
        format!("{}: {}. Repair the vault; it says which backups are affected.", first.file, first.message);
    Ok(Some(vault_need(&name, &what, &why, "See the vault")))
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

fn vault_need(name: &str, what: &str, why: &str, act: &str) -> Need {
    Need {
        state: ProjectState::Danger,
        project_id: None,
        subject: format!("Vault “{name}”"),
        what: what.into(),
        why: why.into(),
        act: act.into(),
        target: NeedTarget::Vault,
    }
}

fn need(standing: &ProjectStanding) -> Option<Need> {
    let id = standing.project.id.clone();
    if standing.project.is_archived || standing.job.is_some() {
        return None;
    }
    let (state, what, why, act, target) = if let Some(open) = &standing.failure {
        let what = match standing.age_ms() {
            Some(age) => {
                format!("could not be backed up; its newest recovery point is {} old.", age_words(age))
            }
            None => "could not be backed up, and has no recovery point.".into(),
        };
        let why = capitalised(&open.failure.message);
        (ProjectState::Danger, what, why, "See the run", NeedTarget::Job(open.job_id.clone()))
    } else if let Some(part) = standing.component_over_goal().filter(|_| standing.is_over_goal()) {
        let (words, goal) = (part.component.words(), goal_words(part.rpo_ms));
        let what = match part.at_ms {
            Some(at_ms) => {
                let age = age_words(now().0 - at_ms);
                format!("has no new copy of its {words} for {age}; the goal of that is {goal}.")
            }
            None => format!("has no verified copy of its {words}; the goal of that is {goal}."),
        };
        let why = "The newest verified backup with it in it counts.".to_owned();
        (ProjectState::Danger, what, why, "Back up now", NeedTarget::BackUp(id.clone()))
    } else if standing.is_over_goal() {
        let age = age_words(standing.age_ms().unwrap_or(0));
        let goal = goal_words(standing.recovery_goal_ms());
        let what = format!("has no new recovery point for {age}; its goal is {goal}.");
        (
            ProjectState::Danger,
            what,
            "Nothing failed; no backup was made.".into(),
            "Back up now",
            NeedTarget::BackUp(id.clone()),
        )
    } else if standing.recovery_point.is_none() && standing.backups > 0 {
        let why = standing
            .newest_proof
            .as_ref()
            .map_or_else(|| "It was not verified on this computer yet.".into(), |proof| proof.reason.clone());
        let what = "has backups, and none of them is proven.".to_owned();
        (ProjectState::Inconclusive, what, why, "Back up now", NeedTarget::BackUp(id.clone()))
    } else if standing.recovery_point.is_none() {
        let what = "has no backup yet.".to_owned();
        (
            ProjectState::Warn,
            what,
            "The first one takes a few minutes.".into(),
            "Back up now",
            NeedTarget::BackUp(id.clone()),
        )
    } else {
        return None;
    };
    Some(Need {
        state,
        project_id: Some(id),
        subject: standing.project.name.clone(),
        what,
        why,
        act: act.into(),
        target,
    })
}

fn sentences(projects: &[ProjectRow], needs: usize) -> (String, String) {
    let protected: Vec<&ProjectRow> = projects.iter().filter(|one| !one.is_archived).collect();
    if protected.is_empty() {
        return ("Nothing is protected yet.".into(), "Connect a project, and make its first backup.".into());
    }
    let well: Vec<&&ProjectRow> = protected.iter().filter(|one| one.recovery_point.is_some()).collect();
    let oldest = well.iter().filter_map(|one| one.recovery_point.as_ref()).map(|point| point.at_ms.0).min();
    let age = oldest.map(|at| age_words(now().0 - at));
    if needs == 0 {
        let sentence = match protected.len() {
            1 => format!("{} is restorable.", protected[0].name),
            count => format!("All {count} projects are restorable."),
        };
        let support = age.map_or_else(String::new, |age| format!("The oldest recovery point is {age} old."));
        return (sentence, support);
    }
    let sentence = match (needs, NUMBERS.get(needs)) {
        (1, _) => "One thing needs you.".to_owned(),
        (_, Some(number)) => format!("{number} things need you."),
        (many, None) => format!("{many} things need you."),
    };
    let support = match (well.len(), age) {
        (0, _) | (_, None) => "Nothing can be restored with proof yet.".to_owned(),
        (1, Some(age)) => format!("One project is restorable; its recovery point is {age} old."),
        (count, Some(age)) => {
            format!("{count} projects are restorable; their oldest recovery point is {age} old.")
        }
    };
    (sentence, support)
}

/// A goal for people: whole hours, below that minutes.
fn goal_words(millis: i64) -> String {
    match millis / 60_000 {
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

/// An age for people: `2 h 14 min`, `3 d 1 h`.
fn age_words(millis: i64) -> String {
    let minutes = (millis / 60_000).max(0);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "less than a minute".into(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

/// Now.
pub(super) fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
