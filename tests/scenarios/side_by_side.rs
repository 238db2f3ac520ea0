//! Two backups side by side: what is said to differ, and what is said to be the same.

use engine::backup::{BackupDiff, DiffVerdict, ObjectChange, TableChange};
use testkit::{Console, Server};

const SHOP: &str = "create table customers (id int primary key);
    create table orders (id serial primary key, customer int); insert into orders (customer) values (1), (2)";

fn object(diff: &BackupDiff, kind: &str, name: &str) -> Option<ObjectChange> {
    diff.objects.iter().find(|one| one.kind == kind && one.name == name).map(|one| one.change)
}

#[tokio::test]
async fn a_backup_and_itself_are_the_same_and_everything_was_compared() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    database.run("select lo_from_bytea(0, 'large')").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;

    let diff = console.engine.compare_backups(&backup, &backup).await.unwrap();

    assert_eq!((diff.not_compared, diff.facts), (Vec::<String>::new(), Vec::<String>::new()));
    assert_eq!((diff.objects, diff.verdict), (Vec::new(), DiffVerdict::Same));
    assert_eq!(diff.tables.len(), 2);
    assert!(diff.tables.iter().all(|table| table.change == TableChange::Equal), "{:?}", diff.tables);
}

#[tokio::test]
async fn structure_sequences_large_objects_and_roles_are_compared_beside_the_rows() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    let large = database.value("select lo_from_bytea(0, 'large')::text").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let first = console.backup().await.record.id;
    let role = server.free_name();
    database
        .run(&format!(
            "create index by_customer on orders (customer); create role {role} nologin;
             alter table customers add constraint positive check (id > 0);
             alter table orders add foreign key (customer) references customers not valid;
             select nextval('orders_id_seq'); select lo_put({large}, 0, 'LARGE')"
        ))
        .await;
    let second = console.backup().await.record.id;
    database.run(&format!("drop role {role}")).await;

    let diff = console.engine.compare_backups(&first, &second).await.unwrap();

    assert!(diff.tables.iter().all(|table| table.change == TableChange::Equal), "{:?}", diff.tables);
    assert_eq!(diff.verdict, DiffVerdict::Differs);
    assert_eq!(object(&diff, "index", "by_customer"), Some(ObjectChange::Added));
    assert_eq!(object(&diff, "table", "customers"), Some(ObjectChange::Changed));
    assert_eq!(object(&diff, "table", "orders"), None);
    assert_eq!(object(&diff, "foreign key", "orders orders_customer_fkey"), Some(ObjectChange::Added));
    assert_eq!(object(&diff, "role", &role), Some(ObjectChange::Added));
    let says = |words: &str| assert!(diff.facts.iter().any(|fact| fact.contains(words)), "{:?}", diff.facts);
    says("At another value: public.orders_id_seq.");
    says("their content is not the same");
}

#[tokio::test]
async fn a_backup_knows_the_one_before_it_of_its_own_project() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let first = console.backup().await;
    let second = console.backup().await;

    assert_eq!(console.engine.backup_before(&second).await.unwrap(), Some(first.record.id.clone()));
    assert_eq!(console.engine.backup_before(&first).await.unwrap(), None);
}
