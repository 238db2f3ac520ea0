//! What a backup would do; reads only.

use super::scope::{BackupWish, Scope};
use crate::archive::{Manifest, opened};
use crate::engine::Engine;
use crate::moment::unreadable_names;
use base::disk;
use base::failure::Failure;
use ledger::component::Component;
use postgres::choice::TableChoice;
use postgres::connection::{ConnectOptions, Settings, connect};
use postgres::facts::{self, Facts, TableKind};

/// For a look at the catalogue.
pub(super) const PATIENCE: &str = "set statement_timeout = '60s'; set lock_timeout = '10s'";

/// What a backup would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPlan {
    /// Project.
    pub project: String,
    /// Database and host.
    pub origin: String,
    /// The vault.
    pub destination: String,
    /// Server version; absent where no database is read.
    pub server_version: Option<String>,
    /// The tool that will dump.
    pub tool_version: Option<String>,
    /// Tables that hold rows.
    pub tables: u64,
    /// Size of the database on the server.
    pub database_bytes: u64,
    /// Bytes free at the vault.
    pub free_bytes: u64,
    /// Tables that the last backup did not have.
    pub new_tables: Vec<String>,
    /// Tables of the last backup that are gone.
    pub gone_tables: Vec<String>,
    /// Tables whose rows are not taken by choice.
    pub left_out: Vec<String>,
    /// What is read beside the database, in words.
    pub parts: Vec<String>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
}

impl Engine {
    /// Plans a backup of a project, or of the components that are wished for. The server is asked only for its database.
    ///
    /// # Errors
    /// `component_not_found`; why the server, the tools or the vault cannot be used.
    #[crate::boxed]
    pub async fn plan_backup(&self, project: &str, wish: &BackupWish) -> Result<BackupPlan, Failure> {
        let profile = &self.profile;
        let project = profile.project(project).await?;
        let record = profile.archive.record().await?;
        let Scope { database, sources } = self.scope(&project, wish).await?;
        let parts: Vec<String> = sources
            .iter()
            .map(|source| format!("{}: {}", source.component.words(), source.place.words()))
            .collect();
        if !database {
            return Ok(BackupPlan {
                origin: parts.join("; "),
                destination: format!("vault “{}” in {}", record.name, record.path),
                server_version: None,
                tool_version: None,
                tables: 0,
                database_bytes: 0,
                free_bytes: disk::free_bytes(&record.path).unwrap_or(0),
                new_tables: Vec::new(),
                gone_tables: Vec::new(),
                left_out: Vec::new(),
                parts,
                warnings: Vec::new(),
                project: project.name,
            });
        }
        self.wake(&project).await?;
        let entry = self.entry(&project).await?;
        let options = ConnectOptions::new("holdfast plan");
        let session = connect(&entry.connection, entry.password.as_ref(), &options).await?;
        // A role's own limit may be too low for a look at a large catalogue. Refused, it is merely less patient.
        let _ = session.client.batch_execute(PATIENCE).await;
        let facts = facts::gather(&session.client).await?;
        session.close().await;
        let tools = profile.tools().await?;
        let tool = tools.for_dump(facts.server.major)?;
        let tables: Vec<String> = facts
            .tables
            .iter()
            .filter(|table| table.kind == TableKind::Table)
            .map(|table| format!("{}.{}", table.schema, table.name))
            .collect();
        let before = self.newest_tables(&project.id).await?;
        let mut warnings = Vec::new();
        let database_bytes = facts.database.size_bytes.unwrap_or(0);
        let free_bytes = disk::free_bytes(&record.path).unwrap_or(0);
        if free_bytes < database_bytes / 4 {
            warnings.push(
                "The vault's disk may be too small for this backup; it is stopped cleanly if so.".into(),
            );
        }
        let choice = self.choice(&project, wish).await?;
        let (left_out, left_bytes) = judge_choice(&choice, wish, &facts, &mut warnings);
        let (new_tables, gone_tables) = compare(before.as_ref(), &tables);
        Ok(BackupPlan {
            origin: source_words(project.postgres()?),
            destination: format!("vault “{}” in {}", record.name, record.path),
            server_version: Some(facts.server.version),
            tool_version: Some(tool.version.to_string()),
            tables: (tables.len() - left_out.len()) as u64,
            database_bytes: database_bytes.saturating_sub(left_bytes),
            free_bytes,
            new_tables,
            gone_tables,
            left_out,
            parts,
            warnings,
            project: project.name,
        })
    }

    /// Tables of the newest backup of a project, or nothing when there is none that can be read.
    async fn newest_tables(&self, project_id: &str) -> Result<Option<Vec<String>>, Failure> {
        let Some(newest) = self.profile.catalog.newest_with(project_id, Component::Database).await? else {
            return Ok(None);
        };
        let vault = self.profile.archive.vault().await?;
        let id = opened::snapshot_id(&newest.id)?;
        let manifest = opened::blocking(move || Manifest::load(&vault, &id)).await?;
        Ok(Some(table_names(&manifest)))
    }
}

/// The tables whose rows are left out, with their bytes; what is to be considered is added to the warnings.
fn judge_choice(
    choice: &TableChoice,
    wish: &BackupWish,
    facts: &Facts,
    warnings: &mut Vec<String>,
) -> (Vec<String>, u64) {
    let (out, stopping) = choice.leaves_out(&facts.tables, &facts.unreadable);
    if !stopping.is_empty() {
        warnings.push(format!(
            "{} cannot be read with this role; the backup would stop there.",
            unreadable_names(&stopping)
        ));
    }
    let unmatched = choice.unmatched(&facts.tables);
    warnings.extend(unmatched.iter().map(|name| format!("No table is called {name}.")));
    if wish.tables.is_some() && !out.is_empty() {
        warnings.push("It counts for no goal: its tables are chosen for it alone.".into());
    }
    let of_tables = facts.tables.iter().filter(|table| table.kind == TableKind::Table);
    let bare = of_tables.filter(|table| out.lacks(&table.schema, &table.name));
    bare.fold((Vec::new(), 0), |(mut names, bytes), table| {
        names.push(format!("{}.{}", table.schema, table.name));
        (names, bytes + table.size_bytes)
    })
}

/// Database and server, for sentences.
pub(super) fn source_words(connection: &Settings) -> String {
    format!("{} at {}", connection.database, connection.host_words())
}

/// Names of the tables of a manifest, as `schema.name`, with those whose rows were not taken.
pub(super) fn table_names(manifest: &Manifest) -> Vec<String> {
    let taken = manifest.tables().iter().map(|table| (&table.schema, &table.name));
    let others = manifest.not_taken().into_iter().flat_map(|out| &out.tables);
    let others = others.map(|table| (&table.schema, &table.name));
    taken.chain(others).map(|(schema, name)| format!("{schema}.{name}")).collect()
}

/// What is new and what is gone; nothing of either when there is nothing to compare with.
pub(super) fn compare(before: Option<&Vec<String>>, now: &[String]) -> (Vec<String>, Vec<String>) {
    let Some(before) = before else { return Default::default() };
    let missing_in = |from: &[String], of: &[String]| -> Vec<String> {
        let known: std::collections::HashSet<&String> = of.iter().collect();
        from.iter().filter(|name| !known.contains(name)).cloned().collect()
    };
    (missing_in(now, before), missing_in(before, now))
}
