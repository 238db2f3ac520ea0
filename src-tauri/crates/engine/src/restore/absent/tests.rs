//! Small archives against what a database has.

use super::*;

fn entry(dump_id: i64, kind: &str, schema: &str, tag: &str, needs: &[i64]) -> TocEntry {
    TocEntry {
        dump_id,
        section: Section::PreData,
        has_data: false,
        tag: tag.into(),
        kind: kind.into(),
        definition: String::new(),
        copy: None,
        schema: (!schema.is_empty()).then(|| schema.to_owned()),
        owner: None,
        dependencies: needs.to_vec(),
        object: (0, 0),
    }
}

fn toc(entries: Vec<TocEntry>) -> Toc {
    let header = postgres::custom_format::Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    Toc { header, entries, prefix_bytes: 0 }
}

fn names(known: &[(&str, &str, &str)], closed: &[&str]) -> Names {
    let own = |text: &&str| (*text).to_owned();
    let schemas = ["public", "auth"].map(|name| ("SCHEMA".to_owned(), String::new(), name.to_owned()));
    let known = known.iter().map(|(class, schema, name)| (own(class), own(schema), own(name)));
    Names {
        known: known.chain(schemas).collect(),
        closed: closed.iter().map(own).collect(),
        may_make_schemas: true,
        user: "app".into(),
        ..Names::default()
    }
}

fn fates(absent: &Absent) -> Vec<(i64, Fate)> {
    absent.fates.iter().map(|(id, fate)| (*id, fate.clone())).collect()
}

#[test]
fn what_is_there_stays_as_it_is_with_all_that_belongs_to_it() {
    let all = toc(vec![
        entry(1, "TABLE", "public", "kept", &[]),
        entry(2, "SEQUENCE", "public", "numbers", &[]),
        entry(3, "DEFAULT", "public", "kept id", &[1, 2]),
        entry(4, "ROW SECURITY", "public", "kept", &[1]),
        entry(5, "ACL", "public", "TABLE kept", &[1]),
        entry(6, "TABLE", "public", "gone", &[]),
        entry(7, "DEFAULT", "public", "gone id", &[6, 2]),
        entry(8, "ROW SECURITY", "public", "gone", &[6]),
        entry(9, "ACL", "public", "TABLE gone", &[6]),
    ]);
    let absent = Absent::of(&all, &names(&[("RELATION", "public", "kept")], &[]));
    let made: Vec<i64> = fates(&absent).into_iter().map(|(id, _)| id).collect();
    assert_eq!(made, [2, 6, 7, 8, 9]);
    assert_eq!(absent.fates[&8], Fate::Made, "a table is never left open to everybody");
    assert_eq!(absent.words(&all), ["1 sequence", "1 table"]);
}

#[test]
fn in_a_schema_of_others_nothing_is_made_and_their_tables_get_what_the_server_lets_them() {
    let all = toc(vec![
        entry(1, "TABLE", "auth", "newer", &[]),
        entry(2, "FUNCTION", "auth", "mine()", &[]),
        entry(3, "VIEW", "public", "on_newer", &[1]),
        entry(4, "TRIGGER", "auth", "users welcome", &[]),
        entry(5, "POLICY", "auth", "newer seen", &[1]),
    ]);
    let absent = Absent::of(&all, &names(&[("RELATION", "auth", "users")], &["auth"]));
    let left = |id| matches!(absent.fates[&id], Fate::Left(_));
    assert!(left(1) && left(2) && left(3) && left(5), "{:?}", absent.fates);
    assert_eq!(absent.fates[&4], Fate::Tried);
    assert!(matches!(absent.table(&all, "auth", "newer"), Some(Fate::Left(_))));
}

#[test]
fn a_schema_that_may_not_be_made_leaves_what_is_in_it() {
    let all = toc(vec![
        entry(1, "SCHEMA", "", "private", &[]),
        entry(2, "TABLE", "private", "notes", &[1]),
        entry(3, "INDEX", "private", "notes_by_day", &[2]),
    ]);
    let absent = Absent::of(&all, &Names { may_make_schemas: false, ..names(&[], &[]) });
    assert!(fates(&absent).iter().all(|(_, fate)| matches!(fate, Fate::Left(_))), "{absent:?}");
}

#[test]
fn kinds_are_counted_in_words() {
    assert_eq!(kinds("INDEX", 3), "3 indexes");
    assert_eq!(kinds("POLICY", 1), "1 policy");
    assert_eq!(kinds("FK CONSTRAINT", 2), "2 foreign keys");
    assert_eq!(kinds("PROCEDURE", 2), "2 procedures");
}

#[test]
fn what_depends_on_what_is_there_is_tried() {
    let mut untrusted = entry(7, "FUNCTION", "public", "outside()", &[]);
    untrusted.definition =
        "CREATE FUNCTION public.outside() RETURNS int\n    LANGUAGE c\n    AS 'x', 'y';\n".into();
    let all = toc(vec![
        entry(1, "TABLE", "public", "events", &[]),
        entry(2, "TABLE", "public", "events_old", &[]),
        entry(3, "TABLE ATTACH", "public", "events_old", &[1, 2]),
        entry(4, "INDEX", "public", "events_by_day", &[1]),
        entry(5, "INDEX", "public", "events_old_by_day", &[2]),
        entry(6, "INDEX ATTACH", "public", "events_old_by_day", &[4, 5]),
        untrusted,
    ]);
    let with = names(&[("RELATION", "public", "events"), ("RELATION", "public", "events_by_day")], &[]);
    let absent = Absent::of(&all, &with);
    for id in [3, 6, 7] {
        assert_eq!(absent.fates[&id], Fate::Tried, "{id}");
    }
    assert_eq!(absent.fates[&5], Fate::Made);
}

#[test]
fn a_part_of_what_is_there_is_tried_whatever_else_of_it_is_made() {
    let all = toc(vec![
        entry(1, "TABLE", "public", "kept", &[]),
        entry(2, "FUNCTION", "public", "is_member()", &[]),
        entry(3, "POLICY", "public", "kept members", &[1, 2]),
        entry(4, "TRIGGER", "public", "kept stamp", &[1, 2]),
        entry(5, "TABLE", "public", "gone", &[]),
        entry(6, "FK CONSTRAINT", "public", "gone gone_kept_fkey", &[5, 1]),
        entry(7, "FK CONSTRAINT", "public", "kept kept_gone_fkey", &[1, 5]),
        entry(8, "CONSTRAINT", "public", "gone gone_pkey", &[5]),
    ]);
    let absent = Absent::of(&all, &names(&[("RELATION", "public", "kept")], &[]));
    for id in [3, 4, 6, 7] {
        assert_eq!(absent.fates[&id], Fate::Tried, "{id}");
    }
    assert_eq!(absent.fates[&8], Fate::Made);
    let added = absent.added(&all);
    assert_eq!(added.len(), 3, "{added:?}");
}

#[test]
fn what_takes_rows_away_is_made_or_nothing_is() {
    let mut restrictive = entry(3, "POLICY", "public", "gone only_own", &[1, 2]);
    restrictive.definition = "CREATE POLICY only_own ON public.gone AS RESTRICTIVE USING (true);".into();
    let all = toc(vec![
        entry(1, "TABLE", "public", "gone", &[]),
        entry(2, "OPERATOR", "public", "=", &[]),
        restrictive,
        entry(4, "POLICY", "public", "gone all", &[1]),
    ]);
    let absent = Absent::of(&all, &names(&[], &[]));
    assert_eq!((&absent.fates[&3], &absent.fates[&4]), (&Fate::Made, &Fate::Tried));
}

#[test]
fn parts_that_are_there_stay_by_themselves_and_columns_get_no_numbers() {
    let mut identity = entry(4, "SEQUENCE", "public", "renamed_id_seq", &[3]);
    identity.definition = "ALTER TABLE public.kept ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY".into();
    let all = toc(vec![
        entry(1, "TABLE", "public", "events", &[]),
        entry(2, "TABLE ATTACH", "public", "kept", &[1, 3]),
        entry(3, "TABLE", "public", "kept", &[]),
        identity,
        entry(5, "TABLE", "elsewhere", "lost", &[]),
    ]);
    let absent = Absent::of(&all, &names(&[("RELATION", "public", "kept")], &[]));
    assert!(matches!(absent.fates[&2], Fate::Left(_)));
    assert!(!absent.fates.contains_key(&4), "the column of what is there");
    assert!(matches!(&absent.fates[&5], Fate::Left(why) if why.contains("no schema elsewhere")));
    assert_eq!(absent.left(&all).count(), 2, "a table without rows is named too");
}

#[test]
fn what_a_role_gives_to_what_it_makes_is_given_where_nothing_is_said_of_it() {
    let tag = "DEFAULT PRIVILEGES FOR TABLES";
    let of = |id, owner: &str| TocEntry {
        owner: Some(owner.into()),
        ..entry(id, "DEFAULT ACL", "public", tag, &[])
    };
    let all = toc(vec![of(1, "app"), of(2, "other")]);
    let absent = Absent::of(&all, &names(&[], &[]));
    assert_eq!(absent.fates[&1], Fate::Tried);
    assert!(matches!(absent.fates[&2], Fate::Left(_)));
    let with = names(&[("DEFAULT ACL", "public", "app TABLES")], &[]);
    assert!(!Absent::of(&all, &with).fates.contains_key(&1));
}
