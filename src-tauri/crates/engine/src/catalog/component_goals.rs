//! How old the newest verified backup may get that has a certain component of a project in it.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, believed_until_ms};
use crate::component::Component;

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

impl Catalog {
    /// Goals of the components of one project or of all.
    pub(crate) async fn component_goals(
        &self,
        project: Option<&str>,
    ) -> Result<Vec<ComponentGoal>, CatalogError> {
        let until_ms = believed_until_ms();
        let rows = sqlx::query!(
            r#"SELECT g.project_id, g.component, g.rpo_ms,
                      (SELECT max(b.at_ms) FROM backup b WHERE b.project_id = g.project_id AND b.level >= 2
                         AND b.at_ms <= ?2 AND instr(',' || b.components || ',', ',' || g.component || ',') > 0) AS "at_ms: i64"
               FROM component_goal g WHERE ?1 IS NULL OR g.project_id = ?1 ORDER BY g.project_id, g.component"#,
            project,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let goal = |row: (String, String, i64, Option<i64>)| {
            let (project_id, component, rpo_ms, at_ms) = row;
            let component = Component::parse(&component)
                .ok_or(CatalogError::Unknown { column: "component", value: component })?;
            Ok(ComponentGoal { project_id, component, rpo_ms, at_ms })
        };
        rows.into_iter().map(|row| goal((row.project_id, row.component, row.rpo_ms, row.at_ms))).collect()
    }

    /// Components that verified backups of a project have.
    pub(crate) async fn components_seen(&self, project_id: &str) -> Result<Vec<Component>, CatalogError> {
        let lists =
            sqlx::query_scalar!("SELECT DISTINCT components FROM backup WHERE project_id = ?", project_id)
                .fetch_all(&self.pool)
                .await?;
        let has = |component: &Component| {
            lists.iter().any(|list| list.split(',').any(|one| one == component.as_str()))
        };
        Ok(Component::ALL.into_iter().filter(has).collect())
    }

    /// Sets the goal of a component, within a transaction; absent takes it away.
    pub(crate) async fn set_component_goal_on(
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
