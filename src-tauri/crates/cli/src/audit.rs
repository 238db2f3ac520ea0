//! `holdfast audit`: list, verify, export.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use contract::api;
use contract::audit::{AuditEntryView, AuditFormat, AuditPage, ExportAudit, ListAudit, VerifyAudit};
use contract::number::Millis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, parts, table};
use crate::words;

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast audit list --act backup. --subject shop --since 2026-11-01
  holdfast audit verify                       exit status 1 if the chain is broken
  holdfast audit verify --with-backups        also against what the backups in the vault say of it
  holdfast audit export --to audit.jsonl      everything that is hashed; .csv for a spreadsheet"))]
pub(crate) enum Verb {
    /// Entries, newest first.
    List {
        /// Only acts whose code begins so: `backup.`, `restore.applied`.
        #[arg(long, value_name = "CODE")]
        act: Option<String>,
        /// Only what is about this: an id, a name, or a kind as `project`.
        #[arg(long)]
        subject: Option<String>,
        /// Not before this day or moment: `2026-11-01`, `2026-11-01T08:00:00Z`.
        #[arg(long, value_name = "WHEN", value_parser = moment)]
        since: Option<Millis>,
        /// Before this day or moment.
        #[arg(long, value_name = "WHEN", value_parser = moment)]
        until: Option<Millis>,
        /// Only entries in which this text stands.
        #[arg(long)]
        text: Option<String>,
        /// How many at most, 1 to 500.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Look whether an entry was changed, removed, moved, put in or cut off; names the first.
    Verify {
        /// Also compare with what the newest backups in the vault say of the log.
        #[arg(long)]
        with_backups: bool,
    },
    /// Write the whole log to a file.
    Export {
        /// File to write: CSV where the name ends in .csv, JSON Lines otherwise.
        #[arg(long, value_name = "FILE")]
        to: Utf8PathBuf,
    },
}

impl Verb {
    /// Whether secrets are needed, so that a sealed file has to be opened.
    pub(crate) fn needs_secrets(&self) -> bool {
        match self {
            Self::Verify { with_backups } => *with_backups,
            Self::List { .. } | Self::Export { .. } => false,
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::List { act, subject, since, until, text, limit } => {
                let request =
                    ListAudit { act, subject, since_ms: since, until_ms: until, text, before: None, limit };
                let page = api::audit_list(&console.engine, request).await?;
                console.output.answer(&page, || list_words(&page));
                Ok(Status::Done)
            }
            Self::Verify { with_backups } => {
                let verdict = api::audit_verify(&console.engine, VerifyAudit { with_backups }).await?;
                console.output.answer(&verdict, || {
                    let hash = verdict.last_hash.as_deref().map(|hash| format!("Its last hash is {hash}."));
                    parts(&[verdict.sentence.clone(), hash.unwrap_or_default()])
                });
                Ok(match (verdict.is_whole, verdict.not_compared.is_some()) {
                    (false, _) => Status::Failed,
                    (true, true) => Status::Inconclusive,
                    (true, false) => Status::Done,
                })
            }
            Self::Export { to } => {
                let request = ExportAudit { path: to.to_string(), format: format(&to) };
                let exported = api::audit_export(&console.engine, request).await?;
                console.output.answer(&exported, || {
                    format!("{} written to {to}.", words::counted(exported.entries.0, "line"))
                });
                Ok(Status::Done)
            }
        }
    }
}

fn format(path: &Utf8Path) -> AuditFormat {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("csv") => AuditFormat::Csv,
        _ => AuditFormat::JsonLines,
    }
}

/// A day in the time zone of this computer, or a moment.
pub(crate) fn moment(text: &str) -> Result<Millis, String> {
    let at = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<Zoned>().map(|zoned| zoned.timestamp()))
        .or_else(|_| text.parse::<Date>().and_then(|day| Ok(day.to_zoned(TimeZone::system())?.timestamp())));
    at.map(|at| Millis(at.as_millisecond()))
        .map_err(|_| "give a day as 2026-11-01, or a moment as 2026-11-01T08:00:00Z".into())
}

fn list_words(page: &AuditPage) -> String {
    if page.entries.is_empty() {
        return "No entry matches.".into();
    }
    let rows: Vec<Vec<String>> = page.entries.iter().map(row).collect();
    let columns = [
        ("ENTRY", Side::Right),
        ("WHEN", Side::Left),
        ("WHO", Side::Left),
        ("FROM", Side::Left),
        ("ACT", Side::Left),
        ("ABOUT", Side::Left),
        ("DETAILS", Side::Left),
    ];
    let shown = page.entries.len() as u64;
    let more = if page.total.0 > shown {
        format!("{} of {} entries.", words::count(shown), words::count(page.total.0))
    } else {
        String::new()
    };
    parts(&[table(&columns, &rows), more])
}

fn row(entry: &AuditEntryView) -> Vec<String> {
    let facts: Vec<String> =
        entry.facts.iter().map(|fact| format!("{}: {}", fact.name, words::short_hex(&fact.value))).collect();
    let name = if entry.subject_name.is_empty() { &entry.subject_id } else { &entry.subject_name };
    vec![
        words::count(entry.seq.0),
        words::moment(entry.at_ms),
        format!("{}@{}", entry.who, entry.host),
        entry.origin.clone(),
        entry.act.clone(),
        format!("{} {}", entry.subject_kind, words::short_hex(name)).trim().to_owned(),
        facts.join(", "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_moment_are_understood_and_nothing_else() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(Millis(1000)));
        assert!(moment("2026-11-01").is_ok_and(|day| day.0 > 1_700_000_000_000));
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn the_name_of_an_export_decides_its_form() {
        assert_eq!(format("a.CSV".into()), AuditFormat::Csv);
        assert_eq!(format("a.jsonl".into()), AuditFormat::JsonLines);
    }
}
