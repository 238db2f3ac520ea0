//! A restore as a job: its name, its phases, and what a cancel leaves.

use super::in_place;
use super::plan::RestorePlan;
use super::request::{Strategy, TableMode};
use super::writable::Triggers;
use crate::proof;
use ledger::job::{JobKind, JobSpec, PhaseSpec};

/// The job of a plan, and what comes before its own phases.
pub(crate) fn job_spec(plan: &RestorePlan, before: Vec<PhaseSpec>) -> JobSpec {
    let (from, to) = (format!("the backup of {}", plan.project), plan.target.clone());
    let database = &plan.database;
    let title = match plan.strategy {
        Strategy::Scratch => format!("Restoring {} to look inside", plan.project),
        Strategy::SwapBack => format!("Putting {database} back as it was"),
        Strategy::Drop => format!("Dropping {database}"),
        _ => format!("Restoring {} into {database}", plan.project),
    };
    let is_kept = "The rest of the server is not touched.";
    JobSpec {
        kind: JobKind::Restore,
        title,
        sentence: match plan.strategy {
            Strategy::SwapBack | Strategy::Drop => format!("On {to}."),
            _ => format!("From {from} to {to}."),
        },
        // Its target's project: nothing else is done to it meanwhile.
        project_id: Some(plan.password_of.clone().unwrap_or_else(|| plan.project_id.clone())),
        writes_vault: !before.is_empty(),
        phases: before.into_iter().chain(phases(plan, &to)).collect(),
        if_cancelled: match plan.strategy {
            Strategy::Scratch | Strategy::NewDatabase => {
                format!("The database {database} is dropped again. No other database is touched.")
            }
            Strategy::Swap => {
                format!("{database} stays as it is; what was restored beside it is dropped again.")
            }
            Strategy::SwapBack => format!("Both databases keep their names. {is_kept}"),
            Strategy::InPlace | Strategy::Tables => {
                format!("{database} stays byte for byte as it is: nothing is committed before the end.")
            }
            Strategy::Drop => format!("{database} stays, unless it is gone already. {is_kept}"),
        },
    }
}

/// Where only rows come back, nothing is made: what the phases say of structure is about what must not act.
fn of_tables(plan: &RestorePlan, mut phases: Vec<PhaseSpec>) -> Vec<PhaseSpec> {
    if plan.mode == Some(TableMode::Beside) {
        return phases;
    }
    phases[0].sentence = match plan.triggers {
        Triggers::SetAside => "Triggers, rules and foreign keys of the tables are set aside.".into(),
        Triggers::Silent => {
            "Triggers, rules and foreign keys are switched off for this session alone.".into()
        }
    };
    phases[2].sentence =
        "Sequences go past what came back; triggers, rules and foreign keys act again.".into();
    if plan.makes.is_some() {
        phases[0].sentence = format!("What is not there is made. {}", phases[0].sentence);
        phases[2].sentence = format!(
            "{} Indexes, constraints, triggers and rights that are not there are made.",
            phases[2].sentence
        );
    }
    if plan.mode.is_some_and(TableMode::keeps_rows) {
        phases[3].sentence = "Every foreign key points to a row; then it is committed, or nothing is.".into();
    }
    phases
}

fn phases(plan: &RestorePlan, to: &str) -> Vec<PhaseSpec> {
    let database = &plan.database;
    let prepare = PhaseSpec {
        id: "prepare",
        title: "Prepare",
        weight: 3,
        sentence: match plan.strategy {
            Strategy::Swap => format!("Create a database beside {database} on {to}."),
            Strategy::Scratch | Strategy::NewDatabase => format!("Create the database {database} on {to}."),
            _ => format!("Look at {database} on {to}."),
        },
    };
    let switch = |sentence: String| PhaseSpec { id: "switch", title: "Switch", weight: 2, sentence };
    let tables = plan.tables.iter().filter(|table| table.rows.is_some()).count();
    let middle: Vec<PhaseSpec> = match plan.strategy {
        Strategy::SwapBack | Strategy::Drop => vec![switch(format!("{}.", plan.act))],
        Strategy::InPlace => in_place::phases(tables, plan.size_bytes),
        Strategy::Tables => of_tables(plan, in_place::phases(tables, plan.size_bytes)),
        Strategy::Swap => proof::phases(tables, plan.size_bytes)
            .into_iter()
            .chain([switch(format!("The restored database becomes {database}, in one transaction."))])
            .collect(),
        Strategy::Scratch | Strategy::NewDatabase => proof::phases(tables, plan.size_bytes).to_vec(),
    };
    std::iter::once(prepare).chain(middle).collect()
}
