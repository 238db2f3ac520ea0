//! Calls to webhooks, chats and heartbeats: straight to the address, no redirect followed, no proxy asked.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, StatusCode};
use url::Url;

use super::Refused;
use crate::https::{self, causes};
use crate::notify::target::{Kept, place_of};

/// An address that takes no connection in this time takes none.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Of an answer so much is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Of an answer so much is shown, where it is no success.
const ANSWER_CHARACTERS_SHOWN: usize = 200;
/// The header with the signature.
const SIGNATURE_HEADER: &str = "holdfast-signature";

/// Posts JSON.
pub(super) async fn post(
    url: &str,
    body: &[u8],
    signature: Option<&str>,
    kept: &Kept,
) -> Result<(), Refused> {
    let url = parsed(url)?;
    let mut request =
        client()?.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body.to_owned());
    if let Some(signature) = signature {
        request = request.header(SIGNATURE_HEADER, signature);
    }
    call(&url, request, kept).await
}

/// Calls a heartbeat: its address, or what follows it for a signal.
pub(super) async fn beat(url: &str, signal: Option<&str>, kept: &Kept) -> Result<(), Refused> {
    let mut url = parsed(url)?;
    if let Some(signal) = signal {
        let path = format!("{}/{signal}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    call(&url, client()?.get(url.clone()), kept).await
}

fn parsed(url: &str) -> Result<Url, Refused> {
    Url::parse(url).map_err(|_| Refused::for_good("its address is none; enter it again"))
}

async fn call(url: &Url, request: RequestBuilder, kept: &Kept) -> Result<(), Refused> {
    let place = place_of(url);
    let mut answer = request
        .send()
        .await
        .map_err(|error| Refused::later(format!("{place} could not be called: {}", causes(error))))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let mut read = Vec::new();
    // What cannot be read of an answer changes nothing about its status.
    while let Ok(Some(piece)) = answer.chunk().await {
        let room = ANSWER_BYTES_MAX - read.len();
        read.extend_from_slice(&piece[..piece.len().min(room)]);
        if read.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    // Before it is shortened, so that no half of a secret is left.
    let text = kept.redact(&String::from_utf8_lossy(&read));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(ANSWER_CHARACTERS_SHOWN).collect();
    let text = if text.is_empty() { text } else { format!(": {text}") };
    let hint = if status.is_redirection() { ", and redirects are not followed" } else { "" };
    let said = format!("{place} answered {}{hint}{text}", status.as_u16());
    let may_change = status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    Err(if may_change { Refused::later(said) } else { Refused::for_good(said) })
}

/// One client for all calls.
fn client() -> Result<&'static reqwest::Client, Refused> {
    static CLIENT: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    CLIENT.get_or_init(build).as_ref().map_err(|said| Refused::later(said.clone()))
}

fn build() -> Result<reqwest::Client, String> {
    https::builder()?
        .no_proxy()
        .connect_timeout(CONNECT_LIMIT)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(causes)
}
