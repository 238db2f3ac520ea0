//! What is cut out of statements, and that nothing else is.

use proptest::prelude::*;

use super::*;
use crate::target::{quote_identifier, quote_literal};

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

const ODD: &str = "CREATE TABLE public.\"odd (one\" (
    id integer NOT NULL,
    api_key text DEFAULT encode(extensions.gen_random_bytes(16), 'hex, )'::text) NOT NULL,
    \"a, \"\"b\"\" default\" public.citext DEFAULT 'x''y'::public.citext COLLATE pg_catalog.\"C\",
    words integer GENERATED ALWAYS AS (extensions.count(body, E'\\\\s)'::text)) STORED CONSTRAINT w NOT NULL,
    tags text[] DEFAULT ARRAY['a'::text, 'b'::text],
    CONSTRAINT \"shape, it\" CHECK (extensions.matches('{\"type\": \"object\"}'::json, tags)),
    CONSTRAINT kept CHECK ((id > 0))
)
PARTITION BY LIST (public.key(id));
ALTER TABLE ONLY public.\"odd (one\" ALTER COLUMN id SET STATISTICS 10;
";

#[test]
fn a_table_loses_what_is_named_and_stays_as_it_is_in_every_other_letter() {
    let cuts = Cuts {
        defaults: set(&["api_key", "a, \"b\" default"]),
        generated: set(&["words"]),
        checks: set(&["shape, it"]),
        is_partitioned: true,
        domain_default: false,
    };
    assert_eq!(
        table(ODD, &cuts).unwrap(),
        "CREATE TABLE public.\"odd (one\" (
    id integer NOT NULL,
    api_key text NOT NULL,
    \"a, \"\"b\"\" default\" public.citext COLLATE pg_catalog.\"C\",
    words integer,
    tags text[] DEFAULT ARRAY['a'::text, 'b'::text],
    CONSTRAINT kept CHECK ((id > 0))
)
;
ALTER TABLE ONLY public.\"odd (one\" ALTER COLUMN id SET STATISTICS 10;
"
    );
}

#[test]
fn what_is_not_found_is_not_cut() {
    let missing = |cuts: Cuts| assert_eq!(table(ODD, &cuts), None);
    missing(Cuts { defaults: set(&["id"]), ..Cuts::default() });
    missing(Cuts { generated: set(&["tags"]), ..Cuts::default() });
    missing(Cuts { checks: set(&["nothing"]), ..Cuts::default() });
    let plain = "CREATE TABLE public.t (\n    id integer\n);\n";
    assert_eq!(table(plain, &Cuts { is_partitioned: true, ..Cuts::default() }), None);
    assert_eq!(
        table(
            "CREATE TABLE public.t (id integer -- )\n);",
            &Cuts { defaults: set(&["id"]), ..Cuts::default() }
        ),
        None
    );
}

#[test]
fn a_domain_loses_its_default_and_its_check() {
    let text = "CREATE DOMAIN public.email AS public.citext COLLATE pg_catalog.\"C\" NOT NULL DEFAULT public.nobody()\n\t\
        CONSTRAINT email_check CHECK ((VALUE OPERATOR(public.~) '^.+@.+$; '::public.citext))\n\t\
        CONSTRAINT short CHECK ((length((VALUE)::text) < 100));\n";
    let cuts = Cuts { checks: set(&["email_check"]), domain_default: true, ..Cuts::default() };
    assert_eq!(
        domain(text, &cuts).unwrap(),
        "CREATE DOMAIN public.email AS public.citext COLLATE pg_catalog.\"C\" NOT NULL \
         CONSTRAINT short CHECK ((length((VALUE)::text) < 100));\n"
    );
    assert_eq!(domain(text, &Cuts { checks: set(&["gone"]), ..Cuts::default() }), None);
}

proptest! {
    /// Whatever names and texts are in a table: the other columns stay letter by letter.
    #[test]
    fn other_columns_stay_whatever_they_are_called(
        names in prop::collection::btree_set("[a-z\"(), '$]{1,12}", 2..6),
        texts in prop::collection::vec("[a-z'\"(),\\\\ ]{0,16}", 6),
        chosen in any::<prop::sample::Index>(),
    ) {
        let names: Vec<String> = names.into_iter().filter(|name| !name.trim().is_empty()).collect();
        prop_assume!(names.len() > 1);
        let chosen = chosen.index(names.len());
        let line = |at: usize, with: bool| {
            let default = if with { format!(" DEFAULT f({})", quote_literal(&texts[at])) } else { String::new() };
            format!("    {} text{default} NOT NULL", quote_identifier(&names[at]))
        };
        let made = |without: Option<usize>| {
            let lines: Vec<String> = (0..names.len()).map(|at| line(at, Some(at) != without)).collect();
            format!("CREATE TABLE public.t (\n{}\n);\n", lines.join(",\n"))
        };
        let cuts = Cuts { defaults: [names[chosen].clone()].into(), ..Cuts::default() };
        prop_assert_eq!(table(&made(None), &cuts), Some(made(Some(chosen))));
    }

    /// Nothing that a hostile archive holds makes it panic.
    #[test]
    fn any_text_is_cut_or_is_not_understood(text in ".{0,200}") {
        let cuts = Cuts { defaults: set(&["a"]), is_partitioned: true, ..Cuts::default() };
        let _ = table(&text, &cuts);
        let _ = domain(&text, &cuts);
    }
}
