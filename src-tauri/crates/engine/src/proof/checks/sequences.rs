//! Sequences stand where the archive sets them.

use super::super::check::{Begun, Check};
use super::rows::of;
use super::{Looked, concluded};
use crate::source::postgres::connection::Session;

/// One round trip for so many.
const SEQUENCES_AT_ONCE: usize = 200;

/// Where the archive sets a sequence.
#[derive(Debug, PartialEq, Eq)]
struct Set {
    /// Its name as SQL takes it.
    name: String,
    last: i64,
    is_called: bool,
}

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("sequences", "Sequences");
    if !looked.is_everything() && looked.entries(&["SEQUENCE SET"]).is_empty() {
        return begun.not_checked(format!("{}.", capital(looked.left_out())));
    }
    let entries = looked.entries(&["SEQUENCE SET"]);
    let sets: Vec<Set> = entries.iter().filter_map(|entry| read(&entry.definition)).collect();
    let unread = entries.len() - sets.len();
    if unread > 0 {
        return begun.inconclusive(format!("{unread} statements that set a sequence were not understood."));
    }
    let done = differing(session, &sets).await.map(|findings| {
        move |begun: Begun| {
            let figure = of(sets.len() - findings.len(), sets.len());
            begun.judged(figure, "Each stands where the archive sets it.", findings)
        }
    });
    concluded(begun, done)
}

async fn differing(session: &Session, sets: &[Set]) -> Result<Vec<String>, tokio_postgres::Error> {
    let mut findings = Vec::new();
    for batch in sets.chunks(SEQUENCES_AT_ONCE) {
        let each: Vec<String> = batch
            .iter()
            .enumerate()
            .map(|(at, set)| format!("select {at}::int4, last_value::int8, is_called from {}", set.name))
            .collect();
        for row in session.client.query(&each.join(" union all "), &[]).await? {
            let (at, last, is_called): (i32, i64, bool) = (row.get(0), row.get(1), row.get(2));
            let Some(set) = usize::try_from(at).ok().and_then(|at| batch.get(at)) else { continue };
            if (last, is_called) != (set.last, set.is_called) {
                findings.push(format!("{} stands at {last}, the archive sets {}", set.name, set.last));
            }
        }
    }
    Ok(findings)
}

/// Reads `SELECT pg_catalog.setval('public.t_id_seq', 500, true);`.
fn read(statement: &str) -> Option<Set> {
    let (_, rest) = statement.split_once("setval('")?;
    let (name, rest) = rest.rsplit_once("', ")?;
    let (last, is_called) = rest.split_once(", ")?;
    let is_called = match is_called.split(')').next()? {
        "true" => true,
        "false" => false,
        _ => return None,
    };
    Some(Set { name: name.replace("''", "'"), last: last.parse().ok()?, is_called })
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archives_statement_is_read() {
        let set = |name: &str, last, is_called| Some(Set { name: name.into(), last, is_called });
        assert_eq!(
            read("SELECT pg_catalog.setval('public.t_id_seq', 500, true);\n\n\n"),
            set("public.t_id_seq", 500, true)
        );
        assert_eq!(
            read("SELECT pg_catalog.setval('\"a b\".\"it''s, ''odd''\"', -7, false);"),
            set("\"a b\".\"it's, 'odd'\"", -7, false)
        );
        assert_eq!(read("SELECT 1"), None);
    }
}
