//! A folder in which the pages of recovery plans are kept current.

use testkit::Server;

use super::{answer, back_up, shop};

#[tokio::test]
async fn a_page_is_written_anew_once_what_it_says_has_changed_and_not_before() {
    let Some(server) = Server::shared() else { return };
    let line = shop(server, "postgres");
    back_up(&line);
    let folder = line.folder().join("plans");
    line.expect(2, &["recovery-plan", "export", "--folder", "plans"]);
    std::fs::create_dir(&folder).unwrap();
    let first = answer(&line, 0, &["recovery-plan", "export", "--folder", "plans"]);
    let page = folder.join("recovery-plan-shop.html");
    assert_eq!(first["written"], serde_json::json!([page.as_str()]), "{first}");
    let read = || std::fs::read_to_string(&page).unwrap();
    let written = read();

    line.expect(0, &["schedule", "run-due"]);
    let unchanged = answer(&line, 0, &["recovery-plan", "export"]);
    assert_eq!((read(), &unchanged["unchanged"]), (written.clone(), &1.into()));

    line.expect(
        0,
        &["recovery-plan", "contacts", "add", "shop", "--name", "Ana Ruiz", "--email", "ana@shop.example"],
    );
    line.expect(0, &["schedule", "run-due"]);
    let named = read();
    assert!(named.contains("ana@shop.example") && !written.contains("ana@shop.example"));
    assert_eq!(answer(&line, 0, &["recovery-plan", "export"])["unchanged"], 1);
    assert_eq!(read(), named);
    // A page that was taken away is made again.
    std::fs::remove_file(&page).unwrap();
    assert_eq!(answer(&line, 0, &["recovery-plan", "export"])["written"][0], page.as_str());
    line.expect(0, &["recovery-plan", "export", "--stop"]);
    std::fs::remove_file(&page).unwrap();
    line.expect(0, &["schedule", "run-due"]);
    assert!(!page.exists());
}

#[tokio::test]
async fn a_file_of_somebody_else_stays_and_that_nothing_was_written_is_said_until_it_is() {
    let Some(server) = Server::shared() else { return };
    let line = shop(server, "postgres");
    back_up(&line);
    let folder = line.folder().join("plans");
    std::fs::create_dir(&folder).unwrap();
    let page = folder.join("recovery-plan-shop.html");
    std::fs::write(&page, "<!doctype html><p>my own plan").unwrap();

    let refused = answer(&line, 1, &["recovery-plan", "export", "--folder", "plans"]);

    assert_eq!(std::fs::read_to_string(&page).unwrap(), "<!doctype html><p>my own plan");
    assert!(refused["problems"][0].as_str().unwrap().contains("is not this recovery plan"), "{refused}");
    let shown = answer(&line, 0, &["recovery-plan", "show", "shop"]);
    assert!(
        shown["file"]["problem"].as_str().unwrap().contains("is not this recovery plan"),
        "{}",
        shown["file"]
    );
    assert!(line.expect(0, &["recovery-plan", "show", "shop"]).output.contains("NOT kept current"));
    std::fs::remove_file(&page).unwrap();
    line.expect(0, &["schedule", "run-due"]);
    assert_eq!(
        answer(&line, 0, &["recovery-plan", "show", "shop"])["file"]["problem"],
        serde_json::Value::Null
    );
    assert!(std::fs::read_to_string(&page).unwrap().contains("Recovery plan"));
    // A disk that is away is not made anew as a folder.
    std::fs::remove_dir_all(&folder).unwrap();
    let away = answer(&line, 1, &["recovery-plan", "export"]);
    assert!(away["problems"][0].as_str().unwrap().contains("is not there") && !folder.exists(), "{away}");
}
