//! Tables and keys made anew from what an archive says of them.

use proptest::prelude::*;

use super::super::Section;
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
        schema: Some("public".into()),
        owner: None,
        dependencies: Vec::new(),
        object: (0, 0),
    }
}

fn made(definition: &str) -> Option<(String, Vec<String>)> {
    let shape = TableShape::of(&entry("TABLE", "odd", definition))?;
    Some((shape.create("restored", "odd"), shape.left_out))
}

fn key(definition: &str) -> Option<String> {
    let table = entry("TABLE", "odd", "");
    Some(KeyShape::of(&entry("CONSTRAINT", "odd k", definition), &table)?.add("restored", "odd"))
}

const ODD: &str = "CREATE TABLE public.odd (
    id integer NOT NULL,
    n numeric(10,-2) DEFAULT 1.5 NOT NULL,
    t timestamp(3) with time zone DEFAULT NULL::timestamp with time zone,
    iv interval year to month,
    c character(5) COLLATE public.german,
    p \"S x\".pos,
    at public.geometry(Point,4326),
    arr text[] DEFAULT ARRAY['a,b'::text, ')'::text] NOT NULL,
    g integer GENERATED ALWAYS AS (((1 + 2) * id)) STORED,
    \"we\"\"ird (col), x\" text DEFAULT 'it''s, (ok)'::text COLLATE pg_catalog.\"C\",
    e bigint CONSTRAINT e_there NOT NULL NO INHERIT,
    \"constraint\" double precision,
    CONSTRAINT positive CHECK (((id > 0) AND (n <> (3)::numeric)))
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.odd ALTER COLUMN id SET STATISTICS 10;
";

#[test]
fn columns_come_with_their_types_and_nothing_that_would_run() {
    let (sql, left_out) = made(ODD).unwrap();
    assert_eq!(
        sql,
        "CREATE TABLE \"restored\".\"odd\" (\"id\" integer NOT NULL, \"n\" numeric(10,-2) NOT NULL, \
         \"t\" timestamp(3) with time zone, \"iv\" interval year to month, \"c\" character(5) COLLATE \"public\".\"german\", \
         \"p\" \"S x\".pos, \"at\" public.geometry(\"point\",4326), \"arr\" text[] NOT NULL, \
         \"we\"\"ird (col), x\" text COLLATE \"pg_catalog\".\"C\", \"e\" bigint NOT NULL, \"constraint\" double precision)"
    );
    let named = ["the default of n", "the default of t", "the default of arr", "the generated column g"];
    assert_eq!(left_out[..4], named);
    assert_eq!(left_out[4..], ["the default of we\"ird (col), x", "the constraint positive"]);
    assert_eq!(
        made("CREATE UNLOGGED TABLE public.odd (\n);\n").unwrap().0,
        "CREATE TABLE \"restored\".\"odd\" ()"
    );
}

#[test]
fn a_table_that_is_written_otherwise_is_not_understood() {
    for definition in [
        "CREATE TABLE public.other (\n    id integer\n);\n",
        "CREATE TABLE shop.odd (\n    id integer\n);\n",
        "CREATE TABLE public.odd OF public.comp (\n    a NOT NULL\n);\n",
        "CREATE TABLE public.odd AS SELECT 1;",
        "CREATE TABLE public.odd (LIKE public.other);",
        "CREATE TABLE public.odd (id integer PRIMARY KEY);",
        "CREATE TABLE public.odd (id integer REFERENCES public.other);",
        "CREATE TABLE public.odd (id integer CHECK (evil(id)));",
        "CREATE TABLE public.odd (id (SELECT 1));",
        "CREATE TABLE public.odd (id integer /* , */);",
        "CREATE TABLE public.odd (id ünteger);",
        "CREATE TABLE public.odd (id integer",
        "DROP TABLE public.odd;",
    ] {
        assert_eq!(made(definition), None, "{definition}");
    }
}

#[test]
fn what_follows_the_table_is_not_run() {
    let definition =
        "CREATE TABLE public.odd (\n    id integer\n); DROP TABLE public.precious; CREATE TABLE x (a int\n)";
    assert_eq!(made(definition).unwrap().0, "CREATE TABLE \"restored\".\"odd\" (\"id\" integer)");
}

#[test]
fn keys_are_made_anew_and_other_constraints_are_not() {
    let add = "ALTER TABLE \"restored\".\"odd\" ADD CONSTRAINT \"odd k\" ";
    let of = |rest: &str| key(&format!("ALTER TABLE ONLY public.odd\n    ADD CONSTRAINT \"odd k\" {rest}"));
    let is = |rest: &str| Some(format!("{add}{rest}"));
    assert_eq!(
        of("PRIMARY KEY (id, \"B\");\nALTER TABLE public.odd CLUSTER ON x;"),
        is("PRIMARY KEY (\"id\", \"B\")")
    );
    assert_eq!(
        of(
            "UNIQUE NULLS NOT DISTINCT (t) INCLUDE (n) WITH (fillfactor='50', x='y') DEFERRABLE INITIALLY DEFERRED;"
        ),
        is("UNIQUE NULLS NOT DISTINCT (\"t\") INCLUDE (\"n\") DEFERRABLE INITIALLY DEFERRED")
    );
    for other in [
        "CHECK ((evil(id)));",
        "EXCLUDE USING gist (evil(id) WITH =);",
        "UNIQUE (evil(id));",
        "FOREIGN KEY (id) REFERENCES public.other(id);",
        "PRIMARY KEY (id) USING INDEX TABLESPACE x; DROP TABLE y;",
    ] {
        assert_eq!(of(other), None, "{other}");
    }
    assert_eq!(key("ALTER TABLE ONLY public.other ADD CONSTRAINT k PRIMARY KEY (id);"), None);
}

proptest! {
    /// Whatever stands in the brackets, no call, no default and no second statement comes out of them.
    #[test]
    fn nothing_comes_out_of_a_table_but_columns(inside in "[a-z \"'(),;.:=\\[\\]0-9-]{0,60}", kind in "[a-z ().,0-9]{1,20}") {
        for definition in [
            format!("CREATE TABLE public.odd (\n    {inside}\n);\n"),
            format!("CREATE TABLE public.odd (\n    id {kind},\n    x integer\n);\n"),
        ] {
            let Some((sql, _)) = made(&definition) else { continue };
            let words = tokens(&sql, false).unwrap();
            prop_assert!(!words.contains(&Token::Sign(';')), "{sql}");
            let mut rest = Words::new(&words);
            while let Some(word) = rest.take() {
                let is_text = matches!(word, Token::Text(_));
                let is_sign = matches!(word, Token::Sign(sign) if !"().,[]-".contains(*sign));
                let is_expression =
                    matches!(word, Token::Word(word) if ["default", "check", "generated"].contains(&word.as_str()));
                prop_assert!(!(is_text || is_sign || is_expression), "{sql}");
            }
        }
    }
}
