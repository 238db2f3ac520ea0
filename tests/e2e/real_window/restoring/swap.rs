//! Beside the database that is in use, and then in its place.

use super::super::block_on;
use crate::peer::wait_for;
use crate::shop::Shop;
use crate::wizard::Wizard;

#[test]
fn a_swap_ends_a_session_only_with_consent_and_its_undo_brings_back_what_was_there() {
    block_on(async {
        let Some(shop) = Shop::open("shop_swap").await else { return };
        let session = shop.database.session().await;
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "swap").await;

        wizard.why("why-go-back").await;
        wizard.everything_to("target-swap").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("1 session is open on shop_swap"), "{plan}");
        assert!(window.is_dead("plan-next").await && window.text_of("hindrance").await.contains("Consent"));
        wizard.picture("without-consent").await;
        window.press("end-connections").await;
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        assert!(!session.is_closed());
        wizard.confirm("shop_swap").await;
        wizard.done().await;

        assert_eq!(shop.database.census().await, shop.then);
        wait_for("the session to end", async || session.is_closed().then_some(())).await;
        assert_eq!(shop.reasons()[0], format!("before restore of {}", &shop.backup[..8]));
        let kept = shop.others().await;
        assert_eq!(kept.len(), 1);
        assert_eq!(shop.server.at(&kept[0]).census().await, shop.now);

        window.press("undo-restore").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("shop_swap would be as it was before."), "{plan}");
        wizard.next("confirm").await;
        wizard.confirm("shop_swap").await;
        let page = wizard.done().await;
        assert!(page.contains("Done.") && !page.contains("0 tables"), "{page}");
        assert_eq!(shop.database.census().await, shop.now);

        let restored = shop.others().await;
        assert_eq!(shop.server.at(&restored[0]).census().await, shop.then);
        window.press("discard-old").await;
        wizard.next("confirm").await;
        wizard.confirm(&restored[0]).await;
        wizard.done().await;
        assert_eq!(shop.others().await, Vec::<String>::new());
        assert_eq!(shop.database.census().await, shop.now);
        window.end().await;
    });
}

#[test]
fn the_old_database_of_a_swap_is_discarded_from_the_list_of_restores_by_its_own_name() {
    block_on(async {
        let Some(shop) = Shop::open("shop_discard").await else { return };
        shop.restore(&["--swap"]);
        let kept = shop.others().await;
        assert_eq!(kept.len(), 1);
        let window = shop.window().await;
        let wizard = Wizard::on(&shop, &window, "discard");

        window.press_words("Restores").await;
        window.press_first_row("Restores").await;
        wizard.picture("list").await;
        window.press("discard-old").await;
        wizard.plan().await;
        wizard.next("confirm").await;
        window.fill("confirm-name", "shop_discard").await;
        assert!(window.is_dead("apply-restore").await, "the name of the database in use");
        wizard.confirm(&kept[0]).await;
        wizard.done().await;

        assert_eq!(shop.others().await, Vec::<String>::new());
        assert_eq!(shop.database.census().await, shop.then);
        window.end().await;
    });
}
