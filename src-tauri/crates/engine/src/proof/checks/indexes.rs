//! Indexes: all of the archive's exist, and none is invalid.

use super::super::check::Begun;
use super::rows::of;
use super::{Looked, concluded, pairs};
use base::words::counted;
use ledger::job::Check;
use postgres::connection::Session;

const ALL: &str = "select n.nspname::text, c.relname::text from pg_catalog.pg_index i \
    join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
/// An index of a partitioned table stays invalid until every partition has its part, and is dumped like that.
const HALF_BUILT: &str = "where not i.indisvalid and c.relkind <> 'I'";
const OPEN: &str = "where not i.indisvalid and c.relkind = 'I'";

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("indexes", "Indexes");
    let entries = looked.entries(&["INDEX"]);
    let expected: Vec<(String, String)> =
        entries.iter().map(|entry| (entry.schema.clone().unwrap_or_default(), entry.tag.clone())).collect();
    let asked = async {
        let there = pairs(session, ALL).await?;
        let half_built = pairs(session, &format!("{ALL} {HALF_BUILT}")).await?;
        let open = pairs(session, &format!("{ALL} {OPEN}")).await?;
        Ok((there, half_built, open))
    };
    let left_out = looked.left_out();
    let done = asked.await.map(|(there, half_built, open)| {
        move |begun: Begun| {
            let missing = expected.iter().filter(|one| !there.contains(*one));
            let mut findings: Vec<String> =
                missing.map(|(schema, name)| format!("index {schema}.{name} is missing")).collect();
            let figure = of(expected.len() - findings.len(), expected.len());
            findings.extend(
                half_built.iter().map(|(schema, name)| format!("index {schema}.{name} is not valid")),
            );
            let open = match open.len() {
                0 => String::new(),
                some => format!(
                    " {} of partitioned tables lack partitions, as the archive has them.",
                    counted(some as u64, "index")
                ),
            };
            let all = there.iter().filter(|(schema, _)| !schema.starts_with("pg_")).count();
            let done = format!("There and complete; all {all} valid, with those of keys.{open}");
            if left_out.is_empty() || !findings.is_empty() {
                begun.judged(figure, done, findings)
            } else {
                begun.partly(figure, format!("{done} Others not checked: {left_out}."), findings)
            }
        }
    });
    concluded(begun, done)
}
