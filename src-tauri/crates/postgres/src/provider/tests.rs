//! What is recognised in dumps that are made here, and what the profiles say.

use super::*;
use crate::custom_format::{Header, LargeObjects, Section, TableDigest};

fn entry(kind: &str, schema: &str, tag: &str, copy: Option<String>) -> TocEntry {
    TocEntry {
        dump_id: 1,
        section: Section::PreData,
        has_data: copy.is_some(),
        tag: tag.to_owned(),
        kind: kind.to_owned(),
        definition: String::new(),
        copy,
        schema: Some(schema.to_owned()),
        owner: None,
        dependencies: Vec::new(),
        object: (0, 0),
    }
}

/// A dump with these tables, each with its columns and rows, and these other entries.
fn dump(tables: &[(&KnownTable, u64)], others: &[(&str, &str, &str)]) -> Summary {
    let copied = tables.iter().map(|(known, _)| {
        let columns = known.columns.join(", ");
        let copy = format!("COPY {}.{} (more, {columns}) FROM stdin;\n", known.schema, known.table);
        entry("TABLE DATA", known.schema, known.table, Some(copy))
    });
    let others = others.iter().map(|(kind, schema, tag)| entry(kind, schema, tag, None));
    let digest = |(known, rows): &(&KnownTable, u64)| TableDigest {
        schema: known.schema.to_owned(),
        name: known.table.to_owned(),
        rows: *rows,
        bytes: 0,
        fingerprint: String::new(),
    };
    let header = Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    Summary {
        toc: Toc { header, entries: copied.chain(others).collect(), prefix_bytes: 0 },
        tables: tables.iter().map(digest).collect(),
        large_objects: LargeObjects::default(),
        prefix_bytes: 0,
        blocks: Vec::new(),
    }
}

fn table_of(thing: &Thing) -> Option<&KnownTable> {
    match &thing.counted {
        Rule::Rows(known) => Some(known),
        Rule::Functions => None,
    }
}

fn known(many: &str) -> &'static KnownTable {
    let things = PROFILES.into_iter().flat_map(|profile| profile.things);
    things.filter(|thing| thing.many == many).find_map(table_of).unwrap()
}

const JOBS: KnownTable =
    KnownTable { schema: "cron", table: "job", columns: &["jobid", "schedule", "command"] };
const FUNCTIONS: [(&str, &str, &str); 4] = [
    ("FUNCTION", "public", "f()"),
    ("PROCEDURE", "private", "p()"),
    ("FUNCTION", "auth", "uid()"),
    ("COMMENT", "public", "FUNCTION f()"),
];

fn sentences(dump: &Summary, bytes: &[FileBytes], held: &str) -> Vec<String> {
    recognise(dump, bytes).map(|one| one.sentences(|component| component == held)).unwrap_or_default()
}

#[test]
fn a_person_recognises_their_project() {
    let tables = [
        (known("users"), 128),
        (known("buckets"), 3),
        (known("objects"), 4211),
        (known("secrets"), 1),
        (&JOBS, 0),
    ];
    let dump = dump(&tables, &FUNCTIONS);
    let bytes = [FileBytes { schema: "storage", table: "objects", bytes: 1_200_000_000 }];
    let found = recognise(&dump, &bytes).unwrap();
    assert_eq!(found.provider.as_deref(), Some("Supabase"));
    assert_eq!(
        sentences(&dump, &bytes, "storage"),
        ["128 users, 3 buckets with 4,211 objects (1.2 GB), 1 secret, 0 jobs, 2 functions"]
    );
    assert_eq!(
        sentences(&dump, &bytes, "config"),
        [
            "128 users, 3 buckets, 1 secret, 0 jobs, 2 functions",
            "the rows of 4,211 objects; their files (1.2 GB) are not in this backup"
        ]
    );
    assert_eq!(
        sentences(&dump, &[], "config")[1],
        "the rows of 4,211 objects; their files are not in this backup"
    );
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Recognised>(&text).unwrap(), found);
}

#[test]
fn without_objects_no_files_are_missing_and_one_is_said_as_one() {
    let with = |objects: u64| {
        let signs = [(known("users"), 0), (known("buckets"), 1), (known("objects"), objects)];
        sentences(&dump(&signs, &[]), &[], "database")
    };
    assert_eq!(with(0), ["0 users, 1 bucket with 0 objects"]);
    assert_eq!(with(1), ["0 users, 1 bucket", "the row of 1 object; its file is not in this backup"]);
}

#[test]
fn a_plain_database_is_like_no_platforms_and_shows_what_any_has() {
    let found = recognise(&dump(&[(&JOBS, 2)], &FUNCTIONS), &[]).unwrap();
    assert_eq!(found.provider, None);
    // Its schema `auth` is a person's like any other.
    assert_eq!(found.sentences(|_| false), ["2 jobs, 3 functions"]);
    assert_eq!(recognise(&dump(&[], &[]), &[]), None);
}

#[test]
fn tables_of_the_same_names_alone_are_no_platforms() {
    let other = |known: &KnownTable| KnownTable {
        schema: known.schema,
        table: known.table,
        columns: &["id", "name"],
    };
    let users = other(known("users"));
    let tables = [(&users, 5), (known("buckets"), 1), (known("objects"), 1), (known("secrets"), 1)];
    assert_eq!(recognise(&dump(&tables, &[]), &[]), None);
    // A view is in the dump, and no rows of it.
    let views = [("VIEW", "auth", "users"), ("VIEW", "storage", "objects"), ("TABLE", "storage", "buckets")];
    assert_eq!(recognise(&dump(&[], &views), &[]), None);
}

#[test]
fn a_profile_says_what_it_can_count() {
    for profile in PROFILES {
        assert!(!profile.signs.is_empty(), "{} would be every database", profile.name);
        for sign in profile.signs {
            assert!(!sign.columns.is_empty() && profile.schemas.contains(&sign.schema), "{sign:?}");
        }
        let of_extensions: Vec<_> =
            profile.extension_tables.iter().map(|(schema, table, _)| (*schema, *table)).collect();
        for (schema, table) in profile.noise.iter().chain(&of_extensions) {
            assert!(profile.schemas.contains(schema), "{schema}.{table}");
        }
        assert!(profile.noise.iter().all(|one| !of_extensions.contains(one)));
        assert!(profile.schemas.is_sorted() && profile.noise.is_sorted(), "{}", profile.name);
        for known in profile.things.iter().filter_map(table_of) {
            assert!(!profile.noise.contains(&(known.schema, known.table)), "{known:?}");
        }
        // Files are said with what they are in, which is said before them.
        assert!(profile.things.first().is_some_and(|thing| thing.files.is_none()));
    }
}
