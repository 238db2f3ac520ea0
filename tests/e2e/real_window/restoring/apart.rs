//! Into a database of its own: nothing that exists is touched.

use std::path::Path;

use thirtyfour::Key;

use super::super::block_on;
use super::super::first_run::{connect_command, digests};
use crate::peer::wait_for;
use crate::shop::Shop;
use crate::wizard::Wizard;

#[test]
fn a_look_shows_the_rows_at_the_address_on_the_page_and_goes_without_a_trace() {
    block_on(async {
        let Some(shop) = Shop::open("shop_look").await else { return };
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "look").await;

        wizard.why("why-look").await;
        wizard.everything_to("target-scratch").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("2 tables would be created, nothing is changed."), "{plan}");
        wizard.next("confirm").await;
        wizard.confirm("shop_look").await;
        wizard.done().await;

        let shown = digests(&shop.desk, &connect_command(&window).await).await;
        assert_eq!(shown["public.orders"].split('|').next(), Some("400"));
        let places = shop.desk.servers();
        assert!(places.len() == 1 && places[0].is_running());

        window.press("remove-scratch").await;
        wizard.picture("settings").await;
        window.press_words("Remove…").await;
        window.says("Remove this copy?").await;
        wizard.picture("remove").await;
        window.press_words("Remove the copy of shop").await;
        window.says("None. A restore").await;
        wizard.picture("removed").await;
        wait_for("the copy to go", async || (!places[0].is_running()).then_some(())).await;
        assert!(!Path::exists(places[0].directory()) && shop.desk.servers().is_empty());
        assert_eq!(shop.database.census().await, shop.now);
        window.end().await;
    });
}

#[test]
fn a_new_database_beside_the_old_one_is_made_by_the_keyboard_alone_and_holds_the_same_rows() {
    block_on(async {
        let Some(shop) = Shop::open("shop_beside").await else { return };
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "new-database").await;

        for (stop, next) in [("why-look", "which moment"), ("plan-next", "use "), ("what-all", "where")] {
            wizard.tab_to(stop).await;
            wizard.enter(next).await;
        }
        wizard.tab_to("target-new-database").await;
        wizard.tab_to("target-name").await;
        // Reached by the tabulator, a field is selected, and typing replaces what was proposed.
        window.keys("shop_beside_again").await;
        wizard.enter("preview").await;
        wizard.plan().await;
        wizard.enter("confirm").await;
        wizard.tab_to("confirm-name").await;
        window.keys("shop_beside_again").await;
        wizard.picture("confirm").await;
        wizard.tab_to("apply-restore").await;
        window.keys(Key::Enter).await;
        wizard.done().await;

        assert_eq!(shop.server.at("shop_beside_again").census().await, shop.then);
        assert_eq!(shop.database.census().await, shop.now);
        assert_eq!(shop.others().await, ["shop_beside_again"]);
        window.end().await;
    });
}
