//! Where a storage service is.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::bucket::BucketError;

/// Where the service is at a Supabase project.
const USUAL_PATH: &str = "/storage/v1";

/// A storage service, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAddress {
    /// Its base, without a slash at the end: `https://REF.supabase.co/storage/v1`.
    pub url: String,
}

impl StorageAddress {
    /// The service at a URL; that of a project itself has it at the usual path.
    ///
    /// # Errors
    /// `ServiceAddress`: it is no URL of HTTP, holds an account, or would show its key to everyone on the way.
    pub fn parse(text: &str) -> Result<Self, BucketError> {
        let wrong = |why: &str| BucketError::ServiceAddress(format!("{text:?} {why}"));
        let url: Url =
            text.trim().parse().map_err(|error| wrong(&format!("is no address of a service: {error}")))?;
        if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
            return Err(wrong("is no address of a service: it begins with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BucketError::ServiceAddress(
                "the address of the service has an account in it".into(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has more than the address of a service"));
        }
        let address = Self { url: url.as_str().trim_end_matches('/').to_owned() };
        if url.scheme() == "http" && !address.is_near() {
            return Err(wrong("would show the key to everyone on the way: it begins with http://"));
        }
        Ok(match url.path() {
            "" | "/" => Self { url: format!("{}{USUAL_PATH}", address.url) },
            _ => address,
        })
    }

    /// Host and port.
    pub fn target(&self) -> Option<(String, u16)> {
        let url: Url = self.url.parse().ok()?;
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Some((host, url.port_or_known_default()?))
    }

    /// Whether only computers of its own network see it: by an address of one, or a name that no other network knows.
    pub fn is_near(&self) -> bool {
        let Ok(url) = self.url.parse::<Url>() else { return false };
        match url.host() {
            Some(Host::Ipv4(address)) => {
                address.is_loopback() || address.is_private() || address.is_link_local()
            }
            Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
            Some(Host::Domain(name)) => {
                let own = [".local", ".lan", ".internal", ".localhost", ".home.arpa"];
                !name.contains('.') || own.iter().any(|end| name.ends_with(end))
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_of_a_project_is_at_its_usual_path_and_no_key_is_sent_in_the_open() {
        let url = |text: &str| StorageAddress::parse(text).map(|address| address.url);
        assert_eq!(url("https://abc.supabase.co/").unwrap(), "https://abc.supabase.co/storage/v1");
        assert_eq!(url(" https://shop.example/files/v1/ ").unwrap(), "https://shop.example/files/v1");
        assert_eq!(url("http://127.0.0.1:8000").unwrap(), "http://127.0.0.1:8000/storage/v1");
        assert_eq!(url("http://kong:8000").unwrap(), "http://kong:8000/storage/v1");
        for refused in [
            "http://shop.example",
            "ftp://shop.example",
            "https://user:word@shop.example",
            "https://shop.example/?key=1",
            "shop.example",
        ] {
            assert!(url(refused).is_err(), "{refused}");
        }
        let refused = url("https://user:word@shop.example").unwrap_err().to_string();
        assert!(!refused.contains("word"), "{refused}");
    }
}
