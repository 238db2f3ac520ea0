//! The keys of the vault: list, add one for a person or a computer, revoke one.
//!
//! A new key is written to its own recovery kit only. A revoked key no longer opens the vault, but whoever
//! used it before may have kept the master keys; only a new vault helps against that.

use camino::Utf8Path;
use jiff::Timestamp;
use vault::{KeyEntry, KeyOwner, Password, VaultError};

use crate::archive::failure::vault_failure;
use crate::archive::generate_key;
use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, draft};
use crate::archive::{Kit, KitFormat};
use crate::engine::Engine;
use base::Code;
use base::account::this_host;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::event::Topic;

/// Long enough for anything that people call a key.
const NAME_CHARACTERS_MAX: usize = 60;
/// Enough of a key's id to type.
const SHORT_ID: usize = 8;

/// A key as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultKey {
    /// Its file in the vault.
    pub id: String,
    /// What it is called: the name that it was given, or the account that made the vault.
    pub name: String,
    /// The computer that made it.
    pub host: String,
    /// When it was made, as far as that can be read.
    pub created_at_ms: Option<i64>,
    /// Whether this computer opens the vault with it.
    pub is_in_use: bool,
}

impl VaultKey {
    /// What is typed to revoke it.
    pub fn confirm(&self) -> String {
        self.id.chars().take(SHORT_ID).collect()
    }
}

/// Who uses a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewKeyFor {
    /// Somebody else; this computer keeps its own.
    Others,
    /// This computer too, from now on, so that its old one can be revoked.
    ThisComputer,
}

impl Engine {
    /// The keys that open the vault, the oldest first.
    ///
    /// # Errors
    /// `no_vault`, or why the vault cannot be read.
    #[crate::boxed]
    pub async fn vault_keys(&self) -> Result<Vec<VaultKey>, Failure> {
        let vault = self.profile.archive.vault().await?;
        let entries = blocking(move || vault.keys().map_err(vault_failure)).await?;
        let mut keys: Vec<VaultKey> = entries.into_iter().map(VaultKey::from).collect();
        keys.sort_by(|a, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
        Ok(keys)
    }

    /// Adds a key, which leaves on a recovery kit in a new file and nowhere else. It is tried before it counts.
    ///
    /// # Errors
    /// `invalid_request` for a name that is none or is taken, `file_exists`, `no_vault`, or why the kit or the key
    /// cannot be written; then neither is there.
    #[crate::boxed]
    pub async fn add_vault_key(
        &self,
        name: &str,
        kit: &Utf8Path,
        format: KitFormat,
        used_by: NewKeyFor,
    ) -> Result<VaultKey, Failure> {
        let name = self.free_key_name(name).await?;
        let kit = draft::absolute(kit)?;
        // Not even a kit makes room: it may be the only one of the key that is in use.
        if kit.exists() {
            return Err(ArchiveError::FileExists { path: kit }.into());
        }
        let key = generate_key().ok_or_else(draft::no_random_numbers)?;
        let archive = &self.profile.archive;
        let (record, vault) = (archive.record().await?, archive.vault().await?);
        let receipts = self.receipt_documents(None).await?;
        let page = Kit {
            name: &record.name,
            path: &record.path,
            key: &key,
            at: Timestamp::now(),
            receipts: &receipts,
        };
        page.save(&kit, format)?;
        let details = Details::none()
            .with("key", Fact::Name(&name))
            .with("file", Fact::Path(&kit))
            .with("here", Fact::Flag(used_by == NewKeyFor::ThisComputer));
        let added = async {
            // What cannot be recorded is not done.
            self.audit(Act::VaultKeyAdded, &Subject::vault(&record), details).await?;
            let (owner, secret) = (KeyOwner { hostname: this_host(), username: name.clone() }, key.clone());
            let work = archive.key_work();
            let adding = vault.clone();
            let id = blocking(move || {
                adding.add_key_with(&Password::new(secret.expose()), &owner, work).map_err(vault_failure)
            })
            .await?;
            if let Err(failure) = archive.try_key(&record, &key).await {
                let odd = id.clone();
                if let Err(left) = blocking(move || vault.remove_key(&odd).map_err(vault_failure)).await {
                    tracing::warn!(said = left.message, "a key that opens nothing stays in the vault");
                }
                return Err(failure);
            }
            Ok::<String, Failure>(id)
        };
        let id = match added.await {
            Ok(id) => id,
            Err(failure) => {
                // A page with a key that opens nothing would be trusted one day.
                if let Err(error) = base::disk::remove(&kit) {
                    tracing::warn!(%error, "the kit of a key that was not added stays");
                }
                return Err(failure);
            }
        };
        if used_by == NewKeyFor::ThisComputer {
            archive.use_key(&record, &key).await?;
        }
        self.profile.jobs.changed(&[Topic::Vault, Topic::Setup]);
        let keys = self.vault_keys().await?;
        keys.into_iter()
            .find(|known| known.id == id)
            .ok_or_else(|| Failure::not_found(Code::KeyNotFound, &id))
    }

    /// Revokes a key, by its id or the beginning of it, once that was typed.
    ///
    /// # Errors
    /// `key_not_found`; `key_needed` for the last one, and for the one with which this computer opens the vault;
    /// `not_confirmed`, or why the vault does not do it.
    #[crate::boxed]
    pub async fn revoke_vault_key(&self, key: &str, confirm: &str) -> Result<(), Failure> {
        let keys = self.vault_keys().await?;
        let known = match keys.iter().filter(|known| known.id.starts_with(key)).collect::<Vec<_>>().as_slice()
        {
            [one] if !key.is_empty() => (*one).clone(),
            _ => return Err(Failure::not_found(Code::KeyNotFound, key)),
        };
        if keys.len() < 2 {
            return Err(needed("it is the only key: nobody would open the vault any more"));
        }
        if known.is_in_use {
            return Err(needed("this computer opens the vault with it"));
        }
        if confirm.trim() != known.confirm() {
            return Err(Failure::not_confirmed(&known.confirm()));
        }
        let archive = &self.profile.archive;
        let (record, vault) = (archive.record().await?, archive.vault().await?);
        let details = Details::none().with("key", Fact::Name(&known.name)).with("id", Fact::Id(&known.id));
        self.audit(Act::VaultKeyRevoked, &Subject::vault(&record), details).await?;
        let id = known.id;
        blocking(move || match vault.remove_key(&id) {
            Err(VaultError::KeyNeeded { reason, .. }) => Err(needed(&format!("it is {reason}"))),
            other => other.map_err(|error| Failure::from(ArchiveError::from(error))),
        })
        .await?;
        self.profile.jobs.changed(&[Topic::Vault]);
        Ok(())
    }

    async fn free_key_name(&self, name: &str) -> Result<String, Failure> {
        let name = name.trim();
        let is_odd = name.is_empty()
            || name.chars().count() > NAME_CHARACTERS_MAX
            || name.chars().any(char::is_control);
        if is_odd {
            return Err(Failure::invalid(
                format!("{name:?} cannot be the name of a key"),
                format!("Use 1 to {NAME_CHARACTERS_MAX} characters: who has it, or where it lies."),
            ));
        }
        if self.vault_keys().await?.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            return Err(Failure::invalid(
                format!("there is already a key {name:?}"),
                "Choose another name, so that the two are told apart when one is to be revoked.",
            ));
        }
        Ok(name.to_owned())
    }
}

fn needed(why: &str) -> Failure {
    Failure::new(
        Code::KeyNeeded,
        format!("this key is not revoked: {why}"),
        "Add another one first: `holdfast vault key add --name NAME --kit FILE --use-here`.",
    )
}

impl From<KeyEntry> for VaultKey {
    fn from(entry: KeyEntry) -> Self {
        let KeyEntry { id, owner: KeyOwner { hostname, username }, created, is_in_use } = entry;
        let created_at_ms = created.map(Timestamp::as_millisecond);
        Self { id, name: username, host: hostname, created_at_ms, is_in_use }
    }
}
