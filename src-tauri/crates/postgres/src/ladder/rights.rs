//! Can the role read everything that a dump reads?

use std::collections::BTreeSet;

use super::diagnosis;
use super::rung::{Finding, Suggestion};
use super::words;
use crate::connection::{Session, Settings};
use crate::facts::{self, Unreadable, UnreadableReason};

/// The first major with `pg_read_all_data`.
const READ_ALL_SINCE: u16 = 14;
/// Names beyond these are counted.
const NAMED_MAX: usize = 5;

/// SQL for a role that can only read. It has no password yet: whoever runs it sets one.
pub fn read_only_role_sql(user: &str) -> String {
    let role = identifier(user);
    format!("create role {role} login;\ngrant pg_read_all_data to {role};")
}

pub(super) async fn look(
    session: &Session,
    settings: &Settings,
    major: u16,
) -> Result<((), Finding), Finding> {
    let failed = |error| diagnosis::of_facts(&error);
    let tables = facts::tables(&session.client).await.map_err(failed)?;
    let unreadable = facts::unreadable(&session.client).await.map_err(failed)?;
    if unreadable.is_empty() {
        let mut schemas: Vec<&str> = tables.iter().map(|table| table.schema.as_str()).collect();
        schemas.dedup();
        let tables = words::count(tables.len(), "table", "tables");
        let schemas = words::count(schemas.len(), "schema", "schemas");
        return Ok(((), Finding::fine(format!("can read {tables} in {schemas}"))));
    }
    Err(refusal(&unreadable, &settings.user, major))
}

fn refusal(unreadable: &[Unreadable], user: &str, major: u16) -> Finding {
    let is_only_row_security = unreadable.iter().all(|one| one.reason == UnreadableReason::RowSecurity);
    let things = words::count(unreadable.len(), "table or sequence", "tables or sequences");
    if is_only_row_security {
        let message = format!("Row security hides rows of {} from {user}.", per_schema(unreadable));
        return Finding::coded("HF-RIGHT-002", message)
            .fix(
                "Let the role see every row",
                "A dump refuses rather than leave rows out. Run this as a superuser.",
            )
            .suggest(Suggestion::Sql(format!("alter role {} bypassrls;", identifier(user))));
    }
    let message = format!("{user} cannot read {things}: {}.", per_schema(unreadable));
    Finding::coded("HF-RIGHT-001", message)
        .fix(
            "Grant reading",
            "Run this as the owner or a superuser, then test again. It grants reading only.",
        )
        .suggest(Suggestion::Sql(grants(unreadable, user, major)))
}

/// `billing.invoices, billing.refunds, and 3 more`.
fn per_schema(unreadable: &[Unreadable]) -> String {
    let named = unreadable.iter().take(NAMED_MAX).map(|one| format!("{}.{}", one.schema, one.name));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if unreadable.len() > NAMED_MAX {
        text = format!("{text}, and {} more", unreadable.len() - NAMED_MAX);
    }
    text
}

fn grants(unreadable: &[Unreadable], user: &str, major: u16) -> String {
    let role = identifier(user);
    if major >= READ_ALL_SINCE {
        return format!("grant pg_read_all_data to {role};");
    }
    let schemas: BTreeSet<&str> = unreadable.iter().map(|one| one.schema.as_str()).collect();
    let lines = schemas.into_iter().map(|schema| {
        let schema = identifier(schema);
        format!(
            "grant usage on schema {schema} to {role};\n\
             grant select on all tables in schema {schema} to {role};\n\
             grant select on all sequences in schema {schema} to {role};"
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Plain where Postgres reads it back as it is, quoted otherwise.
fn identifier(name: &str) -> String {
    let is_plain = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    // Short words may be keywords; names of roles with an underscore are none.
    if is_plain && name.contains('_') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schema: &str, name: &str, reason: UnreadableReason) -> Unreadable {
        Unreadable { schema: schema.into(), name: name.into(), reason, is_sequence: false, owned_by: None }
    }

    #[test]
    fn a_role_that_can_only_read_takes_two_lines() {
        let sql = read_only_role_sql("holdfast_reader");
        assert_eq!(sql, "create role holdfast_reader login;\ngrant pg_read_all_data to holdfast_reader;");
        assert_eq!(
            read_only_role_sql("x\"; drop").lines().next(),
            Some("create role \"x\"\"; drop\" login;")
        );
    }

    #[test]
    fn tables_without_a_right_are_named_and_granted_by_schema() {
        let list = [
            table("billing", "invoices", UnreadableReason::NoSelect),
            table("secret", "keys", UnreadableReason::NoUsage),
        ];
        let finding = refusal(&list, "reader", 13);
        assert_eq!(
            finding.message,
            "reader cannot read 2 tables or sequences: billing.invoices, secret.keys."
        );
        let Some(Suggestion::Sql(sql)) = finding.fix.unwrap().suggestion else { panic!("SQL expected") };
        assert_eq!(sql.matches("grant usage on schema").count(), 2);
        assert_eq!(grants(&list, "holdfast_reader", 15), "grant pg_read_all_data to holdfast_reader;");
    }
}
