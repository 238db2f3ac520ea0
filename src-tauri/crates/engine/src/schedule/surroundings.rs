//! Power and network state for due runs. What cannot be determined is unknown, and unknown delays nothing.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod metered;

use async_trait::async_trait;

/// Where the power comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// A plug, or a battery that is charged.
    Mains,
    /// A battery that empties.
    Battery {
        /// What is left of it.
        percent: u8,
    },
    /// Nobody can tell.
    Unknown,
}

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Where the power comes from.
    pub power: Power,
    /// Whether the network is metered; absent if unknown.
    pub is_metered: Option<bool>,
    /// Whether there is a network at all; absent where nobody can tell.
    pub has_network: Option<bool>,
}

impl Seen {
    /// Nothing.
    pub const NOTHING: Self = Self { power: Power::Unknown, is_metered: None, has_network: None };
}

/// What can look around.
#[async_trait]
pub trait Surroundings: std::fmt::Debug + Send + Sync {
    /// Looks.
    async fn look(&self) -> Seen;
}

/// This computer. Linux reports power and network, and `NetworkManager` whether that is metered; other
/// systems are not queried yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThisComputer;

#[async_trait]
impl Surroundings for ThisComputer {
    #[cfg(target_os = "linux")]
    async fn look(&self) -> Seen {
        let is_metered = metered::look().await;
        Seen { is_metered, ..linux::look(std::path::Path::new("/")) }
    }

    #[cfg(not(target_os = "linux"))]
    async fn look(&self) -> Seen {
        Seen::NOTHING
    }
}
