//! `holdfast pull`: what a platform backed up comes into the vault.

use camino::Utf8PathBuf;
use clap::Args;
use contract::api;
use contract::error::UserError;
use contract::number::Count;
use contract::platform::StartPull;

use crate::backup;
use crate::console::Console;
use crate::error::Ended;
use crate::secrets::from_file;
use crate::status::taught;

/// Which project, and what of it.
#[derive(Debug, Args)]
#[command(after_help = taught!(
"  holdfast pull shop                                     the newest that is not here yet
  holdfast pull shop --all                               all that are not here yet
  holdfast pull shop --id backup_shop_20261114_020000    also one that was removed here, which no other pull fetches
  holdfast pull shop --passphrase-file F                 opens what the platform encrypted; without it, what
                                                         `holdfast platform passphrase` stored does
  holdfast pull shop --streams 16 --limit 2000           2,000 kB per second at most

Of a platform that gives no backup's bytes, as Supabase's cloud, it brings the configuration.
Where one of several fails or stays closed, the others come all the same, and it is named at the end.
A pull that was ended, by whatever, goes on where it ended."))]
pub(crate) struct Arguments {
    /// Id or name of the project.
    project: String,
    /// Id of a backup there; several may be named.
    #[arg(long = "id", value_name = "ID")]
    ids: Vec<String>,
    /// All that are not here yet; what the platform deletes first comes first.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Opens what is encrypted: a file that holds the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<Utf8PathBuf>,
    /// Streams at most [default: 8].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    streams: Option<u8>,
    /// Kilobytes per second at most.
    #[arg(long, value_name = "KB")]
    limit: Option<u64>,
    /// The same in bytes.
    #[arg(long, value_name = "BYTES", conflicts_with = "limit")]
    limit_bytes: Option<u64>,
}

impl Arguments {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let started = api::pull_start(&console.engine, self.request()?).await?;
        backup::follow_to_backup(console, started).await
    }

    /// What is asked for.
    pub(crate) fn request(self) -> Result<StartPull, UserError> {
        let limit = self.limit.map(|limit| limit.saturating_mul(1000)).or(self.limit_bytes);
        Ok(StartPull {
            project: self.project,
            ids: self.ids,
            all: self.all,
            passphrase: self.passphrase_file.as_deref().map(from_file).transpose()?,
            streams: self.streams,
            bytes_per_second: limit.map(Count),
        })
    }
}
