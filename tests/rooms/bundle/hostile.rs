//! What no honest program writes: each is refused, with the reason, and soon.

use bundle::{BundleError, Limits};
use postgres::custom_format::Toc;

use super::bench::{Bench, dumps, look, look_with, parts, through};

/// One entry of a tar, as a hostile program would write it.
struct Forged<'a> {
    name: &'a [u8],
    flag: u8,
    size: u64,
    content: &'a [u8],
}

impl Forged<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut block = [0_u8; 512];
        block[..self.name.len()].copy_from_slice(self.name);
        block[100..107].copy_from_slice(b"0000644");
        block[124..135].copy_from_slice(format!("{:011o}", self.size).as_bytes());
        block[136..147].copy_from_slice(b"00000000000");
        block[156] = self.flag;
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let mut all = block.to_vec();
        all.extend_from_slice(self.content);
        all.resize(all.len().next_multiple_of(512), 0);
        all
    }
}

fn file<'a>(name: &'a [u8], content: &'a [u8]) -> Forged<'a> {
    Forged { name, flag: b'0', size: content.len() as u64, content }
}

fn tar(entries: &[Forged<'_>]) -> Vec<u8> {
    let mut all: Vec<u8> = entries.iter().flat_map(Forged::bytes).collect();
    all.extend([0; 1024]);
    all
}

/// Why an archive is refused, by both doors.
fn refusal(archive: &[u8]) -> String {
    let bench = Bench::new();
    let path = bench.file("x", archive);
    let (seen, unpacked) = (look(&path, None), parts(&path, None).map(drop));
    match (seen, unpacked) {
        (Err(BundleError::Hostile { reason, .. }), Err(BundleError::Hostile { reason: same, .. })) => {
            assert_eq!(reason, same);
            reason
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_dump_whose_table_of_contents_names_a_file_elsewhere_is_refused() {
    let Some(dumps) = dumps() else { return };
    let (_, toc) = dumps.directory.iter().find(|(name, _)| name == "toc.dat").unwrap();
    // The name of a table's file, and one of as many letters that leads out of the folder.
    let is_file = |at: usize| toc[at..].starts_with(b".dat") && toc[at - 1].is_ascii_digit();
    let end = (4..toc.len()).find(|at| is_file(*at)).unwrap();
    let digits = toc[..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    assert!(digits >= 3, "{digits}");
    let mut hostile = toc.clone();
    hostile[end - digits..end - digits + 3].copy_from_slice(b"../");
    assert!(Toc::parse_files(toc).is_ok());
    let error = Toc::parse_files(&hostile).unwrap_err().to_string();
    assert!(error.contains("it names a file that no dump has"), "{error}");

    let bench = Bench::new();
    for (name, content) in &dumps.directory {
        bench.file(&format!("tree/dump/{name}"), if name == "toc.dat" { &hostile } else { content });
    }
    let tar = bench.tar(&["dump"]);
    let seen = look(&bench.file("x", tar), None);
    assert!(matches!(&seen, Err(BundleError::Damaged { .. })), "{seen:?}");
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let cases: [(&[u8], &str); 8] = [
        (b"/etc/cron.d/x", "absolute"),
        (b"db/../../x", "`..`"),
        (b"..", "`..`"),
        (b"C:/x", "drive letter"),
        (b"db\\x", "backslash"),
        (b"db/x\ny", "control character"),
        (b"db/\x1b[2Jx", "control character"),
        (b"db/\xff\xfe", "UTF-8"),
    ];
    for (name, reason) in cases {
        let said = refusal(&tar(&[file(b"db/good", b"x"), file(name, b"x")]));
        assert!(said.contains(reason), "{name:?}: {said}");
    }
}

#[test]
fn links_devices_and_pipes_are_refused() {
    let cases = [
        (b'1', "hard link"),
        (b'2', "symbolic link"),
        (b'3', "device"),
        (b'4', "device"),
        (b'6', "named pipe"),
        (b'S', "sparse"),
        (b'M', "another volume"),
        (b'?', "unknown kind"),
    ];
    for (flag, reason) in cases {
        let said = refusal(&tar(&[Forged { name: b"db/x", flag, size: 0, content: b"" }]));
        assert!(said.contains(reason), "{}: {said}", char::from(flag));
    }
}

#[cfg(unix)]
#[test]
fn links_and_sparse_files_of_the_real_tar_are_refused() {
    let bench = Bench::new();
    bench.file("tree/db/a", "x");
    std::os::unix::fs::symlink("/etc/passwd", bench.path("tree/db/link")).unwrap();
    assert!(refusal(&bench.tar(&["db"])).contains("symbolic link"));
    std::fs::remove_file(bench.path("tree/db/link")).unwrap();
    std::fs::hard_link(bench.path("tree/db/a"), bench.path("tree/db/b")).unwrap();
    assert!(refusal(&bench.tar(&["db"])).contains("hard link"));
    for format in ["--format=gnu", "--format=pax"] {
        let bench = Bench::new();
        let sparse = std::fs::File::create(bench.file("tree/db/hole", "")).unwrap();
        sparse.set_len(1 << 40).unwrap();
        assert!(refusal(&bench.tar(&["-S", format, "db"])).contains("sparse"));
    }
}

#[test]
fn a_name_twice_and_one_that_differs_only_by_case_are_refused() {
    assert!(refusal(&tar(&[file(b"db/x", b"1"), file(b"./db/x", b"2")])).contains("twice"));
    assert!(
        refusal(&tar(&[file(b"config/.env", b"1"), file(b"config/.ENV", b"2")])).contains("small letters")
    );
    let bench = Bench::new();
    let twins = tar(&[file(b"storage/b/A", b"1"), file(b"storage/b/a", b"2")]);
    let seen = look(&bench.file("x", twins), None).unwrap();
    assert_eq!(
        seen.findings[0].title, "Similar names",
        "keys of a bucket may differ so: {:?}",
        seen.findings
    );
}

#[test]
fn a_tar_that_ends_anywhere_is_truncated() {
    let bench = Bench::new();
    bench.file("tree/config/.env", "A=1".repeat(300));
    bench.file("tree/config/kong.yml", "b");
    let tar = bench.tar(&["config"]);
    let end = tar.len() - tar.iter().rev().take_while(|byte| **byte == 0).count();
    // The first header has to be there, for it to be a tar at all.
    for end in (512..end.next_multiple_of(512)).step_by(31) {
        let outcome = look(&bench.file("x", &tar[..end]), None);
        assert!(matches!(outcome, Err(BundleError::Truncated { .. })), "{end}: {outcome:?}");
    }
    let packed = through("gzip -c", &tar);
    for end in (20..packed.len()).step_by(7) {
        let outcome = look(&bench.file("x", &packed[..end]), None);
        assert!(matches!(outcome, Err(BundleError::Truncated { .. })), "gzip, {end}: {outcome:?}");
    }
}

#[test]
fn sizes_and_headers_that_lie_are_refused() {
    let bench = Bench::new();
    let lie = |entry: Forged<'_>| look(&bench.file("x", tar(&[entry])), None).unwrap_err();
    let beyond = lie(Forged { name: b"db/x", flag: b'0', size: 1 << 30, content: b"x" });
    assert!(matches!(beyond, BundleError::Truncated { .. }), "{beyond}");
    let long = lie(Forged { name: b"././@LongLink", flag: b'L', size: 1 << 30, content: b"x" });
    assert!(matches!(long, BundleError::TooLarge { .. }), "{long}");
    for record in [&b"99 path=x\n"[..], b"20 size=12x\n", b"12 size=-10\n", b"x"] {
        let pax = || Forged { name: b"pax", flag: b'x', size: record.len() as u64, content: record };
        let alone = lie(pax());
        assert!(matches!(alone, BundleError::Damaged { .. }), "{record:?}: {alone}");
        let error = look(&bench.file("x", tar(&[pax(), file(b"db/x", b"y")])), None).unwrap_err();
        assert!(
            matches!(error, BundleError::Damaged { .. } | BundleError::Truncated { .. }),
            "{record:?}: {error}"
        );
    }
    let named = b"28 path=../../etc/cron.d/x\n\n";
    let pax = Forged { name: b"pax", flag: b'x', size: 27, content: &named[..27] };
    let record = tar(&[pax, file(b"db/x", b"y")]);
    assert!(matches!(
        look(&bench.file("x", record), None),
        Err(BundleError::Damaged { .. } | BundleError::Hostile { .. })
    ));
    let global =
        tar(&[Forged { name: b"g", flag: b'g', size: 12, content: b"12 path=abc\n" }, file(b"db/x", b"y")]);
    assert!(matches!(look(&bench.file("x", global), None), Err(BundleError::Damaged { .. })));
}

#[test]
fn a_pax_path_that_leads_out_is_refused_as_any_other() {
    let record = b"30 path=db/../../etc/cron.d/x\n";
    let pax = Forged { name: b"pax", flag: b'x', size: record.len() as u64, content: record };
    assert!(refusal(&tar(&[pax, file(b"db/x", b"y")])).contains("`..`"));
}

#[test]
fn bombs_are_stopped_by_ratio_size_and_number() {
    let bench = Bench::new();
    let zeros = vec![0; 100 << 20];
    for line in ["gzip -9c", "zstd -c -q", "bzip2 -c", "xz -c"] {
        let bomb = bench.file("bomb", through(line, &zeros));
        let error = look(&bomb, None).unwrap_err();
        assert!(
            matches!(&error, BundleError::TooLarge { what, .. } if what.contains("250 times")),
            "{line}: {error}"
        );
        assert!(matches!(parts(&bomb, None), Err(BundleError::TooLarge { .. })));
    }
    // Each member alone is harmless.
    let member = through("gzip -9c", &zeros[..1 << 20]);
    let error = look(&bench.file("bomb", member.repeat(200)), None).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { .. }), "{error}");
    let small = Limits { unpacked_bytes_max: 1 << 20, ..Limits::generous() };
    let error =
        look_with(&bench.file("x", &zeros), None, &Limits { ratio_max: 2, ..small.clone() }, &[].into());
    assert!(error.is_ok(), "a bare file unpacks nothing: {error:?}");
    let packed = bench.file("x", through("gzip -c", &zeros[..2 << 20]));
    let error = look_with(&packed, None, &small, &[].into()).unwrap_err();
    assert!(
        matches!(&error, BundleError::TooLarge { what, .. } if what.contains("1048576 bytes")),
        "{error}"
    );
}

#[test]
fn too_many_entries_and_too_many_layers_are_refused() {
    let bench = Bench::new();
    let names: Vec<String> = (0..3000).map(|at| format!("config/{at}")).collect();
    let entries: Vec<Forged<'_>> = names.iter().map(|name| file(name.as_bytes(), b"")).collect();
    let path = bench.file("x", tar(&entries));
    assert!(look(&path, None).is_ok());
    let few = Limits { entries_max: 2999, ..Limits::generous() };
    let error = look_with(&path, None, &few, &[].into()).unwrap_err();
    assert!(matches!(&error, BundleError::TooLarge { what, .. } if what.contains("2999 entries")), "{error}");
    let ten_million = Limits::generous().entries_max;
    assert!(ten_million < 10_000_000, "a laptop could not bear it");

    let mut nested = b"a text that is wrapped again and again".to_vec();
    for _ in 0..13 {
        nested = through("gzip -c", &nested);
    }
    let error = look(&bench.file("x", nested), None).unwrap_err();
    assert!(
        matches!(&error, BundleError::TooLarge { what, .. } if what.contains("within one another")),
        "{error}"
    );
    let mut matryoshka = b"x".to_vec();
    for _ in 0..14 {
        matryoshka = tar(&[file(b"x", &matryoshka)]);
    }
    let error = look(&bench.file("x", matryoshka), None).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { .. }), "{error}");
}

#[test]
fn names_do_not_decide_what_a_file_is() {
    let bench = Bench::new();
    bench.file("tree/config/.env", "A=1");
    let (bare, packed) = (bench.tar(&["config"]), bench.tar(&["-z", "config"]));
    let as_packed = look(&bench.file("backup.tar.gz", &bare), None).unwrap();
    let as_bare = look(&bench.file("backup.tar", &packed), None).unwrap();
    assert_eq!((as_packed.kind, as_packed.layers.len()), (as_bare.kind, 1));
    assert_eq!(as_bare.layers.len(), 2);
}

#[cfg(unix)]
#[test]
fn only_a_plain_file_is_opened() {
    let bench = Bench::new();
    bench.file("x", "y");
    std::os::unix::fs::symlink(bench.path("x"), bench.path("link")).unwrap();
    for name in ["link", "."] {
        assert!(matches!(look(&bench.path(name), None), Err(BundleError::NotAFile { .. })), "{name}");
    }
    assert!(matches!(look(&bench.path("nothing"), None), Err(BundleError::Read { .. })));
}

#[test]
fn a_cancelled_inspection_ends_at_once() {
    let bench = Bench::new();
    let path = bench.file("x", vec![b'a'; 10 << 20]);
    let cancel = tokio_util::sync::CancellationToken::new();
    let progress = |bytes: u64| {
        if bytes > 1 << 20 {
            cancel.cancel();
        }
        assert!(bytes < 3 << 20, "it goes on after it was cancelled");
    };
    let watch = bundle::Watch { cancel: &cancel, progress: &progress };
    let (limits, expected) = (Limits::generous(), [].into());
    let request = bundle::InspectRequest { passphrase: None, limits: &limits, expected: &expected, watch };
    assert!(matches!(bundle::inspect(&path, &request), Err(BundleError::Cancelled)));
}
