//! The connection test of a platform, rung by rung.

use crate::engine::Engine;
use crate::project::{Credentials, is_same_platform};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use remote::platform::{self, Act, Platform, PlatformError, PlatformSettings};

/// One rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformRung {
    /// `address`, `sign_in`, `project`, `backups`, `bytes`.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// How it went: nothing where it was not tried.
    pub outcome: Option<Result<String, Failure>>,
}

const RUNGS: [(&str, &str); 5] = [
    ("address", "Address"),
    ("sign_in", "Sign-in"),
    ("project", "Project"),
    ("backups", "Backups"),
    ("bytes", "Bytes"),
];

impl Engine {
    /// Tests whether a platform lets itself be used. That a rung fails is no error.
    ///
    /// # Errors
    /// `project_not_found`, or why stored credentials are not to be had.
    #[crate::boxed]
    pub async fn test_platform(
        &self,
        settings: Option<PlatformSettings>,
        mut credentials: Credentials,
        project: Option<&str>,
    ) -> Result<Vec<PlatformRung>, Failure> {
        let known = match project {
            Some(project) => Some(self.profile.project(project).await?),
            None => None,
        };
        let stored = known.as_ref().and_then(|project| project.platform.clone());
        let settings = settings.or_else(|| stored.clone()).ok_or_else(|| {
            Failure::invalid("neither a platform nor a project was given", "Fill in the fields.")
        })?;
        // Stored credentials go to the address that they belong to, and to no other.
        if let (Some(known), Some(stored)) = (&known, &stored)
            && is_same_platform(stored, &settings)
        {
            for (name, secret) in self.stored_credentials(known).await? {
                credentials.entry(name).or_insert(secret);
            }
        }
        credentials.retain(|_, secret| !secret.is_empty());
        let rungs = climb(&settings, &credentials).await;
        let is_its_own = stored.as_ref().is_some_and(|stored| is_same_platform(stored, &settings));
        if let Some(known) =
            known.filter(|_| is_its_own && rungs.iter().all(|rung| matches!(rung.outcome, Some(Ok(_)))))
        {
            self.profile.catalog.saw_original(&known.id, now_ms()).await?;
        }
        Ok(rungs)
    }
}

async fn climb(settings: &PlatformSettings, credentials: &Credentials) -> Vec<PlatformRung> {
    let mut outcomes = Vec::new();
    let client = platform::check(settings).and_then(|()| platform::open(settings, credentials));
    let mut said = None;
    match client {
        Err(failure) if failure.code == Code::CredentialsMissing => {
            outcomes.push(Ok(format!("{} at {}", settings.kind.name(), settings.place())));
            outcomes.push(Err(failure));
        }
        Err(failure) => outcomes.push(Err(failure)),
        Ok(client) => {
            outcomes.push(Ok(format!("{} at {}", settings.kind.name(), settings.place())));
            said = look(client.as_ref(), &mut outcomes).await;
        }
    }
    // An address at which nobody answers is the address's rung, not that of the account.
    if let Some(failure) = said {
        outcomes = vec![Err(failure)];
    }
    let mut outcomes = outcomes.into_iter();
    let rungs = RUNGS.into_iter();
    rungs.map(|(id, title)| PlatformRung { id, title, outcome: outcomes.next() }).collect()
}

/// Looks from the account upwards; a failure to reach it at all comes back by itself.
async fn look(client: &dyn Platform, outcomes: &mut Vec<Result<String, Failure>>) -> Option<Failure> {
    match client.sign_in().await {
        Err(error @ (PlatformError::Unreachable { .. } | PlatformError::Silent { .. })) => {
            return Some(error.into());
        }
        Err(error) => {
            outcomes.push(Err(error.into()));
            return None;
        }
        Ok(account) => {
            let name = account.name.unwrap_or_else(|| "accepted".into());
            let role = account.role.map(|role| format!(" ({role})")).unwrap_or_default();
            outcomes.push(Ok(format!("{name}{role}")));
        }
    }
    match client.project().await {
        Err(error) => {
            outcomes.push(Err(error.into()));
            return None;
        }
        Ok(project) => {
            let status = project.status.map(|status| format!(", says {status}")).unwrap_or_default();
            outcomes.push(Ok(format!("{}{status}", project.name)));
        }
    }
    match client.list().await {
        Err(error) => outcomes.push(Err(error.into())),
        Ok(listing) => {
            let there = listing.backups.len() as u64;
            outcomes.push(Ok(counted(listing.total.unwrap_or(there), "backup")));
            let ability = client.abilities().remove(&Act::Download);
            outcomes.push(match ability {
                Some(platform::Ability::No { reason }) => Ok(format!("cannot be had: {reason}")),
                _ => Ok("can be fetched".into()),
            });
        }
    }
    None
}
