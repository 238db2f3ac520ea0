//! The session with the project's auth server, and the cookie that carries it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Inner, SignIn};
use crate::platform::http::{Answer, Call, Http};
use crate::platform::lenient::{field, number, text};
use crate::platform::{Account, PlatformError};
use base::secret::Secret;

/// The application renews a session itself in its last 90 seconds, and the old renewal token is void then:
/// it is renewed here before.
const MARGIN: SignedDuration = SignedDuration::from_secs(120);
/// `@supabase/ssr`, `chunker.ts`: longer values are cut into cookies that end in `.0`, `.1` …
const COOKIE_CHARACTERS_MAX: usize = 3180;
/// `@supabase/ssr`, `cookies.ts`: stands before what is base64url.
const BASE64: &str = "base64-";

/// A session as the auth server gave it.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) token: Secret,
    refresh: Option<Secret>,
    expires_at: Option<Timestamp>,
    /// Who it is, and what the auth server says of them.
    pub(super) user: Value,
    /// All of it, as the cookie holds it.
    whole: Secret,
}

impl Session {
    /// Out of an answer of the auth server, or of a cookie.
    fn read(body: &Value) -> Option<Self> {
        let token = Secret::new(text(body, "access_token")?);
        let at = number(body, "expires_at").and_then(|at| i64::try_from(at).ok());
        let lifetime = number(body, "expires_in").and_then(|seconds| i64::try_from(seconds).ok());
        let expires_at = at
            .and_then(|at| Timestamp::from_second(at).ok())
            .or_else(|| Timestamp::now().checked_add(SignedDuration::from_secs(lifetime?)).ok());
        let mut whole = body.clone();
        if let (Some(fields), Some(at)) = (whole.as_object_mut(), expires_at) {
            fields.insert("expires_at".to_owned(), json!(at.as_second()));
        }
        Some(Self {
            token,
            refresh: text(body, "refresh_token").map(Secret::new),
            expires_at,
            user: field(body, "user").clone(),
            whole: Secret::new(whole.to_string()),
        })
    }

    fn is_good(&self) -> bool {
        self.expires_at.is_none_or(|at| at > Timestamp::now() + MARGIN)
    }

    /// The value of a `Cookie` header, as `@supabase/ssr` would write it under this name.
    pub(super) fn cookie(&self, name: &str) -> Secret {
        let value = format!("{BASE64}{}", URL_SAFE_NO_PAD.encode(self.whole.expose()));
        if value.len() <= COOKIE_CHARACTERS_MAX {
            return Secret::new(format!("{name}={value}"));
        }
        let mut cookies = Vec::new();
        let mut rest = value.as_str();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(COOKIE_CHARACTERS_MAX));
            cookies.push(format!("{name}.{}={piece}", cookies.len()));
            rest = after;
        }
        Secret::new(cookies.join("; "))
    }

    /// A session that the application renewed itself, in the cookies that it sets.
    fn in_cookies(name: &str, answer: &Answer) -> Option<Self> {
        let cookies = answer.cookies();
        let of =
            |wanted: &str| cookies.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.expose());
        let pieces: String = match of(name) {
            Some(whole) => whole.to_owned(),
            None => (0..).map_while(|number| of(&format!("{name}.{number}"))).collect(),
        };
        let bytes = URL_SAFE_NO_PAD.decode(pieces.strip_prefix(BASE64)?.trim_end_matches('=')).ok()?;
        Self::read(&serde_json::from_slice(&bytes).ok()?)
    }
}

impl Inner {
    pub(super) async fn sign_in(&self) -> Result<Account, PlatformError> {
        if let SignIn::Token = self.settings.sign_in {
            return Ok(Account { name: None, role: None, token_expires_at: None });
        }
        let mut held = self.session.lock().await;
        let session = self.by_password().await?;
        let account =
            Account { name: text(&session.user, "email"), role: None, token_expires_at: session.expires_at };
        *held = Some(session);
        Ok(account)
    }

    /// A session other than the one that was refused; another call may have renewed it already.
    async fn session(&self, refused: Option<&Secret>) -> Result<Session, PlatformError> {
        let mut held = self.session.lock().await;
        if let Some(session) = held.as_ref()
            && refused.map_or_else(|| session.is_good(), |refused| *refused != session.token)
        {
            return Ok(session.clone());
        }
        let renewed = match held.as_ref().and_then(|session| session.refresh.clone()) {
            Some(refresh) => self.by_refresh(&refresh).await?,
            None => None,
        };
        let session = match renewed {
            Some(session) => session,
            None => self.by_password().await?,
        };
        *held = Some(session.clone());
        Ok(session)
    }

    async fn by_password(&self) -> Result<Session, PlatformError> {
        let email = match &self.settings.sign_in {
            SignIn::Cookie { email, .. } | SignIn::Bearer { email, .. } => email,
            SignIn::Token => return Err(self.token_refused()),
        };
        let (Some(auth), Some(password)) = (&self.auth, &self.secrets.password) else {
            return Err(self.http.odd("there is no password to sign in with"));
        };
        let body = json!({ "email": email, "password": password.expose() });
        let call = self.grant("password").json(body).hide(password);
        let answer = auth.call(&call).await?;
        if matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        {
            return Err(PlatformError::NotSignedIn { place: auth.place().to_owned(), said: answer.said() });
        }
        let answer = auth.verdict(&call, answer)?;
        Session::read(&answer.body).ok_or_else(|| auth.odd("a sign-in without a token"))
    }

    /// None where the token for it is no longer good.
    async fn by_refresh(&self, refresh: &Secret) -> Result<Option<Session>, PlatformError> {
        let Some(auth) = &self.auth else { return Ok(None) };
        let body = json!({ "refresh_token": refresh.expose() });
        let call = self.grant("refresh_token").json(body).hide(refresh);
        let answer = auth.call(&call).await?;
        if answer.status.is_client_error() && answer.status != StatusCode::TOO_MANY_REQUESTS {
            return Ok(None);
        }
        let answer = auth.verdict(&call, answer)?;
        Ok(Session::read(&answer.body))
    }

    fn grant<'a>(&'a self, kind: &'a str) -> Call<'a> {
        let call = Call::new(Method::POST, &["auth", "v1", "token"], "sign in").query("grant_type", kind);
        match &self.secrets.api_key {
            Some(key) => call.header(reqwest::header::HeaderName::from_static("apikey"), "", key),
            None => call,
        }
    }

    /// Makes a call with the session. `is_signed_out` says whether an answer means that nobody is signed in;
    /// such a call did nothing, and is made again, once.
    pub(super) async fn signed(
        &self,
        call: &Call<'_>,
        is_signed_out: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, PlatformError> {
        if let SignIn::Token = self.settings.sign_in {
            let token = self.secrets.token.as_ref().ok_or_else(|| self.token_refused())?;
            return self.http.call(&call.clone().bearer(token)).await;
        }
        let session = self.session(None).await?;
        let answer = self.with_session(call, &session).await?;
        if !is_signed_out(&answer) {
            return Ok(answer);
        }
        let session = self.session(Some(&session.token)).await?;
        self.with_session(call, &session).await
    }

    async fn with_session(&self, call: &Call<'_>, session: &Session) -> Result<Answer, PlatformError> {
        let SignIn::Cookie { .. } = self.settings.sign_in else {
            return self.http.call(&call.clone().bearer(&session.token)).await;
        };
        let cookie = session.cookie(&self.cookie_name);
        let call = call.clone().header(reqwest::header::COOKIE, "", &cookie).hide(&session.token);
        let answer = self.http.call(&call).await?;
        if let Some(renewed) = Session::in_cookies(&self.cookie_name, &answer) {
            let mut held = self.session.lock().await;
            // Only what follows the session of this call; another call may have signed in meanwhile.
            if held.as_ref().is_some_and(|held| held.token == session.token) {
                *held = Some(renewed);
            }
        }
        Ok(answer)
    }

    fn token_refused(&self) -> PlatformError {
        let said = "the token that was entered is the only way in, and it is not good".to_owned();
        PlatformError::NotSignedIn { place: self.http.place().to_owned(), said }
    }
}

/// The name under which `supabase-js` keeps a session: by the first label of the auth server's host.
pub(super) fn cookie_name(auth: &Http, reference: Option<&str>) -> String {
    let host = auth.base().host_str().unwrap_or_default();
    let reference = reference.unwrap_or_else(|| host.split('.').next().unwrap_or_default());
    format!("sb-{reference}-auth-token")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie_of(length: usize) -> String {
        let body = json!({"access_token": "t".repeat(length), "expires_at": 2_000_000_000, "user": {"name": "Nuñez"}});
        Session::read(&body).unwrap().cookie("sb-x-auth-token").expose().to_owned()
    }

    #[test]
    fn a_short_session_is_one_cookie_of_base64url() {
        let cookie = cookie_of(10);
        let value = cookie.strip_prefix("sb-x-auth-token=base64-").unwrap();
        let body: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).unwrap()).unwrap();
        assert_eq!(
            (body["access_token"].as_str(), &body["user"]["name"]),
            (Some("tttttttttt"), &json!("Nuñez"))
        );
    }

    #[test]
    fn a_long_session_is_cut_into_numbered_cookies_of_3180_characters() {
        let cookie = cookie_of(5_000);
        let pieces: Vec<(&str, &str)> = cookie.split("; ").map(|one| one.split_once('=').unwrap()).collect();
        let names: Vec<&str> = pieces.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["sb-x-auth-token.0", "sb-x-auth-token.1", "sb-x-auth-token.2"]);
        assert!(pieces[..2].iter().all(|(_, value)| value.len() == COOKIE_CHARACTERS_MAX));
        assert!(pieces[0].1.starts_with(BASE64) && !pieces[1].1.starts_with(BASE64));
        let whole: String = pieces.iter().map(|(_, value)| *value).collect();
        let bytes = URL_SAFE_NO_PAD.decode(whole.strip_prefix(BASE64).unwrap()).unwrap();
        assert!(Session::read(&serde_json::from_slice(&bytes).unwrap()).is_some());
    }
}
