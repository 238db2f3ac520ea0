//! Removing a project: shown first, confirmed by name, completely or keeping its backups.

use crate::archive::failure::vault_failure;
use crate::archive::opened;
use crate::component::source_secret_name;
use crate::engine::Engine;
use crate::profile::{password_name, ssh_secret_name, unbound_password_name};
use crate::project::passphrase_name;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord};
use ledger::event::Topic;

/// What removing a project would do.
#[derive(Debug, Clone)]
pub struct RemovalPlan {
    /// The project's name, to be typed.
    pub name: String,
    /// Its backups.
    pub backups: u64,
    /// The newest of them.
    pub newest_at_ms: Option<i64>,
    /// The sample's server with its data, where it is one.
    pub sample_directory: Option<String>,
    /// What happens, as sentences.
    pub effects: Vec<String>,
}

impl Engine {
    /// Shows what removing a project would do.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn plan_removal(&self, project: &str) -> Result<RemovalPlan, Failure> {
        let project = self.profile.project(project).await?;
        let catalog = &self.profile.catalog;
        let backups = u64::try_from(catalog.backup_count(Some(&project.id)).await?).unwrap_or(0);
        let newest_at_ms = catalog.backups(Some(&project.id), 0, 1).await?.first().map(|backup| backup.at_ms);
        let is_served = project.is_sample && project.has_database();
        let sample_directory = if is_served { self.sample_directory() } else { None };
        let mut effects = vec![
            format!("Holdfast no longer reaches {}; nothing there changes.", project.reaches_words()),
            "Its passwords and tokens are removed from this computer.".into(),
        ];
        if let Some(directory) = &sample_directory {
            effects.push(format!("The sample's own server is stopped, and {directory} is removed."));
        }
        if backups > 0 {
            effects.push(format!(
                "Its {} can stay or go, as you choose; what goes cannot be brought back.",
                base::words::counted(backups, "backup")
            ));
        }
        let details = Details::none().with("backups", Fact::Count(backups));
        self.audit(Act::ProjectRemovalPlanned, &Subject::project(&project), details).await?;
        Ok(RemovalPlan { name: project.name, backups, newest_at_ms, sample_directory, effects })
    }

    /// Removes a project; its backups go with it unless they are to be kept.
    ///
    /// # Errors
    /// `not_confirmed` when the typed name is another, `project_busy` while a run of it waits or goes on, or why the
    /// vault does not let a backup go; then the project stays.
    #[crate::boxed]
    pub async fn remove_project(
        &self,
        project: &str,
        keep_backups: bool,
        confirm: &str,
    ) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        let subject = Subject::project(&project);
        if let Err(refusal) = self.claim_removal(&project, confirm).await {
            let details = Details::none().failure(&refusal);
            self.audit(Act::ProjectRemovalRefused, &subject, details).await?;
            return Err(refusal);
        }
        let profile = &self.profile;
        if let Err(failure) = self.remove_claimed(&project, keep_backups).await {
            // It stays as it was, with what is left of it.
            profile.catalog.unclaim_removal(&project.id, project.is_archived).await?;
            let details = Details::none().failure(&failure);
            self.audit(Act::ProjectRemovalFailed, &subject, details).await?;
            return Err(failure);
        }
        profile.jobs.changed(&[Topic::Projects, Topic::Backups, Topic::Vault]);
        // What was fetched for it and is in no backup yet belongs to nobody any more.
        self.sweep_intake().await
    }

    /// Ends the protection of the project, where that is what was typed and no run of it goes on.
    async fn claim_removal(&self, project: &ProjectRecord, confirm: &str) -> Result<(), Failure> {
        if confirm.trim() != project.name {
            return Err(Failure::not_confirmed(&project.name));
        }
        let profile = &self.profile;
        // From here on no backup of it begins; whatever was asked for before is found.
        profile.jobs.recover().await?;
        if !profile.catalog.claim_removal(&project.id).await? {
            return Err(Failure::new(
                Code::ProjectBusy,
                format!("a run of {} is going on", project.name),
                "Wait for its end, or cancel it.",
            ));
        }
        Ok(())
    }

    async fn remove_claimed(&self, project: &ProjectRecord, keep_backups: bool) -> Result<(), Failure> {
        let profile = &self.profile;
        let subject = Subject::project(project);
        let details = Details::none().with("keeps_backups", Fact::Flag(keep_backups));
        self.audit(Act::ProjectRemovalConfirmed, &subject, details.clone()).await?;
        if project.is_sample && project.has_database() {
            self.remove_sample_server(project).await?;
        }
        if !keep_backups {
            let backups = profile.catalog.backup_ids(Some(&project.id)).await?;
            if !backups.is_empty() {
                // Who removes a project whole lets go of what he holds; what others hold stays.
                self.release_to_remove(&backups).await?;
            }
            for id in backups {
                let vault = profile.archive.vault().await?;
                let snapshot = opened::snapshot_id(&id)?;
                opened::blocking(move || match vault.forget(&snapshot) {
                    // Gone already: an earlier removal came as far as this.
                    Err(vault::VaultError::Missing { .. }) => Ok(()),
                    other => other.map_err(vault_failure),
                })
                .await?;
                let gone = Subject::backup(&id, &project.name);
                let mut writing = profile.audit.begin(Act::BackupDeleted, &gone, Details::none()).await?;
                Catalog::remove_backup_on(writing.connection(), &id).await?;
                writing.commit().await?;
            }
        }
        let of_ssh = ssh_secret_name(project).map(|(_, name)| name);
        for name in [password_name(project), unbound_password_name(&project.id)].into_iter().chain(of_ssh) {
            profile.secrets.remove(&name).await?;
        }
        for source in profile.catalog.sources(&project.id).await? {
            profile.secrets.remove(&source_secret_name(project, &source)).await?;
        }
        self.forget_credentials(project).await?;
        profile.secrets.remove(&passphrase_name(&project.id)).await?;
        self.forget_step_secrets(&project.id).await?;
        let keeps = keep_backups && profile.catalog.backup_count(Some(&project.id)).await? > 0;
        let mut writing = profile.audit.begin(Act::ProjectRemoved, &subject, details).await?;
        if keeps {
            let archived = ProjectRecord {
                is_archived: true,
                has_password: false,
                acknowledged_at_ms: now_ms(),
                ..project.clone()
            };
            Catalog::put_project_on(writing.connection(), &archived).await?;
            Catalog::set_recovery_steps(writing.connection(), &project.id, &[]).await?;
        } else {
            Catalog::remove_project(writing.connection(), &project.id).await?;
        }
        Ok(writing.commit().await?)
    }
}
