//! The list of backups, sifted by the engine: how they came, what they hold, how far they are proven, when.

use contract::api;
use contract::backup::{BackupKindView, BegunByView, ListBackups, ProofSiftView, SiftBackups, SumBackups};
use contract::number::Millis;
use testkit::Console;

use crate::catalogue::open_catalogue;
use base::Code;

const HOUR_MS: i64 = 3_600_000;

/// Backups of two projects that differ in all that a list is sifted by; each is named by its first letter.
async fn profile() -> Console {
    let console = Console::new().await;
    let catalogue = open_catalogue(&console).await;
    let connection = r#"{"host":"db.example","port":5432,"database":"d","user":"u","tls":"require"}"#;
    let projects = "insert into project (id, name, label, connection, created_at_ms) values
        ('p1', 'Shop', 'production', ?1, 1), ('p2', 'Clinic', 'production', ?1, 1)";
    sqlx::query(projects).bind(connection).execute(&catalogue).await.unwrap();
    let backups = [
        ("a", "p1", 1, "database", "window", None, Some("before the upgrade")),
        ("b", "p1", 2, "database", "schedule", None, None),
        ("c", "p1", 3, "artifact,database,storage", "schedule", Some("r-7"), None),
        ("d", "p1", 4, "config", "command_line", None, None),
        ("e", "p2", 5, "artifact,logs", "window", Some("sha256:00"), None),
    ];
    for (letter, project, hour, components, trigger, remote, reason) in backups {
        sqlx::query(
            "insert into backup (id, project_id, at_ms, reason, trigger_kind, who, components, size_bytes,
                                 added_bytes, table_count, warning_count, remote_id)
             values (?, ?, ?, ?, ?, 'anna@desk', ?, 1000, 10, 0, 0, ?)",
        )
        .bind(letter.repeat(64))
        .bind(project)
        .bind(hour * HOUR_MS)
        .bind(reason)
        .bind(trigger)
        .bind(components)
        .bind(remote)
        .execute(&catalogue)
        .await
        .unwrap();
    }
    let proofs = [("a", 2, "pass"), ("b", 1, "pass"), ("b", 2, "fail"), ("c", 2, "pass"), ("c", 3, "pass")];
    for (letter, level, verdict) in proofs {
        let proof = "insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
                     values (?, 'vault', ?, ?, 1, 1, 'read')";
        sqlx::query(proof)
            .bind(letter.repeat(64))
            .bind(level)
            .bind(verdict)
            .execute(&catalogue)
            .await
            .unwrap();
    }
    let held = "insert into backup_keeping (backup_id, hold_reason, hold_who, held_at_ms) values (?, 'audit', 'anna', 1)";
    sqlx::query(held).bind("b".repeat(64)).execute(&catalogue).await.unwrap();
    console
}

/// The first letters of what is left, newest first.
async fn left(console: &Console, project: Option<&str>, sift: SiftBackups) -> String {
    let project = project.map(str::to_owned);
    let sums = SumBackups { project: project.clone(), sift: Some(sift.clone()) };
    let request = ListBackups { project, offset: 0, limit: 50, sift: Some(sift) };
    let page = api::backup_list(&console.engine, request).await.unwrap();
    let sums = api::backup_sums(&console.engine, sums).await.unwrap();
    let count = page.backups.len() as u64;
    assert_eq!((page.total.0, sums.backups.0), (count, count), "the list and its sums say the same");
    assert_eq!((sums.size_bytes.0, sums.added_bytes.0), (count * 1000, count * 10));
    page.backups.iter().map(|row| &row.id[..1]).collect()
}

#[tokio::test]
async fn backups_are_sifted_by_what_they_hold_how_they_came_how_far_they_are_proven_and_when() {
    let console = profile().await;
    let holds = |holds: &[&str]| SiftBackups {
        holds: holds.iter().map(|one| (*one).to_owned()).collect(),
        ..SiftBackups::default()
    };
    let kind = |kind| SiftBackups { kind: Some(kind), ..SiftBackups::default() };
    let proof = |proof| SiftBackups { proof: Some(proof), ..SiftBackups::default() };
    let text = |text: &str| SiftBackups { text: Some(text.to_owned()), ..SiftBackups::default() };
    let by = |by| SiftBackups { by: Some(by), ..SiftBackups::default() };
    let (since, until) = (Some(Millis(2 * HOUR_MS)), Some(Millis(4 * HOUR_MS)));
    let cases = [
        (SiftBackups::default(), "edcba"),
        (holds(&["database"]), "cba"),
        (holds(&["database", "storage"]), "c"),
        (holds(&["config"]), "d"),
        (holds(&["redis"]), ""),
        (kind(BackupKindView::Own), "ba"),
        (kind(BackupKindView::Pulled), "dc"),
        (kind(BackupKindView::Imported), "e"),
        (by(BegunByView::Schedule), "cb"),
        (by(BegunByView::Person), "eda"),
        (proof(ProofSiftView::Bytes), "cba"),
        (proof(ProofSiftView::Readable), "ca"),
        (proof(ProofSiftView::Restored), "c"),
        (proof(ProofSiftView::Never), "ed"),
        (proof(ProofSiftView::Failed), "b"),
        (SiftBackups { is_held: true, ..SiftBackups::default() }, "b"),
        (SiftBackups { since_ms: since, ..SiftBackups::default() }, "edcb"),
        (SiftBackups { since_ms: since, until_ms: until, ..SiftBackups::default() }, "cb"),
        (text(" UPGRADE "), "a"),
        (text("by hand"), "ea"),
        (text("audit"), "b"),
        (text("clinic"), "e"),
        (text("dddd"), "d"),
        (text("100%"), ""),
    ];
    for (sift, expected) in cases {
        let words = format!("{sift:?}");
        assert_eq!(left(&console, None, sift).await, expected, "{words}");
    }
    assert_eq!(left(&console, Some("shop"), proof(ProofSiftView::Never)).await, "d");
}

#[tokio::test]
async fn a_page_of_sifted_backups_knows_how_many_there_are_also_beyond_the_last() {
    let console = profile().await;
    let sift = SiftBackups { holds: vec!["database".into()], ..SiftBackups::default() };
    for (offset, expected) in [(0, 2), (2, 1), (9, 0)] {
        let request = ListBackups { project: None, offset, limit: 2, sift: Some(sift.clone()) };
        let page = api::backup_list(&console.engine, request).await.unwrap();
        assert_eq!((page.total.0, page.backups.len()), (3, expected), "from {offset}");
    }
    let odd = SiftBackups { holds: vec!["everything".into()], ..SiftBackups::default() };
    let request = ListBackups { project: None, offset: 0, limit: 2, sift: Some(odd) };
    assert_eq!(api::backup_list(&console.engine, request).await.unwrap_err().code, Code::InvalidRequest);
}
