//! Projects of an account at a platform, and where the database of one is.

use engine::Engine;
use engine::project::{Account, AccountProject, AddedProject};
use remote::platform::{DatabaseAddresses, RemoteProject};

use super::Answer;
use super::platform::secrets;
use crate::connection::DatabaseAddressesView;
use crate::platform::{AccountProjectView, AddAccountProjects, AddedProjectView, AskAccount};

/// The projects that an account sees; those that are here already are marked.
///
/// # Errors
/// `invalid_request`, `credentials_missing`, or why the platform does not say.
#[crate::boxed]
pub async fn platform_projects(engine: &Engine, request: AskAccount) -> Answer<Vec<AccountProjectView>> {
    Ok(engine.account_projects(request.into()).await?.into_iter().map(Into::into).collect())
}

/// Where the database of a project is, as its platform says. Nothing is sent there.
///
/// # Errors
/// `invalid_request`, `credentials_missing`, or why the platform does not say.
#[crate::boxed]
pub async fn platform_database(engine: &Engine, request: AskAccount) -> Answer<DatabaseAddressesView> {
    Ok(engine.database_addresses(request.into()).await?.into())
}

/// Adds projects of an account; one that cannot be added holds up no other.
///
/// # Errors
/// As [`platform_projects`].
#[crate::boxed]
pub async fn platform_projects_add(
    engine: &Engine,
    request: AddAccountProjects,
) -> Answer<Vec<AddedProjectView>> {
    let AddAccountProjects { account, label, references } = request;
    let added = engine.add_account_projects(account.into(), label.into(), &references).await?;
    Ok(added.into_iter().map(Into::into).collect())
}

impl From<AskAccount> for Account {
    fn from(asked: AskAccount) -> Self {
        let AskAccount { platform, credentials, project } = asked;
        Self { settings: platform.map(Into::into), credentials: secrets(credentials), project }
    }
}

impl From<DatabaseAddresses> for DatabaseAddressesView {
    fn from(addresses: DatabaseAddresses) -> Self {
        let DatabaseAddresses { session_pooler, direct, notes } = addresses;
        Self { session_pooler: session_pooler.map(Into::into), direct: direct.map(Into::into), notes }
    }
}

impl From<AccountProject> for AccountProjectView {
    fn from(project: AccountProject) -> Self {
        let AccountProject { there, here } = project;
        let RemoteProject { reference, name, status, region, server_version } = there;
        let (here_id, here_name) = here.unzip();
        Self { reference, name, status, region, server_version, here_id, here_name }
    }
}

impl From<AddedProject> for AddedProjectView {
    fn from(added: AddedProject) -> Self {
        let AddedProject { reference, outcome } = added;
        match outcome {
            Ok(project) => Self { reference, id: Some(project.id), name: Some(project.name), problem: None },
            Err(failure) => Self { reference, id: None, name: None, problem: Some(failure.message) },
        }
    }
}
