//! Files that failed a check: kept apart, named, and never restored.

use camino::Utf8PathBuf;

use super::TakeIn;
use crate::profile::Profile;
use base::Code;
use base::disk;
use base::failure::Failure;
use ledger::job::JobContext;

/// The folder's name in the profile.
const DIRECTORY: &str = "quarantine";

/// Codes of failures that say that the bytes themselves are wrong.
const OF_THE_BYTES: [Code; 3] = [Code::ChecksumMismatch, Code::ArchiveTruncated, Code::ArchiveDamaged];

/// Whether a failure says that the bytes themselves are wrong, so that fetching them again may help.
pub(crate) fn is_of_the_bytes(failure: &Failure) -> bool {
    OF_THE_BYTES.contains(&failure.code)
}

/// Moves bad pulled files to quarantine, for inspection, so that they are not mistaken for a backup. A
/// person's own file is not moved. Returns the failure with their location added.
pub(super) fn keep_apart(
    profile: &Profile,
    context: &JobContext,
    request: &TakeIn,
    mut failure: Failure,
) -> Failure {
    if request.remote_id.is_none() || !is_of_the_bytes(&failure) {
        return failure;
    }
    let folder = profile.home.join(DIRECTORY).join(context.id());
    match set_apart(&folder, request, &failure) {
        Ok(()) => {
            context.warn("inspect", format!("set apart in {folder}; it is never restored from there"));
            failure.message = format!("{}; it is set apart in {folder}", failure.message);
        }
        Err(error) => context.warn("inspect", format!("it could not be set apart: {error}")),
    }
    failure
}

fn set_apart(folder: &Utf8PathBuf, request: &TakeIn, failure: &Failure) -> std::io::Result<()> {
    disk::create_private_dir(folder)?;
    for (at, file) in request.files.iter().enumerate() {
        disk::rename(&file.path, &folder.join(format!("{at}.quarantined")))?;
    }
    let names: Vec<&str> = request.files.iter().map(|file| file.name.as_str()).collect();
    let note = serde_json::json!({
        "project": request.project.name,
        "remoteId": request.remote_id,
        "files": names,
        "code": failure.code,
        "why": failure.message,
    });
    disk::write_private(&folder.join("why.json"), note.to_string().as_bytes())
}
