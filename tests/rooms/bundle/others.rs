//! Other files that people have: of Redis, restic, the Supabase CLI, Holdfast, age; and of nobody known.

use base::Severity;
use std::io::Write as _;

use age::secrecy::SecretString;
use bundle::{BundleError, BundleKind, Checksum, Encryption, InspectRequest, Limits, PartKind, inspect_many};
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, dumps, look, output, parts, through, watch};

/// CRC-64 of Jones, one bit at a time.
fn crc(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |crc: u64, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0x95ac_9329_ac4b_c9b5 } else { crc >> 1 }
        })
    })
}

/// What `SAVE` of a Redis 7.2.4 with one key writes.
fn redis() -> Vec<u8> {
    let mut all = b"REDIS0011\xfa\x09redis-ver\x057.2.4\xfa\x05ctime\xc2\x80\x5a\xd8\x69\xfe\x00\xfb\x01\x00\x00\x03key\x05value\xff".to_vec();
    all.extend(crc(&all).to_le_bytes());
    all
}

#[test]
fn a_snapshot_of_redis_is_known_and_its_checksum_checked() {
    let bench = Bench::new();
    let whole = redis();
    let seen = look(&bench.file("dump.rdb", &whole), None).unwrap();
    assert_eq!((seen.kind, seen.server_version.as_deref()), (BundleKind::Redis, Some("7.2.4")));
    assert!(
        seen.findings.iter().any(|finding| finding.words.contains("1 keys; its checksum matches")),
        "{:?}",
        seen.findings
    );
    for at in 9..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(
            matches!(look(&bench.file("x", changed), None), Err(BundleError::Damaged { .. })),
            "byte {at}"
        );
        assert!(look(&bench.file("x", &whole[..at]), None).is_err(), "cut at {at}");
    }
    let mut without = whole.clone();
    let end = without.len() - 8;
    without[end..].fill(0);
    let seen = look(&bench.file("x", without), None).unwrap();
    assert_eq!(seen.findings[0].title, "No checksum");
}

#[test]
fn what_age_encrypted_with_a_passphrase_opens_and_for_a_key_does_not() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let mut recipient = age::scrypt::Recipient::new(SecretString::from("right".to_owned()));
    recipient.set_work_factor(8);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
    let mut encrypted = Vec::new();
    let mut writer = encryptor.wrap_output(&mut encrypted).unwrap();
    writer.write_all(&through("gzip -c", &dumps.custom)).unwrap();
    writer.finish().unwrap();

    let path = bench.file("x", &encrypted);
    let seen = look(&path, Some("right")).unwrap();
    assert_eq!((seen.kind, seen.encryption), (BundleKind::PgDumpCustom, Some(Encryption::AgePassphrase)));
    assert!(matches!(look(&path, Some("wrong")), Err(BundleError::WrongPassphrase { .. })));
    assert!(look(&path, None).unwrap().needs_passphrase);
    assert_eq!(parts(&path, Some("right")).unwrap()[0].1, dumps.custom);
    let middle = encrypted.len() / 2;
    encrypted[middle] ^= 1;
    assert!(matches!(look(&bench.file("x", &encrypted), Some("right")), Err(BundleError::Damaged { .. })));
    let cut = look(&bench.file("x", &encrypted[..middle - 3]), Some("right"));
    assert!(cut.is_err(), "{cut:?}");

    let key = through("age-keygen", &[]);
    let text = String::from_utf8(key).unwrap();
    let public = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let seen = look(&bench.file("x", through(&format!("age -r {public}"), b"text")), Some("right")).unwrap();
    assert_eq!((seen.encryption, seen.needs_passphrase), (Some(Encryption::AgeKey), false));
    assert_eq!(seen.findings[0].title, "Needs a key");
}

#[test]
fn the_scripts_of_the_supabase_cli_are_one_database() {
    let Some(dumps) = dumps() else { return };
    let plain = String::from_utf8(dumps.plain.clone()).unwrap();
    // What `supabase db dump` makes: one with the tables, one with the rows.
    let tables = plain.lines().filter(|line| line.starts_with("CREATE TABLE") && line.ends_with("();"));
    let schema = tables.collect::<Vec<_>>().join("\n");
    let schema = format!("SET statement_timeout = 0;\n{schema}\nCREATE TABLE public.orders (id int);\n");
    let data = "SET session_replication_role = replica;\nCOPY public.orders (id) FROM stdin;\n1\n2\n\\.\n";
    let bench = Bench::new();
    let paths = [
        bench.file("tree/data.sql", data),
        bench.file("tree/roles.sql", "ALTER ROLE \"anon\" SET \"statement_timeout\" TO '3s';\n"),
        bench.file("tree/schema.sql", schema),
    ];
    let (limits, expected, cancel) = (Limits::generous(), [].into(), CancellationToken::new());
    let request =
        InspectRequest { passphrase: None, limits: &limits, expected: &expected, watch: watch(&cancel) };
    let many = inspect_many(&paths, &request).unwrap();
    let together = many.together.unwrap();
    assert_eq!((together.kind, together.order, together.rows), (BundleKind::SupabaseCli, vec![1, 2, 0], 2));
    assert_eq!(inspect_many(&paths[..1], &request).unwrap().together, None);

    let tar = bench.tar(&["roles.sql", "schema.sql", "data.sql"]);
    let seen = look(&bench.file("x", tar), None).unwrap();
    assert_eq!((seen.kind, seen.rows), (BundleKind::SupabaseCli, Some(2)));
    let roles = seen.parts.iter().filter(|part| part.kind == PartKind::Roles).count();
    assert_eq!(roles, 1);
}

#[test]
fn a_repository_of_restic_in_a_tar_is_said_to_be_one() {
    let bench = Bench::new();
    let repository = bench.path("tree/repo");
    let password = bench.file("password", "x");
    let line = format!("restic -q -r {repository} --password-file {password} init");
    through(&line, &[]);
    let line = format!("restic -q -r {repository} --password-file {password} backup {password}");
    through(&line, &[]);
    let seen = look(&bench.file("x", bench.tar(&["repo"])), None).unwrap();
    assert_eq!(seen.kind, BundleKind::ResticRepository, "{:?}", seen.parts);
    assert!(seen.sentence.contains("open it as a vault"));
}

#[test]
fn an_export_of_holdfast_is_checked_against_its_own_manifest() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let dump = bench.file("tree/database/shop.dump", &dumps.custom);
    let sum = String::from_utf8(through(&format!("sha256sum {dump}"), &[])).unwrap();
    let manifest = |sum: &str| {
        format!(
            r#"{{"format":1,"holdfast":"0.1.0","origin":{{"project":"shop"}},"moment_at_ms":1794621600000,"server":{{"version":"15.8"}},"database":{{"path":"/database/shop.dump","bytes":1,"sha256":"{sum}","tool":"15.8"}}}}"#
        )
    };
    bench.file("tree/manifest.json", manifest(&sum[..64]));
    bench.file("tree/metadata.json", "{}");
    let seen = look(&bench.file("x", bench.tar(&["."])), None).unwrap();
    assert_eq!((seen.kind, seen.project.as_deref()), (BundleKind::Holdfast, Some("shop")));
    let part = seen.parts.iter().find(|part| part.kind == PartKind::Database).unwrap();
    assert_eq!(part.checksum, Checksum::Match);
    bench.file("tree/manifest.json", manifest(&"0".repeat(64)));
    let seen = look(&bench.file("x", bench.tar(&["."])), None).unwrap();
    assert_eq!(
        (seen.findings[0].severity, &*seen.findings[0].title),
        (Severity::Critical, "Checksum differs")
    );
}

#[test]
fn logs_texts_and_unknown_bytes_are_what_they_are() {
    let bench = Bench::new();
    let lines = "{\"at\":1,\"level\":\"info\"}\n{\"at\":2}\n";
    assert_eq!(look(&bench.file("x", lines), None).unwrap().kind, BundleKind::Logs);
    let seen = look(&bench.file("x", b"\x89PNG\r\n\x1a\n1234567890"), None).unwrap();
    assert_eq!(seen.kind, BundleKind::Unknown);
    assert!(seen.sentence.contains("89 50 4e 47"), "{}", seen.sentence);
    let seen = look(&bench.file("x", b""), None).unwrap();
    assert!(seen.sentence.contains("empty"), "{}", seen.sentence);
    bench.file("tree/a/b/c", "x");
    assert_eq!(look(&bench.file("x", bench.tar(&["a"])), None).unwrap().kind, BundleKind::Files);
    let zip = output(std::process::Command::new("printf").arg("PK\\003\\004"), &[]);
    assert!(look(&bench.file("x", zip), None).unwrap().sentence.contains("ZIP"));
}
