//! Backups that were sifted: which are meant, and what they take.

use engine::backup::Space;
use engine::{Engine, Failure};
use ledger::catalog::{BackupFilter, Beginner, Origin, ProofLevel, Proven, Taken};
use ledger::component::Component;

use super::Answer;
use crate::backup::{
    BackupKindView, BackupSpace, BackupSums, BegunByView, ProofSiftView, SiftBackups, SumBackups,
};
use crate::number::Count;

/// What some backups take, as the list knows it.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn backup_sums(engine: &Engine, request: SumBackups) -> Answer<BackupSums> {
    Ok(engine.taken(filter(request.project, request.sift)?).await?.into())
}

/// What some backups cost in space, measured in the vault.
///
/// # Errors
/// `project_not_found`, `invalid_request`, `no_vault`, `vault_locked`, `vault_damaged`.
#[crate::boxed]
pub async fn backup_space(engine: &Engine, request: SumBackups) -> Answer<BackupSpace> {
    Ok(engine.space_of(filter(request.project, request.sift)?).await?.into())
}

/// The filter of a request.
pub(super) fn filter(project: Option<String>, sift: Option<SiftBackups>) -> Result<BackupFilter, Failure> {
    let SiftBackups { kind, by, holds, proof, since_ms, until_ms, is_held, text } = sift.unwrap_or_default();
    let component = |word: &String| {
        Component::parse(word).ok_or_else(|| {
            let known = Component::ALL.map(Component::as_str).join(", ");
            Failure::invalid(format!("no backup holds {word:?}"), format!("Choose of: {known}."))
        })
    };
    Ok(BackupFilter {
        project,
        origin: kind.map(Into::into),
        beginner: by.map(Into::into),
        holds: holds.iter().map(component).collect::<Result<_, _>>()?,
        proven: proof.map(Into::into),
        since_ms: since_ms.map(|at| at.0),
        until_ms: until_ms.map(|at| at.0),
        is_held,
        text,
    })
}

impl From<BackupKindView> for Origin {
    fn from(kind: BackupKindView) -> Self {
        match kind {
            BackupKindView::Own => Self::Own,
            BackupKindView::Pulled => Self::Pulled,
            BackupKindView::Imported => Self::Imported,
        }
    }
}

impl From<BegunByView> for Beginner {
    fn from(by: BegunByView) -> Self {
        match by {
            BegunByView::Person => Self::Person,
            BegunByView::Schedule => Self::Schedule,
        }
    }
}

impl From<ProofSiftView> for Proven {
    fn from(proof: ProofSiftView) -> Self {
        match proof {
            ProofSiftView::Bytes => Self::AtLeast(ProofLevel::Bytes),
            ProofSiftView::Readable => Self::AtLeast(ProofLevel::Readable),
            ProofSiftView::Restored => Self::AtLeast(ProofLevel::Restored),
            ProofSiftView::Never => Self::Never,
            ProofSiftView::Failed => Self::Failed,
        }
    }
}

impl From<Taken> for BackupSums {
    fn from(taken: Taken) -> Self {
        let Taken { backups, size_bytes, added_bytes } = taken;
        Self { backups: Count(backups), size_bytes: Count(size_bytes), added_bytes: Count(added_bytes) }
    }
}

impl From<Space> for BackupSpace {
    fn from(space: Space) -> Self {
        let Space { backups, alone_bytes, unused_bytes, stored_bytes } = space;
        Self {
            backups: Count(backups),
            alone_bytes: Count(alone_bytes),
            unused_bytes: Count(unused_bytes),
            stored_bytes: Count(stored_bytes),
        }
    }
}
