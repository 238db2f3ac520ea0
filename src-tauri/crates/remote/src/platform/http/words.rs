//! What is quoted of a platform's words: short, in one line, without secrets.

use serde_json::Value;

use base::secret::Secret;

/// Of an error so much is quoted.
const SAID_CHARACTERS: usize = 300;
/// No token is shorter; a shorter text in a body may as well be a word of it.
const TOKEN_CHARACTERS_MIN: usize = 8;
const MASK: &str = "****";

/// In one line, and not too long.
pub(in crate::platform) fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID_CHARACTERS).collect()
}

/// Without these secrets, and without what stands behind `?` in addresses: signatures stand there.
pub(super) fn masked(text: &str, secrets: &[Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.expose(), MASK);
    }
    let words = text.split_whitespace().map(|word| match (word.contains("://"), word.split_once('?')) {
        (true, Some((address, _))) => format!("{address}?{MASK}"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The same in every text of a body, for the secrets that were sent as headers.
pub(super) fn masked_in(body: &mut Value, secrets: &[Secret]) {
    match body {
        Value::String(text) => {
            for secret in secrets.iter().filter(|secret| secret.expose().len() >= TOKEN_CHARACTERS_MIN) {
                if text.contains(secret.expose()) {
                    *text = text.replace(secret.expose(), MASK);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| masked_in(item, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|value| masked_in(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_quoted_holds_no_secret_and_no_signature() {
        let secrets = [Secret::new("hunter2"), Secret::new("")];
        let text = "password hunter2 is wrong,\n see https://x.example/a?token=abc now";
        assert_eq!(masked(text, &secrets), "password **** is wrong, see https://x.example/a?**** now");
        assert_eq!(shortened(&"a ".repeat(400)).len(), 300);
    }

    #[test]
    fn a_body_keeps_its_form_whatever_the_secret_is() {
        let mut body = json!({"a": ["token-1234 came"], "true": true});
        masked_in(&mut body, &[Secret::new("token-1234"), Secret::new("true"), Secret::new("a")]);
        assert_eq!(body, json!({"a": ["**** came"], "true": true}));
    }
}
