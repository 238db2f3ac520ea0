//! Creating a vault in two steps: first the recovery kit, then the vault.
//!
//! The key of a draft exists in memory only. It is shown once, on the kit that a person saves; the person
//! proves the copy by typing its last group.

use camino::Utf8Path;
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::archive::draft::{Draft, absolute, no_random_numbers};
use crate::archive::failure::vault_failure;
use crate::archive::{ArchiveError, DraftView, Kit, KitFormat, generate_key, group_key, normalise_key};
use crate::engine::Engine;
use base::clock::now_ms;
use base::disk;
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::VaultRecord;
use ledger::event::Topic;

/// Somebody clicks through the first run a few times; not a thousand.
const DRAFTS_MAX: usize = 64;
/// Long enough for anything that people call a vault.
const NAME_CHARACTERS_MAX: usize = 80;

impl Engine {
    /// Drafts a vault.
    ///
    /// # Errors
    /// `vault_exists`, `folder_not_empty`, `invalid_request` for a path that is not absolute.
    #[crate::boxed]
    pub async fn draft_vault(&self, name: &str, path: &Utf8Path) -> Result<DraftView, Failure> {
        if let Some(known) = self.profile.catalog.vault().await? {
            return Err(ArchiveError::AlreadyThere { path: known.path }.into());
        }
        let path = absolute(path)?;
        if path.read_dir_utf8().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(vault_failure(vault::VaultError::NotEmpty { place: path.into_string() }));
        }
        let free_bytes =
            disk::free_bytes(&path).map_err(|source| ArchiveError::Write { path: path.clone(), source })?;
        let key = generate_key().ok_or_else(no_random_numbers)?;
        let id = Uuid::new_v4().simple().to_string();
        let mut groups = group_key(&key);
        groups.pop();
        if name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
            return Err(Failure::invalid(
                format!("{name:?} cannot be the name of a vault"),
                format!("Use up to {NAME_CHARACTERS_MAX} characters, without line breaks."),
            ));
        }
        let name = if name.trim().is_empty() { "Anchor" } else { name.trim() }.to_owned();
        let mut drafts = self.drafts.lock().await;
        if drafts.0.len() >= DRAFTS_MAX {
            drafts.0.clear();
        }
        drafts.0.insert(id.clone(), Draft { name: name.clone(), path: path.clone(), key, saved_to: None });
        Ok(DraftView { id, name, path, free_bytes, key_groups: groups, kit_saved_to: None })
    }

    /// Saves the kit of a draft, or of the vault in use when `draft` is absent.
    ///
    /// # Errors
    /// `no_draft`, `write_failed`, or why the key is not to be had.
    #[crate::boxed]
    pub async fn save_kit(
        &self,
        draft: Option<&str>,
        path: &Utf8Path,
        format: KitFormat,
    ) -> Result<(), Failure> {
        let path = absolute(path)?;
        let at = Timestamp::now();
        let Some(id) = draft else {
            let record = self.profile.archive.record().await?;
            let key = self.profile.archive.key("to save the kit").await?;
            let receipts = self.receipt_documents(None).await?;
            let kit = Kit { name: &record.name, path: &record.path, key: &key, at, receipts: &receipts };
            kit.save(&path, format)?;
            return self.audit(Act::VaultKitSaved, &Subject::vault(&record), saved_to(&path)).await;
        };
        let mut drafts = self.drafts.lock().await;
        let draft = drafts.0.get_mut(id).ok_or_else(|| ArchiveError::NoDraft { id: id.to_owned() })?;
        let kit = Kit { name: &draft.name, path: &draft.path, key: &draft.key, at, receipts: &[] };
        kit.save(&path, format)?;
        let subject = Subject::new("vault", "", &draft.name);
        self.audit(Act::VaultKitSaved, &subject, saved_to(&path)).await?;
        draft.saved_to = Some(path);
        Ok(())
    }

    /// Creates the vault of a draft, once its kit was saved and its last group was read back.
    ///
    /// # Errors
    /// `kit_not_saved`, `wrong_group`, `no_draft`, or why the vault cannot be created.
    #[crate::boxed]
    pub async fn create_vault(&self, draft: &str, last_group: &str) -> Result<VaultRecord, Failure> {
        let drafts = self.drafts.lock().await;
        let known = drafts.0.get(draft).ok_or_else(|| ArchiveError::NoDraft { id: draft.to_owned() })?;
        if known.saved_to.is_none() {
            return Err(ArchiveError::KitNotSaved.into());
        }
        check_group(&known.key, last_group)?;
        let (name, path, key) = (known.name.clone(), known.path.clone(), known.key.clone());
        drop(drafts);
        let record = self.profile.archive.create(&name, &path, &key, now_ms()).await?;
        self.profile.archive.confirm_kit(now_ms()).await?;
        self.drafts.lock().await.0.remove(draft);
        // What was sent before there was a vault.
        self.keep_receipts_if_possible().await;
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault, Topic::Projects, Topic::Backups]);
        Ok(record)
    }

    /// Creates a vault in one go, for the command line; saving the kit to a file counts as having it.
    ///
    /// # Errors
    /// As `draft_vault` and `create_vault`.
    #[crate::boxed]
    pub async fn init_vault(
        &self,
        name: &str,
        path: &Utf8Path,
        kit: Option<(&Utf8Path, KitFormat)>,
    ) -> Result<VaultRecord, Failure> {
        let draft = self.draft_vault(name, path).await?;
        if let Some((kit, format)) = kit {
            self.save_kit(Some(&draft.id), kit, format).await?;
        }
        let mut drafts = self.drafts.lock().await;
        let known = drafts.0.remove(&draft.id).ok_or(ArchiveError::NoDraft { id: draft.id })?;
        drop(drafts);
        self.profile.archive.create(&known.name, &known.path, &known.key, now_ms()).await?;
        if known.saved_to.is_some() {
            self.profile.archive.confirm_kit(now_ms()).await?;
        }
        self.keep_receipts_if_possible().await;
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault, Topic::Projects, Topic::Backups]);
        self.profile.archive.record().await
    }

    /// Notes that the kit of the vault in use was saved, shown by the last group of its key.
    ///
    /// # Errors
    /// `wrong_group`, or why the key is not to be had.
    #[crate::boxed]
    pub async fn confirm_kit(&self, last_group: &str) -> Result<(), Failure> {
        check_group(&self.profile.archive.key("to confirm the kit").await?, last_group)?;
        self.profile.archive.confirm_kit(now_ms()).await?;
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault, Topic::Projects]);
        Ok(())
    }
}

fn saved_to(path: &Utf8Path) -> Details {
    Details::none().with("file", Fact::Path(path))
}

fn check_group(key: &Secret, typed: &str) -> Result<(), ArchiveError> {
    let groups = group_key(key);
    let (last, others) = groups.split_last().ok_or(ArchiveError::WrongGroup)?;
    // Typed look-alikes are put right by completing the key with the groups that are known.
    let completed = normalise_key(&format!("{}-{}", others.join("-"), typed.trim()));
    let is_same: bool = completed.expose().as_bytes().ct_eq(key.expose().as_bytes()).into();
    if is_same && !last.is_empty() { Ok(()) } else { Err(ArchiveError::WrongGroup) }
}
