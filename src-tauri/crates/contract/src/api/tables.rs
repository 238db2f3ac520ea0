//! Which rows of a database backups take: what there is to choose from, and the choice.

use engine::Engine;
use engine::backup::{TableToChoose, TablesToChoose};
use postgres::choice::{NotTaken, NotTakenTable, TableChoice};
use postgres::custom_format::TableDigest;

use super::Answer;
use crate::number::Count;
use crate::project::ProjectRef;
use crate::tables::{
    ChooseTables, NotTakenTableView, NotTakenView, TableChoiceView, TableToChooseView, TableView,
    TablesToChooseView,
};

/// The tables of a project's database, with what the next backup takes of them. The server is asked.
///
/// # Errors
/// `project_not_found`, `no_postgres`; why the server cannot be asked.
#[crate::boxed]
pub async fn project_tables(engine: &Engine, request: ProjectRef) -> Answer<TablesToChooseView> {
    let TablesToChoose { choice, tables, unmatched } = engine.tables_to_choose(&request.project).await?;
    let tables = tables.into_iter().map(Into::into).collect();
    Ok(TablesToChooseView { choice: choice.into(), tables, unmatched })
}

/// Which rows the backups of a project take. Nothing is contacted.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn project_table_choice(engine: &Engine, request: ProjectRef) -> Answer<TableChoiceView> {
    Ok(engine.table_choice(&request.project).await?.into())
}

/// Chooses which rows the backups of a project take from now on.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn project_tables_choose(engine: &Engine, request: ChooseTables) -> Answer<TableChoiceView> {
    Ok(engine.choose_tables(&request.project, request.choice.into()).await?.into())
}

impl From<TableChoiceView> for TableChoice {
    fn from(choice: TableChoiceView) -> Self {
        let TableChoiceView { only, without_rows } = choice;
        Self { only, without_rows }
    }
}

impl From<TableChoice> for TableChoiceView {
    fn from(choice: TableChoice) -> Self {
        let TableChoice { only, without_rows } = choice;
        Self { only, without_rows }
    }
}

impl From<TableToChoose> for TableToChooseView {
    fn from(table: TableToChoose) -> Self {
        let TableToChoose { schema, name, rows_estimated, size_bytes, is_taken, is_readable, partition_of } =
            table;
        Self {
            schema,
            name,
            rows_estimated: rows_estimated.map(Count),
            size_bytes: Count(size_bytes),
            is_taken,
            is_readable,
            partition_of,
        }
    }
}

impl From<NotTaken> for NotTakenView {
    fn from(not_taken: NotTaken) -> Self {
        let NotTaken { choice, tables, schemas, cannot_hold } = not_taken;
        Self {
            choice: choice.into(),
            tables: tables.into_iter().map(Into::into).collect(),
            schemas,
            cut: cannot_hold.into_iter().map(|one| format!("{} {}", one.kind, one.name)).collect(),
        }
    }
}

impl From<NotTakenTable> for NotTakenTableView {
    fn from(table: NotTakenTable) -> Self {
        let NotTakenTable { schema, name, rows_estimated, size_bytes, is_absent } = table;
        Self {
            schema,
            name,
            rows_estimated: rows_estimated.map(Count),
            size_bytes: Count(size_bytes),
            is_absent,
        }
    }
}

impl From<TableDigest> for TableView {
    fn from(table: TableDigest) -> Self {
        let TableDigest { schema, name, rows, bytes, fingerprint } = table;
        Self { schema, name, rows: Count(rows), size_bytes: Count(bytes), fingerprint }
    }
}
