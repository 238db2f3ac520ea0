//! Blockers of a plan, each with the statement that removes it.

use super::plan::RestorePlan;
use postgres::remedy::Remedy;

impl RestorePlan {
    /// Adds a blocker; its sentence says the statement too, for those who show only sentences.
    pub(super) fn forbid_until(&mut self, remedy: Remedy) {
        self.blockers.push(remedy.sentence());
        self.remedies.push(remedy);
    }
}
