//! Goals of single components, stricter than the project's.

use super::goals::check_span;
use crate::engine::Engine;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord};
use ledger::component::Component;
use ledger::event::Topic;

const MINUTE_MS: i64 = 60_000;

impl Engine {
    /// The component that backups of a project are of: the database, where it has a source, and otherwise the first
    /// that any of its backups holds.
    pub(crate) async fn main_component(&self, project: &ProjectRecord) -> Result<Option<Component>, Failure> {
        if project.is_of_a_database() {
            return Ok(Some(Component::Database));
        }
        Ok(self.profile.catalog.main_component(&project.id).await?)
    }

    /// Components of a project that can have a goal of their own: what Holdfast backs up of it, and what backups
    /// of it have. Imported files get no newer, and have none.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn goal_components(&self, project: &str) -> Result<Vec<Component>, Failure> {
        let project = self.profile.project(project).await?;
        self.components_of(&project).await
    }

    async fn components_of(&self, project: &ProjectRecord) -> Result<Vec<Component>, Failure> {
        let parts = self.profile.catalog.source_components(&project.id).await?;
        let there = match (project.has_database(), &project.platform) {
            (false, None) => parts,
            (true, None) => parts.with(Component::Database),
            (_, Some(_)) => {
                let seen = self.profile.catalog.components_seen(&project.id).await?;
                seen.either(parts).with(Component::Database)
            }
        };
        Ok(there.iter().collect())
    }

    /// Sets the maximum age of the newest verified backup with a component; absent removes that goal.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` for a component that no backup of the project has, or a time that is
    /// no goal.
    #[crate::boxed]
    pub async fn set_component_goal(
        &self,
        project: &str,
        component: &str,
        rpo_ms: Option<i64>,
    ) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        let there = self.components_of(&project).await?;
        let names: Vec<&str> = there.iter().map(|one| one.as_str()).collect();
        let known = Component::parse(component.trim());
        // A goal whose component is gone can still be taken away.
        let known = known.filter(|one| rpo_ms.is_none() || there.contains(one)).ok_or_else(|| {
            let hint = match names.as_slice() {
                [] => {
                    "Imported files get no newer by themselves, so that nothing can be asked of them.".into()
                }
                names => format!("Choose one of: {}.", names.join(", ")),
            };
            Failure::invalid(format!("{} has no component {component:?}", project.name), hint)
        })?;
        if let Some(rpo_ms) = rpo_ms {
            check_span(rpo_ms)?;
        }
        let words = rpo_ms.map_or_else(|| "none".to_owned(), |ms| format!("{} min", ms / MINUTE_MS));
        let details = Details::none()
            .with("component", Fact::Name(known.as_str()))
            .with("lose_at_most", Fact::Name(&words));
        let mut writing =
            self.profile.audit.begin(Act::GoalSet, &Subject::project(&project), details).await?;
        Catalog::set_component_goal_on(writing.connection(), &project.id, known, rpo_ms).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Drills, Topic::Projects]);
        Ok(())
    }
}
