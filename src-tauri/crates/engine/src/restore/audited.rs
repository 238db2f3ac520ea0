//! The audit entry of a plan.

use super::plan::{RestorePlan, Safety};
use super::request::Writers;
use ledger::audit::{Details, Fact, Subject};

impl RestorePlan {
    /// The plan as a subject: its id, and the project that comes back.
    pub(super) fn subject(&self) -> Subject {
        Subject::new("plan", &self.id, &self.project)
    }

    /// Which backup, and where to.
    pub(super) fn audited(&self) -> Details {
        let mut details = Details::none()
            .with("backup", Fact::Id(&self.backup_id))
            .with("how", Fact::Word(self.strategy.as_str()))
            .with("database", Fact::Name(&self.database));
        if let Some(restore) = &self.restore_id {
            details = details.with("restore", Fact::Id(restore));
        }
        if let Some(until) = self.keep_until_ms {
            let until = u64::try_from(until).unwrap_or(0);
            details = details.with("kept_until_ms", Fact::Count(until));
        }
        if let Safety::Declined { reason } = &self.safety {
            details = details.with("no_safety_backup", Fact::Reason(reason));
        }
        if self.writers == Writers::GoOn {
            details = details.with("let_writers_write", Fact::Flag(true));
        }
        if let Some(later) = &self.after {
            details = details.with("after", Fact::Id(&later.backup_id));
        }
        match &self.connection {
            Some(server) => details.with("server", Fact::Server(server)),
            None => details,
        }
    }
}
