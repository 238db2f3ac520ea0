//! How old the newest verified backup may get that has a certain component of a project in it.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, believed_until_ms};
use crate::component::{Component, Components};

/// The goal of a component, and the newest verified backup that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentGoal {
    /// The project's id.
    pub project_id: String,
    /// The component.
    pub component: Component,
    /// How old that backup may get (milliseconds).
    pub rpo_ms: i64,
    /// The moment that it restores; absent while there is none.
    pub at_ms: Option<i64>,
}

impl ComponentGoal {
    /// Whether the newest verified backup that has the component is older than it may be, or is none.
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.at_ms.is_none_or(|at_ms| now_ms - at_ms > self.rpo_ms)
    }
}

impl Catalog {
    /// Goals of the components of one project or of all.
    pub async fn component_goals(&self, project: Option<&str>) -> Result<Vec<ComponentGoal>, CatalogError> {
        let rows = sqlx::query!(
            "SELECT project_id, component, rpo_ms FROM component_goal
             WHERE ?1 IS NULL OR project_id = ?1 ORDER BY project_id, component",
            project
        )
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let seen = self.points_seen(project, believed_until_ms()).await?;
        let goal = |(project_id, component, rpo_ms): (String, String, i64)| {
            let component = Component::parse(&component)
                .ok_or(CatalogError::Unknown { column: "component", value: component })?;
            let at_ms =
                seen.get(&project_id).and_then(|seen| seen.newest(component)).map(|point| point.at_ms);
            Ok(ComponentGoal { project_id, component, rpo_ms, at_ms })
        };
        rows.into_iter().map(|row| goal((row.project_id, row.component, row.rpo_ms))).collect()
    }

    /// Components that backups of a project hold.
    pub async fn components_seen(&self, project_id: &str) -> Result<Components, CatalogError> {
        let sets = sqlx::query_scalar!("SELECT DISTINCT holds FROM backup WHERE project_id = ?", project_id)
            .fetch_all(&self.pool)
            .await?;
        Ok(sets.into_iter().map(Components::from).fold(Components::NONE, Components::either))
    }

    /// Sets the goal of a component, within a transaction; absent takes it away.
    pub async fn set_component_goal_on(
        on: &mut SqliteConnection,
        project_id: &str,
        component: Component,
        rpo_ms: Option<i64>,
    ) -> Result<(), CatalogError> {
        let component = component.as_str();
        let Some(rpo_ms) = rpo_ms else {
            sqlx::query!(
                "DELETE FROM component_goal WHERE project_id = ? AND component = ?",
                project_id,
                component
            )
            .execute(on)
            .await?;
            return Ok(());
        };
        sqlx::query!(
            "INSERT INTO component_goal (project_id, component, rpo_ms) VALUES (?, ?, ?)
             ON CONFLICT (project_id, component) DO UPDATE SET rpo_ms = excluded.rpo_ms",
            project_id,
            component,
            rpo_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }
}
