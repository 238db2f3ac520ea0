//! What of tables is taken, and what a dump is told of the rest.

use proptest::prelude::*;

use super::*;

fn table(schema: &str, name: &str) -> TableFacts {
    TableFacts {
        schema: schema.to_owned(),
        name: name.to_owned(),
        kind: TableKind::Table,
        rows_estimated: Some(3),
        size_bytes: 8192,
        partition_of: None,
    }
}

fn closed(schema: &str, name: &str, reason: UnreadableReason) -> Unreadable {
    Unreadable {
        schema: schema.to_owned(),
        name: name.to_owned(),
        reason,
        is_sequence: false,
        owned_by: None,
    }
}

fn choice(only: &[&str], without: &[&str]) -> TableChoice {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    TableChoice { only: owned(only), without_rows: owned(without) }
}

fn pair(schema: &str, name: &str) -> (String, String) {
    (schema.to_owned(), name.to_owned())
}

#[test]
fn rows_that_are_not_wanted_stay_there_whatever_else_is_chosen() {
    let chosen = choice(&["tenant_acme.*", "users"], &["tenant_acme.log*"]);
    assert!(
        chosen.takes("tenant_acme", "orders", &Parents::new())
            && chosen.takes("public", "users", &Parents::new())
    );
    assert!(
        !chosen.takes("tenant_acme", "logs", &Parents::new())
            && !chosen.takes("tenant_other", "orders", &Parents::new())
    );
    assert!(TableChoice::default().takes("any", "table", &Parents::new()));
    let schemas = choice(&["tenant_*.*"], &[]);
    assert!(
        schemas.takes("tenant_a", "orders", &Parents::new())
            && !schemas.takes("public", "orders", &Parents::new())
    );
}

#[test]
fn what_the_role_may_not_read_is_absent_where_nobody_chose_it_and_stops_the_dump_where_somebody_did() {
    let tables = [table("mine", "a"), table("mine", "b"), table("open", "c"), table("closed", "d")];
    let unreadable = [
        closed("mine", "b", UnreadableReason::NoSelect),
        closed("open", "secret", UnreadableReason::NoSelect),
        closed("open", "c", UnreadableReason::RowSecurity),
        closed("closed", "d", UnreadableReason::NoUsage),
    ];
    let (out, stopping) = choice(&["mine.*"], &[]).leaves_out(&tables, &unreadable);
    assert_eq!(out.without_rows, [pair("open", "c")]);
    assert_eq!(out.absent, [pair("open", "secret")]);
    assert_eq!(out.schemas, ["closed"]);
    assert_eq!(stopping, [unreadable[0].clone()]);
    let (none, all) = TableChoice::default().leaves_out(&tables, &unreadable);
    assert!(none.is_empty());
    assert_eq!(all, unreadable);
}

#[test]
fn a_sequence_goes_with_the_table_that_it_numbers() {
    let tables = [table("mine", "a"), table("open", "b"), table("open", "c")];
    let of = |schema: &str, name: &str, of: &str| Unreadable {
        is_sequence: true,
        owned_by: Some(pair(schema, of)),
        ..closed(schema, name, UnreadableReason::NoSelect)
    };
    let unreadable = [
        of("mine", "a_seq", "a"),
        of("open", "b_seq", "b"),
        of("open", "c_seq", "c"),
        closed("open", "c", UnreadableReason::NoSelect),
    ];
    let (out, stopping) = choice(&["mine.a"], &[]).leaves_out(&tables, &unreadable);
    assert_eq!(stopping, [unreadable[0].clone()]);
    assert_eq!(
        (out.without_rows, out.without_numbers),
        (vec![pair("open", "b")], vec![pair("open", "b_seq")])
    );
    assert_eq!(out.absent, [pair("open", "c"), pair("open", "c_seq")]);
}

#[test]
fn a_partition_goes_with_the_table_that_it_is_of() {
    let part =
        |name: &str, of: &str| TableFacts { partition_of: Some(pair("public", of)), ..table("parts", name) };
    let parent = TableFacts { kind: TableKind::Partitioned, ..table("public", "events") };
    let tables = [parent, part("e_2024", "events"), table("public", "orders")];
    let (out, _) = choice(&[], &["events"]).leaves_out(&tables, &[]);
    assert_eq!(out.without_rows, [pair("parts", "e_2024")]);
    let (out, _) = choice(&["events"], &["parts.*"]).leaves_out(&tables, &[]);
    assert_eq!(out.without_rows, [pair("parts", "e_2024"), pair("public", "orders")]);
}

#[test]
fn a_name_that_means_nothing_is_named() {
    let chosen = choice(&["mine.*"], &["mine.logz"]);
    assert_eq!(chosen.unmatched(&[table("mine", "logs")]), ["mine.logz"]);
    assert_eq!(choice(&["mine."], &[]).checked(), Err(ChoiceError::NoName("mine.".to_owned())));
    assert_eq!(choice(&[" "], &[]).checked(), Err(ChoiceError::NoName(String::new())));
    assert_eq!(choice(&["a.b", "a.b "], &[]).checked(), Ok(choice(&["a.b"], &[])));
}

#[test]
fn plain_names_of_a_schema_are_one_pattern_and_others_are_quoted() {
    let out = LeftOut {
        without_rows: vec![pair("a", "x"), pair("a", "y_1"), pair("a", "Z\"."), pair("B", "x")],
        absent: vec![pair("a", "w")],
        schemas: vec!["c*".to_owned()],
        without_numbers: vec![pair("a", "x_seq")],
    };
    let expected = [
        r#"--exclude-table-data="a"."Z"".""#,
        r#"--exclude-table-data="B".(x)"#,
        r#"--exclude-table-data="a".(x|y_1)"#,
        r#"--exclude-table="a".(w)"#,
        r#"--exclude-table="c*".*"#,
        r#"--exclude-table-data="a".(x_seq)"#,
    ];
    assert_eq!(out.arguments().unwrap(), expected);
    let many = (0..20_000).map(|number| pair("a", &format!("table_{number}"))).collect();
    assert_eq!(LeftOut { without_rows: many, ..LeftOut::default() }.arguments(), None);
}

proptest! {
    #[test]
    fn every_table_is_in_one_place(
        names in prop::collection::vec(("[ab]", "[xyz]"), 1..9),
        only in prop::collection::vec("[ab]\\.[xyz*]", 0..3),
        without in prop::collection::vec("[ab]\\.[xyz*]", 0..3),
        closed_ones in prop::collection::vec((any::<bool>(), 0_usize..3), 9),
    ) {
        let chosen = TableChoice { only, without_rows: without };
        let tables: Vec<TableFacts> = names.iter().map(|(schema, name)| table(schema, name)).collect();
        let reasons = [UnreadableReason::NoSelect, UnreadableReason::NoSelect, UnreadableReason::RowSecurity];
        let unreadable: Vec<Unreadable> = names.iter().zip(&closed_ones).filter(|(_, (is_closed, _))| *is_closed)
            .map(|((schema, name), (_, reason))| closed(schema, name, reasons[*reason])).collect();
        let (out, stopping) = chosen.leaves_out(&tables, &unreadable);
        for one in &tables {
            let named = (one.schema.clone(), one.name.clone());
            let is_out = out.without_rows.contains(&named) || out.absent.contains(&named);
            prop_assert_eq!(is_out, !chosen.takes(&one.schema, &one.name, &Parents::new()));
        }
        for one in &stopping {
            prop_assert!(chosen.takes(&one.schema, &one.name, &Parents::new()));
        }
    }
}
