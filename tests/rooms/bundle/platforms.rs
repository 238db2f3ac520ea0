//! Backups as platforms make them.

use std::collections::BTreeMap;

use bundle::{BundleKind, Checksum, DatabaseFormat, Limits, PartKind};

use super::bench::{Bench, dumps, look, look_with, parts, through};

const CONFIG: [&str; 4] = [".env", "docker-compose.yml", "kong.yml", "vector.yml"];

/// A backup of `SupaManager`, laid out as its document says: the tar, before compression and encryption.
fn supamanager(bench: &Bench, has_storage_tar: bool) -> Vec<u8> {
    let dumps = dumps().unwrap();
    bench.file("tree/db/backup.dump.gz", through("gzip -c", &dumps.custom));
    for name in CONFIG {
        bench.file(&format!("tree/config/{name}"), format!("of {name}"));
    }
    let objects =
        ["stub/stub/avatars/a.png/1", "stub/stub/avatars/own.tar.gz/1", "stub/stub/papers/b c.pdf/2"];
    if has_storage_tar {
        for name in objects {
            bench.file(&format!("inner/{name}"), through("gzip -c", name.as_bytes()));
        }
        let tar = through(&format!("tar -cz -C {} .", bench.path("inner")), &[]);
        bench.file("tree/storage/storage_backup.tar.gz", tar);
    } else {
        for name in objects {
            bench.file(&format!("tree/storage/{name}"), through("gzip -c", name.as_bytes()));
        }
    }
    bench.tar(&["db", "storage", "config"])
}

#[test]
fn a_full_backup_of_supamanager_is_known_with_its_parts_tables_and_buckets() {
    if dumps().is_none() {
        return;
    }
    for has_storage_tar in [true, false] {
        let bench = Bench::new();
        let tar = supamanager(&bench, has_storage_tar);
        let packed =
            through("openssl enc -aes-256-cbc -salt -md sha256 -pass pass:s", &through("gzip -c", &tar));
        let seen = look(&bench.file("full.tar.gz.enc", packed), Some("s")).unwrap();
        assert_eq!(seen.kind, BundleKind::SupaManagerBackup);
        assert!(
            seen.sentence.starts_with("This is a full backup of “shop”, made by SupaManager on Postgres 1"),
            "{}",
            seen.sentence
        );
        assert_eq!((seen.tables.len(), seen.rows), (5, Some(20_517)));
        let buckets: Vec<_> = seen.buckets.iter().map(|bucket| (&*bucket.name, bucket.objects)).collect();
        assert_eq!(buckets, [("avatars", 2), ("papers", 1)]);
        let configs = seen.parts.iter().filter(|part| part.kind == PartKind::Config).count();
        assert_eq!((configs, seen.objects), (4, 3));
    }
}

#[test]
fn a_backups_parts_come_out_peeled_and_stored_objects_as_they_are() {
    let Some(dumps) = dumps() else { return };
    for has_storage_tar in [true, false] {
        let bench = Bench::new();
        let tar = supamanager(&bench, has_storage_tar);
        let parts = parts(&bench.file("x", through("gzip -c", &tar)), None).unwrap();
        let found: BTreeMap<_, _> = parts.iter().map(|(head, bytes)| (&*head.path, (head, bytes))).collect();
        let (head, dump) = found["db/backup.dump"];
        assert_eq!((head.format, head.kind), (Some(DatabaseFormat::Custom), PartKind::Database));
        assert_eq!((&*head.stored_name, **dump == dumps.custom), ("db/backup.dump.gz", true));
        let (object, content) = found["storage/stub/stub/avatars/own.tar.gz/1"];
        assert_eq!(object.kind, PartKind::Storage);
        assert_eq!(**content, through("gzip -c", b"stub/stub/avatars/own.tar.gz/1"), "an object is no layer");
        assert!(object.modified_at.is_some());
        assert_eq!(found["config/.env"].1, b"of .env");
        assert_eq!(parts.len(), 8);
    }
}

#[test]
fn checksums_are_of_components_as_stored_and_a_wrong_one_is_a_danger() {
    if dumps().is_none() {
        return;
    }
    let bench = Bench::new();
    let tar = supamanager(&bench, true);
    let file = bench.file("x.tar", tar);
    let sum = |name: &str| {
        let line = format!("sha256sum {}", bench.path(&format!("tree/{name}")));
        String::from_utf8(through(&line, &[])).unwrap()[..64].to_owned()
    };
    let mut expected = BTreeMap::from([
        ("database".to_owned(), format!("sha256:{}", sum("db/backup.dump.gz"))),
        ("storage".to_owned(), sum("storage/storage_backup.tar.gz")),
    ]);
    let verdicts = |expected: &BTreeMap<String, String>| {
        let seen = look_with(&file, None, &Limits::generous(), expected).unwrap();
        let of = |kind| seen.parts.iter().find(|part| part.kind == kind).unwrap().checksum.clone();
        let titles: Vec<String> = seen.findings.into_iter().map(|finding| finding.title).collect();
        ([of(PartKind::Database), of(PartKind::Storage), of(PartKind::Config)], titles)
    };

    let (found, titles) = verdicts(&expected);
    assert_eq!(found, [Checksum::Match, Checksum::Match, Checksum::NotGiven]);
    assert!(titles.contains(&"Checksums".to_owned()));

    let wrong = "0".repeat(64);
    expected.insert("database".into(), format!("sha256:{wrong}"));
    expected.insert("config".into(), wrong.clone());
    let (found, titles) = verdicts(&expected);
    assert_eq!(found, [Checksum::Mismatch { expected: wrong }, Checksum::Match, Checksum::NotComparable]);
    assert_eq!(titles[0], "Checksum differs", "the worst comes first");
}

#[test]
fn an_exported_project_of_supamanager_says_its_name() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    bench.file("tree/database.dump", &dumps.custom);
    bench.file("tree/config/.env", "A=1");
    bench.file("tree/storage/avatars/a.png", "object");
    bench.file(
        "tree/metadata.json",
        r#"{"project_name":"My shop","created_at":"2026-11-14T02:00:00Z","version":"1"}"#,
    );
    let tar = bench.tar(&["-z", "database.dump", "storage", "config", "metadata.json"]);
    let seen = look(&bench.file("project_x_export.tar.gz", tar), None).unwrap();
    assert_eq!((seen.kind, seen.project.as_deref()), (BundleKind::SupaManagerExport, Some("My shop")));
    assert_eq!(seen.created_at.unwrap().to_string(), "2026-11-14T02:00:00Z");
    assert_eq!((seen.objects, seen.tables.len()), (1, 5));
}

#[test]
fn dumps_in_several_files_are_known_and_counted() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let seen = look(&bench.file("x", &dumps.tar), None).unwrap();
    assert_eq!((seen.kind, seen.rows, seen.tables.len()), (BundleKind::PgDumpTar, Some(20_517), 5));
    assert_eq!(parts(&bench.path("x"), None).unwrap()[0].1, dumps.tar, "the tar is one part");

    for (name, content) in &dumps.directory {
        bench.file(&format!("tree/dump/{name}"), content);
    }
    let tar = bench.tar(&["dump"]);
    let seen = look(&bench.file("y", tar), None).unwrap();
    assert_eq!((seen.kind, seen.rows, seen.tables.len()), (BundleKind::PgDumpDirectory, Some(20_517), 5));
    let parts = parts(&bench.path("y"), None).unwrap();
    for (name, content) in &dumps.directory {
        let (head, bytes) = parts.iter().find(|(head, _)| head.path.ends_with(name)).unwrap();
        assert_eq!((head.format, bytes), (Some(DatabaseFormat::Directory), content), "{name}");
    }
}
