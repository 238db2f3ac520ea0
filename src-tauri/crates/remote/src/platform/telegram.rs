//! Telegram's Bot API: files fetched by their id, documents sent, messages deleted; and, on top of it, a
//! store for portable bundles.
//!
//! The bot's token stands in every address: no address is printed, logged or quoted.
//! Source: Telegram docs, "Bot API", `getFile`, `sendDocument`, `deleteMessage`, "Using a Local Bot API Server".

use camino::Utf8PathBuf;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use zeroize::Zeroizing;

mod error;
mod fetch;
mod key;
mod manifest;
mod part;
mod reader;
mod send;
mod store;

pub use error::StoreError;
pub use fetch::BotFile;
pub use key::StoreKey;
pub use manifest::FORMAT as MANIFEST_FORMAT;
pub use manifest::{Manifest, Part};
pub use send::{Document, Sent};
pub use store::MANIFEST_BYTES_MAX;
pub use store::{Deleted, PortableStore, Receipt, Told};

use super::PlatformError;
use super::http::{Call, Http, WAIT_MAX, shortened};
use crate::transfer::Link;
use base::secret::Secret;

/// Telegram's own server.
pub const PUBLIC_BASE: &str = "https://api.telegram.org";
/// What the public server lets a bot fetch.
const PUBLIC_FETCH_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// What the public server takes from a bot.
const PUBLIC_SEND_BYTES_MAX: u64 = 50_000_000;
/// What a local server takes and gives.
const LOCAL_BYTES_MAX: u64 = 2_000_000_000;
/// A file's address works for an hour; it is renewed a little before.
const LINK_LIFE: SignedDuration = SignedDuration::from_mins(55);

/// Which of the two servers it is: they differ in limits, and in where files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotServer {
    /// Telegram's own: 50 MB up, 20 MiB down.
    Public,
    /// One that runs elsewhere: 2000 MB, files as paths on its disk.
    Local {
        /// Where its files are seen from here; paths elsewhere are refused.
        folder: Utf8PathBuf,
    },
}

/// How a bot is reached.
#[derive(Debug, Clone)]
pub struct BotSettings {
    /// Address of the server, without the token.
    pub base: String,
    /// The bot's token.
    pub token: Secret,
    /// Which kind of server it is.
    pub server: BotServer,
}

/// A bot.
#[derive(Debug, Clone)]
pub struct Bot {
    http: Http,
    token: Secret,
    server: BotServer,
}

/// Where a file is.
#[derive(Debug, Clone)]
pub enum Located {
    /// At an address, for an hour.
    Link(Link),
    /// On this computer's disk.
    Here(Utf8PathBuf),
}

impl Bot {
    /// A bot with this token, at this server.
    ///
    /// # Errors
    /// When the address is none, or the token has characters that no token has.
    pub fn new(settings: &BotSettings) -> Result<Self, PlatformError> {
        let http = Http::new(&settings.base)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_');
        if settings.token.is_empty() || !settings.token.expose().chars().all(allowed) {
            let said = "what was entered is no bot token: digits, a colon, letters".to_owned();
            return Err(PlatformError::NotSignedIn { place: http.place().to_owned(), said });
        }
        Ok(Self { http, token: settings.token.clone(), server: settings.server.clone() })
    }

    /// How many bytes a file may have to be fetched from here.
    pub fn fetch_bytes_max(&self) -> u64 {
        if self.server == BotServer::Public { PUBLIC_FETCH_BYTES_MAX } else { LOCAL_BYTES_MAX }
    }

    /// How many bytes a document may have to be sent from here.
    pub fn send_bytes_max(&self) -> u64 {
        if self.server == BotServer::Public { PUBLIC_SEND_BYTES_MAX } else { LOCAL_BYTES_MAX }
    }

    /// The bot's number: the part of its token that everybody may know.
    pub fn number(&self) -> Option<&str> {
        let (number, _) = self.token.expose().split_once(':')?;
        Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The bot's name: whether the token is good.
    ///
    /// # Errors
    /// `NotSignedIn` when the token is not.
    pub async fn name(&self) -> Result<String, PlatformError> {
        let result = self.ask(Method::GET, "getMe", "say the bot's name", None).await?;
        Ok(result["username"].as_str().or(result["first_name"].as_str()).unwrap_or("a bot").to_owned())
    }

    /// Where a file is now. A `file_id` belongs to the bot that got it.
    ///
    /// # Errors
    /// When Telegram does not give it, or it is on a disk that is not seen from here.
    pub async fn locate(&self, file_id: &str) -> Result<Located, PlatformError> {
        let result =
            self.ask(Method::POST, "getFile", "find the file", Some(json!({ "file_id": file_id }))).await?;
        let bytes = number(&result["file_size"]);
        let Some(path) = result["file_path"].as_str().filter(|path| !path.is_empty()) else {
            return Err(self.http.odd("a file without a path"));
        };
        if std::path::Path::new(path).is_absolute() || path.starts_with('/') {
            return self.on_disk(path).map(Located::Here);
        }
        let mut url = self.http.base().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("file").push(&self.segment()).extend(path.split('/'));
        }
        let expires_at = Timestamp::now().checked_add(LINK_LIFE).ok();
        Ok(Located::Link(Link { url: Secret::new(url.as_str()), headers: Vec::new(), expires_at, bytes }))
    }

    /// Deletes a message; one that is not there any more is deleted. Telegram lets a bot do so for 48 hours in some
    /// chats.
    ///
    /// # Errors
    /// When Telegram refuses it.
    pub async fn delete(&self, chat: &str, message: i64) -> Result<(), PlatformError> {
        let body = json!({ "chat_id": chat, "message_id": message });
        let result = match self.ask(Method::POST, "deleteMessage", "delete the message", Some(body)).await {
            // Its own words; there is no code for it.
            Err(PlatformError::Failed { said, .. }) if said.contains("message to delete not found") => {
                return Ok(());
            }
            result => result?,
        };
        if result == Value::Bool(true) {
            return Ok(());
        }
        Err(self.http.odd("no word that the message was deleted"))
    }

    /// A path of a local server, if it may be read from here. The path holds the token: it is not quoted.
    fn on_disk(&self, path: &str) -> Result<Utf8PathBuf, PlatformError> {
        let refused = |said: &str| PlatformError::Failed {
            place: self.http.place().to_owned(),
            doing: "give the file".to_owned(),
            said: said.to_owned(),
            may_work_now: false,
        };
        let BotServer::Local { folder } = &self.server else {
            return Err(refused(
                "it answers with a path on its own disk: it is a local server, set it up as one",
            ));
        };
        let folder = folder
            .canonicalize_utf8()
            .map_err(|_| refused("the folder of its files that was entered is not on this computer"))?;
        let file = Utf8PathBuf::from(path)
            .canonicalize_utf8()
            .map_err(|_| refused("it keeps the file on a disk that is not seen from this computer"))?;
        // A local server keeps each bot's files in a folder that has the token's name, where `:` may be `~`. Whoever
        // enters the folder and the server's address does not get at other files of this computer by it.
        let token = self.token.expose();
        let own = [folder.join(token), folder.join(token.replace(':', "~"))];
        if !own.iter().any(|own| file.starts_with(own)) {
            return Err(refused("it names a file outside of the folder of its files that was entered"));
        }
        std::fs::File::open(&file)
            .map_err(|_| refused("its file is on this computer, but may not be read"))?;
        Ok(file)
    }

    /// The part of an address that holds the token.
    fn segment(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("bot{}", self.token.expose()))
    }

    async fn ask(
        &self,
        method: Method,
        name: &str,
        doing: &str,
        body: Option<Value>,
    ) -> Result<Value, PlatformError> {
        let segment = self.segment();
        let segments = [segment.as_str(), name];
        let mut call = Call::new(method, &segments, doing);
        if let Some(body) = body {
            call = call.json(body);
        }
        // Asking where a file is, and deleting what is deleted already, change nothing the second time.
        let answer = self.http.call(&call.may_repeat()).await?;
        self.decided(doing, answer.status, &answer.body)
    }

    /// The verdict is in the body.
    fn decided(&self, doing: &str, status: StatusCode, body: &Value) -> Result<Value, PlatformError> {
        if body["ok"] == Value::Bool(true) {
            return Ok(body["result"].clone());
        }
        let place = self.http.place().to_owned();
        let said = body["description"].as_str().map_or_else(
            || format!("status {}", status.as_u16()),
            // It may repeat what was sent.
            |said| shortened(&without_tokens(&said.replace(self.token.expose(), "****"))),
        );
        let code = body["error_code"].as_u64().unwrap_or_else(|| u64::from(status.as_u16()));
        Err(match code {
            // A token that it does not know is an address that it does not know.
            401 | 404 => PlatformError::NotSignedIn { place, said },
            403 => PlatformError::Forbidden { place, said },
            429 => {
                let wait = body["parameters"]["retry_after"].as_u64();
                PlatformError::TooMany { place, wait: wait.map_or(WAIT_MAX, std::time::Duration::from_secs) }
            }
            _ => PlatformError::Failed { place, doing: doing.to_owned(), said, may_work_now: code >= 500 },
        })
    }
}

/// A count, also where it came as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The text with every bot's token in it made unreadable: platforms quote addresses that hold theirs.
pub(super) fn without_tokens(text: &str) -> String {
    let (mut clean, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("bot") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        rest = after;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Some(token) = rest[digits..].strip_prefix(':').filter(|_| digits > 0) else { continue };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        rest = token.trim_start_matches(allowed);
        clean.push_str("****");
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::without_tokens;

    #[test]
    fn every_bot_s_token_in_a_text_is_made_unreadable() {
        let text =
            "GET https://api.telegram.org/bot123456:AAE-x_y/getFile and /file/bot9:Z failed for the robot: 5";
        let clean = without_tokens(text);
        assert_eq!(
            clean,
            "GET https://api.telegram.org/bot****/getFile and /file/bot**** failed for the robot: 5"
        );
        assert_eq!(without_tokens("no such thing"), "no such thing");
    }
}
