//! The target of a channel, without its secrets: those are stored in the keychain, as one document per
//! channel.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use remote::hook;

/// Where a channel leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Target {
    /// The desktop of this computer; the window shows it.
    Desktop,
    /// Mailboxes, through a server that takes mail.
    Email(Email),
    /// An address that takes JSON.
    Webhook(Webhook),
    /// A chat of Telegram, through a bot.
    Telegram(Telegram),
    /// An address that misses us when we do not call.
    Heartbeat(Heartbeat),
}

/// How mail gets to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// In clear at first, then TLS; without it nothing is sent.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In clear; whoever is on the way reads it.
    Plain,
}

/// Mailboxes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: MailSecurity,
    /// The user name to sign in with; absent means anonymous.
    pub user: Option<String>,
    /// Who it is from.
    pub from: String,
    /// Whom it is to.
    pub to: Vec<String>,
}

/// In which form an address takes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStyle {
    /// Ours, signed.
    Json,
    /// Slack's.
    Slack,
    /// Discord's.
    Discord,
    /// That of Teams: an adaptive card.
    Teams,
}

/// An address that takes JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// In which form.
    pub style: WebhookStyle,
    /// Scheme, host and port of the address; the rest is a secret.
    pub place: String,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telegram {
    /// The chat's id, or the public name of a channel with its `@`.
    pub chat: String,
    /// Scheme, host and port of the API.
    pub base: String,
}

/// An address that misses us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Scheme, host and port of the address; the rest is a secret.
    pub place: String,
    /// The id of the project whose runs are told; absent means all.
    pub project_id: Option<String>,
}

impl Target {
    /// The word that is stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Email(_) => "email",
            Self::Webhook(_) => "webhook",
            Self::Telegram(_) => "telegram",
            Self::Heartbeat(_) => "heartbeat",
        }
    }

    /// Where it leads, for people, without a secret.
    pub fn place(&self) -> String {
        match self {
            Self::Desktop => "this computer".into(),
            Self::Email(email) => format!("{}:{}", email.host, email.port),
            Self::Webhook(Webhook { place, .. }) | Self::Heartbeat(Heartbeat { place, .. }) => place.clone(),
            Self::Telegram(telegram) => telegram.base.clone(),
        }
    }

    /// Whom its secrets were entered for: they go nowhere else.
    pub(crate) fn peer(&self) -> String {
        match self {
            Self::Desktop => String::new(),
            Self::Email(email) => {
                let user = email.user.as_deref().unwrap_or_default();
                format!("{user}@{}:{} {:?}", email.host, email.port, email.security)
            }
            Self::Webhook(_) | Self::Telegram(_) | Self::Heartbeat(_) => {
                format!("{} {}", self.kind(), self.place())
            }
        }
    }
}

/// What a channel keeps in the keychain, as one JSON document.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The address of a webhook or heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// What signs, or who we are: signing key, password, bot token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
}

impl Kept {
    pub(crate) fn secret(&self) -> Result<Secret, Failure> {
        serde_json::to_string(self)
            .map(Secret::new)
            .map_err(|_| Failure::invalid("a secret that cannot be written down", "Give it again."))
    }

    pub(crate) fn read(secret: &Secret) -> Result<Self, Failure> {
        serde_json::from_str(secret.expose()).map_err(|_| {
            Failure::new(
                Code::SecretMissing,
                "the stored secret of the channel cannot be read",
                "Enter it again.",
            )
        })
    }

    /// A text without anything of this that it may repeat.
    pub(crate) fn redact(&self, text: &str) -> String {
        hook::redacted(text, self.url.as_deref(), self.key.as_deref())
    }
}

/// Reads an address that is called: `https`, or `http` on this computer.
pub(crate) fn address(text: &str) -> Result<Url, Failure> {
    let wrong = |said: &str, hint: &str| Failure::invalid(said.to_owned(), hint.to_owned());
    let url = Url::parse(text.trim())
        .map_err(|_| wrong("the address is none", "Give it whole, as https://hooks.example/services/…."))?;
    let Some(host) = url.host() else {
        return Err(wrong("the address has no host", "Give it whole, as https://hooks.example/services/…."));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the address has a name or a password before its host", "Give one without."));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&host) => Ok(url),
        "http" => Err(wrong(
            "the address is not encrypted",
            "Give one that begins with https://; without encryption only this computer itself is called.",
        )),
        _ => Err(wrong("the address is neither http nor https", "Give one that begins with https://.")),
    }
}

/// Scheme, host and port of an address.
pub(crate) fn place_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => IpAddr::from(*ip).is_loopback(),
        Host::Ipv6(ip) => IpAddr::from(*ip).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_of_this_computer() {
        for (text, is_taken) in [
            ("https://hooks.example/services/T0/B0/x", true),
            ("http://127.0.0.1:8080/hook", true),
            ("http://[::1]/hook", true),
            ("http://localhost/hook", true),
            ("http://hooks.example/services", false),
            ("http://localhost.example/", false),
            ("https://me:word@hooks.example/", false),
            ("ftp://hooks.example/", false),
            ("hooks.example", false),
        ] {
            assert_eq!(address(text).is_ok(), is_taken, "{text}");
        }
    }

    #[test]
    fn nothing_of_an_address_or_a_key_is_repeated() {
        let kept = Kept {
            url: Some("https://hooks.example/services/T00000000/B00000001secret?token=abcdefgh1234".into()),
            key: Some("the signing key".into()),
        };
        let said = "no team T00000000, /services/T00000000/B00000001secret?token=abcdefgh1234, B00000001secret, abcdefgh1234, the signing key";
        assert_eq!(kept.redact(said), "no team ****, ****, ****, ****, ****");
    }
}
