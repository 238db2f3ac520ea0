//! The platform of a project: its address and credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Engine;
use crate::profile::address_mark;
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use ledger::catalog::ProjectRecord;
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
            Failure::new(
                Code::NoPlatform,
                format!("{} is on no platform that backs it up by itself", project.name),
                "Back it up with `holdfast backup run`, or add its platform with `holdfast project edit`.",
            )
        })?;
        platform::open(settings, &self.stored_credentials(project).await?)
    }

    /// What the keychain holds for a project's platform, as it is reached now.
    pub(crate) async fn stored_credentials(&self, project: &ProjectRecord) -> Result<Credentials, Failure> {
        let mut credentials = Credentials::new();
        let Some(settings) = &project.platform else { return Ok(credentials) };
        let known = platform::credentials(settings.kind);
        for one in known {
            let name = credential_name(&project.id, settings, one.name);
            if let Some(secret) = self.profile.secrets.find(&name).await? {
                credentials.insert(one.name.to_owned(), secret);
            }
        }
        // An earlier version kept them by the project alone. Where any has the name of its address, what has none may be
        // of another one.
        if credentials.is_empty() {
            for one in known {
                if let Some(secret) = self.profile.secrets.find(&unbound_name(&project.id, one.name)).await? {
                    credentials.insert(one.name.to_owned(), secret);
                }
            }
        }
        Ok(credentials)
    }

    /// Removes what was stored for a project's platform.
    pub(crate) async fn forget_credentials(&self, project: &ProjectRecord) -> Result<(), Failure> {
        if let Some(settings) = &project.platform {
            for name in names(&project.id, settings) {
                self.profile.secrets.remove(&name).await?;
            }
        }
        Ok(())
    }
}

/// Each credential has to be one that the platform has.
pub(super) fn refuse_unknown(project: &ProjectRecord, credentials: &Credentials) -> Result<(), Failure> {
    let Some(settings) = &project.platform else { return Ok(()) };
    let known = platform::credentials(settings.kind);
    let Some(name) = credentials.keys().find(|name| !known.iter().any(|one| one.name == **name)) else {
        return Ok(());
    };
    let names: Vec<&str> = known.iter().map(|one| one.name).collect();
    Err(Failure::invalid(
        format!("{} has no credential {name:?}", settings.kind.name()),
        format!("It takes: {}.", names.join(", ")),
    ))
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
        Code::PasswordForNewServer,
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

/// Where a credential rests: the name says for which address it was entered.
pub(super) fn credential_name(project_id: &str, settings: &PlatformSettings, name: &str) -> String {
    let of = (settings.kind, &settings.address, &settings.account, reaching(settings));
    format!("{}:{}", unbound_name(project_id, name), address_mark(&of))
}

/// Where an earlier version kept it.
pub(super) fn unbound_name(project_id: &str, name: &str) -> String {
    format!("platform:{project_id}:{name}")
}

/// All names under which something may rest for these settings.
pub(super) fn names(project_id: &str, settings: &PlatformSettings) -> Vec<String> {
    let known = platform::credentials(settings.kind);
    let both = known.iter().flat_map(|one| {
        [credential_name(project_id, settings, one.name), unbound_name(project_id, one.name)]
    });
    both.collect()
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
