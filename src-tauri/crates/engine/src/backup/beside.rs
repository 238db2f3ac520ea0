//! What stays beside a backup that goes, by the vault's own listing.
//!
//! The catalogue says which backups are verified. Whether they are still there is for the vault to say: another profile
//! may have removed them, and what it relied on when it did so may be what is to go here.

use std::collections::HashSet;

use vault::{SnapshotId, Vault};

use super::DeletionPlan;
use crate::archive::{ArchiveError, Manifest, opened};
use crate::catalog::{KeptBackup, ProofLevel, Verdict, believed_until_ms};
use crate::engine::Engine;
use crate::failure::Failure;

/// A backup, as far as others may go because of it.
#[derive(Debug, Clone)]
struct Counted {
    id: String,
    at_ms: i64,
    /// It can be restored, as far as was tried.
    is_verified: bool,
    /// Its bytes are proven.
    is_proven: bool,
}

/// A backup that is to go, and those that stay beside it.
#[derive(Debug)]
pub(super) struct Beside {
    project: String,
    this: Counted,
    /// Whether another profile made it and this one has not verified it: there it may be the newest that is.
    may_be_newest_elsewhere: bool,
    others: Vec<Counted>,
    /// How many count for the floor by the catalogue, and how many have to; nothing where this one counts for none.
    floor: Option<(i64, i64)>,
}

impl Beside {
    /// Why it may not go, where no snapshots but these are there beside it.
    pub(super) fn refusal(&self, there: &[SnapshotId]) -> Option<Failure> {
        let there: HashSet<String> = there.iter().map(ToString::to_string).collect();
        let is_there = |one: &&Counted| there.contains(&one.id);
        let is_newer = |one: &Counted| (one.at_ms, &self.this.id) > (self.this.at_ms, &one.id);
        let newer = |counts: fn(&Counted) -> bool| {
            self.others.iter().filter(is_there).any(|one| counts(one) && is_newer(one))
        };
        let is_newest = self.this.is_verified && !newer(|one| one.is_verified)
            || self.this.is_proven && !newer(|one| one.is_proven);
        if is_newest {
            return Some(Failure::refused(
                "newest_verified",
                format!(
                    "of the verified backups of {} that the vault lists this is the newest",
                    self.project
                ),
                "Somebody else removed newer ones. Make and verify a newer one first; or remove the whole project.",
            ));
        }
        if self.may_be_newest_elsewhere && !newer(|one| one.is_verified) {
            return Some(Failure::refused(
                "newest_verified",
                format!(
                    "another profile made this backup of {}, and no verified one here is newer",
                    self.project
                ),
                "There it may be the newest that is verified. Verify it here, and make and verify a newer one first.",
            ));
        }
        let (beside, floor) = self.floor?;
        let gone = self.others.iter().filter(|one| one.is_proven && !there.contains(&one.id)).count();
        let left = beside.saturating_sub(i64::try_from(gone).unwrap_or(i64::MAX));
        (left < floor).then(|| {
            Failure::refused(
                "below_floor",
                format!(
                    "without it the vault lists only {} verified backups of {}, and {floor} always stay",
                    left.max(0),
                    self.project
                ),
                "Make more backups first; or remove the whole project.",
            )
        })
    }
}

/// What was to stay was removed at this moment, and the backup is there again.
pub(super) fn moved(project: &str) -> Failure {
    Failure::refused(
        "project_busy",
        format!("another profile removes backups of {project} at this moment"),
        "Nothing was deleted. Look at the list again, and then delete the backup.",
    )
}

impl Engine {
    /// What stays beside the backup of this plan, which is claimed.
    pub(super) async fn beside(&self, plan: &DeletionPlan, vault: &Vault) -> Result<Beside, Failure> {
        let (catalog, record) = (&self.profile.catalog, &plan.backup.record);
        let proofs = catalog.proofs(&record.id).await?;
        let restored = proofs.iter().find(|proof| proof.level == ProofLevel::Restored);
        let has_failed = restored.is_some_and(|proof| proof.verdict == Verdict::Fail);
        let mut this = counted(&record.id, record.at_ms, plan.backup.level, has_failed);
        // Documents alone are no recovery point, and never the newest of anything.
        this.is_proven &= !record.is_of_documents_alone();
        let kept = catalog.kept_backups(&record.project_id).await?;
        let others = kept.into_iter().filter(|one| one.id != record.id).map(|one| of_kept(&one)).collect();
        let counts = plan.backup.level.is_some() && !record.is_of_documents_alone();
        let floor = if counts {
            let beside = catalog.proven_beside(&record.project_id, &record.id).await?;
            Some((beside, catalog.floor(&record.project_id).await?))
        } else {
            None
        };
        let may_be_newest_elsewhere = !this.is_verified
            && !record.is_of_documents_alone()
            && self.is_made_elsewhere(&record.id, vault).await?;
        Ok(Beside { project: plan.backup.project.clone(), this, may_be_newest_elsewhere, others, floor })
    }

    /// What cannot be read any more is nobody's newest.
    async fn is_made_elsewhere(&self, id: &str, vault: &Vault) -> Result<bool, Failure> {
        let (vault, id) = (vault.clone(), opened::snapshot_id(id)?);
        let manifest = opened::blocking(move || match Manifest::load(&vault, &id) {
            Ok(manifest) => Ok(Some(Box::new(manifest))),
            Err(ArchiveError::Vault(error)) if error.is_fatal() => Err(ArchiveError::Vault(error)),
            Err(_) => Ok(None),
        });
        match manifest.await? {
            Some(manifest) => self.is_of_another_profile(&manifest).await,
            None => Ok(false),
        }
    }
}

fn of_kept(one: &KeptBackup) -> Counted {
    counted(&one.id, one.at_ms, one.level, one.restore_failed)
}

fn counted(id: &str, at_ms: i64, level: Option<ProofLevel>, has_failed: bool) -> Counted {
    let is_believed = !has_failed && at_ms <= believed_until_ms();
    Counted {
        id: id.to_owned(),
        at_ms,
        is_verified: is_believed && level.is_some_and(|level| level >= ProofLevel::Readable),
        is_proven: is_believed && level.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> SnapshotId {
        format!("{number:064x}").parse().unwrap()
    }

    fn one(number: usize, is_verified: bool) -> Counted {
        let at_ms = i64::try_from(number).unwrap();
        Counted { id: id(number).to_string(), at_ms, is_verified, is_proven: is_verified }
    }

    fn beside(this: Counted, others: Vec<Counted>, floor: i64) -> Beside {
        let proven = others.iter().filter(|one| one.is_proven).count();
        let floor = this.is_proven.then(|| (i64::try_from(proven).unwrap(), floor));
        Beside { project: "shop".into(), this, may_be_newest_elsewhere: false, others, floor }
    }

    proptest! {
        /// Two profiles that each remove what the listing lets go never leave less than the floor, nor no verified one.
        #[test]
        fn whatever_goes_enough_verified_backups_are_listed_and_the_newest_of_them_is_too(
            verified in prop::collection::vec(any::<bool>(), 1..12),
            removed in prop::collection::vec(any::<bool>(), 12),
            floor in 1_i64..4,
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        ) {
            let all: Vec<Counted> = verified.iter().enumerate().map(|(at, is)| one(at, *is)).collect();
            let mut there: Vec<usize> = (0..all.len()).filter(|at| !removed[*at]).collect();
            let count = |there: &[usize]| there.iter().filter(|at| all[**at].is_verified).count();
            let newest = |there: &[usize]| there.iter().rev().find(|at| all[**at].is_verified).copied();
            let (before, first) = (count(&there), newest(&there));
            for pick in &order {
                if there.is_empty() {
                    break;
                }
                let at = there[pick.index(there.len())];
                let others = all.iter().filter(|one| one.id != all[at].id).cloned().collect();
                let listed: Vec<SnapshotId> = there.iter().filter(|one| **one != at).map(|at| id(*at)).collect();
                if beside(all[at].clone(), others, floor).refusal(&listed).is_none() {
                    there.retain(|one| *one != at);
                }
            }
            let enough = usize::try_from(floor).unwrap().min(before);
            prop_assert!(count(&there) >= enough, "{there:?}");
            prop_assert_eq!(newest(&there), first);
        }
    }

    #[test]
    fn what_only_the_catalogue_still_lists_lets_nothing_go() {
        let others = vec![one(5, true), one(4, true), one(3, true), one(2, true)];
        let plan = beside(one(1, true), others, 2);
        let code = |there: &[usize]| {
            let there: Vec<SnapshotId> = there.iter().map(|at| id(*at)).collect();
            plan.refusal(&there).map(|failure| failure.code)
        };
        assert_eq!(code(&[5, 4, 3, 2]), None);
        assert_eq!(code(&[3, 2]), None);
        assert_eq!(code(&[3]).as_deref(), Some("below_floor"));
        assert_eq!(code(&[]).as_deref(), Some("newest_verified"));
    }

    #[test]
    fn what_another_profile_made_last_stays_until_something_newer_is_verified_here() {
        let elsewhere = |others| Beside { may_be_newest_elsewhere: true, ..beside(one(5, false), others, 1) };
        assert!(elsewhere(vec![one(4, true)]).refusal(&[id(4)]).is_some());
        assert!(elsewhere(vec![one(6, true)]).refusal(&[id(6)]).is_none());
        assert!(elsewhere(vec![one(6, true)]).refusal(&[]).is_some(), "somebody removed that one");
    }
}
