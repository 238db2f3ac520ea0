//! In the place of what is there, in one transaction.

use super::super::block_on;
use crate::command_line::ask;
use crate::shop::Shop;
use crate::wizard::Wizard;

#[test]
fn in_place_lost_rows_return_once_the_name_is_right_and_the_plan_is_fresh() {
    block_on(async {
        let Some(shop) = Shop::open("shop_in_place").await else { return };
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "in-place").await;

        wizard.why("why-go-back").await;
        wizard.everything_to("target-in-place").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("3 newer rows would be lost."), "{plan}");
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        window.fill("confirm-name", "shop_in_plac").await;
        assert!(window.is_dead("apply-restore").await);
        window.fill("confirm-name", "shop_in_place ").await;
        wizard.picture("wrong-name").await;
        assert!(window.is_dead("apply-restore").await);

        shop.database.run("alter table orders add column extra int").await;
        wizard.confirm("shop_in_place").await;
        window.text_of("look-again").await;
        wizard.picture("stale").await;
        assert_eq!(shop.reasons().len(), 1, "a refused plan backs nothing up");
        window.press("look-again").await;
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        assert!(window.is_dead("apply-restore").await, "a new plan is confirmed anew");
        wizard.confirm("shop_in_place").await;
        wizard.done().await;

        let mut now = shop.database.census().await;
        assert!(now.remove("public.later").is_some_and(|later| later.starts_with("1 ")));
        assert_eq!(now, shop.then);
        assert_eq!(shop.reasons().len(), 2);
        window.end().await;
    });
}

#[test]
fn a_declined_safety_backup_takes_a_reason_which_the_audit_log_keeps() {
    block_on(async {
        let Some(shop) = Shop::open("shop_declined").await else { return };
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "declined").await;
        let reason = "the disk is full, and the rows are in the paper files";

        wizard.why("why-go-back").await;
        wizard.everything_to("target-in-place").await;
        wizard.next("safety backup").await;
        window.press("safety-off").await;
        window.fill("safety-reason", " ").await;
        assert!(window.is_dead("plan-next").await, "a blank is no reason");
        window.fill("safety-reason", reason).await;
        wizard.next("anew without one").await;
        let plan = window.says("No safety backup is made first.").await;
        assert!(
            plan.contains("It cannot be undone") && !plan.contains("Restore the safety backup"),
            "{plan}"
        );
        wizard.next("confirm").await;
        wizard.confirm("shop_declined").await;
        let page = wizard.done().await;

        assert!(page.contains("no safety backup was made"), "{page}");
        assert_eq!(shop.reasons(), ["before the clean-up"]);
        let mut now = shop.database.census().await;
        now.remove("public.later");
        assert_eq!(now, shop.then);
        window.press("nav-audit").await;
        window.says("Restore confirmed").await;
        wizard.picture("audit").await;
        window.press_row_that_says("Restore confirmed").await;
        assert!(window.text_of("audit-entry").await.contains(reason));
        wizard.picture("audit-entry").await;
        let verified = ask(&shop.desk, &["audit", "verify"]);
        assert_eq!(verified["isWhole"], true, "{verified}");
        window.end().await;
    });
}
