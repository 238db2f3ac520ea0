//! Calls to webhooks, chats and heartbeats.

use remote::hook::{self, Call};
use url::Url;

use super::Refused;
use crate::channel::{Kept, place_of};

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
    let header = signature.map(|signature| (SIGNATURE_HEADER, signature));
    call(&parsed(url)?, Some(body), header, kept).await
}

/// Calls a heartbeat: its address, or what follows it for a signal.
pub(super) async fn beat(url: &str, signal: Option<&str>, kept: &Kept) -> Result<(), Refused> {
    let mut url = parsed(url)?;
    if let Some(signal) = signal {
        let path = format!("{}/{signal}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    call(&url, None, None, kept).await
}

fn parsed(url: &str) -> Result<Url, Refused> {
    Url::parse(url).map_err(|_| Refused::for_good("its address is none; enter it again"))
}

async fn call(
    url: &Url,
    json: Option<&[u8]>,
    header: Option<(&str, &str)>,
    kept: &Kept,
) -> Result<(), Refused> {
    let place = place_of(url);
    let answer = hook::call(Call { url: url.as_str(), json, header })
        .await
        .map_err(|why| Refused::later(format!("{place} could not be called: {why}")))?;
    if answer.is_success() {
        return Ok(());
    }
    // Before it is shortened, so that no half of a secret is left.
    let text = kept.redact(&answer.beginning);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(ANSWER_CHARACTERS_SHOWN).collect();
    let text = if text.is_empty() { text } else { format!(": {text}") };
    let hint = if answer.is_redirection() { ", and redirects are not followed" } else { "" };
    let said = format!("{place} answered {}{hint}{text}", answer.status);
    Err(if answer.may_change() { Refused::later(said) } else { Refused::for_good(said) })
}
