//! A scheduled run is shown on the desktop, and a click opens that very run.

use super::block_on;
use crate::command_line::ask;
use crate::desk::Desk;
use crate::peer::wait_for;

/// A vault, and a project whose database is not there: its runs end at once.
fn protect(desk: &Desk) {
    let place = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
    ask(desk, &["vault", "init", "--path", &place("vault"), "--kit", &place("kit.txt")]);
    let url = "postgresql://reader@127.0.0.1:1/nowhere";
    ask(desk, &["project", "add", "shop", "--postgres", url, "--no-password"]);
}

#[test]
fn a_scheduled_run_is_shown_once_and_a_click_brings_the_window_up_on_its_page() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let (board, _tray) = (desk.notifications().await, desk.tray_host().await);
        protect(&desk);
        let window = desk.start().await;
        let id = desk.screen().see("Holdfast").await;
        window.says("shop").await;
        desk.screen().close(&id);
        desk.screen().lose("Holdfast").await;
        // Each minute: the window's own process does it, while nobody sees the window.
        ask(&desk, &["schedule", "set", "shop", "--cron", "* * * * *"]);
        let shown = wait_for_minutes(&board, "shop: backup failed").await;
        assert_eq!(shown.actions, ["default", "Open"]);
        assert!(shown.body.contains("127.0.0.1"), "{shown:?}");
        ask(&desk, &["schedule", "pause", "shop"]);
        let runs = ask(&desk, &["job", "list"]);
        let run = runs.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        board.click(&shown).await;
        desk.screen().see("Holdfast").await;
        let address = wait_for("the page of the run", async || {
            let address = window.run("return location.hash").await;
            address.as_str().filter(|address| address.contains("/run/")).map(str::to_owned)
        })
        .await;
        assert_eq!(address, format!("#/run/{run}"));
        let of_run = board.all().into_iter().filter(|one| one.title == "shop: backup failed").count();
        assert_eq!(of_run, 1);
        desk.screen().picture("clicked");
    });
}

#[test]
fn a_test_from_the_settings_is_shown_and_without_a_service_the_page_says_so() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        protect(&desk);
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;
        window.says("shop").await;
        window.run("location.hash = '#/settings'").await;
        window.press("test-channel").await;
        window.says("no program on this desktop shows notifications").await;
        let board = desk.notifications().await;
        window.press("test-channel").await;
        window.says("Shown. Look whether you see it.").await;
        assert_eq!(board.titled("This is a test").await.body, "Messages of Holdfast reach “Desktop”.");
        window.end().await;
    });
}

/// A schedule of minutes takes a minute to come, and a little to be told.
async fn wait_for_minutes(
    board: &crate::notifications::Notifications,
    title: &str,
) -> crate::notifications::Shown {
    let end = std::time::Instant::now() + super::JOB_MAX;
    loop {
        if let Some(shown) = board.all().into_iter().find(|shown| shown.title == title) {
            return shown;
        }
        assert!(std::time::Instant::now() < end, "waited in vain for {title}: {:?}", board.all());
        tokio::time::sleep(crate::peer::POLL).await;
    }
}
