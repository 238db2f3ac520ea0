//! Keys of Supabase: JSON web tokens, signed with the project's secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::platforms::answer::now_ms;

/// A key of a role that runs out after so many seconds.
pub(super) fn key_of(secret: &str, role: &str, seconds: i64) -> String {
    let ends = i64::try_from(now_ms() / 1000).unwrap() + seconds;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let text = format!("{head}.{}", part(json!({ "role": role, "iss": "supabase", "exp": ends })));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
}

/// Whose key it is.
pub(super) fn role_of(secret: &str, key: &str) -> Result<String, &'static str> {
    let (text, tag) = key.rsplit_once('.').ok_or("jwt malformed")?;
    let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| "jwt malformed")?;
    let of = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&of, text.as_bytes(), &tag).map_err(|_| "signature verification failed")?;
    let claims = text.split_once('.').and_then(|(_, claims)| URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Value =
        claims.and_then(|claims| serde_json::from_slice(&claims).ok()).ok_or("jwt malformed")?;
    if claims["exp"].as_i64().unwrap_or(0) < i64::try_from(now_ms() / 1000).unwrap() {
        return Err("jwt expired");
    }
    Ok(claims["role"].as_str().unwrap_or("anon").to_owned())
}
