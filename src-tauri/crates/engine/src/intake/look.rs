//! Inspects files before anything of them is stored.

use base::Severity;
use std::time::SystemTime;

use camino::Utf8Path;

use super::TakeIn;
use crate::archive::opened::blocking;
use base::Code;
use base::failure::Failure;
use bundle::{self, BundleError, BundleKind, Checksum, InspectRequest, Inspection, Limits, Watch};
use ledger::job::JobContext;

/// A file, and what it is.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    /// What it is.
    pub(crate) inspection: Inspection,
    /// Its length and when it was last written, before it was looked at.
    stamp: Stamp,
}

/// What tells that a file was written to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp(u64, Option<SystemTime>);

impl Stamp {
    /// Nothing for a file that cannot be asked: then it is another one later.
    fn of(path: &Utf8Path) -> Self {
        let known = std::fs::metadata(path).ok();
        Self(known.as_ref().map_or(u64::MAX, std::fs::Metadata::len), known.and_then(|of| of.modified().ok()))
    }
}

/// Whether the files are still those that were looked at: what is opened has to be what is kept.
///
/// # Errors
/// `file_changed`.
pub(super) fn refuse_changed(request: &TakeIn, looked: &[Looked]) -> Result<(), Failure> {
    let changed = request.files.iter().zip(looked).find(|(file, one)| Stamp::of(&file.path) != one.stamp);
    changed.map_or(Ok(()), |(file, _)| Err(file_changed(&file.name)))
}

pub(super) fn file_changed(name: &str) -> Failure {
    Failure::new(
        Code::FileChanged,
        format!("{name} changed while it was being read"),
        "Wait until nothing writes to it, then try again.",
    )
}

impl Looked {
    /// A component that is not what its checksum says is never kept, and never restored.
    pub(super) fn refuse_mismatch(&self) -> Result<(), Failure> {
        let differing: Vec<&str> = self
            .inspection
            .parts
            .iter()
            .filter(|part| matches!(part.checksum, Checksum::Mismatch { .. }))
            .map(|part| part.path.as_str())
            .collect();
        if differing.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Code::ChecksumMismatch,
            format!(
                "{} of {} is not what its checksum says",
                differing.join(", "),
                self.inspection.file.name
            ),
            "Do not restore it from anywhere. Start another backup there and pull that; look at the disk of the platform.",
        ))
    }

    pub(super) fn refuse_unknown(&self) -> Result<(), Failure> {
        let inspection = &self.inspection;
        if !matches!(inspection.kind, BundleKind::Unknown | BundleKind::Encrypted) {
            return Ok(());
        }
        Err(Failure::new(
            Code::ArchiveUnknown,
            format!("{}: {}", inspection.file.name, inspection.sentence.trim_end_matches('.')),
            "Give a backup file: a dump, an archive of one, an export.",
        ))
    }

    /// What a person should know, as sentences; what is as it should be is left out.
    pub(super) fn findings(&self) -> Vec<String> {
        let worse = self.inspection.findings.iter().filter(|finding| finding.severity != Severity::Ok);
        worse.map(|finding| format!("{}: {}", finding.title, finding.words)).collect()
    }
}

/// Looks at all files of a request.
///
/// # Errors
/// Why one cannot be looked at, or is refused.
pub(crate) async fn look(context: &JobContext, request: &TakeIn) -> Result<Vec<Looked>, Failure> {
    let mut looked = Vec::new();
    for file in &request.files {
        let stamp = Stamp::of(&file.path);
        let (path, passphrase) = (file.path.clone(), request.passphrase.clone());
        let (expected, token) = (request.expected.clone(), context.token().clone());
        let (meter, name) = (std::sync::Arc::clone(context.meter()), file.name.clone());
        let limits = Limits { api_rows_max: request.known.rows_max, ..Limits::generous() };
        let inspected = blocking(move || -> Result<Inspection, Failure> {
            let seen = std::cell::Cell::new(0);
            let progress = |bytes: u64| meter.add_bytes(bytes.saturating_sub(seen.replace(bytes)));
            let request = InspectRequest {
                passphrase: passphrase.as_ref(),
                limits: &limits,
                expected: &expected,
                watch: Watch { cancel: &token, progress: &progress },
            };
            Ok(inspect(&path, &request)?)
        });
        let mut inspection = inspected.await?;
        inspection.file.name = name;
        looked.push(Looked { inspection, stamp });
    }
    Ok(looked)
}

fn inspect(path: &Utf8Path, request: &InspectRequest<'_>) -> Result<Inspection, BundleError> {
    bundle::inspect(path, request)
}
