//! Exports of backups with more than a database, and of damaged ones.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use vault::{BeginOptions, Cancel, FileMeta, KeyOwner, LocalStore, Password, Vault};

use super::ExportError;
use super::layout::Layout;
use super::part::Chosen;
use super::read_back::check;
use super::request::{Destination, IfExists, Packing};
use super::source::Watch;
use super::whole::{self, Backup, Made};
use crate::archive::Manifest;
use base::Code;
use base::hex;
use base::meter::Meter;
use base::secret::Secret;

const DUMP: &[u8] = b"PGDMP and what follows";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// A manifest of a dump with this hash.
fn manifest(dump_sha256: &str) -> Manifest {
    let text = json!({
        "format": 1, "holdfast": "0.1.0", "reason": null, "trigger": "command_line",
        "origin": { "project_id": "p1", "project": "shop", "label": "development", "is_sample": false, "connection": {
            "host": "db", "port": 5432, "database": "shop", "user": "u", "tls": "prefer" } },
        "who": { "user": "anna", "host": "laptop" },
        "started_at_ms": 1_700_000_000_000_i64, "moment_at_ms": 1_700_000_001_234_i64, "finished_at_ms": 1_700_000_009_000_i64,
        "server": { "version": "15.8", "major": 15, "system_identifier": null, "lsn": null, "clock_skew_ms": 0 },
        "database": {
            "path": "/database/shop.dump", "bytes": DUMP.len(), "sha256": dump_sha256, "name": "shop", "encoding": "UTF8",
            "collate": "C", "ctype": "C", "locale_provider": "libc", "locale": null, "server_bytes": null, "tool": "15.8",
            "tables": null, "uncounted": "a test", "large_objects": [0, 0], "prefix_bytes": 0, "blocks": [] },
        "roles": null, "extensions": [], "migration": null, "warnings": [],
    });
    serde_json::from_value(text).unwrap()
}

/// A vault with one backup: a dump, its manifest, and `more`.
fn stored(folder: &Utf8Path, manifest: Manifest, more: &[(&str, &[u8])]) -> Backup {
    let owner = KeyOwner { hostname: "laptop".into(), username: "anna".into() };
    let store = LocalStore::create(folder.join("vault").as_std_path()).unwrap();
    let vault = Vault::create(Arc::new(store), &Password::new("a password"), &owner).unwrap();
    let options = BeginOptions {
        tags: Vec::new(),
        parent: None,
        hostname: "laptop".into(),
        username: "anna".into(),
        time: Timestamp::now(),
    };
    let writer = vault.begin(options, Cancel::new()).unwrap();
    let meta = FileMeta { mode: 0o644, modified: Timestamp::now() };
    writer.file("/database/shop.dump", &meta, DUMP).unwrap();
    for (path, bytes) in more {
        writer.file(path, &meta, *bytes).unwrap();
    }
    let text = serde_json::to_vec(&manifest).unwrap();
    let id = writer.commit(&text).unwrap().snapshot;
    Backup { vault, id, manifest }
}

fn layout(backup: &Backup) -> Result<Layout, ExportError> {
    Layout::of(&backup.vault.entries(&backup.id).unwrap(), &backup.manifest)
}

fn export(
    backup: &Backup,
    layout: &Layout,
    is_whole: bool,
    to: &Destination,
) -> Result<(Made, u64), ExportError> {
    let (meter, token) = (Meter::default(), CancellationToken::new());
    let watch = Watch { meter: &meter, token: &token };
    let made = whole::write(backup, layout, is_whole, to, "0123456789abcdef", &watch)?;
    check(&made, to, &watch)?;
    Ok((made, meter.bytes()))
}

fn destination(folder: &Utf8Path, packing: Packing) -> Destination {
    let path = folder.join("out/shop.tar");
    std::fs::create_dir_all(folder.join("out")).unwrap();
    Destination { path, packing, passphrase: None, if_exists: IfExists::Refuse }
}

fn left(folder: &Utf8Path) -> usize {
    folder.join("out").read_dir_utf8().unwrap().count()
}

fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    (folder, path)
}

fn content(path: &Utf8Path) -> BTreeMap<String, Vec<u8>> {
    let mut tar = tar::Archive::new(std::fs::File::open(path).unwrap());
    let entries = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), bytes)
    });
    entries.collect()
}

#[test]
fn whatever_a_backup_holds_stands_in_the_file_below_its_folder() {
    let (_guard, folder) = temporary();
    let long = format!("/storage/avatars/{}/größe %2F \\ n.png", "deep/".repeat(60).trim_end_matches('/'));
    let many: Vec<String> = (0..300).map(|at| format!("/storage/many/{at}")).collect();
    let mut more: Vec<(&str, &[u8])> = vec![
        (&long, b"picture"),
        ("/config/.env", b"KEY=1"),
        ("/redis/dump.rdb", b""),
        ("/logs/2026-11-21.jsonl", b"{}"),
        ("/database/other.dump", b"second"),
    ];
    more.extend(many.iter().map(|path| (path.as_str(), path.as_bytes())));
    let backup = stored(&folder, manifest(&sha256(DUMP)), &more);
    let to = destination(&folder, Packing::Plain);

    let (made, _) = export(&backup, &layout(&backup).unwrap(), true, &to).unwrap();
    made.target.keep().unwrap();

    let found = content(&to.path);
    assert_eq!(found["database.dump"], DUMP);
    for (path, bytes) in more {
        assert_eq!(found[path.trim_start_matches('/')], bytes, "{path}");
    }
    assert!(found.contains_key("storage/many/") && found.contains_key("database/"), "folders are in it");
    let metadata: serde_json::Value = serde_json::from_slice(&found["metadata.json"]).unwrap();
    assert_eq!(metadata["components"]["storage"]["files"], 301);
    assert_eq!(metadata["components"]["database"]["files"], 2);
    assert_eq!(metadata["type"], "FULL");
    assert_eq!(metadata["created_at"], "2023-11-14T22:13:21Z");
    let sums = String::from_utf8(found["SHA256SUMS"].clone()).unwrap();
    assert_eq!(sums.lines().count(), 300 + 5 + 3);
    assert_eq!(left(&folder), 1);
}

#[test]
fn a_dump_that_is_not_the_one_of_the_manifest_leaves_no_file() {
    let (_guard, folder) = temporary();
    let backup = stored(&folder, manifest(&sha256(b"another one")), &[]);
    let to = destination(&folder, Packing::Zstd);
    let refused = export(&backup, &layout(&backup).unwrap(), true, &to).err();
    assert!(
        matches!(&refused, Some(ExportError::Mismatch { part, .. }) if part == "/database/shop.dump"),
        "{refused:?}"
    );
    assert_eq!(left(&folder), 0);
}

#[test]
fn parts_that_are_missing_have_another_size_or_a_taken_name_are_refused_before_anything_is_written() {
    let (_guard, folder) = temporary();
    let mut short = manifest(&sha256(DUMP));
    short.database.as_mut().unwrap().part.bytes += 1;
    assert!(matches!(layout(&stored(&folder.join("short"), short, &[])), Err(ExportError::Mismatch { .. })));
    for (number, taken) in ["/SHA256SUMS", "/metadata.json", "/database.dump"].into_iter().enumerate() {
        let backup = stored(&folder.join(number.to_string()), manifest(&sha256(DUMP)), &[(taken, b"mine")]);
        assert!(matches!(layout(&backup), Err(ExportError::Unmappable { .. })), "{taken}");
    }
    let mut gone = manifest(&sha256(DUMP));
    gone.database.as_mut().unwrap().part.path = "/database/gone.dump".into();
    assert!(matches!(layout(&stored(&folder.join("gone"), gone, &[])), Err(ExportError::Mismatch { .. })));
}

#[test]
fn a_bit_that_turns_between_writing_and_reading_back_is_found_wherever_it_is() {
    let (_guard, folder) = temporary();
    let backup = stored(&folder, manifest(&sha256(DUMP)), &[("/config/.env", b"KEY=1")]);
    let (meter, token) = (Meter::default(), CancellationToken::new());
    let watch = Watch { meter: &meter, token: &token };
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        let to = destination(&folder, packing);
        let made = whole::write(&backup, &layout(&backup).unwrap(), true, &to, "run", &watch).unwrap();
        let bytes = std::fs::read(made.target.partial()).unwrap();
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(made.target.partial(), &changed).unwrap();
            let found = check(&made, &to, &watch);
            assert!(matches!(found, Err(ExportError::ReadBack { .. })), "{packing:?} at {at}: {found:?}");
        }
        for wrong in [bytes[..bytes.len() - 1].to_vec(), [bytes.as_slice(), b"more"].concat()] {
            std::fs::write(made.target.partial(), &wrong).unwrap();
            assert!(matches!(check(&made, &to, &watch), Err(ExportError::ReadBack { .. })), "{packing:?}");
        }
        std::fs::write(made.target.partial(), &bytes).unwrap();
        check(&made, &to, &watch).unwrap();
    }
    assert_eq!(left(&folder), 0);
}

#[test]
fn an_encrypted_file_is_read_back_with_its_passphrase_and_with_no_other() {
    let (_guard, folder) = temporary();
    let backup = stored(&folder, manifest(&sha256(DUMP)), &[]);
    let to = Destination {
        passphrase: Some(Secret::new("four words of walrus")),
        ..destination(&folder, Packing::Zstd)
    };
    let (made, _) = export(&backup, &layout(&backup).unwrap(), true, &to).unwrap();
    let bytes = std::fs::read(made.target.partial()).unwrap();
    assert!(!bytes.windows(DUMP.len()).any(|window| window == DUMP));
    let (meter, token) = (Meter::default(), CancellationToken::new());
    let watch = Watch { meter: &meter, token: &token };
    let other = Destination { passphrase: Some(Secret::new("another passphrase")), ..to };
    assert!(matches!(check(&made, &other, &watch), Err(ExportError::ReadBack { .. })));
}

#[test]
fn a_folder_of_a_backup_is_a_tar_of_what_is_in_it_and_a_part_has_to_be_there() {
    let (_guard, folder) = temporary();
    let more: [(&str, &[u8]); 3] =
        [("/storage/a/1", b"one"), ("/storage/ab/2", b"two"), ("/config/.env", b"KEY=1")];
    let backup = stored(&folder, manifest(&sha256(DUMP)), &more);
    let whole = layout(&backup).unwrap();
    let Ok(Chosen::Files(inside)) = Chosen::of(&whole, "storage/a", &[], None) else {
        panic!("it is a folder")
    };
    let to = destination(&folder, Packing::Plain);

    let (made, _) = export(&backup, &inside, false, &to).unwrap();
    made.target.keep().unwrap();

    let names: Vec<String> = content(&to.path).into_keys().collect();
    assert_eq!(names, ["SHA256SUMS", "storage/a/", "storage/a/1"]);
    let none = Chosen::of(&whole, "storage/b", &[], None).unwrap_err();
    assert!(none.code == Code::PartNotFound && none.hint.unwrap().contains("/config/.env"));
}
