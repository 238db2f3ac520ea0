//! The projects of an account at a platform: list them, tell which are already added, add several at once.

use super::manage::NewProject;
use super::{Credentials, is_same_platform};
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{Label, ProjectRecord};
use remote::platform::{self, PlatformSettings, RemoteProject};

/// An account has some dozens of projects; a server that names more is not looked at further.
const PROJECTS_MAX: usize = 2_000;

/// A project of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProject {
    /// As the platform describes it: claims.
    pub there: RemoteProject,
    /// Id and name of the project here that is reached by the same address and reference.
    pub here: Option<(String, String)>,
}

/// An account, and how to reach it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Where it is; the reference may be empty. Absent: as the project's.
    pub settings: Option<PlatformSettings>,
    /// What signs in; what is absent is the project's, where the account is its own.
    pub credentials: Credentials,
    /// A project here that signs in with the account already.
    pub project: Option<String>,
}

/// What became of one project that was to be added.
#[derive(Debug)]
pub struct AddedProject {
    /// Its reference there.
    pub reference: String,
    /// The project here, or why it was not added.
    pub outcome: Result<ProjectRecord, Failure>,
}

impl Engine {
    /// The projects that an account sees, in the platform's order.
    ///
    /// # Errors
    /// `invalid_request`, `credentials_missing`, or why the platform does not say.
    #[crate::boxed]
    pub async fn account_projects(&self, account: Account) -> Result<Vec<AccountProject>, Failure> {
        let (settings, credentials) = self.account(account).await?;
        self.listed(&settings, &credentials).await
    }

    /// Adds projects of an account, each under its name there, or beside a project of that name under its reference
    /// too. One that cannot be added holds up no other.
    ///
    /// # Errors
    /// As [`Self::account_projects`]; `invalid_request` where none is named.
    #[crate::boxed]
    pub async fn add_account_projects(
        &self,
        account: Account,
        label: Label,
        references: &[String],
    ) -> Result<Vec<AddedProject>, Failure> {
        if references.is_empty() {
            return Err(Failure::invalid("no project was chosen", "Choose at least one."));
        }
        let (settings, credentials) = self.account(account).await?;
        // The names come from the platform, and what is not on its list is nobody's choice.
        let listed = self.listed(&settings, &credentials).await?;
        let mut added: Vec<AddedProject> = Vec::new();
        for reference in references {
            if added.iter().any(|one| one.reference == *reference) {
                continue;
            }
            let found = listed.iter().find(|one| one.there.reference == *reference);
            let outcome = match found {
                Some(found) => self.add_one(found, &settings, &credentials, label).await,
                None => Err(Failure::not_found(Code::ProjectNotFound, reference)),
            };
            added.push(AddedProject { reference: reference.clone(), outcome });
        }
        Ok(added)
    }

    async fn add_one(
        &self,
        found: &AccountProject,
        settings: &PlatformSettings,
        credentials: &Credentials,
        label: Label,
    ) -> Result<ProjectRecord, Failure> {
        if let Some((_, name)) = &found.here {
            return Err(Failure::new(
                Code::NameTaken,
                format!("it is here already, as {name:?}"),
                "Nothing is to be done.",
            ));
        }
        let RemoteProject { reference, name, .. } = &found.there;
        let settings = PlatformSettings { reference: reference.clone(), ..settings.clone() };
        let new = |name: String| NewProject {
            name,
            label,
            connection: None,
            password: None,
            ssh_secret: None,
            platform: Some(settings.clone()),
            credentials: credentials.clone(),
        };
        let name = name.replace('@', " at ");
        match self.add_project(new(name.clone())).await {
            // Another project has that name, or it is none; the reference is unique there.
            Err(failure) if failure.code == Code::NameTaken => {
                self.add_project(new(format!("{name} ({reference})"))).await
            }
            Err(failure) if failure.code == Code::InvalidRequest => {
                self.add_project(new(reference.clone())).await
            }
            other => other,
        }
    }

    /// The settings and credentials of an account; stored ones go to the address that they belong to alone.
    pub(super) async fn account(&self, account: Account) -> Result<(PlatformSettings, Credentials), Failure> {
        let Account { settings, mut credentials, project } = account;
        let known = match &project {
            Some(project) => Some(self.profile.project(project).await?),
            None => None,
        };
        let stored = known.as_ref().and_then(|project| project.platform.clone());
        let mut settings = settings.or_else(|| stored.clone()).ok_or_else(|| {
            Failure::invalid("neither an account nor a project of it was given", "Fill in the fields.")
        })?;
        settings.address = settings.address.trim().to_owned();
        settings.reference = settings.reference.trim().to_owned();
        credentials.retain(|_, secret| !secret.is_empty());
        if let (Some(known), Some(stored)) = (&known, &stored)
            && is_same_platform(stored, &settings)
        {
            for (name, secret) in self.stored_credentials(known).await? {
                credentials.entry(name).or_insert(secret);
            }
        }
        Ok((settings, credentials))
    }

    async fn listed(
        &self,
        settings: &PlatformSettings,
        credentials: &Credentials,
    ) -> Result<Vec<AccountProject>, Failure> {
        let client = platform::open_account(settings, credentials)?;
        let mut there = client.projects().await?;
        there.truncate(PROJECTS_MAX);
        let own = self.profile.catalog.projects().await?;
        let here = |reference: &str| {
            own.iter()
                .filter(|project| !project.is_archived)
                .find(|project| {
                    project.platform.as_ref().is_some_and(|platform| {
                        platform.kind == settings.kind
                            && platform.address == settings.address
                            && platform.reference == reference
                    })
                })
                .map(|project| (project.id.clone(), project.name.clone()))
        };
        Ok(there.into_iter().map(|there| AccountProject { here: here(&there.reference), there }).collect())
    }
}
