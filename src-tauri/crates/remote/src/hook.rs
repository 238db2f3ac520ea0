//! A call to an address of the user's own: a document posted to it, or the address asked.
//!
//! Straight to the address: no redirect is followed, no proxy is asked, and of the answer only its beginning is read.

use std::sync::OnceLock;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use url::Url;

use crate::https::{self, causes};

/// Of an answer so much is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Shorter parts of an address are words like `api`, and no secrets; the same of other texts is there by chance.
const SECRET_PART_BYTES_MIN: usize = 8;

/// What is called, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The address.
    pub url: &'a str,
    /// JSON that is posted; without it the address is asked with GET.
    pub json: Option<&'a [u8]>,
    /// A header of its own, whose value no log shows.
    pub header: Option<(&'a str, &'a str)>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The beginning of its body.
    pub beginning: String,
}

impl Answer {
    /// Whether the call did what it should.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it names another address, which is not called.
    pub fn is_redirection(&self) -> bool {
        (300..400).contains(&self.status)
    }

    /// Whether the same call may do better later: a server's own error, a limit, a time that ran out.
    pub fn may_change(&self) -> bool {
        self.status >= 500 || [408, 429].contains(&self.status)
    }
}

/// Whether a header can have this name.
pub fn is_header_name(name: &str) -> bool {
    HeaderName::from_bytes(name.as_bytes()).is_ok()
}

/// Whether a header can have this value.
pub fn is_header_value(value: &str) -> bool {
    HeaderValue::from_str(value).is_ok()
}

/// A text without secrets that it may repeat, and without anything of an address but its place: paths and queries of
/// hooks often hold a token. The longest go first, so that none is left in part.
pub fn redacted<'a>(text: &str, address: Option<&str>, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut parts: Vec<String> = secrets.into_iter().map(str::to_owned).collect();
    match address.map(|address| (address, Url::parse(address))) {
        Some((_, Ok(url))) => {
            parts.push(url[url::Position::BeforePath..].to_owned());
            // Servers repeat the path of what they do not know, without its query.
            parts.push(url.path().to_owned());
            parts.extend(url.query().map(str::to_owned));
            parts.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
            parts.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        }
        Some((unread, Err(_))) => parts.push(unread.to_owned()),
        None => {}
    }
    parts.retain(|part| part.len() >= SECRET_PART_BYTES_MIN);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.iter().fold(text.to_owned(), |text, part| text.replace(part.as_str(), "****"))
}

/// Calls it. Whoever waits sets the limit.
///
/// # Errors
/// In words, without the address: it could not be reached, or the header is none.
pub async fn call(call: Call<'_>) -> Result<Answer, String> {
    let client = client()?;
    let mut request = match call.json {
        Some(json) => client.post(call.url).header(CONTENT_TYPE, "application/json").body(json.to_owned()),
        None => client.get(call.url),
    };
    if let Some((name, value)) = call.header {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| "the value of its header is none that a header can hold".to_owned())?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let mut answer = request.send().await.map_err(causes)?;
    let mut read = Vec::new();
    // What cannot be read of an answer changes nothing about its status.
    while let Ok(Some(piece)) = answer.chunk().await {
        let room = ANSWER_BYTES_MAX - read.len();
        read.extend_from_slice(&piece[..piece.len().min(room)]);
        if read.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok(Answer { status: answer.status().as_u16(), beginning: String::from_utf8_lossy(&read).into_owned() })
}

/// One client for all calls.
fn client() -> Result<&'static reqwest::Client, String> {
    static CLIENT: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    let build = || https::builder()?.no_proxy().pool_max_idle_per_host(0).build().map_err(causes);
    CLIENT.get_or_init(build).as_ref().map_err(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_an_address_is_repeated_but_its_place_and_no_secret_in_part() {
        let address = Some("https://hooks.example/services/T00000000/B00000001secret?token=abcdefgh1234");
        let said = "no team T00000000, /services/T00000000/B00000001secret?token=abcdefgh1234, B00000001secret, abcdefgh1234";
        assert_eq!(redacted(said, address, []), "no team ****, ****, ****, ****");
        let said = "not T00000000-and-more, T00000000";
        assert_eq!(redacted(said, address, ["T00000000-and-more"]), "not ****, ****");
        // A token may be short, and the path is said without its query.
        let address = Some("https://hooks.example/hooks/t0ken?k=1");
        let said = "Cannot POST /hooks/t0ken, https://hooks.example/hooks/t0ken?k=1";
        assert_eq!(redacted(said, address, []), "Cannot POST ****, https://hooks.example****");
        assert_eq!(redacted("the api said no", Some("https://hooks.example/api"), []), "the api said no");
    }
}
