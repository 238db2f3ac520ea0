//! The vault: draft, kit, create, open, check, repair, rebuild.

use base::Code;
use engine::Engine;
use engine::archive::{DraftView, KitFormat as EngineKitFormat};
use engine::proof::{DamagedPack, Rolling};
use engine::upkeep::{Rebuild, VaultStatus};

use super::Answer;
use crate::command::Nothing;
use crate::error::UserError;
use crate::job::JobStarted;
use crate::number::Count;
use crate::vault::{
    CheckVault, ConfirmKit, CreateVault, DamagedPackView, DraftVault, KitFormat, OpenVault, PartDoneView,
    RebuildView, RollingView, SaveKit, VaultDraft, VaultState, VaultView,
};

/// Drafts a vault.
///
/// # Errors
/// `vault_exists`, `folder_not_empty`, `invalid_request`.
#[crate::boxed]
pub async fn vault_draft(engine: &Engine, request: DraftVault) -> Answer<VaultDraft> {
    Ok(engine.draft_vault(&request.name, request.path.as_str().into()).await?.into())
}

/// Saves a recovery kit.
///
/// # Errors
/// `no_draft`, `write_failed`, or why the key is not to be had.
#[crate::boxed]
pub async fn vault_kit_save(engine: &Engine, request: SaveKit) -> Answer<Nothing> {
    engine.save_kit(request.draft_id.as_deref(), request.path.as_str().into(), request.format.into()).await?;
    Ok(Nothing {})
}

/// Creates the vault of a draft.
///
/// # Errors
/// `kit_not_saved`, `wrong_group`, `no_draft`, or why it cannot be created.
#[crate::boxed]
pub async fn vault_create(engine: &Engine, request: CreateVault) -> Answer<VaultView> {
    engine.create_vault(&request.draft_id, &request.last_group).await?;
    current(engine).await
}

/// Confirms that the kit of the vault in use was saved.
///
/// # Errors
/// `wrong_group`.
#[crate::boxed]
pub async fn vault_kit_confirm(engine: &Engine, request: ConfirmKit) -> Answer<VaultView> {
    engine.confirm_kit(&request.last_group).await?;
    current(engine).await
}

/// Opens an existing vault.
///
/// # Errors
/// `wrong_key`, `no_repository`, `vault_exists`.
#[crate::boxed]
pub async fn vault_open(engine: &Engine, request: OpenVault) -> Answer<RebuildView> {
    Ok(engine.open_vault(None, request.path.as_str().into(), &request.key).await?.into())
}

/// Starts a check of the vault.
///
/// # Errors
/// `no_vault`, `invalid_request`.
#[crate::boxed]
pub async fn vault_check(engine: &Engine, request: CheckVault) -> Answer<JobStarted> {
    let CheckVault { slice, next_part } = request;
    let job_id = match (slice, next_part) {
        (slice, None) => engine.start_check(slice.map(|slice| (slice.n, slice.t))).await?,
        (None, Some(next)) => engine.start_next_part(next.parts).await?,
        (Some(_), Some(_)) => {
            return Err(UserError::from(engine::Failure::invalid(
                "a check reads one slice or the next part, not both",
                "Leave one of the two out.",
            )));
        }
    };
    Ok(JobStarted { job_id })
}

/// How far the vault's data was read again.
///
/// # Errors
/// `no_vault`.
#[crate::boxed]
pub async fn vault_rolling(engine: &Engine, _: Nothing) -> Answer<RollingView> {
    Ok(engine.rolling().await?.into())
}

/// Starts a repair of the vault.
///
/// # Errors
/// `no_vault`, `vault_locked`.
#[crate::boxed]
pub async fn vault_repair(engine: &Engine, _: Nothing) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_repair().await? })
}

/// Rebuilds the catalogue from the vault.
///
/// # Errors
/// When the vault does not answer.
#[crate::boxed]
pub async fn vault_rebuild_catalog(engine: &Engine, _: Nothing) -> Answer<RebuildView> {
    Ok(engine.rebuild_catalog().await?.into())
}

/// The vault in use.
///
/// # Errors
/// `no_vault`.
#[crate::boxed]
pub async fn current(engine: &Engine) -> Answer<VaultView> {
    let status = engine.vault_status().await?;
    Ok(status.ok_or(engine::Failure::from(engine::archive::ArchiveError::NoVault))?.into())
}

impl From<KitFormat> for EngineKitFormat {
    fn from(format: KitFormat) -> Self {
        match format {
            KitFormat::Html => Self::Html,
            KitFormat::Text => Self::Text,
        }
    }
}

impl From<DraftView> for VaultDraft {
    fn from(draft: DraftView) -> Self {
        let DraftView { id, name, path, free_bytes, key_groups, kit_saved_to } = draft;
        Self {
            id,
            name,
            path: path.into_string(),
            free_bytes: Count(free_bytes),
            key_groups,
            kit_saved_to: kit_saved_to.map(Into::into),
        }
    }
}

impl From<Rebuild> for RebuildView {
    fn from(rebuild: Rebuild) -> Self {
        let Rebuild { snapshots, backups, projects, skipped } = rebuild;
        Self { snapshots: Count(snapshots), backups: Count(backups), projects: Count(projects), skipped }
    }
}

impl From<Rolling> for RollingView {
    fn from(rolling: Rolling) -> Self {
        let Rolling { parts, done, started_at_ms, last_cycle, damaged } = rolling;
        Self {
            parts,
            done: done.into_iter().map(|(n, at_ms)| PartDoneView { n, at_ms: at_ms.into() }).collect(),
            started_at_ms: started_at_ms.map(Into::into),
            last_started_at_ms: last_cycle.map(|(started, _)| started.into()),
            last_finished_at_ms: last_cycle.map(|(_, finished)| finished.into()),
            damaged: damaged.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<DamagedPack> for DamagedPackView {
    fn from(pack: DamagedPack) -> Self {
        let DamagedPack { file, message, at_ms } = pack;
        Self { file, message, at_ms: at_ms.into() }
    }
}

impl From<VaultStatus> for VaultView {
    fn from(status: VaultStatus) -> Self {
        let VaultStatus { record, problem, stored_bytes, free_bytes, backups } = status;
        let state = match problem.as_ref().map(|failure| failure.code) {
            None => VaultState::Ready,
            Some(Code::VaultGone | Code::VaultSilent | Code::NoRepository) => VaultState::Gone,
            Some(
                Code::SecretMissing
                | Code::KeychainLocked
                | Code::KeychainUnavailable
                | Code::KeychainFailed
                | Code::SecretsFileLocked
                | Code::SealedFileMissing
                | Code::WrongKey,
            ) => VaultState::KeyMissing,
            Some(_) => VaultState::Broken,
        };
        Self {
            id: record.id,
            name: record.name,
            path: record.path.into_string(),
            state,
            problem: problem.map(|failure| failure.message),
            kit_confirmed_at_ms: record.kit_confirmed_at_ms.map(Into::into),
            stored_bytes: Count(stored_bytes),
            free_bytes: free_bytes.map(Count),
            backups: Count(backups),
        }
    }
}
