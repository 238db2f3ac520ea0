//! What is no place of a project: the vault, and what Holdfast keeps itself.

use camino::Utf8PathBuf;
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
    let of_sample = of_sample(profile)?;
    for path in paths {
        let real = real_path(path).ok_or_else(|| SourceError::NotThere { place: path.to_string() })?;
        if of_sample.iter().any(|folder| real.starts_with(folder)) {
            continue;
        }
        if let Some(mine) = own.iter().find(|mine| real.starts_with(mine) || mine.starts_with(&real)) {
            return Err(Failure::invalid(
                format!("{path} and {mine}, where Holdfast keeps what it has, are one within the other"),
                "A backup that holds itself never ends. Name the folders beside it.",
            ));
        }
    }
    Ok(())
}

/// The folders of the sample shop, where there is one.
fn of_sample(profile: &Profile) -> Result<Vec<Utf8PathBuf>, Failure> {
    let records = cluster::records(&profile.home)?;
    let samples = records.into_iter().filter(|record| record.purpose == Purpose::Sample);
    let folders = samples.flat_map(|record| [UPLOADS, APP].map(|name| record.place.directory.join(name)));
    Ok(folders.filter_map(|folder| real_path(&folder)).collect())
}
