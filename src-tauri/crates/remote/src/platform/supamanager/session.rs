//! Signing in: a token in memory, renewed by signing in again, since there is no other way.

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Inner;
use crate::platform::http::{Answer, Call};
use crate::platform::lenient::{field, number, text};
use crate::platform::{Account, Act, PlatformError};
use base::secret::Secret;

/// A token that runs out so soon is not used for another call.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// What signing in gave.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) token: Secret,
    pub(super) expires_at: Option<Timestamp>,
}

impl Session {
    fn is_good(&self) -> bool {
        // A lifetime below the margin is a platform's own choice: the token is used until it is refused.
        self.expires_at.is_none_or(|at| at > Timestamp::now() + MARGIN)
    }
}

impl Inner {
    /// Signs in, whatever there is already.
    pub(super) async fn sign_in(&self) -> Result<Account, PlatformError> {
        let mut held = self.session.lock().await;
        let (session, account) = self.new_session().await?;
        *held = Some(session);
        Ok(account)
    }

    async fn new_session(&self) -> Result<(Session, Account), PlatformError> {
        let body = json!({
            "email": self.settings.email,
            "password": self.password.expose(),
            "gotrue_meta_security": { "captcha_token": "" },
        });
        let call = Call::new(Method::POST, &["auth", "token"], "sign in").json(body).hide(&self.password);
        let answer = self.http.call(&call).await?;
        let refused = |why: &str| PlatformError::NotSignedIn {
            place: self.http.place().to_owned(),
            said: format!("{why} ({})", answer.said()),
        };
        match answer.status {
            StatusCode::NOT_FOUND if text(&answer.body, "error").is_some() => {
                return Err(refused("there is no such account"));
            }
            StatusCode::NOT_FOUND => return Err(self.http.odd("there is no sign-in at this address")),
            StatusCode::UNAUTHORIZED => return Err(refused("the password is wrong")),
            _ => {}
        }
        let answer = self.http.verdict(&call, answer)?;
        let Some(token) = text(&answer.body, "access_token") else {
            return Err(self.http.odd("a sign-in without a token"));
        };
        let expires_at = expiry(&answer.body, Timestamp::now());
        let user = field(&answer.body, "user");
        let name = text(user, "email").unwrap_or_else(|| self.settings.email.clone());
        let role = text(user, "role");
        let account = Account { name: Some(name), role, token_expires_at: expires_at };
        Ok((Session { token: Secret::new(token), expires_at }, account))
    }

    /// A token other than the one that was refused; another call may have renewed it already.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, PlatformError> {
        let mut held = self.session.lock().await;
        if let Some(session) = held.as_ref()
            && refused.map_or_else(|| session.is_good(), |refused| *refused != session.token)
        {
            return Ok(session.token.clone());
        }
        let (session, _) = self.new_session().await?;
        let token = session.token.clone();
        *held = Some(session);
        Ok(token)
    }

    /// Makes a call with the token. One that is refused for its token did nothing: it is made again, once.
    pub(super) async fn signed(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        let token = self.token(None).await?;
        let answer = self.http.call(&call.clone().bearer(&token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let token = self.token(Some(&token)).await?;
        self.http.call(&call.clone().bearer(&token)).await
    }

    /// Makes a call for `act`, and learns from it whether this account may do that.
    pub(super) async fn ask(&self, act: Act, call: &Call<'_>) -> Result<Value, PlatformError> {
        let outcome = self.http.verdict(call, self.signed(call).await?);
        match &outcome {
            Ok(_) => self.learn(act, None),
            Err(PlatformError::Forbidden { said, .. }) => {
                self.learn(act, Some(format!("{} refuses it to this account: {said}", self.http.place())));
            }
            // This server answers 500 for a project that it does not know.
            Err(PlatformError::Failed { may_work_now: true, .. }) => {
                if let Err(unknown @ PlatformError::NotFound { .. }) = self.must_know_project().await {
                    return Err(unknown);
                }
            }
            Err(_) => {}
        }
        Ok(outcome?.body)
    }
}

/// When a token runs out. Of one that lives longer than a calendar goes nothing is known: it is used until it is
/// refused.
fn expiry(body: &Value, now: Timestamp) -> Option<Timestamp> {
    let lifetime = number(body, "expires_in").and_then(|seconds| i64::try_from(seconds).ok())?;
    now.checked_add(SignedDuration::from_secs(lifetime)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_beyond_the_calendar_is_none_and_ends_nothing() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let of = |lifetime: Value| expiry(&json!({ "expires_in": lifetime }), now);

        assert_eq!(of(json!(3600)), Some("2026-11-22T13:00:00Z".parse().unwrap()));
        assert_eq!(of(json!(i64::MAX)), None);
        assert_eq!(of(json!(u64::MAX)), None);
        assert_eq!(expiry(&json!({}), now), None);
    }
}
