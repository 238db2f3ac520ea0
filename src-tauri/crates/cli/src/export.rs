//! Backups leave the vault: `holdfast bundle export` and `holdfast backup save`.

use base::Code;
use base::command::{About, Command};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use contract::api;
use contract::error::UserError;
use contract::export::{ExportBackup, ExportTarget, PackingView, PartForm, SavePart, WrittenFileView};
use contract::job::JobStarted;

use crate::console::Console;
use crate::error::{Ended, failure};
use crate::follow::follow;
use crate::secrets::NewPassphrase;
use crate::status::Status;
use crate::table::pairs;
use crate::words;

/// The part that tables are of.
const DATABASE: &str = "database";

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Packing {
    /// As it is.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Form of a saved part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// As it lies in the backup; the database as `pg_dump` wrote it.
    Dump,
    /// The database as one SQL script, made by `pg_restore`.
    Sql,
    /// A folder's files; the database as roles, schema, data and indexes in SQL.
    Tar,
    /// Rows of the database as JSON: a tar with a file for each table, an object on each line, and a manifest.
    Json,
}

/// A whole backup, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Whole {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// How the tar is packed [default: as the name of the file says, else zstd].
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Packing>,
    #[command(flatten)]
    target: Target,
}

/// One part of a backup, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// `database`, `roles`, or the path of a file or folder in the backup.
    #[arg(long, value_name = "PART", required_unless_present = "table")]
    part: Option<String>,
    /// A table of the database, whose rows are saved as JSON: `schema.name`, or `schema.*`. May be given more than once.
    #[arg(long, value_name = "SCHEMA.NAME", conflicts_with = "part")]
    table: Vec<String>,
    /// Its form [default: as it is; a folder as a tar].
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Option<Form>,
    /// SQL begins by dropping what it makes, where it is there.
    #[arg(long)]
    clean: bool,
    /// SQL leaves out who owns what.
    #[arg(long)]
    no_owner: bool,
    /// How the file is packed [default: as its name says, else not at all].
    #[arg(long, value_enum, value_name = "FORMAT")]
    compress: Option<Packing>,
    #[command(flatten)]
    target: Target,
}

/// Where it goes.
#[derive(Debug, Args)]
struct Target {
    /// File to write.
    #[arg(long, value_name = "FILE")]
    to: Utf8PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    passphrase: NewPassphrase,
}

impl Whole {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let started = api::backup_export(&console.engine, self.request().await?).await?;
        ended(console, started).await
    }

    /// What is asked for.
    pub(crate) async fn request(self) -> Result<ExportBackup, UserError> {
        let packing = self.format.unwrap_or_else(|| packing_of(&self.target.to).unwrap_or(Packing::Zstd));
        let to = self.target.read(packing).await?;
        Ok(ExportBackup { backup: self.backup, to })
    }
}

impl One {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let started = api::backup_save(&console.engine, self.request().await?).await?;
        ended(console, started).await
    }

    /// What is asked for.
    pub(crate) async fn request(self) -> Result<SavePart, UserError> {
        let packing = self.compress.unwrap_or_else(|| packing_of(&self.target.to).unwrap_or(Packing::None));
        let to = self.target.read(packing).await?;
        let form = self.form.map(|form| match form {
            Form::Dump => PartForm::AsItIs,
            Form::Sql => PartForm::Sql,
            Form::Tar => PartForm::Tar,
            Form::Json => PartForm::Json,
        });
        let Self { backup, part, table: tables, clean, no_owner, .. } = self;
        let form = form.or_else(|| (!tables.is_empty()).then_some(PartForm::Json));
        let part = part.unwrap_or_else(|| DATABASE.to_owned());
        Ok(SavePart { backup, part, tables, form, clean, no_owner, to })
    }
}

impl Target {
    async fn read(&self, packing: Packing) -> Result<ExportTarget, UserError> {
        let packing = match packing {
            Packing::None => PackingView::None,
            Packing::Gzip => PackingView::Gzip,
            Packing::Zstd => PackingView::Zstd,
        };
        let passphrase = self.passphrase.read(&self.to).await?;
        Ok(ExportTarget { path: self.to.to_string(), packing, passphrase, replace: self.replace })
    }
}

/// What the name of a file promises; nothing where it promises nothing.
fn packing_of(path: &Utf8Path) -> Option<Packing> {
    let name = path.file_name()?.to_ascii_lowercase();
    let name = name.strip_suffix(".age").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "gz" | "tgz" => Some(Packing::Gzip),
        "zst" | "zstd" | "tzst" => Some(Packing::Zstd),
        "tar" | "dump" | "sql" => Some(Packing::None),
        _ => None,
    }
}

async fn ended(console: &Console<'_>, started: JobStarted) -> Ended {
    let job = follow(console, started).await?;
    let file = job.file.ok_or_else(|| {
        failure(
            Code::Internal,
            "the run ended without a file",
            format!("See its log: `{} --log`.", Command::about(About::JobShow, &job.row.id)),
        )
    })?;
    console.output.answer(&file, || words_of(&file));
    Ok(Status::Done)
}

fn words_of(file: &WrittenFileView) -> String {
    pairs(&[
        ("File", file.path.clone()),
        ("Size", words::bytes(file.size_bytes.0)),
        ("SHA-256", file.sha256.clone()),
        ("Encrypted", if file.is_encrypted { "yes, with the passphrase".into() } else { "no".to_owned() }),
        ("Read it", file.opened_with.clone()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_how_it_is_packed() {
        let packing = |name: &str| packing_of(name.into());
        assert_eq!(packing("/a/shop.tar.gz.age"), Some(Packing::Gzip));
        assert_eq!(
            (packing("shop.TGZ"), packing("shop.tar.zst")),
            (Some(Packing::Gzip), Some(Packing::Zstd))
        );
        assert_eq!(
            (packing("shop.tar"), packing("shop.sql.age")),
            (Some(Packing::None), Some(Packing::None))
        );
        assert_eq!((packing("shop"), packing("shop.v2")), (None, None));
    }
}
