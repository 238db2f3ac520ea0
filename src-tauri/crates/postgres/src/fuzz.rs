//! A door for the fuzz targets alone. It panics when something does not hold.

use crate::connection::end_point_digest;

/// A server's certificate, of which the binding of the sign-in needs the kind of signature.
pub fn certificate(der: &[u8]) {
    let digest = end_point_digest(der);
    // SHA-256, SHA-384 or SHA-512.
    assert!(digest.is_none_or(|digest| [32, 48, 64].contains(&digest.len())));
}
