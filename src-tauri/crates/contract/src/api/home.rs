//! The home screen's one sentence, and what needs a person.

use engine::Engine;
use engine::health::words::age_words;
use engine::health::{Finding, Severity};

use super::Answer;
use crate::command::Nothing;
use crate::home::{HomeView, Need};
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
pub async fn home(engine: &Engine, _: Nothing) -> Answer<HomeView> {
    let standings = engine.standings().await?;
    let mut needs: Vec<Need> = engine.needs(&standings).await?.into_iter().map(need).collect();
    let running = u32::try_from(standings.iter().filter(|one| one.job.is_some()).count()).unwrap_or(0);
    let projects: Vec<ProjectRow> = standings.into_iter().map(Into::into).collect();
    let (sentence, support) = sentences(&projects, needs.len());
    needs.truncate(NEEDS_MAX);
    Ok(HomeView { sentence, support, needs, projects, running })
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

/// Now.
pub(super) fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
