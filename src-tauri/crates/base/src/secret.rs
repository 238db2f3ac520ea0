//! Secrets: a type that cannot be printed, and the places where secrets rest.
//!
//! There are two places: the keychain of the operating system, and a file sealed with a passphrase
//! for machines without one. There is no third, and no fallback from one to the other.

mod error;
mod failure;
mod keychain;
mod sealed;
mod store;
mod text;

pub use error::SecretError;
pub use sealed::Derivation;
#[cfg(feature = "fuzz")]
pub use sealed::fuzz as fuzz_sealed;
pub use store::{Absent, Place, Secrets, SecretsPlace, SecretsState, seal};
pub use text::Secret;
