//! What is read on an SSH server, a folder or the log of a container: the account that opens it.

use std::sync::Arc;

use source::Place;
use source::container_log::ContainerLog;
use source::sftp::SftpFolder;
use ssh::{Gateway, Host};
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
    let gateway = account(profile, project, source, address).await?;
    Ok(SftpFolder::new(gateway, path, patterns, token.clone())?)
}

/// The log of a container, not yet contacted.
pub(crate) async fn container_log(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
    (address, container): (Option<&ssh::Address>, &ssh::Container),
    token: &CancellationToken,
) -> Result<ContainerLog, Failure> {
    let host = match address {
        Some(address) => Host::There(account(profile, project, source, address).await?),
        None => Host::Here,
    };
    Ok(ContainerLog::new(host, container, token.clone())?)
}

/// The account of a source.
async fn account(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
    address: &ssh::Address,
) -> Result<Arc<Gateway>, Failure> {
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
    Ok(match known {
        Some(gateway) => gateway,
        None => ssh::provide(address, secret_of(profile, project, source).await?.as_ref()),
    })
}

impl Engine {
    /// The SSH account by way of which a project's database is reached.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` where there is none.
    pub async fn ssh_of_project(&self, project: &str) -> Result<ssh::Address, Failure> {
        self.ssh_of_project_if_any(project).await?.ok_or_else(|| {
            Failure::invalid(
                format!("the database of {project} is not reached by way of an SSH server"),
                "Name the server and the account: --ssh USER@HOST.",
            )
        })
    }

    /// The same; `None` where its database is reached straight.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn ssh_of_project_if_any(&self, project: &str) -> Result<Option<ssh::Address>, Failure> {
        let project = self.profile.project(project).await?;
        Ok(project.connection.and_then(|connection| connection.ssh))
    }
}
