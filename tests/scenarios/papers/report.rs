//! The auditor's report: a breach is in it, tables are safe to open, and saving it is in the audit chain.

use base::Code;
use engine::report::ReportRequest;
use ledger::audit::AuditFilter;
use testkit::Server;

use super::{answer, back_up, shop};
use crate::catalogue::open_catalogue;
use crate::retention::{DAY_MS, nights};

#[tokio::test]
async fn a_night_without_a_backup_is_a_breach_with_its_beginning_and_its_end() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 6).await;
    let catalogue = open_catalogue(&console).await;
    let run = async |sql: &str| {
        sqlx::raw_sql(sql).execute(&catalogue).await.unwrap();
    };
    // As it would be had they been made when they say, and had one night failed.
    run("update proof set at_ms = (select b.at_ms + 60000 from backup b where b.id = backup_id)").await;
    run("update project set created_at_ms = created_at_ms - 10 * 86400000").await;
    run(&format!("delete from backup where id = '{}'", ids[2])).await;
    run("delete from job").await;
    let at = async |id: &str| console.engine.backup(id).await.unwrap().record.at_ms;
    let (before, after) = (at(&ids[3]).await, at(&ids[1]).await);
    let request =
        ReportRequest { from_ms: before + 3_600_000, until_ms: after + DAY_MS, projects: Vec::new() };

    let paper = console.engine.report(&request).await.unwrap();
    let page = paper.html("report");
    let tables = paper.csv();

    let exceptions = &tables.iter().find(|one| one.name == "exceptions.csv").unwrap().text;
    assert_eq!(exceptions.matches("recovery point over its goal").count(), 1, "{exceptions}");
    assert!(
        exceptions.contains("the newest verified backup got 48 h 1 min old")
            || exceptions.contains("got 2 d old"),
        "{exceptions}"
    );
    assert!(page.contains("did not meet its goals all of the time"), "{page}");
    assert!(page.contains("24 hours are assumed") && page.contains("Head of the chain"), "{page}");
    let points = &tables.iter().find(|one| one.name == "recovery-points.csv").unwrap().text;
    assert!(points.contains("24 h (assumed)"), "{points}");
}

#[tokio::test]
async fn tables_are_safe_to_open_take_the_place_of_their_like_alone_and_saving_is_recorded() {
    let Some(server) = Server::shared() else { return };
    let line = shop(server, "postgres");
    back_up(&line);
    line.expect(0, &["goal", "set", "shop", "--rpo", "24h"]);
    line.expect(0, &["project", "edit", "shop", "--name", "=cmd|' /C calc'!A0"]);
    let period = ["--from", "2026-01-01", "--to", "2030-12-31"];
    let with = |more: &[&str]| {
        [&["report"], &period[..], more].concat().iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()
    };
    let call = |status: i32, more: &[&str]| {
        let arguments = with(more);
        line.expect(status, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };

    call(0, &["--csv", "tables", "--html", "report.html"]);

    let read = |file: &str| std::fs::read_to_string(line.folder().join(file)).unwrap();
    let projects = read("tables/projects.csv");
    let rows: Vec<&str> = projects.split("\r\n").collect();
    assert!(
        rows[0].starts_with("\"Project\",\"Label\"") && rows[1].starts_with("\"'=cmd|' /C calc'!A0\","),
        "{projects}"
    );
    assert_eq!((rows.len(), rows[1].matches("\",\"").count()), (3, rows[0].matches("\",\"").count()));
    for file in std::fs::read_dir(line.folder().join("tables")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let bare = text.split(['\n', ',']).any(|cell| cell.trim_start_matches('"').starts_with('='));
        assert!(!bare && !text.is_empty(), "{text}");
    }
    call(0, &["--csv", "tables", "--html", "report.html"]);
    std::fs::write(line.folder().join("tables/drills.csv"), "my own list").unwrap();
    call(4, &["--csv", "tables"]);
    assert_eq!(read("tables/drills.csv"), "my own list");
    std::fs::write(line.folder().join("other.html"), "<!doctype html>").unwrap();
    call(4, &["--html", "other.html"]);
    line.expect(2, &["report", "--from", "2026-02-01", "--to", "2026-01-01"]);
    let entries = answer(&line, 0, &["audit", "list", "--act", "report."]);
    assert!(entries["total"].as_u64().unwrap() >= 4, "{entries}");
}

#[tokio::test]
async fn a_period_that_is_none_is_refused_and_a_broken_chain_is_the_headline() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = nights(server, 1).await;
    let now = jiff::Timestamp::now().as_millisecond();
    let report = async |from_ms: i64, until_ms: i64| {
        console.engine.report(&ReportRequest { from_ms, until_ms, projects: Vec::new() }).await
    };
    assert_eq!(report(now, now).await.unwrap_err().code, Code::InvalidRequest);
    assert_eq!(report(now + DAY_MS, now + 2 * DAY_MS).await.unwrap_err().code, Code::InvalidRequest);

    let whole = report(now - DAY_MS, now + DAY_MS).await.unwrap();
    let catalogue = open_catalogue(&console).await;
    let tamper = "drop trigger audit_is_not_changed; update audit set who = 'nobody' where seq = 2";
    sqlx::raw_sql(tamper).execute(&catalogue).await.unwrap();
    let broken = report(now - DAY_MS, now + DAY_MS).await.unwrap();

    assert!(
        whole.text().contains("The chain is whole") && whole.text().contains("is not over"),
        "{}",
        whole.text()
    );
    assert_eq!(broken.headline, "The audit chain is broken.");
    assert!(console.engine.audit_entries(&AuditFilter::default(), None, 1).await.unwrap().total > 0);
}
