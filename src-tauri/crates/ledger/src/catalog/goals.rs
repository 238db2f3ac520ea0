//! What projects are held to: how old the recovery point may get, how soon they have to be back.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// What kind of data a project's goals were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Money.
    Financial,
    /// What users entered.
    UserData,
    /// Most things.
    Standard,
    /// What can be computed again.
    Analytics,
}

impl Category {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Financial => "financial",
            Self::UserData => "user_data",
            Self::Standard => "standard",
            Self::Analytics => "analytics",
        }
    }

    fn parse(value: String) -> Result<Self, CatalogError> {
        match value.as_str() {
            "financial" => Ok(Self::Financial),
            "user_data" => Ok(Self::UserData),
            "standard" => Ok(Self::Standard),
            "analytics" => Ok(Self::Analytics),
            _ => Err(CatalogError::Unknown { column: "category", value }),
        }
    }
}

/// What a project is held to; what is absent nobody said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goals {
    /// The preset that they were taken from, until one of them is changed.
    pub category: Option<Category>,
    /// How old the newest verified restorable point may get (milliseconds).
    pub rpo_ms: Option<i64>,
    /// Within how many milliseconds it has to be back.
    pub rto_ms: Option<i64>,
    /// How many copies there have to be, the original among them.
    pub copies: Option<u32>,
    /// How often it has to be shown that it comes back (milliseconds).
    pub drill_every_ms: Option<i64>,
    /// Whether only a drill counts that left nothing out.
    pub whole_drills: bool,
}

struct Row {
    project_id: String,
    category: Option<String>,
    rpo_ms: Option<i64>,
    rto_ms: Option<i64>,
    copies: Option<i64>,
    drill_every_ms: Option<i64>,
    whole_drills: bool,
}

impl TryFrom<Row> for Goals {
    type Error = CatalogError;

    fn try_from(row: Row) -> Result<Self, CatalogError> {
        Ok(Self {
            category: row.category.map(Category::parse).transpose()?,
            rpo_ms: row.rpo_ms,
            rto_ms: row.rto_ms,
            copies: row.copies.and_then(|copies| u32::try_from(copies).ok()),
            drill_every_ms: row.drill_every_ms,
            whole_drills: row.whole_drills,
        })
    }
}

impl Catalog {
    /// What a project is held to.
    pub async fn goals(&self, project_id: &str) -> Result<Goals, CatalogError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT project_id, category, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills AS "whole_drills: bool"
               FROM goal WHERE project_id = ?"#,
            project_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Goals::try_from).transpose()?.unwrap_or_default())
    }

    /// What all projects are held to, by their ids; those of which nobody said anything have no entry.
    pub async fn all_goals(&self) -> Result<HashMap<String, Goals>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT project_id, category, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills AS "whole_drills: bool"
               FROM goal"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok((row.project_id.clone(), Goals::try_from(row)?))).collect()
    }

    /// Within how many milliseconds the project has to be back, where somebody said so.
    pub async fn rto_goal(&self, project_id: &str) -> Result<Option<i64>, CatalogError> {
        Ok(self.goals(project_id).await?.rto_ms)
    }

    /// Says what a project is held to, within a transaction.
    pub async fn set_goals_on(
        on: &mut SqliteConnection,
        project_id: &str,
        goals: &Goals,
    ) -> Result<(), CatalogError> {
        let category = goals.category.map(Category::as_str);
        sqlx::query!(
            "INSERT INTO goal (project_id, category, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (project_id) DO UPDATE SET category = excluded.category, rpo_ms = excluded.rpo_ms,
                 rto_ms = excluded.rto_ms, copies = excluded.copies, drill_every_ms = excluded.drill_every_ms,
                 whole_drills = excluded.whole_drills",
            project_id,
            category,
            goals.rpo_ms,
            goals.rto_ms,
            goals.copies,
            goals.drill_every_ms,
            goals.whole_drills
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// How long the last run took that fetched a backup of the project (milliseconds).
    pub async fn last_backup_ms(&self, project_id: &str) -> Result<Option<i64>, CatalogError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT finished_at_ms - started_at_ms AS "ms!: i64" FROM job
               WHERE project_id = ? AND kind IN ('backup', 'pull') AND state = 'succeeded'
                 AND started_at_ms IS NOT NULL AND finished_at_ms IS NOT NULL
               ORDER BY created_at_ms DESC, id LIMIT 1"#,
            project_id
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// When the last drill of a whole backup of the project passed; with `is_whole`, the last one that left nothing out.
    pub async fn last_passed_drill(
        &self,
        project_id: &str,
        is_whole: bool,
    ) -> Result<Option<i64>, CatalogError> {
        Ok(sqlx::query_scalar!(
            "SELECT at_ms FROM drill WHERE project_id = ? AND kind = 'full' AND verdict = 'pass'
               AND (limits = 0 OR NOT ?) ORDER BY at_ms DESC, id LIMIT 1",
            project_id,
            is_whole
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
