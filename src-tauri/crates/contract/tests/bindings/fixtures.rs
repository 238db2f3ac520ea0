//! The fixtures of the page answer what the contract could answer: each answer is read into its Rust type, and
//! written again as it was. A field, word, code or figure that was made up fails here.
//!
//! The files are written from the fixtures by `ui/src/ipc/mock/answers.test.ts` (`make fixtures`).

use std::path::Path;

use contract::error::UserError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;

/// What one command answered in one scenario.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    command: String,
    request: Value,
    /// Commands may answer `null`.
    #[serde(default)]
    answer: Value,
    error: Option<Value>,
}

macro_rules! readers {
    ($($name:ident($request:ty) -> $answer:ty, provides [$($provides:ident),*];)*) => {
        const COMMANDS: &[&str] = &[$(stringify!($name),)*];

        /// Reads a request, which is not written by anybody here.
        fn ask(command: &str, request: &Value) -> Result<(), String> {
            match command {
                $(stringify!($name) => read::<$request>(request).map(drop),)*
                _ => Err("there is no such command".into()),
            }
        }

        /// An answer as Rust writes it.
        fn answer(command: &str, given: &Value) -> Result<Value, String> {
            match command {
                $(stringify!($name) => again::<$answer>(given),)*
                _ => Err("there is no such command".into()),
            }
        }
    };
}
contract::with_commands!(readers);

fn read<T: DeserializeOwned>(given: &Value) -> Result<T, String> {
    serde_json::from_value(given.clone()).map_err(|error| error.to_string())
}

fn again<T: DeserializeOwned + Serialize>(given: &Value) -> Result<Value, String> {
    serde_json::to_value(read::<T>(given)?).map_err(|error| error.to_string())
}

/// Where two documents differ first; `100` and `100.0` are one number.
fn difference(given: &Value, written: &Value, at: &str) -> Option<String> {
    match (given, written) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            names.into_iter().find_map(|name| match (one.get(name), other.get(name)) {
                (Some(one), Some(other)) => difference(one, other, &format!("{at}.{name}")),
                (Some(_), None) => Some(format!("{at}.{name} is in the fixture alone")),
                (None, _) => Some(format!("{at}.{name} is missing in the fixture")),
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs
                .into_iter()
                .find_map(|(at_row, (one, other))| difference(one, other, &format!("{at}[{at_row}]")))
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        (one, other) if one == other => None,
        (one, other) => Some(format!("{at} is {one} in the fixture and {other} in Rust")),
    }
}

fn wrong(given: &Given) -> Option<String> {
    let written = match &given.error {
        Some(error) => again::<UserError>(error).map(|written| (error, written)),
        None => answer(&given.command, &given.answer).map(|written| (&given.answer, written)),
    };
    let found = ask(&given.command, &given.request).and(written);
    let found = found.map(|(value, written)| difference(value, &written, ""));
    found.unwrap_or_else(Some).map(|what| format!("{} {}: {what}", given.command, given.request))
}

#[test]
fn every_answer_of_the_pages_fixtures_is_one_of_the_contract() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/ipc/mock/answers");
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).expect("the answers") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        for given in serde_json::from_str::<Vec<Given>>(&text).expect("answers") {
            found.extend(wrong(&given));
            seen.insert(given.command);
        }
    }
    assert_eq!(found, Vec::<String>::new());
    let without: Vec<&&str> = COMMANDS.iter().filter(|name| !seen.contains(**name)).collect();
    assert_eq!(without, Vec::<&&str>::new(), "commands without fixtures");
}

#[test]
fn what_was_made_up_is_named() {
    let given = |answer: Value, error: Option<Value>| {
        let request = serde_json::json!({ "project": "shop", "reason": null });
        wrong(&Given { command: "backup_start".into(), request, answer, error }).unwrap_or_default()
    };
    let started = serde_json::json!({ "jobId": "j" });
    assert_eq!(given(started.clone(), None), "");
    let more = given(serde_json::json!({ "jobId": "j", "percent": 4 }), None);
    assert!(more.ends_with(".percent is in the fixture alone"), "{more}");
    let code = |code| {
        let error =
            serde_json::json!({ "code": code, "message": "m", "hint": null, "retry": "now", "reportId": "" });
        given(Value::Null, Some(error))
    };
    assert_eq!(code("vault_gone"), "");
    assert!(code("vault_lost").contains("vault_lost"), "{}", code("vault_lost"));
    let count = again::<contract::number::Count>;
    assert!(count(&serde_json::json!(12)).is_ok() && count(&serde_json::json!(12.5)).is_err());
}
