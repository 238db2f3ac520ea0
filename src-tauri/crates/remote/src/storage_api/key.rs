//! What a key of Supabase tells about itself, before it is sent anywhere.

use base::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Whether a key sees everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// It does: policies do not hold for it.
    Service,
    /// It is of this role, which sees what policies show it.
    Small(String),
    /// It does not tell.
    Unknown,
}

#[derive(Deserialize)]
struct Claims {
    role: Option<String>,
}

/// What a key tells. Whether it is genuine, only the service knows.
pub(super) fn kind_of(key: &Secret) -> Kind {
    let text = key.expose();
    if text.starts_with("sb_secret_") {
        return Kind::Service;
    }
    if text.starts_with("sb_publishable_") {
        return Kind::Small("anon".into());
    }
    let claims = text.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let role = claims.and_then(|claims| serde_json::from_slice::<Claims>(&claims).ok()?.role);
    match role.as_deref() {
        Some("service_role" | "supabase_admin") => Kind::Service,
        Some(other) => Kind::Small(other.to_owned()),
        None => Kind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_sees_only_what_policies_show_is_known_before_it_is_used() {
        let token = |role: &str| {
            let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"role":"{role}","iss":"supabase"}}"#));
            kind_of(&Secret::new(format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")))
        };
        assert_eq!(token("service_role"), Kind::Service);
        assert_eq!(token("anon"), Kind::Small("anon".into()));
        assert_eq!(token("reporting"), Kind::Small("reporting".into()));
        let plain = |key: &str| kind_of(&Secret::new(key));
        assert_eq!(plain("sb_secret_abc"), Kind::Service);
        assert_eq!(plain("sb_publishable_abc"), Kind::Small("anon".into()));
        assert_eq!((plain(""), plain("a.b.c"), plain("....")), (Kind::Unknown, Kind::Unknown, Kind::Unknown));
    }
}
