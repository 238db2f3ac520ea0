//! What a project has beside its database: added by mouse, backed up, damaged, brought back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use testkit::{Redis, Sshd};

use super::first_run::finish;
use super::{JOB_MAX, block_on};
use crate::command_line::ask;
use crate::peer::wait_for;
use crate::shop::Shop;
use crate::window::Window;

#[test]
fn files_and_redis_are_added_by_mouse_and_come_back_to_where_they_were() {
    block_on(async {
        let (Some(shop), Some(redis)) = (Shop::open("shop_components").await, Redis::start().await) else {
            return;
        };
        redis.run(0, &["set", "greeting", "hello"]);
        let uploads = shop.desk.home().join("uploads");
        std::fs::create_dir_all(&uploads).unwrap();
        std::fs::write(uploads.join("a photo.jpg"), "a photo").unwrap();
        std::fs::write(uploads.join("notes.txt"), "notes").unwrap();
        let window = shop.window().await;

        window.press_words("Components").await;
        window.text_of("no-components").await;
        window.press("open-add-component").await;
        window.press("choose-folder").await;
        shop.desk.screen().answer_dialog("What is to be backed up", &uploads).await;
        window.text_until(JOB_MAX, "chosen-path", |text| text.ends_with("uploads")).await;
        window.settled().await;
        shop.desk.screen().picture("components-add");
        window.press("add-component").await;
        window.press("test-component").await;
        window.text_until(JOB_MAX, "component-look", |text| text.contains("2 files")).await;
        window.press("open-add-component").await;
        window.press("kind-redis").await;
        window.fill("redis-url", &redis.url()).await;
        window.press("add-component").await;
        window
            .text_until(JOB_MAX, "component-redis", |text| text.contains("in no verified backup yet"))
            .await;
        window.settled().await;
        shop.desk.screen().picture("components");

        leave_customers_out(&shop, &window).await;
        window.press("back-up-now").await;
        window.press("start-backup").await;
        finish(&shop.desk, &window, "the backup of all components").await;
        let listed = ask(&shop.desk, &["backup", "list"]);
        let backup = listed["backups"][0]["id"].as_str().unwrap().to_owned();

        std::fs::remove_file(uploads.join("a photo.jpg")).unwrap();
        std::fs::write(uploads.join("notes.txt"), "damaged").unwrap();
        redis.run(0, &["set", "greeting", "damaged"]);
        window.run(&format!("location.hash = '#/backup/{backup}'")).await;
        window.text_until(JOB_MAX, "not-taken", |text| text.contains("public.customers")).await;
        let (of_files, of_keys) = (("storage", "Replace 1 file in shop"), ("redis", "Replace 1 key in shop"));
        for ((component, button), is_undone) in [(of_files, true), (of_files, false), (of_keys, false)] {
            window.press(&format!("bring-back-{component}")).await;
            window.press("in-place").await;
            window.press("plan-parts").await;
            window.fill("confirm-parts", "sho").await;
            assert!(window.is_dead("apply-parts").await, "the name is not right");
            window.fill("confirm-parts", "shop").await;
            assert_eq!(window.text_of("apply-parts").await, button);
            window.settled().await;
            shop.desk.screen().picture(&format!("components-back-{component}"));
            window.press("apply-parts").await;
            finish(&shop.desk, &window, &format!("bringing back {component}")).await;
            if is_undone {
                undo(&shop, &window).await;
                assert!(!uploads.join("a photo.jpg").exists());
                assert_eq!(std::fs::read_to_string(uploads.join("notes.txt")).unwrap(), "damaged");
            }
            window.run(&format!("location.hash = '#/backup/{backup}'")).await;
        }
        window.end().await;
        assert_eq!(std::fs::read_to_string(uploads.join("a photo.jpg")).unwrap(), "a photo");
        assert_eq!(std::fs::read_to_string(uploads.join("notes.txt")).unwrap(), "notes");
        assert_eq!(redis.run(0, &["get", "greeting"]), "hello");
    });
}

/// Chooses that the rows of one table are not taken.
async fn leave_customers_out(shop: &Shop, window: &Window) {
    window.press("open-tables").await;
    window.text_until(JOB_MAX, "tables-sum", |text| text.contains(" tables,")).await;
    window.press("take-rows-customers").await;
    window.settled().await;
    shop.desk.screen().picture("components-tables");
    window.press("choose-tables").await;
    let is_chosen = |text: &str| text == "taken: the rows of every table but public.customers";
    window.text_until(JOB_MAX, "tables-taken", is_chosen).await;
}

/// Takes a restore of files back, from the page of its run.
async fn undo(shop: &Shop, window: &Window) {
    window.press("undo-parts").await;
    window.fill("confirm-parts", "shop").await;
    assert_eq!(window.text_of("apply-parts-undo").await, "Undo: 2 files in shop");
    window.settled().await;
    shop.desk.screen().picture("components-undo");
    let of_restore = window.run("return location.hash").await;
    window.press("apply-parts-undo").await;
    wait_for("the page of the undo", async || {
        (window.run("return location.hash").await != of_restore).then_some(())
    })
    .await;
    finish(&shop.desk, window, "the undo of it").await;
}

/// Lets the account that the server runs as read and write it.
fn open_to_all(path: &Path) {
    let mode = if path.is_dir() { 0o777 } else { 0o666 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_of_a_server_is_added_by_mouse_and_comes_back_to_the_server() {
    block_on(async {
        let (Some(shop), Some(sshd)) = (Shop::open("shop_server_folder").await, Sshd::start().await) else {
            return;
        };
        let kept = tempfile::Builder::new().prefix("holdfast-test-uploads-").tempdir().unwrap();
        let uploads = kept.path().canonicalize().unwrap().join("uploads");
        std::fs::create_dir(&uploads).unwrap();
        std::fs::write(uploads.join("photo.jpg"), "a photo").unwrap();
        for path in [kept.path(), &uploads, &uploads.join("photo.jpg")] {
            open_to_all(path);
        }
        let address = sshd.address_of_a_stranger();
        let window = shop.window().await;

        window.press_words("Components").await;
        window.press("open-add-component").await;
        window.press_words("A server, by SSH").await;
        window.fill("server-folder", "uploads").await;
        assert!(window.is_dead("add-component").await, "it is no whole path");
        window.fill("server-folder", uploads.to_str().unwrap()).await;
        window.fill("server-account", &address.to_string()).await;
        window.fill("server-key", address.key.as_ref().unwrap().as_str()).await;
        window.press("add-component").await;
        // Nobody has met the server yet: its key is shown, and compared.
        window.press("test-component").await;
        window.text_until(JOB_MAX, "component-uploads", |text| text.contains(&sshd.fingerprint())).await;
        window.settled().await;
        shop.desk.screen().picture("components-server-unknown");
        window.press("open-add-component").await;
        window.press_words("A server, by SSH").await;
        window.fill("server-folder", uploads.to_str().unwrap()).await;
        window.fill("server-account", &address.to_string()).await;
        window.fill("server-key", address.key.as_ref().unwrap().as_str()).await;
        window.fill("server-host-key", &sshd.fingerprint()).await;
        window.settled().await;
        shop.desk.screen().picture("components-server");
        window.press("add-component").await;
        window.press("test-component").await;
        window.text_until(JOB_MAX, "component-look", |text| text.contains("1 file")).await;

        window.press("back-up-now").await;
        window.press("start-backup").await;
        finish(&shop.desk, &window, "the backup of a folder of a server").await;
        let listed = ask(&shop.desk, &["backup", "list"]);
        let backup = listed["backups"][0]["id"].as_str().unwrap().to_owned();
        std::fs::write(uploads.join("photo.jpg"), "damaged").unwrap();
        window.run(&format!("location.hash = '#/backup/{backup}'")).await;
        window.press("bring-back-storage").await;
        window.press("in-place").await;
        window.press("plan-parts").await;
        window.fill("confirm-parts", "shop").await;
        window.press("apply-parts").await;
        finish(&shop.desk, &window, "bringing a folder of a server back").await;
        window.end().await;
        assert_eq!(std::fs::read_to_string(uploads.join("photo.jpg")).unwrap(), "a photo");
    });
}
