//! Properties of a database: the forms that are known, and that nothing else is ever made of an archive's
//! text.

use proptest::prelude::*;

use super::super::{Header, Section};
use super::*;

fn entry(kind: &str, tag: &str, definition: &str) -> TocEntry {
    TocEntry {
        dump_id: 1,
        section: Section::PreData,
        has_data: false,
        tag: tag.into(),
        kind: kind.into(),
        definition: definition.into(),
        copy: None,
        schema: None,
        owner: (kind == "DATABASE").then(|| "the \"owner\"".to_owned()),
        dependencies: Vec::new(),
        object: (0, 0),
    }
}

/// What becomes of entries about the database `ev`, in a database with an odd name, without its owner.
fn built(of: &[(&str, &str, &str)]) -> (Vec<String>, Vec<String>) {
    let header = Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    let mut entries = vec![entry("DATABASE", "ev", "CREATE DATABASE ev;")];
    entries.extend(of.iter().map(|(kind, tag, definition)| entry(kind, tag, definition)));
    let (statements, left_out) = Toc { header, entries, prefix_bytes: 0 }.database_statements("new \"one\"");
    let mut sql = statements.into_iter().map(|statement| statement.sql);
    let owner = sql.next().unwrap();
    assert_eq!(owner, "ALTER DATABASE \"new \"\"one\"\"\" OWNER TO \"the \"\"owner\"\"\"");
    (sql.collect(), left_out)
}

fn properties(definition: &str) -> (Vec<String>, Vec<String>) {
    built(&[("DATABASE PROPERTIES", "ev", definition)])
}

#[test]
fn what_pg_dump_writes_is_built_anew_for_the_database_of_the_other_name() {
    let (sql, left_out) = built(&[
        (
            "DATABASE PROPERTIES",
            "ev",
            "ALTER DATABASE ev CONNECTION LIMIT = 5;\nALTER DATABASE ev IS_TEMPLATE = true;\n\
             ALTER DATABASE ev SET search_path TO '', 'x\"y; z';\nALTER DATABASE ev SET \"plpgsql.extra_errors\" TO 'none';\n\
             ALTER DATABASE ev SET default_tablespace TO 'quick';\nALTER ROLE \"l;w\" IN DATABASE ev SET work_mem TO E'a\\\\b';\n",
        ),
        ("COMMENT", "DATABASE ev", "COMMENT ON DATABASE ev IS 'about DATABASE ev; it''s';\n"),
        (
            "ACL",
            "DATABASE ev",
            "REVOKE CONNECT,TEMPORARY ON DATABASE ev FROM PUBLIC;\nGRANT ALL ON DATABASE \"ev\" TO \"a b\" WITH GRANT OPTION;\n",
        ),
        ("COMMENT", "TABLE ev", "COMMENT ON DATABASE ev IS 'not of it';"),
    ]);
    assert_eq!(left_out, Vec::<String>::new());
    let expected = [
        "ALTER DATABASE \"new \"\"one\"\"\" CONNECTION LIMIT 5",
        "ALTER DATABASE \"new \"\"one\"\"\" IS_TEMPLATE true",
        "ALTER DATABASE \"new \"\"one\"\"\" SET \"search_path\" TO '', 'x\"y; z'",
        "ALTER DATABASE \"new \"\"one\"\"\" SET \"plpgsql\".\"extra_errors\" TO 'none'",
        "ALTER DATABASE \"new \"\"one\"\"\" SET \"default_tablespace\" TO 'quick'",
        "ALTER ROLE \"l;w\" IN DATABASE \"new \"\"one\"\"\" SET \"work_mem\" TO E'a\\\\b'",
        "COMMENT ON DATABASE \"new \"\"one\"\"\" IS 'about DATABASE ev; it''s'",
        "REVOKE connect, temporary ON DATABASE \"new \"\"one\"\"\" FROM PUBLIC",
        "GRANT all ON DATABASE \"new \"\"one\"\"\" TO \"a b\" WITH GRANT OPTION",
    ];
    assert_eq!(sql, expected);
}

#[test]
fn what_has_another_form_is_named_and_nothing_is_made_of_it() {
    for text in [
        "/* DATABASE ev */ DROP TABLE public.precious CASCADE;--",
        "DROP TABLE public.precious",
        "ALTER DATABASE evil SET x TO 'y'",
        "ALTER DATABASE ev RENAME TO shop",
        "ALTER DATABASE ev SET TABLESPACE quick",
        "ALTER DATABASE ev SET x TO DEFAULT",
        "ALTER DATABASE ev SET x TO (SELECT evil())",
        "ALTER DATABASE ev SET x TO ",
        "ALTER DATABASE ev OWNER TO me",
        "ALTER ROLE public IN DATABASE ev SET x TO 'y'",
        "ALTER ROLE low SUPERUSER",
        "ALTER ROLE low IN DATABASE shop SET x TO 'y'",
        "COMMENT ON DATABASE ev IS evil()",
        "GRANT pg_execute_server_program TO low",
        "GRANT CONNECT ON DATABASE shop TO low",
        "GRANT CONNECT ON DATABASE ev TO CURRENT_USER",
        "SET SESSION AUTHORIZATION boss",
    ] {
        let (sql, left_out) = properties(text);
        assert_eq!((sql, left_out.len()), (Vec::new(), 1), "{text}");
    }
    let (sql, left_out) =
        properties("ALTER DATABASE ev SET a TO 'b'; DROP DATABASE shop; ALTER DATABASE ev SET c TO 1;");
    assert_eq!((sql.len(), left_out), (2, vec!["«drop database shop»".to_owned()]));
}

#[test]
fn a_security_label_is_named() {
    let (sql, left_out) =
        built(&[("SECURITY LABEL", "DATABASE ev", "SECURITY LABEL FOR x ON DATABASE ev IS 'y';")]);
    assert_eq!((sql, left_out), (Vec::new(), vec!["its security label".to_owned()]));
}

proptest! {
    /// Whatever an archive says of its database, what is run begins with one of the known forms, names the
    /// new database, and is one statement.
    #[test]
    fn every_statement_is_of_a_known_form_and_only_one(
        name in ".{1,12}",
        value in ".{0,12}",
        noise in "[ -~]{0,30}",
        shape in 0..5,
    ) {
        let (of, literal) = (quote_identifier(&name), quote_literal(&value));
        let text = match shape {
            0 => format!("ALTER DATABASE ev SET {of} TO {literal}{noise};"),
            1 => format!("ALTER ROLE {of} IN DATABASE ev SET work_mem TO {literal}{noise};"),
            2 => format!("COMMENT ON DATABASE ev IS {literal}{noise};"),
            3 => format!("GRANT CONNECT ON DATABASE ev TO {of}{noise};"),
            _ => noise,
        };
        for sql in properties(&text).0 {
            let words = tokens(&sql, false).unwrap();
            prop_assert!(!words.contains(&Token::Sign(';')), "{sql}");
            let starts = ["ALTER DATABASE \"new \"\"one\"\"\" ", "COMMENT ON DATABASE \"new \"\"one\"\"\" IS ", "GRANT ", "REVOKE "];
            let is_known = starts.iter().any(|start| sql.starts_with(start))
                || (sql.starts_with("ALTER ROLE ") && sql.contains(" IN DATABASE \"new \"\"one\"\"\" SET "));
            prop_assert!(is_known, "{sql}");
        }
    }
}
