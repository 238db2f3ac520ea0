//! One door for each parser of foreign bytes that the crate does not show otherwise.
//!
//! For the fuzz targets alone; not a part of the crate's interface. A door panics when something
//! does not hold; that the input is refused is always right.

pub use crate::bundle::doors::{
    encrypted as bundle_encrypted, inspected as bundle_inspected, snapshot as bundle_redis, tar as bundle_tar,
};
pub use crate::secret::fuzz_sealed as sealed_secrets;
use crate::source::postgres::connection::end_point_digest;
pub use crate::transfer::fuzz_journal as transfer_journal;

/// A server's certificate, of which the binding of the sign-in needs the kind of signature.
pub fn certificate(der: &[u8]) {
    let digest = end_point_digest(der);
    // SHA-256, SHA-384 or SHA-512.
    assert!(digest.is_none_or(|digest| [32, 48, 64].contains(&digest.len())));
}
