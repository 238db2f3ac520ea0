//! HTTPS to others: TLS by the system's authorities, no redirects, and words for what failed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use base::words::full_text;

/// An address that takes no connection in this time takes none.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// What every client begins with. Redirects are never followed on their own: they would carry secrets along.
///
/// # Errors
/// TLS cannot be set up on this computer; in words.
pub(crate) fn builder() -> Result<reqwest::ClientBuilder, String> {
    // The system's authorities are read once.
    static TLS: OnceLock<Result<ClientConfig, String>> = OnceLock::new();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(TLS.get_or_init(tls).clone()?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION"))))
}

fn tls() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Why a call did not work, without the address, which may hold a secret.
pub(crate) fn causes(error: reqwest::Error) -> String {
    full_text(&error.without_url())
}
