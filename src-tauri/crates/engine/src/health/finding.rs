//! A finding: subject, state, reason, and the one action that helps.

use base::Severity;
use base::command::{About, Command};

/// What was looked at. The words are stable: scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Age of the newest verified recovery point.
    RecoveryPoint,
    /// Verdicts of the ledger.
    Integrity,
    /// How long ago it was shown that it comes back.
    Proof,
    /// Time until it is back, against the goal.
    RestoreTime,
    /// Size of the newest backup.
    Size,
    /// Rows of its tables.
    Rows,
    /// What backups take of what there is.
    Coverage,
    /// Copies, and where they are.
    Copies,
    /// A place that holds what the vault holds.
    Replica,
    /// Backups that go.
    Expiry,
    /// Backups that a platform is about to delete.
    Remote,
    /// The server's clock against this computer's.
    Clock,
    /// Runs that stand still.
    Job,
    /// Schedules that gave up.
    Schedule,
    /// The vault itself.
    Vault,
    /// Space at the vault.
    Capacity,
    /// Space for scratch servers and spools.
    ScratchSpace,
    /// How much of the vault was read again.
    Reread,
    /// The recovery kit.
    Kit,
    /// Postgres tools.
    Tools,
    /// Where secrets rest.
    Keychain,
    /// Whether what is told arrives.
    Channel,
}

impl Code {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        self.words().0
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::RecoveryPoint => ("recovery_point", "Recovery point"),
            Self::Integrity => ("integrity", "Integrity"),
            Self::Proof => ("proof", "Proof"),
            Self::RestoreTime => ("restore_time", "Time to restore"),
            Self::Size => ("size", "Size"),
            Self::Rows => ("rows", "Rows"),
            Self::Coverage => ("coverage", "Coverage"),
            Self::Copies => ("copies", "Copies"),
            Self::Replica => ("replica", "Replica"),
            Self::Expiry => ("expiry", "Expiry"),
            Self::Remote => ("remote", "Expiry there"),
            Self::Clock => ("clock", "Clock"),
            Self::Job => ("job", "Runs"),
            Self::Schedule => ("schedule", "Schedule"),
            Self::Vault => ("vault", "Vault"),
            Self::Capacity => ("capacity", "Space at the vault"),
            Self::ScratchSpace => ("scratch_space", "Space for drills"),
            Self::Reread => ("reread", "Data read again"),
            Self::Kit => ("kit", "Recovery kit"),
            Self::Tools => ("tools", "Postgres tools"),
            Self::Keychain => ("keychain", "Keychain"),
            Self::Channel => ("channel", "Notifications"),
        }
    }
}

/// Whom a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One project.
    Project {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// All of this profile.
    Profile,
}

/// What a measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// Bytes.
    Bytes,
    /// Things, as the title says.
    Count,
}

/// A figure, as a number and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The number.
    pub number: i64,
    /// What it counts.
    pub unit: Unit,
    /// For people: `31 h`.
    pub words: String,
}

impl Measure {
    pub(crate) fn new(number: i64, unit: Unit, words: impl Into<String>) -> Self {
        Self { number, unit, words: words.into() }
    }

    pub(crate) fn age(ms: i64) -> Self {
        Self::new(ms, Unit::Ms, super::words::age_words(ms))
    }

    pub(crate) fn goal(ms: i64) -> Self {
        Self::new(ms, Unit::Ms, super::words::goal_words(ms))
    }

    pub(crate) fn bytes(bytes: u64) -> Self {
        let number = i64::try_from(bytes).unwrap_or(i64::MAX);
        Self::new(number, Unit::Bytes, base::words::bytes_words(bytes))
    }

    pub(crate) fn count(count: usize, noun: &str) -> Self {
        let number = i64::try_from(count).unwrap_or(i64::MAX);
        Self::new(number, Unit::Count, base::words::counted(count as u64, noun))
    }
}

/// The act that does something about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing is to be done, or nothing that a button could do.
    None,
    /// Back this project up now.
    BackUp(String),
    /// Pull what the platform of this project backed up.
    Pull(String),
    /// Pull all that the platform of this project has and that is not here.
    PullAll(String),
    /// Verify this backup.
    Verify(String),
    /// Drill this project.
    Drill(String),
    /// See the drills of this project.
    SeeDrills(String),
    /// See this run.
    Run(String),
    /// See this project's connection.
    Connection(String),
    /// Set this project's goals.
    Goals(String),
    /// See what backups take of this project.
    Components(String),
    /// See this backup.
    Backup(String),
    /// See what changed between the two.
    Compare(String, String),
    /// See what goes of this project, and when.
    Retention(String),
    /// See this project's schedules.
    Schedules(String),
    /// See the vault in the settings: check, repair, free space.
    Vault,
    /// Save the recovery kit.
    SaveKit,
    /// See the Postgres tools in the settings.
    Tools,
    /// See where secrets rest in the settings.
    Secrets,
    /// See this channel in the settings; its name.
    Channel(String),
}

impl Act {
    /// What its button says; nothing where there is none.
    pub fn label(&self) -> &'static str {
        match self {
            Self::None => "",
            Self::BackUp(_) => "Back up now",
            Self::Pull(_) => "Pull now",
            Self::PullAll(_) => "Pull all now",
            Self::Verify(_) => "Verify it",
            Self::Drill(_) => "Start a drill",
            Self::SeeDrills(_) => "See the drills",
            Self::Run(_) => "See the run",
            Self::Connection(_) => "See the connection",
            Self::Goals(_) => "Set its goals",
            Self::Components(_) => "See its parts",
            Self::Backup(_) => "See the backup",
            Self::Compare(..) => "Compare the two",
            Self::Retention(_) => "See what goes",
            Self::Schedules(_) => "See the schedules",
            Self::Vault => "See the vault",
            Self::SaveKit => "Save the recovery kit",
            Self::Tools => "See the tools",
            Self::Secrets => "See the secrets",
            Self::Channel(_) => "See the channel",
        }
    }

    /// The command line that does the same; `name` is the project's.
    pub fn command(&self, name: &str) -> Option<String> {
        let about = |verb, of: &str| Command::about(verb, of).to_string();
        Some(match self {
            Self::None => return None,
            Self::BackUp(_) => Command::back_up(name).into(),
            Self::Pull(_) => Command::pull(name).into(),
            Self::PullAll(_) => Command::pull_all(name).into(),
            Self::Verify(id) => Command::verify(short(id)).into(),
            Self::Drill(_) => Command::drill(name).into(),
            Self::SeeDrills(_) => about(About::DrillList, name),
            Self::Run(id) => about(About::JobShow, id.get(..16).unwrap_or(id)),
            Self::Connection(_) => about(About::ProjectTest, name),
            Self::Goals(_) => about(About::GoalShow, name),
            Self::Components(_) => about(About::ProjectCoverage, name),
            Self::Backup(id) => about(About::BackupShow, short(id)),
            Self::Compare(one, other) => {
                let (one, other) = (short(one).to_owned(), short(other).to_owned());
                Command::BackupDiff { one, other }.into()
            }
            Self::Retention(_) => about(About::RetentionPreview, name),
            Self::Schedules(_) => about(About::ScheduleShow, name),
            Self::Vault => "holdfast vault check --read-data".into(),
            Self::SaveKit => about(About::VaultKit, "FILE"),
            Self::Tools | Self::Secrets => "holdfast doctor".into(),
            Self::Channel(channel) => about(About::NotifyTest, channel),
        })
    }
}

/// Enough of a backup's id to name it.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// One thing that was looked at, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// Whom it is about.
    pub scope: Scope,
    /// What begins the sentence: the project's name, the vault's.
    pub subject: String,
    /// The rest of it: `has no new recovery point for 31 h; its goal is 24 h.`
    pub what: String,
    /// The figure.
    pub value: Option<Measure>,
    /// What it is held against.
    pub limit: Option<Measure>,
    /// Why, in whole sentences.
    pub why: String,
    /// What to do, in whole sentences; empty where nothing is to be done.
    pub recommendation: String,
    /// The act that does it.
    pub act: Act,
    /// Tables, runs or backups that it names, in words.
    pub details: Vec<String>,
    /// What tells it from others of its kind about the same: the name of a schedule, the id of a run.
    pub about: String,
    /// Whether a message of another kind tells it already.
    pub(crate) is_told_otherwise: bool,
    /// When it was told, and to whom; absent where it was not.
    pub told: Option<FindingTold>,
}

/// When a finding was told, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingTold {
    /// When it was written, in UTC milliseconds.
    pub at_ms: i64,
    /// The channels that hear of it.
    pub channels: Vec<ChannelTold>,
}

/// What became of telling a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelTold {
    /// The channel's name.
    pub channel: String,
    /// `waiting`, `sending`, `sent`, `failed`, `dropped`.
    pub state: String,
    /// When it ended so.
    pub ended_at_ms: Option<i64>,
}

impl Finding {
    /// A finding about a project; `what` goes on after its name.
    pub(crate) fn of(
        project: &ledger::catalog::ProjectRecord,
        code: Code,
        severity: Severity,
        what: impl Into<String>,
    ) -> Self {
        let scope = Scope::Project { id: project.id.clone(), name: project.name.clone() };
        Self::new(code, severity, scope, &project.name, what)
    }

    /// A finding about the profile; `what` goes on after `subject`.
    pub(crate) fn profile(
        code: Code,
        severity: Severity,
        subject: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self::new(code, severity, Scope::Profile, subject, what)
    }

    fn new(
        code: Code,
        severity: Severity,
        scope: Scope,
        subject: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        let (subject, what) = (subject.into(), what.into());
        let (why, recommendation) = (String::new(), String::new());
        let (value, limit, act, details) = (None, None, Act::None, Vec::new());
        Self {
            code,
            severity,
            scope,
            subject,
            what,
            value,
            limit,
            why,
            recommendation,
            act,
            details,
            about: String::new(),
            is_told_otherwise: false,
            told: None,
        }
    }

    pub(crate) fn value(mut self, value: Measure) -> Self {
        self.value = Some(value);
        self
    }

    pub(crate) fn limit(mut self, limit: Measure) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    pub(crate) fn act(mut self, recommendation: impl Into<String>, act: Act) -> Self {
        (self.recommendation, self.act) = (recommendation.into(), act);
        self
    }

    pub(crate) fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// The same, told from others of its kind about the same.
    pub(crate) fn about(mut self, about: &str) -> Self {
        about.clone_into(&mut self.about);
        self
    }

    /// Marks a finding that another kind of message reports: a failed run, a missed goal.
    pub(crate) fn told_otherwise(mut self) -> Self {
        self.is_told_otherwise = true;
        self
    }

    /// What makes it this finding, however its words and figures change.
    pub(crate) fn key(&self) -> String {
        let whose = self.project_id().unwrap_or(&self.subject);
        format!("{}:{whose}:{}", self.code.as_str(), self.about)
    }

    /// The project's id, where it is about one.
    pub fn project_id(&self) -> Option<&str> {
        match &self.scope {
            Scope::Project { id, .. } => Some(id),
            Scope::Profile => None,
        }
    }

    /// The command line that does its act.
    pub fn command(&self) -> Option<String> {
        let name = match &self.scope {
            Scope::Project { name, .. } => name,
            Scope::Profile => "",
        };
        self.act.command(name)
    }
}
