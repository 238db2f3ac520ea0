//! A run outlives its window.

use super::block_on;
use super::first_run::{back_up, create_vault, finish};
use crate::desk::Desk;
use crate::peer::wait_for;
use crate::servers::Server;

#[test]
fn a_run_goes_on_while_the_window_is_closed_to_the_tray_and_quitting_leaves_no_server() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let tray = desk.tray_host().await;
        let window = desk.start().await;
        let id = desk.screen().see("Holdfast").await;
        create_vault(&desk, &window).await;
        finish(&desk, &window, "the sample").await;
        window.press_first("side-project-").await;
        back_up(&window).await;
        window.text_of("run-state").await;

        desk.screen().close(&id);
        desk.screen().lose("Holdfast").await;
        tray.click("Open Holdfast").await;
        desk.screen().see("Holdfast").await;
        finish(&desk, &window, "the backup").await;

        let lines = tray.lines_with("Last proof:").await;
        assert!(lines.iter().any(|line| line.label == "Back up now" && line.is_enabled));

        assert!(desk.servers().iter().any(Server::is_running), "the sample has a server");
        tray.click("Quit").await;
        wait_for("the sample's server to rest", async || {
            desk.servers().iter().all(|one| !one.is_running()).then_some(())
        })
        .await;
    });
}
