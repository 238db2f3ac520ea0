//! Sequences have the values that the archive sets.

use super::super::check::Begun;
use super::rows::of;
use super::{Looked, concluded};
use ledger::job::Check;
use postgres::connection::Session;
use postgres::custom_format::SequenceSet;

/// One round trip for so many.
const SEQUENCES_AT_ONCE: usize = 200;

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("sequences", "Sequences");
    if !looked.is_everything() && looked.entries(&["SEQUENCE SET"]).is_empty() {
        return begun.not_checked(format!("{}.", capital(looked.left_out())));
    }
    let sets = match looked.toc.sequences() {
        Ok(sets) => sets,
        Err(sequence) => {
            return begun.inconclusive(format!("The statement that sets {sequence} was not understood."));
        }
    };
    let done = differing(session, &sets).await.map(|findings| {
        move |begun: Begun| {
            let figure = of(sets.len() - findings.len(), sets.len());
            begun.judged(figure, "Each stands where the archive sets it.", findings)
        }
    });
    concluded(begun, done)
}

async fn differing(session: &Session, sets: &[SequenceSet]) -> Result<Vec<String>, tokio_postgres::Error> {
    let mut findings = Vec::new();
    for batch in sets.chunks(SEQUENCES_AT_ONCE) {
        let each: Vec<String> = batch
            .iter()
            .enumerate()
            .map(|(at, set)| format!("select {at}::int4, last_value::int8, is_called from {}", set.quoted()))
            .collect();
        for row in session.client.query(&each.join(" union all "), &[]).await? {
            let (at, last, is_called): (i32, i64, bool) = (row.get(0), row.get(1), row.get(2));
            let Some(set) = usize::try_from(at).ok().and_then(|at| batch.get(at)) else { continue };
            if (last, is_called) != (set.last, set.is_called) {
                findings.push(format!("{} stands at {last}, the archive sets {}", set.sequence, set.last));
            }
        }
    }
    Ok(findings)
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
