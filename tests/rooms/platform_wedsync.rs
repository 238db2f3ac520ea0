//! A database that follows `WedSync`'s design: found out, called, written to, and not believed.

use std::time::Duration;

use base::Code;
use engine::Failure;
use jiff::Timestamp;
use remote::platform::wedsync::{
    Found, Object, TestKind, TestRecord, VerificationKind, VerificationRecord, Wedsync, WedsyncError,
};
use serde_json::json;
use testkit::{Database, Server};

/// The documented shapes, in a schema whose name has to be quoted.
const DESIGN: &str = r#"
create schema "Ops ""1"; set search_path = "Ops ""1", public;
create table backup_log (backup_id text primary key, backup_type text, reason text, created_by uuid,
  started_at timestamptz, status text);
create table backup_verification (id uuid primary key default gen_random_uuid(), backup_id text not null,
  verification_type text, verification_date timestamptz default now(), success boolean, details jsonb, verified_by uuid);
create table backup_tests (id uuid primary key default gen_random_uuid(), backup_id text not null, test_type text not null,
  test_environment text, started_at timestamptz default now(), completed_at timestamptz, success boolean, errors jsonb,
  data_verified jsonb, tested_by uuid, notes text);
create table change_tracking (table_name text, record_id uuid, operation text, changed_at timestamptz);
create function create_manual_backup(p_reason text, p_created_by uuid) returns text language plpgsql
set search_path = "Ops ""1", public as $$
declare v_backup_id text := 'manual_' || to_char(now(), 'YYYYMMDD_HH24MISS') || '_' || substr(md5(random()::text), 1, 8);
begin
  insert into backup_log values (v_backup_id, 'manual', p_reason, p_created_by, now(), 'in_progress');
  perform pg_backup_start(v_backup_id, true);
  return v_backup_id;
end $$;
create function restore_backup_to_test(p text) returns void language plpgsql as $$
begin if p like 'bad%' then raise exception 'the dump is cut'; end if; end $$;
create function test_backup_restoration(p_backup_id text) returns boolean language plpgsql
set search_path = "Ops ""1", public as $$
declare v_test_id uuid; v_success boolean := true;
begin
  insert into backup_tests (backup_id, test_type, test_environment) values (p_backup_id, 'restore_test', 'isolated')
    returning id into v_test_id;
  begin perform restore_backup_to_test(p_backup_id);
  exception when others then
    v_success := false;
    update backup_tests set errors = jsonb_build_object('error', sqlerrm) where id = v_test_id;
  end;
  update backup_tests set completed_at = now(), success = v_success where id = v_test_id;
  return v_success;
end $$;
"#;
const NAME: &str = r#""Ops ""1""#;

/// A database with the whole design; `None`, loudly, without Postgres.
async fn designed() -> Option<Database<'static>> {
    let database = Server::shared()?.database().await;
    database.run(DESIGN).await;
    Some(database)
}

#[tokio::test]
async fn a_database_that_follows_the_design_is_recognised_in_whichever_schema_it_is() {
    let Some(database) = designed().await else { return };
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    assert!(wedsync.design().is_whole());
    for object in Object::ALL {
        assert_eq!(
            wedsync.design().found(object),
            &Found::Here { schema: "Ops \"1".to_owned() },
            "{object:?}"
        );
    }
}

#[tokio::test]
async fn a_database_without_the_design_or_with_half_of_it_says_what_is_missing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let session = database.session().await;
    assert!(Wedsync::open(&session).await.unwrap().design().is_absent());
    database
        .run(
            "create table backup_log (backup_id text, status text); \
             create function create_manual_backup(p_reason text) returns text language sql as 'select $1'",
        )
        .await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    let reason = |object| match wedsync.design().found(object) {
        Found::Absent { reason } => reason.clone(),
        Found::Here { .. } => panic!("{object:?} is no part of the design"),
    };
    assert_eq!(
        reason(Object::BackupLog),
        "public.backup_log lacks backup_type, reason, created_by, started_at"
    );
    assert_eq!(
        reason(Object::CreateManualBackup),
        "public.create_manual_backup(text) gives text; the design has create_manual_backup(text, uuid) giving text"
    );
    let refused = wedsync.create_manual_backup("why", None).await.unwrap_err();
    assert!(matches!(refused, WedsyncError::NotThere { .. }), "{refused}");
    assert_eq!(Failure::from(refused).code, Code::WedsyncNotThere);
}

#[tokio::test]
async fn a_manual_backup_is_noted_with_its_reason_word_for_word_and_called_no_copy() {
    let Some(server) = Server::with_whole_log() else { return };
    let database = server.database().await;
    database.run(DESIGN).await;
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    let (reason, by) = ("before '; drop table backup_log; --", uuid::Uuid::new_v4());
    let made = wedsync.create_manual_backup(reason, Some(by)).await.unwrap();
    assert!(made.id.starts_with("manual_"));
    assert_eq!(made.status.as_deref(), Some("in_progress"));
    assert!(made.notes[0].contains("no copy of anything"));
    let log = wedsync.backup_log(10).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].backup_id.as_str(), log[0].reason.as_deref()), (made.id.as_str(), Some(reason)));
    assert_eq!(log[0].created_by, Some(by.to_string()));
    assert!(log[0].started_at.unwrap() <= Timestamp::now());
    wedsync.end_backup_mode().await.unwrap();
    let again = wedsync.end_backup_mode().await.unwrap_err();
    assert!(matches!(again, WedsyncError::Refused { .. }), "{again}");
}

#[tokio::test]
async fn a_manual_backup_that_is_not_in_the_log_is_a_false_claim() {
    let Some(database) = designed().await else { return };
    let lie = "create or replace function NAME.create_manual_backup(p_reason text, p_created_by uuid) returns text \
        language sql as 'select ''manual_1''::text'";
    database.run(&lie.replace("NAME", NAME)).await;
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    let error = wedsync.create_manual_backup("why", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "create_manual_backup claims that it noted manual_1, but its log has no such row"
    );
}

#[tokio::test]
async fn holdfast_s_results_are_written_as_the_design_keeps_them() {
    let Some(database) = designed().await else { return };
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    let at: Timestamp = "2026-03-01T02:03:04Z".parse().unwrap();
    let verification = VerificationRecord {
        backup_id: "b'1".into(),
        kind: VerificationKind::Checksum,
        at,
        is_success: Some(true),
        details: json!({ "files": 3, "quoted": "it's" }),
        verified_by: None,
    };
    let id = wedsync.record_verification(&verification).await.unwrap();
    let row = format!(
        "select backup_id, verification_type, verification_date at time zone 'UTC', success, details->>'quoted', verified_by \
         from {NAME}.backup_verification where id = '{id}'"
    );
    assert_eq!(database.value(&row).await, "b'1|checksum|2026-03-01 02:03:04|t|it's|NULL");
    let test = TestRecord {
        backup_id: "b'1".into(),
        kind: TestKind::SpotCheck,
        environment: Some("scratch".into()),
        started_at: at,
        completed_at: None,
        is_success: None,
        errors: Some(json!({ "error": "undecided" })),
        data_verified: None,
        tested_by: None,
        notes: Some("inconclusive".into()),
    };
    let id = wedsync.record_test(&test).await.unwrap();
    let row = format!(
        "select test_type, test_environment, completed_at, success, errors->>'error', data_verified, notes \
         from {NAME}.backup_tests where id = '{id}'"
    );
    assert_eq!(database.value(&row).await, "spot_check|scratch|NULL|NULL|undecided|NULL|inconclusive");
}

#[tokio::test]
async fn a_test_of_the_database_is_believed_only_with_the_row_that_it_wrote() {
    let Some(database) = designed().await else { return };
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    // The function calls others that the design does not show; one that is missing is a failed test.
    database.run(&format!("alter function {NAME}.restore_backup_to_test(text) set schema public")).await;
    let good = wedsync.test_backup_restoration("good_1").await.unwrap();
    assert!(good.is_success && good.errors.is_none());
    let bad = wedsync.test_backup_restoration("bad_1").await.unwrap();
    assert!(!bad.is_success);
    assert_eq!(bad.errors.unwrap()["error"], "the dump is cut");
    let lies = "create or replace function NAME.test_backup_restoration(p_backup_id text) returns boolean language sql as \
        'insert into NAME.backup_tests (backup_id, test_type, completed_at, success) \
        values ($1, ''restore_test'', now(), false); select true'";
    database.run(&lies.replace("NAME", NAME)).await;
    let error = wedsync.test_backup_restoration("bad_1").await.unwrap_err();
    assert!(
        error.to_string().contains("claims success, but its row in backup_tests says something else"),
        "{error}"
    );
    let lie = "create or replace function NAME.test_backup_restoration(p_backup_id text) returns boolean \
        language sql as 'select true'";
    database.run(&lie.replace("NAME", NAME)).await;
    let error = wedsync.test_backup_restoration("good_1").await.unwrap_err();
    assert!(matches!(error, WedsyncError::FalseClaim { .. }));
    assert!(error.to_string().contains("claims success, but it wrote no row about good_1"), "{error}");
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_stopped_on_the_server_too() {
    let Some(database) = designed().await else { return };
    let slow = "create or replace function NAME.restore_backup_to_test(p text) returns void language sql as \
        'select pg_sleep(600)'; alter function NAME.restore_backup_to_test(text) set schema public";
    database.run(&slow.replace("NAME", NAME)).await;
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap().within(Duration::from_millis(500));
    let error = wedsync.test_backup_restoration("good_1").await.unwrap_err();
    assert!(matches!(error, WedsyncError::Slow { .. }), "{error}");
    let sleeping = "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' \
        and pid <> pg_backend_pid()";
    testkit::poll::soon("the server stops it", async || database.value(sleeping).await == "0").await;
    assert_eq!(database.value(&format!("select count(*) from {NAME}.backup_tests")).await, "0");
}

#[tokio::test]
async fn changed_rows_are_read_in_order_and_a_list_that_was_cut_says_so() {
    let Some(database) = designed().await else { return };
    let rows = "insert into NAME.change_tracking select 'public.orders', gen_random_uuid(), 'DELETE', \
        timestamptz '2026-01-01 00:00:00Z' + make_interval(mins => n) from generate_series(1, 5) n";
    database.run(&rows.replace("NAME", NAME)).await;
    let session = database.session().await;
    let wedsync = Wedsync::open(&session).await.unwrap();
    let since: Timestamp = "2026-01-01T00:02:00Z".parse().unwrap();
    let all = wedsync.changes_since(since, 10).await.unwrap();
    assert_eq!((all.changes.len(), all.is_cut), (3, false));
    assert_eq!(all.changes[0].changed_at.to_string(), "2026-01-01T00:03:00Z");
    assert_eq!(all.changes[0].operation, "DELETE");
    let cut = wedsync.changes_since(since, 2).await.unwrap();
    assert_eq!((cut.changes.len(), cut.is_cut), (2, true));
}
