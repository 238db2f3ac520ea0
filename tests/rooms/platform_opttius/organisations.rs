//! Backups of one organisation: made, listed, fetched, deleted; and what is claimed of them.

use bundle::{BundleKind, Inspection};
use remote::platform::opttius::Opttius;
use remote::platform::{Act, Platform as _, PlatformError, Watched};

use super::bench::{ADMIN, Bench, claimed, of_kind, whole};
use crate::bundle::bench::{Bench as Folder, look};

/// What Holdfast makes of a backup's bytes.
async fn looked_into(client: &Opttius, id: &str) -> Inspection {
    let folder = Folder::new();
    look(&folder.file("backup.json", whole(client, id).await), None).unwrap()
}

fn has(seen: &Inspection, title: &str, word: &str) -> bool {
    seen.findings.iter().any(|finding| finding.title == title && finding.words.contains(word))
}

#[tokio::test]
async fn an_organisation_is_backed_up_with_its_rows_alone() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client_of(ADMIN, "lentes");

    let ticket = client.create(&of_kind("organisation")).await.unwrap();
    let Watched::Done { id: Some(id), notes } = client.watch(&ticket).await.unwrap() else {
        panic!("it failed")
    };
    let backup = client.show(&id).await.unwrap();
    let seen = looked_into(&client, &id).await;

    assert!(id.starts_with("lentes/backup_lentes_") && id.strip_suffix(".json").is_some(), "{id}");
    assert_eq!((backup.kind.as_str(), backup.owner.as_deref()), ("organisation", Some("lentes")));
    assert!(!backup.file_name.unwrap().contains('/'));
    assert_eq!(notes, ["The platform says 4 tables and 601 records."]);
    let mut rows: Vec<_> = seen.tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    rows.sort_unstable();
    let expected = [("customers", 300), ("notes", 0), ("orders", 300), ("organizations", 1)];
    assert_eq!(rows, expected.map(|(name, rows)| (name, Some(rows))), "none of the other organisation's");
    assert_eq!((seen.kind, seen.project.as_deref()), (BundleKind::OpttiusOrganisation, Some("lentes")));
    let details = client.details(&id).await.unwrap();
    assert_eq!(
        (details.tables, details.records, details.created_by.as_deref()),
        (Some(4), Some(601), Some(ADMIN))
    );
}

#[tokio::test]
async fn tables_without_parents_and_tables_that_could_not_be_read_are_named_to_whoever_looks_into_the_file() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    bench.database.run("delete from orders; delete from customers").await;
    let backup = bench.backup(&client, "organisation").await;
    assert!(has(&looked_into(&client, &backup.id).await, "Table skipped", "orders"));

    bench.database.run("drop table customers cascade").await;
    let backup = bench.backup(&client, "organisation").await;

    let seen = looked_into(&client, &backup.id).await;
    assert!(has(&seen, "Table not read", "customers") && has(&seen, "Table not read", "does not exist"));
}

#[tokio::test]
async fn a_backup_that_was_made_and_is_not_there_is_a_false_claim() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();

    bench.server.misbehave(|wrong| wrong.stores_nothing = true);
    let nowhere = claimed(&client, "organisation").await;
    bench.server.misbehave(|wrong| (wrong.stores_nothing, wrong.stores_empty_files) = (false, true));
    let empty = claimed(&client, "organisation").await;
    bench.server.misbehave(|wrong| (wrong.stores_empty_files, wrong.counts_no_records) = (false, true));
    let no_record = claimed(&client, "organisation").await;
    bench.server.misbehave(|wrong| (wrong.counts_no_records, wrong.loses_links) = (false, true));
    let no_link = claimed(&client, "organisation").await;

    for (error, truth) in [
        (nowhere, "but its list does not have it"),
        (empty, "but it says no size, or none but 0"),
        (no_record, "but it holds no record"),
        (no_link, "but there is no link to its bytes"),
    ] {
        assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");
        assert!(error.to_string().ends_with(truth), "{error}");
    }
}

#[tokio::test]
async fn a_file_without_bytes_is_not_offered() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    bench.server.misbehave(|wrong| wrong.stores_empty_files = true);
    let ticket = client.create(&of_kind("organisation")).await.unwrap();

    let error = client.download(&ticket.id).await.unwrap_err();

    assert!(matches!(error, PlatformError::CannotDo { act: Act::Download, .. }), "{error:?}");
}

#[tokio::test]
async fn a_backup_is_deleted_when_it_is_gone_and_not_when_the_server_says_so() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    for kind in ["organisation", "full"] {
        let backup = bench.backup(&client, kind).await;
        bench.server.misbehave(|wrong| wrong.keeps_deleted = true);
        let error = client.delete(&backup.id).await.unwrap_err();
        assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");

        bench.server.misbehave(|wrong| wrong.keeps_deleted = false);
        client.delete(&backup.id).await.unwrap();
        assert_eq!(client.list().await.unwrap().backups, []);
    }
    let error = client.delete("lentes/no-such.json").await.unwrap_err();
    assert!(error.to_string().contains("Archivo no encontrado"), "{error}");
}

#[tokio::test]
async fn a_list_that_ends_at_a_hundred_says_that_there_may_be_more() {
    let Some(bench) = Bench::new().await else { return };
    for (folder, name) in [("database-backups/lentes", "b.json"), ("saas-backups", "d.sql")] {
        let folder = bench.folder.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        for number in 0..101 {
            std::fs::write(folder.join(format!("{number}-{name}")), "x").unwrap();
        }
    }

    let listing = bench.client().list().await.unwrap();

    assert_eq!(listing.notes.len(), 2, "{:?}", listing.notes);
    assert!(listing.notes.iter().all(|note| note.contains("there may be more")), "{:?}", listing.notes);
    assert_eq!(listing.backups.iter().filter(|backup| backup.kind == "full").count(), 100);
}

#[tokio::test]
async fn statistics_are_counted_from_both_lists() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let organisation = bench.backup(&client, "organisation").await;
    let full = bench.backup(&client, "full").await;

    let facts = client.statistics().await.unwrap();
    let value = |name: &str| facts.iter().find(|fact| fact.name == name).unwrap().value.clone();

    assert_eq!((value("of kind organisation"), value("of kind full")), ("1".to_owned(), "1".to_owned()));
    assert_eq!(value("bytes of kind organisation"), organisation.bytes.unwrap().to_string());
    assert_eq!(value("bytes of kind full"), full.bytes.unwrap().to_string());
}

#[tokio::test]
async fn every_act_is_possible_or_says_why_not() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let abilities = client.abilities();
    assert_eq!(abilities.len(), Act::ALL.len());
    let possible: Vec<Act> = Act::ALL.into_iter().filter(|act| abilities[act].is_yes()).collect();
    let expected = [
        Act::List,
        Act::Create,
        Act::Watch,
        Act::Download,
        Act::Delete,
        Act::Restore,
        Act::TriggerCron,
        Act::Statistics,
    ];
    assert_eq!(possible, expected);
    let error = client.schedule().await.unwrap_err();
    assert!(error.to_string().contains("weekly, by its host's cron"), "{error}");
}
