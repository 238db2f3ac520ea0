//! The keys of the vault.

use engine::Engine;
use engine::upkeep::{NewKeyFor, VaultKey};

use super::Answer;
use crate::command::Nothing;
use crate::vault::{AddVaultKey, RevokeVaultKey, VaultKeyView};

/// The keys that open the vault, the oldest first.
///
/// # Errors
/// `no_vault`, or why the vault cannot be read.
#[crate::boxed]
pub async fn vault_keys(engine: &Engine, _: Nothing) -> Answer<Vec<VaultKeyView>> {
    Ok(engine.vault_keys().await?.into_iter().map(Into::into).collect())
}

/// Adds a key, and saves its kit.
///
/// # Errors
/// `invalid_request`, `file_exists`, `no_vault`, or why the kit or the key cannot be written.
#[crate::boxed]
pub async fn vault_key_add(engine: &Engine, request: AddVaultKey) -> Answer<VaultKeyView> {
    let AddVaultKey { name, path, format, use_here } = request;
    let used_by = if use_here { NewKeyFor::ThisComputer } else { NewKeyFor::Others };
    Ok(engine.add_vault_key(&name, path.as_str().into(), format.into(), used_by).await?.into())
}

/// Revokes a key.
///
/// # Errors
/// `key_not_found`, `key_needed`, `not_confirmed`.
#[crate::boxed]
pub async fn vault_key_revoke(engine: &Engine, request: RevokeVaultKey) -> Answer<Nothing> {
    engine.revoke_vault_key(&request.key, &request.confirm).await?;
    Ok(Nothing {})
}

impl From<VaultKey> for VaultKeyView {
    fn from(key: VaultKey) -> Self {
        let short_id = key.confirm();
        let VaultKey { id, name, host, created_at_ms, is_in_use } = key;
        Self { id, short_id, name, host, created_at_ms: created_at_ms.map(Into::into), is_in_use }
    }
}
