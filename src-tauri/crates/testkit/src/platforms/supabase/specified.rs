//! Documents as the published specification has them: whatever it requires is there.

use std::io::Read as _;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::fixture::packed;
use crate::platforms::prism::SPECIFICATION;

static WHOLE: LazyLock<Value> = LazyLock::new(|| {
    let mut text = String::new();
    packed(SPECIFICATION).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
});

/// What a call below a project answers: what is given, and beside it what the specification requires, without content.
pub(super) fn specified(path: &str, own: Value) -> Value {
    let call = &WHOLE["paths"][format!("/v1/projects/{{ref}}/{path}")]["get"];
    filled(&call["responses"]["200"]["content"]["application/json"]["schema"], own)
}

fn filled(schema: &'static Value, own: Value) -> Value {
    let schema = resolved(schema);
    match own {
        Value::Array(items) => items.into_iter().map(|item| filled(&schema["items"], item)).collect(),
        Value::Object(fields) => {
            let mut whole = required(schema);
            whole.extend(fields);
            whole.into()
        }
        other => other,
    }
}

fn required(schema: &'static Value) -> Map<String, Value> {
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), blank(&schema["properties"][name]))).collect()
}

/// The least that a schema takes.
fn blank(schema: &'static Value) -> Value {
    let schema = resolved(schema);
    if let Some(values) = schema["enum"].as_array() {
        return values.first().cloned().unwrap_or_default();
    }
    match schema["type"].as_str() {
        _ if schema["nullable"] == true => Value::Null,
        Some("object") => required(schema).into(),
        Some("array") => Value::Array(Vec::new()),
        Some("boolean") => false.into(),
        Some("integer" | "number") => 0.into(),
        Some("string") => "".into(),
        _ => Value::Null,
    }
}

fn resolved(schema: &'static Value) -> &'static Value {
    let name = schema["$ref"].as_str().and_then(|place| place.rsplit('/').next());
    name.map_or(schema, |name| &WHOLE["components"]["schemas"][name])
}
