//! Reads the next part of the vault's older data again after a successful backup, so that damage is found
//! early and without a request.
//!
//! Data written an hour ago was read back by the run that wrote it, and more frequent reads of a large vault
//! show nothing new; therefore at most once an hour.
//!
//! It runs in the backup's own job, for three reasons: the process and the vault are open; a command line
//! that ends with its backup would leave no time for a separate job; and the read takes no lock that excludes
//! others. It is bounded, ends as soon as another job waits, and never fails the backup. A safety backup
//! before a restore skips it, to save time.

use std::collections::HashSet;
use std::time::Duration;

use vault::Id;

use crate::engine::Engine;
use crate::proof::rolling::{self, PartRead, Room};
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use ledger::job::{JobContext, JobOutput, PhaseSpec};

/// What is read after one backup: half a second of a good disk, and what a slow or distant store is asked for.
const BYTES_MAX: u64 = 256 << 20;
/// How long at most, whatever the store.
const TIME_MAX: Duration = Duration::from_secs(10);

impl Engine {
    /// Reads the next part of the packs that were in the vault `before`. Nothing of it fails the run.
    pub(super) async fn read_older(
        &self,
        context: &JobContext,
        before: &HashSet<Id>,
        output: &mut JobOutput,
    ) {
        let is_cancelled = context.token().is_cancelled();
        if before.is_empty() || is_cancelled || rolling::is_somebody_waiting(&self.profile).await {
            return;
        }
        if !self.is_older_due().await {
            return;
        }
        let read = match self.read_next_part(context, before).await {
            Ok(read) => read,
            Err(failure) => {
                let what = format!("older data could not be read again this time: {}", failure.message);
                context.warn("older", what);
                PartRead::default()
            }
        };
        if read.damaged.is_empty() {
            context.safe_next("The backup is done. It can be restored at any time.");
            return;
        }
        report(context, &read, output);
        context.safe_next(
            "The backup is done. Older data is damaged: check the vault before you rely on older backups.",
        );
    }

    /// Whether something lay unread for long enough.
    async fn is_older_due(&self) -> bool {
        let since = async {
            let vault = self.profile.archive.record().await?;
            Ok::<_, Failure>(self.profile.catalog.unread_since(&vault.id).await?)
        };
        let after = i64::try_from(self.profile.read_older_after.as_millis()).unwrap_or(i64::MAX);
        match since.await {
            Ok(since) => since.is_some_and(|since| now_ms().saturating_sub(since) >= after),
            Err(failure) => {
                tracing::warn!(%failure, "when older data was read cannot be told");
                false
            }
        }
    }

    async fn read_next_part(&self, context: &JobContext, before: &HashSet<Id>) -> Result<PartRead, Failure> {
        let profile = &self.profile;
        let vault = profile.archive.vault().await?;
        let Some(part) = rolling::choose(profile, &vault, None, Some(before)).await? else {
            return Ok(PartRead::default());
        };
        context.add_phase(PhaseSpec {
            id: "older",
            title: "Older data",
            weight: 3,
            sentence: format!(
                "Read again what was there before, bit by bit: {}, {}. The backup is made and counts already.",
                part.words(),
                part.packs_words()
            ),
        });
        context.phase("older");
        context.safe_next("The backup is done. Cancelling only leaves older data unread this time.");
        let room = Room { bytes_max: BYTES_MAX, time_max: Some(TIME_MAX), gives_way: true };
        let read = rolling::read(profile, context, &vault, &part, &room).await?;
        context.info("older", read.words(&part));
        Ok(read)
    }
}

fn report(context: &JobContext, read: &PartRead, output: &mut JobOutput) {
    for (file, what) in &read.damaged {
        context.warn("older", format!("{file}: {what}"));
    }
    let Some((file, what)) = read.damaged.first() else { return };
    let affected = match read.affected {
        0 => "no backup needs what is lost".to_owned(),
        1 => "1 backup needs what is lost".to_owned(),
        count => format!("{} need what is lost", counted(count, "backup")),
    };
    context.fact("Older data", "damaged", Some(format!("{file}: {what}")));
    output.outcome = format!(
        "{} Older data in the vault is damaged: {}, the first {file} ({what}); {affected}. Run `holdfast vault check --read-data`.",
        output.outcome,
        counted(read.damaged.len() as u64, "pack"),
    );
}
