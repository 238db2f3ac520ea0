//! An undo that is not carried through.

use super::super::block_on;
use crate::command_line::ask;
use crate::shop::Shop;
use crate::wizard::Wizard;

#[test]
fn an_undo_that_is_looked_at_and_left_half_way_changes_nothing_and_is_offered_again() {
    block_on(async {
        let Some(shop) = Shop::open("shop_undo").await else { return };
        shop.restore(&["--in-place"]);
        let restored = shop.database.census().await;
        let runs = ask(&shop.desk, &["job", "list"]);
        let window = shop.window().await;
        let wizard = Wizard::on(&shop, &window, "undo");

        window.press_words("Restores").await;
        window.press_first_row("Restores").await;
        window.press("undo-restore").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("10 newer rows would be lost.") && !plan.contains("About 10 newer"), "{plan}");
        wizard.picture("looked-at").await;
        wizard.leave().await;
        window.press("undo-restore").await;
        wizard.to_confirm().await;
        window.fill("confirm-name", "shop_un").await;
        wizard.picture("half-way").await;
        wizard.leave().await;
        window.text_of("undo-restore").await;

        assert_eq!(shop.database.census().await, restored);
        assert_eq!(ask(&shop.desk, &["job", "list"]), runs);
        window.press("undo-restore").await;
        wizard.to_confirm().await;
        window.fill("confirm-name", "shop_undo").await;
        window.end().await;

        let window = shop.window().await;
        window.press_words("Restores").await;
        window.press_first_row("Restores").await;
        window.text_of("undo-restore").await;
        assert_eq!(shop.database.census().await, restored);
        window.end().await;
    });
}
