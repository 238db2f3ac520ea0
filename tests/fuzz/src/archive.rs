//! Archives in the custom format of `pg_dump`.

use std::io::{self, Read};

use postgres::custom_format::{Block, BlockKind, BlockText, FormatError, LineDigest, Summary, Tap, Toc};

/// The head of an archive.
pub(crate) fn toc(bytes: &[u8]) {
    let Ok(toc) = Toc::parse(bytes) else { return };
    let end = usize::try_from(toc.prefix_bytes).expect("it was in memory");
    assert_eq!(Toc::parse(&bytes[..end]).as_ref(), Ok(&toc), "what follows the head is not a part of it");
    let cut = Toc::parse(&bytes[..end - 1]);
    assert!(matches!(cut, Err(FormatError::Truncated { .. })), "{cut:?}");
    assert!(toc.without_blocks(&[]).iter().all(|entry| entry.has_data));
    let _ = (toc.encoding(), toc.database_statements("restored"));
}

/// A whole archive as it streams by. The first two bytes say how it is cut.
pub(crate) fn tap(input: &[u8]) {
    let Some((cuts, archive)) = input.split_first_chunk::<2>() else { return };
    let whole = watch(archive, archive.len().max(1), 0);
    let pieces = watch(archive, usize::from(cuts[0]) + 1, usize::from(cuts[1]));
    assert_eq!(pieces.0, whole.0, "the result depends on how the archive was cut");
    let Ok(summary) = whole.0 else { return };
    let rows: u64 = summary.tables.iter().map(|table| table.rows).sum();
    // Before the end, fewer may have been seen, since the head is not looked at for each piece.
    assert!(rows == whole.1 && rows >= pieces.1);
    assert_eq!(Toc::parse(archive).as_ref(), Ok(&summary.toc));
    look_into_blocks(archive, &summary);
}

fn watch(archive: &[u8], first: usize, growth: usize) -> (Result<Summary, FormatError>, u64) {
    let mut tap = Tap::new();
    let (mut rest, mut size) = (archive, first);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(size.min(rest.len()));
        tap.push(piece);
        rest = later;
        size += growth;
    }
    let rows = tap.rows();
    (tap.finish(), rows)
}

/// What a restore will read of each block is what was counted while it streamed by.
fn look_into_blocks(archive: &[u8], summary: &Summary) {
    let mut tables = summary.tables.iter();
    let mut end = summary.prefix_bytes;
    for Block { kind, offset, length, .. } in &summary.blocks {
        assert_eq!(*offset, end, "blocks follow one another");
        end = offset + length;
        if *kind != BlockKind::Rows {
            continue;
        }
        let table = tables.next().expect("each block of rows has a table");
        let range = usize::try_from(*offset).expect("a place")..usize::try_from(end).expect("a place");
        let text = read(&archive[range], summary.toc.header.int_bytes, 4096).expect("the block's text");
        let mut lines = LineDigest::of_stream();
        lines.push(&text);
        assert!(lines.is_complete());
        let found = (lines.rows(), lines.bytes(), lines.fingerprint());
        assert_eq!(found, (table.rows, table.bytes, table.fingerprint.clone()));
    }
    assert_eq!(end, archive.len() as u64, "nothing stands behind the blocks");
    assert!(tables.next().is_none());
}

/// One block of rows. The first byte says how wide its numbers are, and how it is read.
pub(crate) fn block(input: &[u8]) {
    let Some((&how, block)) = input.split_first() else { return };
    let (int_bytes, buffer) = (how % 8 + 1, usize::from(how / 8) + 1);
    let (whole, pieces) = (read(block, int_bytes, 1 << 16), read(block, int_bytes, buffer));
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole, pieces, "the text depends on how it was read");
            assert!(whole.len() < block.len());
            assert!(whole.is_empty() || !whole.windows(4).any(|part| part == b"\n\\.\n"));
        }
        (Err(_), Err(_)) => {}
        (whole, pieces) => panic!("in one piece {whole:?}, in small ones {pieces:?}"),
    }
}

fn read(block: &[u8], int_bytes: u8, buffer: usize) -> io::Result<Vec<u8>> {
    let mut text = BlockText::new(block, int_bytes)?;
    let (mut all, mut space) = (Vec::new(), vec![0; buffer]);
    loop {
        match text.read(&mut space)? {
            0 => return Ok(all),
            count => all.extend_from_slice(&space[..count]),
        }
    }
}

/// COPY lines. The first byte says how they are cut.
pub(crate) fn lines(input: &[u8]) {
    let Some((&size, text)) = input.split_first() else { return };
    for make in [LineDigest::of_stream, LineDigest::of_block] {
        let (mut whole, mut pieces) = (make(), make());
        whole.push(text);
        text.chunks(usize::from(size) + 1).for_each(|piece| pieces.push(piece));
        let facts =
            |lines: &LineDigest| (lines.rows(), lines.bytes(), lines.fingerprint(), lines.is_complete());
        assert_eq!(facts(&whole), facts(&pieces));
        assert!(whole.bytes() <= text.len() as u64 && whole.rows() <= whole.bytes());
    }
    let mut stream = LineDigest::of_stream();
    stream.push(text);
    assert_eq!(stream.is_complete(), text.is_empty() || text.ends_with(b"\n"));
    assert_eq!(stream.rows(), text.split(|byte| *byte == b'\n').count() as u64 - 1);
}
