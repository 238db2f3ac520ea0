//! From what was seen to what it is.

use std::collections::BTreeMap;
use std::io::Read;

use camino::Utf8Path;

use super::inspection::{BundleKind, Encryption, FileFacts, Finding, Inspection};
use super::layer::{Peeler, drain};
use super::limits::Budget;
use super::look::Look;
use super::walk::{File, Walk};
use super::{BundleError, Layer, Limits, Watch};
use base::hex;
use base::secret::Secret;

mod checksums;
mod kind;
mod words;

/// What is asked of an inspection.
#[derive(Debug, Clone, Copy)]
pub struct InspectRequest<'a> {
    /// Opens encrypted layers.
    pub passphrase: Option<&'a Secret>,
    /// What it may cost.
    pub limits: &'a Limits,
    /// Checksums that a platform gave, by component (`database`, `storage`, `config`): SHA-256 in
    /// hexadecimal digits, with or without `sha256:` before them, of the component as stored.
    pub expected: &'a BTreeMap<String, String>,
    /// Who watches.
    pub watch: Watch<'a>,
}

/// Says what a file is, by its content. Reads all of it once; runs nothing, writes nothing.
///
/// A file that is encrypted while no passphrase was given is an answer and no error: `needs_passphrase`.
///
/// # Errors
/// `Read`, `NotAFile`; `WrongPassphrase`; `Hostile`, `Truncated`, `Damaged`, `TooLarge`; `Cancelled`.
pub fn inspect(path: &Utf8Path, request: &InspectRequest<'_>) -> Result<Inspection, BundleError> {
    let budget = Budget::new(request.limits, request.watch);
    let (file, bytes) = File::open(path, &budget)?;
    of_file(file, bytes, path.file_name().unwrap_or("file"), &budget, request)
}

/// The same for a file that is open.
pub(super) fn of_file<R: Read>(
    mut file: File<'_, R>,
    bytes: u64,
    name: &str,
    budget: &Budget<'_>,
    request: &InspectRequest<'_>,
) -> Result<Inspection, BundleError> {
    let name = name.to_owned();
    let mut look = Look::new(budget);
    let peeler = Peeler { budget, passphrase: request.passphrase };
    let walked = Walk::new(peeler, &mut look).file(&mut file, &name, bytes);
    let closed = match walked {
        Ok(()) => None,
        Err(BundleError::PassphraseNeeded { place }) => Some((false, place)),
        Err(BundleError::KeyNeeded { place }) => Some((true, place)),
        Err(error) => return Err(error),
    };
    drain(&mut file).map_err(|error| BundleError::of_read(&name, "its end", error))?;
    let sha256 = hex::encode(file.inner.hash.finish().as_ref());
    let facts = FileFacts { name, bytes, sha256: Some(sha256) };
    if let Some((is_for_key, place)) = closed {
        return Ok(unopened(facts, &look, is_for_key, &place));
    }
    look.finish();
    Ok(opened(facts, look, request))
}

/// An encrypted file that stayed closed.
fn unopened(file: FileFacts, look: &Look<'_>, is_for_key: bool, place: &str) -> Inspection {
    let mut encryption = look.encryption();
    let finding = if is_for_key {
        encryption = Some(Encryption::AgeKey);
        let words = format!(
            "{place} is encrypted by age for a key. Holdfast opens passphrases; decrypt it with `age -d -i KEY` first."
        );
        Finding::danger("Needs a key", words)
    } else {
        Finding::warning(
            "Needs a passphrase",
            format!("{place} is encrypted; its content shows once it is opened."),
        )
    };
    let sentence = if is_for_key {
        "This is encrypted for a key that is not here."
    } else {
        "This is encrypted; type its passphrase to see what it is."
    };
    Inspection {
        file,
        layers: look.layers.clone(),
        kind: BundleKind::Encrypted,
        sentence: sentence.into(),
        project: None,
        made_by: None,
        created_at: None,
        server_version: None,
        tool_version: None,
        encryption,
        needs_passphrase: !is_for_key,
        parts: Vec::new(),
        tables: Vec::new(),
        rows: None,
        large_objects: (0, 0),
        buckets: Vec::new(),
        objects: 0,
        unpacked_bytes: 0,
        findings: vec![finding],
        cut: Vec::new(),
        unread: Vec::new(),
    }
}

fn opened(file: FileFacts, mut look: Look<'_>, request: &InspectRequest<'_>) -> Inspection {
    let kind = kind::of(&look);
    let (facts, told) = (std::mem::take(&mut look.facts), std::mem::take(&mut look.told));
    let parts = checksums::parts(&look, &told, request.expected, &file);
    let mut findings = std::mem::take(&mut look.findings);
    words::encryption(look.encryption(), &mut findings);
    checksums::findings(&parts, &mut findings);
    words::readable(&look, kind, &mut findings);
    // In a container the database of every project is called `postgres`: that is no name.
    let named = facts.database.clone().filter(|name| name != "postgres");
    let project = told.project.clone().or(named);
    let server_version = facts.server_version.or(told.server_version);
    let tool_version = facts.tool_version.or(told.tool_version);
    let made_by = words::maker(kind, tool_version.as_deref());
    let sentence =
        words::sentence(&look, kind, project.as_deref(), made_by.as_deref(), server_version.as_deref());
    findings.push(words::format(&look, kind, &sentence));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let rows = (!look.tables.is_empty() && !look.is_uncounted)
        .then(|| look.tables.iter().filter_map(|table| table.rows).fold(0, u64::saturating_add));
    Inspection {
        file,
        encryption: look.encryption(),
        layers: look.layers,
        kind,
        sentence,
        project,
        made_by,
        created_at: told.created_at.or(facts.created_at),
        server_version,
        tool_version,
        needs_passphrase: false,
        parts,
        tables: look.tables,
        rows,
        large_objects: look.large_objects,
        objects: look.objects.0,
        buckets: look.buckets.into_values().collect(),
        unpacked_bytes: look.unpacked,
        findings,
        cut: look.cut,
        unread: look.unread,
    }
}

/// The layers in words, the outermost first: `gzip, then tar`.
pub(super) fn layers_words(layers: &[Layer]) -> String {
    let words: Vec<String> = layers.iter().map(|layer| layer.words()).collect();
    words.join(", then ")
}
