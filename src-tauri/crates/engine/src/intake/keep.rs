//! Keeping files byte for byte.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use jiff::Timestamp;
use vault::FileMeta;

use super::look::file_changed;
use super::{Looked, TakeIn};
use crate::archive::failure::vault_failure;
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{ARTIFACT_DIRECTORY, Part, opened};
use base::Code;
use base::failure::Failure;
use base::hex;
use base::meter::Meter;
use ledger::job::JobContext;

/// Only the owner reads what a restore of the files would make.
pub(super) const MODE: u32 = 0o600;

/// Stores the files as they came, and sees that they are still those that were looked at.
pub(super) async fn files(
    context: &JobContext,
    mut writer: OpenSnapshot,
    request: &TakeIn,
    looked: &[Looked],
) -> Result<(OpenSnapshot, Vec<Part>), Failure> {
    context.expect_bytes(looked.iter().map(|one| one.inspection.file.bytes).sum());
    let mut kept = Vec::new();
    for (file, looked) in request.files.iter().zip(looked) {
        let path = format!("{ARTIFACT_DIRECTORY}/{}", artifact_name(&file.name, &kept));
        let (from, to, meter) = (file.path.clone(), path.clone(), Arc::clone(context.meter()));
        let stored = opened::blocking(move || -> Result<_, Failure> {
            let unreadable = |source: io::Error| {
                Failure::new(
                    Code::FileUnreadable,
                    format!("{from} cannot be read: {source}"),
                    "Check the file and its disk.",
                )
            };
            let reader = Metered { inner: File::open(&from).map_err(unreadable)?, meter };
            let meta = FileMeta { mode: MODE, modified: Timestamp::now() };
            let written = writer.file(&to, &meta, reader).map_err(vault_failure)?;
            Ok((writer, Part { path: to, bytes: written.bytes, sha256: hex::encode(&written.sha256) }))
        });
        let part;
        (writer, part) = stored.await?;
        if looked.inspection.file.sha256.as_ref().is_some_and(|seen| *seen != part.sha256) {
            return Err(file_changed(&file.name));
        }
        context.checkpoint()?;
        kept.push(part);
    }
    Ok((writer, kept))
}

/// A name that a tree can hold, and that is not taken.
fn artifact_name(name: &str, taken: &[Part]) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe: String =
        last.chars().map(|c| if c.is_control() || "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    if safe.trim_matches('.').is_empty() {
        "file".clone_into(&mut safe);
    }
    let is_taken = |name: &str| taken.iter().any(|part| part.path.ends_with(&format!("/{name}")));
    if is_taken(&safe) { format!("{}-{safe}", taken.len() + 1) } else { safe }
}

/// A reader that counts.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.meter.add_bytes(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_becomes_one_that_a_tree_can_hold() {
        assert_eq!(artifact_name("../../etc/passwd", &[]), "passwd");
        assert_eq!(artifact_name("a\\b:c.tar", &[]), "b_c.tar");
        assert_eq!(artifact_name("..", &[]), "file");
        let taken = Part { path: "/artifact/x.sql".into(), bytes: 0, sha256: String::new() };
        assert_eq!(artifact_name("x.sql", &[taken]), "2-x.sql");
    }
}
