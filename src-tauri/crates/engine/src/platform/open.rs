//! From stored settings to a client.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Platform, PlatformSettings};
use crate::failure::Failure;
use crate::secret::Secret;

/// A client for these settings. Nothing is contacted; a credential that is missing is refused by the first
/// call that needs it.
///
/// # Errors
/// `invalid_request` when a setting cannot be what it says.
pub fn open(
    settings: &PlatformSettings,
    credentials: &BTreeMap<String, Secret>,
) -> Result<Arc<dyn Platform>, Failure> {
    let _ = credentials;
    Err(Failure::invalid(format!("{} is not known yet", settings.kind.name()), "Choose another kind."))
}
