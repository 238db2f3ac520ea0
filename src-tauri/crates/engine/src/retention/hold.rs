//! A person's instruction for one backup: hold it, or keep it until a date and no longer.

use crate::engine::Engine;
use base::Code;
use base::account::this_user;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, Keeping};
use ledger::event::Topic;

const REASON_CHARACTERS_MAX: usize = 300;

/// A backup, and what was said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub backup_id: String,
    /// Name of its project.
    pub project: String,
    /// What holds now.
    pub keeping: Keeping,
}

impl Engine {
    /// Holds a backup: neither retention nor a person deletes it until it is released, also none of another profile
    /// that uses the vault.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`, `reason_needed`, or why the vault does not take the hold.
    #[crate::boxed]
    pub async fn hold_backup(&self, reference: &str, reason: &str) -> Result<Held, Failure> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
            return Err(Failure::new(
                Code::ReasonNeeded,
                "a backup is held only with a reason",
                format!("Say why, in at most {REASON_CHARACTERS_MAX} characters."),
            ));
        }
        let details = Details::none().with("reason", Fact::Reason(reason));
        let id = self.backup(reference).await?.record.id;
        // In the vault first: other profiles that use it look there before they remove anything.
        self.hold_there(&id, reason).await?;
        let held = self
            .say_of(&id, Act::BackupHeld, details, |keeping| {
                keeping.hold_reason = Some(reason.to_owned());
                keeping.hold_who = Some(this_user());
                keeping.held_at_ms = Some(now_ms());
            })
            .await?;
        self.look_at_vault_if_there().await?;
        Ok(held)
    }

    /// Releases a backup that is held, here or by another profile.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`, or why the vault keeps the hold.
    #[crate::boxed]
    pub async fn release_backup(&self, reference: &str) -> Result<Held, Failure> {
        let id = self.backup(reference).await?.record.id;
        self.profile.archive.vault().await?;
        // Here first: what stands here would be written to the vault again by whoever looks at it meanwhile.
        let released = self
            .say_of(&id, Act::BackupReleased, Details::none(), |keeping| {
                let until_ms = keeping.until_ms;
                *keeping = Keeping { until_ms, ..Keeping::default() };
            })
            .await?;
        self.release_there(&id).await?;
        self.look_at_vault_if_there().await?;
        Ok(released)
    }

    /// Keeps a backup until a moment, whatever the policy says, and no longer; absent takes that back.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`.
    #[crate::boxed]
    pub async fn expire_backup(&self, reference: &str, until_ms: Option<i64>) -> Result<Held, Failure> {
        let words = until_ms.and_then(|until| jiff::Timestamp::from_millisecond(until).ok());
        let words = words.map_or_else(|| "none".to_owned(), |until| until.to_string());
        let details = Details::none().with("until", Fact::Name(&words));
        self.say_of(reference, Act::BackupExpirySet, details, |keeping| keeping.until_ms = until_ms).await
    }

    async fn say_of(
        &self,
        reference: &str,
        act: Act,
        details: Details,
        change: impl FnOnce(&mut Keeping),
    ) -> Result<Held, Failure> {
        let backup = self.backup(reference).await?;
        let (id, project) = (backup.record.id, backup.project);
        let mut keeping = self.profile.catalog.keeping(&id).await?;
        change(&mut keeping);
        let mut writing = self.profile.audit.begin(act, &Subject::backup(&id, &project), details).await?;
        Catalog::set_keeping_on(writing.connection(), &id, &keeping).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Backups]);
        Ok(Held { backup_id: id, project, keeping })
    }
}
