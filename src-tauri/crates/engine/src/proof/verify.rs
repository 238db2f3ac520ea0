//! The levels bytes and readable, from the vault alone: everything is decoded, hashed and counted again, and
//! no earlier result is trusted.

use vault::{SnapshotId, Vault};

use super::listing::{Listed, list_archive, read_prefix};
use super::parts::prove_parts;
use super::{Reading, read_all};
use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, Manifest};
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::{Catalog, ProofLevel, ProofRecord, Verdict};
use ledger::job::JobContext;
use postgres::tools::ToolSet;

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
    let parts = prove_parts(context, vault, id, manifest).await?;
    let bytes = parts.failing(judge_bytes(&reading));
    record(catalog, &backup_id, ProofLevel::Bytes, &bytes, started).await?;
    context.info("verify", format!("bytes: {}", bytes.1));
    if up_to == ProofLevel::Bytes || bytes.0 == Verdict::Fail {
        return Ok(bytes);
    }
    let readable = if manifest.database.is_some() {
        let listed = list_archive(tools, read_prefix(vault, id, manifest).await?).await?;
        judge_readable(&reading, manifest, &listed)
    } else {
        no_database(manifest)
    };
    let readable = parts.with(readable);
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

/// Of a backup's entries, newest first, the last conclusive one of each level; the lowest level first. A
/// drill that could not be made does not replace an earlier result.
pub(super) fn last_of_each(proofs: Vec<ProofRecord>) -> Vec<ProofRecord> {
    let mut last: Vec<ProofRecord> = Vec::new();
    for proof in proofs {
        let is_empty = proof.level == ProofLevel::Restored && proof.verdict == Verdict::Inconclusive;
        match last.iter_mut().find(|known| known.level == proof.level) {
            None => last.push(proof),
            Some(known)
                if known.verdict == Verdict::Inconclusive
                    && known.level == ProofLevel::Restored
                    && !is_empty =>
            {
                *known = proof;
            }
            Some(_) => {}
        }
    }
    last.sort_by_key(|proof| proof.level);
    last
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

/// A backup without a database is readable when all of its files are.
pub(super) fn no_database(manifest: &Manifest) -> (Verdict, String) {
    if let Some(why) = manifest.artifact.as_ref().and_then(|artifact| artifact.unloaded.as_ref()) {
        let words = format!("The file is kept as it came, but its database could not be loaded: {why}.");
        return (Verdict::Inconclusive, words);
    }
    if manifest.is_of_documents_alone() {
        let words = "It holds documents that a platform gave, and nothing that a restore brings back.";
        return (Verdict::Inconclusive, words.to_owned());
    }
    // It is a recovery point of what it holds, and of nothing else.
    let counts_for = match manifest.holds() {
        held if held.is_empty() => "nothing of a project, as far as is known".to_owned(),
        held => held.words(),
    };
    let parts = manifest.parts().count() as u64 + manifest.trees.iter().map(|tree| tree.files).sum::<u64>();
    (
        Verdict::Pass,
        format!(
            "It holds no database; {} opened and hashed. It counts for {counts_for}.",
            match parts {
                1 => "its only file was".to_owned(),
                parts => format!("all of its {parts} files were"),
            }
        ),
    )
}

fn judge_readable(reading: &Reading, manifest: &Manifest, listed: &Listed) -> (Verdict, String) {
    let summary = match &reading.dump {
        Ok(summary) => summary,
        Err(what) if manifest.database.as_ref().is_some_and(|database| database.tables.is_some()) => {
            return (Verdict::Fail, format!("The dump does not parse any more: {what}."));
        }
        Err(what) => {
            return (
                Verdict::Inconclusive,
                format!("The dump is of a kind that cannot be counted here: {what}."),
            );
        }
    };
    if manifest.database.as_ref().and_then(|database| database.tables.as_ref()) != Some(&summary.tables) {
        return (Verdict::Fail, "Rows or fingerprints in the vault are not those of the manifest.".into());
    }
    let rows: u64 = summary.tables.iter().map(|table| table.rows).sum();
    let counted = format!(
        "{} and {} match the manifest",
        counted(summary.tables.len() as u64, "table"),
        counted(rows, "row")
    );
    listed.judge(&counted)
}
