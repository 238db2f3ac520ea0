//! Constraints: all of the archive's exist, and all are validated except those that were not in the original.

use std::collections::HashSet;

use super::super::check::Begun;
use super::rows::of;
use super::{Looked, concluded, pairs};
use base::words::counted;
use ledger::job::Check;
use postgres::connection::Session;

/// Named as the archive does: `table constraint`, or `domain constraint`.
const ALL: &str = "select n.nspname::text, coalesce(c.relname, t.typname)::text || ' ' || o.conname::text \
    from pg_catalog.pg_constraint o join pg_catalog.pg_namespace n on n.oid = o.connamespace \
    left join pg_catalog.pg_class c on c.oid = o.conrelid left join pg_catalog.pg_type t on t.oid = o.contypid";

/// What a table inherits is judged where it comes from, which is what the archive names.
const OPEN: &str = "where not o.convalidated and o.conislocal";

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("constraints", "Constraints");
    let entries = looked.entries(&["CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT"]);
    let name = |entry: &&postgres::custom_format::TocEntry| {
        (entry.schema.clone().unwrap_or_default(), entry.tag.clone())
    };
    let expected: Vec<(String, String)> = entries.iter().map(name).collect();
    let open: HashSet<(String, String)> =
        entries.iter().filter(|entry| entry.definition.contains(" NOT VALID")).map(name).collect();
    let left_out = if looked.is_everything() {
        String::new()
    } else {
        format!(" {}.", super::sequences::capital(looked.left_out()))
    };
    let asked = async {
        let there = pairs(session, ALL).await?;
        let unvalidated = pairs(session, &format!("{ALL} {OPEN}")).await?;
        Ok((there, unvalidated))
    };
    let done = asked.await.map(|(there, unvalidated)| {
        move |begun: Begun| {
            let missing = expected.iter().filter(|one| !there.contains(*one));
            let mut findings: Vec<String> =
                missing.map(|(schema, name)| format!("{schema}: {name} is missing")).collect();
            let figure = of(expected.len() - findings.len(), expected.len());
            let weak = unvalidated.iter().filter(|one| !open.contains(*one));
            findings.extend(weak.map(|(schema, name)| format!("{schema}: {name} is not validated")));
            let known = match unvalidated.iter().filter(|one| open.contains(*one)).count() {
                0 => String::new(),
                some => {
                    format!(", but {} that the original has NOT VALID", counted(some as u64, "constraint"))
                }
            };
            begun.judged(figure, format!("There, and all validated{known}.{left_out}"), findings)
        }
    });
    concluded(begun, done)
}
