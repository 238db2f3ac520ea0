//! The platform of a project: its address, and what signs in there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::ProjectRecord;
use crate::engine::Engine;
use base::failure::Failure;
use base::secret::Secret;
use remote::platform::{self, Platform, PlatformSettings};

/// What signs in at a platform, by name.
pub type Credentials = BTreeMap<String, Secret>;

/// A setting of a platform is an address, an id or a word.
const VALUE_CHARACTERS_MAX: usize = 500;

impl Engine {
    /// A client of the project's platform.
    ///
    /// # Errors
    /// `no_platform`, or why its credentials are not to be had.
    pub(crate) async fn platform_of(&self, project: &ProjectRecord) -> Result<Arc<dyn Platform>, Failure> {
        let settings = project.platform.as_ref().ok_or_else(|| {
            Failure::refused(
                "no_platform",
                format!("{} is on no platform that backs it up by itself", project.name),
                "Back it up with `holdfast backup run`, or add its platform with `holdfast project edit`.",
            )
        })?;
        platform::open(settings, &self.stored_credentials(project).await?)
    }

    /// What the keychain holds for a project's platform.
    pub(crate) async fn stored_credentials(&self, project: &ProjectRecord) -> Result<Credentials, Failure> {
        let mut credentials = Credentials::new();
        let Some(settings) = &project.platform else { return Ok(credentials) };
        for one in platform::credentials(settings.kind) {
            if let Some(secret) = self.profile.secrets.find(&credential_name(&project.id, one.name)).await? {
                credentials.insert(one.name.to_owned(), secret);
            }
        }
        Ok(credentials)
    }

    /// Puts what was entered into the keychain; an empty value removes what is there.
    pub(super) async fn store_credentials(
        &self,
        project: &ProjectRecord,
        credentials: &Credentials,
    ) -> Result<(), Failure> {
        let Some(settings) = &project.platform else { return Ok(()) };
        let known = platform::credentials(settings.kind);
        for (name, value) in credentials {
            if !known.iter().any(|one| one.name == name) {
                let names: Vec<&str> = known.iter().map(|one| one.name).collect();
                return Err(Failure::invalid(
                    format!("{} has no credential {name:?}", settings.kind.name()),
                    format!("It takes: {}.", names.join(", ")),
                ));
            }
            let place = credential_name(&project.id, name);
            if value.is_empty() {
                self.profile.secrets.remove(&place).await?;
            } else {
                self.profile.secrets.put(&place, value).await?;
            }
        }
        Ok(())
    }

    /// Removes what was stored for the platform that a project had before, where it has another one now.
    pub(super) async fn forget_credentials_of_others(
        &self,
        known: &ProjectRecord,
        changed: &ProjectRecord,
    ) -> Result<(), Failure> {
        match (&known.platform, &changed.platform) {
            (Some(old), Some(new)) if !is_same_platform(old, new) => self.forget_credentials(known).await,
            _ => Ok(()),
        }
    }

    /// Removes what was stored for a project's platform.
    pub(super) async fn forget_credentials(&self, project: &ProjectRecord) -> Result<(), Failure> {
        if let Some(settings) = &project.platform {
            for one in platform::credentials(settings.kind) {
                self.profile.secrets.remove(&credential_name(&project.id, one.name)).await?;
            }
        }
        Ok(())
    }
}

/// What was entered for one address is not sent to another.
pub(super) fn refuse_credentials_for_others(
    known: &ProjectRecord,
    changed: &ProjectRecord,
    credentials: &Credentials,
) -> Result<(), Failure> {
    let (Some(old), Some(new)) = (&known.platform, &changed.platform) else { return Ok(()) };
    if is_same_platform(old, new) {
        return Ok(());
    }
    // Where none is needed by itself, as where a token stands for a password, one at least has to be new.
    let is_entered = |name: &str| credentials.get(name).is_some_and(|value| !value.is_empty());
    let known = platform::credentials(new.kind);
    if known.iter().filter(|one| one.is_needed).all(|one| is_entered(one.name))
        && known.iter().any(|one| is_entered(one.name))
    {
        return Ok(());
    }
    Err(Failure::new(
        "password_for_new_server",
        "the stored credentials belong to another address or account",
        "Enter the credentials for the new one; the stored ones are never sent there.",
    ))
}

/// Whether stored credentials belong to both: the same platform, account, and every address that it names.
pub(crate) fn is_same_platform(old: &PlatformSettings, new: &PlatformSettings) -> bool {
    (old.kind, &old.address, old.place(), &old.account, reaching(old))
        == (new.kind, &new.address, new.place(), &new.account, reaching(new))
}

/// The settings that say where something is sent, or as what.
fn reaching(settings: &PlatformSettings) -> BTreeMap<&str, &str> {
    let all = settings.more.iter().filter(|(name, _)| *name != PlatformSettings::ROWS_MAX);
    all.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Where a credential rests.
fn credential_name(project_id: &str, name: &str) -> String {
    format!("platform:{project_id}:{name}")
}

pub(super) fn checked(mut settings: PlatformSettings) -> Result<PlatformSettings, Failure> {
    settings.address = settings.address.trim().to_owned();
    settings.reference = settings.reference.trim().to_owned();
    let texts = [&settings.address, &settings.reference].into_iter().chain(&settings.account);
    for text in texts.chain(settings.more.values()) {
        if text.chars().count() > VALUE_CHARACTERS_MAX || text.chars().any(char::is_control) {
            return Err(Failure::invalid(
                "a setting of the platform is too long, or holds a line break",
                "Copy the address and the reference from the platform's own page.",
            ));
        }
    }
    // Whatever the client itself refuses is refused before anything is stored.
    platform::check(&settings)?;
    Ok(settings)
}
