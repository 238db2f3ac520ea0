//! The proof of a backup in the run that wrote it.
//!
//! Every block is fetched from the vault again. Blocks of this run are decrypted, decompressed and their hash
//! compared; blocks of a proven earlier backup must be unchanged, by the hash of their pack. The hashes tie
//! the blocks to the stream that was hashed and counted while it was written, so nothing is counted twice;
//! `prove` counts again, from the vault alone.

use vault::{Cancel, ReadBack, SnapshotId, Vault};

use super::listing::{Listed, list_archive, read_prefix};
use super::parts::prove_parts;
use super::read::tree_problems;
use super::verify::{no_database, record};
use crate::archive::opened::{blocking, snapshot_id};
use crate::archive::{ArchiveError, Manifest};
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::{Catalog, ProofLevel, Verdict};
use ledger::job::JobContext;
use postgres::custom_format::Toc;
use postgres::tools::ToolSet;

/// Among so many backups before this one, a proven one is looked for.
const BEFORE_MAX: u32 = 8;

/// Reads the backup that this run wrote back, and adds the verdicts of `bytes` and `readable` to the
/// ledger. Returns the worse of the two, with its reason.
///
/// # Errors
/// When the vault cannot be read at all, or the job was cancelled.
pub(crate) async fn prove_written(
    context: &JobContext,
    catalog: &Catalog,
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
    tools: Option<&ToolSet>,
) -> Result<(Verdict, String), Failure> {
    let started = now_ms();
    context.expect_bytes(manifest.bytes());
    let before = proven_before(catalog, manifest, id).await?;
    let read = read_back(context, vault, id, before).await?;
    let stored = blocking({
        let vault = vault.clone();
        move || Ok::<_, Failure>(Manifest::load(&vault, &id))
    })
    .await?;
    context.checkpoint()?;
    let backup_id = id.to_string();
    let parts = prove_parts(context, vault, id, manifest).await?;
    let bytes = parts.failing(judge_bytes(&read, manifest, &stored));
    record(catalog, &backup_id, ProofLevel::Bytes, &bytes, started).await?;
    context.info("verify", format!("bytes: {}", bytes.1));
    // Documents alone are no recovery point: they stand at their bytes, and at no level above.
    if bytes.0 == Verdict::Fail || manifest.is_of_documents_alone() {
        return Ok(bytes);
    }
    if manifest.database.is_none() {
        let readable = parts.with(no_database(manifest));
        record(catalog, &backup_id, ProofLevel::Readable, &readable, started).await?;
        return Ok(readable);
    }
    let prefix = read_prefix(vault, id, manifest).await?;
    let toc = Toc::parse(&prefix).map_err(|error| error.to_string());
    let listed = list_archive(tools, prefix).await?;
    context.checkpoint()?;
    let readable = parts.with(judge_readable(toc.as_ref(), manifest, &listed));
    record(catalog, &backup_id, ProofLevel::Readable, &readable, started).await?;
    context.info("verify", format!("readable: {}", readable.1));
    Ok(readable)
}

/// The newest backup of the project before this one whose last reading found every block well.
async fn proven_before(
    catalog: &Catalog,
    manifest: &Manifest,
    id: SnapshotId,
) -> Result<Option<SnapshotId>, Failure> {
    let this = id.to_string();
    for backup in catalog.backups(Some(&manifest.origin.project_id), 0, BEFORE_MAX).await? {
        if backup.id == this {
            continue;
        }
        let proofs = catalog.proofs(&backup.id).await?;
        // Whatever failed last speaks against all of it, also a restore.
        let last = |level| proofs.iter().find(|proof| proof.level == level).map(|proof| proof.verdict);
        let has_failed = [ProofLevel::Readable, ProofLevel::Restored]
            .into_iter()
            .any(|level| last(level) == Some(Verdict::Fail));
        if last(ProofLevel::Bytes) == Some(Verdict::Pass) && !has_failed {
            return snapshot_id(&backup.id).map(Some);
        }
    }
    Ok(None)
}

/// Reads on threads of its own; a cancelled job ends it, and is waited for.
async fn read_back(
    context: &JobContext,
    vault: &Vault,
    id: SnapshotId,
    before: Option<SnapshotId>,
) -> Result<ReadBack, Failure> {
    let cancel = Cancel::new();
    let (vault, meter, told) = (vault.clone(), context.meter().clone(), cancel.clone());
    let mut reading = std::pin::pin!(blocking(move || {
        vault
            .read_back(&id, before.as_ref(), &|bytes| meter.add_bytes(bytes), &told)
            .map_err(ArchiveError::from)
    }));
    tokio::select! {
        read = &mut reading => read,
        () = context.token().cancelled() => {
            cancel.cancel();
            reading.await
        }
    }
}

fn judge_bytes(
    read: &ReadBack,
    manifest: &Manifest,
    stored: &Result<Manifest, ArchiveError>,
) -> (Verdict, String) {
    let mut damaged = read.trees.clone();
    for file in &read.files {
        damaged.extend(file.problem.as_ref().map(|problem| format!("{}: {problem}", file.path)));
    }
    for part in manifest.parts() {
        match read.files.iter().find(|file| file.path == part.path) {
            None => damaged.push(format!("{} is missing", part.path)),
            Some(file) if file.bytes != part.bytes => {
                damaged.push(format!("{} is not the file that the manifest describes", part.path));
            }
            Some(_) => {}
        }
    }
    damaged.extend(tree_problems(manifest, read.files.iter().map(|file| (file.path.as_str(), file.bytes))));
    match stored {
        Ok(stored) if stored == manifest => {}
        Ok(_) => damaged.push("the manifest reads back differently".into()),
        Err(error) => damaged.push(error.to_string()),
    }
    if !damaged.is_empty() {
        return (Verdict::Fail, format!("Damaged: {}.", damaged.join("; ")));
    }
    let bytes: u64 = read.files.iter().map(|file| file.bytes).sum();
    let read_words = format!(
        "Read {} with {} back from the vault",
        counted(read.files.len() as u64, "file"),
        bytes_words(bytes)
    );
    let words = if read.blobs_unchanged == 0 {
        format!("{read_words}; the hash of every block matched.")
    } else {
        format!(
            "{read_words}; the hashes of {} matched, and {} that an earlier backup proved {} unchanged.",
            counted(read.blobs_hashed, "new block"),
            counted(read.blobs_unchanged, "block"),
            if read.blobs_unchanged == 1 { "is" } else { "are" }
        )
    };
    (Verdict::Pass, words)
}

fn judge_readable(toc: Result<&Toc, &String>, manifest: &Manifest, listed: &Listed) -> (Verdict, String) {
    let Some(database) = &manifest.database else { return no_database(manifest) };
    let Some(tables) = &database.tables else {
        let why = database.uncounted.as_deref().unwrap_or("its rows were not counted");
        return (
            Verdict::Inconclusive,
            format!("The dump is of a kind that cannot be counted here: {}.", why.trim_end_matches('.')),
        );
    };
    let toc = match toc {
        Ok(toc) => toc,
        Err(what) => return (Verdict::Fail, format!("The dump does not parse any more: {what}.")),
    };
    let end = database.blocks.last().map_or(database.prefix_bytes, |block| block.offset + block.length);
    if toc.prefix_bytes != database.prefix_bytes
        || end != database.part.bytes
        || !toc.without_blocks(&database.blocks).is_empty()
    {
        return (
            Verdict::Fail,
            "The archive in the vault is not the one that the manifest describes.".into(),
        );
    }
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let counted = format!(
        "{} and {} were counted as they were written",
        counted(tables.len() as u64, "table"),
        counted(rows, "row")
    );
    listed.judge(&counted)
}
