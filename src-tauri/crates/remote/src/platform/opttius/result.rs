//! What came of a restore there: the answer's status says nothing, each table does.

use serde_json::{Value, json};

use crate::platform::Watched;
use crate::platform::lenient::{field, flag, number, text};

/// So many errors of one table are quoted.
const ERRORS_PER_TABLE: usize = 3;
const SAID_CHARACTERS: usize = 160;

/// The result as a ticket keeps it: short, and without rows.
pub(super) fn of(body: &Value, said: &str) -> String {
    let mut wrong = Vec::new();
    let mut skipped = Vec::new();
    let tables = field(body, "restore_results").as_object().cloned().unwrap_or_default();
    for (table, result) in &tables {
        let status = text(result, "status").unwrap_or_default();
        let errors = quoted(field(result, "errors"));
        match status.as_str() {
            "success" if errors.is_empty() => {}
            "skipped" if errors.is_empty() => skipped.push(table.clone()),
            _ => {
                let restored = number(result, "restored").unwrap_or_default();
                let errors =
                    if errors.is_empty() { String::new() } else { format!(": {}", errors.join("; ")) };
                wrong.push(format!("{table} ({status}, {restored} restored{errors})"));
            }
        }
    }
    let memo = json!({
        // A restore that does not say that it worked did not.
        "success": flag(body, "success") == Some(true),
        "said": said,
        "tables": number(body, "tables_restored"),
        "records": number(body, "total_records_restored"),
        "wrong": wrong,
        "skipped": skipped,
        "errors": quoted(field(body, "errors")),
    });
    memo.to_string()
}

/// The verdict on a ticket's result.
pub(super) fn judged(memo: &Value, file: &str) -> Watched {
    let list = |name: &str| -> Vec<String> {
        let items = field(memo, name).as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let (wrong, skipped, errors) = (list("wrong"), list("skipped"), list("errors"));
    let count = |name: &str| number(memo, name).map_or_else(|| "?".to_owned(), |count| count.to_string());
    let failed = |said: String| Watched::Failed { said, can_retry: false };
    let tables = [wrong.as_slice(), errors.as_slice()].concat().join(", ");
    if flag(memo, "success") != Some(true) {
        let said = text(memo, "said").unwrap_or_else(|| "no reason was given".to_owned());
        return failed(if tables.is_empty() { said } else { format!("{said}; with errors: {tables}") });
    }
    if !tables.is_empty() {
        return failed(format!("the platform says that it restored, but with errors: {tables}"));
    }
    if number(memo, "records") == Some(0) {
        return failed("the platform says that it restored, but no record came back".to_owned());
    }
    let mut notes = vec![
        format!("The platform restored {} tables with {} records.", count("tables"), count("records")),
        super::RESTORE_WARNING.to_owned(),
    ];
    if !skipped.is_empty() {
        notes.push(format!("It skipped {}.", skipped.join(", ")));
    }
    Watched::Done { id: Some(file.to_owned()), notes }
}

fn quoted(errors: &Value) -> Vec<String> {
    let one = |error: &Value| match error.as_str() {
        Some(text) => text.to_owned(),
        None => text(error, "message").unwrap_or_else(|| error.to_string()),
    };
    let all: Vec<String> = match errors {
        Value::Array(errors) => errors.iter().map(one).collect(),
        Value::Null => Vec::new(),
        // A count of errors, as some versions give it.
        Value::Number(count) if count.as_u64() == Some(0) => Vec::new(),
        Value::Number(count) => vec![format!("{count} errors")],
        other => vec![one(other)],
    };
    let more = all.len().saturating_sub(ERRORS_PER_TABLE);
    let cut = all.iter().take(ERRORS_PER_TABLE).map(|error| error.chars().take(SAID_CHARACTERS).collect());
    cut.chain((more > 0).then(|| format!("and {more} more"))).collect()
}
