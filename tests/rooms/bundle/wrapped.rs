//! Layers, made by the real programs and taken off in any order.

use base::Severity;
use bundle::{BundleError, BundleKind, Derivation, Encryption, Layer};

use super::bench::{Bench, dumps, look, parts, through};

#[test]
fn a_dump_is_known_in_every_wrapping() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let wrappings: [(&str, &[Layer]); 6] = [
        ("gzip -c", &[Layer::Gzip]),
        ("zstd -c -q", &[Layer::Zstd]),
        ("bzip2 -c", &[Layer::Bzip2]),
        ("xz -c", &[Layer::Xz]),
        ("gzip -c|zstd -c -q", &[Layer::Zstd, Layer::Gzip]),
        ("bzip2 -c|gzip -c|xz -c", &[Layer::Xz, Layer::Gzip, Layer::Bzip2]),
    ];
    let plain = look(&bench.file("plain", &dumps.custom), None).unwrap();
    assert_eq!((plain.kind, &*plain.layers), (BundleKind::PgDumpCustom, &[][..]));
    assert_eq!(plain.project.as_deref(), Some("shop"));
    for (line, layers) in wrappings {
        let wrapped = line.split('|').fold(dumps.custom.clone(), |bytes, line| through(line, &bytes));
        // The name says nothing, or something wrong.
        let file = bench.file("backup.tar", wrapped);
        let seen = look(&file, None).unwrap();
        assert_eq!((seen.kind, &*seen.layers), (BundleKind::PgDumpCustom, layers), "{line}");
        assert_eq!((&seen.tables, seen.rows), (&plain.tables, plain.rows));
        assert_eq!(parts(&file, None).unwrap()[0].1, dumps.custom);
    }
}

#[test]
fn rows_are_those_of_the_database_and_the_largest_table_comes_first() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let seen = look(&bench.file("x", &dumps.custom), None).unwrap();
    let names: Vec<_> = seen.tables.iter().map(|table| (&*table.name, table.rows)).collect();
    assert_eq!(names[..2], [("texts", Some(8)), ("orders", Some(20_000))]);
    assert_eq!((seen.tables.len(), seen.rows, seen.large_objects.0), (5, Some(20_517), 6));
    assert!(
        seen.sentence.starts_with("This is a dump of a database, “shop”, made by pg_dump 1"),
        "{}",
        seen.sentence
    );
    assert!(seen.created_at.is_some() && seen.server_version.is_some());
    assert!(seen.findings.iter().all(|finding| finding.severity == Severity::Ok), "{:?}", seen.findings);
}

#[test]
fn each_way_of_openssl_to_make_a_key_opens_and_a_wrong_passphrase_does_not() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let ways = [
        ("-pbkdf2", Derivation::Pbkdf2Sha256),
        ("-md sha256", Derivation::BytesToKeySha256),
        ("-md md5", Derivation::BytesToKeyMd5),
    ];
    for (options, derivation) in ways {
        for content in
            [dumps.custom.clone(), through("gzip -c", &dumps.plain), b"a short secret text".to_vec()]
        {
            let line = format!("openssl enc -aes-256-cbc -salt {options} -pass pass:right");
            let file = bench.file("x.enc", through(&line, &content));
            let seen = look(&file, Some("right")).unwrap();
            assert_eq!(seen.encryption, Some(Encryption::Openssl(Some(derivation))), "{options}");
            let warned = seen.findings.iter().find(|finding| finding.title == "Not authenticated").unwrap();
            assert!(warned.words.contains("cannot show changes"));
            let wrong = look(&file, Some("wrong"));
            assert!(matches!(wrong, Err(BundleError::WrongPassphrase { .. })), "{options}: {wrong:?}");
            let closed = look(&file, None).unwrap();
            assert_eq!((closed.kind, closed.needs_passphrase), (BundleKind::Encrypted, true));
            assert!(matches!(parts(&file, None), Err(BundleError::PassphraseNeeded { .. })));
        }
        let line = format!("openssl enc -d -aes-256-cbc {options} -pass pass:right");
        let encrypted = std::fs::read(bench.path("x.enc")).unwrap();
        assert_eq!(through(&line, &encrypted), b"a short secret text", "the program opens it too");
    }
}

#[test]
fn an_encrypted_file_that_was_cut_is_truncated() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let whole = through("openssl enc -aes-256-cbc -salt -md sha256 -pass pass:right", &dumps.custom);
    for end in [8, 12, 16, 40, 16 * 600, whole.len() - 16, whole.len() - 1] {
        let outcome = look(&bench.file("x", &whole[..end]), Some("right"));
        assert!(
            matches!(outcome, Err(BundleError::Truncated { .. } | BundleError::WrongPassphrase { .. })),
            "{end}: {outcome:?}"
        );
        assert!(end < 9000 || matches!(outcome, Err(BundleError::Truncated { .. })), "{end}: {outcome:?}");
    }
}
