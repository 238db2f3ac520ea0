//! Databases that come as scripts or rows: loaded, counted, and restorable like any other.

use std::collections::BTreeMap;

use base::Code;
use base::secret::Secret;
use engine::drill::DrillRequest;
use engine::portable::FetchBy;
use engine::project::NewProject;
use engine::pull::PullRequest;
use ledger::catalog::{Label, Verdict};
use remote::platform::{CreateRequest, PlatformKind, PlatformSettings};
use testkit::platforms::Postgres;
use testkit::platforms::opttius::{Opttius, Role, StandInOptions, Table, User};
use testkit::{Console, Database, PROJECT, Server};

use super::bench::{PASSWORD, of_kind};
use super::others::with_telegram;
use crate::drill::drill;

const ROOT: &str = "root@lentes.example";
const TABLES: &str = "create table organizations(id text primary key, name text); \
    create table customers(id int primary key, organization_id text references organizations, name text); \
    create table orders(id int primary key, customer_id int references customers, total numeric); \
    insert into organizations values ('lentes', 'Lentes'), ('vista', 'Vista'); \
    insert into customers select n, 'lentes', 'cliente ' || n from generate_series(1, 300) n; \
    insert into customers select n, 'vista', 'otro ' || n from generate_series(1001, 1010) n; \
    insert into orders select n, n, n * 1.5 from generate_series(1, 300) n; \
    insert into orders select n, n, 1 from generate_series(1001, 1010) n;";

/// An application, its database, its folder, and a profile with one of its organisations.
pub(super) type Application = (Console, Opttius, Database<'static>, tempfile::TempDir);

pub(super) async fn with_organisations() -> Option<Application> {
    of_organisations(TABLES, 1000).await
}

/// An application with two organisations in one database, whose interface gives so many rows at once.
pub(super) async fn of_organisations(rows: &str, max_rows: usize) -> Option<Application> {
    let database = Server::shared()?.database().await;
    database.run(rows).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options =
        StandInOptions { max_rows, ..StandInOptions::new(folder.path(), Postgres::of(&database)) };
    let tables = [
        ("organizations", "id", None),
        ("customers", "organization_id", None),
        ("orders", "customer_id", Some("customers")),
    ];
    options.tables = tables
        .map(|(name, column, anchor)| Table {
            name: name.into(),
            column: column.into(),
            anchor: anchor.map(str::to_owned),
        })
        .into();
    let (email, organisation) = (ROOT.to_owned(), "lentes".to_owned());
    options.users = vec![User { email, password: PASSWORD.into(), organisation, role: Role::Root }];
    options.organisations = vec!["lentes".into(), "vista".into()];
    let server = Opttius::start(options);
    let console = Console::new().await.with_vault().await;
    let new = NewProject {
        name: PROJECT.into(),
        label: Label::Development,
        connection: None,
        password: None,
        ssh_secret: None,
        platform: Some(PlatformSettings {
            kind: PlatformKind::Opttius,
            address: server.address().to_owned(),
            reference: "lentes".into(),
            account: Some(ROOT.into()),
            more: BTreeMap::from([("auth_address".to_owned(), server.address().to_owned())]),
        }),
        credentials: [("password", PASSWORD), ("anon_key", "anon-key")]
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into(),
    };
    console.engine.add_project(new).await.unwrap();
    Some((console, server, database, folder))
}

/// Has it made and pulled; the backup's id and rows.
async fn brought(console: &Console, request: CreateRequest) -> (String, Option<i64>) {
    let job = console.engine.start_remote(PROJECT, request, Some(PullRequest::default())).await.unwrap();
    let output = console.succeeded(&job).await.output.unwrap();
    let id = output.backup_id.unwrap();
    (id.clone(), console.engine.backup(&id).await.unwrap().record.row_count)
}

async fn assert_drilled(console: &Console, id: &str) {
    let drilled = drill(console, DrillRequest::of_backup(id.to_owned())).await;
    assert_eq!(
        drilled.row.record.verdict,
        Verdict::Pass,
        "{} {:?}",
        drilled.row.record.reason,
        drilled.report.checks
    );
}

#[tokio::test]
async fn a_whole_dump_of_an_application_is_loaded_counted_and_comes_back() {
    let Some((console, _server, _database, _folder)) = with_organisations().await else { return };
    let (id, rows) = brought(&console, of_kind("full")).await;
    assert_eq!(rows, Some(622));
    assert_drilled(&console, &id).await;
}

#[tokio::test]
async fn an_organisation_alone_is_loaded_counted_and_comes_back() {
    let Some((console, _server, _database, _folder)) = with_organisations().await else { return };
    let (id, rows) = brought(&console, of_kind("organisation")).await;
    assert_eq!(rows, Some(601));
    assert_drilled(&console, &id).await;
}

#[tokio::test]
async fn an_organisation_that_its_platform_cut_is_kept_and_does_not_count() {
    let Some((console, _server, _database, _folder)) = of_organisations(TABLES, 137).await else { return };
    let (id, rows) = brought(&console, of_kind("organisation")).await;
    assert_eq!(rows, Some(1 + 137 + 137));
    let why = console.engine.backup(&id).await.unwrap().record.held_back.unwrap();
    assert!(
        why.contains("customers has exactly 137 rows, as orders has") && why.contains("max_rows"),
        "{why}"
    );
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().recovery_point, None);
}

#[tokio::test]
async fn what_a_bot_keeps_is_fetched_loaded_counted_and_comes_back() {
    let Some((console, _platform, bot)) = with_telegram().await else { return };
    for (number, format) in ["sql", "tar"].into_iter().enumerate() {
        let request =
            CreateRequest { format: Some(format.into()), compress: true, ..CreateRequest::default() };
        let (id, rows) = brought(&console, request).await;
        assert_eq!((rows, bot.documents().len()), (Some(500), number + 1), "{format}");
        assert_drilled(&console, &id).await;
    }
}

#[tokio::test]
async fn a_file_goes_back_to_the_platform_that_keeps_its_files_with_a_bot() {
    let Some((console, _platform, bot)) = with_telegram().await else { return };
    let (id, _) = brought(&console, CreateRequest { compress: true, ..CreateRequest::default() }).await;
    let before = bot.documents().len();
    let job = console.engine.start_platform_upload(PROJECT, &id).await.unwrap();
    let said = console.succeeded(&job).await.output.unwrap().outcome;
    assert_eq!(bot.documents().len(), before + 1, "{said}");
    assert!(std::fs::read_dir(console.home().join("intake")).unwrap().next().is_none(), "nothing stays here");
}

#[tokio::test]
async fn a_file_is_kept_in_a_chat_sealed_listed_fetched_back_whole_and_deleted() {
    let Some((console, _platform, bot)) = with_telegram().await else { return };
    let (file, back) = (console.folder().join("bundle.tar"), console.folder().join("back.tar"));
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&file, &bytes).unwrap();
    let phrase = || Secret::new("correct horse battery");
    let job = console.engine.start_portable_send(PROJECT, &file, phrase(), None).await.unwrap();
    console.succeeded(&job).await;
    let listed = console.engine.portable_files(PROJECT).await.unwrap();
    assert_eq!((listed.len(), listed[0].gone.is_none()), (1, true));
    let id = listed[0].receipt.bundle.clone();

    let by = || FetchBy::Id(id.clone());
    let wrong =
        console.engine.start_portable_fetch(PROJECT, by(), &back, Secret::new("wrong")).await.unwrap();
    assert_eq!(console.failed(&wrong).await.code, Code::BundleKey);
    assert!(!back.exists());
    let job = console.engine.start_portable_fetch(PROJECT, by(), &back, phrase()).await.unwrap();
    console.succeeded(&job).await;
    assert!(std::fs::read(&back).unwrap() == bytes);

    let refused = console.engine.delete_portable(PROJECT, &id, "other").await.unwrap_err();
    assert_eq!(refused.code, Code::NotConfirmed);
    assert_eq!(
        console.engine.delete_portable(PROJECT, &id, "bundle.tar").await.unwrap(),
        Vec::<String>::new()
    );
    assert!(console.engine.portable_files(PROJECT).await.unwrap().is_empty());
    assert!(bot.documents().is_empty());
}
