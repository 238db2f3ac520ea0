//! HTTPS to others: TLS by the system's authorities, no redirects, and words for what failed.

use std::time::Duration;

use base::words::full_text;

use crate::trust;

/// An address that takes no connection in this time takes none.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// What every client begins with. Redirects are never followed on their own: they would carry secrets along.
///
/// # Errors
/// TLS cannot be set up on this computer; in words.
pub(crate) fn builder() -> Result<reqwest::ClientBuilder, String> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(trust::client()?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION"))))
}

/// Why a call did not work, without the address, which may hold a secret.
pub(crate) fn causes(error: reqwest::Error) -> String {
    full_text(&error.without_url())
}
