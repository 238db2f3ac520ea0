//! Credentials and sessions for reading a project's own database.

use crate::engine::Engine;
use base::failure::Failure;
use base::secret::Secret;
use ledger::catalog::ProjectRecord;
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
    /// With the project's role and stored password; without one, if its platform lends roles, with a
    /// read-only role that expires after minutes. A lent role is requested each time and never stored; an
    /// open session outlives its expiry, so that a long dump completes.
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
