//! Backups whose rows stand in a text: scripts, and the documents of Opttius.

use super::{Counting, Look};
use crate::inspection::{Finding, Table};
use crate::organisation::{self, CutBy, NoRows, OrganisationFile, OrganisationTable};
use crate::part::PartHead;
use crate::{BundleError, Refusal, SqlGate};

/// Findings about one thing that are written out.
const NAMED_MAX: usize = 5;

impl Look<'_> {
    pub(super) fn script(&mut self, head: &PartHead, reader: &mut Counting<'_>) -> Result<(), BundleError> {
        let verdict = SqlGate::scan(reader, &head.stored_name)?;
        let name = &head.path;
        if verdict.is_cut && verdict.is_dump {
            return Err(BundleError::Truncated {
                place: head.stored_name.clone(),
                what: "a script of pg_dump".into(),
            });
        }
        self.findings.extend(verdict.refusals.iter().take(NAMED_MAX).map(|refusal| danger(name, refusal)));
        let more = verdict.refusals.len().saturating_sub(NAMED_MAX) as u64 + verdict.more_refusals;
        if more > 0 {
            let words = format!("{name} has {more} more lines that must not run.");
            self.findings.push(Finding::danger("More of them", words));
        }
        if let Some(database) = verdict.connects.first() {
            let words = format!("{name} connects to the database “{database}” by itself.");
            self.findings.push(Finding::warning("Chooses its database", words));
        }
        if verdict.is_cut {
            let words = format!("{name} ends within a statement.");
            self.findings.push(Finding::warning("No end", words));
        }
        let facts = &mut self.facts;
        facts.server_version = facts.server_version.take().or(verdict.server_version);
        facts.tool_version = facts.tool_version.take().or(verdict.tool_version);
        for table in verdict.tables {
            self.add_table(table);
        }
        Ok(())
    }

    /// A schema and its rows may stand in two scripts.
    fn add_table(&mut self, table: Table) {
        let key = (table.schema.clone(), table.name.clone());
        if let Some(at) = self.places.get(&key) {
            let known = &mut self.tables[*at];
            known.bytes += table.bytes;
            known.rows = known.rows.zip(table.rows).map(|(one, other)| one + other);
        } else {
            self.places.insert(key, self.tables.len());
            self.tables.push(table);
        }
    }

    pub(super) fn organisation(
        &mut self,
        head: &PartHead,
        reader: &mut Counting<'_>,
    ) -> Result<(), BundleError> {
        let limits = self.budget.limits;
        let file = OrganisationFile::read(reader, &head.stored_name, limits, &mut NoRows)?;
        self.told.project = self.told.project.take().or(file.organization_id);
        self.told.created_at = self.told.created_at.or_else(|| file.created_at?.parse().ok());
        self.told.version = self.told.version.take().or(file.version);
        let cut = organisation::cut(&file.tables, limits.api_rows_max);
        for one in &cut {
            self.findings.push(match one.by {
                CutBy::Claim(_) => Finding::danger("Rows missing", format!("{}.", one.words())),
                _ => Finding::warning("Probably cut", format!("{}.", one.words())),
            });
        }
        self.cut.extend(cut);
        for table in file.tables {
            self.judge(&table);
            self.tables.push(Table {
                schema: "public".into(),
                name: table.name,
                rows: Some(table.rows),
                bytes: table.bytes,
            });
        }
        Ok(())
    }

    fn judge(&mut self, table: &OrganisationTable) {
        let name = &table.name;
        if let Some(error) = &table.error {
            let error: String = error.chars().take(200).collect();
            // A list of tables that is written down may name some that are not there at all.
            if !error.contains("does not exist") {
                self.unread.push(name.clone());
            }
            self.findings.push(Finding::danger("Table not read", format!("{name}: {error}")));
        }
        if table.is_skipped {
            let words = format!("{name} was left out when this backup was made.");
            self.findings.push(Finding::warning("Table skipped", words));
        }
    }
}

fn danger(name: &str, refusal: &Refusal) -> Finding {
    let Refusal { line, reason, quote } = refusal;
    let title = if reason.contains("run a program") { "Shell command" } else { "Must not run" };
    Finding::danger(
        title,
        format!("{name}, line {line}: {quote} — {reason}. It was not run; the script is not loaded."),
    )
}
