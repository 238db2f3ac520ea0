//! What is no place of a project: the vault, and what Holdfast keeps itself.

use camino::{Utf8Path, Utf8PathBuf};
use postgres::cluster::{self, Purpose};
use source::SourceError;
use source::folder::real_path;

use crate::profile::Profile;
use crate::sample::files::{APP, UPLOADS};
use base::failure::Failure;

/// Refuses places that hold the vault or what Holdfast keeps itself, or are within them. What the sample shop uploaded is
/// the shop's own.
pub(super) async fn refuse_own(profile: &Profile, paths: &[Utf8PathBuf]) -> Result<(), Failure> {
    if paths.is_empty() {
        return Ok(());
    }
    let vault = profile.catalog.vault().await?.map(|vault| vault.path);
    let own: Vec<_> =
        vault.into_iter().chain([profile.home.clone()]).filter_map(|one| real_path(&one)).collect();
    for path in paths {
        let real = real_path(path).ok_or_else(|| SourceError::NotThere { place: path.to_string() })?;
        let mine = own.iter().find(|mine| real.starts_with(mine) || mine.starts_with(&real));
        if let Some(mine) = mine
            && !is_of_sample(profile, &real)
        {
            return Err(Failure::invalid(
                format!("{path} and {mine}, where Holdfast keeps what it has, are one within the other"),
                "A backup that holds itself never ends. Name the folders beside it.",
            ));
        }
    }
    Ok(())
}

/// Whether a path is within the folders of the sample shop. Where nobody knows, it is not.
fn is_of_sample(profile: &Profile, real: &Utf8Path) -> bool {
    let records = cluster::records(&profile.home).unwrap_or_default().into_iter();
    let samples = records.filter(|record| record.purpose == Purpose::Sample);
    let mut folders = samples.flat_map(|record| [UPLOADS, APP].map(|name| record.place.directory.join(name)));
    folders.any(|folder| real_path(&folder).is_some_and(|folder| real.starts_with(folder)))
}
