//! A small archive, cut in every place.

use super::*;

fn int(value: u8) -> Vec<u8> {
    vec![0, value, 0, 0, 0]
}

fn text(text: &str) -> Vec<u8> {
    [&int(u8::try_from(text.len()).unwrap()), text.as_bytes()].concat()
}

/// One table with two rows.
fn archive() -> Vec<u8> {
    let mut archive = b"PGDMP\x01\x0e\x00\x04\x08\x01".to_vec();
    // No compression, the seven parts of a time, three names.
    archive.extend((0..8).flat_map(|_| int(0)));
    archive.extend([text("shop"), text("15.1"), text("15.1"), int(1)].concat());
    let none = || vec![1, 1, 0, 0, 0];
    let tag_and_kind = [text("t"), text("TABLE DATA")].concat();
    let copy = [text(""), text(""), text("COPY public.t FROM stdin;\n"), text("public")].concat();
    archive.extend([int(7), int(1), text("0"), text("0"), tag_and_kind, int(3), copy].concat());
    archive.extend([text(""), text(""), text("me"), text("false"), none(), vec![2; 9]].concat());
    archive.extend([vec![1], int(7), text("a\nb\n\\.\n\n\n"), int(0)].concat());
    archive
}

fn watch(pieces: &[&[u8]]) -> Result<Summary, FormatError> {
    let mut tap = Tap::new();
    for piece in pieces {
        tap.push(piece);
    }
    tap.finish()
}

#[test]
fn an_archive_in_two_pieces_is_the_same_wherever_it_was_cut() {
    let archive = archive();

    let whole = watch(&[&archive]).unwrap();

    assert_eq!((whole.tables[0].rows, whole.blocks.len()), (2, 1));
    for cut in 0..archive.len() {
        assert_eq!(watch(&[&archive[..cut], &archive[cut..]]).as_ref(), Ok(&whole), "cut at {cut}");
    }
}

#[test]
fn an_archive_that_ends_anywhere_is_truncated() {
    let archive = archive();

    for end in 0..archive.len() {
        let outcome = watch(&[&archive[..end]]);
        assert!(matches!(outcome, Err(FormatError::Truncated { .. })), "ends at {end}: {outcome:?}");
    }
}
