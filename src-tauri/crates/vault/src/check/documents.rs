//! The documents that nothing refers to: the configuration, the keys, the locks and the holds.

use super::{FindingKind, Findings};
use crate::error::VaultError;
use crate::hold::HoldFile;
use crate::key;
use crate::lock::LockFile;
use crate::repository::Repository;
use crate::store::FileKind;

/// Reads all of them.
pub(super) fn check(repository: &Repository, findings: &mut Findings) -> Result<(), VaultError> {
    check_config(repository, findings)?;
    check_keys(repository, findings)?;
    check_locks(repository, findings)?;
    check_holds(repository, findings)
}

/// The configuration was read when the vault was opened; what counts is what the next one reads.
fn check_config(repository: &Repository, findings: &mut Findings) -> Result<(), VaultError> {
    let read = repository.read_config().map_err(|error| match error {
        VaultError::NoRepository { .. } => VaultError::Missing { file: "config".to_owned() },
        other => other,
    });
    if let Some(config) = findings.take(FindingKind::Document, "config", read)?
        && config.id != repository.config.id
    {
        findings.add(FindingKind::Document, "config", format!("it is of another repository, {}", config.id));
    }
    Ok(())
}

fn check_keys(repository: &Repository, findings: &mut Findings) -> Result<(), VaultError> {
    let files = repository.store.list(FileKind::Key)?;
    if files.is_empty() {
        findings.add(
            FindingKind::Document,
            FileKind::Key.to_string(),
            "there is no key: once closed, nothing opens it again",
        );
    }
    for file in files {
        let checked = key::check(&*repository.store, &file.name, file.size);
        findings.take_if_there(FindingKind::Document, &FileKind::Key.file(&file.name), checked)?;
    }
    Ok(())
}

/// A lock that cannot be read keeps everybody from writing.
fn check_locks(repository: &Repository, findings: &mut Findings) -> Result<(), VaultError> {
    for id in repository.ids(FileKind::Lock)? {
        let loaded = repository.load::<LockFile>(FileKind::Lock, &id);
        findings.take_if_there(FindingKind::Document, &FileKind::Lock.file(&id.to_string()), loaded)?;
    }
    Ok(())
}

/// A hold that cannot be read keeps everybody from forgetting.
fn check_holds(repository: &Repository, findings: &mut Findings) -> Result<(), VaultError> {
    for id in repository.ids(FileKind::Hold)? {
        let loaded = repository.load::<HoldFile>(FileKind::Hold, &id);
        findings.take_if_there(FindingKind::Document, &FileKind::Hold.file(&id.to_string()), loaded)?;
    }
    Ok(())
}
