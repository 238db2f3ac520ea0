//! The whole loop as a person goes through it the first time.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{JOB_MAX, block_on};
use crate::desk::Desk;
use crate::peer::wait_for;
use crate::window::Window;

/// Rows and a digest of every table, as an independent program sees them.
const DIGESTS: &str = "select format('select %L, count(*), md5(coalesce(string_agg(t::text, chr(10) order by t::text), '''')) from %I.%I t', \
     table_schema || '.' || table_name, table_schema, table_name) from information_schema.tables \
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1 \\gexec";

#[test]
fn from_the_first_run_to_a_proven_restore() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;

        create_vault(&desk, &window).await;
        finish(&desk, &window, "the sample").await;

        window.press_first("side-project-").await;
        back_up(&window).await;
        finish(&desk, &window, "the backup").await;
        window.press("open-backup").await;
        let proof = window.text_of("proof-readable").await;
        assert!(proof.contains("Pass"), "{proof}");
        window.settled().await;
        desk.screen().picture("backup");

        restore(&window, "shop_again").await;
        finish(&desk, &window, "the restore").await;
        let verdict = window.text_of("restore-verdict").await;
        assert!(verdict.starts_with("Pass"), "{verdict}");

        let connect = connect_command(&window).await;
        let restored = digests(&desk, &connect).await;
        let original = digests(&desk, &connect.replace("shop_again", "tidewater_shop")).await;
        assert!(!original.is_empty());
        assert_eq!(restored, original);
        window.end().await;
    });
}

/// Through the wizard: the kit is saved by the system's dialog, and its last group read back from the file.
pub(super) async fn create_vault(desk: &Desk, window: &Window) {
    window.press("choice-sample").await;
    window.press("kit-save-text").await;
    let kit = desk.home().join("kit.txt");
    desk.screen().answer_dialog("Save the recovery kit", &kit).await;
    window.text_of("kit-saved").await;
    window.fill("kit-last-group", &last_group(&kit).await).await;
    desk.screen().picture("vault");
    window.press("create-vault").await;
}

async fn last_group(kit: &Path) -> String {
    let text = wait_for("the saved kit", async || {
        std::fs::read_to_string(kit).ok().filter(|text| text.contains("Key:"))
    })
    .await;
    let key = text.lines().find_map(|line| line.trim().strip_prefix("Key:")).unwrap().trim().to_owned();
    key[key.len() - 4..].to_owned()
}

/// Starts a backup from the project's page.
pub(super) async fn back_up(window: &Window) {
    window.press("back-up-now").await;
    window.fill("backup-reason", "before the migration").await;
    window.press("start-backup").await;
}

/// Waits for the end of the run whose page is shown.
pub(super) async fn finish(desk: &Desk, window: &Window, what: &str) {
    let is_over = |state: &str| !["queued", "running"].contains(&state);
    let state = window.text_until(JOB_MAX, "run-state", is_over).await;
    window.settled().await;
    desk.screen().picture(&what.replace(' ', "-"));
    assert_eq!(
        state,
        "succeeded",
        "{what} did not work: {}",
        window.run("return document.body.innerText").await
    );
}

async fn restore(window: &Window, database: &str) {
    window.press("restore-backup").await;
    window.press("why-look").await;
    // The same button leads through the steps; its words say which one comes next.
    for words in ["which moment", "use ", "where"] {
        window.text_until(Duration::from_mins(1), "plan-next", |text| text.contains(words)).await;
        window.press("plan-next").await;
    }
    window.press("target-new-database").await;
    window.fill("target-name", database).await;
    window.press("plan-next").await;
    // It leads on once the plan is there.
    window.text_until(Duration::from_mins(1), "plan-next", |text| text.contains("confirm")).await;
    window.press("plan-next").await;
    window.fill("confirm-name", database).await;
    window.press("apply-restore").await;
}

pub(super) async fn connect_command(window: &Window) -> String {
    let script = "return document.querySelector('[title^=\"psql \"]')?.title ?? null";
    wait_for("the command that connects", async || window.run(script).await.as_str().map(str::to_owned)).await
}

/// Rows and digest per table, through `psql` with the password that is in the keychain.
pub(super) async fn digests(desk: &Desk, connect: &str) -> BTreeMap<String, String> {
    let script = desk.home().join("digests.sql");
    std::fs::write(&script, DIGESTS).unwrap();
    let mut refusals = String::new();
    for password in desk.secrets().await {
        let line = format!("{connect} -X -q -A -t -v ON_ERROR_STOP=1 -f '{}'", script.display());
        let mut psql = desk.command("sh");
        psql.args(["-c", &line])
            .env("PGPASSWORD", password)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let output = psql.spawn().unwrap().wait_with_output().unwrap();
        if output.status.success() {
            let text = String::from_utf8(output.stdout).unwrap();
            return text
                .lines()
                .filter_map(|line| line.split_once('|'))
                .map(|(table, rest)| (table.to_owned(), rest.to_owned()))
                .collect();
        }
        refusals.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    panic!("psql could not look with {connect}: {refusals}");
}
