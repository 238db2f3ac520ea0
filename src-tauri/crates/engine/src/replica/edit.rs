//! Replicas added and removed.

use camino::Utf8PathBuf;
use uuid::Uuid;

use super::place;
use super::standing::{ReplicaStanding, find};
use crate::archive::draft::absolute;
use crate::archive::failure::vault_failure;
use crate::archive::opened::blocking;
use crate::engine::Engine;
use base::account::this_user;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, Declared, ReplicaRecord};
use ledger::event::Topic;

/// More places than anybody looks after.
const REPLICAS_MAX: usize = 20;
/// Longer names do not fit into a list.
const NAME_CHARACTERS_MAX: usize = 60;

/// A replica as a person gives it.
#[derive(Debug, Clone)]
pub struct NewReplica {
    /// The folder: empty, not there yet, or one that was a replica of this vault.
    pub path: Utf8PathBuf,
    /// What people call it; absent means the folder's own name.
    pub name: Option<String>,
    /// Whether it is in another place than the vault; absent if undeclared.
    pub is_elsewhere: Option<bool>,
}

/// Which place something is said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceRef {
    /// The vault's.
    Vault,
    /// That of the replica with this id or name.
    Replica(String),
}

impl Engine {
    /// Adds a replica: the folder is made ready, and holds no backup before the first copy.
    ///
    /// # Errors
    /// `no_vault`; `invalid_request` for a name or a folder that cannot be one; `folder_not_empty` and `other_vault`
    /// for a folder that holds something else; why it cannot be written to.
    #[crate::boxed]
    pub async fn add_replica(&self, new: NewReplica) -> Result<ReplicaStanding, Failure> {
        let record = self.profile.archive.record().await?;
        let all = self.profile.catalog.replicas(&record.id).await?;
        if all.len() >= REPLICAS_MAX {
            return Err(Failure::invalid(
                format!("there are {} replicas already", all.len()),
                "Remove one that is not needed: `holdfast store remove NAME`.",
            ));
        }
        let path = place::checked(&absolute(&new.path)?, &record.path, &all)?;
        let name = checked_name(new.name.as_deref().or(path.file_name()).unwrap_or_default(), &all)?;
        let store = place::ready(&path).await?;
        let vault = self.profile.archive.vault().await?;
        blocking(move || vault.prepare_mirror(store).map_err(vault_failure)).await?;
        let replica = ReplicaRecord {
            id: Uuid::new_v4().simple().to_string(),
            vault_id: record.id,
            name,
            added_at_ms: now_ms(),
            ..ReplicaRecord::at(path.as_str())
        };
        let details = Details::none()
            .with("folder", Fact::Path(&replica.path))
            .with("is_elsewhere", Fact::Flag(new.is_elsewhere == Some(true)));
        let mut writing = self.profile.audit.begin(Act::ReplicaAdded, &subject(&replica), details).await?;
        Catalog::add_replica(writing.connection(), &replica).await?;
        let declared = declared(new.is_elsewhere);
        Catalog::declare_place(writing.connection(), &replica.id, declared.as_ref()).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Vault]);
        self.replica(&replica.id).await
    }

    /// Notes what a person says of where a place is: the vault's against the originals, a replica's against the vault.
    /// Absent takes it back.
    ///
    /// # Errors
    /// `no_vault`, `replica_not_found`.
    #[crate::boxed]
    pub async fn declare_place(&self, place: PlaceRef, is_elsewhere: Option<bool>) -> Result<(), Failure> {
        let record = self.profile.archive.record().await?;
        let all = self.profile.catalog.replicas(&record.id).await?;
        let (id, subject) = match &place {
            PlaceRef::Vault => (record.id.as_str(), Subject::vault(&record)),
            PlaceRef::Replica(reference) => {
                let replica = find(&all, reference)?;
                (replica.id.as_str(), subject(replica))
            }
        };
        let said = match is_elsewhere {
            Some(true) => "elsewhere",
            Some(false) => "here",
            None => "not_known",
        };
        let details = Details::none().with("place", Fact::Word(said));
        let mut writing = self.profile.audit.begin(Act::PlaceDeclared, &subject, details).await?;
        Catalog::declare_place(writing.connection(), id, declared(is_elsewhere).as_ref()).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Vault, Topic::Projects]);
        Ok(())
    }

    /// What a person said of where the vault is.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn vault_place(&self) -> Result<Option<Declared>, Failure> {
        let Some(vault) = self.profile.catalog.vault().await? else { return Ok(None) };
        Ok(self.profile.catalog.places().await?.remove(&vault.id).and_then(|place| place.declared))
    }

    /// Opens a replica with the vault's key, and proves by its lock that it can be written to.
    ///
    /// # Errors
    /// `no_vault`, `replica_not_found`, `replica_gone`, `other_vault`, `vault_locked`; why it cannot be written to.
    #[crate::boxed]
    pub async fn test_replica(&self, reference: &str) -> Result<ReplicaStanding, Failure> {
        let standing = self.replica(reference).await?;
        let store = place::open(&standing.record).await?;
        self.profile.archive.open_replica(&standing.record.path).await?;
        let vault = self.profile.archive.vault().await?;
        blocking(move || vault.test_mirror(store, &this_user()).map_err(vault_failure)).await?;
        self.profile.jobs.changed(&[Topic::Vault]);
        Ok(standing)
    }

    /// Forgets a replica: it is not kept current any more, and its files stay.
    ///
    /// # Errors
    /// `no_vault`, `replica_not_found`.
    #[crate::boxed]
    pub async fn remove_replica(&self, reference: &str) -> Result<(), Failure> {
        let record = self.profile.archive.record().await?;
        let all = self.profile.catalog.replicas(&record.id).await?;
        let replica = find(&all, reference)?;
        let details = Details::none().with("folder", Fact::Path(&replica.path));
        let mut writing = self.profile.audit.begin(Act::ReplicaRemoved, &subject(replica), details).await?;
        Catalog::remove_replica(writing.connection(), &replica.id).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Vault]);
        Ok(())
    }
}

/// By whoever runs this, now.
fn declared(is_elsewhere: Option<bool>) -> Option<Declared> {
    let by = this_user();
    is_elsewhere.map(|is_elsewhere| Declared { is_elsewhere, at_ms: now_ms(), by: Some(by) })
}

fn subject(replica: &ReplicaRecord) -> Subject {
    Subject::new("replica", &replica.id, &replica.name)
}

fn checked_name(name: &str, all: &[ReplicaRecord]) -> Result<String, Failure> {
    let name = name.trim();
    let is_name = !name.is_empty()
        && name.chars().count() <= NAME_CHARACTERS_MAX
        && !name.chars().any(char::is_control);
    if !is_name {
        return Err(Failure::invalid(
            format!("{name:?} cannot be the name of a replica"),
            format!("Give 1 to {NAME_CHARACTERS_MAX} characters on one line: `--name NAME`."),
        ));
    }
    if all.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
        return Err(Failure::invalid(
            format!("there is a replica “{name}” already"),
            "Give it another name: `--name NAME`.",
        ));
    }
    Ok(name.to_owned())
}
