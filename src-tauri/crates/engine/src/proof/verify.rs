//! The two levels that need no restore: bytes and readable.

use std::io::Write;
use std::process::Stdio;

use vault::{SnapshotId, Vault};

use super::{Reading, read_all};
use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, Manifest};
use crate::catalog::{Catalog, ProofLevel, ProofRecord, Verdict};
use crate::clock::now_ms;
use crate::failure::Failure;
use crate::job::JobContext;
use crate::source::postgres::process::{Running, bare_command};
use crate::source::postgres::tools::{Program, ToolSet};
use crate::words::{bytes_words, counted};

/// Reads the whole backup back, and adds the verdicts of `bytes` and `readable` to the ledger.
/// Returns the worse of the two, with its reason.
///
/// # Errors
/// When the vault cannot be read at all, or the job was cancelled.
pub(crate) async fn prove(
    context: &JobContext,
    catalog: &Catalog,
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
    tools: Option<&ToolSet>,
    up_to: ProofLevel,
) -> Result<(Verdict, String), Failure> {
    let started = now_ms();
    context.expect_bytes(manifest.bytes());
    let (meter, token) = (context.meter().clone(), context.token().clone());
    let (of_vault, of_manifest) = (vault.clone(), manifest.clone());
    let reading = blocking(move || -> Result<Reading, ArchiveError> {
        read_all(&of_vault, &id, &of_manifest, &meter, &|| token.is_cancelled())
    })
    .await?;
    let backup_id = id.to_string();
    let bytes = judge_bytes(&reading);
    record(catalog, &backup_id, ProofLevel::Bytes, &bytes, started).await?;
    context.info("verify", format!("bytes: {}", bytes.1));
    if up_to == ProofLevel::Bytes || bytes.0 == Verdict::Fail {
        return Ok(bytes);
    }
    let prefix = blocking({
        let (vault, path, length) =
            (vault.clone(), manifest.database.part.path.clone(), manifest.database.prefix_bytes);
        move || read_prefix(&vault, &id, &path, length)
    })
    .await?;
    let listed = match tools {
        None => Listed::NoTool,
        Some(tools) => list_archive(tools, prefix).await?,
    };
    let readable = judge_readable(&reading, manifest, &listed);
    record(catalog, &backup_id, ProofLevel::Readable, &readable, started).await?;
    context.info("verify", format!("readable: {}", readable.1));
    Ok(readable)
}

/// Adds an entry to the ledger.
///
/// # Errors
/// When the catalogue does not take it.
pub(crate) async fn record(
    catalog: &Catalog,
    backup_id: &str,
    level: ProofLevel,
    (verdict, reason): &(Verdict, String),
    started_at_ms: i64,
) -> Result<(), Failure> {
    let now = now_ms();
    let proof = ProofRecord {
        backup_id: backup_id.to_owned(),
        store: "vault".into(),
        level,
        verdict: *verdict,
        at_ms: now,
        elapsed_ms: now - started_at_ms,
        reason: reason.clone(),
    };
    Ok(catalog.add_proof(&proof).await?)
}

fn judge_bytes(reading: &Reading) -> (Verdict, String) {
    match reading.damaged.as_slice() {
        [] => (
            Verdict::Pass,
            format!(
                "Read {} with {} from the vault; every hash matched.",
                counted(reading.files, "file"),
                bytes_words(reading.bytes)
            ),
        ),
        damaged => (Verdict::Fail, format!("Damaged: {}.", damaged.join("; "))),
    }
}

/// What `pg_restore --list` said.
enum Listed {
    NoTool,
    Lists { entries: usize, version: String },
    Refused(String),
}

fn judge_readable(reading: &Reading, manifest: &Manifest, listed: &Listed) -> (Verdict, String) {
    let summary = match &reading.dump {
        Ok(summary) => summary,
        Err(what) if manifest.database.tables.is_some() => {
            return (Verdict::Fail, format!("The dump does not parse any more: {what}."));
        }
        Err(what) => {
            return (
                Verdict::Inconclusive,
                format!("The dump is of a kind that cannot be counted here: {what}."),
            );
        }
    };
    if manifest.database.tables.as_ref() != Some(&summary.tables) {
        return (Verdict::Fail, "Rows or fingerprints in the vault are not those of the manifest.".into());
    }
    let rows: u64 = summary.tables.iter().map(|table| table.rows).sum();
    let counted = format!(
        "{} and {} match the manifest",
        counted(summary.tables.len() as u64, "table"),
        counted(rows, "row")
    );
    match listed {
        Listed::Lists { entries, version } => {
            (Verdict::Pass, format!("{counted}; pg_restore {version} lists {entries} entries."))
        }
        Listed::NoTool => {
            (Verdict::Inconclusive, format!("{counted}; no pg_restore is here to list the archive."))
        }
        Listed::Refused(what) => {
            (Verdict::Fail, format!("{counted}, but pg_restore cannot list the archive: {what}."))
        }
    }
}

fn read_prefix(vault: &Vault, id: &SnapshotId, path: &str, length: u64) -> Result<Vec<u8>, ArchiveError> {
    use std::io::Read as _;
    let mut prefix = Vec::new();
    let mut reader = vault.read_range(id, path, 0, length)?;
    reader.read_to_end(&mut prefix).map_err(|error| ArchiveError::Manifest {
        snapshot: id.to_string(),
        what: format!("{path} cannot be read: {error}"),
    })?;
    Ok(prefix)
}

/// The prefix holds no rows and goes through a pipe: nothing touches the disk.
async fn list_archive(tools: &ToolSet, prefix: Vec<u8>) -> Result<Listed, Failure> {
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
        let text = running.take_stdout().map(std::io::read_to_string).transpose();
        let exit = running.finish()?;
        drop(feeder.map(std::thread::JoinHandle::join));
        let text = text.map_err(|error| Failure::new("tool_failed", error.to_string(), "Try again."))?;
        if !exit.is_success() {
            return Ok(Listed::Refused(exit.stderr.trim().to_owned()));
        }
        let entries = text
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.starts_with(';') && !line.is_empty())
            .count();
        Ok(Listed::Lists { entries, version })
    })
    .await
}
