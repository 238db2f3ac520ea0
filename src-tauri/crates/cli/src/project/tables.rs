//! `holdfast project tables`: which rows of its database the backups of a project take.

use clap::Args;
use contract::api;
use contract::project::ProjectRef;
use contract::tables::{ChooseTables, TableChoiceView, TableToChooseView, TablesToChooseView};

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, listed, parts, table};
use crate::words;

/// Which rows backups take.
#[derive(Debug, Args)]
#[command(after_help = taught!(
"  holdfast project tables shop                                which tables there are, and whose rows are taken
  holdfast project tables shop --without-rows 'audit.*' --without-rows public.sessions
  holdfast project tables shop --only 'tenant_acme.*'         a role that may read nothing else is enough
  holdfast project tables shop --all                          all rows again

The structure of all tables is taken, as far as the role may read them: a restore makes the others without rows."))]
pub(crate) struct Tables {
    /// Id or name.
    project: String,
    /// Only rows of these tables: `schema.table`, a star at the end of either takes all that begin so.
    #[arg(long, value_name = "TABLE", conflicts_with = "all")]
    only: Vec<String>,
    /// No rows of these.
    #[arg(long, value_name = "TABLE", conflicts_with = "all")]
    without_rows: Vec<String>,
    /// All rows again.
    #[arg(long)]
    all: bool,
}

impl Tables {
    /// What is asked for, where anything is to change.
    pub(crate) fn request(&self) -> Option<ChooseTables> {
        let choice = TableChoiceView { only: self.only.clone(), without_rows: self.without_rows.clone() };
        let is_set = self.all || choice != TableChoiceView::default();
        is_set.then(|| ChooseTables { project: self.project.clone(), choice })
    }

    pub(super) async fn run(self, console: &Console<'_>) -> Ended {
        if let Some(request) = self.request() {
            let choice = api::project_tables_choose(&console.engine, request).await?;
            console.output.answer(&choice, || chosen(&choice));
            return Ok(Status::Done);
        }
        let view = api::project_tables(&console.engine, ProjectRef { project: self.project }).await?;
        console.output.answer(&view, || words_of(&view));
        Ok(Status::Done)
    }
}

fn chosen(choice: &TableChoiceView) -> String {
    let TableChoiceView { only, without_rows } = choice;
    let taken = match only.as_slice() {
        [] => "The next backup takes the rows of all tables".to_owned(),
        only => format!("The next backup takes the rows of {}", only.join(", ")),
    };
    match without_rows.as_slice() {
        [] => format!("{taken}."),
        without => format!("{taken}, and not those of {}.", without.join(", ")),
    }
}

fn words_of(view: &TablesToChooseView) -> String {
    let taken = |table: &TableToChooseView| match (table.is_taken, table.is_readable) {
        (true, true) => "yes",
        (true, false) => "yes, and may not be read",
        (false, _) => "no",
    };
    let rows: Vec<Vec<String>> = view
        .tables
        .iter()
        .map(|one| {
            vec![
                format!("{}.{}", one.schema, one.name),
                one.rows_estimated.map_or_else(String::new, |rows| format!("~{}", words::count(rows.0))),
                words::bytes(one.size_bytes.0),
                taken(one).to_owned(),
            ]
        })
        .collect();
    let columns =
        [("TABLE", Side::Left), ("ROWS", Side::Right), ("SIZE", Side::Right), ("ROWS TAKEN", Side::Left)];
    parts(&[
        table(&columns, &rows),
        chosen(&view.choice),
        listed("Chosen by name, and not there", &view.unmatched),
    ])
}
