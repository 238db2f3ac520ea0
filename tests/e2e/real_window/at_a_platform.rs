//! A project that its platform backs up: connected, asked, pulled, looked into and proven, all by mouse.

use std::time::Duration;

use engine::sample;
use testkit::SamplePlatform;

use super::block_on;
use super::first_run::finish;
use crate::command_line::ask;
use crate::desk::Desk;
use crate::window::Window;

#[test]
fn a_platform_is_connected_makes_a_backup_that_is_pulled_looked_into_and_drilled() {
    block_on(async {
        let (Some(desk), Some(platform)) = (Desk::open().await, SamplePlatform::start(0).await) else {
            return;
        };
        let place = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
        ask(&desk, &["vault", "init", "--path", &place("vault"), "--kit", &place("kit.txt")]);
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;

        connect(&desk, &window, platform.address()).await;
        window.text_of("platform-sentence").await;
        window.settled().await;
        desk.screen().picture("at-its-platform");
        window.press("create-there").await;
        // It would come here at once: this person looks first.
        window.press("create-then-pull").await;
        window.press("start-remote").await;
        finish(&desk, &window, "the backup at its platform").await;

        window.press_first("side-project-").await;
        window.press("pull-newest").await;
        window.press("start-pull").await;
        finish(&desk, &window, "the pull").await;
        window.press("open-backup").await;
        let proof = window.text_of("proof-readable").await;
        assert!(proof.contains("Pass"), "{proof}");

        window.press("rows-of-public.orders").await;
        let rows = window.text_of("rows-place").await;
        assert!(rows.starts_with("Rows 1 to 100 of "), "{rows}");
        window.settled().await;
        desk.screen().picture("rows-of-a-table");
        window.end().await;
        let drill = ask(&desk, &["drill", "run", "tidewater"]);
        assert_eq!(drill["verdict"], "pass", "{drill}");
    });
}

/// Through the wizard, a wrong password first.
async fn connect(desk: &Desk, window: &Window, address: &str) {
    window.press("protect-a-project").await;
    window.press("kind-supamanager").await;
    window.press("connect-kind-next").await;
    window.fill("platform-address", address).await;
    window.fill("platform-reference", sample::PLATFORM_REFERENCE).await;
    window.fill("platform-account", sample::PLATFORM_ACCOUNT).await;
    window.fill("credential-password", "not the password").await;
    window.fill("connect-name", "tidewater").await;
    window.press("connect-test").await;
    window.text_until(Duration::from_mins(1), "ladder", |text| text.contains("password")).await;
    window.settled().await;
    desk.screen().picture("platform-refused");
    assert!(window.is_dead("connect-save").await, "what was refused is not saved");

    window.fill("credential-password", sample::PLATFORM_PASSWORD).await;
    window.press("connect-test").await;
    // It can be pressed once the test has passed.
    window.press("connect-save").await;
}
