//! `metadata.json` and `SHA256SUMS`: the description of an exported file for other programs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::layout::{MANIFEST, METADATA, SUMS};
use super::pieces::Written;
use crate::archive::Manifest;
use base::hex;

/// The form of `metadata.json`.
const FORMAT_VERSION: u32 = 1;

/// The document, from what was written before it.
pub(super) fn metadata(backup: &str, manifest: &Manifest, written: &[Written]) -> Vec<u8> {
    let mut components: BTreeMap<String, Vec<&Written>> = BTreeMap::new();
    for file in written.iter().filter(|file| file.name != MANIFEST) {
        components.entry(component_of(&file.name)).or_default().push(file);
    }
    let bytes: u64 = written.iter().map(|file| file.bytes).sum();
    let created_at = Timestamp::from_second(seconds(manifest)).unwrap_or_default().to_string();
    let sums: BTreeMap<&str, String> =
        components.iter().map(|(name, files)| (name.as_str(), format!("sha256:{}", sum_of(files)))).collect();
    let described: BTreeMap<&str, Value> = components
        .iter()
        .map(|(name, files)| {
            let size: u64 = files.iter().map(|file| file.bytes).sum();
            let path = if let [only] = files.as_slice() { only.name.clone() } else { format!("{name}/") };
            (
                name.as_str(),
                json!({ "path": path, "files": files.len(), "size": size, "checksum": sums[name.as_str()] }),
            )
        })
        .collect();
    let database = manifest.database.as_ref();
    let document = json!({
        "format": "holdfast-export",
        "format_version": FORMAT_VERSION,
        "holdfast_version": manifest.holdfast,
        "backup_id": backup,
        "type": type_of(&components),
        "project_id": manifest.origin.project_id,
        "project_name": manifest.origin.project,
        "created_at": created_at,
        "database_name": database.map(|database| &database.name),
        "postgres_version": manifest.server.as_ref().map(|server| &server.version),
        "dump_version": database.map(|database| &database.tool),
        "size": bytes,
        "components": described,
        "checksums": sums,
    });
    let mut text = serde_json::to_vec_pretty(&document).unwrap_or_default();
    text.push(b'\n');
    text
}

/// What `SupaManager` calls a backup of these components; roles and rights belong to their database.
fn type_of(components: &BTreeMap<String, Vec<&Written>>) -> &'static str {
    let mut names = components.keys().map(String::as_str).filter(|name| !["roles", "access"].contains(name));
    match (names.next(), names.next()) {
        (Some("database"), None) => "DATABASE",
        (Some("storage"), None) => "STORAGE",
        _ => "FULL",
    }
}

/// Moment of the backup in seconds, which every file in the archive carries.
pub(super) fn seconds(manifest: &Manifest) -> i64 {
    manifest.moment_at_ms.div_euclid(1000)
}

/// The lines of `SHA256SUMS`: everything but itself, in order.
pub(super) fn sums(written: &[Written]) -> Vec<u8> {
    written.iter().filter(|file| file.name != SUMS).flat_map(|file| line(file).into_bytes()).collect()
}

/// One line as `sha256sum` writes it: a leading backslash marks a name in which a backslash or a line break
/// is escaped.
fn line(file: &Written) -> String {
    let escaped = file.name.replace('\\', "\\\\").replace('\n', "\\n");
    let mark = if escaped == file.name { "" } else { "\\" };
    format!("{mark}{}  {escaped}\n", file.sha256)
}

/// One file's own checksum; of several, that of their lines in `SHA256SUMS`.
fn sum_of(files: &[&Written]) -> String {
    if let [only] = files {
        return only.sha256.clone();
    }
    let mut hash = Context::new(&SHA256);
    for file in files {
        hash.update(line(file).as_bytes());
    }
    hex::encode(hash.finish().as_ref())
}

/// `storage/…` is of the component `storage`, `database.dump` of `database`.
fn component_of(name: &str) -> String {
    debug_assert_ne!(name, METADATA);
    let first = name.split('/').next().unwrap_or(name);
    let is_file = first.len() == name.len();
    let end =
        if is_file { first.rfind('.').filter(|at| *at > 0).unwrap_or(first.len()) } else { first.len() };
    first[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Written {
        Written { name: name.into(), bytes: 1, sha256: "ab".repeat(32) }
    }

    #[test]
    fn lines_are_those_of_sha256sum_also_for_odd_names() {
        let written = [file("database.dump"), file("storage/a\\b\nc"), file(SUMS)];
        let text = String::from_utf8(sums(&written)).unwrap();
        let hash = "ab".repeat(32);
        assert_eq!(text, format!("{hash}  database.dump\n\\{hash}  storage/a\\\\b\\nc\n"));
    }

    #[test]
    fn the_first_name_of_a_path_is_its_component() {
        let names = ["database.dump", "roles.sql", "storage/a.b/c.d", ".env", "database/other.dump"];
        assert_eq!(names.map(component_of), ["database", "roles", "storage", ".env", "database"]);
    }
}
