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
