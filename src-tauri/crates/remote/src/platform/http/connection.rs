//! The one connection pool for all platforms.

use std::sync::OnceLock;

use crate::https::{self, causes};
use crate::platform::PlatformError;

/// One client for all platforms. What is on this computer is
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
    let builder = https::builder()?;
    let builder = if is_here { builder.no_proxy() } else { builder };
    builder.build().map_err(causes)
}
