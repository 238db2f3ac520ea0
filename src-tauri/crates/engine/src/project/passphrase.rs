//! The passphrase, in the keychain, for what a project's platform encrypts; for unattended pulls.

use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Details, Subject};
use ledger::catalog::ProjectRecord;
use ledger::event::Topic;

impl Engine {
    /// Stores the passphrase that opens what a project's platform encrypts, or forgets it.
    ///
    /// # Errors
    /// `project_not_found`, `no_platform`, `invalid_request` for an empty one, or why the keychain cannot be used.
    #[crate::boxed]
    pub async fn set_platform_passphrase(
        &self,
        project: &str,
        passphrase: Option<Secret>,
    ) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        if project.platform.is_none() {
            return Err(Failure::new(
                Code::NoPlatform,
                format!("{} is on no platform that could encrypt its backups", project.name),
                "Give the passphrase of a file where it is imported: `--passphrase-file FILE`.",
            ));
        }
        let (name, subject) = (passphrase_name(&project.id), Subject::project(&project));
        match passphrase {
            Some(passphrase) if passphrase.is_empty() => {
                return Err(Failure::invalid(
                    "the passphrase is empty",
                    "Give it, or forget the stored one.",
                ));
            }
            Some(passphrase) => {
                self.audit(Act::PlatformPassphraseStored, &subject, Details::none()).await?;
                self.profile.secrets.put(&name, &passphrase).await?;
            }
            None => {
                self.audit(Act::PlatformPassphraseForgotten, &subject, Details::none()).await?;
                self.profile.secrets.remove(&name).await?;
            }
        }
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(())
    }

    /// The stored passphrase of a project's platform, where there is one.
    pub(crate) async fn platform_passphrase(
        &self,
        project: &ProjectRecord,
    ) -> Result<Option<Secret>, Failure> {
        Ok(self.profile.secrets.find(&passphrase_name(&project.id)).await?)
    }
}

/// Where it rests.
pub(crate) fn passphrase_name(project_id: &str) -> String {
    format!("platform-passphrase:{project_id}")
}
