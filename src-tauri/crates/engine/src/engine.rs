//! The engine: one open profile, and what this process holds of it. Verbs are implemented beside their nouns; `open`
//! makes one.

use std::sync::Arc;

use camino::Utf8Path;
use tokio::sync::{Mutex, broadcast};

use crate::archive::draft::Drafts;
use crate::at_work::{ChannelsAtWork, Looks};
use crate::picked::Picked;
use crate::profile::Profile;
use base::failure::Failure;
use ledger::event::Event;
use ledger::job::Trigger;
use postgres::cluster::Cluster;

/// An open profile; cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) profile: Arc<Profile>,
    pub(crate) drafts: Arc<Mutex<Drafts>>,
    /// The sample's server, where this process started it.
    pub(crate) sample: Arc<Mutex<Option<Cluster>>>,
    /// Looks at files that go on.
    pub(crate) looks: Looks,
    /// Paths that a person chose in a dialog of the system.
    pub(crate) picked: Picked,
    /// The channels that this process sends messages to now.
    pub(crate) at_work: ChannelsAtWork,
}

impl Engine {
    /// The same engine, for what something else starts in this process.
    pub(crate) fn started_by(&self, trigger: Trigger) -> Self {
        Self { profile: Arc::new(self.profile.started_by(trigger)), ..self.clone() }
    }

    /// Listens to what happens.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.profile.jobs.events()
    }

    /// What the catalogue's queries have cost this engine so far ([`ledger::catalog::Catalog::steps`]).
    pub fn catalog_steps(&self) -> u64 {
        self.profile.catalog.steps()
    }

    /// The directory of the profile.
    pub fn home(&self) -> &Utf8Path {
        &self.profile.home
    }

    /// Notes a path that a person chose in a dialog of the system. Only who showed that dialog may call it.
    pub fn picked_by_hand(&self, path: &Utf8Path) {
        self.picked.note(path);
    }

    /// Refuses a path that a window names and nobody chose.
    pub(crate) fn require_picked(&self, path: &Utf8Path, what: &str) -> Result<(), Failure> {
        self.picked.require(self.profile.jobs.trigger(), path, what)
    }

    /// Ends a look at files. One that has ended already, or is not known, needs nothing.
    pub fn stop_looking(&self, id: &str) {
        self.looks.stop(id);
    }
}
