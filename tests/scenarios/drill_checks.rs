//! What the checks of a drill find, and what they say of what nobody looked at.

use base::Code;
use engine::drill::DrillRequest;
use engine::{Engine, EngineOptions};
use ledger::catalog::{ProofLevel, Verdict};
use ledger::job::{CheckVerdict, Trigger};
use testkit::{PROJECT, Server, script};

use crate::drill::{backed_up, check, drill, request};

#[tokio::test]
async fn orphans_under_a_key_that_is_not_valid_are_counted_and_named() {
    let Some(server) = Server::shared() else { return };
    let more = "create table notes (id int primary key, about int, half text);
        insert into notes values (1, 5), (2, 999999), (3, null), (4, 888888);
        alter table notes add constraint notes_about foreign key (about) references customers not valid;";
    let (console, _, backup) = backed_up(server, more).await;

    let drill = drill(&console, request()).await;

    let orphans = check(&drill, "orphans");
    assert_eq!((orphans.verdict, orphans.figure.as_str()), (CheckVerdict::Noted, "2"), "{orphans:?}");
    assert_eq!(orphans.findings, ["public.notes notes_about: 2 rows point to nothing"]);
    // They came back as they were: the backup is whole, and a person is told.
    let record = &drill.row.record;
    assert_eq!(record.verdict, Verdict::Pass, "{}", record.reason);
    assert!(record.reason.contains("To look at: orphans"), "{}", record.reason);
    assert_eq!(console.engine.backup(&backup).await.unwrap().level, Some(ProofLevel::Restored));
}

#[tokio::test]
async fn keys_of_several_columns_of_partitions_and_of_a_full_match_are_asked() {
    let Some(server) = Server::shared() else { return };
    let more = "create table places (\"the country\" text, city text, primary key (\"the country\", city));
        insert into places values ('de', 'ulm'), ('fr', 'lyon');
        create table visits (id int, country text, city text,
            foreign key (country, city) references places match full) partition by range (id);
        create table visits_1 partition of visits for values from (0) to (10);
        create table visits_2 partition of visits for values from (10) to (20);
        insert into visits values (1, 'de', 'ulm'), (11, null, null);
        create table tree (id bigint primary key, parent int references tree);
        insert into tree values (1, null), (2, 1);";
    let (console, _, _) = backed_up(server, more).await;

    let drill = drill(&console, request()).await;

    let orphans = check(&drill, "orphans");
    assert_eq!((orphans.verdict, orphans.figure.as_str()), (CheckVerdict::Pass, "0"), "{orphans:?}");
    assert!(orphans.done.contains("3 foreign keys"), "{}", orphans.done);
    assert_eq!(drill.row.record.verdict, Verdict::Pass, "{}", drill.row.record.reason);
}

#[tokio::test]
async fn other_content_with_equal_counts_fails_by_its_fingerprint() {
    let Some(server) = Server::shared() else { return };
    // Whoever loads `late` changes the customers, as a trigger of an extension might.
    let more = "create function meddle() returns boolean language plpgsql as
            $$ begin update public.customers set name = name || 'x' where id = 7; return true; end $$;
        create table late (id int check (meddle()));
        insert into customers (name) select md5(i::text || 'x') from generate_series(1, 40000) i;
        insert into late values (1)";
    let (console, _, backup) = backed_up(server, more).await;

    let drill = drill(&console, request()).await;

    let fingerprints = check(&drill, "fingerprints");
    assert_eq!(check(&drill, "rows").verdict, CheckVerdict::Pass);
    assert_eq!(fingerprints.verdict, CheckVerdict::Fail, "{:?}", drill.report.checks);
    assert!(fingerprints.findings[0].contains("public.customers"), "{:?}", fingerprints.findings);
    assert_eq!(drill.row.record.verdict, Verdict::Fail, "{}", drill.row.record.reason);
    let after = console.engine.backup(&backup).await.unwrap();
    assert_eq!((after.level, after.is_newest_verified), (Some(ProofLevel::Bytes), false));
}

#[tokio::test]
async fn assertions_decide_and_may_only_read() {
    let Some(server) = Server::shared() else { return };
    let (console, _, _) = backed_up(server, "").await;
    let all = [
        ("many orders", "select count(*) > 1000 from orders"),
        ("no order without total", "select id from orders where total is null"),
        ("nothing returned", "select count(*) = 7 from returns;"),
        ("large orders", "select * from large"),
        ("writes", "delete from orders returning id"),
        ("two at once", "select true; select true"),
        ("wrong", "select from nowhere"),
        ("copies", "copy (select 1) to program 'true'"),
    ];
    for (name, query) in all {
        console.engine.add_assertion(PROJECT, name, query).await.unwrap();
    }

    let failed = drill(&console, request()).await;

    let found = check(&failed, "assertions");
    assert_eq!((found.verdict, found.figure.as_str()), (CheckVerdict::Fail, "2 of 8"), "{found:?}");
    let says = |name: &str, words: &str| {
        assert!(found.findings.iter().any(|one| one.contains(name) && one.contains(words)), "{found:?}");
    };
    says("nothing returned", "is false");
    says("large orders", "returned 1000 rows or more");
    says("writes", "read-only transaction");
    says("two at once", "could not be asked");
    says("wrong", "nowhere");
    says("copies", "is no question");
    assert_eq!(failed.row.record.verdict, Verdict::Fail);
    for (name, _) in &all[2..] {
        console.engine.remove_assertion(PROJECT, name).await.unwrap();
    }
    let passed = drill(&console, request()).await;
    assert_eq!(
        (passed.row.record.verdict, check(&passed, "assertions").figure.as_str()),
        (Verdict::Pass, "2 of 2")
    );
}

#[tokio::test]
async fn a_restore_makes_the_same_checks() {
    let Some(server) = Server::shared() else { return };
    let (console, _, backup) = backed_up(server, "").await;
    console.engine.add_assertion(PROJECT, "no order", "select * from orders").await.unwrap();

    let report = console.restore_to_scratch(&backup).await;

    let of = |id: &str| report.checks.iter().find(|check| check.id == id).unwrap();
    assert_eq!(of("orphans").verdict, CheckVerdict::Pass);
    assert_eq!(of("assertions").verdict, CheckVerdict::Fail, "{:?}", of("assertions"));
    assert_eq!(report.verdict, Verdict::Fail, "{}", report.reason);
}

#[tokio::test]
async fn a_program_finds_the_database_in_its_environment_and_its_status_decides() {
    let Some(server) = Server::shared() else { return };
    let (console, _, _) = backed_up(server, "").await;
    let lines = "out=$(dirname \"$0\"); env > \"$out/seen\"
        psql --no-psqlrc -Atc 'select count(*) from orders' > \"$out/by-variables\" || exit 9
        psql --no-psqlrc -At \"$DATABASE_URL\" -c 'select count(*) from orders' > \"$out/by-url\"";
    let good = script(console.folder(), "good one", lines);
    let bad = script(
        console.folder(),
        "bad",
        "echo what is wrong; yes | head -c 1000000 >&2; echo and why >&2; exit 3",
    );

    let passed = drill(&console, DrillRequest { program: Some(good), ..request() }).await;
    let failed = drill(&console, DrillRequest { program: Some(bad), ..request() }).await;

    let read = |name: &str| std::fs::read_to_string(console.folder().join(name)).unwrap();
    assert_eq!((read("by-variables").trim(), read("by-url").trim()), ("2000", "2000"));
    let secret = read("seen").lines().filter(|line| line.starts_with("PGPASSWORD")).count();
    assert_eq!(secret, 0, "the password stands in the environment");
    assert_eq!(check(&passed, "program").verdict, CheckVerdict::Pass, "{:?}", check(&passed, "program"));
    let found = check(&failed, "program");
    assert_eq!((found.verdict, found.figure.as_str()), (CheckVerdict::Fail, "status 3"), "{found:?}");
    assert!(found.findings.iter().any(|line| line == "and why") && found.findings.len() <= 11, "{found:?}");
    assert_eq!(failed.row.record.verdict, Verdict::Fail);
    let nowhere = DrillRequest { program: Some("/nowhere/at/all".into()), ..request() };
    assert_eq!(console.engine.start_drill(nowhere).await.unwrap_err().code, Code::ProgramNotFound);
}

#[tokio::test]
async fn the_window_can_neither_name_a_program_nor_add_an_assertion_nor_replace_a_file() {
    let Some(server) = Server::shared() else { return };
    let (console, _, _) = backed_up(server, "").await;
    let made = drill(&console, request()).await;
    let window = EngineOptions { trigger: Trigger::Window, ..console.opened_with() };
    let window = Engine::open(window).await.unwrap();
    let file = console.folder().join("mine.json");
    std::fs::write(&file, "{\"mine\": true}").unwrap();

    let program = DrillRequest { program: Some("/bin/true".into()), ..request() };
    let refused = [
        window.start_drill(program).await.unwrap_err().code,
        window.add_assertion(PROJECT, "x", "select true").await.unwrap_err().code,
        window.save_report(&file, made.html()).await.unwrap_err().code,
    ];

    assert_eq!(refused, [Code::CommandLineOnly, Code::CommandLineOnly, Code::FileExists]);
    // The command line that would add it is offered all the same, and adds nothing.
    let command = window.draft_assertion(PROJECT, "it's so", "select 1").await.unwrap();
    assert_eq!(command, format!("holdfast drill assert add {PROJECT} 'it'\\''s so' 'select 1'"));
    let dashed = window.draft_assertion(PROJECT, "-x", "select true").await.unwrap();
    assert!(dashed.contains(&format!("add -- {PROJECT} -x ")), "{dashed}");
    assert_eq!(
        window.draft_assertion(PROJECT, " ", "select 1").await.unwrap_err().code,
        Code::InvalidRequest
    );
    assert_eq!(window.assertions(PROJECT).await.unwrap(), Vec::new());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"mine\": true}");
    let page = console.folder().join("report.html");
    window.save_report(&page, made.html()).await.unwrap();
    window.save_report(&page, made.html()).await.unwrap();
}
