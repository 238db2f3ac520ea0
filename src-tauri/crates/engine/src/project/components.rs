//! Goals of single components: a part of a project may be held to more than the project is.

use super::goals::check_span;
use crate::audit::{Act, Details, Fact, Subject};
use crate::catalog::{Catalog, ComponentGoal, ProjectRecord};
use crate::component::Component;
use crate::engine::Engine;
use crate::event::Topic;
use base::failure::Failure;

const MINUTE_MS: i64 = 60_000;

impl ComponentGoal {
    /// Whether the newest verified backup that has the component is older than it may be, or is none.
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.at_ms.is_none_or(|at_ms| now_ms - at_ms > self.rpo_ms)
    }
}

impl Engine {
    /// The component that backups of a project are of: the database, where it has a source, and otherwise the first
    /// that any of its backups holds.
    pub(crate) async fn main_component(&self, project: &ProjectRecord) -> Result<Option<Component>, Failure> {
        if project.has_source() {
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
        match (project.has_database(), &project.platform) {
            (false, None) => Ok(Vec::new()),
            (true, None) => Ok(vec![Component::Database]),
            (_, Some(_)) => {
                let seen = self.profile.catalog.components_seen(&project.id).await?;
                Ok(seen.with(Component::Database).iter().collect())
            }
        }
    }

    /// Says how old the newest verified backup with a component in it may get; absent takes that goal away.
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
