//! Tables that a platform cut without a word: what is left of them is no backup, and that is said.

use engine::pull::{PullRequest, RemotePlanRequest, RemoteTarget};
use remote::platform::RestoreParts;
use testkit::{Console, PROJECT};

use super::bench::of_kind;
use super::loaded::of_organisations;

/// No number in it is round, and no two are the same.
const ROWS: &str = "create table organizations(id text primary key, name text); \
    create table customers(id int primary key, organization_id text references organizations, name text); \
    create table orders(id int primary key, customer_id int references customers, total numeric); \
    insert into organizations values ('lentes', 'Lentes'), ('vista', 'Vista'); \
    insert into customers select n, 'lentes', 'cliente ' || n from generate_series(1, 1234) n; \
    insert into orders select n, 1 + n % 1234, n * 1.5 from generate_series(1, 2347) n;";

/// Has the platform make a backup of the organisation, and fetches it, whatever comes of that.
async fn fetched(console: &Console) {
    let request = of_kind("organisation");
    let job = console.engine.start_remote(PROJECT, request, Some(PullRequest::default())).await.unwrap();
    console.wait(&job).await;
}

#[tokio::test]
async fn tables_that_were_cut_at_whatever_number_of_rows_keep_the_backup_from_counting_and_are_named() {
    for (max_rows, is_cut) in [(5000, false), (100, true), (137, true)] {
        let Some((console, _server, _database, _folder)) = of_organisations(ROWS, max_rows).await else {
            return;
        };

        fetched(&console).await;

        let (_, backups) = console.engine.backups(Some(PROJECT), 0, 10).await.unwrap();
        let counts = backups.iter().any(|backup| backup.is_newest_verified);
        assert_eq!(counts, !is_cut, "at {max_rows} rows");
        let shown = console.engine.backup_details(&backups[0].record.id).await.unwrap();
        let said = shown.manifest.warnings.join(" ");
        for table in ["customers", "orders"] {
            assert_eq!(said.contains(table), is_cut, "at {max_rows} rows: {said}");
        }
    }
}

/// Fewer of both than the platform gives at once.
const FEW: &str = "create table organizations(id text primary key, name text); \
    create table customers(id int primary key, organization_id text references organizations, name text); \
    create table orders(id int primary key, customer_id int references customers, total numeric); \
    insert into organizations values ('lentes', 'Lentes'), ('vista', 'Vista'); \
    insert into customers select n, 'lentes', 'cliente ' || n from generate_series(1, 120) n; \
    insert into orders select n, 1 + n % 120, n * 1.5 from generate_series(1, 130) n;";

#[tokio::test]
async fn tables_that_meet_a_limit_for_the_first_time_keep_the_backup_from_counting() {
    let Some((console, _server, database, _folder)) = of_organisations(FEW, 137).await else { return };
    fetched(&console).await;
    let newest = async || {
        let (_, backups) = console.engine.backups(Some(PROJECT), 0, 10).await.unwrap();
        (backups.len(), backups[0].is_newest_verified)
    };
    assert_eq!(newest().await, (1, true));

    let more = "insert into customers select n, 'lentes', 'cliente ' || n from generate_series(121, 900) n; \
                insert into orders select n, 1 + n % 120, n * 1.5 from generate_series(131, 700) n";
    database.run(more).await;
    fetched(&console).await;

    assert_eq!(newest().await, (2, false), "both have 137 rows now");
}

#[tokio::test]
async fn before_a_backup_is_restored_at_its_platform_the_plan_names_what_it_lacks() {
    let Some((console, _server, _database, _folder)) = of_organisations(ROWS, 1000).await else { return };
    fetched(&console).await;
    let id = console.engine.look_at_platform(PROJECT).await.unwrap().backups[0].backup.id.clone();
    let target = RemoteTarget::Restore { id, parts: RestoreParts::DATABASE.into() };
    let request = RemotePlanRequest {
        project: PROJECT.into(),
        target,
        no_safety_because: Some("a test".into()),
        uncovered_because: None,
    };

    let plan = console.engine.plan_remote(request).await.unwrap();

    // The platform deletes all rows of the organisation first.
    assert!(plan.warnings.iter().any(|words| words.contains("customers")), "{:?}", plan.warnings);
}
