//! `holdfast bundle send|sent|receipt|fetch|forget`: portable files in a Telegram chat.

use camino::Utf8PathBuf;
use clap::Args;
use contract::api;
use contract::error::UserError;
use contract::portable::{DeletePortable, FetchPortable, PortableView, SendPortable};
use contract::project::ProjectRef;

use crate::console::Console;
use crate::error::{Ended, failure};
use crate::follow::follow;
use crate::secrets::from_file;
use crate::status::Status;
use crate::table::{Side, table};
use crate::words;
use base::Code;

/// A file to be sent.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The file, for instance one that `holdfast bundle export` wrote.
    file: Utf8PathBuf,
    /// The project whose bot and chat keep it.
    #[arg(long, value_name = "PROJECT")]
    to: String,
    /// Seals it: a file that holds the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Utf8PathBuf,
    /// Writes its receipt into a file too: with it any computer fetches the file.
    #[arg(long, value_name = "FILE")]
    receipt: Option<Utf8PathBuf>,
}

/// The receipt of a file that was sent.
#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// Id, or a unique prefix of one.
    pub(crate) id: String,
    /// The project whose bot and chat keep it.
    #[arg(long, value_name = "PROJECT")]
    pub(crate) from: String,
    /// Writes it into a file too; nothing is written over.
    #[arg(long, value_name = "FILE")]
    to: Option<Utf8PathBuf>,
}

/// A file to be fetched back.
#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// Id, or a unique prefix of one.
    #[arg(required_unless_present = "receipt", conflicts_with = "receipt")]
    id: Option<String>,
    /// In place of an id: a file with its receipt, or with its manifest as it lies in the chat.
    #[arg(long, value_name = "FILE")]
    receipt: Option<Utf8PathBuf>,
    /// The project whose bot and chat keep it.
    #[arg(long, value_name = "PROJECT")]
    from: String,
    /// Where it goes; nothing is written over.
    #[arg(long, value_name = "FILE")]
    to: Utf8PathBuf,
    /// Opens it: a file that holds the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Utf8PathBuf,
}

/// A file to be deleted there.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Id, or a unique prefix of one.
    id: String,
    /// The project whose bot and chat keep it.
    #[arg(long, value_name = "PROJECT")]
    from: String,
    /// Its name, typed.
    #[arg(long, value_name = "NAME")]
    confirm: String,
}

impl Send {
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let started = api::portable_send(&console.engine, self.request()?).await?;
        let job = follow(console, started).await?;
        console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
        Ok(Status::Done)
    }

    /// What is asked for.
    pub(crate) fn request(self) -> Result<SendPortable, UserError> {
        let file = absolute(&self.file)?;
        let passphrase = from_file(&self.passphrase_file)?;
        let receipt = self.receipt.as_ref().map(absolute).transpose()?;
        Ok(SendPortable { project: self.to, file, passphrase, receipt })
    }
}

impl Receipt {
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let to = self.to.as_ref().map(absolute).transpose()?;
        let receipt = api::portable_receipt(&console.engine, &self.from, &self.id, to.as_deref()).await?;
        console.output.answer(&receipt, || receipt.document.clone());
        Ok(Status::Done)
    }
}

impl Fetch {
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let started = api::portable_fetch(&console.engine, self.request()?).await?;
        let job = follow(console, started).await?;
        console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
        Ok(Status::Done)
    }

    /// What is asked for.
    pub(crate) fn request(self) -> Result<FetchPortable, UserError> {
        let (to, passphrase) = (absolute(&self.to)?, from_file(&self.passphrase_file)?);
        let receipt = self.receipt.as_ref().map(absolute).transpose()?;
        Ok(FetchPortable { project: self.from, id: self.id, receipt, to, passphrase })
    }
}

impl Forget {
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let left = api::portable_delete(&console.engine, self.request()).await?;
        let is_gone = left.is_empty();
        console.output.answer(&left, || if is_gone { "Deleted.".to_owned() } else { left.join("\n") });
        Ok(if is_gone { Status::Done } else { Status::Inconclusive })
    }

    /// What is asked for.
    pub(crate) fn request(self) -> DeletePortable {
        DeletePortable { project: self.from, id: self.id, confirm: self.confirm }
    }
}

/// Lists what was sent.
pub(crate) async fn sent(console: &Console<'_>, project: &str) -> Ended {
    let request = ProjectRef { project: project.to_owned() };
    let files = api::portable_list(&console.engine, request).await?;
    console.output.answer(&files, || listed(&files));
    Ok(if files.iter().any(|file| file.gone.is_some()) { Status::Inconclusive } else { Status::Done })
}

fn listed(files: &[PortableView]) -> String {
    if files.is_empty() {
        return "Nothing was sent that this computer or the vault knows of.".to_owned();
    }
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|file| {
            let state = file.gone.as_ref().map_or_else(|| "there".to_owned(), |why| format!("gone: {why}"));
            let (made, size) = (words::moment(file.made_at_ms), words::bytes(file.size_bytes.0));
            let receipt = if file.is_in_vault { "in the vault" } else { "only here" };
            vec![file.id.chars().take(8).collect(), file.name.clone(), made, size, receipt.to_owned(), state]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("FILE", Side::Left),
        ("SENT", Side::Left),
        ("SIZE", Side::Right),
        ("RECEIPT", Side::Left),
        ("STATE", Side::Left),
    ];
    table(&columns, &rows)
}

fn absolute(path: &Utf8PathBuf) -> Result<String, UserError> {
    camino::absolute_utf8(path).map(Utf8PathBuf::into_string).map_err(|source| {
        failure(Code::FileUnreadable, format!("{path}: {source}"), "Give the path of a file.")
    })
}
