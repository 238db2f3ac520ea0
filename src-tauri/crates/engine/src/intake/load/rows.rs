//! Rows of an organisation's JSON into tables of their own, each column with the type that all its values have.

use std::fs::File;

use camino::Utf8PathBuf;
use futures_util::SinkExt as _;
use tokio::sync::mpsc;

use crate::archive::opened::blocking;
use base::Code;
use base::failure::Failure;
use bundle::{BundleError, Limits, NoRows, OrganisationFile, OrganisationRows, OrganisationTable, Row};
use ledger::job::JobContext;
use postgres::target::{Target, quote_identifier};

/// Lines on their way: a few hundred kilobytes.
const LINES: usize = 64;
/// A batch of lines.
const BATCH_BYTES: usize = 64 * 1024;

enum Piece {
    Table(String),
    Lines(String),
    End,
}

/// Loads the file; its tables with the rows that are there now.
pub(super) async fn load(
    context: &JobContext,
    target: &Target,
    path: &Utf8PathBuf,
) -> Result<OrganisationFile, Failure> {
    // Once for the columns, once for the rows: a type is known only after the last row.
    let from = path.clone();
    let known = blocking(move || read(&from, &mut NoRows)).await?;
    let session = target.session().await?;
    for table in &known.tables {
        session.client.batch_execute(&create(table)).await.map_err(postgres::refused)?;
    }
    let (send, mut pieces) = mpsc::channel::<Piece>(LINES);
    let (from, tables) = (path.clone(), known.tables.clone());
    let reading = tokio::spawn(blocking(move || {
        read(&from, &mut Sending { tables, at: 0, batch: String::new(), send })
    }));
    let mut rows = None;
    let mut loaded: Result<(), Failure> = Ok(());
    while let Some(piece) = pieces.recv().await {
        context.checkpoint()?;
        context.meter().beat();
        let done = async {
            match piece {
                Piece::Table(name) => {
                    let copy = format!("COPY public.{} FROM STDIN", quote_identifier(&name));
                    rows = Some(Box::pin(session.client.copy_in::<_, bytes::Bytes>(&copy).await?));
                }
                Piece::Lines(lines) => {
                    if let Some(rows) = &mut rows {
                        rows.send(bytes::Bytes::from(lines)).await?;
                    }
                }
                Piece::End => {
                    if let Some(mut rows) = rows.take() {
                        let count = rows.as_mut().finish().await?;
                        context.meter().add_rows(count);
                    }
                }
            }
            Ok::<_, tokio_postgres::Error>(())
        };
        if let Err(error) = done.await {
            loaded = Err(postgres::refused(error));
            break;
        }
    }
    drop(pieces);
    let read = reading.await.unwrap_or_else(|join| {
        tracing::error!(%join, "the reading of rows panicked");
        Err(Failure::new(Code::Internal, "Holdfast made a mistake while it read rows", "Report this."))
    });
    // What the server refused tells more than the reader that it left behind.
    loaded?;
    let file = read?;
    session.close().await;
    Ok(file)
}

fn read(path: &Utf8PathBuf, rows: &mut dyn OrganisationRows) -> Result<OrganisationFile, Failure> {
    let mut reader = File::open(path).map_err(|source| {
        Failure::new(
            Code::FileUnreadable,
            format!("{path}: {source}"),
            "Check the disk of the profile's folder.",
        )
    })?;
    let name = path.file_name().unwrap_or("rows");
    Ok(OrganisationFile::read(&mut reader, name, &Limits::generous(), rows)?)
}

fn create(table: &OrganisationTable) -> String {
    let mut columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} {}", quote_identifier(&column.name), column.kind.sql()))
        .collect();
    if let Some(key) = &table.key {
        columns.push(format!("PRIMARY KEY ({})", quote_identifier(key)));
    }
    format!("CREATE TABLE public.{} ({})", quote_identifier(&table.name), columns.join(", "))
}

/// Sends rows as lines of COPY, with the columns that a first reading found.
struct Sending {
    tables: Vec<OrganisationTable>,
    at: usize,
    batch: String,
    send: mpsc::Sender<Piece>,
}

impl Sending {
    fn give(&mut self, piece: Piece) -> Result<(), BundleError> {
        self.send.blocking_send(piece).map_err(|_| BundleError::Cancelled)
    }
}

impl OrganisationRows for Sending {
    fn table(&mut self, name: &str) -> Result<(), BundleError> {
        self.at = self.tables.iter().position(|table| table.name == name).unwrap_or(self.tables.len());
        self.give(Piece::Table(name.to_owned()))
    }

    fn row(&mut self, row: &Row) -> Result<(), BundleError> {
        let columns = self.tables.get(self.at).map(|table| table.columns.as_slice()).unwrap_or_default();
        self.batch.push_str(&row.copy_line(columns));
        if self.batch.len() < BATCH_BYTES {
            return Ok(());
        }
        let lines = std::mem::take(&mut self.batch);
        self.give(Piece::Lines(lines))
    }

    fn end(&mut self, _: &OrganisationTable) -> Result<(), BundleError> {
        if !self.batch.is_empty() {
            let lines = std::mem::take(&mut self.batch);
            self.give(Piece::Lines(lines))?;
        }
        self.give(Piece::End)
    }
}
