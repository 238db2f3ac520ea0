//! Retention: a policy is set, looked at, confirmed, and what it does not keep is gone from list and vault.

use std::collections::BTreeSet;

use engine::retention::{Plan, Policy, Preset};
use ledger::audit::AuditFilter;
use testkit::{Console, PROJECT, Server};

use crate::catalogue::open_catalogue;

mod as_a_run;
mod command_line;
mod goals;
mod guards;
mod killed;
mod shared;

pub(crate) const DAY_MS: i64 = 24 * 3_600_000;

/// The last so many backups, and at least so many verified ones.
pub(crate) fn last(keep_last: u32, floor: u32) -> Policy {
    Policy { keep_last, floor, zone: "UTC".into(), ..Policy::nothing() }
}

/// A profile whose project has so many real backups, one each night, the newest of this hour. Their ids,
/// newest first.
pub(crate) async fn nights(server: &Server, count: usize) -> (Console, Vec<String>) {
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;
    for _ in 0..count {
        console.backup().await;
    }
    let (_, made) = console.engine.backups(Some(PROJECT), 0, 500).await.unwrap();
    let ids: Vec<String> = made.into_iter().map(|backup| backup.record.id).collect();
    let catalogue = open_catalogue(&console).await;
    for (night, id) in ids.iter().enumerate() {
        let age = i64::try_from(night).unwrap() * DAY_MS;
        let moved = sqlx::query("update backup set at_ms = at_ms - ? where id = ?").bind(age).bind(id);
        moved.execute(&catalogue).await.unwrap();
    }
    catalogue.close().await;
    (console, ids)
}

/// Ids of the backups that the list has.
pub(crate) async fn listed(console: &Console) -> BTreeSet<String> {
    let (_, backups) = console.engine.backups(Some(PROJECT), 0, 500).await.unwrap();
    backups.into_iter().map(|backup| backup.record.id).collect()
}

/// The same backups are in the list and in the vault: these.
pub(crate) async fn assert_there(console: &Console, ids: &[String]) {
    let expected: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(listed(console).await, expected);
    assert_eq!(console.vault_files("snapshots").into_iter().collect::<BTreeSet<_>>(), expected);
}

async fn acts(console: &Console) -> Vec<String> {
    let page = console.engine.audit_entries(&AuditFilter::default(), None, 500).await.unwrap();
    page.entries.into_iter().map(|entry| entry.act).collect()
}

fn kept(plan: &Plan) -> Vec<String> {
    plan.fates.iter().filter(|fate| fate.is_kept).map(|fate| fate.id.clone()).collect()
}

#[tokio::test]
async fn what_a_policy_does_not_keep_is_gone_from_list_and_vault_and_the_rest_comes_back() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 6).await;
    let engine = &console.engine;
    assert!(
        kept(&engine.preview_retention(PROJECT, None).await.unwrap()) == ids,
        "without a policy all stay"
    );

    engine.set_retention(PROJECT, Some(last(4, 3))).await.unwrap();
    let looked_at = engine.preview_retention(PROJECT, None).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    assert_there(&console, &ids).await;
    let applied = engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();

    assert_eq!((plan.id == looked_at.id, kept(&plan)), (true, ids[..4].to_vec()));
    assert_eq!(applied.removed, [ids[5].clone(), ids[4].clone()], "the oldest first");
    assert_there(&console, &ids[..4]).await;
    let again = engine.plan_retention(PROJECT).await.unwrap();
    assert_eq!(again.going(), Vec::<String>::new());
    assert!(engine.apply_retention(PROJECT, &again.id, PROJECT).await.unwrap().removed.is_empty());
    let check = engine.start_check(Some((1, 1))).await.unwrap();
    console.succeeded(&check).await;
    console.restore_to(&ids[3], &server.free_name()).await;
}

#[tokio::test]
async fn every_step_of_it_is_in_the_audit_chain() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(3, 3))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    engine.apply_retention(PROJECT, &plan.id, "another").await.unwrap_err();
    engine.apply_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    engine.hold_backup(&ids[0], "the audit").await.unwrap();
    engine.expire_backup(&ids[0], Some(0)).await.unwrap();
    engine.release_backup(&ids[0]).await.unwrap();
    engine.set_retention(PROJECT, None).await.unwrap();

    let mut acts = acts(&console).await;
    acts.reverse();
    let from = acts.iter().position(|act| act == "retention.set").unwrap();
    let deletion = ["backup.deletion_confirmed", "backup.deleted"];
    let expected: Vec<&str> =
        ["retention.set", "retention.planned", "retention.refused", "retention.confirmed"]
            .into_iter()
            .chain(deletion)
            .chain(deletion)
            .chain(["retention.applied", "backup.held", "backup.expiry_set", "backup.released"])
            .chain(["retention.set"])
            .collect();
    assert_eq!(acts[from..], expected);
}

#[tokio::test]
async fn a_preset_keeps_what_it_says_of_a_year_of_nights() {
    let console = Console::new().await;
    let catalogue = open_catalogue(&console).await;
    fill_year(&catalogue).await;

    let year = Policy { zone: "UTC".into(), ..Preset::Omniops.policy() };
    let plan = console.engine.preview_retention("shop", Some(year)).await.unwrap();

    assert_eq!((plan.pause.as_deref(), plan.is_set), (None, false));
    let of = |code: &str| {
        let has = |fate: &&engine::retention::Fate| fate.reasons.iter().any(|one| one.code() == code);
        plan.fates.iter().filter(has).count()
    };
    assert_eq!((of("daily"), of("weekly"), of("monthly")), (30, 12, 12));
    let shown: usize = plan.days().iter().map(|day| day.backups.len()).sum();
    assert_eq!((plan.fates.len(), shown), (365, 365));
}

/// A project with a verified backup each night of a year; no vault is needed to look at them.
async fn fill_year(catalogue: &sqlx::SqlitePool) {
    let now = jiff::Timestamp::now().as_millisecond();
    let project = "insert into project (id, name, label, connection, created_at_ms)
        values ('p', 'shop', 'production',
                '{\"host\":\"db.example\",\"port\":5432,\"database\":\"d\",\"user\":\"u\",\"tls\":\"require\"}', 1)";
    let backups = format!(
        "with recursive n (i) as (select 0 union all select i + 1 from n where i < 364)
         insert into backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes,
                             table_count, warning_count)
         select printf('%064x', i), 'p', ?1 - 3600000 - i * {DAY_MS}, 'schedule', 'u@h', 'database', 1, 1, 1, 0 from n"
    );
    let proofs = "insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
        select id, 'vault', level, 'pass', at_ms, 5, 'read' from
            (select id, at_ms from backup), (select 1 as level union all select 2)";
    sqlx::query(project).execute(catalogue).await.unwrap();
    sqlx::query(&backups).bind(now).execute(catalogue).await.unwrap();
    sqlx::query(proofs).execute(catalogue).await.unwrap();
}
