//! The JSON of an organisation, as Opttius writes it.

use std::fmt::Write as _;

use bundle::{
    BundleError, BundleKind, Cell, ColumnKind, DatabaseFormat, Limits, NoRows, OrganisationFile,
    OrganisationRows, Row,
};

use super::bench::{Bench, look, parts};

#[derive(Default)]
struct Rows(Vec<Row>);

impl OrganisationRows for Rows {
    fn table(&mut self, _name: &str) -> Result<(), BundleError> {
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), BundleError> {
        self.0.push(row.clone());
        Ok(())
    }
}

fn document(tables: &str) -> String {
    format!(
        r#"{{"backup_id":"backup_o1_1","created_at":"2026-11-14T02:00:00.000Z","created_by":"system-cron","organization_id":"o1","version":"1.5","tables":{{{tables}}}}}"#
    )
}

fn read(text: impl AsRef<[u8]>) -> Result<(OrganisationFile, Vec<Row>), BundleError> {
    let mut rows = Rows::default();
    OrganisationFile::read(&mut text.as_ref(), "x", &Limits::generous(), &mut rows).map(|file| (file, rows.0))
}

#[test]
fn columns_have_the_types_that_take_all_their_values() {
    use ColumnKind::{BigInt, Boolean, Date, Jsonb, Numeric, Text, TimestampTz, Uuid};
    let (file, rows) = read(document(
        r#""orders":{"data":[
        {"id":"7f1b0a52-8f0e-4c0b-9d5c-3a3d0d2f4b11","n":1,"price":12.10,"at":"2026-11-14T02:00:00.123456+00:00","day":"2026-11-14","ok":true,"doc":{"a":[1,1.0]},"t":"2026","mixed":1,"gone":null},
        {"id":"7f1b0a52-8f0e-4c0b-9d5c-3a3d0d2f4b12","n":9223372036854775807,"price":123456789012345678.90,"at":null,"day":"2026-02-28","ok":null,"doc":"text","t":"x","mixed":"a","gone":null}],
        "record_count":2}"#,
    ))
    .unwrap();
    let table = &file.tables[0];
    let kinds: Vec<_> = table.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [Uuid, BigInt, Numeric, TimestampTz, Date, Boolean, Jsonb, Text, Text, Text]);
    assert_eq!((table.rows, table.record_count, table.key.as_deref()), (2, Some(2), Some("id")));
    assert_eq!(rows[1].cells[2].1, Cell::Number("123456789012345678.90".into()), "a price keeps every digit");
    let line = rows[1].copy_line(&table.columns);
    assert_eq!(
        line,
        "7f1b0a52-8f0e-4c0b-9d5c-3a3d0d2f4b12\t9223372036854775807\t123456789012345678.90\t\\N\t2026-02-28\t\\N\t\"text\"\tx\ta\t\\N\n"
    );
    assert!(
        rows[0].to_json().contains(r#""price":12.10,"#)
            && rows[0].to_json().contains(r#""doc":{"a":[1,1.0]}"#)
    );
}

#[test]
fn texts_come_out_as_they_were_meant() {
    let (file, rows) = read(document(
        r#""t":{"data":[{"a":"tab\tnew\nline back\\slash \"quote\" \u00e9\ud83d\ude00 \\N","id":1}],"record_count":1}"#,
    ))
    .unwrap();
    assert_eq!(rows[0].cells[0].1, Cell::Text("tab\tnew\nline back\\slash \"quote\" é😀 \\N".into()));
    assert_eq!(
        rows[0].copy_line(&file.tables[0].columns),
        "tab\\tnew\\nline back\\\\slash \"quote\" é😀 \\\\N\t1\n"
    );
}

#[test]
fn tables_that_were_cut_skipped_or_not_read_are_named() {
    let mut full = String::new();
    for id in 0..1000 {
        let _ = write!(full, "{}{{\"id\":{id}}}", if id > 0 { "," } else { "" });
    }
    let tables = format!(
        r#""orders":{{"data":[{full}],"record_count":1000}},"few":{{"data":[{{"id":1}}],"record_count":3}},"left":{{"data":[],"record_count":0,"skipped":true}},"bad":{{"data":[],"record_count":0,"error":"permission denied"}}"#
    );
    let bench = Bench::new();
    let path = bench.file("x.json", document(&tables));
    let seen = look(&path, None).unwrap();
    assert_eq!((seen.kind, seen.project.as_deref()), (BundleKind::OpttiusOrganisation, Some("o1")));
    let found: Vec<_> = seen
        .findings
        .iter()
        .map(|finding| (&*finding.title, finding.words.split(' ').next().unwrap()))
        .collect();
    for wanted in [
        ("Table not read", "bad:"),
        ("Rows missing", "few"),
        ("Table skipped", "left"),
        ("Probably cut", "orders"),
    ] {
        assert!(found.contains(&wanted), "{wanted:?}: {found:?}");
    }
    assert_eq!(seen.rows, Some(1001));
    assert_eq!(seen.created_at.unwrap().to_string(), "2026-11-14T02:00:00Z");
    assert_eq!(parts(&path, None).unwrap()[0].0.format, Some(DatabaseFormat::OrganisationJson));
}

#[test]
fn a_key_is_one_only_when_every_row_has_another() {
    for rows in [r#"{"id":1},{"id":1}"#, r#"{"id":1},{"b":2}"#, r#"{"id":null}"#, r#"{"b":1}"#] {
        let (file, _) = read(document(&format!(r#""t":{{"data":[{rows}]}}"#))).unwrap();
        assert_eq!(file.tables[0].key, None, "{rows}");
    }
}

#[test]
fn a_document_that_ends_anywhere_is_truncated() {
    let whole =
        document(r#""t":{"data":[{"id":1,"a":"é\u00e9","b":[1,{"c":null}]},{"id":2.5e3}],"record_count":2}"#);
    assert!(read(&whole).is_ok());
    for end in 0..whole.len() {
        let outcome = read(&whole.as_bytes()[..end]);
        assert!(
            matches!(outcome, Err(BundleError::Truncated { .. } | BundleError::Damaged { .. })),
            "{end}: {outcome:?}"
        );
    }
}

#[test]
fn bombs_and_nonsense_are_refused() {
    let row = |row: &str| document(&format!(r#""t":{{"data":[{row}]}}"#));
    for deep in
        [format!(r#"{{"a":{}}}"#, "[".repeat(100_000)), format!(r#"{{"a":{}1}}"#, r#"{"b":"#.repeat(100_000))]
    {
        assert!(matches!(read(row(&deep)), Err(BundleError::TooLarge { .. })));
    }
    let small = Limits { item_bytes_max: 1000, ..Limits::generous() };
    let wide = row(&format!(r#"{{"a":"{}"}}"#, "x".repeat(2000)));
    let outcome = OrganisationFile::read(&mut wide.as_bytes(), "x", &small, &mut NoRows);
    assert!(matches!(outcome, Err(BundleError::TooLarge { .. })), "{outcome:?}");
    let many = row(&format!("{}{{}}", r#"{"a":"0123456789"},"#.repeat(2000)));
    assert!(
        OrganisationFile::read(&mut many.as_bytes(), "x", &small, &mut NoRows).is_ok(),
        "each row is small"
    );
    for bad in [
        r#"{"a":01}"#,
        r#"{"a":+1}"#,
        r#"{"a":1.}"#,
        r#"{"a":NaN}"#,
        r#"{"a":tru}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\u0000"}"#,
        "{\"a\":\"\n\"}",
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,}"#,
        "{a:1}",
        "1",
        "[]",
        r#"{"a":"\x"}"#,
    ] {
        assert!(matches!(read(row(bad)), Err(BundleError::Damaged { .. })), "{bad}");
    }
    for bad in [
        "[]",
        "{}",
        r#"{"tables":{}}x"#,
        r#"{"tables":{"t":{"data":{}}}}"#,
        r#"{"tables":{"t":{},"t":{}}}"#,
        r#"{"tables":{},"tables":{}}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
