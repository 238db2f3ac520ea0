//! restic reads what we write, we read what restic writes, and both may write.

use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use vault::{Cancel, EntryKind};

use crate::bench::{Bench, meta, noise, options, rows, snapshots};

const ODD_NAMES: [&str; 8] = [
    "/odd/quote\"d",
    "/odd/back\\slash",
    "/odd/tab\tname",
    "/odd/new\nline",
    "/odd/ünïcode ☃ 😀",
    "/odd/<html>&",
    "/odd/\u{7f}\u{85}\u{a0}",
    "/odd/-dash $(x) `y`",
];

#[test]
fn restic_checks_lists_dumps_and_restores_what_we_wrote() {
    let bench = Bench::new();
    let big = rows(1, 50_000_000);
    let random = noise(2, 5_000_000);
    let mut files = vec![("/database/shop.dump", big), ("/random", random), ("/empty", Vec::new())];
    files.extend(ODD_NAMES.map(|name| (name, name.as_bytes().to_vec())));
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (*path, &content[..])).collect();

    let committed = bench.write(&borrowed);

    let Some(check) = bench.restic(&["check", "--read-data"]) else { return };
    assert!(check.contains("no errors were found"), "{check}");
    let listing = bench.restic(&["ls", "latest", "--json"]).unwrap();
    assert!(listing.contains("\"size\":50000000"), "sizes are listed");
    assert!(listing.contains("\"permissions\":\"-rw-r-----\""), "modes are listed");
    let snapshots = bench.restic(&["snapshots", "--json"]).unwrap();
    assert!(snapshots.contains(&committed.snapshot.to_string()) && snapshots.contains("project:shop"));
    let target = bench.directory.path().join("out");
    bench.restic(&["restore", "latest", "--verify", "--target", target.to_str().unwrap()]).unwrap();
    for (path, content) in &files {
        let restored = fs::read(target.join(&path[1..])).unwrap();
        assert!(restored == *content, "{path} differs");
    }
    let restored = fs::metadata(target.join("database/shop.dump")).unwrap();
    assert_eq!(restored.permissions().mode() & 0o777, 0o640);
    let dump = crate::bench::restic_output(bench.directory.path(), &["dump", "latest", "/manifest.json"]);
    assert_eq!(dump.unwrap().stdout, b"{}");
}

#[test]
fn restic_reads_many_small_files() {
    let bench = Bench::new();
    let writer = bench.begin();
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            let writer = &writer;
            scope.spawn(move || {
                for number in 0..500 {
                    let content = noise(thread * 500 + number, usize::try_from(number * 7).unwrap());
                    writer.file(&format!("/many/{thread}/{number}"), &meta(), &content[..]).unwrap();
                }
            });
        }
    });
    let committed = writer.commit(b"{}").unwrap();

    assert_eq!(committed.files, 2001);
    let Some(check) = bench.restic(&["check", "--read-data"]) else { return };
    assert!(check.contains("no errors were found"), "{check}");
    assert_eq!(bench.read(&committed.snapshot, "/many/3/499"), noise(1999, 499 * 7));
}

#[test]
fn streams_written_in_parallel_do_not_mix() {
    let bench = Bench::new();
    let contents: Vec<Vec<u8>> = (0..6).map(|seed| rows(seed * 1_000_000_000, 8_000_000)).collect();
    let writer = bench.begin();
    thread::scope(|scope| {
        for (number, content) in contents.iter().enumerate() {
            let writer = &writer;
            scope.spawn(move || writer.file(&format!("/{number}"), &meta(), &content[..]).unwrap());
        }
    });
    let committed = writer.commit(b"{}").unwrap();

    for (number, content) in contents.iter().enumerate() {
        assert!(bench.read(&committed.snapshot, &format!("/{number}")) == *content, "{number}");
    }
    assert_eq!(bench.check_all().problems, []);
    bench.restic(&["check", "--read-data"]);
}

#[test]
fn the_hash_of_the_whole_stream_is_returned() {
    let bench = Bench::new();
    let writer = bench.begin();
    for content in [rows(1, 9_000_000), b"small".to_vec(), Vec::new()] {
        let written = writer.file(&format!("/{}", content.len()), &meta(), &content[..]).unwrap();
        assert_eq!(written.sha256, *vault::Id::of(&content).as_bytes());
        assert_eq!(written.bytes, content.len() as u64);
    }
}

fn make_tree(root: &Path) {
    fs::create_dir_all(root.join("deep/er")).unwrap();
    fs::write(root.join("deep/er/rows"), rows(3, 3_000_000)).unwrap();
    fs::write(root.join("noise"), noise(4, 2_000_000)).unwrap();
    fs::write(root.join("empty"), b"").unwrap();
    for name in ODD_NAMES {
        fs::write(root.join(name.trim_start_matches("/odd/")), name).unwrap();
    }
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"not utf-8 \xff")), b"raw").unwrap();
    std::os::unix::fs::symlink("noise", root.join("link")).unwrap();
}

#[test]
fn we_read_what_restic_wrote() {
    let Some(bench) = Bench::by_restic() else { return };
    let source = bench.directory.path().join("source");
    make_tree(&source);
    bench.restic(&["backup", "--tag", "theirs", "source"]).unwrap();

    bench.vault.refresh().unwrap();
    let snapshots = snapshots(&bench.vault).unwrap();
    assert_eq!(snapshots[0].tags, ["theirs"]);
    let snapshot = snapshots[0].id;
    let prefix = "/source";
    let entries = bench.vault.entries(&snapshot).unwrap();
    let link = entries.iter().find(|entry| entry.path.ends_with("/link")).unwrap();
    assert_eq!(link.kind, EntryKind::Link);
    assert!(bench.read(&snapshot, &format!("{prefix}/deep/er/rows")) == rows(3, 3_000_000));
    for name in ODD_NAMES {
        let path = format!("{prefix}/{}", name.trim_start_matches("/odd/"));
        assert_eq!(bench.read(&snapshot, &path), name.as_bytes());
    }
    assert_eq!(bench.check_all().problems, []);
    let target = bench.directory.path().join("out");
    let report = bench.vault.restore(&snapshot, &target, &Cancel::new()).unwrap();
    assert_eq!(report.problems, []);
    let difference = std::process::Command::new("diff")
        .arg("-r")
        .arg(&source)
        .arg(target.join("source"))
        .output()
        .unwrap();
    assert!(difference.status.success(), "{}", String::from_utf8_lossy(&difference.stdout));
}

#[test]
fn restic_and_we_write_into_the_same_repository() {
    let bench = Bench::new();
    let ours = bench.write(&[("/ours", &rows(1, 3_000_000))]).snapshot;
    let source = bench.directory.path().join("source");
    make_tree(&source);
    let Some(_) = bench.restic(&["backup", "source"]) else { return };

    let again = bench.write(&[("/again", &rows(1, 4_000_000))]).snapshot;

    assert_eq!(snapshots(&bench.vault).unwrap().len(), 3);
    assert!(bench.read(&ours, "/ours") == rows(1, 3_000_000));
    assert!(bench.read(&again, "/again") == rows(1, 4_000_000));
    let check = bench.restic(&["check", "--read-data"]).unwrap();
    assert!(check.contains("no errors were found"), "{check}");
    assert_eq!(bench.check_all().problems, []);
}

#[test]
fn a_range_is_read_exactly() {
    let bench = Bench::new();
    let content = rows(5, 20_000_000);
    let snapshot = bench.write(&[("/rows", &content)]).snapshot;
    for (offset, length) in
        [(0, 1), (1, 300_000), (7_654_321, 9_000_000), (19_999_999, 50), (20_000_000, 5), (0, 0)]
    {
        let mut range = Vec::new();
        let mut reader = bench.vault.read_range(&snapshot, "/rows", offset, length).unwrap();
        assert_eq!(reader.size(), 20_000_000);
        reader.read_to_end(&mut range).unwrap();
        let start = usize::try_from(offset).unwrap();
        let end = content.len().min(start + usize::try_from(length).unwrap());
        assert!(range == content[start..end], "{offset} {length}");
    }
    let mut reader = bench.vault.read(&snapshot, "rows").unwrap();
    reader.read_exact(&mut [0; 100]).unwrap();
    reader.skip_to(12_345_678).unwrap();
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert!(rest == content[12_345_678..]);
}

#[test]
fn a_file_is_kept_from_the_parent_without_reading_it() {
    let bench = Bench::new();
    let content = rows(6, 5_000_000);
    let parent = bench.write(&[("/storage/a/big", &content), ("/other", b"x")]).snapshot;
    let writer = bench.vault.begin(options(Some(parent)), Cancel::new()).unwrap();
    assert_eq!(writer.keep("/storage/a/big").unwrap(), 5_000_000);
    assert!(writer.keep("/storage/a/none").is_err());
    assert!(writer.keep("/storage/a").is_err());
    writer.file("/storage/a/none", &meta(), &b"instead"[..]).unwrap();
    let committed = writer.commit(b"{}").unwrap();

    assert_eq!((committed.bytes, committed.files), (5_000_000 + 7 + 2, 3));
    assert!(committed.bytes_new < 2000);
    assert!(bench.read(&committed.snapshot, "/storage/a/big") == content);
    bench.restic(&["check", "--read-data"]);
}
