//! The command line beside a window that runs a job: one profile, one queue.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value;

use super::block_on;
use super::first_run::{back_up, create_vault, finish};
use crate::command_line::{ask, json};
use crate::desk::Desk;
use crate::peer::{Peer, READY_MAX, wait_for};

/// Holds a table until it is dropped; a dump of its database waits as long.
struct Lock(Peer);

impl Lock {
    /// The password of the sample is one of those in the keychain.
    async fn of(desk: &Desk, table: &str, connection: &Value) -> Self {
        let text = |name: &str| connection[name].as_str().unwrap().to_owned();
        for password in desk.secrets().await {
            let mut psql = desk.command("psql");
            psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
                .args(["-h", &text("host"), "-p", &connection["port"].to_string()])
                .args(["-U", &text("user"), "-d", &text("database")])
                .env("PGPASSWORD", password)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped());
            let mut psql = Peer::start(&mut psql);
            let asked = format!("begin; lock table {table} in access exclusive mode; select 'held';\n");
            // A refused password ends it before it reads anything.
            let _ = psql.child().stdin.as_mut().unwrap().write_all(asked.as_bytes());
            let mut answer = String::new();
            BufReader::new(psql.child().stdout.take().unwrap()).read_line(&mut answer).unwrap();
            if answer.trim() == "held" {
                return Self(psql);
            }
        }
        panic!("no password of the keychain opens {connection}");
    }

    /// Lets it go.
    fn release(mut self) {
        drop(self.0.child().stdin.take());
        self.0.child().wait().unwrap();
    }
}

#[test]
fn the_command_line_sees_queues_behind_and_cancels_a_run_of_the_window() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;
        create_vault(&desk, &window).await;
        finish(&desk, &window, "the sample").await;
        let project = ask(&desk, &["project", "list"])[0]["name"].as_str().unwrap().to_owned();
        let connection = ask(&desk, &["project", "show", &project])["connection"].clone();
        let lock = Lock::of(&desk, "products", &connection).await;

        window.press_first("side-project-").await;
        back_up(&window).await;
        let of_the_window = wait_for("the run of the window to wait", async || {
            let newest = ask(&desk, &["job", "list"])[0].clone();
            (newest["kind"] == "backup" && newest["phase"] == "Snapshot").then_some(newest)
        })
        .await;
        let id = of_the_window["id"].as_str().unwrap();
        let shown = ask(&desk, &["job", "show", id]);
        assert_eq!((&shown["row"]["state"], &shown["row"]["isMine"]), (&"running".into(), &false.into()));
        assert_eq!(ask(&desk, &["backup", "list"])["total"], 0);

        let mut ours = desk.command_line(&["backup", "run", &project]);
        let ours = ours.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for("the run of the command line to queue", async || {
            let jobs = ask(&desk, &["job", "list"]);
            let states = (jobs[0]["state"].as_str()?, jobs[1]["state"].as_str()?);
            (states == ("queued", "running")).then_some(())
        })
        .await;
        let cancelled = ask(&desk, &["job", "cancel", id]);

        assert_eq!(cancelled["row"]["state"], "cancelled", "{cancelled}");
        // Also while what held the run up is still there.
        window.text_until(READY_MAX, "run-state", |state| state == "cancelled").await;
        window.settled().await;
        desk.screen().picture("cancelled-from-outside");
        lock.release();
        json(&ours.wait_with_output().unwrap());
        assert_eq!(ask(&desk, &["backup", "list"])["total"], 1);
        window.end().await;
    });
}
