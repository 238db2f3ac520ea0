//! The one connection pool for all platforms: TLS by the system's authorities, no redirects.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::words::causes;
use crate::platform::PlatformError;

/// An address that takes no connection in this time takes none.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// One client for all platforms: the system's authorities are read once. What is on this computer is
/// never reached through a proxy, which would see the token.
pub(super) fn client(is_here: bool) -> Result<&'static reqwest::Client, PlatformError> {
    static FAR: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    static HERE: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    let client = if is_here { &HERE } else { &FAR };
    client
        .get_or_init(|| build(is_here))
        .as_ref()
        .map_err(|what| PlatformError::Unreachable { place: "the network".to_owned(), what: what.clone() })
}

fn build(is_here: bool) -> Result<reqwest::Client, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
    let builder = if is_here { builder.no_proxy() } else { builder };
    builder.build().map_err(causes)
}
