//! Records the results of reading packs: with each pack, and in the ledger of every backup that needs damaged
//! data.

use std::collections::BTreeMap;

use vault::{Id, PackDamage, PackRead, PacksRead, ReadLimits, Vault};

use super::coverage::{hit_by, json};
use super::rolling::{PartRead, packs, read_packs};
use crate::profile::Profile;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::{Level, PackNote, ProofLevel, Verdict};
use ledger::event::Topic;
use ledger::job::JobContext;

/// Notes what was seen. What looks damaged is read a second time before it is called so: a disk that was
/// pulled out in the middle damages nothing.
pub(super) async fn take_in(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    read: PacksRead,
) -> Result<PartRead, Failure> {
    let PacksRead { packs, left, mut was_overtaken } = read;
    let (mut done, mut damaged) = (PartRead { left, ..PartRead::default() }, BTreeMap::new());
    let mut sound = Vec::with_capacity(packs.len());
    for PackRead { pack, bytes, damage } in packs {
        done.packs += 1;
        done.bytes += bytes;
        match damage {
            None => sound.push(pack),
            Some(damage) => {
                damaged.insert(pack, damage);
            }
        }
    }
    if !damaged.is_empty() && !was_overtaken {
        profile.archive.still_there().await?;
        let suspect: Vec<Id> = damaged.keys().copied().collect();
        damaged.clear();
        let again = read_packs(profile, context, vault, suspect.clone(), ReadLimits::NONE, false).await?;
        was_overtaken |= again.was_overtaken;
        done.left += again.left;
        for PackRead { pack, damage, .. } in again.packs {
            if let Some(damage) = damage {
                damaged.insert(pack, damage);
            } else {
                context.warn("check", format!("data/{pack} could be read only the second time"));
                sound.push(pack);
            }
        }
    }
    // What others moved meanwhile looks like something that is missing.
    if was_overtaken {
        damaged.clear();
    }
    note(profile, vault, &sound, &damaged).await?;
    done.was_overtaken = was_overtaken;
    done.affected = record_affected(profile, context, vault, &damaged).await?;
    done.damaged =
        damaged.into_iter().map(|(pack, damage)| (format!("data/{pack}"), damage.message)).collect();
    profile.jobs.changed(&[Topic::Vault, Topic::Backups, Topic::Projects]);
    Ok(done)
}

async fn note(
    profile: &Profile,
    vault: &Vault,
    sound: &[Id],
    damaged: &BTreeMap<Id, PackDamage>,
) -> Result<(), Failure> {
    let at_ms = now_ms();
    let note = |pack: &Id, problem| PackNote { pack: pack.to_string(), at_ms, problem };
    let notes: Vec<PackNote> = sound
        .iter()
        .map(|pack| note(pack, None))
        .chain(damaged.iter().map(|(pack, damage)| note(pack, Some(damage.message.clone()))))
        .collect();
    profile.catalog.note_packs(vault.id(), &notes).await?;
    forget_gone(profile, vault).await
}

/// Forgets what is noted of packs that the index does not know any more.
///
/// # Errors
/// When the vault or the catalogue does not answer.
pub(crate) async fn forget_gone(profile: &Profile, vault: &Vault) -> Result<(), Failure> {
    let names: Vec<String> = packs(vault).await?.iter().map(Id::to_string).collect();
    Ok(profile.catalog.keep_packs(vault.id(), &json(&names)?).await?)
}

/// The ledger of every backup that needs what is damaged says so. Returns how many these are.
async fn record_affected(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    damaged: &BTreeMap<Id, PackDamage>,
) -> Result<u64, Failure> {
    if damaged.is_empty() {
        return Ok(0);
    }
    let (catalog, started) = (&profile.catalog, now_ms());
    let mut affected = 0;
    for backup in catalog.backup_ids(None).await? {
        context.meter().beat();
        let Some(what) = hit_by(vault, &backup, damaged).await? else { continue };
        affected += 1;
        context.log(Level::Error, "check", format!("backup {backup} needs what is damaged: {what}"));
        let proofs = catalog.proofs(&backup).await?;
        let last = proofs.iter().find(|proof| proof.level == ProofLevel::Bytes);
        if last.is_none_or(|proof| proof.verdict != Verdict::Fail) {
            let said = (Verdict::Fail, format!("Damaged: {what}."));
            super::record(catalog, &backup, ProofLevel::Bytes, &said, started).await?;
        }
    }
    Ok(affected)
}
