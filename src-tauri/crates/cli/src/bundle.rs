//! `holdfast bundle`: backups as files: looked at, kept, written.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use contract::api;
use contract::bundle::{FindingLevel, ImportFiles, InspectFiles, InspectionView};
use contract::error::UserError;

use crate::backup;
use crate::console::Console;
use crate::error::{Ended, failure};
use crate::export;
use crate::portable;
use crate::rows;
use crate::secrets::from_file;
use crate::status::{Status, taught};
use crate::table::{Side, pairs, parts, table};
use crate::words;
use base::Code;

/// Tables that a person looks at; all of them are in the JSON.
const TABLES_SHOWN: usize = 12;

/// What to do with portable files.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast bundle inspect full_20261114_020003.tar.gz.enc --passphrase-file F     nothing is run, nothing is kept
  holdfast bundle rows shop.sql.gz --table public.orders --count 50               without restoring it
  holdfast bundle import full_20261114_020003.tar.gz --as shop-copy               a project of its own
  holdfast bundle import shop.dump --into shop                                    a backup of a project that is there
  holdfast bundle send shop.tar.zst --to chat-archive --passphrase-file F         into the chat of that project's bot
  holdfast bundle fetch 1a2b3c4d --from chat-archive --to shop.tar.zst --passphrase-file F
  holdfast bundle receipt 1a2b3c4d --from chat-archive --to receipt.json          to be printed, and kept apart
  holdfast bundle fetch --receipt receipt.json --from chat-archive --to shop.tar.zst --passphrase-file F
  holdfast bundle export shop@latest --to shop.tar.zst                       not encrypted: keep it to yourself
  holdfast bundle export shop@latest --to shop.tar.zst.age --passphrase-file F
  holdfast bundle export 1a2b3c4d --to shop.tar.gz --format gzip --encrypt   asks for the passphrase

Any such file is read without Holdfast: `age --decrypt shop.tar.zst.age | zstd -dc | tar -x`, then `sha256sum -c SHA256SUMS`."))]
pub(crate) enum Verb {
    /// Say what files are. Runs nothing, keeps nothing.
    Inspect(Inspect),
    /// Rows of a table in files. Runs nothing, keeps nothing.
    Rows(rows::OfFiles),
    /// Keep files in the vault, as a backup of a project.
    Import(Import),
    /// Send a file into the chat of a project's bot, in sealed parts.
    Send(portable::Send),
    /// What was sent, and whether it is still there.
    Sent {
        /// The project whose bot and chat keep it.
        project: String,
    },
    /// The receipt of a file that was sent: what any computer finds it by.
    Receipt(portable::Receipt),
    /// Fetch a file that was sent back.
    Fetch(portable::Fetch),
    /// Delete a file that was sent.
    Forget(portable::Forget),
    /// Write a whole backup into one file, and read it back.
    Export(export::Whole),
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Inspect(inspect) => inspect.run(console).await,
            Self::Rows(rows) => rows.run(console).await,
            Self::Import(import) => import.run(console).await,
            Self::Send(send) => send.run(console).await,
            Self::Sent { project } => portable::sent(console, &project).await,
            Self::Receipt(receipt) => receipt.run(console).await,
            Self::Fetch(fetch) => fetch.run(console).await,
            Self::Forget(forget) => forget.run(console).await,
            Self::Export(whole) => whole.run(console).await,
        }
    }
}

/// Files, and what opens them.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// The files; several belong together.
    #[arg(required = true)]
    files: Vec<Utf8PathBuf>,
    /// Opens what is encrypted: a file that holds the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<Utf8PathBuf>,
}

impl Files {
    /// Absolute, so that whoever keeps them finds them.
    pub(crate) fn paths(&self) -> Result<Vec<String>, UserError> {
        let absolute = |path: &Utf8PathBuf| {
            camino::absolute_utf8(path).map(Utf8PathBuf::into_string).map_err(|source| {
                failure(Code::ArchiveUnreadable, format!("{path}: {source}"), "Give the path of a file.")
            })
        };
        self.files.iter().map(absolute).collect()
    }

    pub(crate) fn passphrase(&self) -> Result<Option<String>, UserError> {
        self.passphrase_file.as_deref().map(from_file).transpose()
    }
}

/// What is to be looked at.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[command(flatten)]
    files: Files,
}

impl Inspect {
    async fn run(self, console: &Console<'_>) -> Ended {
        let (paths, passphrase) = (self.files.paths()?, self.files.passphrase()?);
        let request = InspectFiles { paths, passphrase, look: None };
        let views = api::bundle_inspect(&console.engine, request, |_| {}).await?;
        console.output.answer(&views, || parts(&views.iter().map(report).collect::<Vec<_>>()));
        let is_bad = |view: &InspectionView| {
            !view.can_keep || view.findings.iter().any(|finding| finding.level == FindingLevel::Danger)
        };
        Ok(if views.iter().any(is_bad) { Status::Inconclusive } else { Status::Done })
    }
}

/// What is to be kept, and where.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    files: Files,
    /// Name of the new project that it becomes.
    #[arg(long = "as", value_name = "NAME", conflicts_with = "into")]
    as_project: Option<String>,
    /// Id or name of the project whose backup it becomes.
    #[arg(long, value_name = "PROJECT")]
    into: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// You know where it comes from: a drill brings owners, rights and all back, as a superuser.
    #[arg(long)]
    trusted: bool,
}

impl Import {
    async fn run(self, console: &Console<'_>) -> Ended {
        let started = api::bundle_import(&console.engine, self.request()?).await?;
        backup::follow_to_backup(console, started).await
    }

    /// What is asked for.
    pub(crate) fn request(self) -> Result<ImportFiles, UserError> {
        Ok(ImportFiles {
            paths: self.files.paths()?,
            passphrase: self.files.passphrase()?,
            into: self.into,
            as_project: self.as_project,
            reason: self.reason,
            is_trusted: self.trusted,
        })
    }
}

fn report(view: &InspectionView) -> String {
    let facts = pairs(&[
        ("File", view.name.clone()),
        ("Size", words::bytes(view.size_bytes.0)),
        ("Made by", view.made_by.clone().unwrap_or_default()),
        ("Made", view.made_at_ms.map(words::moment).unwrap_or_default()),
        ("Server", view.server_version.clone().map(|of| format!("Postgres {of}")).unwrap_or_default()),
        ("Opened", view.layers.join(", then ")),
        ("Unpacked", words::bytes(view.unpacked_bytes.0)),
        ("Tables", words::count(view.tables.len() as u64)),
        ("Rows", view.rows.map(|rows| words::count(rows.0)).unwrap_or_default()),
        ("Files", format!("{} in {} buckets", words::count(view.files.0), words::count(view.buckets.0))),
        ("SHA-256", view.sha256.join(" ")),
    ]);
    let sign = |level| match level {
        FindingLevel::Good => "good   ",
        FindingLevel::Warning => "warning",
        FindingLevel::Danger => "danger ",
    };
    let found: Vec<String> = view
        .findings
        .iter()
        .map(|finding| format!("{}  {}: {}", sign(finding.level), finding.title, finding.words))
        .collect();
    let rows: Vec<Vec<String>> = view
        .tables
        .iter()
        .take(TABLES_SHOWN)
        .map(|table| {
            let rows = table.rows.map(|rows| words::count(rows.0)).unwrap_or_default();
            let size = table.size_bytes.map(|size| words::bytes(size.0)).unwrap_or_default();
            vec![format!("{}.{}", table.schema, table.name), rows, size]
        })
        .collect();
    let columns = [("TABLE", Side::Left), ("ROWS", Side::Right), ("SIZE", Side::Right)];
    let tables = if rows.is_empty() { String::new() } else { table(&columns, &rows) };
    let belongs = view
        .belongs_to
        .as_ref()
        .map(|to| format!("Seems to belong to {}: {}.", to.project, to.why))
        .unwrap_or_default();
    let known = view.backup_id.as_ref().map(|id| format!("This very file is backup {id} already."));
    let next = if view.needs_passphrase {
        "It is encrypted. Give its passphrase: --passphrase-file FILE".to_owned()
    } else {
        format!("Inspected only: nothing in it was run, nothing was kept. Keep it: {}", view.import_command)
    };
    parts(&[view.sentence.clone(), facts, found.join("\n"), tables, belongs, known.unwrap_or_default(), next])
}
