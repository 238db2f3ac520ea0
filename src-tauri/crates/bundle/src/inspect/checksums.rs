//! The parts, and the checksums that somebody gave of them.

use std::collections::BTreeMap;

use crate::inspection::{Checksum, FileFacts, Finding, Part};
use crate::look::{Look, Told};
use crate::part::PartKind;
use base::words::count_words;

/// Parts with their digests, compared with what the archive itself or a platform gave.
pub(super) fn parts(
    look: &Look<'_>,
    told: &Told,
    expected: &BTreeMap<String, String>,
    file: &FileFacts,
) -> Vec<Part> {
    let mut parts: Vec<Part> = if look.is_archive { stored(look) } else { whole(look, file) };
    if look.objects.0 > 0 && !parts.iter().any(|part| part.kind == PartKind::Storage) {
        parts.push(Part {
            kind: PartKind::Storage,
            path: "storage/".into(),
            format: None,
            bytes: look.objects.1,
            sha256: None,
            checksum: Checksum::NotGiven,
        });
    }
    for (component, given) in told.checksums.iter().chain(expected) {
        let is_there = |name: &str| parts.iter().any(|part| part.path == name);
        let exported = name_in_export(component);
        let name = if !is_there(component) && is_there(&exported) { &exported } else { component };
        compare(&mut parts, name, given, look.is_archive);
    }
    parts
}

/// Where a file of a backup is in an exported one: dump, roles and rights are at its top.
fn name_in_export(path: &str) -> String {
    match path.strip_prefix("database/").and_then(|name| name.rsplit_once('.')) {
        Some(("roles", "sql")) => "roles.sql".to_owned(),
        Some(("access", "jsonl")) => "access.jsonl".to_owned(),
        Some((name, "dump")) if !name.contains('/') => "database.dump".to_owned(),
        _ => path.to_owned(),
    }
}

fn stored(look: &Look<'_>) -> Vec<Part> {
    let of_head =
        |path: &str, name: &str| look.heads.iter().find(|head| head.path == path || head.stored_name == name);
    look.stored
        .iter()
        .map(|stored| {
            let head = of_head(&stored.path, &stored.stored_name);
            Part {
                kind: head.map_or(stored.kind, |head| head.kind),
                path: stored.path.clone(),
                format: head.and_then(|head| head.format),
                bytes: stored.bytes,
                sha256: Some(stored.sha256.clone()),
                checksum: Checksum::NotGiven,
            }
        })
        .collect()
}

fn whole(look: &Look<'_>, file: &FileFacts) -> Vec<Part> {
    let part = |head: &crate::part::PartHead| Part {
        kind: head.kind,
        path: head.path.clone(),
        format: head.format,
        bytes: file.bytes,
        sha256: file.sha256.clone(),
        checksum: Checksum::NotGiven,
    };
    look.heads.iter().map(part).collect()
}

/// Compares a component with the digest that was given of it.
fn compare(parts: &mut Vec<Part>, component: &str, given: &str, is_archive: bool) {
    let given = given.trim();
    let expected = given.strip_prefix("sha256:").unwrap_or(given).to_ascii_lowercase();
    let is_digest = expected.len() == 64 && expected.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kind = match component {
        "database" | "db" => Some(PartKind::Database),
        "storage" => Some(PartKind::Storage),
        "config" => Some(PartKind::Config),
        "redis" => Some(PartKind::Redis),
        _ => None,
    };
    let fits = |part: &&mut Part| match kind {
        Some(kind) => part.kind == kind,
        None => part.path == component || !is_archive,
    };
    let mut found: Vec<&mut Part> = parts.iter_mut().filter(fits).collect();
    match found.as_mut_slice() {
        // What a checksum was given of has to be there.
        [] => parts.push(Part {
            kind: kind.unwrap_or(PartKind::Other),
            path: component.to_owned(),
            format: None,
            bytes: 0,
            sha256: None,
            checksum: Checksum::Mismatch { expected },
        }),
        [part] => part.checksum = verdict(part, &expected, is_digest),
        many => {
            // Of several files, one may be what it was taken of; else nobody knows what it is of.
            let same = many.iter().position(|part| part.sha256.as_deref() == Some(&expected));
            match same {
                Some(at) => many[at].checksum = Checksum::Match,
                None => many[0].checksum = Checksum::NotComparable,
            }
        }
    }
}

fn verdict(part: &Part, expected: &str, is_digest: bool) -> Checksum {
    match &part.sha256 {
        Some(sha256) if sha256 == expected => Checksum::Match,
        Some(_) if is_digest => Checksum::Mismatch { expected: expected.to_owned() },
        Some(_) | None => Checksum::NotComparable,
    }
}

/// What the comparison means.
pub(super) fn findings(parts: &[Part], findings: &mut Vec<Finding>) {
    let of = |wanted: fn(&Checksum) -> bool| parts.iter().filter(move |part| wanted(&part.checksum));
    let matching = of(|checksum| *checksum == Checksum::Match).count();
    let compared = matching + of(|checksum| matches!(checksum, Checksum::Mismatch { .. })).count();
    if compared > 0 && matching == compared {
        let words = format!(
            "{} of {} components match their SHA-256",
            count_words(matching as u64),
            count_words(compared as u64)
        );
        findings.push(Finding::good("Checksums", words));
    }
    for part in of(|checksum| matches!(checksum, Checksum::Mismatch { .. })) {
        let words = if part.sha256.is_none() {
            format!("A checksum is given of {}, and it is not there.", part.path)
        } else {
            format!(
                "{} does not have the SHA-256 that is given of it: it is not what was backed up.",
                part.path
            )
        };
        findings.push(Finding::danger("Checksum differs", words));
    }
    for part in of(|checksum| *checksum == Checksum::NotComparable) {
        let words = format!(
            "A checksum is given of the {}, which lies here in several files; it could not be compared.",
            part.kind.words()
        );
        findings.push(Finding::warning("Checksum not compared", words));
    }
}
