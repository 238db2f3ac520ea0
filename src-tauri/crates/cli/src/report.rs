//! `holdfast report`: what an auditor asks for, as words, a page, or tables.

use base::Code;
use camino::Utf8PathBuf;
use clap::Args;
use contract::api;
use contract::error::UserError;
use contract::number::Millis;
use contract::report::{AskReport, ReportForm, SaveReport};
use engine::report::ReportRequest;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

use crate::console::Console;
use crate::error::{Ended, failure};
use crate::status::{Status, taught};

/// Which period, of which projects, in which form.
#[derive(Debug, Args)]
#[command(after_help = taught!(
"  holdfast report                                                      the last full quarter, all projects
  holdfast report --from 2026-07-01 --to 2026-09-30 --html report.html  to print it
  holdfast report --from 2026-07-01 --to 2026-09-30 --csv report       a table for each question, for a spreadsheet
  holdfast report --project shop --project billing
  holdfast report --json | jq -r .headline

Days are those of this computer's time zone; both are within the period."))]
pub(crate) struct Arguments {
    /// The first day [default: that of the last full quarter].
    #[arg(long, value_name = "DATE", requires = "to", value_parser = day_or_moment)]
    from: Option<Begins>,
    /// The last day; or the moment before which it ends, as 2026-10-01T00:00:00Z.
    #[arg(long, value_name = "DATE", requires = "from", value_parser = day_or_moment)]
    to: Option<Begins>,
    /// Name or id of a project; may be given several times [default: all].
    #[arg(long, value_name = "PROJECT")]
    project: Vec<String>,
    /// Also write it as a page that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,
    /// Also write its tables into this folder.
    #[arg(long, value_name = "DIR")]
    csv: Option<Utf8PathBuf>,
}

impl Arguments {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        let (ask, files) = self.requests()?;
        for request in files {
            for file in api::report_save(engine, request).await?.files {
                console.output.say(&format!("Written: {file}"));
            }
        }
        let AskReport { from_ms, until_ms, projects } = ask.clone();
        let request = ReportRequest { from_ms: from_ms.0, until_ms: until_ms.0, projects };
        let text = Box::pin(engine.report(&request)).await.map_err(UserError::from)?.text();
        let view = api::report_preview(engine, ask).await?;
        console.output.answer(&view, || text);
        Ok(Status::Done)
    }
}

impl Arguments {
    /// The period, and what is written of it.
    pub(crate) fn requests(self) -> Result<(AskReport, Vec<SaveReport>), UserError> {
        let (from_ms, until_ms) = if let (Some(from), Some(to)) = (self.from, self.to) {
            (from.begins()?, to.ends()?)
        } else {
            let (from, to) = last_quarter(Zoned::now().date());
            (Begins::Day(from).begins()?, Begins::Day(to).ends()?)
        };
        let report = AskReport { from_ms, until_ms, projects: self.project };
        let forms = [(self.html, ReportForm::Html), (self.csv, ReportForm::Csv)];
        let save = |(path, form): (Option<Utf8PathBuf>, ReportForm)| {
            Some(SaveReport { report: report.clone(), form, path: path?.into_string() })
        };
        let files = forms.into_iter().filter_map(save).collect();
        Ok((report, files))
    }
}

/// Where a period begins, or ends.
#[derive(Debug, Clone, Copy)]
enum Begins {
    /// With a day; ends with it too.
    Day(Date),
    /// At a moment.
    Moment(Millis),
}

impl Begins {
    fn begins(self) -> Result<Millis, UserError> {
        match self {
            Self::Day(day) => beginning(day),
            Self::Moment(at) => Ok(at),
        }
    }

    fn ends(self) -> Result<Millis, UserError> {
        match self {
            Self::Day(day) => beginning(day.saturating_add(1.day())),
            Self::Moment(at) => Ok(at),
        }
    }
}

fn day_or_moment(text: &str) -> Result<Begins, String> {
    // A moment first: its beginning reads as a day.
    if text.contains(['T', ' ']) {
        return crate::recovery_plan::moment(text).map(Begins::Moment);
    }
    text.parse().map(Begins::Day).map_err(|_| "give a day as in 2026-07-01".to_owned())
}

/// The last quarter that is over: its first and its last day.
fn last_quarter(today: Date) -> (Date, Date) {
    let month = (today.month() - 1) / 3 * 3 + 1;
    let this = today.with().day(1).month(month).build().unwrap_or(today);
    (this.saturating_sub(3.months()), this.saturating_sub(1.day()))
}

fn beginning(day: Date) -> Result<Millis, UserError> {
    let beginning = day.to_zoned(TimeZone::system()).map_err(|_| {
        failure(
            Code::WrongUsage,
            format!("{day} is no day that can be counted"),
            "Give a day as in 2027-01-31.",
        )
    })?;
    Ok(Millis(beginning.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_last_full_quarter_is_the_one_before_the_one_of_today() {
        assert_eq!(last_quarter(date(2026, 11, 22)), (date(2026, 7, 1), date(2026, 9, 30)));
        assert_eq!(last_quarter(date(2026, 1, 1)), (date(2025, 10, 1), date(2025, 12, 31)));
        assert_eq!(last_quarter(date(2026, 5, 31)), (date(2026, 1, 1), date(2026, 3, 31)));
    }
}
