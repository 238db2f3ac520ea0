//! The HTTP client of downloads: no redirects of its own, no decoding, nothing but TLS that verifies.

use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::TransferError;
use super::error::Fault;

/// An address that takes no connection in this time takes none.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// Connections of a segment are used for the next one at once, or not at all.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// A client without any connection yet.
pub(super) fn client() -> Result<reqwest::Client, TransferError> {
    // The system's authorities are read once.
    static TLS: OnceLock<Result<ClientConfig, String>> = OnceLock::new();
    let no_client = |what: String| TransferError::NoClient { what };
    let tls = TLS.get_or_init(tls).clone().map_err(no_client)?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(POOL_IDLE)
        .no_gzip()
        .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| no_client(causes(error)))
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

/// Why a request did not work: a certificate that is not trusted does not get better by waiting.
pub(super) fn fault(error: reqwest::Error) -> Fault {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(tls @ rustls::Error::InvalidCertificate(_)) = tls_error(inner) {
            return TransferError::Untrusted { what: tls.to_string() }.into();
        }
        cause = inner.source();
    }
    if error.is_builder() {
        return Fault::odd("the link is no web address");
    }
    Fault::passing(causes(error))
}

/// A TLS error may be wrapped into an I/O error, which does not give it as its source.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let inside = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
    error.downcast_ref().or_else(|| inside.and_then(|error| error.downcast_ref()))
}

/// All causes in one line, without the address, which is a secret.
fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}
