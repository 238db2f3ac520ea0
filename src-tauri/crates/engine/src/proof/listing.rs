//! The output of `pg_restore --list`; the archive's head is enough for it.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use vault::{SnapshotId, Vault};

use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, Manifest};
use base::Code;
use base::failure::Failure;
use ledger::catalog::Verdict;
use postgres::process::{Running, bare_command};
use postgres::tools::{Program, ToolSet};

/// What `pg_restore --list` said.
pub(super) enum Listed {
    /// There is none that could.
    NoTool,
    /// So many entries, by this version.
    Lists { entries: usize, version: String },
    /// It cannot, and why.
    Refused(String),
}

impl Listed {
    /// The verdict on an archive of which `counted` holds.
    pub(super) fn judge(&self, counted: &str) -> (Verdict, String) {
        match self {
            Self::Lists { entries, version } => {
                (Verdict::Pass, format!("{counted}; pg_restore {version} lists {entries} entries."))
            }
            Self::NoTool => {
                (Verdict::Inconclusive, format!("{counted}; no pg_restore is here to list the archive."))
            }
            Self::Refused(what) => {
                (Verdict::Fail, format!("{counted}, but pg_restore cannot list the archive: {what}."))
            }
        }
    }
}

/// The archive up to its first block of data: it holds no rows.
pub(super) async fn read_prefix(
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
) -> Result<Vec<u8>, Failure> {
    let database = manifest.dump()?;
    let (vault, path, length) = (vault.clone(), database.part.path.clone(), database.prefix_bytes);
    blocking(move || -> Result<Vec<u8>, ArchiveError> {
        let mut prefix = Vec::new();
        let mut reader = vault.read_range(&id, &path, 0, length)?;
        reader.read_to_end(&mut prefix).map_err(|error| ArchiveError::Manifest {
            snapshot: id.to_string(),
            what: format!("{path} cannot be read: {error}"),
        })?;
        Ok(prefix)
    })
    .await
}

/// Lists an archive from its head, which goes through a pipe: nothing touches the disk.
pub(super) async fn list_archive(tools: Option<&ToolSet>, prefix: Vec<u8>) -> Result<Listed, Failure> {
    let Some(tools) = tools else { return Ok(Listed::NoTool) };
    let path = tools.path(Program::PgRestore);
    let version = format!("{}.{}", tools.version.major, tools.version.minor);
    blocking(move || -> Result<Listed, Failure> {
        let mut command = bare_command(&path);
        command.arg("--list").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = Running::start("pg_restore", command, None)?;
        let feeder = running.take_stdin().map(|mut stdin| {
            // It stops reading after the table of contents, so a closed pipe is no failure.
            std::thread::spawn(move || drop(stdin.write_all(&prefix)))
        });
        let counted = running.take_stdout().map(entries).transpose();
        let exit = running.finish()?;
        drop(feeder.map(std::thread::JoinHandle::join));
        let counted =
            counted.map_err(|error| Failure::new(Code::ToolFailed, error.to_string(), "Try again."))?;
        if !exit.is_success() {
            return Ok(Listed::Refused(exit.stderr.trim().to_owned()));
        }
        let entries = counted.unwrap_or_default();
        Ok(Listed::Lists { entries, version })
    })
    .await
}

/// How many entries a listing has. It is counted as it comes: of a hostile archive it may be long.
fn entries(listing: impl std::io::Read) -> std::io::Result<usize> {
    let (mut count, mut begins, mut chunk) = (0, true, vec![0; 64 * 1024]);
    let mut listing = listing;
    loop {
        let read = listing.read(&mut chunk)?;
        if read == 0 {
            return Ok(count);
        }
        for byte in &chunk[..read] {
            // Comments begin with a semicolon, and an empty line is none.
            count += usize::from(begins && !matches!(byte, b';' | b'\n'));
            begins = *byte == b'\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::entries;

    #[test]
    fn entries_are_counted_and_comments_and_empty_lines_are_none() {
        let listing =
            ";\n; Archive created at noon\n\n215; 1259 16385 TABLE public t me\n216; 0 0 ACL - x me";
        assert_eq!(entries(listing.as_bytes()).unwrap(), 2);
        assert_eq!(entries(&b""[..]).unwrap(), 0);
        let long = "1; TABLE\n".repeat(50_000);
        assert_eq!(entries(long.as_bytes()).unwrap(), 50_000);
    }
}
