//! Opttius as a platform.

use async_trait::async_trait;
use serde_json::Value;

use super::listing::{is_of_organisation, statistics};
use super::{FULL, NAME, ORGANISATION, Opttius, Scope, result};
use crate::platform::{
    Abilities, Account, Act, BackTo, CreateRequest, Listing, Platform, PlatformError, PlatformKind,
    RemoteBackup, RemoteFact, RemoteFile, RemoteProject, Restorable, RestoreParts, Ticket, Watched,
};

/// Why the backup of an organisation brings nothing else back.
pub(super) const ROWS_ALONE: &str = "such a backup holds rows alone: no files, no configuration";
/// Why a whole dump brings nothing back there.
const NO_DUMP: &str = "it has no call that restores a whole dump; fetch it, and restore it from here";

#[async_trait]
impl Platform for Opttius {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Opttius
    }

    fn creatable(&self) -> Vec<&'static str> {
        let kinds = [(ORGANISATION, Scope::Organisation), (FULL, Scope::Whole)];
        kinds.into_iter().filter(|(_, scope)| self.inner.may(*scope).is_yes()).map(|(kind, _)| kind).collect()
    }

    fn abilities(&self) -> Abilities {
        Act::ALL.into_iter().map(|act| (act, self.inner.ability(act))).collect()
    }

    /// Nothing says what an account may do: both kinds are listed, and what is refused is known then.
    async fn sign_in(&self) -> Result<Account, PlatformError> {
        let account = self.inner.sign_in().await?;
        let mut roles = Vec::new();
        for (outcome, role) in [
            (self.inner.organisation_files().await, "administrator of the organisation"),
            (self.inner.dumps().await, "whole dumps"),
        ] {
            match outcome {
                Ok(_) => roles.push(role),
                Err(PlatformError::Forbidden { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let role = if roles.is_empty() { "no right to backups".to_owned() } else { roles.join(", ") };
        Ok(Account { role: Some(role), ..account })
    }

    async fn project(&self) -> Result<RemoteProject, PlatformError> {
        // There is no call for an organisation; that its backups can be listed is what can be known.
        self.inner.list().await?;
        let reference = self.inner.settings.organisation.clone();
        Ok(RemoteProject {
            name: reference.clone(),
            reference,
            status: None,
            region: None,
            server_version: None,
        })
    }

    async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        Ok(vec![self.project().await?])
    }

    async fn list(&self) -> Result<Listing, PlatformError> {
        self.inner.list().await
    }

    async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        self.inner.show(id).await
    }

    async fn download(&self, id: &str) -> Result<Vec<RemoteFile>, PlatformError> {
        self.inner.files(id).await
    }

    async fn create(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        match request.kind.as_deref().unwrap_or(ORGANISATION) {
            ORGANISATION => self.inner.create_organisation().await,
            FULL => self.inner.create_dump().await,
            kind => {
                let reason = format!("there is no kind {kind:?}; there are {ORGANISATION}, {FULL}");
                Err(PlatformError::CannotDo { platform: NAME, act: Act::Create, reason })
            }
        }
    }

    async fn watch(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        let memo: Value =
            ticket.memo.as_deref().and_then(|memo| serde_json::from_str(memo).ok()).unwrap_or_default();
        match ticket.act {
            Act::Create if is_of_organisation(&ticket.id) => self.inner.watch_organisation(&ticket.id).await,
            Act::Create => self.inner.watch_dump(&ticket.id, &memo).await,
            Act::Restore => Ok(result::judged(&memo, &ticket.id)),
            act => {
                let reason = format!("nothing goes on there when it is asked to {}", act.words());
                Err(PlatformError::CannotDo { platform: NAME, act: Act::Watch, reason })
            }
        }
    }

    async fn delete(&self, id: &str) -> Result<(), PlatformError> {
        if is_of_organisation(id) {
            self.inner.delete_organisation(id).await
        } else {
            self.inner.delete_dump(id).await
        }
    }

    fn holds(&self, _kind: &str) -> RestoreParts {
        RestoreParts::DATABASE
    }

    async fn restorable(&self, to: BackTo<'_>) -> Result<Restorable, PlatformError> {
        match to {
            BackTo::Backup(backup) if is_of_organisation(&backup.id) => {
                Ok(Restorable::only(RestoreParts::DATABASE, ROWS_ALONE))
            }
            BackTo::Backup(_) => Ok(Restorable::nothing(NO_DUMP)),
            BackTo::Moment(_) => Err(self.cannot(Act::PointInTime)),
            BackTo::Point(_) => Err(self.cannot(Act::RestorePoints)),
        }
    }

    async fn restore(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        if is_of_organisation(id) {
            return self.inner.restore_organisation(id, parts).await;
        }
        let reason = NO_DUMP.to_owned();
        Err(PlatformError::CannotDo { platform: NAME, act: Act::Restore, reason })
    }

    async fn trigger_cron(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        self.inner.trigger_cron().await
    }

    async fn statistics(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        Ok(statistics(&self.inner.list().await?))
    }
}
