//! A database as a Supabase project has it, backed up by its user `postgres`, who is no superuser.

mod anew;
mod bare;
mod drilled;
mod planned;
mod recognised;
mod restored;
mod rows;

use engine::drill::Drill;
use ledger::catalog::Verdict;
use testkit::{Console, Supabase};

/// The limits of a drill as sentences.
pub(crate) fn limits(drill: &Drill) -> Vec<String> {
    engine::proof::limit_sentences(&drill.report.limits)
}

pub(crate) fn assert_passed(drill: &Drill) {
    let record = &drill.row.record;
    assert_eq!(record.verdict, Verdict::Pass, "{}\n{:#?}", record.reason, drill.report.checks);
}

/// A console on a plain computer, with one backup of a new project.
pub(crate) async fn on_a_plain_computer(supabase: &'static Supabase) -> (Console, String, String) {
    let database = supabase.database().await;
    let console = supabase.console(database.name(), supabase.without_extensions()).await;
    let backup = console.backup().await.record.id;
    (console, database.name().to_owned(), backup)
}
