//! Comparing the facts in two manifests other than their tables.

use super::Found;
use crate::archive::Manifest;
use base::words::{bytes_words, counted};

/// Compares what is not of tables; what cannot be compared is said too.
pub(super) fn compare(found: &mut Found, first: &Manifest, second: &Manifest) {
    content(&mut found.content, first, second);
    large_objects(found, first, second);
    circumstances(&mut found.circumstances, first, second);
    for (which, manifest) in [("first", first), ("second", second)] {
        let Some(database) = &manifest.database else { continue };
        match &database.uncounted {
            Some(why) => found.not_compared.push(format!("Rows: the {which} was not counted: {why}.")),
            None if database.tables.is_none() => {
                found.not_compared.push(format!("Rows: the {which} was not counted."));
            }
            None => {}
        }
    }
}

fn content(found: &mut Vec<String>, first: &Manifest, second: &Manifest) {
    let none = || "none".to_owned();
    let (a, b) = (&first.migration, &second.migration);
    if a != b {
        let (a, b) = (a.clone().unwrap_or_else(none), b.clone().unwrap_or_else(none));
        found.push(format!("Newest migration: {a}, then {b}."));
    }
    let only = |of: &[String], in_other: &[String]| -> Vec<String> {
        of.iter().filter(|extension| !in_other.contains(extension)).cloned().collect()
    };
    let gone = only(&first.extensions, &second.extensions);
    let new = only(&second.extensions, &first.extensions);
    if !gone.is_empty() {
        found.push(format!("Extensions of the first alone: {}.", gone.join(", ")));
    }
    if !new.is_empty() {
        found.push(format!("Extensions of the second alone: {}.", new.join(", ")));
    }
}

fn large_objects(found: &mut Found, first: &Manifest, second: &Manifest) {
    let (Some(a), Some(b)) = (&first.database, &second.database) else { return };
    if a.tables.is_none() || b.tables.is_none() {
        // Where rows were not counted, large objects were not either: zero says nothing there.
        return;
    }
    let words = |(count, bytes): (u64, u64)| match count {
        0 => "none".to_owned(),
        count => format!("{} of {}", counted(count, "object"), bytes_words(bytes)),
    };
    if a.large_objects != b.large_objects {
        found.content.push(format!(
            "Large objects: {}, then {}.",
            words(a.large_objects),
            words(b.large_objects)
        ));
    } else if a.large_objects.0 > 0 {
        match (&a.large_objects_fingerprint, &b.large_objects_fingerprint) {
            (Some(a), Some(b)) if a == b => {}
            (Some(_), Some(_)) => found.content.push(format!(
                "Large objects: {} in both, and their content is not the same.",
                words(b.large_objects)
            )),
            _ => found.not_compared.push("Large objects: one of the two has no fingerprint of them.".into()),
        }
    }
}

/// How the backups were made; the same content can come from another server by another tool.
fn circumstances(found: &mut Vec<String>, first: &Manifest, second: &Manifest) {
    let mut compare = |what: &str, a: &str, b: &str| {
        if a != b {
            found.push(format!("{what}: {a}, then {b}."));
        }
        a != b
    };
    compare("Project", &first.origin.project, &second.origin.project);
    let server = |manifest: &Manifest| {
        manifest.server.as_ref().map_or_else(String::new, |server| server.version.clone())
    };
    let tool = |manifest: &Manifest| {
        manifest.database.as_ref().map_or_else(String::new, |database| database.tool.clone())
    };
    compare("Server", &server(first), &server(second));
    if compare("pg_dump", &tool(first), &tool(second)) {
        found.push("Two versions of pg_dump may write the same object in other words.".into());
    }
}
