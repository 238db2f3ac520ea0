//! Backup files from elsewhere: scripts, documents of organisations, compressed dumps.

use std::io::{self, Read};

use bundle::{BundleError, Limits, OrganisationFile, OrganisationRows, Piece, Row, Script, SqlGate};
use postgres::custom_format::{Tap, Toc, Uncompressed};

/// A script. The first byte says how it is cut.
pub(crate) fn sql(input: &[u8]) {
    let Some((&size, script)) = input.split_first() else { return };
    let (mut whole, mut pieces) = (SqlGate::new(), SqlGate::new());
    whole.push(script);
    script.chunks(usize::from(size) + 1).for_each(|piece| pieces.push(piece));
    let verdict = whole.finish();
    assert_eq!(pieces.finish(), verdict, "the verdict depends on how the script was cut");
    if script.contains(&0) {
        assert!(!verdict.passes(), "no text holds a NUL");
    }
    for refusal in &verdict.refusals {
        assert!(refusal.line >= 1 && refusal.line <= verdict.lines + 1, "{refusal:?}");
        assert!(!refusal.quote.chars().any(char::is_control) && refusal.quote.chars().count() <= 61);
    }
    // Without a backslash there is no command.
    if !script.contains(&b'\\') {
        assert!(!verdict.refusals.iter().any(|refusal| refusal.reason == "would run a program"));
    }
    let (whole, slow) = (cut(script, script.len().max(1)), cut(script, usize::from(size) + 1));
    assert_eq!(whole, slow, "the pieces depend on how the script was read");
    if verdict.passes() && !verdict.is_cut && std::str::from_utf8(script).is_ok() {
        let copies = whole.iter().filter(|piece| matches!(piece, Piece::Copy { .. })).count();
        let ends = whole.iter().filter(|piece| matches!(piece, Piece::RowsEnd)).count();
        assert_eq!(copies, ends, "rows without an end");
        let statements = whole.iter().filter(|piece| matches!(piece, Piece::Statement { .. })).count();
        assert!((statements + copies) as u64 <= verdict.statements, "more than were judged");
    }
}

/// The pieces of a script, whatever is wrong with it; rows that follow each other as one.
fn cut(script: &[u8], size: usize) -> Vec<Piece> {
    let mut script = Script::open(Slow(script, size), "x");
    let mut all: Vec<Piece> = Vec::new();
    while let Some(pieces) = script.pieces().expect("bytes can be read") {
        for piece in pieces {
            match (all.last_mut(), piece) {
                (Some(Piece::Rows(before)), Piece::Rows(rows)) => before.extend(rows),
                (_, piece) => all.push(piece),
            }
        }
    }
    all
}

/// Gives some bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let (now, later) = self.0.split_at(self.0.len().min(self.1).min(space.len()));
        space[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl OrganisationRows for Rows {
    fn table(&mut self, _name: &str) -> Result<(), BundleError> {
        self.0.clear();
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), BundleError> {
        let _: serde_json::Value = serde_json::from_str(&row.to_json()).expect("a row is a JSON object");
        self.0.push(row.clone());
        Ok(())
    }

    fn end(&mut self, table: &bundle::OrganisationTable) -> Result<(), BundleError> {
        assert_eq!(table.rows, self.0.len() as u64);
        for row in &self.0 {
            let line = row.copy_line(&table.columns);
            assert_eq!(line.matches('\n').count(), 1, "{line:?}");
            assert_eq!(line.matches('\t').count(), table.columns.len().saturating_sub(1), "{line:?}");
        }
        Ok(())
    }
}

/// The document of an organisation.
pub(crate) fn organisation(input: &[u8]) {
    let limits = Limits { item_bytes_max: 1 << 20, ..Limits::generous() };
    let read = OrganisationFile::read(&mut &*input, "x", &limits, &mut Rows::default());
    if read.is_ok() {
        assert!(std::str::from_utf8(input).is_ok());
    }
}

/// A compressed archive of `pg_dump`. The first byte says how it is read.
pub(crate) fn inflate(input: &[u8]) {
    let Some((&size, archive)) = input.split_first() else { return };
    let (whole, pieces) = (read(archive, 1 << 16), read(archive, usize::from(size) + 1));
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert!(whole == pieces, "the archive depends on how it was read");
            let toc = Toc::parse(&whole).expect("an archive that was read through has a head");
            assert!(!toc.header.is_compressed);
            let mut tap = Tap::new();
            tap.push(&whole);
            let _ = tap.finish();
        }
        (Err(_), Err(_)) => {}
        (whole, pieces) => panic!("in one piece {:?}, in small ones {:?}", whole.is_ok(), pieces.is_ok()),
    }
}

/// As much as a fuzzer has the patience for.
fn read(archive: &[u8], buffer: usize) -> io::Result<Vec<u8>> {
    const BYTES_MAX: usize = 8 << 20;
    let (mut plain, mut all, mut space) = (Uncompressed::new(archive), Vec::new(), vec![0; buffer]);
    loop {
        match plain.read(&mut space)? {
            0 => return Ok(all),
            _ if all.len() > BYTES_MAX => return Err(io::ErrorKind::FileTooLarge.into()),
            count => all.extend_from_slice(&space[..count]),
        }
    }
}
