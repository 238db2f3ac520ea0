//! Rows of a table of a backup or of a file, without restoring or keeping anything.

use base::Code;
use base::command::split_table;
use clap::Args;
use contract::api;
use contract::error::UserError;
use contract::rows::{BackupRows, FileRows, RowsView, TableRange};

use crate::bundle::Files;
use crate::console::Console;
use crate::error::{Ended, failure};
use crate::status::Status;
use crate::table::{Side, parts, table};

/// Letters of a value that a terminal shows; all of them are in the JSON.
const LETTERS_SHOWN: usize = 40;

/// Which rows.
#[derive(Debug, Args)]
pub(crate) struct Range {
    /// How many rows to pass over.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// How many to show, 1 to 500.
    #[arg(long, default_value_t = 20)]
    count: u32,
}

impl Range {
    fn of(&self, name: &str) -> Result<TableRange, UserError> {
        let (schema, name) = split_table(name);
        if schema.is_empty() || name.is_empty() {
            return Err(failure(
                Code::InvalidRequest,
                format!("{schema}.{name} names no table"),
                "Write it as schema.name.",
            ));
        }
        Ok(TableRange { schema, name, first: self.first.into(), count: self.count })
    }
}

/// A table of a backup.
#[derive(Debug, Args)]
pub(crate) struct OfBackup {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// The table, `schema.name`.
    table: String,
    #[command(flatten)]
    range: Range,
}

impl OfBackup {
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let view = api::backup_rows(&console.engine, self.request()?).await?;
        console.output.answer(&view, || words_of(&view));
        Ok(Status::Done)
    }

    /// What is asked for.
    pub(crate) fn request(self) -> Result<BackupRows, UserError> {
        Ok(BackupRows { table: self.range.of(&self.table)?, backup: self.backup })
    }
}

/// A table of a file.
#[derive(Debug, Args)]
pub(crate) struct OfFiles {
    #[command(flatten)]
    files: Files,
    /// The table, `schema.name`.
    #[arg(long, value_name = "SCHEMA.NAME")]
    table: String,
    #[command(flatten)]
    range: Range,
}

impl OfFiles {
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let view = api::bundle_rows(&console.engine, self.request()?).await?;
        console.output.answer(&view, || words_of(&view));
        Ok(Status::Done)
    }

    /// What is asked for.
    pub(crate) fn request(self) -> Result<FileRows, UserError> {
        let table = self.range.of(&self.table)?;
        Ok(FileRows { paths: self.files.paths()?, passphrase: self.files.passphrase()?, table })
    }
}

fn words_of(view: &RowsView) -> String {
    let columns: Vec<(&str, Side)> = view.columns.iter().map(|name| (name.as_str(), Side::Left)).collect();
    let rows: Vec<Vec<String>> =
        view.rows.iter().map(|row| row.iter().map(|value| shown(value.as_deref())).collect()).collect();
    let last = view.first.0 + view.rows.len() as u64;
    let place = match (view.rows.len(), view.has_more) {
        (0, _) => "No rows here.".to_owned(),
        (_, true) => format!("Rows {} to {last}; there are more: --first {last}", view.first.0 + 1),
        (_, false) => format!("Rows {} to {last}, the last ones.", view.first.0 + 1),
    };
    let cut = match view.cut.0 {
        0 => String::new(),
        1 => "One value is too long to show, and cut.".to_owned(),
        cut => format!("{cut} values are too long to show, and cut."),
    };
    parts(&[table(&columns, &rows), place, cut])
}

/// A value on one line; what is no letter could change what a terminal shows.
fn shown(value: Option<&str>) -> String {
    let Some(text) = value else { return "NULL".to_owned() };
    let plain: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
    match plain.char_indices().nth(LETTERS_SHOWN) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}
