//! How a project on a platform is reached; without credentials, which the keychain keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PlatformKind;

/// One form for all platforms, so that it can be stored, shown and typed in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformSettings {
    /// Which platform.
    pub kind: PlatformKind,
    /// Where its API is.
    pub address: String,
    /// The project or organisation there.
    pub reference: String,
    /// Who signs in, where it is an account and not a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What only this kind needs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, String>,
}

impl PlatformSettings {
    /// The setting that says how many rows the platform's API gives at once.
    pub const ROWS_MAX: &'static str = "max_rows";

    /// How many rows the platform's API gives at once, where somebody said so.
    pub fn rows_max(&self) -> Option<u64> {
        self.more.get(Self::ROWS_MAX)?.trim().parse().ok().filter(|rows| *rows > 0)
    }

    /// Host and port, for sentences.
    pub fn place(&self) -> String {
        let url = url::Url::parse(&self.address).ok();
        let host = url.as_ref().and_then(|url| Some((url.host_str()?.to_owned(), url.port())));
        match host {
            Some((host, Some(port))) => format!("{host}:{port}"),
            Some((host, None)) => host,
            None => self.address.clone(),
        }
    }
}
