//! Deleting a backup: shown first, and refused for the newest verified backup or below the floor.

use std::sync::Arc;

use vault::{SnapshotId, VaultError};

use super::Backup;
use super::beside::moved;
use crate::archive::failure::vault_failure;
use crate::archive::opened;
use crate::engine::Engine;
use crate::upkeep::by_run;
use base::Code;
use base::failure::Failure;
use ledger::audit::{Act, Details, Subject};
use ledger::catalog::Guard;
use ledger::component::Component;

/// Enough of an id to type, too much to type by accident.
const CONFIRM_CHARACTERS: usize = 8;

/// What deleting a backup would do.
#[derive(Debug, Clone)]
pub struct DeletionPlan {
    /// The backup.
    pub backup: Backup,
    /// What has to be typed.
    pub confirm: String,
    /// Why it may not be deleted.
    pub refusal: Option<Failure>,
    /// What happens, as sentences.
    pub effects: Vec<String>,
    /// The recovery point that stays: backup and moment.
    pub newest_verified_after: Option<(String, i64)>,
}

impl DeletionPlan {
    fn subject(&self) -> Subject {
        Subject::backup(&self.backup.record.id, &self.backup.project)
    }
}

impl Engine {
    /// Shows what deleting a backup would do.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`.
    #[crate::boxed]
    pub async fn plan_deletion(&self, reference: &str) -> Result<DeletionPlan, Failure> {
        self.look_at_vault_if_there().await?;
        let plan = self.deletion_plan(reference).await?;
        self.audit(Act::BackupDeletionPlanned, &plan.subject(), Details::none()).await?;
        Ok(plan)
    }

    async fn deletion_plan(&self, reference: &str) -> Result<DeletionPlan, Failure> {
        let backup = self.backup(reference).await?;
        let catalog = &self.profile.catalog;
        let project_id = &backup.record.project_id;
        let (guards, needed_by) =
            (catalog.guards(&backup.record.id).await?, catalog.needed_by(&backup.record.id).await?);
        let confirm = backup.record.id.chars().take(CONFIRM_CHARACTERS).collect();
        let (keeping, floor) = (catalog.keeping(&backup.record.id).await?, catalog.floor(project_id).await?);
        let seen = self.vault_seen().await?;
        let held = keeping.hold_reason.as_deref().or_else(|| seen.hold(&backup.record.id));
        let refusal = if let Some(reason) = held {
            Some(Failure::new(
                Code::BackupHeld,
                format!("this backup of {} is held: {reason}", backup.project),
                "Release it first: `holdfast backup release BACKUP`.",
            ))
        } else if let Some(needing) = needed_by {
            Some(Failure::new(
                Code::BackupNeeded,
                format!(
                    "backup {} of {} is nothing without this one",
                    needing.chars().take(CONFIRM_CHARACTERS).collect::<String>(),
                    backup.project
                ),
                "Delete that one first; or keep both.",
            ))
        } else {
            guarded(&backup, &guards, floor)
        };
        let mut effects = vec![
            format!("The backup of {} goes from the list and from the vault; it cannot be brought back.", backup.project),
            "What other backups share with it stays. The space it alone used is freed when the vault is pruned.".into(),
        ];
        let needed = self.needed_by_restores().await?.remove(&backup.record.id).unwrap_or_default();
        let gone =
            |(what, _): &(String, Option<i64>)| format!("It is needed for {what}, which goes with it.");
        effects.extend(needed.iter().map(gone));
        let newest = self.standing(&backup.project).await?.recovery_point;
        Ok(DeletionPlan { confirm, refusal, effects, newest_verified_after: newest, backup })
    }

    /// Deletes a backup.
    ///
    /// # Errors
    /// `newest_verified` and `below_floor` where it may not go, `not_confirmed` when the typed text is
    /// another, `project_busy` while a run of its project waits or goes on, or why the vault does not do
    /// it; then it stays.
    #[crate::boxed]
    pub async fn delete_backup(&self, reference: &str, confirm: &str) -> Result<(), Failure> {
        let plan = self.deletion_plan(reference).await?;
        let claimed = self.claim_deletion(&plan, confirm).await;
        if let Err(refusal) = &claimed {
            let details = Details::none().failure(refusal);
            self.audit(Act::BackupDeletionRefused, &plan.subject(), details).await?;
        }
        claimed?;
        self.delete_or_unclaim(&plan, None).await
    }

    /// Deletes a backup as a part of a confirmed plan of retention, with the guards of any deletion.
    ///
    /// # Errors
    /// As [`Self::delete_backup`].
    pub(crate) async fn delete_by_retention(&self, id: &str, run: &str) -> Result<(), Failure> {
        let plan = self.deletion_plan(id).await?;
        self.claim_deletion(&plan, &plan.confirm).await?;
        self.delete_or_unclaim(&plan, Some(run)).await
    }

    async fn delete_or_unclaim(&self, plan: &DeletionPlan, run: Option<&str>) -> Result<(), Failure> {
        let done = self.delete_claimed(plan, run).await;
        if let Err(failure) = &done {
            self.profile.catalog.unclaim_deletion(&plan.backup.record.id).await?;
            let details = by_run(run).failure(failure);
            self.audit(Act::BackupDeletionFailed, &plan.subject(), details).await?;
        }
        done
    }

    /// Claims the backup for its deletion, where it may go and that is what was typed.
    async fn claim_deletion(&self, plan: &DeletionPlan, confirm: &str) -> Result<(), Failure> {
        if let Some(refusal) = &plan.refusal {
            return Err(refusal.clone());
        }
        if confirm.trim() != plan.confirm {
            return Err(Failure::not_confirmed(&plan.confirm));
        }
        self.profile.jobs.recover().await?;
        let (catalog, process) = (&self.profile.catalog, self.profile.jobs.process().id());
        if catalog.claim_deletion(&plan.backup.record.id, process).await? {
            return Ok(());
        }
        Err(self.why_it_stays(plan).await?)
    }

    async fn delete_claimed(&self, plan: &DeletionPlan, run: Option<&str>) -> Result<(), Failure> {
        let id = &plan.backup.record.id;
        self.audit(Act::BackupDeletionConfirmed, &plan.subject(), by_run(run)).await?;
        let vault = self.profile.archive.vault().await?;
        // What others hold is said before anything else; the vault refuses it in any case.
        self.look_at_vault().await?;
        let beside = Arc::new(self.beside(plan, &vault).await?);
        let (snapshot, asked) = (opened::snapshot_id(id)?, Arc::clone(&beside));
        let forgotten = opened::blocking(move || {
            let may_go = |there: &[SnapshotId]| asked.refusal(there).is_none();
            match vault.forget_if(&snapshot, &may_go) {
                // Gone already: an earlier deletion came as far as this.
                Err(VaultError::Missing { .. }) => Ok::<_, Failure>((true, Vec::new())),
                other => Ok((other.map_err(vault_failure)?, vault.snapshot_ids().map_err(vault_failure)?)),
            }
        });
        let (is_gone, there) = forgotten.await?;
        if !is_gone {
            return Err(beside.refusal(&there).unwrap_or_else(|| moved(&plan.backup.project)));
        }
        self.delete_row(id, &plan.backup.project, run).await?;
        Ok(())
    }

    /// What changed since the plan was made.
    async fn why_it_stays(&self, plan: &DeletionPlan) -> Result<Failure, Failure> {
        let now = self.deletion_plan(&plan.backup.record.id).await?;
        Ok(now.refusal.unwrap_or_else(|| {
            Failure::new(
                Code::ProjectBusy,
                format!("a run of {} is going on", plan.backup.project),
                "Wait for its end, or cancel it; then delete the backup.",
            )
        }))
    }
}

/// What keeps a backup from being deleted, of all the components that it holds.
fn guarded(backup: &Backup, guards: &[Guard], floor: i64) -> Option<Failure> {
    let of = |guard: &Guard| match guard.component {
        // Of a project with one component nobody asks which.
        Some(component) if guards.len() > 1 || component != Component::Database => {
            format!("{} with its {}", backup.project, component.words())
        }
        _ => backup.project.clone(),
    };
    if let Some(guard) = guards.iter().find(|guard| guard.is_newest || guard.is_point) {
        return Some(Failure::new(
            Code::NewestVerified,
            format!("this is the newest verified backup of {}", of(guard)),
            "Make and verify a newer one first; or remove the whole project.",
        ));
    }
    let counts = backup.level.is_some() && backup.record.held_back.is_none();
    let least = guards.iter().filter(|_| counts).min_by_key(|guard| guard.beside)?;
    (least.beside < floor).then(|| {
        let (beside, of) = (least.beside, of(least));
        Failure::new(
            Code::BelowFloor,
            format!("without it {of} has only {beside} verified backups, and {floor} always stay"),
            "Make more backups first; or remove the whole project.",
        )
    })
}
