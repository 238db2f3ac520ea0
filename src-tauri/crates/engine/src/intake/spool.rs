//! A private folder for temporary files; removed when the value is dropped.

use camino::{Utf8Path, Utf8PathBuf};

use crate::profile::Profile;
use base::Code;
use base::disk;
use base::failure::Failure;
use ledger::job::JobContext;

/// The folder's name in the profile; one folder per run below it.
pub(crate) const DIRECTORY: &str = "intake";

/// A private folder, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Spool(Utf8PathBuf);

impl Spool {
    pub(crate) fn make(profile: &Profile, context: &JobContext) -> Result<Self, Failure> {
        let path = profile.home.join(DIRECTORY).join(context.id());
        disk::create_private_dir(&path).map_err(|source| {
            Failure::new(
                Code::WriteFailed,
                format!("{path} cannot be made: {source}"),
                "Check that the profile's folder is writable and has free space.",
            )
        })?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Utf8Path {
        &self.0
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, path = %self.0, "a folder of a run stays; the next start removes it");
        }
    }
}
