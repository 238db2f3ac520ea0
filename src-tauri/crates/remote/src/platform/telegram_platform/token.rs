//! What a JSON web token says of itself. Read, not verified: that is the server's business.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use base::secret::Secret;

/// A token's claims, as far as they matter here; empty for a token of another kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// The project that it is for.
    pub(super) project: Option<String>,
    /// When it runs out.
    pub(super) expires_at: Option<Timestamp>,
    /// What it may do, where it says.
    pub(super) scopes: Option<Vec<String>>,
    /// Whose it is.
    pub(super) name: Option<String>,
}

impl Claims {
    pub(super) fn read(token: &Secret) -> Self {
        let payload = token.expose().trim().split('.').nth(1).unwrap_or_default().trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = |name: &str| claims[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let seconds = claims["exp"].as_i64().or_else(|| claims["exp"].as_str()?.parse().ok());
        Self {
            project: text("project_id"),
            expires_at: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            scopes: ["scopes", "scope"].into_iter().find_map(|name| scopes(&claims[name])),
            name: text("email").or_else(|| text("sub")),
        }
    }
}

/// A list, or words with spaces between them.
fn scopes(value: &Value) -> Option<Vec<String>> {
    if let Some(text) = value.as_str() {
        return Some(text.split_whitespace().map(str::to_owned).collect());
    }
    let list = value.as_array()?;
    Some(list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &Value) -> Secret {
        Secret::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string())))
    }

    #[test]
    fn a_token_s_claims_are_read_whichever_way_scopes_are_written() {
        let claims =
            serde_json::json!({ "project_id": "shop", "exp": 60, "scope": "backup:read backup:write" });
        let read = Claims::read(&token(&claims));
        assert_eq!(read.project.as_deref(), Some("shop"));
        assert_eq!(read.expires_at, Timestamp::from_second(60).ok());
        assert_eq!(read.scopes.unwrap(), ["backup:read", "backup:write"]);
        let listed = serde_json::json!({ "scopes": ["backup:read"], "exp": "60" });
        assert_eq!(Claims::read(&token(&listed)).scopes.unwrap(), ["backup:read"]);
        assert_eq!(Claims::read(&Secret::new("opaque")), Claims::default());
    }
}
