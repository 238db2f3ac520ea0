//! The recovery plan of a project: one document, made from facts, that a person can follow without this
//! computer.
//!
//! `facts.rs` gathers, `document.rs` and `scenarios/` write (pure), `folder.rs` keeps a file of it up to
//! date, `clean.rs` finds the newest backup before a moment and checks whether it is clean. It never contains
//! a password or key.

mod clean;
mod contacts;
mod document;
mod facts;
mod folder;
mod judge;
mod scenarios;
mod sketch;

pub use clean::{CLEAN_CHECKS_SHOWN, CleanCheck};
pub use contacts::Contacts;
pub use facts::RunbookFacts;
pub(crate) use folder::write_page;
pub use folder::{PlanExport, PlanFile};

use camino::Utf8Path;

use crate::engine::Engine;
use crate::paper::Paper;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};

/// After so many days a printed plan is not to be trusted without a look at the program.
pub(crate) const STALE_DAYS: i64 = 30;

impl Engine {
    /// The recovery plan of a project, as it is now.
    ///
    /// # Errors
    /// `project_not_found`; when the catalogue does not answer. What of it the vault does not give is said in it.
    #[crate::boxed]
    pub async fn recovery_plan(&self, project: &str) -> Result<Paper, Failure> {
        Ok(self.runbook_facts(project).await?.document())
    }

    /// Writes the recovery plan of a project into a file, as a page or as text. It may take the place of that
    /// project's plan, and of nothing else.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request`, `file_exists`, `write_failed`, `audit_failed`.
    #[crate::boxed]
    pub async fn save_recovery_plan(&self, project: &str, path: &Utf8Path) -> Result<(), Failure> {
        let facts = self.runbook_facts(project).await?;
        let (paper, project) = (facts.document(), facts.project);
        let text = match path.extension() {
            Some("html" | "htm") => paper.html(&folder::mark(&project.id)),
            _ => {
                return Err(Failure::invalid(
                    format!("{path} is no page"),
                    "Choose a name that ends in .html.",
                ));
            }
        };
        let details = Details::none().with("file", Fact::Path(path));
        self.audit(Act::RecoveryPlanSaved, &Subject::project(&project), details).await?;
        folder::write_page(path.to_owned(), text, folder::mark(&project.id)).await
    }
}
