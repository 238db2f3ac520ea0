//! A plan in words: its steps, its cost, how to undo it, the label of the button.

use super::existing::Existing;
use super::meanwhile::WRITTEN;
use super::plan::{KeyDifference, RestorePlan, Safety, TableAct};
use super::request::{Strategy, TableMode, Writers};
use super::writable::Triggers;
use base::words::{age_words, bytes_words, counted, moment_words};

/// Steps, warnings and words of the plan, once all is known.
/// `backup_ms` is how long the last backup of the project took.
pub(super) fn describe(plan: &mut RestorePlan, existing: &Existing, backup_ms: Option<i64>) {
    let lost: u64 = plan.tables.iter().map(super::counts::lost).sum();
    if lost > 0 {
        let is_estimate = plan.tables.iter().any(|table| table.is_estimate && table.keys.is_none());
        let about = if is_estimate { "About " } else { "" };
        let verb = if lost == 1 { "is" } else { "are" };
        plan.warnings.push(format!(
            "{about}{} that {verb} newer than the backup, or not in it, would be lost.",
            counted(lost, "row")
        ));
    }
    warn_of_merge(plan);
    let safety = match &plan.safety {
        Safety::Planned { project } => {
            format!("Back up {project} as it is now, and read it back. If that fails, nothing is restored.")
        }
        Safety::Declined { reason } if plan.replaces_rows() && plan.after.is_none() => format!(
            "No safety backup, since: {reason}. What is written to these tables until they are locked is lost too."
        ),
        Safety::Declined { reason } => format!("No safety backup, since: {reason}."),
        Safety::NotNeeded => format!("No safety backup: {} is empty.", plan.database),
    };
    let waiting = waiting(plan, backup_ms);
    let tables = counted(plan.tables.iter().filter(|table| table.rows.is_some()).count() as u64, "table");
    let words = match plan.strategy {
        Strategy::Swap => words_of_swap(plan, existing, &tables),
        Strategy::InPlace => words_in_place(plan, &tables),
        _ => with_making(plan, words_of_tables(plan, &tables)),
    };
    plan.steps = waiting.into_iter().chain([safety]).chain(words.steps).collect();
    plan.undo = match &plan.safety {
        // What comes back beside, or in a database of its own, needs no backup to be undone.
        _ if plan.beside.is_some() => words.undo,
        Safety::Declined { .. } => "It cannot be undone: no safety backup is made.".into(),
        Safety::NotNeeded => format!("Nothing is in {} now; drop what was restored by hand.", plan.database),
        Safety::Planned { .. } => words.undo,
    };
    plan.act = words.act;
}

/// What a merge leaves as it is, and what it cannot tell.
fn warn_of_merge(plan: &mut RestorePlan) {
    let Some(later) = &plan.after else { return };
    let later = moment_words(later.at_ms);
    let sum = |figure: fn(&KeyDifference) -> u64| {
        plan.tables.iter().filter_map(|table| table.keys.as_ref()).map(figure).sum::<u64>()
    };
    let (kept, added) = (sum(|keys| keys.kept), sum(|keys| keys.added));
    let mut warnings = vec![format!(
        "Everything that was deleted or changed between the two backups counts as damage, the work of others too. The later backup is of {later}: the sooner after the damage it was made, the less of that."
    )];
    if kept > 0 {
        warnings.push(format!(
            "{} that the damage had changed or deleted {}, in whole or in part, as now: somebody changed, deleted or made them again since.",
            counted(kept, "row"),
            if kept == 1 { "stays" } else { "stay" }
        ));
    }
    if added > 0 {
        warnings.push(format!(
            "{} added between the two backups: nothing is deleted.",
            if added == 1 {
                "1 row stays that was".to_owned()
            } else {
                format!("{} stay that were", counted(added, "row"))
            }
        ));
    }
    let unknown =
        plan.tables.iter().filter(|table| table.act == TableAct::Merge && table.keys.is_none()).count();
    if unknown > 0 {
        warnings.push(format!(
            "{} not compared row by row: what comes back and what is set back there is known only after the restore.",
            if unknown == 1 { "1 table was".to_owned() } else { format!("{} were", counted(unknown as u64, "table")) }
        ));
    }
    plan.warnings.extend(warnings);
}

/// From when and for how long writers are blocked: earlier commits are in the safety backup, later ones
/// follow the restore.
fn waiting(plan: &RestorePlan, backup_ms: Option<i64>) -> Option<String> {
    if !plan.waits_for_backup() {
        return None;
    }
    if plan.writers == Writers::GoOn {
        return Some(format!(
            "Let writers go on until the safety backup is made; then they wait until the restore has ended. Rows that they add or change meanwhile are in no backup: they are counted, named in the report, and kept as text in a schema {WRITTEN}_… of {}. Rows that they delete are not counted.",
            plan.database
        ));
    }
    let long = match backup_ms {
        Some(ms) => format!("about {} for the safety backup, as long as the last backup took", age_words(ms)),
        None => "as long as a backup takes".to_owned(),
    };
    Some(format!(
        "Let writers to the tables that are {} wait, and to those that foreign keys tie to them, so that no row is in neither copy: {long}, and then until the restore has ended. Readers go on meanwhile; whoever still waits in the middle of a transaction then is sent back.",
        if plan.after.is_some() { "changed" } else { "replaced" }
    ))
}

/// What a plan says of itself.
struct PlanWords {
    steps: Vec<String>,
    undo: String,
    act: String,
}

fn words_of_swap(plan: &RestorePlan, existing: &Existing, tables: &str) -> PlanWords {
    let (database, size) = (&plan.database, bytes_words(plan.size_bytes));
    let beside = plan.beside.as_deref().unwrap_or_default();
    let mut steps = vec![
        format!("Restore {size} into a new database beside {database}; nobody notices."),
        "Compare rows and fingerprints of every table with the manifest; if they differ, stop here.".into(),
        format!("Give it the owner, rights, settings and limits that {database} has now."),
    ];
    steps.extend(end_sessions(existing));
    steps.push(format!(
        "Change both names in one transaction: {database} becomes {beside}, the restored one {database}."
    ));
    steps.push(match plan.keep_until_ms {
        Some(until) => format!(
            "{beside} stays until {}, and is dropped then, or when you discard it.",
            moment_words(until)
        ),
        None => format!("{beside} stays until you discard it."),
    });
    PlanWords {
        steps,
        undo: format!(
            "Change the names back: {beside} becomes {database} again. Rows written since would stay in the other."
        ),
        act: format!("Replace {tables} in {database}"),
    }
}

/// The step before names change, where somebody is connected.
pub(super) fn end_sessions(existing: &Existing) -> Vec<String> {
    match existing.identity.connections.len() as u64 {
        0 => Vec::new(),
        others => vec![format!("End {}, with your consent.", counted(others, "session"))],
    }
}

fn words_in_place(plan: &RestorePlan, tables: &str) -> PlanWords {
    let (database, size) = (&plan.database, bytes_words(plan.size_bytes));
    PlanWords {
        steps: vec![
            "Begin one transaction; applications wait, or fail, until it ends.".into(),
            "Drop what the backup replaces, and make it again from the backup.".into(),
            format!("Load {size} from the vault into {tables}; build indexes and constraints."),
            "Compare rows and fingerprints of every table with the manifest.".into(),
            format!("Commit. At any error before, {database} stays byte for byte as it is."),
        ],
        undo: "Restore the safety backup in place, as a plan of its own.".into(),
        act: format!("Replace {tables} in {database}"),
    }
}

/// Of a restore that makes what is not there as well.
fn with_making(plan: &RestorePlan, words: PlanWords) -> PlanWords {
    let Some(makes) = &plan.makes else { return words };
    let count = |is_made: bool| {
        plan.tables.iter().filter(|table| (table.act == TableAct::Create) == is_made).count() as u64
    };
    let (made, there) = (count(true), count(false));
    let mut steps = words.steps;
    let end = steps.pop();
    if !makes.objects.is_empty() {
        steps.push(
            "Make indexes, constraints, triggers and policies that are not there, and give owners and rights as far as the role may.".into(),
        );
        steps.insert(0, format!("In one transaction: make what is not there: {}.", makes.objects.join(", ")));
    }
    if !makes.roles.is_empty() {
        steps.insert(0, format!("Make these roles, without login and password: {}.", makes.roles.join(", ")));
    }
    steps.extend(end);
    steps.push(
        "Compare constraints, indexes, owners and rights with the backup; what differs is named.".into(),
    );
    let (database, tables) = (&plan.database, |count| counted(count, "table"));
    let does = match plan.mode {
        Some(TableMode::Replace) => "replace",
        Some(TableMode::Merge) => "merge into",
        _ => "complete",
    };
    let act = match (made, there) {
        (0, _) => words.act,
        (made, 0) => format!("Make and fill {} in {database}", tables(made)),
        (made, there) => format!("Make {} and {does} {there} in {database}", tables(made)),
    };
    let undo = format!("{} What was made stays, and is dropped by hand.", words.undo);
    PlanWords { steps, undo, act }
}

fn words_of_tables(plan: &RestorePlan, tables: &str) -> PlanWords {
    let (database, size) = (&plan.database, bytes_words(plan.size_bytes));
    let beside = plan.beside.as_deref().unwrap_or_default();
    let (lock, put_back) = match plan.triggers {
        Triggers::SetAside => (
            "In one transaction: lock the tables, set their triggers, rules and foreign keys aside.",
            "Put triggers, rules and foreign keys back, which checks every row that points to them; then commit.",
        ),
        Triggers::Silent => (
            "In one transaction: lock the tables, and switch triggers, rules and foreign keys off for this session alone.",
            "Ask every foreign key for rows that point to nothing; if there is none, commit.",
        ),
    };
    let undo = "Replace the tables from the safety backup, as a plan of its own.".to_owned();
    let stays = match plan.left_out.len() as u64 {
        0 => String::new(),
        1 => " One table of the backup stays as it is.".to_owned(),
        left => format!(" {} of the backup stay as they are.", counted(left, "table")),
    };
    match plan.mode {
        Some(TableMode::Replace) => PlanWords {
            steps: vec![
                lock.into(),
                format!("Empty them, load {size} from the vault, compare rows and fingerprints.{stays}"),
                put_back.into(),
            ],
            undo,
            act: format!("Replace {tables} in {database}"),
        },
        Some(TableMode::MissingRows) => PlanWords {
            steps: vec![
                lock.into(),
                format!("Add the rows whose key is missing; every row that is there stays as it is.{stays}"),
                put_back.into(),
            ],
            undo,
            act: format!("Bring back the missing rows of {tables} in {database}"),
        },
        Some(TableMode::Merge) => PlanWords {
            steps: vec![
                lock.into(),
                format!(
                    "Bring back the rows that were deleted between the two backups, and set back the columns that were changed between them; what was changed, added or deleted since stays.{stays}"
                ),
                put_back.into(),
            ],
            undo,
            act: format!("Take back the damage in {tables} of {database}"),
        },
        Some(TableMode::Beside) | None => PlanWords {
            steps: vec![
                format!(
                    "In one transaction: make the schema {beside} in {database}, and the tables in it, with their columns and keys alone."
                ),
                "Load their rows from the vault, and compare rows and fingerprints.".into(),
                "Commit. No table that is there is touched.".into(),
            ],
            undo: format!("Drop the schema {beside}."),
            act: format!("Restore {tables} beside those in {database}"),
        },
    }
}
