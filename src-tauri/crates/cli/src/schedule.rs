//! `holdfast schedule`: what is done by itself, and when.

use base::Code;
use base::command::BATTERY_PERCENT_MIN;
use clap::{Args, Subcommand, ValueEnum};
use contract::api;
use contract::command::Nothing;
use contract::error::UserError;
use contract::number::Millis;
use contract::schedule::{
    ConditionsView, CreatesView, ListSchedules, MaintenanceView, PauseAll, PauseSchedule, QuietHoursView,
    RuleView, ScheduleRef, SetSchedule, WorkView, ZoneView,
};
use jiff::{Span, Timestamp, Zoned, civil};

use crate::console::Console;
use crate::drill::Place;
use crate::error::{Ended, failure};
use crate::schedule_words as said;
use crate::span::span;
use crate::status::{Status, taught};

/// What to do with schedules.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast schedule set shop --daily 02:00                      a backup every night, by the clock of this computer
  holdfast schedule set shop --hourly --name often
  holdfast schedule set shop --kind verify-full --weekly sun 04:00
  holdfast schedule set shop --kind drill --monthly 31 05:00    in shorter months on the last day
  holdfast schedule set shop --kind drill --weekly sun 05:00 --image supabase/postgres:15.8.1.085
  holdfast schedule set shop --kind prune --weekly sun 06:00    by the project's retention, then the vault's space
  holdfast schedule set shop --daily 02:00 --create full        its platform makes one, which then comes here with all that is not here
  holdfast schedule set shop --weekly mon 03:00 --create logs --last 7d
  holdfast schedule set shop --cron '30 */6 * * mon-fri' --utc
  holdfast schedule show
  holdfast schedule pause shop --until 2026-12-24               also 18:00, 2026-12-24T18:00, 8h, 3d
  holdfast schedule resume shop
  holdfast schedule pause --all --until 8h                      everything, for a journey; resume --all ends it
  holdfast schedule run-due                                     for cron, systemd, launchd or the Task Scheduler

While the window or its tray icon is there, it does what is due by itself. What is due is decided by what was
verified last: after a sleep one run makes up for all that was missed, and no two processes do the same thing.
A time that a clock skips is due at the next one that exists; a time that comes twice is due once.
`run-due` ends with the worst status of what it did."))]
pub(crate) enum Verb {
    /// Set a schedule, in the place of the one with its name.
    Set(Box<Set>),
    /// Schedules, how each stands, and what comes next.
    Show {
        /// Name or id of a project [default: all].
        project: Option<String>,
    },
    /// Pause schedules: of a project, or all.
    Pause {
        /// Name or id of the project.
        #[arg(required_unless_present = "all")]
        project: Option<String>,
        /// All schedules of all projects.
        #[arg(long, conflicts_with_all = ["project", "name"])]
        all: bool,
        /// Only the one of this name [default: all of the project].
        #[arg(long)]
        name: Option<String>,
        /// Until then: a date, a time, both, or a span as 8h [default: until it is resumed].
        #[arg(long, value_name = "WHEN")]
        until: Option<String>,
    },
    /// Resume schedules; one run makes up for what was missed.
    Resume {
        /// Name or id of the project.
        #[arg(required_unless_present = "all")]
        project: Option<String>,
        /// End the pause of all; those that were paused by themselves stay so.
        #[arg(long, conflicts_with_all = ["project", "name"])]
        all: bool,
        /// Only the one of this name [default: all of the project].
        #[arg(long)]
        name: Option<String>,
    },
    /// Remove schedules.
    Remove(Named),
    /// Do what is due now, and wait for it.
    RunDue,
}

/// Schedules of a project, or one of them.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Name or id of the project.
    project: String,
    /// Only the one of this name [default: all of the project].
    #[arg(long)]
    name: Option<String>,
}

/// A schedule.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Name or id of the project.
    project: String,
    #[command(flatten)]
    when: When,
    /// By UTC [default: by the clock of this computer, wherever it is].
    #[arg(long)]
    utc: bool,
    /// What is done [default: a backup; a pull where a platform backs the project up].
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    #[command(flatten)]
    creates: Creates,
    #[command(flatten)]
    place: Place,
    /// What it is called, so that a project can have several [default: as its kind].
    #[arg(long)]
    name: Option<String>,
    /// Begin up to so many minutes later, always the same for one schedule.
    #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60))]
    jitter: u32,
    /// The same in seconds.
    #[arg(long, value_name = "SECONDS", conflicts_with = "jitter", value_parser = clap::value_parser!(u32).range(0..=3600))]
    jitter_seconds: Option<u32>,
    /// Wait in these hours, as 08:00-18:00.
    #[arg(long, value_name = "FROM-TO")]
    quiet_hours: Option<String>,
    /// Never in these hours, when its server is worked on: each day, or on one, as 'sun 01:00-03:00'.
    #[arg(long, value_name = "[DAY ]FROM-TO")]
    maintenance: Option<String>,
    /// Keep each backup that it makes so long, whatever the policy says, and no longer: as 36h, 30d, 12w.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    keep: Option<i64>,
    /// Also below 30 % of a battery.
    #[arg(long)]
    on_battery: bool,
    /// On battery, wait below so many per cent [default: 30].
    #[arg(long, value_name = "PERCENT", conflicts_with = "on_battery", value_parser = clap::value_parser!(u8).range(0..=100))]
    battery_min: Option<u8>,
    /// Also on a metered network.
    #[arg(long)]
    on_metered: bool,
}

/// What the platform makes before it is pulled.
#[derive(Debug, Args)]
struct Creates {
    /// Have the platform make one first, of this kind: as `holdfast platform show` names them, also export and logs.
    #[arg(long, value_name = "KIND", conflicts_with = "kind")]
    create: Option<String>,
    /// Do not compress it, where there is a choice.
    #[arg(long, requires = "create")]
    no_compression: bool,
    /// Let the platform encrypt it, where it can; the stored passphrase opens it.
    #[arg(long, requires = "create")]
    encrypt: bool,
    /// `sql`, `tar`, `json`, `text`, where there is a choice.
    #[arg(long, requires = "create")]
    format: Option<String>,
    /// Whom the platform tells.
    #[arg(long, value_name = "E-MAIL", requires = "create")]
    notify: Option<String>,
    /// Of logs: so much of the time before each run, as 24h or 7d.
    #[arg(long, value_name = "SPAN", value_parser = span, requires = "create")]
    last: Option<i64>,
}

/// When.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct When {
    /// Every full hour.
    #[arg(long)]
    hourly: bool,
    /// Every day.
    #[arg(long, value_name = "HH:MM")]
    daily: Option<String>,
    /// Every week, as `sun 04:00`.
    #[arg(long, num_args = 2, value_names = ["DAY", "HH:MM"])]
    weekly: Option<Vec<String>>,
    /// Every month, as `31 04:00`; in a month without that day on its last.
    #[arg(long, num_args = 2, value_names = ["D", "HH:MM"])]
    monthly: Option<Vec<String>>,
    /// As cron says: minute, hour, day of the month, month, day of the week.
    #[arg(long, value_name = "EXPR")]
    cron: Option<String>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A backup, read back.
    Backup,
    /// All that a platform backed up and that is not here yet.
    Pull,
    /// The bytes of the newest backup are read back.
    VerifyQuick,
    /// One table of the newest backup is restored, each day another one.
    VerifySample,
    /// The newest backup is read back, opened, and its rows are counted.
    VerifyFull,
    /// The newest backup is restored, all of it.
    Drill,
    /// What the policy does not keep is removed, then what no backup of the vault needs.
    Prune,
    /// The vault is copied to its replicas, and a part of each is read back.
    Copy,
}

impl Verb {
    /// Whether secrets are needed: to see what a platform offers it is asked as whoever signs in there.
    pub(crate) fn needs_secrets(&self) -> bool {
        match self {
            Self::RunDue => true,
            Self::Set(set) => set.creates.create.is_some(),
            _ => false,
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        match self {
            Self::Set(set) => {
                let view = api::schedule_set(engine, set.request()?).await?;
                console.output.answer(&view, || said::one(&view));
            }
            Self::Show { project } => {
                let is_of_one = project.is_some();
                let all = api::schedule_list(engine, ListSchedules { project }).await?;
                console.output.answer(&all, || if is_of_one { said::each(&all) } else { said::list(&all) });
            }
            Self::Pause { project, all: _, name, until } => {
                let until_ms = until_ms(until.as_deref())?;
                if let Some(project) = project {
                    let request = PauseSchedule { project, name, until_ms };
                    let all = api::schedule_pause(engine, request).await?;
                    console.output.answer(&all, || said::list(&all));
                } else {
                    let paused = api::schedule_pause_all(engine, PauseAll { until_ms }).await?;
                    console.output.answer(&paused, || said::paused(paused));
                }
            }
            Self::Resume { project: Some(project), all: _, name } => {
                let all = api::schedule_resume(engine, ScheduleRef { project, name }).await?;
                console.output.answer(&all, || said::list(&all));
            }
            Self::Resume { project: None, .. } => {
                let paused = api::schedule_resume_all(engine, Nothing {}).await?;
                console.output.answer(&paused, || said::paused(paused));
            }
            Self::Remove(Named { project, name }) => {
                let gone = api::schedule_remove(engine, ScheduleRef { project, name }).await?;
                console.output.answer(&gone, || "Removed. What it made stays.".into());
            }
            Self::RunDue => return run_due(console).await,
        }
        Ok(Status::Done)
    }
}

/// Does what is due. Ctrl-C ends its runs cleanly, and they are due again.
async fn run_due(console: &Console<'_>) -> Ended {
    let due = api::schedule_run_due(&console.engine).await?;
    console.output.answer(&due, || said::due(&due));
    Ok(said::worst(&due))
}

impl Set {
    /// What is asked for.
    pub(crate) fn request(self) -> Result<SetSchedule, UserError> {
        let Self {
            project,
            when,
            utc,
            kind,
            creates,
            place,
            name,
            jitter,
            jitter_seconds,
            quiet_hours,
            maintenance,
            keep,
            on_battery,
            battery_min,
            on_metered,
        } = self;
        Ok(SetSchedule {
            project,
            name,
            work: kind.map(Into::into),
            rule: when.rule()?,
            zone: if utc { ZoneView::Utc } else { ZoneView::Local },
            jitter_s: jitter_seconds.unwrap_or(jitter * 60),
            keep_ms: keep.map(Millis),
            creates: creates.view(),
            image: place.image(),
            on: place.on,
            conditions: Some(ConditionsView {
                battery_percent_min: (!on_battery).then_some(battery_min.unwrap_or(BATTERY_PERCENT_MIN)),
                unmetered_only: !on_metered,
                quiet: quiet_hours.as_deref().map(quiet).transpose()?,
                maintenance: maintenance.as_deref().map(maintained).transpose()?,
            }),
        })
    }
}

impl Creates {
    fn view(self) -> Option<CreatesView> {
        let Self { create, no_compression, encrypt, format, notify, last } = self;
        Some(CreatesView {
            kind: create?,
            compress: !no_compression,
            encrypt,
            format,
            notify_email: notify,
            range_ms: last.map(Millis),
        })
    }
}

impl When {
    fn rule(self) -> Result<RuleView, UserError> {
        let Self { hourly: _, daily, weekly, monthly, cron } = self;
        let two = |words: Vec<String>| <[String; 2]>::try_from(words).unwrap_or_default();
        if let Some(at) = daily {
            return Ok(RuleView::Daily { at });
        }
        if let Some([day, at]) = weekly.map(two) {
            return Ok(RuleView::Weekly { day, at });
        }
        if let Some([day, at]) = monthly.map(two) {
            let day = day.parse().map_err(|_| {
                let hint = "Give a day from 1 to 31; in a month that has no such day the last one is meant.";
                failure(Code::InvalidRequest, format!("{day:?} is no day of a month"), hint)
            })?;
            return Ok(RuleView::Monthly { day, at });
        }
        Ok(cron.map_or(RuleView::Hourly, |expression| RuleView::Cron { expression }))
    }
}

impl From<Kind> for WorkView {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Backup => Self::Backup,
            Kind::Pull => Self::Pull,
            Kind::VerifyQuick => Self::VerifyQuick,
            Kind::VerifySample => Self::VerifySample,
            Kind::VerifyFull => Self::VerifyFull,
            Kind::Drill => Self::Drill,
            Kind::Prune => Self::Prune,
            Kind::Copy => Self::Copy,
        }
    }
}

/// Until when something is paused.
pub(crate) fn until_ms(until: Option<&str>) -> Result<Option<Millis>, UserError> {
    until.map(|until| moment(until, &Zoned::now())).transpose()
}

/// Reads quiet hours.
pub(crate) fn quiet(text: &str) -> Result<QuietHoursView, UserError> {
    let Some((from, to)) = text.split_once('-') else {
        let message = format!("{text:?} are no hours");
        return Err(failure(Code::InvalidRequest, message, "Give two times, as 08:00-18:00."));
    };
    Ok(QuietHoursView { from: from.trim().into(), to: to.trim().into() })
}

/// Hours of each day, or of the day that is named before them.
fn maintained(text: &str) -> Result<MaintenanceView, UserError> {
    let (day, hours) = match text.trim().split_once(' ') {
        Some((day, hours)) => (Some(day.to_owned()), hours),
        None => (None, text),
    };
    Ok(MaintenanceView { day, hours: quiet(hours)? })
}

/// Reads a moment to come: a date, a time of this day or the next, both, or a span from now.
fn moment(text: &str, now: &Zoned) -> Result<Millis, UserError> {
    let text = text.trim();
    let zone = now.time_zone().clone();
    let of_reading = |reading: civil::DateTime| reading.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    let of_time = |time: civil::Time| {
        let today = of_reading(now.date().to_datetime(time))?;
        if today > now.timestamp() {
            Some(today)
        } else {
            of_reading(now.date().tomorrow().ok()?.to_datetime(time))
        }
    };
    // A date is tried last: it is the beginning of every other form.
    let read = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| text.contains(['T', ' ']).then(|| text.parse().ok().and_then(of_reading)).flatten())
        .or_else(|| of_time(civil::Time::strptime("%H:%M", text).ok()?))
        .or_else(|| Some(now.checked_add(text.parse::<Span>().ok()?).ok()?.timestamp()))
        .or_else(|| of_reading(text.parse::<civil::Date>().ok()?.to_datetime(civil::Time::midnight())));
    let read = read.map(|at| Millis(at.as_millisecond()));
    read.ok_or_else(|| {
        let hint = "Give a date (2026-12-24), a time (18:00), both (2026-12-24T18:00), or a span (8h, 3d).";
        failure(Code::InvalidRequest, format!("{text:?} is no moment"), hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_at_a_date_a_time_both_or_after_a_span() {
        let now: Zoned = "2026-11-22T12:00[Europe/Berlin]".parse().unwrap();
        let read =
            |text: &str| moment(text, &now).map(|at| Timestamp::from_millisecond(at.0).unwrap().to_string());
        assert_eq!(read("2026-12-24").unwrap(), "2026-12-23T23:00:00Z");
        assert_eq!(read("2026-12-24T18:00").unwrap(), "2026-12-24T17:00:00Z");
        assert_eq!(read("2026-12-24T18:00Z").unwrap(), "2026-12-24T18:00:00Z");
        assert_eq!(read("18:00").unwrap(), "2026-11-22T17:00:00Z");
        assert_eq!(read("09:00").unwrap(), "2026-11-23T08:00:00Z");
        assert_eq!(read("8h").unwrap(), "2026-11-22T19:00:00Z");
        assert_eq!(read("3d").unwrap(), "2026-11-25T11:00:00Z");
        let refused = moment("soon", &now).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("invalid_request", "\"soon\" is no moment")
        );
    }
}
