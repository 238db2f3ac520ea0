//! Our own document for webhooks, and its signature. docs/formats.md describes both.

use jiff::Timestamp;
use ring::hmac;
use serde::Serialize;
use uuid::Uuid;

use crate::notify::message::{Figure, Message};

const FORMAT: &str = "holdfast.notification";
const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format: &'static str,
    version: u32,
    id: String,
    sent_at: String,
    computer: String,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    id: &'a str,
    kind: &'static str,
    severity: &'static str,
    is_change: bool,
    at: String,
    subject: &'a str,
    lines: &'a [String],
    figures: &'a [Figure],
    project: Option<Project<'a>>,
    run_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Project<'a> {
    id: &'a str,
    name: &'a str,
}

/// The bytes that are posted, and signed.
pub(super) fn document(messages: &[Message], now: Timestamp) -> Vec<u8> {
    let document = Document {
        format: FORMAT,
        version: VERSION,
        id: Uuid::new_v4().to_string(),
        sent_at: now.to_string(),
        computer: gethostname::gethostname().to_string_lossy().into_owned(),
        events: messages.iter().map(event).collect(),
    };
    // Texts and figures alone: there is nothing in it that JSON cannot hold.
    serde_json::to_vec(&document).unwrap_or_default()
}

fn event(message: &Message) -> Event<'_> {
    let project = message.project_id.as_deref().zip(message.project.as_deref());
    Event {
        id: &message.id,
        kind: message.kind.as_str(),
        severity: crate::notify::message::word(message.severity),
        is_change: message.is_change,
        at: Timestamp::from_millisecond(message.at_ms).unwrap_or_default().to_string(),
        subject: &message.subject,
        lines: &message.lines,
        figures: &message.figures,
        project: project.map(|(id, name)| Project { id, name }),
        run_id: message.job_id.as_deref(),
    }
}

/// The header that says that it is ours: `t=<seconds>,v1=<hex of the HMAC-SHA-256 of "t.body">`.
pub(super) fn signature(key: &str, body: &[u8], now: Timestamp) -> String {
    let at = now.as_second();
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()));
    context.update(format!("{at}.").as_bytes());
    context.update(body);
    format!("t={at},v1={}", base::hex::encode(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_second_a_dot_and_the_body() {
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        // printf '1795000000.{}' | openssl dgst -sha256 -hmac 'a key of sixteen or more'
        assert_eq!(
            signature("a key of sixteen or more", b"{}", now),
            "t=1795000000,v1=f69bbfe5c9071fe8da7cb806b44f543e649c366c3eb47952c278ebaed30832b1"
        );
    }
}
