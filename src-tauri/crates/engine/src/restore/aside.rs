//! Tables of a backup made anew beside those that are there, by the archive's own statements.

use super::plan::RestorePlan;
use super::tables::{Chosen, beside};
use super::transaction::Work;
use crate::failure::Failure;
use crate::source::postgres::custom_format::TocEntry;
use crate::source::postgres::target::quote_identifier;

/// The tables anew in a schema of their own, without what would tie them to the old ones.
pub(super) async fn make_beside(
    work: &Work<'_>,
    plan: &RestorePlan,
    chosen: &[Chosen],
) -> Result<(), Failure> {
    work.run("the schema", &format!("CREATE SCHEMA {}", beside(plan))).await?;
    for one in chosen {
        let made = work.head.toc.entries.iter().find(|entry| {
            entry.kind == "TABLE" && entry.tag == one.entry.tag && entry.schema == one.entry.schema
        });
        let definition = made.and_then(|entry| moved_table(&entry.definition, entry, &beside(plan)));
        let definition = definition.ok_or_else(|| not_understood(&one.name))?;
        work.run(&one.name, &definition).await?;
    }
    Ok(())
}

/// Keys and checks of the tables beside; a foreign key would tie them to what is there.
pub(super) async fn finish_beside(
    work: &Work<'_>,
    plan: &RestorePlan,
    chosen: &[Chosen],
) -> Result<(), Failure> {
    for one in chosen {
        let of_table = |entry: &&TocEntry| {
            entry.kind == "CONSTRAINT"
                && entry.schema == one.entry.schema
                && entry.tag.starts_with(&format!("{} ", one.entry.tag))
        };
        for entry in work.head.toc.entries.iter().filter(of_table) {
            if let Some(sql) = moved(&entry.definition, &one.entry, &beside(plan)) {
                work.run(&one.name, &sql).await?;
            }
        }
    }
    Ok(())
}

fn not_understood(table: &str) -> Failure {
    Failure::new(
        "table_not_understood",
        format!("how {table} is made is not written in the backup as expected"),
        "Restore the backup to look inside, and take the table from there.",
    )
}

/// The statement that makes a table, for another schema: by itself, in no family of tables.
fn moved_table(definition: &str, entry: &TocEntry, schema: &str) -> Option<String> {
    let sql = moved(definition, entry, schema)?;
    let end = sql.rfind("\n)").map(|at| at + 2).or_else(|| sql.rfind("()").map(|at| at + 2))?;
    Some(sql[..end].to_owned())
}

/// A statement about a table, about the table of that name in another schema.
fn moved(definition: &str, entry: &TocEntry, schema: &str) -> Option<String> {
    let of = entry.schema.as_deref()?;
    let schemas = [of.to_owned(), quote_identifier(of)];
    let tags = [entry.tag.clone(), quote_identifier(&entry.tag)];
    for (old_schema, tag) in schemas.iter().flat_map(|schema| tags.iter().map(move |tag| (schema, tag))) {
        let name = format!("{old_schema}.{tag}");
        for head in ["CREATE TABLE ", "CREATE UNLOGGED TABLE ", "ALTER TABLE ONLY ", "ALTER TABLE "] {
            let rest = definition.strip_prefix(head).and_then(|rest| rest.strip_prefix(&name));
            if let Some(rest) = rest.filter(|rest| rest.starts_with([' ', '\n'])) {
                return Some(format!("{head}{schema}.{}{rest}", quote_identifier(&entry.tag)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::postgres::custom_format::Section;

    fn entry(schema: &str, tag: &str) -> TocEntry {
        TocEntry {
            dump_id: 1,
            section: Section::PreData,
            has_data: false,
            tag: tag.into(),
            kind: "TABLE".into(),
            definition: String::new(),
            copy: None,
            schema: Some(schema.into()),
            owner: None,
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn a_table_beside_is_made_by_the_archives_statement_and_in_no_family() {
        let sql = "CREATE TABLE public.\"Orders\" (\n    id bigint NOT NULL\n)\nINHERITS (public.base);\n";
        let made = moved_table(sql, &entry("public", "Orders"), "\"restored\"").unwrap();
        assert_eq!(made, "CREATE TABLE \"restored\".\"Orders\" (\n    id bigint NOT NULL\n)");
        let key = "ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n";
        assert_eq!(
            moved(key, &entry("public", "t"), "\"r\"").unwrap(),
            "ALTER TABLE ONLY \"r\".\"t\"\n    ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n"
        );
        assert_eq!(moved("CREATE TABLE public.tt (\n)", &entry("public", "t"), "r"), None);
    }
}
