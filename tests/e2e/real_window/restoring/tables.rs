//! Some tables, into the database that is in use.

use super::super::block_on;
use crate::command_line::ask;
use crate::shop::Shop;
use crate::wizard::Wizard;

/// Narrow, and still every step fits.
const NARROW: (u32, u32) = (900, 700);

#[test]
fn the_missing_rows_of_one_table_return_and_every_other_row_stays() {
    block_on(async {
        let Some(shop) = Shop::open("shop_rows").await else { return };
        let window = shop.window().await;
        window.resize(NARROW.0, NARROW.1).await;
        let wizard = Wizard::open(&shop, &window, "missing-rows").await;

        wizard.why("why-missing-rows").await;
        wizard.table_as("public.orders", "mode-missing_rows").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("10 rows would come back, nothing is lost."), "{plan}");
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        wizard.confirm("shop_rows").await;
        wizard.done().await;

        let orders = shop.database.rows("select id || ' ' || note from orders order by id").await;
        let expected: Vec<String> = (1..=403)
            .map(|id| match id {
                8 => "8 changed since".into(),
                401.. => format!("{id} new"),
                _ => format!("{id} order {id}"),
            })
            .collect();
        assert_eq!(orders, expected);
        let others = |mut census: crate::shop::Census| {
            census.remove("public.orders");
            census
        };
        assert_eq!(others(shop.database.census().await), others(shop.now.clone()));
        window.end().await;
    });
}

#[test]
fn what_was_damaged_between_two_backups_is_taken_back_and_later_work_stays() {
    block_on(async {
        let Some(shop) = Shop::open("shop_merge").await else { return };
        ask(&shop.desk, &["backup", "run", "shop", "--reason", "after the clean-up"]);
        shop.database
            .run("update orders set note = 'later work' where id = 30; insert into orders (id, customer, note) values (11, 1, 'again')")
            .await;
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "merge").await;

        window.press("why-damaged").await;
        wizard.next("which moment").await;
        window.press("all-moments").await;
        window.press_row_that_says("before the clean-up").await;
        wizard.next("use ").await;
        wizard.table_as("public.orders", "mode-merge").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("9 rows would come back and 1 row be set back, later work stays."), "{plan}");
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        wizard.confirm("shop_merge").await;
        wizard.done().await;

        let orders = shop.database.rows("select id || ' ' || note from orders order by id").await;
        let expected: Vec<String> = (1..=403)
            .map(|id| match id {
                11 => "11 again".into(),
                30 => "30 later work".into(),
                401.. => format!("{id} new"),
                _ => format!("{id} order {id}"),
            })
            .collect();
        assert_eq!(orders, expected);
        window.end().await;
    });
}

#[test]
fn all_rows_come_back_into_the_tables_that_are_there_and_what_is_not_in_the_backup_stays() {
    block_on(async {
        let Some(shop) = Shop::open("shop_all_rows").await else { return };
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "all-rows").await;

        wizard.why("why-damaged").await;
        window.press("what-rows").await;
        wizard.next("where").await;
        window.press("mode-replace").await;
        wizard.next("preview").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("3 newer rows would be lost."), "{plan}");
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        wizard.confirm("shop_all_rows").await;
        wizard.done().await;

        let now = shop.database.census().await;
        for table in ["public.orders", "public.customers"] {
            assert_eq!(now[table], shop.then[table]);
        }
        assert_eq!(now["public.later"], shop.now["public.later"]);
        window.end().await;
    });
}

#[test]
fn a_table_that_is_gone_is_made_again_with_its_rows_and_what_is_there_stays() {
    block_on(async {
        let Some(shop) = Shop::open("shop_made").await else { return };
        shop.database.run("drop table orders").await;
        let window = shop.window().await;
        window.resize(NARROW.0, NARROW.1).await;
        let wizard = Wizard::open(&shop, &window, "made-again").await;

        wizard.why("why-damaged").await;
        window.press("what-rows").await;
        wizard.next("where").await;
        window.press("mode-missing_rows").await;
        window.press("make-missing").await;
        wizard.next("preview").await;
        let plan = wizard.plan().await;
        assert!(plan.contains("400 rows would come back, nothing is lost."), "{plan}");
        assert!(plan.contains("make what is not there: 1 table"), "{plan}");
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        wizard.confirm("shop_made").await;
        wizard.done().await;

        let now = shop.database.census().await;
        assert_eq!(now["public.orders"], shop.then["public.orders"]);
        for table in ["public.customers", "public.later"] {
            assert_eq!(now[table], shop.now[table]);
        }
        let key = "select count(*) from pg_constraint where conrelid = 'orders'::regclass and contype in ('p', 'f')";
        assert_eq!(shop.database.value(key).await, "2");
        window.end().await;
    });
}

#[test]
fn one_table_comes_back_beside_the_one_in_use_and_its_undo_takes_it_away() {
    block_on(async {
        let Some(shop) = Shop::open("shop_table").await else { return };
        let window = shop.window().await;
        let wizard = Wizard::open(&shop, &window, "table-beside").await;

        wizard.why("why-damaged").await;
        wizard.table_as("public.orders", "mode-beside").await;
        wizard.next("safety backup").await;
        wizard.next("confirm").await;
        wizard.confirm("shop_table").await;
        wizard.done().await;

        let mut census = shop.database.census().await;
        let (beside, rows): (Vec<_>, Vec<_>) = census
            .extract_if(.., |name, _| name.starts_with("restored_") && name.ends_with(".orders"))
            .unzip();
        assert_eq!((beside.len(), rows), (1, vec![shop.then["public.orders"].clone()]));
        census.retain(|name, _| !name.starts_with("restored_"));
        assert_eq!(census, shop.now);

        window.press("undo-restore").await;
        let (schema, _) = beside[0].split_once('.').unwrap();
        wizard.next("confirm").await;
        wizard.confirm(schema).await;
        wizard.done().await;
        assert_eq!(shop.database.census().await, shop.now);
        window.end().await;
    });
}
