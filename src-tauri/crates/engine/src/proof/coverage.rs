//! What rolling checks prove of one backup: its proof is as old as the oldest read of one of its packs, and
//! there is none until each pack was read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use vault::{Cancel, Id, PackDamage, Vault, VaultError};

use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, snapshot_id};
use crate::engine::Engine;
use crate::profile::Profile;
use base::Code;
use base::failure::Failure;
use base::words::{counted, moment_words};

use super::rolling::PARTS;
use ledger::catalog::{ProofLevel, ProofRecord, Verdict};
use ledger::job::JobContext;

/// So many backups are looked at after a part; the others after the next ones.
const SETTLED_AT_ONCE: u32 = 200;

/// A pack that was damaged when it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedPack {
    /// The file in the vault.
    pub file: String,
    /// The first thing that is wrong with it.
    pub message: String,
    /// When that was seen.
    pub at_ms: i64,
}

/// How far the vault's data was read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolling {
    /// Into how many parts it is cut.
    pub parts: u32,
    /// The parts that are done in the cycle that goes on, and when each was.
    pub done: Vec<(u32, i64)>,
    /// When that cycle began, where one goes on.
    pub started_at_ms: Option<i64>,
    /// When the last cycle that read everything began and ended.
    pub last_cycle: Option<(i64, i64)>,
    /// Packs that were damaged when they were last read, the newest finding first.
    pub damaged: Vec<DamagedPack>,
}

/// What was read again of one backup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Packs that it lies in.
    pub packs: u64,
    /// Those of them that were read whole at some time.
    pub packs_read: u64,
    /// When the one was read that was read longest ago.
    pub oldest_at_ms: Option<i64>,
    /// When the last one was read.
    pub newest_at_ms: Option<i64>,
    /// Those that were damaged when they were last read; it may be that only others need what is damaged.
    pub damaged: Vec<DamagedPack>,
    /// Blocks of it that are in no index.
    pub missing: u64,
}

impl Coverage {
    /// When its bytes count as proven: once every pack was read and found well, when the first of them was.
    pub fn proven_at_ms(&self) -> Option<i64> {
        let is_whole =
            self.packs > 0 && self.packs_read == self.packs && self.damaged.is_empty() && self.missing == 0;
        self.oldest_at_ms.filter(|_| is_whole)
    }
}

impl Engine {
    /// How far the vault's data was read again, part by part.
    ///
    /// # Errors
    /// `no_vault`, or when the catalogue cannot be read.
    #[crate::boxed]
    pub async fn rolling(&self) -> Result<Rolling, Failure> {
        let (catalog, vault) = (&self.profile.catalog, self.profile.archive.record().await?);
        let open = catalog.open_cycle(&vault.id).await?;
        Ok(Rolling {
            parts: open.as_ref().map_or(PARTS, |cycle| cycle.parts),
            started_at_ms: open.as_ref().map(|cycle| cycle.started_at_ms),
            done: open.map(|cycle| cycle.done).unwrap_or_default(),
            last_cycle: catalog.last_cycle(&vault.id).await?,
            damaged: self.vault_damage().await?,
        })
    }

    /// Packs that were damaged when they were last read; none where there is no vault.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    #[crate::boxed]
    pub async fn vault_damage(&self) -> Result<Vec<DamagedPack>, Failure> {
        let catalog = &self.profile.catalog;
        let Some(vault) = catalog.vault().await? else { return Ok(Vec::new()) };
        Ok(catalog.damaged_packs(&vault.id).await?.into_iter().filter_map(DamagedPack::of).collect())
    }

    /// The name of the vault, where there is one.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    #[crate::boxed]
    pub async fn vault_name(&self) -> Result<Option<String>, Failure> {
        Ok(self.profile.catalog.vault().await?.map(|vault| vault.name))
    }

    /// What was read again of one backup.
    ///
    /// # Errors
    /// `backup_not_found`, or why the vault does not say where the backup lies.
    #[crate::boxed]
    pub async fn coverage(&self, reference: &str) -> Result<Coverage, Failure> {
        let backup = self.profile.archive.find(reference).await?;
        let vault = self.profile.archive.vault().await?;
        cover(&self.profile, &vault, &backup.id).await
    }
}

impl DamagedPack {
    fn of(note: ledger::catalog::PackNote) -> Option<Self> {
        let file = format!("{}/{}", vault::FileKind::Data, note.pack);
        Some(Self { file, message: note.problem?, at_ms: note.at_ms })
    }
}

/// What was read again of one backup; no data is read.
async fn cover(profile: &Profile, vault: &Vault, backup: &str) -> Result<Coverage, Failure> {
    let (id, walked) = (snapshot_id(backup)?, vault.clone());
    let (packs, missing) = blocking(move || {
        let (mut packs, mut missing) = (BTreeSet::new(), 0);
        let mut told = |_: &Id, pack: Option<&Id>| match pack {
            Some(pack) => {
                packs.insert(*pack);
            }
            None => missing += 1,
        };
        walked.places(&id, &mut told, &Cancel::new()).map_err(ArchiveError::from)?;
        Ok::<_, ArchiveError>((packs, missing))
    })
    .await?;
    let names: Vec<String> = packs.iter().map(Id::to_string).collect();
    let notes = profile.catalog.pack_notes(vault.id(), &json(&names)?).await?;
    Ok(Coverage {
        packs: names.len() as u64,
        packs_read: notes.len() as u64,
        oldest_at_ms: notes.iter().map(|note| note.at_ms).min(),
        newest_at_ms: notes.iter().map(|note| note.at_ms).max(),
        damaged: notes.into_iter().filter_map(DamagedPack::of).collect(),
        missing,
    })
}

/// What of these damaged packs a backup needs, where it needs any of it.
pub(super) async fn hit_by(
    vault: &Vault,
    backup: &str,
    damaged: &BTreeMap<Id, PackDamage>,
) -> Result<Option<String>, Failure> {
    let (id, vault, damaged) = (snapshot_id(backup)?, vault.clone(), damaged.clone());
    blocking(move || {
        let mut hit = None;
        let mut told = |blob: &Id, pack: Option<&Id>| {
            let found = pack.and_then(|pack| Some((pack, damaged.get(pack)?)));
            if let Some((pack, damage)) = found.filter(|(_, damage)| damage.concerns(blob)) {
                hit.get_or_insert_with(|| format!("data/{pack}: {}", damage.message));
            }
        };
        let is_gone = |file: &str| file == vault::FileKind::Snapshot.file(&id.to_string());
        match vault.places(&id, &mut told, &Cancel::new()) {
            Ok(()) => Ok(hit),
            // Deleted since it was listed.
            Err(VaultError::Missing { file }) if is_gone(&file) => Ok(None),
            // A directory of it lies in what is damaged.
            Err(error @ (VaultError::Damaged { .. } | VaultError::Missing { .. })) => {
                Ok(hit.or_else(|| Some(error.to_string())))
            }
            Err(error) => Err(ArchiveError::from(error)),
        }
    })
    .await
}

/// Extends the ledger of backups that were not proven again since the last complete cycle: that cycle read
/// every pack of each of them, unless the pack was added later.
pub(super) async fn settle(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    until: Option<Instant>,
) -> Result<(), Failure> {
    let catalog = &profile.catalog;
    let Some((started_at_ms, _)) = catalog.last_cycle(vault.id()).await? else { return Ok(()) };
    for backup in catalog.backups_looked_at_before(started_at_ms, SETTLED_AT_ONCE).await? {
        let is_late = until.is_some_and(|until| Instant::now() >= until);
        if is_late || context.token().is_cancelled() {
            break;
        }
        context.meter().beat();
        let coverage = match cover(profile, vault, &backup).await {
            Ok(coverage) => coverage,
            // One that cannot be walked is named by a check of the structure, and proven by no reading of packs.
            Err(failure) => {
                tracing::info!(%failure, backup, "where a backup lies cannot be told");
                continue;
            }
        };
        let Some(at_ms) = coverage.proven_at_ms().filter(|at_ms| *at_ms >= started_at_ms) else { continue };
        let newest_at_ms = coverage.newest_at_ms.unwrap_or(at_ms);
        let proof = ProofRecord {
            backup_id: backup,
            store: "vault".into(),
            level: ProofLevel::Bytes,
            verdict: Verdict::Pass,
            at_ms,
            elapsed_ms: newest_at_ms - at_ms,
            reason: format!(
                "Read with the rest of the vault, part by part: {}, the last of them {}; every hash matched.",
                counted(coverage.packs, "pack"),
                moment_words(newest_at_ms)
            ),
        };
        catalog.add_proof(&proof).await?;
    }
    Ok(())
}

/// A list of names as the catalogue is asked about them.
pub(super) fn json(names: &[String]) -> Result<String, Failure> {
    serde_json::to_string(names).map_err(|error| {
        Failure::new(Code::Internal, error.to_string(), "Copy this report to the developers.")
    })
}
