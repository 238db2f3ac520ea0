//! A database that is not exposed: by way of an SSH server whose key a person accepts, all by mouse.

use std::time::Duration;

use testkit::{Docker, Server, Sshd};

use super::first_run::finish;
use super::{JOB_MAX, block_on};
use crate::command_line::ask;
use crate::desk::Desk;
use crate::window::Window;

#[test]
fn a_database_behind_an_ssh_server_is_connected_once_its_key_is_accepted_and_backed_up() {
    block_on(async {
        let (Some(desk), Some(server), Some(sshd)) =
            (Desk::open().await, Server::shared(), Sshd::start().await)
        else {
            return;
        };
        let database = server.database().await;
        database.run("create table t as select i from generate_series(1, 1000) i").await;
        let place = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
        ask(&desk, &["vault", "init", "--path", &place("vault"), "--kit", &place("kit.txt")]);
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;

        window.press("protect-a-project").await;
        window.press("connect-kind-next").await;
        let settings = database.settings();
        let password = server.password();
        for (field, text) in [
            ("connect-host", "127.0.0.1"),
            ("connect-port", &settings.port.to_string()),
            ("connect-database", &settings.database),
            ("connect-user", &settings.user),
            ("connect-password", password.expose()),
        ] {
            window.fill(field, text).await;
        }
        window.press_switch("Reach it by way of an SSH server").await;
        let account = sshd.address_of_a_stranger();
        window.fill("connect-ssh", &account.to_string()).await;
        window.fill("connect-ssh-key", account.key.unwrap().as_str()).await;
        window.fill("connect-name", "behind").await;
        window.press("connect-test").await;
        let seen = ladder(&window, "Is this your server?").await;
        assert!(seen.contains(&sshd.fingerprint()), "{seen}");
        assert!(window.is_dead("connect-save").await, "nobody accepted the key yet");
        window.settled().await;
        desk.screen().picture("ssh-server-unknown");

        window.press_words("It is: accept this key and test again").await;
        // It can be pressed once the test has passed.
        window.press("connect-save").await;
        window.press("backup-now").await;
        finish(&desk, &window, "the backup by SSH").await;
        window.end().await;
        let shown = ask(&desk, &["project", "show", "behind"]);
        assert_eq!(shown["connection"]["ssh"]["hostKey"], sshd.fingerprint(), "{shown}");
    });
}

#[test]
fn a_database_in_a_container_of_a_server_is_connected_by_its_name_and_backed_up() {
    block_on(async {
        let docker = Docker::new();
        docker.runs(&[
            ("shop-db", "supabase/postgres:15.8", "shop", &[]),
            ("shop-cache", "redis:7-alpine", "shop", &[]),
        ]);
        let more = format!("{}\nAllowTcpForwarding no", docker.for_sshd());
        let (Some(desk), Some(server), Some(sshd)) =
            (Desk::open().await, Server::shared(), Sshd::start_with(&more).await)
        else {
            return;
        };
        let database = server.database().await;
        database.run("create table t as select i from generate_series(1, 1000) i").await;
        let place = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
        ask(&desk, &["vault", "init", "--path", &place("vault"), "--kit", &place("kit.txt")]);
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;

        window.press("protect-a-project").await;
        window.press("connect-kind-next").await;
        let (settings, password) = (database.settings(), server.password());
        for (field, text) in [
            ("connect-host", "localhost"),
            ("connect-port", &settings.port.to_string()),
            ("connect-database", &settings.database),
            ("connect-user", &settings.user),
            ("connect-password", password.expose()),
        ] {
            window.fill(field, text).await;
        }
        window.press_switch("Reach it by way of an SSH server").await;
        let account = sshd.address();
        window.fill("connect-ssh", &account.to_string()).await;
        window.fill("connect-ssh-key", account.key.unwrap().as_str()).await;
        window.press_switch("It runs in a container of that server").await;
        window.fill("connect-container", "stopped").await;
        window.fill("connect-name", "contained").await;
        window.press("connect-test").await;
        ladder(&window, "Is this your server?").await;
        window.press_words("It is: accept this key and test again").await;
        ladder(&window, "does not run").await;
        window.settled().await;
        desk.screen().picture("container-stopped");

        window.fill("connect-container", "shop-db").await;
        window.press("connect-test").await;
        window.press("connect-save").await;
        window.press("backup-now").await;
        finish(&desk, &window, "the backup from a container").await;
        what_is_missing_is_given_up_and_added(&desk, &window).await;
        window.end().await;
        let shown = ask(&desk, &["project", "show", "contained"]);
        assert_eq!(shown["connection"]["container"], "shop-db", "{shown}");
        let dumped = |call: &String| call.starts_with("shop-db ") && call.contains("--format=custom");
        assert!(docker.calls().iter().any(dumped), "{:?}", docker.calls());
    });
}

async fn ladder(window: &Window, words: &str) -> String {
    window.text_until(Duration::from_mins(1), "ladder", |text| text.contains(words)).await
}

/// What runs beside the database was seen with the backup: one part is not wanted, another one added.
async fn what_is_missing_is_given_up_and_added(desk: &Desk, window: &Window) {
    window.run("location.hash = '#/project/contained?tab=components'").await;
    window.text_until(JOB_MAX, "coverage-sum", |text| text == "1 of 4").await;
    window.press("look-at-coverage").await;
    window.settled().await;
    desk.screen().picture("coverage");
    window.press("give-up").await;
    window.text_until(JOB_MAX, "coverage-sentence", |text| text.starts_with("Two of four parts")).await;
    window.press("add-lacking").await;
    window.settled().await;
    desk.screen().picture("coverage-add");
    window.press("add-component").await;
    window.text_until(JOB_MAX, "coverage-sum", |text| text == "2 of 4").await;
}
