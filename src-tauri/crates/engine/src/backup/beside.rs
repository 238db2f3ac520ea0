//! Which backups remain when one is deleted, by the vault's own listing.
//!
//! The catalogue knows which backups are verified, not whether they still exist: another profile may have
//! removed them, relying on the very backup that is to be deleted here.

use std::collections::HashSet;

use vault::{SnapshotId, Vault};

use super::DeletionPlan;
use crate::archive::{ArchiveError, Manifest, opened};
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{KeptBackup, ProofLevel, Verdict, believed_until_ms};
use ledger::component::{Component, Components};
use ledger::point::{self, Link};

/// A backup that is to go, and those that stay beside it.
#[derive(Debug)]
pub(super) struct Beside {
    project: String,
    this: KeptBackup,
    /// Whether another profile made it and this one has not verified it: there it may be the newest that is.
    may_be_newest_elsewhere: bool,
    others: Vec<KeptBackup>,
    /// How many of each component have to stay.
    floor: i64,
}

/// What backups are worth, as far as others may go because of them.
struct Worth {
    /// What each is a recovery point of.
    counts: Vec<Components>,
    /// What each holds with all that it needs, its bytes proven at least.
    proven: Vec<Components>,
}

impl Worth {
    fn of(backups: &[&KeptBackup]) -> Self {
        let links: Vec<Link<'_>> = backups.iter().map(|one| one.link()).collect();
        let until_ms = believed_until_ms();
        let believed = |(one, whole): (&&KeptBackup, Components)| {
            if one.at_ms <= until_ms { whole } else { Components::NONE }
        };
        let proven: Vec<Components> = backups.iter().zip(point::wholes(&links)).map(believed).collect();
        let counts =
            backups.iter().zip(&proven).map(|(one, whole)| point::proven_of(*whole, one.level)).collect();
        Self { counts, proven }
    }
}

impl Beside {
    /// Why it may not go, where no snapshots but these are there beside it.
    pub(super) fn refusal(&self, there: &[SnapshotId]) -> Option<Failure> {
        let there: HashSet<String> = there.iter().map(ToString::to_string).collect();
        let others = self.others.iter().filter(|one| there.contains(&one.id));
        // This one comes first.
        let all: Vec<&KeptBackup> = std::iter::once(&self.this).chain(others).collect();
        let worth = Worth::of(&all);
        let is_newer = |one: &KeptBackup| (one.at_ms, &self.this.id) > (self.this.at_ms, &one.id);
        let is_newest = |of: &[Components], component: Component| {
            of[0].contains(component)
                && !all.iter().zip(of).skip(1).any(|(one, has)| has.contains(component) && is_newer(one))
        };
        let held: Vec<Component> = self.this.holds.iter().collect();
        let is_newest_of = |one: &Component| is_newest(&worth.counts, *one) || is_newest(&worth.proven, *one);
        if held.iter().any(is_newest_of) {
            return Some(Failure::new(
                Code::NewestVerified,
                format!(
                    "of the verified backups of {} that the vault lists this is the newest",
                    self.project
                ),
                "Somebody else removed newer ones. Make and verify a newer one first; or remove the whole project.",
            ));
        }
        let has_newer = |component: &Component| {
            all.iter().zip(&worth.counts).skip(1).any(|(one, has)| has.contains(*component) && is_newer(one))
        };
        // Where nobody knows what it holds, it may be the database.
        let about = if held.is_empty() { vec![Component::Database] } else { held.clone() };
        if self.may_be_newest_elsewhere && !about.iter().all(has_newer) {
            return Some(Failure::new(
                Code::NewestVerified,
                format!(
                    "another profile made this backup of {}, and no verified one here is newer",
                    self.project
                ),
                "There it may be the newest that is verified. Verify it here, and make and verify a newer one first.",
            ));
        }
        self.below_floor(&held, &worth)
    }

    fn below_floor(&self, held: &[Component], worth: &Worth) -> Option<Failure> {
        let counts = self.this.level.is_some() && self.this.held_back.is_none();
        let beside = |component: &Component| {
            worth.proven.iter().skip(1).filter(|has| has.contains(*component)).count()
        };
        let left = held.iter().filter(|_| counts).map(beside).min()?;
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        (left < self.floor).then(|| {
            Failure::new(
                Code::BelowFloor,
                format!(
                    "without it the vault lists only {left} verified backups of {}, and {} always stay",
                    self.project, self.floor
                ),
                "Make more backups first; or remove the whole project.",
            )
        })
    }
}

/// What was to stay was removed at this moment, and the backup is there again.
pub(super) fn moved(project: &str) -> Failure {
    Failure::new(
        Code::ProjectBusy,
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
        let this = KeptBackup {
            id: record.id.clone(),
            at_ms: record.at_ms,
            level: plan.backup.level,
            is_failed: has_failed,
            restore_failed: has_failed,
            clock_skew_ms: None,
            hold: None,
            until_ms: None,
            holds: record.components,
            remote_id: record.remote_id.clone(),
            needs_id: record.needs_id.clone(),
            held_back: record.held_back.clone(),
        };
        let mut others = catalog.kept_backups(&record.project_id).await?;
        others.retain(|one| one.id != record.id);
        let is_verified = !has_failed
            && record.at_ms <= believed_until_ms()
            && !point::proven_of(record.components, plan.backup.level).is_empty();
        let may_be_newest_elsewhere = !is_verified && self.is_made_elsewhere(&record.id, vault).await?;
        let floor = catalog.floor(&record.project_id).await?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> SnapshotId {
        format!("{number:064x}").parse().unwrap()
    }

    fn one(number: usize, is_verified: bool) -> KeptBackup {
        KeptBackup {
            id: id(number).to_string(),
            at_ms: i64::try_from(number).unwrap(),
            level: is_verified.then_some(ProofLevel::Readable),
            is_failed: false,
            restore_failed: false,
            clock_skew_ms: None,
            hold: None,
            until_ms: None,
            holds: Components::of_words(["database"]),
            remote_id: None,
            needs_id: None,
            held_back: None,
        }
    }

    fn beside(this: KeptBackup, others: Vec<KeptBackup>, floor: i64) -> Beside {
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
            let all: Vec<KeptBackup> = verified.iter().enumerate().map(|(at, is)| one(at, *is)).collect();
            let mut there: Vec<usize> = (0..all.len()).filter(|at| !removed[*at]).collect();
            let count = |there: &[usize]| there.iter().filter(|at| all[**at].level.is_some()).count();
            let newest = |there: &[usize]| there.iter().rev().find(|at| all[**at].level.is_some()).copied();
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
        assert_eq!(code(&[3]), Some(Code::BelowFloor));
        assert_eq!(code(&[]), Some(Code::NewestVerified));
    }

    #[test]
    fn what_lacks_a_component_lets_nothing_go_that_holds_it() {
        let of = |number, holds: &str| KeptBackup {
            holds: Components::of_words(holds.split(',')),
            ..one(number, true)
        };
        let files = || (6..9).map(|number| of(number, "storage")).collect::<Vec<_>>();
        let listed = [id(6), id(7), id(8)];
        let full = beside(of(5, "database,storage"), files(), 1);
        assert_eq!(full.refusal(&listed).map(|failure| failure.code), Some(Code::NewestVerified));
        assert!(beside(of(5, "storage"), files(), 3).refusal(&listed).is_none());
        let newer = beside(of(5, "database"), [files(), vec![of(9, "database")]].concat(), 2);
        let code = newer.refusal(&[id(6), id(7), id(8), id(9)]).map(|failure| failure.code);
        assert_eq!(code, Some(Code::BelowFloor), "files are none of them");
        // What is nothing without a full backup that is gone stands for nothing.
        let incremental = KeptBackup { needs_id: Some(id(4).to_string()), ..of(9, "database") };
        assert!(beside(of(5, "database"), vec![incremental], 1).refusal(&[id(9)]).is_some());
    }

    #[test]
    fn what_another_profile_made_last_stays_until_something_newer_is_verified_here() {
        let elsewhere = |others| Beside { may_be_newest_elsewhere: true, ..beside(one(5, false), others, 1) };
        assert!(elsewhere(vec![one(4, true)]).refusal(&[id(4)]).is_some());
        assert!(elsewhere(vec![one(6, true)]).refusal(&[id(6)]).is_none());
        assert!(elsewhere(vec![one(6, true)]).refusal(&[]).is_some(), "somebody removed that one");
    }
}
