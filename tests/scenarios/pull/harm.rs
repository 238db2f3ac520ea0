//! Deleting and restoring at a platform: shown, typed, once, and never without what was before.

use base::Code;
use engine::pull::{PullRequest, RemotePlan, RemotePlanRequest, RemoteTarget, Safety};
use ledger::audit::AuditFilter;
use remote::platform::{ChosenParts, CreateRequest};
use testkit::{Console, PROJECT};

use super::bench::{Bench, MEMBER, PASSWORD, add, answer, made, pulled};

async fn plan(console: &Console, target: RemoteTarget, declined: Option<&str>) -> RemotePlan {
    let no_safety_because = declined.map(str::to_owned);
    let request = RemotePlanRequest { no_safety_because, ..RemotePlanRequest::new(PROJECT, target) };
    console.engine.plan_remote(request).await.unwrap()
}

fn restore_of(id: &str) -> RemoteTarget {
    RemoteTarget::Restore { id: id.into(), parts: ChosenParts::default() }
}

async fn acts(console: &Console) -> Vec<String> {
    let page = console.engine.audit_entries(&AuditFilter::default(), None, 500).await.unwrap();
    page.entries.into_iter().rev().map(|entry| entry.act).filter(|act| act.starts_with("platform.")).collect()
}

#[tokio::test]
async fn a_deletion_there_is_shown_typed_done_once_and_in_the_audit_chain() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;

    let plan = plan(&console, RemoteTarget::Delete(id.clone()), None).await;
    assert!(plan.effects[0].contains(&id) && plan.blockers.is_empty() && plan.safety == Safety::default());
    assert!(plan.warnings.iter().any(|warning| warning.contains("not in the vault")), "{:?}", plan.warnings);
    let refused = console.engine.start_remote_plan(&plan.id, "shopp").await.unwrap_err();
    assert_eq!((refused.code.as_str(), bench.archives().len()), ("not_confirmed", 1));
    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    console.succeeded(&job).await;

    assert_eq!(bench.archives().len(), 0);
    let again = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap_err();
    assert!(["plan_stale", "platform_not_found"].contains(&again.code.as_str()), "{again}");
    let acts = acts(&console).await;
    let order = ["platform.planned", "platform.confirmed", "platform.deleted"];
    let places: Vec<_> =
        order.iter().map(|act| acts.iter().position(|known| known == act).unwrap()).collect();
    assert!(places.is_sorted(), "{acts:?}");
    assert!(console.engine.verify_audit(false).await.unwrap().broken.is_none());
}

#[tokio::test]
async fn a_plan_is_void_once_the_backup_there_is_another_one() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    for target in [RemoteTarget::Delete(id.clone()), restore_of(&id)] {
        let plan = plan(&console, target, None).await;
        bench.server.misbehave(|wrong| wrong.lies_about_checksums = true);

        let failure = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap_err();

        assert_eq!((failure.code.as_str(), bench.archives().len()), ("plan_stale", 1));
        bench.server.misbehave(|wrong| wrong.lies_about_checksums = false);
    }
    assert_eq!(bench.calls("DELETE ") + bench.calls("/restore"), 0);
}

#[tokio::test]
async fn a_deletion_that_the_platform_only_claims_is_no_deletion() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    bench.server.misbehave(|wrong| wrong.keeps_deleted = true);
    let plan = plan(&console, RemoteTarget::Delete(id), None).await;

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();

    assert_eq!(console.failed(&job).await.code, Code::PlatformClaim);
    assert!(!acts(&console).await.contains(&"platform.deleted".to_owned()));
}

#[tokio::test]
async fn a_restore_there_keeps_the_state_before_in_the_vault_first() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    let before = bench.database.census().await;
    bench.database.run("delete from orders; insert into customers values (9999, 'later')").await;
    let later = bench.database.value("select count(*) from customers").await;
    let plan = plan(&console, restore_of(&id), None).await;
    assert_eq!(plan.safety, Safety::pulled("full"));
    assert!(plan.effects[0].contains("first makes a backup") && plan.effects[1].contains("its database"));

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    let job = console.succeeded(&job).await;

    assert_eq!(bench.database.census().await, before);
    let kept = console.engine.backup(&job.output.unwrap().backup_id.unwrap()).await.unwrap();
    assert_eq!(kept.level, Some(ledger::catalog::ProofLevel::Readable));
    assert_eq!(kept.record.row_count.map(|rows| rows.to_string()), Some(later));
    let made =
        bench.server.seen().iter().position(|seen| seen.call == "POST /platform/projects/shop/backups");
    let done = bench.server.seen().iter().position(|seen| seen.call.ends_with("/restore"));
    assert!(made < done && bench.archives().len() == 2);
}

#[tokio::test]
async fn a_safety_backup_that_fails_keeps_the_restore_from_starting() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "full").await;
    let plan = plan(&console, restore_of(&id), None).await;
    bench.server.misbehave(|wrong| wrong.fails_dumps = true);

    let job = console.engine.start_remote_plan(&plan.id, PROJECT).await.unwrap();
    let failure = console.failed(&job).await;

    assert!(failure.message.starts_with("the safety backup did not work, so nothing was done"), "{failure}");
    assert_eq!(bench.calls("/restore"), 0);
}

#[tokio::test]
async fn a_safety_backup_is_declined_with_a_reason_alone() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    pulled(&console).await;

    assert_eq!(plan(&console, restore_of(&id), Some("  ")).await.safety, Safety::pulled("full"));
    let plan = plan(&console, restore_of(&id), Some("a copy for tests")).await;

    assert_eq!(plan.safety, Safety::declined("a copy for tests"));
    assert!(plan.warnings.iter().any(|warning| warning.contains("a copy for tests")));
}

#[tokio::test]
async fn an_account_without_the_right_sees_why_and_changes_nothing() {
    let Some(bench) = Bench::new().await else { return };
    let console = bench.console().await;
    let id = made(&console, "database").await;
    add(&console, "as a member", bench.settings_of("shop", MEMBER), PASSWORD).await;

    let job = console.engine.start_remote("as a member", CreateRequest::default(), None).await.unwrap();
    let create = console.failed(&job).await;
    let request = RemotePlanRequest::new("as a member", RemoteTarget::Delete(id.clone()));
    let plan = console.engine.plan_remote(request).await.unwrap();
    let delete = match console.engine.start_remote_plan(&plan.id, "as a member").await {
        Ok(job) => console.failed(&job).await,
        Err(failure) => failure,
    };

    assert_eq!(create.code, Code::PlatformForbidden, "{create}");
    assert!(create.message.contains("owner"), "{create}");
    assert!(["platform_forbidden", "plan_blocked"].contains(&delete.code.as_str()), "{delete}");
    assert_eq!(bench.archives().len(), 1);
    // What it may do works.
    console.succeeded(&console.engine.start_pull("as a member", PullRequest::default()).await.unwrap()).await;
}

#[tokio::test]
async fn the_command_line_shows_a_plan_and_does_it_for_the_typed_name_alone() {
    let Some(bench) = Bench::new().await else { return };
    let line = bench.line();
    line.expect(0, &["platform", "create", "shop", "--kind", "database"]);
    let shown = answer(&line, &["--json", "platform", "show", "shop"]);
    let id = shown["backups"][0]["id"].as_str().unwrap();

    let plan = line.expect(0, &["platform", "delete", "shop", id]).output;
    assert!(plan.contains("Nothing was done") && plan.contains("--confirm shop"), "{plan}");
    line.expect(4, &["platform", "delete", "shop", id, "--confirm", "other"]);
    assert_eq!(bench.archives().len(), 1);
    line.expect(0, &["platform", "delete", "shop", id, "--confirm", "shop"]);

    assert_eq!(bench.archives().len(), 0);
    line.expect(0, &["audit", "verify"]);
}
