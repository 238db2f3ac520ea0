//! The power fails in a scheduled run.

use testkit::{Kept, Recording, Server, poll};

use super::{document, set_up, two_days_later};

#[tokio::test]
async fn a_claim_outlives_a_loss_of_power_from_the_moment_on_at_which_its_run_talks_to_a_server() {
    let Some(server) = Server::shared() else { return };
    let (line, _database) = set_up(server, 100).await;
    line.expect(0, &["schedule", "set", "shop", "--daily", "02:30"]);
    two_days_later(&line).await;
    // The thread of that connection outlives its closing; the last one takes the write-ahead log with it.
    let log = line.folder().join("profile/catalog.db-wal");
    poll::soon("the catalogue is closed", async || {
        // Two that close at the same moment leave it behind; one more takes it along.
        if log.exists() {
            line.expect(0, &["schedule", "show"]);
        }
        !log.exists()
    })
    .await;
    let Some(recording) = Recording::of(&line.command(&["schedule", "run-due"]), line.folder()) else {
        return;
    };
    assert_eq!(recording.status, Some(0), "{}", recording.said);

    recording.cut(recording.told("pg_export_snapshot"), Kept::Synced);
    let shown = document(&line, 0, &["schedule", "show"]);
    assert_eq!(
        (&shown[0]["state"], &shown[0]["runs"][0]["state"]),
        (&"due".into(), &"interrupted".into()),
        "{shown}"
    );
    let done = document(&line, 0, &["schedule", "run-due"]);
    assert_eq!(done["runs"].as_array().map(Vec::len), Some(1), "{done}");
    assert_eq!(done["schedules"][0]["runs"][0]["attempts"], 2, "{done}");
    assert_eq!(document(&line, 0, &["backup", "list"])["total"], 1);

    // Once it has ended, nothing of it is done again.
    let end = recording.moments_from(0, 2)[1];
    recording.cut(end, Kept::Synced);
    assert_eq!(document(&line, 0, &["schedule", "run-due"])["runs"].as_array().map(Vec::len), Some(0));
}
