//! Texts and documents that people or servers hand in, or that lie beside the vault.

use base::secret::Secret;
use engine::archive::{Manifest, normalise_key};
use postgres::connection::{Defaults, parse_with};

/// A connection string, in any of its forms.
pub(crate) fn connection(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let defaults = Defaults { host: "/run/postgresql".into(), user: "me".into() };
    let Ok(parsed) = parse_with(text, &defaults) else { return };
    let settings = &parsed.settings;
    for value in [&settings.host, &settings.database, &settings.user] {
        assert!(!value.is_empty() && !value.contains('\0'), "{value:?} can name nothing");
    }
    assert_ne!(settings.port, 0);
    let url = settings.redacted_url();
    // Each character may have become three.
    if url.len() <= 8 * 1024 {
        let again = parse_with(&url, &defaults).unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!((&again.settings, again.password), (settings, None));
    }
    let stored = serde_json::to_vec(settings).expect("settings can be stored");
    assert_eq!(serde_json::from_slice(&stored).ok().as_ref(), Some(settings));
}

/// What a backup says of itself.
pub(crate) fn manifest(json: &[u8]) {
    let Ok(manifest) = Manifest::parse("snapshot", json) else { return };
    let written = serde_json::to_vec(&manifest).expect("a manifest that was read can be written");
    assert_eq!(Manifest::parse("snapshot", &written).ok().as_ref(), Some(&manifest));
    let record = manifest.record("snapshot", u64::MAX);
    assert!(record.size_bytes >= 0 && record.row_count.unwrap_or(0) >= 0 && record.added_bytes >= 0);
    let _ = manifest.tool_major();
}

/// A file of sealed secrets, and the key of a vault as it is typed from a recovery kit.
pub(crate) fn secrets(input: &[u8]) {
    base::secret::fuzz_sealed(input);
    let Ok(typed) = std::str::from_utf8(input) else { return };
    let key = normalise_key(typed);
    assert_eq!(normalise_key(key.expose()), key);
    assert_eq!(Secret::new(key.expose()).is_empty(), typed.trim().is_empty());
}

/// A snapshot of a Redis server: walked over, with its values and without, which has to be the same.
pub(crate) fn rdb(bytes: &[u8]) {
    let walk = |keeps: bool| {
        let Ok(mut rdb) = source::redis::RdbReader::new(bytes, keeps) else { return None };
        let mut keys = 0_u64;
        loop {
            match rdb.next_entry() {
                Ok(Some(entry)) => {
                    assert!(entry.key.len() <= 32 << 20);
                    keys += 1;
                }
                Ok(None) => return Some((keys, true)),
                Err(_) => return Some((keys, false)),
            }
        }
    };
    assert_eq!(walk(true), walk(false));
}

/// A line of the list of the files of a backup, and the path that its name gets below a folder.
pub(crate) fn inventory(json: &[u8]) {
    let Ok(line) = serde_json::from_slice::<engine::archive::Line>(json) else { return };
    let written = serde_json::to_vec(&line).expect("a line that was read can be written");
    assert_eq!(serde_json::from_slice::<engine::archive::Line>(&written).ok(), Some(line.clone()));
    let path = source::key::path_of_key(&line.object.key);
    for part in path.split('/') {
        assert!(!part.is_empty() && part != "." && part != ".." && !part.contains('\0'), "{path:?}");
    }
}
