//! `holdfast verify`: prove that a backup is whole, without restoring it.

use clap::{Args, ValueEnum};
use contract::api;
use contract::backup::{BackupRef, LevelView, ProofView, VerdictView, VerifyBackup};
use contract::error::UserError;
use contract::number::Millis;
use serde::Serialize;

use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::status::{Status, taught};
use crate::words;
use base::Code;

/// Codes of runs that came to a verdict by failing: the backup itself is shown to be wrong.
const SHOWN_WRONG: [Code; 3] = [Code::VerificationFailed, Code::ManifestUnreadable, Code::VaultDamaged];

/// Which backup, and how far.
#[derive(Debug, Args)]
#[command(after_help = taught!(
"  holdfast verify shop@latest
  holdfast verify 1a2b3c4d --level bytes
  holdfast verify shop@latest --json | jq -r .verdict          pass, fail or inconclusive

A drill proves the most: `--level restored`, or `holdfast drill run`, which shows more of it."))]
pub(crate) struct Arguments {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    backup: String,
    /// How far to prove it.
    #[arg(long, value_enum, default_value_t = Level::Readable)]
    level: Level,
}

/// Levels that need no restore, and the one that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Every block is read, and its hash matches.
    Bytes,
    /// It decrypts, the archive lists, and every row is counted again.
    Readable,
    /// A drill brings it back, and looks at every row.
    Restored,
}

/// The verdict of one verification.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    backup_id: String,
    project: String,
    #[serde(flatten)]
    proof: ProofView,
}

impl Arguments {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let VerifyBackup { backup, level } = self.request();
        let verification = verify(console, backup, level).await?;
        let (verdict, reason) = (verification.proof.verdict, verification.proof.reason.clone());
        console.output.answer(&verification, || format!("{}: {reason}", words::verdict(verdict)));
        Ok(Status::from(verdict))
    }

    /// What is asked for.
    pub(crate) fn request(self) -> VerifyBackup {
        let level = match self.level {
            Level::Bytes => LevelView::Bytes,
            Level::Readable => LevelView::Readable,
            Level::Restored => LevelView::Restored,
        };
        VerifyBackup { backup: self.backup, level }
    }
}

async fn verify(console: &Console<'_>, backup: String, level: LevelView) -> Result<Verification, UserError> {
    let started = api::verify_start(&console.engine, VerifyBackup { backup: backup.clone(), level }).await?;
    let job_id = started.job_id.clone();
    let (verdict, reason) = match follow(console, started).await {
        Ok(job) => (job.verdict.unwrap_or(VerdictView::Inconclusive), job.row.outcome.unwrap_or_default()),
        Err(error) if SHOWN_WRONG.contains(&error.code) => (VerdictView::Fail, error.message),
        Err(error) => return Err(error),
    };
    let job = api::job_show(&console.engine, contract::job::JobRef { job: job_id }).await?.row;
    let at_ms = job.finished_at_ms.unwrap_or(job.created_at_ms);
    let elapsed_ms = Millis(at_ms.0 - job.started_at_ms.unwrap_or(at_ms).0);
    let row = find(console, backup).await?;
    Ok(Verification {
        backup_id: row.0,
        project: row.1,
        proof: ProofView { level, verdict, at_ms, elapsed_ms, reason },
    })
}

/// Id and project of a backup; also of one whose manifest cannot be read any more.
async fn find(console: &Console<'_>, backup: String) -> Result<(String, String), UserError> {
    let plan = api::backup_deletion_plan(&console.engine, BackupRef { backup }).await?;
    Ok((plan.backup.id, plan.backup.project))
}
