//! `holdfast platform logs`: what a platform logged, for a range of days.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use contract::api;
use contract::number::Millis;
use contract::platform::{LogFormatView, ReadLogs};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::status::Status;

/// Form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON document per line, as the platform gives it.
    Json,
    /// Time and message, one line each.
    Text,
}

/// Which logs, and where to.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("place").required(true).multiple(true).args(["to_file", "keep"]))]
pub(crate) struct Logs {
    /// Id or name of the project.
    project: String,
    /// First day (UTC), or moment.
    #[arg(long, value_name = "DATE|TIME", value_parser = beginning)]
    from: Timestamp,
    /// Last day (UTC), which counts whole, or moment.
    #[arg(long, value_name = "DATE|TIME", value_parser = end)]
    to: Timestamp,
    /// Which of its logs, where it has several [default: the usual one; on Supabase: edge].
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// File to write.
    #[arg(long, value_name = "FILE")]
    to_file: Option<Utf8PathBuf>,
    /// Form of the file.
    #[arg(long, value_enum, default_value = "json", requires = "to_file")]
    format: Format,
    /// Replace the file if it exists.
    #[arg(long, requires = "to_file")]
    replace: bool,
    /// Keep them in the vault, one file per day.
    #[arg(long)]
    keep: bool,
}

impl Logs {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let job = follow(console, api::platform_logs(&console.engine, self.request()).await?).await?;
        console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
        Ok(job.verdict.map_or(Status::Done, Status::from))
    }

    /// What is asked for.
    pub(crate) fn request(self) -> ReadLogs {
        let path = self.to_file.map(|file| camino::absolute_utf8(&file).unwrap_or(file).into_string());
        let format = match self.format {
            Format::Json => LogFormatView::Json,
            Format::Text => LogFormatView::Text,
        };
        let millis = |at: Timestamp| Millis(at.as_millisecond());
        ReadLogs {
            project: self.project,
            from_ms: millis(self.from),
            to_ms: millis(self.to),
            source: self.source,
            path,
            format,
            replace: self.replace,
            keep: self.keep,
        }
    }
}

fn beginning(text: &str) -> Result<Timestamp, String> {
    moment(text, 0)
}

fn end(text: &str) -> Result<Timestamp, String> {
    moment(text, 1)
}

/// A moment, or the beginning of a day `later` days after the one that is named.
fn moment(text: &str, later: i64) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let day: Date = text
        .parse()
        .map_err(|_| format!("{text:?} is no day like 2026-11-14 and no moment like 2026-11-14T02:00:00Z"))?;
    let day = day.checked_add(later.days()).map_err(|error| error.to_string())?;
    Ok(day.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_day_counts_whole_and_a_moment_is_one() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(beginning("2026-11-14").unwrap(), at("2026-11-14T00:00:00Z"));
        assert_eq!(end("2026-11-14").unwrap(), at("2026-11-15T00:00:00Z"));
        assert_eq!(end("2026-11-14T02:00:00Z").unwrap(), at("2026-11-14T02:00:00Z"));
        assert!(beginning("yesterday").is_err());
    }
}
