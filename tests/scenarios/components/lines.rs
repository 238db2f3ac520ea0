//! Rows of logs: day by day, at the moment of the backup.

use base::Code;
use engine::component::NewSource;
use engine::parts::PartTarget;
use ledger::catalog::Verdict;
use ledger::component::Component;
use postgres::connection::ConnectOptions;
use postgres::dump::Holder;
use postgres::log_rows::LogTable;
use source::Place;
use testkit::{CommandLine, Console, PROJECT, Server};

use super::{apply, backup, folder, plan, tree, wanted};

fn logs(table: &str, column: &str) -> NewSource {
    let place = Place::LogTable { schema: "public".into(), table: table.into(), column: column.into() };
    NewSource { component: Component::Logs, place, name: None, secret: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_did_not_change_is_not_read_again_and_a_row_that_was_changed_is() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table lines (id int, at timestamptz, level text, detail jsonb, price numeric, ok bool);
             insert into lines select i, '2026-03-01 00:00Z'::timestamptz + i * interval '90 minutes', 'info',
                 jsonb_build_object('n', i, 'text', E'a\\nb\"'), i / 3.0, i % 2 = 0 from generate_series(0, 47) i;
             insert into lines values (100, null, 'none', null, 'NaN', null), (101, 'infinity', 'late', '1', 1, true)",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    console.engine.add_source(PROJECT, logs("lines", "at")).await.unwrap();
    let (first, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.unchanged), (4, 0), "three days, and those without one");

    let (_kept, place) = folder();
    let target = PartTarget::Folder { path: place.join("out") };
    let planned = plan(&console, wanted(&first.record.id, Component::Logs, target)).await;
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    let days = tree(place.join("out"));
    let names: Vec<&str> = days.keys().map(String::as_str).collect();
    assert_eq!(names, ["2026-03-01.jsonl", "2026-03-02.jsonl", "2026-03-03.jsonl", "undated.jsonl"]);
    let rows: Vec<serde_json::Value> = days
        .values()
        .flat_map(|text| {
            std::str::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap())
        })
        .collect();
    assert_eq!(rows.len(), 50);
    assert_eq!(rows[1]["detail"]["text"], "a\nb\"");
    assert_eq!((rows[1]["ok"].as_bool(), rows[49]["price"].as_str()), (Some(false), Some("NaN")));

    database.run("update lines set level = 'warn' where id = 3; insert into lines values (48, '2026-03-04 00:00Z')").await;
    let (_, manifest) = backup(&console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].unchanged), (5, 3));

    let in_place = plan(&console, wanted(&first.record.id, Component::Logs, PartTarget::InPlace)).await;
    assert_eq!(in_place.blockers.len(), 1, "{:?}", in_place.blockers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_a_view_has_no_time_or_may_not_be_read_is_named() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table lines (id int, said text); create view seen as select now() as at").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    for (table, column, says) in [
        ("none", "at", "there is no table"),
        ("seen", "at", "there is no table"),
        ("lines", "said", "no column said"),
    ] {
        let source = console.engine.add_source(PROJECT, logs(table, column)).await.unwrap();
        let failure = console.engine.test_source(PROJECT, &source.name).await.unwrap_err();
        assert_eq!(failure.code, Code::SourceUnreadable);
        assert!(failure.message.contains(says), "{}", failure.message);
        console.engine.remove_source(PROJECT, &source.name).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_that_a_role_planted_in_the_types_of_a_log_does_not_run_when_its_rows_are_read() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create type mood as enum ('good'); create table traces (what text);
             create function planted(mood) returns json language plpgsql as
                 $$ begin insert into traces values ('cast'); return '1'; end $$;
             create cast (mood as json) with function planted(mood) as assignment;
             create function planted_text(mood) returns text language plpgsql as
                 $$ begin insert into traces values ('text'); return 'x'; end $$;
             create cast (mood as text) with function planted_text(mood) as assignment;
             create table lines (at timestamptz, mood mood); insert into lines values (now(), 'good')",
        )
        .await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    console.engine.add_source(PROJECT, logs("lines", "at")).await.unwrap();
    let (_, manifest) = backup(&console).await;
    // The transaction is read only: had it run, the component would be absent.
    assert_eq!((manifest.taken.len(), manifest.absent.len()), (1, 0), "{:?}", manifest.absent);
    assert_eq!(database.rows("select count(*) from traces").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_was_emptied_or_detached_since_the_moment_is_named_whatever_schema_it_is_in() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create schema kept; create table lines (at timestamptz) partition by range (at);
             create table kept.january partition of lines for values from ('2026-01-01') to ('2026-02-01');
             create table kept.february partition of lines for values from ('2026-02-01') to ('2026-03-01');
             insert into lines values ('2026-01-05'), ('2026-02-05'); create table public.beside as select 1 i",
        )
        .await;
    for (change, says) in [
        ("truncate beside", None),
        ("truncate kept.february", Some("kept.february")),
        ("alter table lines detach partition kept.january", Some("kept.january")),
        ("drop table kept.february", Some("kept.february")),
    ] {
        let options = ConnectOptions::new("test of logs");
        let holder = Holder::open(&database.settings(), Some(server.password()), &options).await.unwrap();
        database.run(change).await;
        let table = LogTable::open(holder.client(), "public", "lines", "at").await.unwrap();
        let days = table.days(holder.client()).await;
        match says {
            None => assert_eq!(days.unwrap().len(), 2),
            Some(name) => {
                let error = days.unwrap_err().to_string();
                assert!(error.starts_with(name), "{change}: {error}");
            }
        }
        if change.starts_with("truncate kept") {
            database.run("insert into lines values ('2026-02-05')").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_come_back_for_a_range_of_days_and_a_range_that_makes_no_sense_is_refused() {
    let Some(server) = Server::shared() else { return };
    let whole = CommandLine::new();
    let database = server.database().await;
    database
        .run(
            "create table lines (id int, at timestamptz);
             insert into lines select i, '2026-03-01 00:00Z'::timestamptz + i * interval '1 day' from generate_series(0, 9) i;
             insert into lines values (100, null)",
        )
        .await;
    let (password, url) = whole.credentials(server, database.name());
    whole.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    whole.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    whole.expect(0, &["component", "add", "shop", "--logs", "public.lines", "--time-column", "at"]);
    whole.expect(0, &["backup", "run", "shop"]);
    let planned = |status, more: &[&str]| {
        let asked = [
            "restore",
            "plan",
            "shop@latest",
            "--component",
            "logs",
            "--to-folder",
            "out",
            "--out",
            "p.json",
        ];
        let called = whole.expect(status, &[&asked[..], more].concat());
        format!("{}{}", called.output, called.said)
    };
    let open = planned(0, &["--from", "2026-03-09"]);
    assert!(open.contains("2 files") && open.contains("from 2026-03-09 on"), "{open}");
    let said = planned(0, &["--from", "2026-03-03", "--until", "2026-03-05"]);
    assert!(said.contains("3 files") && said.contains("from 2026-03-03 to 2026-03-05"), "{said}");
    whole.expect(0, &["restore", "apply", "p.json", "--confirm", "shop"]);
    let days = tree(whole.folder().join("out"));
    let names: Vec<&str> = days.keys().map(String::as_str).collect();
    assert_eq!(names, ["2026-03-03.jsonl", "2026-03-04.jsonl", "2026-03-05.jsonl"]);

    for (wrong, why) in [
        (&["--from", "yesterday"][..], "is no day"),
        (&["--from", "2026-03-05", "--until", "2026-03-03"], "is later than"),
    ] {
        let said = planned(2, wrong);
        assert!(said.contains(why), "{said}");
    }
}
