//! The HTTP client of downloads: no redirects of its own, no decoding, nothing but TLS that verifies.

use std::error::Error as _;
use std::time::Duration;

use super::TransferError;
use super::error::Fault;
use crate::https::{self, causes};

/// Connections of a segment are used for the next one at once, or not at all.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// A client without any connection yet.
pub(super) fn client() -> Result<reqwest::Client, TransferError> {
    let no_client = |what: String| TransferError::NoClient { what };
    https::builder()
        .map_err(no_client)?
        .pool_idle_timeout(POOL_IDLE)
        .no_gzip()
        .build()
        .map_err(|error| no_client(causes(error)))
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
