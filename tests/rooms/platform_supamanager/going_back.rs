//! Restores there, exports and imports, the schedule.

use std::collections::BTreeSet;

use remote::platform::supamanager::Supamanager;
use remote::platform::{Act, Platform as _, PlatformError, RemoteSchedule, RestoreParts, Ticket, Watched};
use testkit::poll;

use super::bench::{Bench, ended, of_kind, whole};

const ALL: RestoreParts = RestoreParts { database: true, storage: true, config: true };

async fn watched(client: &Supamanager, ticket: &Ticket) -> (BTreeSet<String>, Watched) {
    let mut said = BTreeSet::new();
    let end = poll::until("the end of the restore", async || match client.watch(ticket).await.unwrap() {
        Watched::Running { words, .. } => {
            said.insert(words);
            None
        }
        end => Some(end),
    })
    .await;
    (said, end)
}

#[tokio::test]
async fn a_restore_brings_all_parts_back_and_says_when_the_server_pauses_and_resumes() {
    let Some(bench) = Bench::with(|options| options.step = std::time::Duration::from_millis(200)).await
    else {
        return;
    };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("full")).await;
    bench.database.run("delete from customers").await;
    let stored = bench.folder.path().join("shop/storage/avatars/a.png");
    let config = bench.folder.path().join("shop/config/.env");
    std::fs::remove_file(&stored).unwrap();
    std::fs::write(&config, "changed").unwrap();

    let ticket = client.restore(&backup.id, ALL).await.unwrap();
    let (said, end) = watched(&client, &ticket).await;

    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let expected = [
        "The server has paused the project for the restore.",
        "The server has paused the project, and restores it.",
        "The server resumes the project.",
    ];
    assert_eq!(said, expected);
    let Watched::Done { id, notes } = end else { panic!("{end:?}") };
    assert_eq!(id, Some(backup.id));
    assert!(notes[0].contains("has resumed it") && notes[1].contains("check what is there now"), "{notes:?}");
    assert_eq!(bench.database.value("select count(*) from customers").await, "500");
    assert!(stored.is_file());
    assert_eq!(std::fs::read_to_string(config).unwrap(), "POSTGRES_PASSWORD=x\n");
}

#[tokio::test]
async fn a_restore_of_one_part_leaves_the_others_alone() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("full")).await;
    bench.database.run("delete from customers").await;
    let stored = bench.folder.path().join("shop/storage/avatars/a.png");
    std::fs::remove_file(&stored).unwrap();

    let parts = RestoreParts { database: false, storage: true, config: false };
    let ticket = client.restore(&backup.id, parts).await.unwrap();
    let (_, end) = watched(&client, &ticket).await;

    assert!(matches!(end, Watched::Done { .. }), "{end:?}");
    assert!(stored.is_file());
    assert_eq!(bench.database.value("select count(*) from customers").await, "0");
    let none = RestoreParts { database: false, storage: false, config: false };
    assert!(matches!(client.restore(&backup.id, none).await, Err(PlatformError::CannotDo { .. })));
}

#[tokio::test]
async fn a_restore_that_fails_there_is_failed_here() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("full")).await;
    bench.server.damage_archives();

    let ticket = client.restore(&backup.id, ALL).await.unwrap();
    let (_, end) = watched(&client, &ticket).await;

    assert!(matches!(&end, Watched::Failed { said, .. } if said.contains("RESTORE_FAILED")), "{end:?}");
}

#[tokio::test]
async fn a_project_that_was_not_seen_paused_is_not_said_to_have_been() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let begun = |at: jiff::Timestamp| Ticket {
        act: Act::Restore,
        id: "restore_1".to_owned(),
        memo: Some(format!(r#"{{"backup":"b","begun":"{at}"}}"#)),
    };

    let now = client.watch(&begun(jiff::Timestamp::now())).await.unwrap();
    let later =
        client.watch(&begun(jiff::Timestamp::now() - jiff::SignedDuration::from_secs(60))).await.unwrap();

    assert!(
        matches!(&now, Watched::Running { words, .. } if words.contains("not paused the project yet")),
        "{now:?}"
    );
    assert!(
        matches!(&later, Watched::Done { notes, .. } if notes[0].contains("was not seen paused")),
        "{later:?}"
    );
}

#[tokio::test]
async fn a_schedule_is_stored_as_the_server_wants_it_and_cannot_be_read_back() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let wanted = RemoteSchedule {
        enabled: true,
        frequency: "weekly".to_owned(),
        time: "02:00".to_owned(),
        kind: Some("full".to_owned()),
        retention: Some(7),
    };

    assert_eq!(client.set_schedule(&wanted).await.unwrap(), wanted);
    let stored = bench.server.schedule("shop").unwrap();
    let text = r#"{"enabled":true,"frequency":"weekly","retention":7,"time":"02:00","type":"FULL"}"#;
    assert_eq!(stored, serde_json::from_str::<serde_json::Value>(text).unwrap());

    let error = client.schedule().await.unwrap_err();
    assert!(error.to_string().contains("has no call that says it"), "{error}");
    for odd in [
        RemoteSchedule { frequency: "monthly".to_owned(), ..wanted.clone() },
        RemoteSchedule { time: "25:00".to_owned(), ..wanted.clone() },
        RemoteSchedule { time: "2:00".to_owned(), ..wanted.clone() },
        RemoteSchedule { retention: Some(0), ..wanted.clone() },
        RemoteSchedule { kind: Some("logs".to_owned()), ..wanted.clone() },
    ] {
        assert!(matches!(client.set_schedule(&odd).await, Err(PlatformError::CannotDo { .. })), "{odd:?}");
    }
    bench.server.misbehave(|wrong| wrong.changes_schedules = true);
    assert!(matches!(client.set_schedule(&wanted).await, Err(PlatformError::FalseClaim { .. })));
}

#[tokio::test]
async fn a_project_is_exported_as_one_file_and_imported_as_a_new_one() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let ticket = client.export().await.unwrap();
    let Watched::Done { id: Some(id), .. } = ended(&client, &ticket).await.unwrap() else {
        panic!("it failed")
    };
    let backup = client.show(&id).await.unwrap();
    assert_eq!(backup.file_name.as_deref(), Some("project_shop_export.tar.gz"));
    let folder = bench.unpacked(&client, &backup).await;
    for part in ["database.dump", "storage/avatars/a.png", "config/kong.yml", "metadata.json"] {
        assert!(folder.join(part).is_file(), "{part}");
    }
    let file = bench.folder.path().join("moving.tar.gz");
    std::fs::write(&file, whole(&client, &id).await.body).unwrap();

    let project = client.import(&file, "The shop, moved").await.unwrap();

    assert_eq!(
        (project.name.as_str(), project.status.as_deref()),
        ("The shop, moved", Some("ACTIVE_HEALTHY"))
    );
    let there = bench.server.project(&project.reference).unwrap();
    assert_eq!(std::fs::read(there.storage.join("avatars/a.png")).unwrap().len(), 50_000);
    let moved = testkit::Server::shared().unwrap().at(&format!("imported_{}", project.reference));
    assert_eq!(moved.value("select count(*) from customers").await, "500");
    assert_eq!(client.projects().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_import_that_is_not_there_afterwards_is_a_false_claim() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let ticket = client.export().await.unwrap();
    ended(&client, &ticket).await.unwrap();
    let file = bench.folder.path().join("moving.tar.gz");
    std::fs::write(&file, whole(&client, &ticket.id).await.body).unwrap();

    bench.server.misbehave(|wrong| wrong.loses_imports = true);
    let error = client.import(&file, "Lost").await.unwrap_err();
    assert!(matches!(error, PlatformError::FalseClaim { .. }), "{error:?}");

    let missing = client.import(&bench.folder.path().join("no-such"), "New").await.unwrap_err();
    assert!(matches!(missing, PlatformError::Unreadable { .. }), "{missing:?}");
    std::fs::write(&file, "no archive").unwrap();
    let broken = client.import(&file, "New").await.unwrap_err();
    assert!(matches!(broken, PlatformError::Failed { .. }), "{broken:?}");
}

#[tokio::test]
async fn a_project_is_paused_and_resumed_by_the_calls_that_its_server_has() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    for has_pauses_elsewhere in [false, true] {
        bench.server.misbehave(|wrong| wrong.has_pauses_elsewhere = has_pauses_elsewhere);
        client.pause().await.unwrap();
        poll::soon("the pause", async || bench.server.status("shop") == "PAUSED").await;
        // The server refuses what is so already, in its own words.
        let twice = client.pause().await.unwrap_err().to_string();
        assert!(twice.contains("already paused"), "{twice}");
        client.resume().await.unwrap();
        poll::soon("the end of it", async || bench.server.status("shop") == "ACTIVE_HEALTHY").await;
    }

    bench.server.misbehave(|wrong| wrong.has_no_pause_routes = true);
    let refused = client.pause().await.unwrap_err();

    assert!(matches!(refused, PlatformError::CannotDo { act: Act::Pause, .. }), "{refused}");
    assert!(!client.abilities()[&Act::Pause].is_yes() && client.abilities()[&Act::Resume].is_yes());
}
