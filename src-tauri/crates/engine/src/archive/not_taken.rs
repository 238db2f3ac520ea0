//! What of a database a backup does not have by choice, in words.

use base::words::{counted, first_of};
use postgres::choice::NotTaken;

/// Names in a sentence; beyond that they are counted.
const NAMED_MAX: usize = 6;

/// What a manifest says of what is not in it, as sentences.
pub(crate) fn not_taken_sentences(not_taken: &NotTaken) -> Vec<String> {
    let of = |is_absent: bool| -> Vec<String> {
        let tables = not_taken.tables.iter().filter(|table| table.is_absent == is_absent);
        tables.map(|table| format!("{}.{}", table.schema, table.name)).collect()
    };
    let (bare, absent) = (of(false), of(true));
    let mut all = Vec::new();
    if !bare.is_empty() {
        all.push(format!(
            "By choice the rows of {} are not in it, only their structure: {}.",
            counted(bare.len() as u64, "table"),
            first_of(&bare, NAMED_MAX, ", ")
        ));
    }
    if !absent.is_empty() {
        all.push(format!(
            "{} that nobody chose, and that the role may not read, are not in it: {}.",
            counted(absent.len() as u64, "table"),
            first_of(&absent, NAMED_MAX, ", ")
        ));
    }
    if !not_taken.schemas.is_empty() {
        all.push(format!(
            "No table, view or sequence is in it of schemas that nobody chose, and that the role may not use: {}.",
            first_of(&not_taken.schemas, NAMED_MAX, ", ")
        ));
    }
    let cut: Vec<String> =
        not_taken.cannot_hold.iter().map(|one| format!("{} {}", one.kind, one.name)).collect();
    if !cut.is_empty() {
        all.push(format!("A restore leaves out what needs them: {}.", first_of(&cut, NAMED_MAX, "; ")));
    }
    all
}
