//! A temporary role of the database: a dump without the database's password.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::Supabase;
use crate::platform::http::Call;
use crate::platform::telegram::number;
use crate::platform::{LentRole, PlatformError};
use base::secret::Secret;

impl Supabase {
    /// Makes a role that may sign in for a while, and, where that is asked, read only.
    ///
    /// # Errors
    /// When the account may not make one.
    pub async fn login_role(&self, is_read_only: bool) -> Result<LentRole, PlatformError> {
        let doing = "make a temporary role";
        let segments = ["v1", "projects", self.reference.as_str(), "cli", "login-role"];
        let call = Call::new(Method::POST, &segments, doing).json(json!({ "read_only": is_read_only }));
        let asked_at = Timestamp::now();
        // A refusal of this says nothing of any act.
        let answer = self.http.ask(&call.bearer(&self.token)).await?;
        let body = &answer.body;
        let (Some(role), Some(password), Some(ttl)) =
            (body["role"].as_str(), body["password"].as_str(), number(&body["ttl_seconds"]))
        else {
            return Err(self.http.odd("a role without a name, a password or a time"));
        };
        let life = SignedDuration::from_secs(i64::try_from(ttl).unwrap_or(i64::MAX));
        let expires_at = asked_at.checked_add(life).unwrap_or(Timestamp::MAX);
        Ok(LentRole { role: role.to_owned(), password: Secret::new(password), expires_at })
    }
}
