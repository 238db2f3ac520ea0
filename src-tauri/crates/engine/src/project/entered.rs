//! What was entered for a project, on its way into the keychain and out of it.
//!
//! A secret rests under the name of its project and of the address that it was entered for. So a process may be killed
//! at any moment of an edit: until the catalogue has the new address, nobody looks for the secret that was entered for
//! it, and from then on nobody for the old one. Neither is ever sent to the other's address, and the old one goes only
//! once the new address is stored.

use super::Credentials;
use super::platform::{credential_name, is_same_platform, names, unbound_name};
use crate::engine::Engine;
use crate::profile::{password_name, ssh_secret_name, unbound_password_name};
use base::failure::Failure;
use base::secret::Secret;
use ledger::catalog::ProjectRecord;

/// Secrets as they were entered; an empty credential removes what is there, an empty password changes nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered<'a> {
    pub(super) password: Option<&'a Secret>,
    /// What opens the key of the SSH account, or signs in there; an empty one removes what is there.
    pub(super) ssh_secret: Option<&'a Secret>,
    pub(super) credentials: &'a Credentials,
}

impl Entered<'_> {
    /// Nothing was.
    pub(crate) const NOTHING: Self =
        Self { password: None, ssh_secret: None, credentials: &Credentials::new() };

    /// The password, where one was entered.
    pub(super) fn password(&self) -> Option<&Secret> {
        self.password.filter(|password| !password.is_empty())
    }
}

/// What rested under each name before something was put there.
#[derive(Default)]
pub(super) struct Put {
    earlier: Vec<(String, Option<Secret>)>,
}

impl Engine {
    /// Puts what was entered into the keychain. Where that fails in the middle, nothing of it stays.
    pub(super) async fn put_entered(
        &self,
        project: &ProjectRecord,
        before: Option<&ProjectRecord>,
        entered: Entered<'_>,
    ) -> Result<Put, Failure> {
        let mut wanted: Vec<(String, Secret)> = Vec::new();
        wanted.extend(entered.password().map(|password| (password_name(project), password.clone())));
        let ssh_secret = entered.ssh_secret.filter(|secret| !secret.is_empty());
        wanted.extend(
            ssh_secret.zip(ssh_secret_name(project)).map(|(secret, (_, name))| (name, secret.clone())),
        );
        if let Some(settings) = project.platform.as_ref().filter(|_| !entered.credentials.is_empty()) {
            // Those that are not named stay, also where they rest under the name of their project alone.
            let mut all = match before {
                Some(before)
                    if before.platform.as_ref().is_some_and(|old| is_same_platform(old, settings)) =>
                {
                    self.stored_credentials(before).await?
                }
                _ => Credentials::new(),
            };
            all.extend(entered.credentials.clone());
            let all = all.into_iter().filter(|(_, secret)| !secret.is_empty());
            wanted.extend(all.map(|(name, secret)| (credential_name(&project.id, settings, &name), secret)));
        }
        let mut put = Put::default();
        for (name, secret) in wanted {
            if let Err(failure) = self.put_one(&mut put, name, &secret).await {
                self.take_back(put).await;
                return Err(failure);
            }
        }
        Ok(put)
    }

    async fn put_one(&self, put: &mut Put, name: String, secret: &Secret) -> Result<(), Failure> {
        let secrets = &self.profile.secrets;
        let earlier = secrets.find(&name).await?;
        put.earlier.push((name.clone(), earlier));
        Ok(secrets.put(&name, secret).await?)
    }

    /// Puts back what was there before, since the edit was not stored.
    pub(super) async fn take_back(&self, put: Put) {
        let secrets = &self.profile.secrets;
        for (name, earlier) in put.earlier.into_iter().rev() {
            let done = match earlier {
                Some(secret) => secrets.put(&name, &secret).await,
                None => secrets.remove(&name).await,
            };
            if let Err(error) = done {
                // Whose address it is says its name: it goes nowhere else.
                tracing::warn!(%error, "what was entered for an edit that failed could not be taken back");
            }
        }
    }

    /// Removes what an edit that is stored by now replaced.
    pub(super) async fn forget_replaced(
        &self,
        before: &ProjectRecord,
        now: &ProjectRecord,
        entered: Entered<'_>,
    ) -> Result<(), Failure> {
        let mut gone: Vec<String> = Vec::new();
        if entered.password().is_some() {
            gone.extend([unbound_password_name(&before.id), password_name(before)]);
            gone.retain(|name| *name != password_name(now));
        }
        let of_ssh = |project| ssh_secret_name(project).map(|(_, name)| name);
        if let Some(old) = of_ssh(before)
            && (of_ssh(now).as_ref() != Some(&old) || entered.ssh_secret.is_some_and(Secret::is_empty))
        {
            gone.push(old);
        }
        match (&before.platform, &now.platform) {
            (Some(old), Some(new)) if !is_same_platform(old, new) => {
                gone.extend(names(&before.id, old));
            }
            (_, Some(settings)) if !entered.credentials.is_empty() => {
                let known = remote::platform::credentials(settings.kind);
                gone.extend(known.iter().map(|one| unbound_name(&now.id, one.name)));
                let emptied = entered.credentials.iter().filter(|(_, secret)| secret.is_empty());
                gone.extend(emptied.map(|(name, _)| credential_name(&now.id, settings, name)));
            }
            _ => {}
        }
        for name in gone {
            self.profile.secrets.remove(&name).await.map_err(|error| {
                let failure = Failure::from(error);
                let message =
                    format!("the project is changed, but what it replaced stays stored: {}", failure.message);
                Failure { message, ..failure }
            })?;
        }
        Ok(())
    }
}
