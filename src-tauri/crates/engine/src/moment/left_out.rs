//! What a backup leaves out by choice.

use std::collections::HashSet;

use crate::archive::not_taken_sentences;
use base::Code;
use base::failure::Failure;
use ledger::job::JobContext;
use postgres::access::AccessFact;
use postgres::choice::{NotTaken, TableChoice};
use postgres::dump::Holder;
use postgres::facts::Facts;
use postgres::missing::Part;
use postgres::target::quote_identifier;

/// What is left out by choice, and what the dump is told of it. Names that mean no table any more are said; where none
/// of the chosen tables is there, there would be no rows at all.
pub(super) async fn leave_out(
    context: &JobContext,
    holder: &Holder,
    role: &str,
    facts: &Facts,
    choice: &TableChoice,
) -> Result<(Option<Box<NotTaken>>, Vec<String>), Failure> {
    let (out, stopping) = choice.leaves_out(&facts.tables, &facts.unreadable);
    super::refuse_what_it_may_not_read(role, &stopping)?;
    let unmatched = choice.unmatched(&facts.tables);
    if !choice.only.is_empty() && choice.only.iter().all(|name| unmatched.contains(&name.as_str())) {
        return Err(Failure::new(
            Code::InvalidRequest,
            format!("none of the chosen tables is there: {}", choice.only.join(", ")),
            "Choose others: `holdfast project tables PROJECT`.",
        ));
    }
    for name in unmatched {
        context.warn("snapshot", format!("{name} is chosen by name, and there is no such table"));
    }
    if out.is_empty() {
        return Ok((None, Vec::new()));
    }
    let arguments = out.arguments().ok_or_else(|| {
        Failure::new(
            Code::InvalidRequest,
            format!("{} tables are too many to be left out one by one", out.without_rows.len()),
            "Leave fewer out, or split the database into projects.",
        )
    })?;
    let cannot_hold = holder.consequences(&out).await?;
    let not_taken = NotTaken::of(choice.clone(), &out, &facts.tables, cannot_hold);
    refuse_what_cannot_be_left_out(role, &not_taken)?;
    for sentence in not_taken_sentences(&not_taken) {
        context.info("snapshot", sentence);
    }
    Ok((Some(Box::new(not_taken)), arguments))
}

/// Why a dump with this choice could not be brought back, where it could not.
fn refuse_what_cannot_be_left_out(role: &str, not_taken: &NotTaken) -> Result<(), Failure> {
    let needing = not_taken.cannot_hold.iter().find(|one| {
        matches!(
            one.part,
            Some(
                Part::Column { .. }
                    | Part::Type
                    | Part::Table
                    | Part::PartitionKey
                    | Part::Generated { .. }
                    | Part::DomainDefault
            )
        )
    });
    match needing {
        None => Ok(()),
        Some(one) => Err(Failure::new(
            Code::NoRight,
            format!("{} {} needs what the role {role} may not read", one.kind, one.name),
            format!(
                "Grant it on the server (grant pg_read_all_data to \"{role}\"), or sign in as a role that may read it."
            ),
        )),
    }
}

/// Facts about what the dump has: a restore of it is not asked for the rest.
pub(super) fn of_what_is_there(facts: Vec<AccessFact>, not_taken: &NotTaken) -> Vec<AccessFact> {
    // As the server writes names, which quotes some of them.
    let ways = |name: &str| [name.to_owned(), quote_identifier(name)];
    let absent = not_taken.tables.iter().filter(|table| table.is_absent);
    let mut gone: HashSet<String> = absent
        .flat_map(|table| ways(&table.schema).into_iter().zip([&table.name; 2]))
        .flat_map(|(schema, name)| ways(name).map(|name| format!("{schema}.{name}")))
        .collect();
    // Of the parts of a table, its columns.
    let columns: Vec<String> = gone.iter().map(|name| format!("{name}.")).collect();
    gone.extend(not_taken.cannot_hold.iter().map(|one| one.name.clone()));
    let of_closed: Vec<String> =
        not_taken.schemas.iter().flat_map(|schema| ways(schema)).map(|schema| format!("{schema}.")).collect();
    let is_gone = |rest: &str| gone.contains(rest) || columns.iter().any(|name| rest.starts_with(name));
    let is_about_gone = |fact: &AccessFact| {
        // Functions and types of a closed schema are there.
        let is_relation = ["table ", "view ", "sequence ", "materialized view ", "foreign table ", "column "]
            .iter()
            .find_map(|kind| fact.of.strip_prefix(kind));
        let on = fact.of.split_once(" on ").map(|(_, on)| on);
        let of_relation = is_relation.or(on);
        of_relation.is_some_and(|name| of_closed.iter().any(|schema| name.starts_with(schema)))
            || fact.of.match_indices(' ').any(|(at, _)| is_gone(&fact.of[at + 1..]))
    };
    facts.into_iter().filter(|fact| !is_about_gone(fact)).collect()
}
