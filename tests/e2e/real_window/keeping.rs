//! Old backups: a policy is chosen, what it comes to is read, and what goes is removed under the typed name.

use std::collections::BTreeSet;
use std::process::Stdio;

use super::{JOB_MAX, block_on};
use crate::command_line::ask;
use crate::shop::Shop;

/// The snapshots that restic finds in the vault: nothing of ours is between.
fn snapshots(shop: &Shop) -> BTreeSet<String> {
    let restic = testkit::find_program("restic").unwrap();
    let kit = std::fs::read_to_string(shop.desk.home().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap();
    let mut command = shop.desk.command(restic);
    command
        .args(["snapshots", "--json", "--no-lock", "--no-cache", "--repo"])
        .arg(shop.desk.home().join("vault"));
    let output =
        command.env("RESTIC_PASSWORD", key).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    listed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn old_backups_go_once_a_policy_was_chosen_and_the_name_typed_and_restic_misses_them() {
    block_on(async {
        let Some(shop) = Shop::open("shop_keeping").await else { return };
        let mut made = vec![shop.backup.clone()];
        for _ in 0..5 {
            let backup = ask(&shop.desk, &["backup", "run", "shop"]);
            made.push(backup["row"]["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(snapshots(&shop), made.iter().cloned().collect());
        let window = shop.window().await;

        window.press_words("Retention").await;
        window.text_until(JOB_MAX, "tally", |text| text == "6 backups stay, none goes").await;
        window.press("preset-omniops").await;
        window.text_until(JOB_MAX, "tally", |text| text == "3 backups stay, 3 go").await;
        assert!(!window.has("remove-old").await, "a policy that is only looked at removes nothing");
        window.settled().await;
        shop.desk.screen().picture("keeping-looked-at");
        window.press("set-retention").await;
        window.press("remove-old").await;
        window.fill("confirm-name", "sho").await;
        assert!(window.is_dead("remove-old-confirm").await);
        window.fill("confirm-name", "shop").await;
        window.keys("\u{e007}").await;
        window.settled().await;
        shop.desk.screen().picture("keeping-confirmed");
        assert_eq!(snapshots(&shop).len(), 6, "Enter does not confirm");
        window.press("remove-old-confirm").await;
        window.text_until(JOB_MAX, "run-state", |state| state == "succeeded").await;

        window.settled().await;
        shop.desk.screen().picture("keeping-removed");
        assert_eq!(snapshots(&shop), made[3..].iter().cloned().collect());
        assert_eq!(ask(&shop.desk, &["backup", "list"])["total"], 3);
        window.end().await;
    });
}
