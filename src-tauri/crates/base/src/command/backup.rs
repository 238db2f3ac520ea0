//! Backups and files on a command line: rows, parts, exports, imports, drills, the report.

use jiff::tz::TimeZone;

use super::line::{Line, joined_names, table_word};
use super::{FILE, TableChoice};

/// Back a project up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupRun {
    /// Id or name of the project.
    pub project: String,
    /// Why.
    pub reason: Option<String>,
    /// Components; none means all.
    pub only: Vec<String>,
    /// Tables for this backup alone; none in both means those of the project.
    pub tables: TableChoice,
}

impl BackupRun {
    pub(super) fn line(&self) -> Line {
        let line = Line::of("backup run").argument(&self.project).maybe("reason", self.reason.as_ref());
        let line = self.only.iter().fold(line, |line, component| line.option("only", component));
        self.tables.on(line, "table")
    }
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Form of a saved part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveForm {
    /// As it lies in the backup.
    Dump,
    /// One SQL script.
    Sql,
    /// A tar.
    Tar,
    /// Rows as JSON, in a tar.
    Json,
}

/// Rows of a table of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRows {
    /// Which backup.
    pub backup: String,
    /// Schema of the table.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// So many rows are passed over.
    pub first: u64,
    /// How many.
    pub count: u32,
}

/// Rows of a table of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRows {
    /// The files.
    pub files: Vec<String>,
    /// Whether a passphrase opens them.
    pub is_encrypted: bool,
    /// Schema of the table.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// So many rows are passed over.
    pub first: u64,
    /// How many.
    pub count: u32,
}

/// One part of a backup as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct BackupSave {
    /// Which backup.
    pub backup: String,
    /// Which part.
    pub part: String,
    /// Tables whose rows are taken of the database, as `schema.name`; none takes the part whole.
    pub tables: Vec<String>,
    /// Its form; absent means the usual.
    pub form: Option<SaveForm>,
    /// SQL drops what it makes first.
    pub clean: bool,
    /// SQL leaves owners out.
    pub no_owner: bool,
    /// The file.
    pub file: String,
    /// How it is packed.
    pub packing: Packing,
    /// Whether a passphrase encrypts it.
    pub is_encrypted: bool,
    /// Whether a file of that name may be replaced.
    pub replace: bool,
}

/// A whole backup as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleExport {
    /// Which backup.
    pub backup: String,
    /// The file.
    pub file: String,
    /// How it is packed.
    pub packing: Packing,
    /// Whether a passphrase encrypts it.
    pub is_encrypted: bool,
    /// Whether a file of that name may be replaced.
    pub replace: bool,
}

/// Files that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleImport {
    /// The files.
    pub files: Vec<String>,
    /// Whether a passphrase opens them.
    pub is_encrypted: bool,
    /// The project that is there; or
    pub into: Option<String>,
    /// the name of a new one.
    pub as_project: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whether somebody vouches for them.
    pub is_trusted: bool,
}

/// The receipt of a file that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleReceipt {
    /// Which.
    pub id: String,
    /// The project whose bot keeps it.
    pub project: String,
}

/// A drill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrillRun {
    /// A backup, or a project whose newest is meant.
    pub reference: String,
    /// Whether data and keys alone come back.
    pub data_only: bool,
    /// Only these tables.
    pub tables: Vec<String>,
    /// The project whose server lends a database.
    pub on: Option<String>,
    /// The container image whose server is used.
    pub image: Option<String>,
    /// Whether that image is fetched where it is not here.
    pub pull: bool,
    /// A program that looks too.
    pub program: Option<String>,
}

/// The auditor's report of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// It begins here.
    pub from_ms: i64,
    /// It ends before this.
    pub until_ms: i64,
    /// Of these projects; none means all.
    pub projects: Vec<String>,
    /// The page to write.
    pub html: Option<String>,
    /// The folder for its tables.
    pub csv: Option<String>,
}

impl Packing {
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

impl SaveForm {
    fn word(self) -> &'static str {
        match self {
            Self::Dump => "dump",
            Self::Sql => "sql",
            Self::Tar => "tar",
            Self::Json => "json",
        }
    }
}

impl BackupRows {
    pub(super) fn line(&self) -> Line {
        let Self { backup, schema, name, first, count } = self;
        let line = Line::of("backup rows").argument(backup).argument(&table_word(schema, name));
        range(line, *first, *count)
    }
}

impl BundleRows {
    pub(super) fn line(&self) -> Line {
        let Self { files, is_encrypted, schema, name, first, count } = self;
        let line = files.iter().fold(Line::of("bundle rows"), |line, file| line.argument(file));
        let line = range(line.option("table", table_word(schema, name)), *first, *count);
        passphrase(line, *is_encrypted)
    }
}

impl BackupSave {
    pub(super) fn line(&self) -> Line {
        let Self { backup, part, tables, form, clean, no_owner, file, packing, is_encrypted, replace } = self;
        let line = Line::of("backup save").argument(backup);
        let line = if tables.is_empty() {
            line.option("part", part)
        } else {
            tables.iter().fold(line, |line, table| line.option("table", table))
        };
        let line = line
            .option("to", file)
            .maybe("as", form.map(SaveForm::word))
            .option("compress", packing.word())
            .flag("clean", *clean)
            .flag("no-owner", *no_owner)
            .flag("replace", *replace);
        passphrase(line, *is_encrypted)
    }
}

impl BundleExport {
    pub(super) fn line(&self) -> Line {
        let Self { backup, file, packing, is_encrypted, replace } = self;
        let line = Line::of("bundle export")
            .argument(backup)
            .option("to", file)
            .option("format", packing.word())
            .flag("replace", *replace);
        passphrase(line, *is_encrypted)
    }
}

impl BundleImport {
    pub(super) fn line(&self) -> Line {
        let Self { files, is_encrypted, into, as_project, reason, is_trusted } = self;
        let line = files.iter().fold(Line::of("bundle import"), |line, file| line.argument(file));
        let line = line
            .maybe("as", as_project.as_ref())
            .maybe("into", into.as_ref())
            .maybe("reason", reason.as_ref())
            .flag("trusted", *is_trusted);
        passphrase(line, *is_encrypted)
    }
}

impl BundleReceipt {
    pub(super) fn line(&self) -> Line {
        Line::of("bundle receipt").argument(&self.id).option("from", &self.project)
    }
}

impl DrillRun {
    pub(super) fn line(&self) -> Line {
        let Self { reference, data_only, tables, on, image, pull, program } = self;
        let tables = (!tables.is_empty()).then(|| joined_names(tables));
        Line::of("drill run")
            .argument(reference)
            .maybe("depth", data_only.then_some("data"))
            .maybe("tables", tables)
            .maybe("on", on.as_ref())
            .maybe("image", image.as_ref())
            .flag("pull", *pull)
            .maybe("program", program.as_ref())
    }
}

impl Report {
    pub(super) fn line(&self) -> Line {
        let Self { from_ms, until_ms, projects, html, csv } = self;
        let line = Line::of("report").option("from", day_or_moment(*from_ms));
        // Both days are within the period; a moment is its very end.
        let line = match day_before(*until_ms) {
            Some(day) => line.option("to", day.to_string()),
            None => line.option("to", super::moment(*until_ms)),
        };
        let line = projects.iter().fold(line, |line, project| line.option("project", project));
        line.maybe("html", html.as_ref()).maybe("csv", csv.as_ref())
    }
}

fn range(line: Line, first: u64, count: u32) -> Line {
    line.maybe("first", (first > 0).then(|| first.to_string())).option("count", count.to_string())
}

/// A passphrase comes from a file that a person names.
pub(super) fn passphrase(line: Line, is_encrypted: bool) -> Line {
    line.maybe("passphrase-file", is_encrypted.then_some(FILE))
}

/// The day that begins at a moment, by the clock of this computer.
fn day_of(at_ms: i64) -> Option<jiff::civil::Date> {
    let zone = TimeZone::system();
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    let day = at.to_zoned(zone.clone()).date();
    let begins = day.to_zoned(zone).ok()?.timestamp();
    (begins == at).then_some(day)
}

fn day_before(at_ms: i64) -> Option<jiff::civil::Date> {
    day_of(at_ms)?.yesterday().ok()
}

/// A day, where one begins at that moment; else the moment.
pub(super) fn day_or_moment(at_ms: i64) -> String {
    day_of(at_ms).map_or_else(|| super::moment(at_ms), |day| day.to_string())
}
