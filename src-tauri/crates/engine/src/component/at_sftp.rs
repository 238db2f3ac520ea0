//! A folder of an SSH server: the account that opens it.

use source::Place;
use source::sftp::SftpFolder;
use tokio_util::sync::CancellationToken;

use super::at_redis::secret_of;
use crate::engine::Engine;
use crate::profile::Profile;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, SourceRecord};

/// The folder of a source, not yet contacted. Where the project's database is reached by the same account, what opens
/// that opens this.
pub(crate) async fn sftp_folder(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
    token: &CancellationToken,
) -> Result<SftpFolder, Failure> {
    let Place::Sftp { ssh: address, path, patterns } = &source.place else {
        return Err(Failure::invalid(
            format!("{} is no folder of an SSH server", source.place.words()),
            "Add the component again.",
        ));
    };
    let own = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    let own = own.filter(|own| own.is_same_account(address) && !source.has_secret);
    let known = match own {
        Some(own) => {
            // Whoever asks for the project's password has made the way known.
            profile.password(project).await?;
            ssh::gateway(own)
        }
        None => None,
    };
    let gateway = match known {
        Some(gateway) => gateway,
        None => ssh::provide(address, secret_of(profile, project, source).await?.as_ref()),
    };
    Ok(SftpFolder::new(gateway, path, patterns, token.clone())?)
}

impl Engine {
    /// The SSH account by way of which a project's database is reached.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` where there is none.
    pub async fn ssh_of_project(&self, project: &str) -> Result<ssh::Address, Failure> {
        let project = self.profile.project(project).await?;
        let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.clone());
        ssh.ok_or_else(|| {
            Failure::invalid(
                format!("the database of {} is not reached by way of an SSH server", project.name),
                "Name the server and the account: --ssh USER@HOST.",
            )
        })
    }
}
