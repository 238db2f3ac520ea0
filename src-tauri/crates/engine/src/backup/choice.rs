//! Of which tables backups take the rows: what a person chose, and what there is to choose from.

use std::collections::{HashMap, HashSet};

use crate::archive::{BackupType, Manifest};
use crate::engine::Engine;
use crate::profile::Profile;
use base::clock::now_ms;
use base::command::table_word;
use base::failure::Failure;
use base::words::moment_words;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, Keeping};
use ledger::event::Topic;
use ledger::job::{JobContext, JobOutput};
use postgres::choice::{ChoiceError, TableChoice};
use postgres::connection::{ConnectOptions, connect};
use postgres::facts::{self, TableFacts, TableKind};

use super::plan::PATIENCE;
use super::scope::BackupWish;

/// So long a backup stays whose tables were chosen for it alone, whatever the policy says.
const CHOSEN_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Partitions of partitions, no deeper than anybody makes them.
const PARTITIONED_MAX: usize = 32;

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablesToChoose {
    /// What is chosen.
    pub choice: TableChoice,
    /// Every table that has rows, by schema and name.
    pub tables: Vec<TableToChoose>,
    /// Names of the choice that mean no table.
    pub unmatched: Vec<String>,
}

/// A table that has rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableToChoose {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The planner's estimate of its rows.
    pub rows_estimated: Option<u64>,
    /// Its bytes on the server, with indexes.
    pub size_bytes: u64,
    /// Whether the next backup takes its rows.
    pub is_taken: bool,
    /// Whether the role may read it.
    pub is_readable: bool,
    /// The tables that it is a partition of, the nearest first, as a choice names them.
    pub partition_of: Vec<String>,
}

impl Engine {
    /// Which rows the backups of a project take.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn table_choice(&self, project: &str) -> Result<TableChoice, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.table_choice(&project.id).await?)
    }

    /// Chooses which rows the backups of a project take from now on; everything takes the choice away. Nothing is
    /// contacted: a choice can be made for tables that are yet to come.
    ///
    /// # Errors
    /// `project_not_found`, and `invalid_request` for what is no name of tables or a project without a database.
    #[crate::boxed]
    pub async fn choose_tables(&self, project: &str, choice: TableChoice) -> Result<TableChoice, Failure> {
        let project = self.profile.project(project).await?;
        project.postgres()?;
        let choice = checked(choice)?;
        let (only, without) = (choice.only.join(", "), choice.without_rows.join(", "));
        let details = Details::none()
            .with("only", Fact::Name(if only.is_empty() { "all" } else { &only }))
            .with("without_rows", Fact::Name(if without.is_empty() { "none" } else { &without }));
        let mut writing =
            self.profile.audit.begin(Act::TablesChosen, &Subject::project(&project), details).await?;
        Catalog::set_table_choice_on(writing.connection(), &project.id, &choice).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(choice)
    }

    /// The tables of a project's database, as the server has them now, with what the next backup takes of them.
    ///
    /// # Errors
    /// `project_not_found`; why the server cannot be asked.
    #[crate::boxed]
    pub async fn tables_to_choose(&self, project: &str) -> Result<TablesToChoose, Failure> {
        let project = self.profile.project(project).await?;
        project.postgres()?;
        let choice = self.profile.catalog.table_choice(&project.id).await?;
        self.wake(&project).await?;
        let entry = self.entry(&project).await?;
        let options = ConnectOptions::new("holdfast looks");
        let session = connect(&entry.connection, entry.password.as_ref(), &options).await?;
        // Refused, it is merely less patient.
        let _ = session.client.batch_execute(PATIENCE).await;
        let all = facts::tables(&session.client).await?;
        let unreadable = facts::unreadable(&session.client).await?;
        session.close().await;
        let (out, _) = choice.leaves_out(&all, &unreadable);
        let unmatched = choice.unmatched(&all).into_iter().map(str::to_owned).collect();
        let parents: HashMap<(&str, &str), &(String, String)> = all
            .iter()
            .filter_map(|table| {
                Some(((table.schema.as_str(), table.name.as_str()), table.partition_of.as_ref()?))
            })
            .collect();
        let chain = |table: &TableFacts| -> Vec<String> {
            let above = |one: &&(String, String)| parents.get(&(one.0.as_str(), one.1.as_str())).copied();
            let all = std::iter::successors(table.partition_of.as_ref(), above).take(PARTITIONED_MAX);
            all.map(|(schema, name)| table_word(schema, name)).collect()
        };
        let closed: HashSet<(&str, &str)> =
            unreadable.iter().map(|one| (one.schema.as_str(), one.name.as_str())).collect();
        let tables = all.iter().filter(|table| table.kind == TableKind::Table).map(|table| TableToChoose {
            is_taken: !out.lacks(&table.schema, &table.name),
            is_readable: !closed.contains(&(table.schema.as_str(), table.name.as_str())),
            schema: table.schema.clone(),
            name: table.name.clone(),
            rows_estimated: table.rows_estimated,
            size_bytes: table.size_bytes,
            partition_of: chain(table),
        });
        let tables = tables.collect();
        Ok(TablesToChoose { choice, tables, unmatched })
    }
}

/// A choice that can be one.
///
/// # Errors
/// `invalid_request`.
pub(super) fn checked(choice: TableChoice) -> Result<TableChoice, Failure> {
    choice.checked().map_err(|error: ChoiceError| {
        Failure::invalid(
            error.to_string(),
            "Name tables as `schema.table`, without a schema those of public; a star at the end takes all that begin so: `audit.*`, `logs_*`.",
        )
    })
}

/// What was wished for. A backup whose tables were chosen for it alone counts for nothing, where anything is missing for
/// that.
pub(super) fn note_wish(manifest: &mut Manifest, wish: &BackupWish) {
    manifest.backup_type = Some(BackupType::of(wish.only, wish.tables.is_some(), !wish.names.is_empty()));
    if wish.tables.is_some() && manifest.not_taken().is_some() {
        manifest.held_back = Some("its tables were chosen for it alone".to_owned());
    }
}

/// A backup that counts for nothing would go with the next removal; somebody made it for a reason.
pub(super) async fn keep_for_a_while(
    profile: &Profile,
    context: &JobContext,
    output: &JobOutput,
    project: &str,
) {
    let Some(id) = &output.backup_id else { return };
    let until_ms = now_ms() + CHOSEN_KEPT_MS;
    let noted = async {
        // Where nothing was left out it counts like any other.
        let made = profile.catalog.backups_by_prefix(id).await?;
        if made.iter().all(|made| made.held_back.is_none()) {
            return Ok(());
        }
        let keeping = Keeping { until_ms: Some(until_ms), ..profile.catalog.keeping(id).await? };
        let until = moment_words(until_ms);
        let details = Details::none().with("until", Fact::Name(&until));
        let subject = Subject::backup(id, project);
        let mut writing = profile.audit.begin(Act::BackupExpirySet, &subject, details).await?;
        Catalog::set_keeping_on(writing.connection(), id, &keeping).await?;
        Ok::<_, Failure>(writing.commit().await?)
    };
    if let Err(failure) = noted.await {
        let why = failure.message.trim_end_matches('.');
        context.warn("verify", format!("that it is kept for 30 days could not be noted: {why}"));
    }
}
