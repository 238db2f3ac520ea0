//! Compressed archives against the uncompressed ones of the same moment.

use std::io::{self, Read};

use postgres::custom_format::{BlockText, FormatError, Summary, Tap, Uncompressed};
use postgres::tools::Program;

use testkit::tool_sets;

use super::bench::{Shop, dumps, through};

fn inflated(archive: &[u8], buffer: usize) -> io::Result<Vec<u8>> {
    let (mut plain, mut all, mut space) = (Uncompressed::new(archive), Vec::new(), vec![0; buffer]);
    loop {
        match plain.read(&mut space)? {
            0 => return Ok(all),
            count => all.extend_from_slice(&space[..count]),
        }
    }
}

fn tapped(archive: &[u8]) -> Result<Summary, FormatError> {
    let mut tap = Tap::new();
    tap.push(archive);
    tap.finish()
}

/// What `pg_restore` lists, without what is of the header.
fn list(shop: &Shop, archive: &[u8]) -> Vec<String> {
    let text = shop.program(Program::PgRestore, "postgres", &["-l"], archive);
    let text = String::from_utf8(text).unwrap();
    text.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect()
}

#[tokio::test]
async fn compressed_archives_become_what_pg_dump_writes_uncompressed() {
    for set in &tool_sets() {
        let shop = Shop::open(set).await;
        let plain = shop.dump(&["-Fc", "-Z0"]);
        let judge = tapped(&plain).unwrap();
        // To a file, so that the positions of the data are known.
        let file = shop.folder.path().join("x.dump");
        shop.dump(&["-Fc", "-f", file.to_str().unwrap()]);
        let mut archives =
            vec![shop.dump(&["-Fc"]), shop.dump(&["-Fc", "-Z9"]), std::fs::read(file).unwrap()];
        if set.major() >= 16 {
            archives.push(shop.dump(&["-Fc", "--compress=gzip:1"]));
        }
        for (at, archive) in archives.iter().enumerate() {
            assert!(matches!(tapped(archive), Err(FormatError::Compressed)), "archive {at} is compressed");
            let inflated = inflated(archive, 1 << 20).unwrap();
            let summary = tapped(&inflated).unwrap();
            assert_eq!(summary.tables, judge.tables, "PostgreSQL {}, archive {at}", set.major());
            assert_eq!(summary.large_objects, judge.large_objects);
            assert_eq!(summary.toc.entries, judge.toc.entries);
            assert_eq!(list(&shop, &inflated), list(&shop, archive));

            let copy = format!("copy_{at}");
            shop.run("postgres", &format!("create database {copy}")).await;
            shop.program(Program::PgRestore, &copy, &["--exit-on-error", "-d", &copy], &inflated);
            let again = shop.program(Program::PgDump, &copy, &["-Fc", "-Z0"], &[]);
            let again = tapped(&again).unwrap();
            assert_eq!(
                (again.tables, again.large_objects),
                (judge.tables.clone(), judge.large_objects.clone())
            );
        }
        assert_eq!(inflated(&plain, 977).unwrap(), plain, "an uncompressed one passes unchanged");
        shop.cluster.remove().await.unwrap();
    }
}

/// An archive with its rows compressed by zstd, of an uncompressed one without large objects: not every
/// build of `pg_dump` can write one.
fn by_zstd(plain: &[u8], judge: &Summary) -> Vec<u8> {
    let int = |value: usize| [&[0][..], &u32::try_from(value).unwrap().to_le_bytes()].concat();
    let mut archive = plain[..usize::try_from(judge.prefix_bytes).unwrap()].to_vec();
    // Behind the magic, the version, the sizes and the layout.
    archive[11] = 3;
    for block in &judge.blocks {
        let start = usize::try_from(block.offset).unwrap();
        let mut text = Vec::new();
        BlockText::new(&plain[start..], 4).unwrap().read_to_end(&mut text).unwrap();
        text.extend_from_slice(b"\\.\n\n\n");
        archive.extend([&[1][..], &int(usize::try_from(block.dump_id).unwrap())].concat());
        for chunk in through("zstd -c -q", &text).chunks(3000) {
            archive.extend([&int(chunk.len()), chunk].concat());
        }
        archive.extend(int(0));
    }
    archive
}

#[tokio::test]
async fn archives_of_zstd_become_uncompressed_ones_too() {
    for set in tool_sets().iter().filter(|set| set.major() >= 16) {
        let shop = Shop::open(set).await;
        let plain = shop.dump(&["-Fc", "-Z0", "--no-large-objects"]);
        let judge = tapped(&plain).unwrap();
        let archive = by_zstd(&plain, &judge);
        assert!(matches!(tapped(&archive), Err(FormatError::Compressed)));
        let summary = tapped(&inflated(&archive, 4096).unwrap()).unwrap();
        assert_eq!((summary.tables, summary.toc), (judge.tables, judge.toc), "PostgreSQL {}", set.major());
        for end in (archive.len() / 2..archive.len()).step_by(999) {
            let outcome = inflated(&archive[..end], 4096).map(|plain| tapped(&plain));
            assert!(!matches!(outcome, Ok(Ok(_))), "cut at {end}");
        }
        shop.cluster.remove().await.unwrap();
    }
}

#[tokio::test]
async fn an_archive_of_lz4_is_refused_with_its_name() {
    for set in tool_sets().iter().filter(|set| set.major() >= 16) {
        let shop = Shop::open(set).await;
        let mut archive = shop.dump(&["-Fc", "-Z0"]);
        // What the header says of the algorithm; not every build of `pg_dump` can write it.
        archive[11] = 2;
        let error = inflated(&archive, 4096).unwrap_err();
        assert!(error.to_string().contains("LZ4"), "{error}");
        shop.cluster.remove().await.unwrap();
    }
}

#[test]
fn the_size_of_the_readers_buffer_does_not_matter() {
    let Some(dumps) = dumps() else { return };
    let whole = inflated(&dumps.custom, 1 << 20).unwrap();
    for buffer in [1, 7, 512, 65_537] {
        assert!(inflated(&dumps.custom, buffer).unwrap() == whole, "{buffer}");
    }
}

#[test]
fn a_compressed_archive_that_ends_anywhere_is_truncated_and_a_changed_one_damaged() {
    let Some(dumps) = dumps() else { return };
    let archive = &dumps.custom;
    for end in (0..archive.len()).step_by(archive.len() / 150) {
        let outcome = inflated(&archive[..end], 1 << 16).map(|plain| tapped(&plain));
        let is_truncated = match &outcome {
            Err(error) => error.kind() == io::ErrorKind::UnexpectedEof,
            Ok(tapped) => matches!(tapped, Err(FormatError::Truncated { .. })),
        };
        assert!(is_truncated, "cut at {end}: {outcome:?}");
    }
    let mut changed = archive.clone();
    // Within the rows of the largest table.
    let at = changed.len() / 2;
    changed[at..at + 8].fill(0xff);
    let outcome = inflated(&changed, 1 << 16);
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::InvalidData);
}
