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
