//! The forms in which chats take messages. Names come from servers: nothing in them is a mark or a mention.
//!
//! Slack: "Formatting text for app surfaces" and "Reference: attachments". Discord: "Webhook resource, Execute
//! webhook". Teams: "Create incoming webhooks with Workflows", Adaptive Cards 1.4. Telegram: "Bot API, sendMessage".

use base::Severity;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::text::{body, headline, plain, shortened, title, worst};
use crate::notify::message::Message;

/// Telegram takes 4,096 characters; figures of other scripts count twice there.
const TELEGRAM_CHARACTERS_MAX: usize = 3500;
/// Slack cuts longer texts into several.
const SLACK_CHARACTERS_MAX: usize = 2900;
/// Discord refuses longer ones.
const DISCORD_TITLE_MAX: usize = 250;
const DISCORD_TEXT_MAX: usize = 1500;
const DISCORD_VALUE_MAX: usize = 1000;
/// A card of Teams takes 28 kB in all; ten messages of this length fit.
const TEAMS_CHARACTERS_MAX: usize = 1500;

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn color(severity: Severity) -> u32 {
    match severity {
        Severity::Ok | Severity::Info => 0x1F_7A_5C,
        Severity::Warning | Severity::Unknown => 0xB4_6A_00,
        Severity::Critical => 0xB4_23_18,
    }
}

/// A message of Telegram: plain text, nothing in it is a mark.
pub(super) fn telegram(chat: &str, messages: &[Message]) -> Vec<u8> {
    let text = match messages {
        [_] => plain(messages),
        all => format!("{}\n\n{}", title(all), plain(all)),
    };
    bytes(&json!({
        "chat_id": chat,
        "text": shortened(&text, TELEGRAM_CHARACTERS_MAX),
        "link_preview_options": {"is_disabled": true},
        "disable_notification": worst(messages) == Severity::Info,
    }))
}

/// A message of Slack.
pub(super) fn slack(messages: &[Message]) -> Vec<u8> {
    let escaped = |text: &str, max| {
        shortened(text, max).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    };
    let attachments: Vec<Value> = messages
        .iter()
        .map(|message| {
            let fields = message.figures.iter().map(|figure| {
                json!({"title": escaped(&figure.name, 100), "value": escaped(&figure.value, 500), "short": true})
            });
            json!({
                "color": format!("#{:06x}", color(message.severity)),
                "title": escaped(&headline(message), 250),
                "text": escaped(&message.lines.join("\n"), SLACK_CHARACTERS_MAX),
                "fields": fields.collect::<Vec<_>>(),
                // Otherwise stars and underscores of a name would be marks.
                "mrkdwn_in": [],
                "ts": message.at_ms / 1000,
            })
        })
        .collect();
    bytes(
        &json!({"text": escaped(&format!("Holdfast: {}", title(messages)), 300), "attachments": attachments}),
    )
}

/// A message of Discord.
pub(super) fn discord(messages: &[Message]) -> Vec<u8> {
    let escaped = |text: &str, max| {
        let mut out = String::with_capacity(text.len());
        for letter in shortened(text, max).chars() {
            if matches!(letter, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '#' | '@') {
                out.push('\\');
            }
            out.push(letter);
        }
        out
    };
    let embeds: Vec<Value> = messages
        .iter()
        .map(|message| {
            let fields = message.figures.iter().map(|figure| {
                json!({"name": escaped(&figure.name, 100), "value": escaped(&figure.value, DISCORD_VALUE_MAX / 2), "inline": true})
            });
            json!({
                "title": shortened(&escaped(&headline(message), DISCORD_TITLE_MAX / 2), DISCORD_TITLE_MAX),
                "description": escaped(&message.lines.join("\n"), DISCORD_TEXT_MAX / messages.len().max(1)),
                "color": color(message.severity),
                "fields": fields.collect::<Vec<_>>(),
                "timestamp": Timestamp::from_millisecond(message.at_ms).unwrap_or_default().to_string(),
            })
        })
        .collect();
    bytes(&json!({"username": "Holdfast", "embeds": embeds, "allowed_mentions": {"parse": []}}))
}

/// A card of Teams.
pub(super) fn teams(messages: &[Message]) -> Vec<u8> {
    let mut blocks = Vec::new();
    for message in messages {
        let color = match message.severity {
            Severity::Ok | Severity::Info => "Good",
            Severity::Warning | Severity::Unknown => "Warning",
            Severity::Critical => "Attention",
        };
        // Runs of text are shown as they are; a text block would read marks.
        let text = |text: &str, more: Value| {
            let mut run = json!({"type": "TextRun", "text": shortened(text, TEAMS_CHARACTERS_MAX)});
            if let (Some(run), Some(more)) = (run.as_object_mut(), more.as_object()) {
                run.extend(more.clone());
            }
            json!({"type": "RichTextBlock", "inlines": [run]})
        };
        blocks.push(text(&headline(message), json!({"weight": "Bolder", "color": color})));
        blocks.push(text(&body(message), json!({})));
    }
    bytes(&json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": blocks,
            },
        }],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::message::MessageKind;

    fn message(subject: &str) -> Message {
        let kind = MessageKind::RunFailed;
        Message::new(kind, Severity::Critical, "k".into(), 1_795_000_000_000, subject.into())
            .line("<!channel> the *server* said @everyone")
            .figure("Took", "4.1 s")
    }

    #[test]
    fn a_name_from_a_server_mentions_nobody_and_marks_nothing() {
        let messages = [message("shop & <b>")];
        let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap();
        let slack = read(slack(&messages));
        assert_eq!(slack["attachments"][0]["title"], "Error: shop &amp; &lt;b&gt;");
        assert_eq!(slack["attachments"][0]["text"], "&lt;!channel&gt; the *server* said @everyone");
        let discord = read(discord(&messages));
        assert_eq!(discord["allowed_mentions"]["parse"], json!([]));
        assert_eq!(discord["embeds"][0]["description"], "\\<!channel\\> the \\*server\\* said \\@everyone");
        let teams = read(teams(&messages));
        assert_eq!(teams["attachments"][0]["content"]["body"][0]["inlines"][0]["text"], "Error: shop & <b>");
        let telegram = read(telegram("-100", &messages));
        assert_eq!((&telegram["chat_id"], telegram.get("parse_mode")), (&json!("-100"), None));
    }

    #[test]
    fn many_and_long_messages_fit_into_what_each_takes() {
        let long = "ä".repeat(50_000);
        let messages: Vec<Message> = (0..10).map(|_| message(&long).line(long.clone())).collect();
        let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap();
        assert!(read(telegram("1", &messages))["text"].as_str().unwrap().chars().count() <= 4096);
        let discord = read(discord(&messages));
        let embeds = discord["embeds"].as_array().unwrap();
        let characters = |value: &Value| value.as_str().unwrap().chars().count();
        let all: usize =
            embeds.iter().map(|one| characters(&one["title"]) + characters(&one["description"])).sum();
        assert!(embeds.len() <= 10 && all <= 6000, "{all}");
        assert!(teams(&messages[..1]).len() < 28_000);
    }
}
