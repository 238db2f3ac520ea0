//! Obstacles to steps, as far as they are known before the run.

use super::step::{RecoveryStep, StepAct};
use crate::engine::Engine;
use ledger::catalog::ProjectRecord;
use remote::platform::{Ability, Act};

/// What keeps a step from being done.
pub(crate) struct Obstacle {
    /// In a sentence.
    pub(crate) sentence: String,
    /// Whether nothing is restored then.
    pub(crate) is_critical: bool,
}

impl Engine {
    /// What keeps these steps of a project from being done.
    pub(crate) async fn step_obstacles(
        &self,
        project: &ProjectRecord,
        steps: &[RecoveryStep],
    ) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        for step in steps {
            let why = match &step.act {
                StepAct::Program { argv } => missing_program(argv),
                StepAct::Sql { .. } if !project.has_database() => {
                    Some(format!("Holdfast reaches no database of {}.", project.name))
                }
                StepAct::Pause => self.cannot(project, Act::Pause).await,
                StepAct::Resume => self.cannot(project, Act::Resume).await,
                StepAct::Sql { .. } | StepAct::Webhook { .. } | StepAct::Wait { .. } => None,
            };
            let of = |why| Obstacle {
                sentence: format!("The step “{}” cannot be done: {why}", step.title),
                is_critical: step.is_critical,
            };
            obstacles.extend(why.map(of));
        }
        obstacles
    }

    async fn cannot(&self, project: &ProjectRecord, act: Act) -> Option<String> {
        let platform = match self.platform_of(project).await {
            Ok(platform) => platform,
            Err(failure) => return Some(format!("{}.", failure.message)),
        };
        match platform.abilities().remove(&act) {
            Some(Ability::Yes) => None,
            Some(Ability::No { reason }) => {
                Some(format!("{} cannot {}: {reason}.", platform.kind().name(), act.words()))
            }
            None => Some(format!("{} cannot {}.", platform.kind().name(), act.words())),
        }
    }
}

fn missing_program(argv: &[String]) -> Option<String> {
    let program = argv.first()?;
    (!std::path::Path::new(program).is_file()).then(|| format!("its program is not there: {program}."))
}
