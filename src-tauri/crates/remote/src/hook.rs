//! A call to an address of the user's own: a document posted to it, or the address asked.
//!
//! Straight to the address: no redirect is followed, no proxy is asked, and of the answer only its beginning is read.

use std::sync::OnceLock;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::https::{self, causes};

/// Of an answer so much is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

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
