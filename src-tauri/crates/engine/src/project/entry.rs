//! How a project's own database is entered to read it.

use crate::catalog::ProjectRecord;
use crate::engine::Engine;
use base::failure::Failure;
use base::secret::Secret;
use postgres::connection::Settings;
use remote::platform::{Act, LentRole};

/// What signs in at a project's database.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) connection: Settings,
    pub(crate) password: Option<Secret>,
    /// Until when it works, where its platform lent it.
    pub(crate) lent_until_ms: Option<i64>,
}

impl Engine {
    /// By the project's role and its stored password; where none is stored and its platform lends roles, by one
    /// that may only read and lives for minutes. Such a role is asked for each time, and is stored nowhere: a
    /// session that it began goes on after its time, so that a long dump ends well.
    ///
    /// # Errors
    /// `no_connection`, or why the platform lends none.
    pub(crate) async fn entry(&self, project: &ProjectRecord) -> Result<Entry, Failure> {
        let connection = project.postgres()?.clone();
        let password = self.profile.password(project).await?;
        let own = Entry { connection, password, lent_until_ms: None };
        if own.password.is_some() || project.platform.is_none() {
            return Ok(own);
        }
        let platform = self.platform_of(project).await?;
        if !platform.abilities().get(&Act::LendRole).is_some_and(remote::platform::Ability::is_yes) {
            return Ok(own);
        }
        let LentRole { role, password, expires_at } = platform.lend_role().await?;
        let connection = Settings { user: lent_user(&role, &own.connection.user), ..own.connection };
        Ok(Entry { connection, password: Some(password), lent_until_ms: Some(expires_at.as_millisecond()) })
    }
}

/// A pooler tells projects apart by what follows the role's name: `postgres.abcdefghijklmnopqrst`.
fn lent_user(role: &str, user: &str) -> String {
    match user.split_once('.') {
        Some((_, project)) => format!("{role}.{project}"),
        None => role.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::lent_user;

    #[test]
    fn a_lent_role_is_told_apart_by_a_pooler_as_the_projects_own_is() {
        assert_eq!(lent_user("cli_login", "postgres"), "cli_login");
        assert_eq!(lent_user("cli_login", "postgres.abc"), "cli_login.abc");
    }
}
