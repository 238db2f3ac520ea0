//! What a project has beside its database: added by mouse, backed up, damaged, brought back.

use testkit::Redis;

use super::first_run::finish;
use super::{JOB_MAX, block_on};
use crate::command_line::ask;
use crate::shop::Shop;

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

        window.press("back-up-now").await;
        window.press("start-backup").await;
        finish(&shop.desk, &window, "the backup of all components").await;
        let listed = ask(&shop.desk, &["backup", "list"]);
        let backup = listed["backups"][0]["id"].as_str().unwrap().to_owned();

        std::fs::remove_file(uploads.join("a photo.jpg")).unwrap();
        std::fs::write(uploads.join("notes.txt"), "damaged").unwrap();
        redis.run(0, &["set", "greeting", "damaged"]);
        window.run(&format!("location.hash = '#/backup/{backup}'")).await;
        for (component, button) in [("storage", "Replace 1 file in shop"), ("redis", "Replace 1 key in shop")]
        {
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
            window.run(&format!("location.hash = '#/backup/{backup}'")).await;
        }
        window.end().await;
        assert_eq!(std::fs::read_to_string(uploads.join("a photo.jpg")).unwrap(), "a photo");
        assert_eq!(std::fs::read_to_string(uploads.join("notes.txt")).unwrap(), "notes");
        assert_eq!(redis.run(0, &["get", "greeting"]), "hello");
    });
}
