//! What the audit chain says of a plan.

use super::plan::{RestorePlan, Strategy};
use crate::audit::{Details, Fact, Subject};

impl RestorePlan {
    /// The plan as a subject: its id, and the project that comes back.
    pub(super) fn subject(&self) -> Subject {
        Subject::new("plan", &self.id, &self.project)
    }

    /// Which backup, and where to.
    pub(super) fn audited(&self) -> Details {
        let how = match self.strategy {
            Strategy::Scratch => "scratch",
            Strategy::NewDatabase => "new_database",
        };
        let details = Details::none()
            .with("backup", Fact::Id(&self.backup_id))
            .with("how", Fact::Word(how))
            .with("database", Fact::Name(&self.database));
        match &self.connection {
            Some(server) => details.with("server", Fact::Server(server)),
            None => details,
        }
    }
}
