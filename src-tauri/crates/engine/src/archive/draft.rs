//! A vault that is about to be created: first the kit, then the vault.
//!
//! The key of a draft lives in memory only. It leaves in one way, the kit that a person saves, and it
//! comes back as the last group that the person reads from that copy.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::failure::vault_failure;
use super::{ArchiveError, Kit, KitFormat, generate_key, group_key, normalise_key};
use crate::audit::{Act, Details, Fact, Subject};
use crate::catalog::VaultRecord;
use crate::engine::Engine;
use crate::event::Topic;
use base::clock::now_ms;
use base::disk;
use base::failure::Failure;
use base::secret::Secret;

/// Somebody clicks through the first run a few times; not a thousand.
const DRAFTS_MAX: usize = 64;
/// Long enough for anything that people call a vault.
const NAME_CHARACTERS_MAX: usize = 80;

/// Drafts of this process.
#[derive(Debug, Default)]
pub(crate) struct Drafts(HashMap<String, Draft>);

#[derive(Debug)]
struct Draft {
    name: String,
    path: Utf8PathBuf,
    key: Secret,
    saved_to: Option<Utf8PathBuf>,
}

/// A draft as it is shown: all groups of the key but the last.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Names the draft.
    pub id: String,
    /// Name of the vault.
    pub name: String,
    /// Where it will be.
    pub path: Utf8PathBuf,
    /// Bytes free there.
    pub free_bytes: u64,
    /// Groups of the key, without the last.
    pub key_groups: Vec<String>,
    /// Where its kit was saved.
    pub kit_saved_to: Option<Utf8PathBuf>,
}

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
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault, Topic::Projects]);
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
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault, Topic::Projects]);
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

/// Without random numbers there is no key.
pub(super) fn no_random_numbers() -> Failure {
    Failure::new("no_random_numbers", "the system gives no random numbers", "Start the computer again.")
}

/// A path that means the same tomorrow, whatever the current folder is then.
pub(crate) fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    if path.as_str().is_empty() {
        return Err(Failure::invalid("no path was given", "Choose a folder or a file."));
    }
    camino::absolute_utf8(path)
        .map_err(|e| Failure::invalid(format!("{path} is no path: {e}"), "Choose another folder or file."))
}
