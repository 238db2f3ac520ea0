//! Closing, opening again, and the tray.

use super::block_on;
use crate::desk::Desk;

#[test]
fn the_window_opens_on_its_page_and_may_call_only_its_commands() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;
        desk.screen().picture("first-run");
        assert_eq!(window.run("return typeof window.__TAURI__").await, "undefined");
        let closed = "return window.__TAURI_INTERNALS__.invoke('plugin:window|destroy', { label: 'main' }).then(() => 'done', String)";
        let refusal = window.run(closed).await;
        assert!(refusal.as_str().is_some_and(|words| words.contains("not allowed")), "{refusal}");
        window.end().await;
    });
}

#[test]
fn without_a_tray_and_without_a_run_closing_ends_the_application() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let _window = desk.start().await;
        let id = desk.screen().see("Holdfast").await;
        desk.screen().close(&id);
        desk.screen().lose("Holdfast").await;
    });
}

#[test]
fn with_a_tray_closing_hides_the_window_and_a_second_start_brings_it_back() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let tray = desk.tray_host().await;
        let window = desk.start().await;
        let id = desk.screen().see("Holdfast").await;
        desk.screen().close(&id);
        desk.screen().lose("Holdfast").await;

        let mut second = desk.start_again();
        desk.screen().see("Holdfast").await;
        assert!(second.child().wait().unwrap().success(), "the second start hands over and ends");

        let labels: Vec<String> = tray.lines().await.into_iter().map(|line| line.label).collect();
        assert_eq!(labels, ["No proof yet", "Nothing is running", "Back up now", "Open Holdfast", "Quit"]);
        desk.screen().close(&id);
        desk.screen().lose("Holdfast").await;
        tray.click("Open Holdfast").await;
        desk.screen().see("Holdfast").await;
        desk.screen().picture("reopened");
        drop(window);
    });
}
