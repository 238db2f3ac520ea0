//! The auth server, and who a call comes from: by cookie as `@supabase/ssr` writes it, or by token.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{Role, Shared, User};
use crate::platforms::answer::{Refusal, now_ms};

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) email: String,
    pub(super) refresh: String,
    ends_ms: u64,
    calls: u32,
}

impl Shared {
    /// A new session, as the auth server answers it.
    pub(super) fn new_session(&self, user: &User) -> Value {
        let token = format!("access-{}", uuid::Uuid::new_v4());
        let refresh = format!("refresh-{}", uuid::Uuid::new_v4());
        let lifetime = self.options.session_lifetime;
        let ends_ms = now_ms() + u64::try_from(lifetime.as_millis()).unwrap();
        let session = Session { email: user.email.clone(), refresh: refresh.clone(), ends_ms, calls: 0 };
        self.sessions().insert(token.clone(), session);
        json!({
            "access_token": token, "token_type": "bearer", "expires_in": lifetime.as_secs(),
            "expires_at": ends_ms / 1000, "refresh_token": refresh,
            "user": {
                "id": user.email, "email": user.email, "role": "authenticated",
                "user_metadata": { "about": "ñ".repeat(self.options.profile_characters) },
            },
        })
    }

    /// A new session for a refresh token, which is void then.
    pub(super) fn renew(&self, refresh: &str) -> Option<Value> {
        if self.misbehaviour().refuses_refresh {
            return None;
        }
        let (token, email) = {
            let sessions = self.sessions();
            let known = sessions.iter().find(|(_, session)| session.refresh == refresh)?;
            (known.0.clone(), known.1.email.clone())
        };
        self.sessions().remove(&token);
        let user = self.options.users.iter().find(|user| user.email == email)?;
        Some(self.new_session(user))
    }

    /// Who calls.
    pub(super) fn user(&self, headers: &HeaderMap) -> Option<User> {
        let token = bearer(headers).or_else(|| cookie(headers))?;
        let limit = self.misbehaviour().calls_per_session;
        let mut sessions = self.sessions();
        let session = sessions.get_mut(&token)?;
        session.calls += 1;
        if session.ends_ms <= now_ms() || limit.is_some_and(|limit| session.calls > limit) {
            return None;
        }
        self.options.users.iter().find(|user| user.email == session.email).cloned()
    }

    /// An administrator: 401 where nobody is signed in, 403 where it is somebody else.
    pub(super) fn admin(&self, headers: &HeaderMap) -> Result<User, Refusal> {
        let user = self.user(headers).ok_or_else(|| Refusal::new(401, "No autorizado"))?;
        let refusal = || Refusal::new(403, "Acceso denegado: se requiere rol de administrador");
        (user.role != Role::Employee).then_some(user).ok_or_else(refusal)
    }

    /// Root, dev or `super_admin`: 403 for everybody else, signed in or not.
    pub(super) fn root(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let is_root = self.user(headers).is_some_and(|user| user.role == Role::Root);
        is_root.then_some(()).ok_or_else(|| Refusal::new(403, "No autorizado"))
    }

    /// A session that the middleware renewed, as cookies.
    pub(super) fn renewed_cookies(&self, headers: &HeaderMap) -> Vec<String> {
        let refresh = cookie(headers)
            .and_then(|token| self.sessions().get(&token).map(|session| session.refresh.clone()));
        let Some(session) = refresh.and_then(|refresh| self.renew(&refresh)) else { return Vec::new() };
        let value = format!("base64-{}", base64url(session.to_string().as_bytes()));
        let pieces: Vec<&[u8]> = value.as_bytes().chunks(3180).collect();
        let is_one = pieces.len() == 1;
        let cookies = pieces.into_iter().enumerate().map(|(number, piece)| {
            let name = if is_one { COOKIE.to_owned() } else { format!("{COOKIE}.{number}") };
            format!("{name}={}; Path=/; SameSite=Lax", String::from_utf8_lossy(piece))
        });
        cookies.collect()
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?.to_owned())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::COOKIE)?.to_str().ok()?;
    let cookies: BTreeMap<&str, &str> = text.split("; ").filter_map(|one| one.split_once('=')).collect();
    let whole = match cookies.get(COOKIE) {
        Some(whole) => (*whole).to_owned(),
        None => {
            (0..).map_while(|number| cookies.get(format!("{COOKIE}.{number}").as_str()).copied()).collect()
        }
    };
    let session: Value = serde_json::from_slice(&from_base64url(whole.strip_prefix("base64-")?)?).ok()?;
    Some(session["access_token"].as_str()?.to_owned())
}

/// By the first label of the auth server's host, which is 127.0.0.1 here.
const COOKIE: &str = "sb-127-auth-token";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(bytes: &[u8]) -> String {
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let bits =
            piece.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - piece.len()));
        for place in 0..=piece.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for piece in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for letter in piece {
            bits = bits << 6 | u32::try_from(ALPHABET.iter().position(|known| known == letter)?).ok()?;
        }
        let whole = (bits << (6 * (4 - piece.len()))).to_be_bytes();
        bytes.extend_from_slice(&whole[1..piece.len()]);
    }
    Some(bytes)
}
