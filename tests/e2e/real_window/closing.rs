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
        let expected = [
            "No proof yet",
            "Nothing is running",
            "Nothing is planned",
            "Back up now",
            "Pause schedules",
            "For an hour",
            "Until tomorrow 08:00",
            "For a week",
            "Until they are resumed",
            "Resume schedules",
            "Open Holdfast",
            "Quit",
        ];
        assert_eq!(labels, expected);
        desk.screen().close(&id);
        desk.screen().lose("Holdfast").await;
        tray.click("Open Holdfast").await;
        desk.screen().see("Holdfast").await;
        desk.screen().picture("reopened");
        drop(window);
    });
}

#[test]
fn everything_is_paused_and_resumed_from_the_tray_and_the_start_at_login_is_registered_with_the_system() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let tray = desk.tray_host().await;
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;
        tray.click("For a week").await;
        let lines = tray.lines_with("Schedules are paused until").await;
        let is_enabled = |label: &str| lines.iter().any(|line| line.label == label && line.is_enabled);
        assert!(is_enabled("Resume schedules") && !is_enabled("Pause schedules"), "{lines:?}");
        tray.click("Resume schedules").await;
        tray.lines_with("Nothing is planned").await;

        let ask = async |call: &str| {
            window
                .run(&format!("return window.__TAURI_INTERNALS__.invoke({call}).catch(JSON.stringify)"))
                .await
        };
        assert_eq!(ask("'login_start'").await, false);
        assert_eq!(ask("'login_start_set', { isOn: true }").await, true);
        let folder = desk.home().join(".config/autostart");
        let entry = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let profile = format!("--home={}", desk.home().join("profile").display());
        assert!(text.contains("holdfast-desktop --hidden") && text.contains(&profile), "{text}");
        assert_eq!(ask("'login_start_set', { isOn: false }").await, false);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        window.end().await;
    });
}
