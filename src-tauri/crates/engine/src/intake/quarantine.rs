//! Files that are not what they should be: kept apart, named, and never restored.

use camino::Utf8PathBuf;

use super::TakeIn;
use crate::job::JobContext;
use crate::profile::Profile;
use base::disk;
use base::failure::Failure;

/// The folder's name in the profile.
const DIRECTORY: &str = "quarantine";

/// Codes of failures that say that the bytes themselves are wrong.
const OF_THE_BYTES: [&str; 3] = ["checksum_mismatch", "archive_truncated", "archive_damaged"];

/// Whether a failure says that the bytes themselves are wrong, so that fetching them again may help.
pub(crate) fn is_of_the_bytes(failure: &Failure) -> bool {
    OF_THE_BYTES.contains(&failure.code.as_str())
}

/// Sets pulled files apart that are not whole, so that they can be looked at and are not mistaken for a
/// backup. A file of a person stays where it is: it is theirs. Gives the failure back, with where they are.
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
        std::fs::rename(&file.path, folder.join(format!("{at}.quarantined")))?;
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
