//! A window that is closed in the middle of a restore.

use super::block_on;
use crate::command_line::ask;
use crate::peer::wait_for;
use crate::shop::Shop;
use crate::wizard::Wizard;

/// A restore in place that waits for somebody's lock, in the middle of its transaction.
const WAITS: &str = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock' \
    and database = (select oid from pg_database where datname = current_database())";
/// What the application asks before it stops a run.
const QUESTION: &str = "A run is going on";

#[test]
fn a_window_closed_in_the_middle_of_a_restore_asks_and_stopping_leaves_the_database_as_it_was() {
    block_on(async {
        let Some(shop) = Shop::open("shop_closed").await else { return };
        let reader = shop.database.session().await;
        reader.client.batch_execute("begin; select count(*) from customers").await.unwrap();
        let window = shop.window().await;
        let screen = shop.desk.screen();
        let id = screen.see("Holdfast").await;
        let wizard = Wizard::open(&shop, &window, "closing").await;
        wizard.why("why-go-back").await;
        wizard.everything_to("target-in-place").await;
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        wizard.confirm("shop_closed").await;
        wait_for("the restore to wait", async || (shop.database.value(WAITS).await != "0").then_some(()))
            .await;

        screen.close(&id);
        screen.see(QUESTION).await;
        screen.picture("closing-question");
        screen.press_in(QUESTION, "Escape").await;
        assert_eq!(ask(&shop.desk, &["job", "list"])[0]["state"], "running");
        screen.close(&id);
        screen.press_in(QUESTION, "Return").await;
        screen.lose("Holdfast").await;
        reader.close().await;

        let run = wait_for("the run to end", async || {
            let run = ask(&shop.desk, &["job", "list"])[0].clone();
            (run["state"] != "running").then_some(run)
        })
        .await;
        assert_eq!(run["state"], "cancelled", "{run}");
        assert_eq!(shop.database.census().await, shop.now);
        window.end().await;
        let again = shop.window().await;
        again.press_words("Restores").await;
        Wizard::on(&shop, &again, "closed").picture("restores").await;
        again.end().await;
    });
}
