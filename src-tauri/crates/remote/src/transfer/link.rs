//! A link to bytes on a server, and where the next one comes from when it runs out.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use base::failure::Failure;
use base::secret::Secret;

/// One link. Its address may itself be the secret (signed links, a bot's token in the path), so that it
/// prints as `****`, and is never stored.
#[derive(Clone)]
pub struct Link {
    /// The address.
    pub url: Secret,
    /// Headers to send with it, to this host alone: names, and values that do not print.
    pub headers: Vec<(String, Secret)>,
    /// When it stops to work, where the server says.
    pub expires_at: Option<Timestamp>,
    /// How many bytes there should be, where the server says.
    pub bytes: Option<u64>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("expires_at", &self.expires_at)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// Where links to one file come from. Asked once at the beginning, and again whenever a link ran out.
#[async_trait]
pub trait Links: Send + Sync + fmt::Debug {
    /// A link that works now.
    ///
    /// # Errors
    /// Why there is none: the failure of the download.
    async fn link(&self) -> Result<Link, Failure>;
}
