//! `holdfast backup hold`, `release`, `expire`: what a person says of one backup, and until when it is kept.

use clap::{ArgGroup, Args};
use contract::api;
use contract::backup::BackupRef;
use contract::error::UserError;
use contract::number::Millis;
use contract::retention::{AskFates, BackupFateView, ExpireBackup, HoldBackup, KeepingView};

use crate::console::Console;
use crate::error::Ended;
use crate::status::Status;
use crate::words;

/// Holds a backup.
#[derive(Debug, Args)]
pub(crate) struct Hold {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// Why, for people.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Releases a backup.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
}

/// Gives a backup a date.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("when").required(true).args(["on", "never"]))]
pub(crate) struct Expire {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// The day from which it is not kept any more, in this computer's time zone; or a moment.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = crate::recovery_plan::moment)]
    on: Option<Millis>,
    /// Take the date away.
    #[arg(long)]
    never: bool,
}

impl Hold {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        Ok(told(console, &api::backup_hold(&console.engine, self.request()).await?))
    }

    /// What is asked for.
    pub(crate) fn request(self) -> HoldBackup {
        let Self { backup, reason } = self;
        HoldBackup { backup, reason }
    }
}

impl Release {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        Ok(told(console, &api::backup_release(&console.engine, BackupRef { backup: self.backup }).await?))
    }
}

impl Expire {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        Ok(told(console, &api::backup_expire(&console.engine, self.request()).await?))
    }

    /// What is asked for.
    pub(crate) fn request(self) -> ExpireBackup {
        ExpireBackup { backup: self.backup, until_ms: self.on }
    }
}

/// Until when each of these is kept, in the order in which they were asked for.
pub(crate) async fn kept(console: &Console<'_>, backups: Vec<String>) -> Result<Vec<Kept>, UserError> {
    let fates = api::backup_fates(&console.engine, AskFates { backups: backups.clone() }).await?;
    let of = |id: &String| fates.iter().find(|one| one.fate.backup_id == *id).map(Kept::of);
    Ok(backups.iter().map(|id| of(id).unwrap_or_default()).collect())
}

/// Until when a backup is kept, and why, in words; empty for one that is not listed any more.
#[derive(Default)]
pub(crate) struct Kept {
    /// For a list: `held`, `2027-01-31`, `goes`.
    pub(crate) until: String,
    why: String,
}

impl Kept {
    fn of(kept: &BackupFateView) -> Self {
        let reasons: Vec<&str> = kept.fate.reasons.iter().map(|reason| reason.words.as_str()).collect();
        let why = reasons.join("; ");
        let until = match (&kept.hold_reason, kept.fate.until_ms) {
            (Some(reason), _) => return Self { until: "held".into(), why: reason.clone() },
            _ if !kept.has_policy => return Self { until: "no end".into(), why: "no policy".into() },
            _ if !kept.fate.is_kept => "goes".into(),
            (None, Some(until)) => words::day(until),
            (None, None) => "stays".into(),
        };
        Self { until, why }
    }

    /// In a line: `2027-01-31: the last of its week`.
    pub(crate) fn words(&self) -> String {
        if self.why.is_empty() { self.until.clone() } else { format!("{}: {}", self.until, self.why) }
    }
}

fn told(console: &Console<'_>, keeping: &KeepingView) -> Status {
    console.output.answer(keeping, || {
        let backup = format!("The backup {} of {}", words::short(&keeping.backup_id), keeping.project);
        let held = keeping.hold_reason.as_ref().map(|reason| format!("{backup} is held: {reason}."));
        let dated = keeping.until_ms.map(|until| format!("{backup} is kept until {}.", words::moment(until)));
        let both: Vec<String> = held.into_iter().chain(dated).collect();
        if both.is_empty() {
            format!("{backup} is kept as its project's policy says.")
        } else {
            both.join("\n")
        }
    });
    Status::Done
}
