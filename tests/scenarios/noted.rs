//! What a project's own database notes of backups: begun there, read, and written back; never taken for one.

use serde_json::Value;
use testkit::{CommandLine, Server};

/// The documented shapes.
const DESIGN: &str = "create table backup_log (backup_id text primary key, backup_type text, reason text, created_by uuid, started_at timestamptz, status text);
    create table backup_verification (id uuid primary key default gen_random_uuid(), backup_id text not null, verification_type text,
      verification_date timestamptz default now(), success boolean, details jsonb, verified_by uuid);
    create function create_manual_backup(p_reason text, p_created_by uuid) returns text language plpgsql as $$
    declare v text := 'manual_' || substr(md5(random()::text), 1, 8);
    begin insert into backup_log values (v, 'manual', p_reason, p_created_by, now(), 'in_progress');
      perform pg_backup_start(v, true); return v; end $$;
    create table orders (id int primary key); insert into orders select generate_series(1, 100)";
/// What tests backups there, and what tracks changes.
const TESTS: &str = "create table backup_tests (id uuid primary key default gen_random_uuid(), backup_id text not null, test_type text not null,
      test_environment text, started_at timestamptz default now(), completed_at timestamptz, success boolean, errors jsonb,
      data_verified jsonb, tested_by uuid, notes text);
    create table change_tracking (table_name text, record_id uuid, operation text, changed_at timestamptz);
    create function test_backup_restoration(p_backup_id text) returns boolean language plpgsql as $$
    begin insert into backup_tests (backup_id, test_type, completed_at, success)
        values (p_backup_id, 'restore_test', now(), p_backup_id <> 'bad');
      return p_backup_id <> 'bad'; end $$";

#[tokio::test]
async fn a_backup_is_noted_there_its_log_read_and_what_was_proven_written_back() {
    // A server that keeps the whole log, as `pg_backup_start` demands.
    let Some(server) = Server::with_whole_log() else { return };
    let database = server.database().await;
    database.run(DESIGN).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);

    line.expect(0, &["noted", "start", "shop", "--reason", "before the upgrade"]);
    let log: Value =
        serde_json::from_str(&line.expect(0, &["noted", "list", "shop", "--json"]).output).unwrap();
    assert_eq!((&log[0]["reason"], &log[0]["status"]), (&"before the upgrade".into(), &"in_progress".into()));
    // A note is a claim: there is no backup by it.
    let list: Value = serde_json::from_str(&line.expect(0, &["backup", "list", "--json"]).output).unwrap();
    assert_eq!(list["total"], 0);

    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["noted", "record", "shop@latest"]);
    let rows =
        database.rows("select verification_type || ' ' || success from backup_verification order by 1").await;
    assert_eq!(rows, ["checksum true", "integrity_check true"]);
    assert_eq!(database.value("select details ->> 'by' from backup_verification limit 1").await, "holdfast");
}

#[tokio::test]
async fn a_database_of_another_design_says_so_and_is_not_written_to() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table orders (id int)").await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    let refused = line.call(&["noted", "start", "shop", "--reason", "x"]);
    assert_eq!(refused.status, Some(1));
    assert!(refused.said.contains("wedsync_not_there"), "{}", refused.said);
}

#[tokio::test]
async fn a_drill_is_recorded_there_where_that_is_wanted_and_what_changed_since_is_counted() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(DESIGN).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    let refused = line.call(&["noted", "drills", "shop", "--on"]);
    assert!(refused.said.contains("wedsync_not_there"), "it keeps no tests yet: {refused:?}");
    database.run(TESTS).await;
    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["drill", "run", "shop"]);
    assert_eq!(database.value("select count(*) from backup_tests").await, "0", "nobody asked for it");

    line.expect(0, &["noted", "drills", "shop", "--on"]);
    line.expect(0, &["drill", "run", "shop"]);

    let row = database.value(
        "select test_type || ' ' || success || ' ' || (notes like 'drill % by Holdfast: %') from backup_tests",
    );
    assert_eq!(row.await, "restore_test true true");
    let passed = line.expect(0, &["noted", "test", "shop", "manual_1"]);
    assert!(passed.output.contains("It is its claim"), "{passed:?}");
    line.expect(1, &["noted", "test", "shop", "bad"]);
    database
        .run(
            "insert into change_tracking select 'orders', gen_random_uuid(), op, now() + interval '1 minute'
             from unnest(array['INSERT', 'INSERT', 'DELETE']) op;
             insert into change_tracking values ('old', gen_random_uuid(), 'UPDATE', now() - interval '1 day')",
        )
        .await;
    let changes = line.expect(0, &["--json", "noted", "changes", "shop@latest"]).output;
    let changes: Value = serde_json::from_str(&changes).unwrap();
    assert_eq!(changes["tables"].as_array().unwrap().len(), 1, "{changes}");
    let orders = &changes["tables"][0];
    assert_eq!(
        (&orders["inserted"], &orders["deleted"], &orders["table"]),
        (&2.into(), &1.into(), &"orders".into())
    );

    // A table that is gone holds up no drill, and changes nothing about its result.
    database.run("drop table backup_tests").await;
    let drilled = line.expect(0, &["drill", "run", "shop"]);
    assert!(
        drilled.said.contains("not in the database's backup_tests") || drilled.status == Some(0),
        "{drilled:?}"
    );
}
