//! Commands for schedules, policies, goals and channels.

use super::FILE;
use super::line::Line;

const SECOND_MS: i64 = 1000;
/// On battery a schedule waits below so many per cent, unless it is said otherwise.
pub const BATTERY_PERCENT_MIN: u8 = 30;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSet {
    /// Id or name of the project.
    pub project: String,
    /// What it is called; absent means as its work.
    pub name: Option<String>,
    /// What is done, as `verify-full`; absent means the usual.
    pub work: Option<String>,
    /// What the platform makes before it is pulled.
    pub creates: Option<ScheduleCreates>,
    /// The project whose server lends a database for its drills.
    pub on: Option<String>,
    /// The image of the container in which they are made.
    pub image: Option<String>,
    /// Whether that is fetched where it is not here.
    pub pulls_image: bool,
    /// When.
    pub when: ScheduleWhen,
    /// Whether by UTC.
    pub is_utc: bool,
    /// So many seconds later at most.
    pub jitter_s: u32,
    /// How long what it makes is kept.
    pub keep_ms: Option<i64>,
    /// Below so many per cent of a battery it waits; absent means that it does not look.
    pub battery_percent_min: Option<u8>,
    /// Whether it waits on a metered network.
    pub unmetered_only: bool,
    /// Quiet hours: `22:00-07:00`.
    pub quiet: Option<String>,
    /// Hours of maintenance: `sun 01:00-03:00`.
    pub maintenance: Option<String>,
}

/// What a schedule has the platform make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleCreates {
    /// Its kind.
    pub kind: String,
    /// Whether it is compressed.
    pub compress: bool,
    /// Whether the platform encrypts it.
    pub encrypt: bool,
    /// Its format.
    pub format: Option<String>,
    /// Whom the platform tells.
    pub notify_email: Option<String>,
    /// Of logs: so much of the time before.
    pub range_ms: Option<i64>,
}

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleWhen {
    /// Every hour.
    Hourly,
    /// Every day at a time.
    Daily(String),
    /// Every week: the day and the time.
    Weekly(String, String),
    /// Every month: the day and the time.
    Monthly(u8, String),
    /// As cron says.
    Cron(String),
}

/// A policy for a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionSet {
    /// Id or name of the project.
    pub project: String,
    /// The policy; absent takes it away.
    pub policy: Option<Policy>,
}

/// How long backups are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The name of a policy that is ready, where it is one; its figures are not said then.
    pub preset: Option<&'static str>,
    /// The newest; of hours, days, weeks, months, years.
    pub keep_last: u32,
    /// Of hours.
    pub hourly: u32,
    /// Of days.
    pub daily: u32,
    /// Of weeks.
    pub weekly: u32,
    /// Of months.
    pub monthly: u32,
    /// Of years.
    pub yearly: u32,
    /// All that are at most so much older than the newest.
    pub within_ms: Option<i64>,
    /// So many always stay; absent where it is the usual number.
    pub floor: Option<u32>,
    /// The time zone of days.
    pub zone: String,
}

/// What a project is held to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoalSet {
    /// Id or name of the project.
    pub project: String,
    /// The preset that it was taken from, as `user-data`.
    pub preset: Option<String>,
    /// How old the newest backup may get.
    pub rpo_ms: Option<i64>,
    /// Within what time it has to be back.
    pub rto_ms: Option<i64>,
    /// How many copies there have to be.
    pub copies: Option<u32>,
    /// How often a drill has to pass.
    pub drill_every_ms: Option<i64>,
    /// Whether only a drill counts that left nothing out.
    pub whole_drills: bool,
}

/// A channel to be added, or to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSet {
    /// The channel that is changed; absent for a new one.
    pub channel: Option<String>,
    /// Its name; where it is changed, a new one.
    pub name: Option<String>,
    /// Where it leads.
    pub to: ChannelTo,
    /// Whether an address is given.
    pub has_url: bool,
    /// Whether a key, a password or a token is given.
    pub has_key: bool,
    /// What it is told.
    pub what: ChannelWhat,
}

/// Where a channel leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelTo {
    /// The desktop.
    Desktop,
    /// Mailboxes.
    Email {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// `starttls`, `tls`, `plain`.
        security: &'static str,
        /// Who signs in.
        user: Option<String>,
        /// Who it is from.
        from: String,
        /// Whom it is to.
        to: Vec<String>,
    },
    /// An address that takes JSON.
    Webhook {
        /// `json`, `slack`, `discord`, `teams`.
        style: &'static str,
    },
    /// A chat.
    Telegram {
        /// Which.
        chat: String,
        /// Where the API is.
        base: Option<String>,
    },
    /// An address that misses us.
    Heartbeat {
        /// The project whose runs are told.
        project: Option<String>,
    },
}

/// What a channel is told, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelWhat {
    /// `all`, `warnings`, `errors`, `none`.
    pub level: &'static str,
    /// Whether each scheduled run is told.
    pub each_run: bool,
    /// Quiet hours: `22:00-07:00`.
    pub quiet: Option<String>,
    /// Whether errors are told then.
    pub errors_in_quiet: bool,
    /// When all but errors is told as one.
    pub digest_at: Option<String>,
}

impl ScheduleSet {
    /// Every day at a time, and all else as usual.
    pub fn daily(project: impl Into<String>, at: &str) -> super::Command {
        super::Command::ScheduleSet(Self::of_each_day(project.into(), None, at))
    }

    /// A pull of each day.
    pub fn daily_pull(project: impl Into<String>, at: &str) -> super::Command {
        super::Command::ScheduleSet(Self::of_each_day(project.into(), Some("pull".to_owned()), at))
    }

    fn of_each_day(project: String, work: Option<String>, at: &str) -> Self {
        Self {
            project,
            name: None,
            work,
            creates: None,
            on: None,
            image: None,
            pulls_image: false,
            when: ScheduleWhen::Daily(at.to_owned()),
            is_utc: false,
            jitter_s: 0,
            keep_ms: None,
            battery_percent_min: Some(BATTERY_PERCENT_MIN),
            unmetered_only: true,
            quiet: None,
            maintenance: None,
        }
    }

    pub(super) fn line(&self) -> Line {
        let Self {
            project,
            name,
            work,
            creates,
            on,
            image,
            pulls_image,
            when,
            is_utc,
            jitter_s,
            keep_ms,
            battery_percent_min,
            unmetered_only,
            quiet,
            maintenance,
        } = self;
        let line = Line::of("schedule set").argument(project);
        let line = match when {
            ScheduleWhen::Hourly => line.flag("hourly", true),
            ScheduleWhen::Daily(at) => line.option("daily", at),
            ScheduleWhen::Weekly(day, at) => line.pair("weekly", day, at),
            ScheduleWhen::Monthly(day, at) => line.pair("monthly", &day.to_string(), at),
            ScheduleWhen::Cron(expression) => line.option("cron", expression),
        };
        // Whole minutes are what people type; the rest is said in seconds.
        let (minutes, seconds) = (jitter_s / 60, jitter_s % 60);
        let line = line.flag("utc", *is_utc).maybe("kind", work.as_ref());
        let line = creates.iter().fold(line, |line, creates| creates.options(line));
        line.maybe("on", on.as_ref())
            .maybe("image", image.as_ref())
            .flag("pull", *pulls_image)
            .maybe("name", name.as_ref())
            .maybe("jitter", (*jitter_s > 0 && seconds == 0).then(|| minutes.to_string()))
            .maybe("jitter-seconds", (seconds > 0).then(|| jitter_s.to_string()))
            .maybe("keep", keep_ms.map(span))
            .maybe("quiet-hours", quiet.as_ref())
            .maybe("maintenance", maintenance.as_ref())
            .flag("on-battery", battery_percent_min.is_none())
            .maybe(
                "battery-min",
                battery_percent_min.filter(|min| *min != BATTERY_PERCENT_MIN).map(|min| min.to_string()),
            )
            .flag("on-metered", !unmetered_only)
    }
}

impl ScheduleCreates {
    fn options(&self, line: Line) -> Line {
        let Self { kind, compress, encrypt, format, notify_email, range_ms } = self;
        line.option("create", kind)
            .flag("no-compression", !compress)
            .flag("encrypt", *encrypt)
            .maybe("format", format.as_ref())
            .maybe("notify", notify_email.as_ref())
            .maybe("last", range_ms.map(span))
    }
}

impl RetentionSet {
    pub(super) fn line(&self) -> Line {
        let line = Line::of("retention set").argument(&self.project);
        let Some(policy) = &self.policy else { return line.flag("none", true) };
        let Policy { preset, keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone } =
            policy;
        let mut line = line.maybe("preset", preset.as_ref());
        if preset.is_none() {
            let tiers = [
                ("keep-last", keep_last),
                ("hourly", hourly),
                ("daily", daily),
                ("weekly", weekly),
                ("monthly", monthly),
                ("yearly", yearly),
            ];
            for (name, count) in tiers.into_iter().filter(|(_, count)| **count > 0) {
                line = line.option(name, count.to_string());
            }
            line = line.maybe("within", within_ms.map(span));
        }
        line.maybe("floor", floor.map(|floor| floor.to_string())).option("time-zone", zone)
    }
}

impl GoalSet {
    pub(super) fn line(&self) -> Line {
        let Self { project, preset, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills } = self;
        Line::of("goal set")
            .argument(project)
            .maybe("preset", preset.as_ref())
            .option("rpo", wish(*rpo_ms))
            .option("rto", wish(*rto_ms))
            .option("copies", copies.unwrap_or(0).to_string())
            .option("drill-every", wish(*drill_every_ms))
            .option("whole-drills", if *whole_drills { "yes" } else { "no" })
    }
}

impl ChannelSet {
    pub(super) fn line(&self) -> Line {
        let Self { channel, name, to, has_url, has_key, what } = self;
        let line = if let Some(channel) = channel {
            Line::of("notify edit").argument(channel).maybe("name", name.as_ref())
        } else {
            Line::of("notify add").argument(to.kind()).argument(name.as_deref().unwrap_or("NAME"))
        };
        // What a change does not name stays, so a change names what is to be gone as well.
        let is_change = channel.is_some();
        let line = to.options(line, is_change, *has_key).maybe("url-file", has_url.then_some(FILE));
        let ChannelWhat { level, each_run, quiet, errors_in_quiet, digest_at } = what;
        let yes_no = |is_on: bool| (is_on || is_change).then_some(if is_on { "yes" } else { "no" });
        let or_none = |text: &Option<String>| text.clone().or_else(|| is_change.then(|| "none".to_owned()));
        line.option("level", level)
            .maybe("each-run", yes_no(*each_run))
            .maybe("quiet-hours", or_none(quiet))
            .maybe("errors-in-quiet-hours", yes_no(*errors_in_quiet))
            .maybe("digest", or_none(digest_at))
    }
}

impl ChannelTo {
    fn kind(&self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Email { .. } => "email",
            Self::Webhook { .. } => "webhook",
            Self::Telegram { .. } => "telegram",
            Self::Heartbeat { .. } => "heartbeat",
        }
    }

    fn options(&self, line: Line, is_change: bool, has_key: bool) -> Line {
        let key = |line: Line, name: &str| line.maybe(name, has_key.then_some(FILE));
        // An empty word says that there is none.
        let or_empty = |text: &Option<String>| text.clone().or_else(|| is_change.then(String::new));
        match self {
            Self::Desktop => line,
            Self::Email { host, port, security, user, from, to } => {
                let line = line
                    .option("host", host)
                    .option("port", port.to_string())
                    .option("security", security)
                    .maybe("user", or_empty(user))
                    .option("from", from);
                key(to.iter().fold(line, |line, to| line.option("to", to)), "password-file")
            }
            Self::Webhook { style } => key(line.option("style", style), "key-file"),
            Self::Telegram { chat, base } => {
                key(line.option("chat", chat).maybe("api", or_empty(base)), "token-file")
            }
            Self::Heartbeat { project } => line.maybe("project", or_empty(project)),
        }
    }
}

/// A span of time in its largest whole unit.
fn span(ms: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (SECOND_MS, "s")];
    let whole = UNITS.into_iter().find(|(unit, _)| ms % unit == 0);
    whole.map_or_else(|| format!("{ms}ms"), |(unit, letter)| format!("{}{letter}", ms / unit))
}

/// The same, or `none`.
pub(super) fn wish(ms: Option<i64>) -> String {
    ms.map_or_else(|| "none".to_owned(), span)
}
