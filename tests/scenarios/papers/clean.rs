//! The newest backup before a moment, and whether it is clean.

use base::Code;
use ledger::audit::AuditFilter;
use testkit::{Server, VaultFile, flip};

use super::{answer, back_up, shop};
use crate::drill::SHOP;

/// The moment of a backup (UTC milliseconds).
fn moment(line: &testkit::CommandLine, backup: &str) -> i64 {
    let all = answer(line, 0, &["backup", "list", "shop"]);
    let found = all["backups"].as_array().unwrap().iter().find(|one| one["id"] == backup);
    found.unwrap()["atMs"].as_i64().unwrap()
}

fn iso(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap().to_string()
}

#[tokio::test]
async fn the_backup_before_a_mass_change_is_clean_and_the_one_after_it_is_not() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    let line = shop(server, database.name());
    let mut good = String::new();
    for day in 1..=5 {
        let (from, to) = (2000 + day * 10 + 1, 2000 + day * 10 + 10);
        database
            .run(&format!("insert into orders select i, 1 + i % 300, i from generate_series({from}, {to}) i"))
            .await;
        good = back_up(&line);
    }
    // As many rows of the same size, and none as it was.
    database.run("update customers set name = md5(name)").await;
    let bad = back_up(&line);
    let (at, after) = (moment(&line, &good), moment(&line, &bad));

    let clean = answer(&line, 0, &["recovery-plan", "clean-before", "shop", "--before", &iso(at + 1)]);
    let unclean = answer(&line, 1, &["recovery-plan", "clean-before", "shop", "--before", &iso(after + 1)]);

    assert_eq!((&clean["backupId"], &clean["verdict"]), (&good.as_str().into(), &"pass".into()), "{clean}");
    assert_eq!(
        (&unclean["backupId"], &unclean["verdict"]),
        (&bad.as_str().into(), &"fail".into()),
        "{unclean}"
    );
    let found: Vec<_> =
        unclean["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] == "fail").collect();
    assert_eq!(found.len(), 1, "{unclean}");
    let words = found[0]["findings"][0].as_str().unwrap();
    assert!(
        words.starts_with("public.customers: 100 % of its rows are not as they were, usually 0 %"),
        "{words}"
    );
    let unseen = clean["checks"].as_array().unwrap().last().unwrap();
    assert_eq!((&unseen["id"], &unseen["verdict"]), (&"clean_unseen".into(), &"not_checked".into()));
    // The plan says what was looked at last; before the first backup there is none.
    assert!(
        answer(&line, 0, &["recovery-plan", "show", "shop"])["paper"]
            .to_string()
            .contains("is not as the ones before it")
    );
    line.expect(1, &["recovery-plan", "clean-before", "shop", "--before", "2020-01-01"]);
    line.expect(2, &["recovery-plan", "clean-before", "shop", "--before", "before lunch"]);
}

#[tokio::test]
async fn a_damaged_backup_is_not_clean_and_one_without_a_history_is_not_called_so() {
    let Some(server) = Server::shared() else { return };
    let more = "insert into customers (name) select md5(i::text || 'x') from generate_series(1, 90000) i";
    let (console, _, _) = crate::drill::backed_up(server, more).await;
    let now = jiff::Timestamp::now().as_millisecond();
    let looked = async |job: String| {
        console.succeeded(&job).await;
        console.engine.clean_checks("shop").await.unwrap().remove(0)
    };

    let alone = looked(console.engine.start_clean_check("shop", now).await.unwrap()).await;
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));
    let damaged = looked(console.engine.start_clean_check("shop", now).await.unwrap()).await;

    assert_eq!(alone.verdict, ledger::catalog::Verdict::Inconclusive, "{}", alone.reason);
    assert_eq!(damaged.verdict, ledger::catalog::Verdict::Fail, "{}", damaged.reason);
    assert_eq!(damaged.checks[0].id, "clean_bytes");
    // A backup that was found damaged is not offered again, and every look is in the chain.
    let refused = console.engine.start_clean_check("shop", now).await.unwrap_err();
    assert_eq!(refused.code, Code::NoBackupBefore);
    let filter = AuditFilter { act: Some("verify.finished".into()), ..AuditFilter::default() };
    assert_eq!(console.engine.audit_entries(&filter, None, 10).await.unwrap().total, 2);
}
