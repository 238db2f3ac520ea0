//! A second disk: added by its folder, copied to by a click, and the home screen counts it.

use super::{JOB_MAX, block_on};
use crate::command_line::ask;
use crate::shop::Shop;

#[test]
fn a_replica_is_added_by_its_folder_and_copied_to_by_a_click_and_counts_for_nothing_on_the_vaults_disk() {
    block_on(async {
        let Some(shop) = Shop::open("shop_replicating").await else { return };
        let place = shop.desk.home().join("second-disk");
        let window = shop.window().await;

        window.run("location.hash = '#/settings'").await;
        window.press("add-replica").await;
        window.fill("replica-path", place.to_str().unwrap()).await;
        window.press("replica-elsewhere").await;
        window.settled().await;
        shop.desk.screen().picture("replica-to-add");
        window.press("replica-add").await;
        window.says("Nothing was copied to it yet.").await;
        assert!(place.join("config").exists());
        window.press("copy-replica").await;
        window.says_within(JOB_MAX, "“second-disk” has 1 backup:").await;
        window.settled().await;
        shop.desk.screen().picture("replica-copied");

        assert!(place.join("snapshots").join(&shop.backup).exists());
        let stands = ask(&shop.desk, &["store", "list"]);
        assert_eq!(
            (&stands[0]["state"], &stands[0]["isElsewhere"]),
            (&"current".into(), &true.into()),
            "{stands}"
        );
        window.run("location.hash = '#/'").await;
        // It is a folder of the vault's own disk, whatever was said of it.
        window.text_until(JOB_MAX, "copies", |text| text.contains("2 of 3")).await;
        window.end().await;
    });
}
