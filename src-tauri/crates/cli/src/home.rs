//! The profile's directory: the same one that the window uses.

use camino::{Utf8Path, Utf8PathBuf};
use contract::error::UserError;
use directories::BaseDirs;

use crate::error::failure;
use base::Code;

/// The directory that was named, or the one in the account's data directory; absolute.
pub(crate) fn directory(chosen: Option<&Utf8Path>) -> Result<Utf8PathBuf, UserError> {
    let path = match chosen.filter(|path| !path.as_str().is_empty()) {
        Some(path) => path.to_owned(),
        None => usual()?,
    };
    camino::absolute_utf8(&path).map_err(|source| {
        failure(
            Code::InvalidRequest,
            format!("{path} cannot be the profile: {source}"),
            "Name another directory with --home DIR.",
        )
    })
}

fn usual() -> Result<Utf8PathBuf, UserError> {
    let unknown = || {
        failure(
            Code::NoHome,
            "no home directory is known",
            "Name a directory with --home DIR or HOLDFAST_HOME.",
        )
    };
    let path = BaseDirs::new().ok_or_else(unknown)?.data_dir().join("holdfast");
    Utf8PathBuf::try_from(path).map_err(|_| unknown())
}
