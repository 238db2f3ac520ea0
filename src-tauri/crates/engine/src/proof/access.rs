//! Who could do what at a backup, read from the vault.

use std::io::Read as _;

use crate::archive::opened::{self, blocking};
use crate::archive::{ArchiveError, Manifest};
use crate::profile::Profile;
use base::failure::Failure;
use postgres::access::AccessFact;

/// Half a million facts take about so much.
pub(crate) const ACCESS_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What was written down; nothing where nothing was.
pub(crate) async fn stored_access(
    profile: &Profile,
    backup_id: &str,
    manifest: &Manifest,
) -> Result<Option<Vec<AccessFact>>, Failure> {
    let Some(part) = &manifest.access else { return Ok(None) };
    let (vault, path, id) =
        (profile.archive.vault().await?, part.path.clone(), opened::snapshot_id(backup_id)?);
    blocking(move || -> Result<_, ArchiveError> {
        let unreadable = |what: String| ArchiveError::Manifest { snapshot: id.to_string(), what };
        let mut text = String::new();
        let mut limited = vault.read(&id, &path)?.take(ACCESS_BYTES_MAX + 1);
        limited.read_to_string(&mut text).map_err(|error| unreadable(error.to_string()))?;
        if text.len() as u64 > ACCESS_BYTES_MAX {
            return Err(unreadable("its list of rights is longer than any".to_owned()));
        }
        let facts = text.lines().map(serde_json::from_str).collect::<Result<Vec<AccessFact>, _>>();
        facts.map(Some).map_err(|error| unreadable(error.to_string()))
    })
    .await
}

/// Whether this is such a list, line by line.
pub(crate) fn are_access_facts(text: &[u8]) -> bool {
    let read = |line: &str| serde_json::from_str::<AccessFact>(line).is_ok();
    std::str::from_utf8(text).is_ok_and(|text| text.lines().all(read))
}
