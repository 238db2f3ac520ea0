//! How a run is shown while it goes on: one line that moves on a terminal, a line per phase elsewhere.

use contract::job::{JobView, PhaseState, PhaseView};

use crate::output::Output;
use crate::words;

/// What of a run was shown already.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    is_begun: bool,
    phases: Vec<String>,
}

impl Progress {
    /// Shows what is new.
    pub(crate) fn show(&mut self, output: &Output, job: &JobView) {
        if !self.is_begun {
            self.is_begun = true;
            output.say(&format!("{}. {}", job.row.title, job.sentence));
        }
        for phase in &job.phases {
            let is_begun = phase.state != PhaseState::Waits;
            if is_begun && !self.phases.contains(&phase.id) {
                self.phases.push(phase.id.clone());
                if output.is_live() {
                    continue;
                }
                output.say(&format!("  {}: {}", phase.title, phase.sentence));
            }
        }
        if let Some(phase) = job.phases.iter().find(|phase| is_open(phase)) {
            output.line(&line(job, phase));
        }
    }
}

fn is_open(phase: &PhaseView) -> bool {
    matches!(phase.state, PhaseState::Running | PhaseState::Stalled)
}

fn line(job: &JobView, phase: &PhaseView) -> String {
    let mut parts = vec![format!("{:3.0} %  {}", job.row.percent.unwrap_or(0.0), phase.title)];
    if phase.bytes.0 > 0 {
        parts.push(match phase.bytes_total {
            Some(total) if total > phase.bytes => {
                format!("{} of {}", words::bytes(phase.bytes.0), words::bytes(total.0))
            }
            _ => words::bytes(phase.bytes.0),
        });
    }
    if phase.state == PhaseState::Stalled {
        parts.push("nothing has moved for a while".into());
    } else if let Some(rate) = job.bytes_per_second.filter(|rate| rate.0 > 0) {
        parts.push(format!("{}/s", words::bytes(rate.0)));
    }
    if let (Some(low), Some(high)) = (job.left_low_ms, job.left_high_ms) {
        parts.push(format!("{} to {} left", words::span(low), words::span(high)));
    }
    parts.join("  ")
}
