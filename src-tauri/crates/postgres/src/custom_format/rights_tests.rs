//! Rights as an archive writes them, read one by one.

use super::*;
use crate::custom_format::{Header, Section};

fn read(definition: &str) -> Option<Vec<RightsChange>> {
    let entry = TocEntry {
        dump_id: 7,
        section: Section::PreData,
        has_data: false,
        tag: "TABLE t".into(),
        kind: "ACL".into(),
        definition: definition.into(),
        copy: None,
        schema: Some("public".into()),
        owner: None,
        dependencies: Vec::new(),
        object: (0, 0),
    };
    let header = Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    Toc { header, entries: Vec::new(), prefix_bytes: 0 }.rights(&entry)
}

fn built(definition: &str) -> Vec<String> {
    read(definition).unwrap_or_default().iter().map(RightsChange::sql).collect()
}

#[test]
fn every_form_of_a_right_is_built_anew_of_its_names() {
    for (said, sql) in [
        ("REVOKE ALL ON TABLE public.t FROM PUBLIC;", r#"REVOKE all ON table "public"."t" FROM PUBLIC"#),
        (
            "GRANT SELECT,INSERT(a, \"B\") ON TABLE t TO \"odd \"\"one\"\"\" WITH GRANT OPTION;",
            r#"GRANT select, insert ("a", "B") ON table "public"."t" TO "odd ""one""" WITH GRANT OPTION"#,
        ),
        ("GRANT ALL ON SCHEMA s TO r;", r#"GRANT all ON schema "s" TO "r""#),
        (
            "REVOKE GRANT OPTION FOR USAGE ON SEQUENCE public.q FROM r;",
            r#"REVOKE GRANT OPTION FOR usage ON sequence "public"."q" FROM "r""#,
        ),
        (
            "GRANT ALL ON FUNCTION public.f(at integer, VARIADIC said \"My\".\"Type\"[], timestamp(3) with time zone) TO r;",
            r#"GRANT all ON function "public"."f"(at integer,variadic said "My"."Type"[],timestamp(3) with time zone) TO "r""#,
        ),
        ("GRANT USAGE ON FOREIGN SERVER s TO r;", r#"GRANT usage ON foreign server "s" TO "r""#),
        ("GRANT SELECT ON LARGE OBJECT 4711 TO r;", r#"GRANT select ON large object 4711 TO "r""#),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s GRANT SELECT ON TABLES TO r;",
            r#"ALTER DEFAULT PRIVILEGES FOR ROLE "o" IN SCHEMA "s" GRANT select ON tables TO "r""#,
        ),
    ] {
        assert_eq!(built(said), [sql], "{said}");
    }
}

#[test]
fn who_has_to_be_there_for_a_statement_is_known() {
    let all = read(
        "SET SESSION AUTHORIZATION boss;\nGRANT SELECT ON TABLE public.t TO r;\nRESET SESSION AUTHORIZATION;\n\
         ALTER DEFAULT PRIVILEGES FOR ROLE o REVOKE ALL ON FUNCTIONS FROM PUBLIC;",
    )
    .unwrap();
    assert_eq!(all[0].roles(), ["r", "boss"]);
    assert_eq!((all[1].roles(), all[1].grantee()), (vec!["o"], "PUBLIC"));
    assert_eq!(all[1].key().class, "new functions");
}

#[test]
fn what_follows_a_right_is_not_understood() {
    for said in [
        "GRANT ALL ON TABLE public.t TO r; DROP TABLE public.t;",
        "GRANT ALL ON TABLE public.t TO r CASCADE;",
        "GRANT ALL ON FUNCTION public.f(integer; x) TO r;",
        "GRANT ALL ON FUNCTION public.f) TO r;",
        "GRANT boss TO r;",
        "GRANT ALL ON TABLE public.t TO current_user;",
        "GRANT ALL ON TABLE public.t -- x\n TO r;",
        "SELECT pg_catalog.binary_upgrade_set_record_init_privs(true);",
    ] {
        assert_eq!(read(said), None, "{said}");
    }
}

#[test]
fn a_routine_is_found_by_its_arguments_without_spaces_and_quotes() {
    let change = &read("GRANT ALL ON FUNCTION public.f(character varying, \"My\".t[]) TO r;").unwrap()[0];
    let key = change.key();
    assert_eq!((key.class.as_str(), key.schema.as_str()), ("routine", "public"));
    assert_eq!(key.name, "f(charactervarying,my.t[])");
}
