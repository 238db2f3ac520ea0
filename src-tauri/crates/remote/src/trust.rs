//! Whom TLS trusts: the authorities of this system.

use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// What a client that speaks TLS begins with. The system's authorities are read once.
///
/// # Errors
/// TLS cannot be set up on this computer; in words.
pub fn client() -> Result<ClientConfig, String> {
    static CLIENT: OnceLock<Result<ClientConfig, String>> = OnceLock::new();
    CLIENT.get_or_init(build).clone()
}

fn build() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
