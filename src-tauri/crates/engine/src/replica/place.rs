//! Which folder can be a replica, and whether it is connected.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use tokio::sync::watch;
use vault::{LocalStore, Store, VaultError};

use crate::archive::failure::vault_failure;
use crate::archive::opened::blocking;
use crate::medium::Medium;
use base::Code;
use base::disk;
use base::failure::Failure;
use ledger::catalog::ReplicaRecord;

/// Time limit for a check. A share whose server is gone answers after minutes, or never; it is reported as
/// disconnected sooner.
const LOOK_MAX: Duration = Duration::from_secs(3);

/// What a look at a replica's folder shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Look {
    /// Whether the replica is there, as far as a look tells.
    pub(crate) is_there: bool,
    /// Whether it is on the disk of the vault; absent where that cannot be told.
    pub(crate) is_same_disk: Option<bool>,
    /// The medium that it is on; absent where that cannot be told.
    pub(crate) medium: Option<Medium>,
    /// What is free there.
    pub(crate) free_bytes: Option<u64>,
}

/// Running checks, by folder: a hanging one costs one thread, however often it is requested.
type Looks = HashMap<Utf8PathBuf, watch::Receiver<Option<Look>>>;
static LOOKS: Mutex<Option<Looks>> = Mutex::new(None);

fn looks() -> MutexGuard<'static, Option<Looks>> {
    LOOKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Checks folders of repositories, the vault's or replicas', concurrently. One that does not answer in time
/// counts as disconnected.
pub(crate) async fn look(folders: &[&Utf8Path], vault: &Utf8Path) -> Vec<Look> {
    let until = tokio::time::Instant::now() + LOOK_MAX;
    let begun: Vec<_> = folders.iter().map(|folder| begin(folder, vault)).collect();
    let mut seen = Vec::with_capacity(begun.len());
    for mut look in begun {
        let answer = tokio::time::timeout_at(until, look.wait_for(Option::is_some)).await;
        seen.push(answer.ok().and_then(Result::ok).and_then(|look| look.clone()).unwrap_or_default());
    }
    seen
}

/// Begins a look, or joins the one that goes on.
fn begin(path: &Utf8Path, vault: &Utf8Path) -> watch::Receiver<Option<Look>> {
    let mut looking = looks();
    let looking = looking.get_or_insert_default();
    // One that ended without an answer is begun anew.
    if let Some(look) = looking.get(path).filter(|look| look.has_changed().is_ok()) {
        return look.clone();
    }
    let (tell, told) = watch::channel(None);
    looking.insert(path.to_owned(), told.clone());
    let (path, vault) = (path.to_owned(), vault.to_owned());
    tokio::task::spawn_blocking(move || {
        let is_there = path.join("config").exists();
        let medium = if is_there { Medium::of(&path) } else { None };
        let look = Look {
            is_there,
            is_same_disk: if is_there { is_same_disk(&path, medium.as_ref(), &vault) } else { None },
            medium,
            free_bytes: if is_there { disk::free_bytes(&path).ok() } else { None },
        };
        looks().get_or_insert_default().remove(&path);
        // Nobody may wait any more.
        let _ = tell.send(Some(look));
    });
    told
}

/// Whether what takes the vault's disk takes this too, whatever their partitions.
fn is_same_disk(path: &Utf8Path, medium: Option<&Medium>, vault: &Utf8Path) -> Option<bool> {
    let is_same = disk::is_same(path, vault);
    let theirs = Medium::of(vault);
    match medium.zip(theirs.as_ref()) {
        Some((ours, theirs)) => Some(is_same == Some(true) || ours.disk == theirs.disk),
        None => is_same,
    }
}

/// Validates a folder: it must not be, contain or be inside the vault's folder or another replica's.
///
/// # Errors
/// `invalid_request` with what was seen.
pub(super) fn checked(
    path: &Utf8Path,
    vault: &Utf8Path,
    others: &[ReplicaRecord],
) -> Result<Utf8PathBuf, Failure> {
    if !path.is_absolute() || path.components().any(|part| part == Utf8Component::ParentDir) {
        return Err(Failure::invalid(
            format!("{path} does not say where the folder is"),
            "Give the whole path of the folder.",
        ));
    }
    let ours = disk::resolved(path);
    let taken = others.iter().map(|other| (format!("the replica “{}”", other.name), other.path.as_path()));
    for (whose, theirs) in std::iter::once(("the vault".to_owned(), vault)).chain(taken) {
        let theirs = disk::resolved(theirs);
        if ours.starts_with(&theirs) || theirs.starts_with(&ours) {
            return Err(Failure::invalid(
                format!("{path} and the folder of {whose}, {theirs}, are in one another"),
                "Choose a folder of its own, best on another disk.",
            ));
        }
    }
    // Without a slash at its end, and as the person knows it.
    Ok(path.components().collect())
}

/// The store of a new replica: what is there already, or an empty folder made ready.
pub(super) async fn ready(path: &Utf8Path) -> Result<Arc<dyn Store>, Failure> {
    let path = path.to_owned();
    blocking(move || -> Result<Arc<dyn Store>, Failure> {
        let store = match LocalStore::open(path.as_std_path()) {
            Err(vault::StoreError::NoRepository { .. }) => LocalStore::create(path.as_std_path()),
            other => other,
        };
        Ok(Arc::new(store.map_err(VaultError::from).map_err(vault_failure)?))
    })
    .await
}

/// The store of an initialised replica. A folder without one belongs to a disconnected disk: nothing is ever
/// written to the folder in its place.
pub(super) async fn open(replica: &ReplicaRecord) -> Result<Arc<dyn Store>, Failure> {
    let path = replica.path.clone();
    let opened = blocking(move || {
        LocalStore::open(path.as_std_path()).map_err(VaultError::from).map_err(vault_failure)
    })
    .await;
    match opened {
        Ok(store) => Ok(Arc::new(store)),
        Err(failure) if matches!(failure.code, Code::NoRepository | Code::VaultGone) => Err(gone(replica)),
        Err(failure) => Err(failure),
    }
}

pub(super) fn gone(replica: &ReplicaRecord) -> Failure {
    Failure::new(
        Code::ReplicaGone,
        format!("the replica “{}” is not in {}; its disk may not be connected", replica.name, replica.path),
        "Plug in the disk or mount the folder, then copy again. What was copied is not copied again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str) -> bool {
        let other = ReplicaRecord { name: "NAS".into(), ..ReplicaRecord::at("/srv/nas/holdfast") };
        checked(path.into(), "/srv/anchor".into(), &[other]).is_err()
    }

    #[test]
    fn a_replica_is_never_in_the_vault_nor_around_it_nor_in_another_replica() {
        for path in [
            "/srv/anchor",
            "/srv/anchor/",
            "/srv/anchor/copy",
            "/srv",
            "/",
            "/srv/nas/holdfast/inner",
            "/srv/nas",
            "nas",
            "/a/../srv/x",
        ] {
            assert!(refused(path), "{path}");
        }
        for path in ["/srv/anchor2", "/media/usb/holdfast", "/srv/nas/other"] {
            assert!(!refused(path), "{path}");
        }
    }

    #[tokio::test]
    async fn looks_that_come_at_once_share_one_and_all_see_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::write(path.join("config"), "").unwrap();
        let here = [path, "/nowhere/at/all".into()];
        let looks = (0..20).map(|_| look(&here, path));
        for seen in futures_util::future::join_all(looks).await {
            assert_eq!(
                (seen[0].is_there, seen[0].is_same_disk, &seen[1]),
                (true, Some(true), &Look::default())
            );
        }
        assert!(super::looks().get_or_insert_default().is_empty());
    }
}
