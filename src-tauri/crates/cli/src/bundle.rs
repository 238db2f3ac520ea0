//! `holdfast bundle`: backups as portable files.

use clap::Subcommand;

use crate::console::Console;
use crate::error::Ended;
use crate::export;
use crate::status::taught;

/// What to do with portable files.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast bundle export shop@latest --to shop.tar.zst                       not encrypted: keep it to yourself
  holdfast bundle export shop@latest --to shop.tar.zst.age --passphrase-file F
  holdfast bundle export 1a2b3c4d --to shop.tar.gz --format gzip --encrypt   asks for the passphrase

Any such file is read without Holdfast: `age --decrypt shop.tar.zst.age | zstd -dc | tar -x`, then `sha256sum -c SHA256SUMS`."))]
pub(crate) enum Verb {
    /// Write a whole backup into one file, and read it back.
    Export(export::Whole),
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Export(whole) => whole.run(console).await,
        }
    }
}
