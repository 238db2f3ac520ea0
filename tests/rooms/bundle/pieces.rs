//! Scripts as the pieces that are sent to a server: cut where the server itself cuts, in whatever encoding.

use bundle::{Piece, Script};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use testkit::{Database, Server};

/// As many as a server reads in some seconds.
const SCRIPTS: usize = 200;

fn pieces(script: &[u8]) -> Vec<Piece> {
    let mut script = Script::open(script, "x");
    let mut all = Vec::new();
    while let Some(pieces) = script.pieces().unwrap() {
        all.extend(pieces);
    }
    let verdict = script.finish();
    assert_eq!((verdict.refusals, verdict.is_cut), (vec![], false));
    all
}

fn statements(script: impl AsRef<[u8]>) -> Vec<String> {
    let all = pieces(script.as_ref()).into_iter();
    all.filter_map(|piece| match piece {
        Piece::Statement { text, .. } => Some(text),
        _ => None,
    })
    .collect()
}

#[test]
fn a_script_is_cut_into_what_each_piece_is_for() {
    let script = "\u{feff}-- head\n\\restrict aB\n\nSET client_encoding = 'UTF8';\nSET x.y = 1;\n\nCOPY t (a)\n  FROM stdin;\n1\n\\N\n\\.\n\
        \\unrestrict aB\n\\connect \"other one\"\nselect 'é' -- ; end\n;\n;;\nCOPY u FROM stdin;\n\\.\n";

    let found = pieces(script.as_bytes());

    let statement =
        |line, text: &str| Piece::Statement { line, text: text.into(), has_standard_strings: true };
    let expected = [
        statement(5, "SET x.y = 1;"),
        Piece::Copy { line: 7, text: "COPY t (a)\n  FROM stdin;".into() },
        Piece::Rows(b"1\n\\N\n".to_vec()),
        Piece::RowsEnd,
        Piece::Connect { line: 13, database: "other one".into() },
        statement(14, "select 'é' -- ; end\n;"),
        Piece::Copy { line: 17, text: "COPY u FROM stdin;".into() },
        Piece::RowsEnd,
    ];
    assert_eq!(found, expected);
}

#[test]
fn letters_that_hold_a_backslash_or_a_quote_hide_nothing_and_are_hidden_in_nothing() {
    for (begin, letter, said) in [
        ("SET NAMES 'SJIS';\n", &b"\x83\\"[..], "ソ"),
        ("SET client_encoding TO sjis;\n", b"\x83\\", "ソ"),
        ("set session client_encoding = 'Shift_JIS';\n", b"\x83\\", "ソ"),
        ("\\encoding windows950\n", b"\xa5\\", "功"),
        ("\\encoding windows932\r\n", b"\x83\\", "ソ"),
        ("SET client_encoding = 'GBK';\n", b"\x81\\", "乗"),
        ("SET NAMES 'LATIN1';\n", b"\xe9", "é"),
    ] {
        let mut script =
            [begin.as_bytes(), b"SELECT E'", letter, b"';\n\\echo hidden\n--'\n;\nSELECT 2;\n"].concat();
        let found = statements(&script);
        // For the byte-wise reader of old, all of this was one text.
        assert_eq!(found, [format!("SELECT E'{said}';"), "SELECT 2;".into()], "{begin}");

        script.extend_from_slice(b"COPY t FROM stdin;\n");
        script.extend_from_slice(letter);
        script.extend_from_slice(b"\n\\.\nSET NAMES 'UTF8';\nSELECT '\xc3\xa9';\n");
        let found = pieces(&script);
        let rows = Piece::Rows(format!("{said}\n").into_bytes());
        assert!(found.contains(&rows), "{begin}: {found:?}");
        assert_eq!(statements(&script).last().unwrap(), "SELECT 'é';", "{begin}");
    }
}

#[test]
fn bytes_that_are_no_letters_of_the_scripts_encoding_are_refused_with_their_line() {
    for script in [&b"set names 'sjis';\n\nselect '\x83\n';\n"[..], b"select 1;\n\nselect '\xff';\n"] {
        let mut reader = Script::open(script, "x");
        while reader.pieces().unwrap().is_some() {}
        let refusal = reader.finish().refusals.remove(0);
        assert_eq!(refusal.line, 3, "{refusal:?}");
        assert!(refusal.reason.contains("no letters of"), "{refusal:?}");
    }
}

#[test]
fn a_mark_in_the_middle_of_a_text_stays_there() {
    assert_eq!(statements("select '\u{feff}';"), ["select '\u{feff}';"]);
    assert_eq!(statements([&b"\xef\xbb\xbf"[..], b"select 1;"].concat()), ["select 1;"]);
}

#[test]
fn rows_are_the_same_bytes_however_they_come() {
    let row = "x".repeat(200_000);
    let script = format!("copy t from stdin;\n{row}\n\\.x\n\\\\.\n\\.\nselect 1;\n");
    let rows = |pieces: Vec<Piece>| -> Vec<u8> {
        let rows = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Rows(rows) => Some(rows),
            _ => None,
        });
        rows.flatten().collect()
    };
    let found = rows(pieces(script.as_bytes()));
    assert_eq!(String::from_utf8(found).unwrap(), format!("{row}\n\\.x\n\\\\.\n"));
    // A reader that gives three bytes at a time.
    let mut slow = Script::open(Slow(script.as_bytes()), "x");
    let mut all = Vec::new();
    while let Some(pieces) = slow.pieces().unwrap() {
        all.extend(pieces);
    }
    assert_eq!(
        all.last(),
        Some(&Piece::Statement { line: 6, text: "select 1;".into(), has_standard_strings: true })
    );
    assert_eq!(String::from_utf8(rows(all)).unwrap(), format!("{row}\n\\.x\n\\\\.\n"));
}

struct Slow<'a>(&'a [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        let (now, later) = self.0.split_at(self.0.len().min(3));
        space[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

/// Values with everything in them that ends or hides a statement, all of the type text.
fn values() -> impl Strategy<Value = String> {
    let plain = prop_oneof![
        Just("'a;b'"),
        Just("'it''s; \\'"),
        Just("E'it\\'s; \\\\'"),
        Just("E'\\\\\\';'"),
        Just("$$ ; ' \" $x$ $$"),
        Just("$tag$ $$ ; $ta $tag$"),
        Just("$é_1$ ; $é_2$ $é_1$"),
        Just("U&'\\0041;'"),
        Just("U&'!0041;\\' UESCAPE '!'"),
        Just("n';'"),
        Just("'a'\n 'b;'"),
        Just("'a' -- ' ;\n-- ;\n\t'b;'"),
        Just("E'a'\n'b\\';'"),
        Just("'a' || ';'"),
        Just("b'01'::text"),
        Just("x'1f' :: text"),
        Just("(select ';'::text)"),
        Just("case when 1>-2 then ';' else '--' end"),
        Just("(array['a;', 'b'])[1]"),
        Just("(1.5e3-.5)::text"),
        Just("(4- -2)::text"),
        Just("(6/ /* ; */ 2)::text"),
        Just("(6*/* ; /* ' */ */2)::text"),
        Just("'ü'::text"),
        "[a-z;'\\\\$ \n-]{0,12}".prop_map(|text| -> &'static str {
            // A text as `quote_literal` writes it.
            let text = text.replace('\'', "''").replace('\\', "\\\\");
            String::leak(format!("E'{text}'"))
        }),
    ];
    plain.prop_map(str::to_owned)
}

/// What may stand within a statement, wherever a space may.
fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("\n"),
        Just(" "),
        Just(" -- ; ' $$\n"),
        Just("/* ; ' $$ /* \" */ ; */"),
        Just("\r\n\t"),
        Just("--\r"),
    ]
}

fn between() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => space(), 1 => Just(" ;\n; ")]
}

/// A statement that puts a value into the table, or makes something with semicolons in it.
fn statement() -> impl Strategy<Value = String> {
    let said = (values(), space())
        .prop_map(|(value, space)| format!("insert into seen (value) values{space}({value}{space})"));
    let made = prop_oneof![
        Just("select 1 as \"a;\"\"b\""),
        Just("create or replace function f() returns text language sql as $b$ select ';'; select ';'; $b$"),
        Just(
            "create or replace function f() returns text language sql begin atomic \
             select case when true then ';' else case 1 when 2 then '' end end; select 'b;'; end"
        ),
        Just(
            "create or replace procedure p() language sql begin atomic \
             insert into seen (value) values ('p;'); end"
        ),
        Just("create or replace rule r as on insert to other do also (select 1; select 2)"),
        Just("do $x$ begin perform 1; end; $x$"),
        Just("insert into other values (1), (2)"),
        Just("savepoint s; release savepoint s"),
    ];
    prop_oneof![4 => said, 1 => made.prop_map(str::to_owned)]
}

/// How many statements the server itself finds in a script, and what they did.
async fn by_the_server(database: &Database<'_>, script: &str) -> (usize, Vec<String>) {
    use tokio_postgres::SimpleQueryMessage::CommandComplete;
    database.run("truncate seen restart identity").await;
    let session = database.session().await;
    let script = format!("begin; {script}; commit");
    let answer =
        session.client.simple_query(&script).await.unwrap_or_else(|error| panic!("{error:?}: {script}"));
    session.close().await;
    // Empty statements are counted nowhere; the first and the last are ours.
    let found = answer.iter().filter(|message| matches!(message, CommandComplete(_))).count() - 2;
    (found, database.rows("select number, value from seen order by number").await)
}

/// The same by our pieces, each of which the server has to take for one statement.
async fn by_pieces(database: &Database<'_>, script: &str) -> (usize, Vec<String>) {
    database.run("truncate seen restart identity").await;
    let session = database.session().await;
    session.client.batch_execute("begin").await.unwrap();
    let statements = statements(script);
    for statement in &statements {
        let done = session.client.execute_typed(statement, &[]).await;
        done.unwrap_or_else(|error| panic!("{error:?}: {statement:?} of {script}"));
    }
    session.client.batch_execute("commit").await.unwrap();
    session.close().await;
    (statements.len(), database.rows("select number, value from seen order by number").await)
}

#[tokio::test]
async fn a_server_finds_the_same_statements_in_generated_scripts() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run("create table seen (number serial, value text); create table other (i int); create or replace rule r as on insert to other do also (select 1; select 2)")
        .await;
    let mut runner = TestRunner::deterministic();
    let scripts = prop::collection::vec((statement(), between()), 1..12);
    let mut all = 0;
    for _ in 0..SCRIPTS {
        let parts = scripts.new_tree(&mut runner).unwrap().current();
        let pieces = parts.iter().flat_map(|(one, between)| [one.as_str(), ";", between]);
        let script: String = pieces.collect();
        // Comments at the end of a line of their own.
        let script = format!("{script}\n");
        let ours = by_pieces(&database, &script).await;
        let theirs = by_the_server(&database, &script).await;
        assert_eq!(ours, theirs, "{script}");
        all += ours.0;
    }
    assert!(all > SCRIPTS * 3, "{all}");
}

#[tokio::test]
async fn where_backslashes_escape_the_script_says_so_and_the_server_agrees() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table seen (number serial, value text)").await;
    let script = "set standard_conforming_strings = off; set escape_string_warning to off;\n\
        insert into seen (value) values ('it\\'s; '), (n'\\\\');\n\
        set standard_conforming_strings to 'on';\ninsert into seen (value) values ('\\');\n";

    let (count, rows) = by_pieces(&database, script).await;

    assert_eq!((count, rows), (5, vec!["1|it's; ".into(), "2|\\".into(), "3|\\".into()]));
    let told: Vec<bool> = pieces(script.as_bytes())
        .iter()
        .filter_map(|piece| match piece {
            Piece::Statement { has_standard_strings, .. } => Some(*has_standard_strings),
            _ => None,
        })
        .collect();
    assert_eq!(told, [false, false, false, true, true]);
}

/// What a server reads of two bytes; nothing where they are no letter.
const LETTER: &str = "create function letter(bytes bytea, encoding name) returns text language plpgsql as $$ begin \
    return convert_from(bytes, encoding); exception when others then return null; end $$";

#[tokio::test]
async fn letters_of_two_bytes_are_those_of_the_server_or_are_refused() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(LETTER).await;
    for encoding in ["SJIS", "BIG5", "GBK", "UHC", "EUC_JP", "EUC_KR", "EUC_CN"] {
        let asked = format!(
            "select code, letter(decode(code, 'hex'), '{encoding}') letter from
               (select to_hex(a) || to_hex(b) code from generate_series(129, 254) a, generate_series(48, 254) b) codes
             where char_length(letter(decode(code, 'hex'), '{encoding}')) = 1"
        );
        let (mut known, mut refused) = (0, 0);
        for row in database.rows(&asked).await {
            let (code, letter) = row.split_once('|').unwrap();
            let bytes = u16::from_str_radix(code, 16).unwrap().to_be_bytes();
            let begin = format!("set names '{encoding}';\nselect '");
            let script = [begin.as_bytes(), &bytes, b"';\n"].concat();
            let mut reader = Script::open(&script[..], "x");
            let found = reader.pieces().unwrap();
            known += 1;
            if reader.finish().refusals.is_empty() {
                let text = format!("select '{letter}';");
                assert_eq!(
                    found,
                    Some(vec![Piece::Statement { line: 2, text, has_standard_strings: true }]),
                    "{encoding} {code}"
                );
            } else {
                refused += 1;
            }
        }
        assert!(known > 6_000 && refused * 40 < known, "{encoding}: {refused} of {known} are refused");
    }
}
