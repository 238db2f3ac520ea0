//! What the tap sees in a dump, against what the server says; and a load of that dump, against the dump.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base::meter::Meter;
use camino::Utf8Path;
use postgres::cluster::{Cluster, ClusterSpec, Purpose};
use postgres::compare::{DumpedTable, TableDifference, compare};
use postgres::connection::Session;
use postgres::custom_format::{BlockKind, CopiedTable, FormatError, Summary, Tap};
use postgres::fill::{LoadError, LoadReport, Ownership, StoredDump, load};
use postgres::target::Target;
use postgres::tools::{Program, ToolSet};
use testkit::tool_sets;
use tokio_util::sync::CancellationToken;

/// What is awkward in tables: names, values, shapes, sizes, owners.
const ODD: &str = r#"
create schema "Sch (ema"; create role odd_owner nologin;
create table "Sch (ema"."t ""q"" FROM stdin; é" (id bigint generated always as identity, "a, b)" text, n numeric);
insert into "Sch (ema"."t ""q"" FROM stdin; é" ("a, b)", n) select repeat(chr(233) || chr(128512), i % 7), i / 3.0 from generate_series(1, 500) i;
create table texts (t text, b bytea, x text, f float8, v interval, w timestamptz);
insert into texts values (E'\\.', '\x00ff0a5c', '<a/><b/>', 'NaN', '-1 year 2 days -03:04:05.6', '1066-10-14 12:00+00 BC'),
  (E'\\N', null, null, 1e-310, null, 'infinity'), (null, '', null, '-0', '0', '2024-02-29'::date + time '1:00'),
  (E'a\nb\tc\rd\\e\b\f\v', '\x', 'text', 0.1, '1 mon', now()), ('', null, null, null, null, null), (E'\\', null, null, null, null, null);
insert into texts (t) select repeat('long ', 200000 + i) from generate_series(1, 3) i;
do $$ begin create table xmls (x xml); insert into xmls values ('<a/><b/>'), ('text'), (null);
  exception when feature_not_supported then raise notice 'built without XML'; end $$;
create table gen (id int primary key, twice int generated always as (id * 2) stored, dropped text, last text);
alter table gen drop column dropped; insert into gen (id, last) select i, i::text from generate_series(1, 1000) i;
create table part (id int, at date) partition by range (at);
create table part_1 partition of part for values from ('2020-01-01') to ('2021-01-01');
create table part_2 (at date, junk int, id int); alter table part_2 drop column junk; alter table part attach partition part_2 default;
insert into part select i, date '2019-12-01' + i from generate_series(1, 700) i;
create table empty (); create table rows_of_nothing (); insert into rows_of_nothing select from generate_series(1, 9);
create table never (id int); create table parent (id int references gen); create table child (more text) inherits (parent);
insert into parent select i from generate_series(1, 40) i; insert into child select i, 'c' from generate_series(1, 41) i;
create sequence far start 1 maxvalue 9223372036854775807; select setval('far', 9000000000000000000);
create sequence "Se'q\"; select nextval('"Se''q\"');
create sequence unused start 77 increment -1 minvalue -5 maxvalue 100;
create materialized view mat as select id, twice from gen where id < 10;
create unlogged table quick (id int); insert into quick select generate_series(1, 20);
create view v as select * from gen; create table owned (id int); alter table owned owner to odd_owner;
insert into owned values (1); revoke all on owned from odd_owner; grant select on owned to public;
alter table texts enable row level security; create policy p on texts using (false);
create function touched() returns trigger language plpgsql as $$ begin new.last := 'touched'; return new; end $$;
create trigger touch before insert on gen for each row execute function touched();
comment on table gen is E'a \\ comment''s\nsecond line';
select lo_from_bytea(0, convert_to(repeat('large object ', i * 4000), 'UTF8')) from generate_series(0, 5) i;
select lo_put(lo_from_bytea(4000000000, ''), 3000000, 'after a hole');
comment on large object 4000000000 is 'with a hole'; grant select on large object 4000000000 to public;
"#;

/// Tables large enough that their indexes do not wait for the last row, and what must wait all the same.
const LARGE: &str = r#"
create table small (id int primary key, word text); insert into small select i, 'word ' || i from generate_series(0, 99) i;
create function word_of(int) returns text immutable language sql as 'select word from public.small where id = $1';
create table large (id int not null, small_id int not null, before int, note text not null);
insert into large select i, i % 100, nullif(i - 1, 0), repeat('note ' || i || ' ', 16) from generate_series(1, 80000) i;
alter table large add primary key (id), add unique (id, note), replica identity using index large_id_note_key, cluster on large_pkey,
  add foreign key (small_id) references small, add foreign key (before) references large;
create index by_word on large (word_of(small_id)); create index by_note on large using gin (to_tsvector('simple', note));
create index "odd; ALTER TABLE" on large (small_id desc) where before > 9; comment on index by_note is 'a comment';
alter index by_word alter column 1 set statistics 7; create materialized view mat as select * from large where id < 9;
"#;
/// What of them `catalogue` does not show.
const LARGE_LOOK: &str = "select pg_get_indexdef(indexrelid) || indisvalid || indisclustered || indisreplident || coalesce(obj_description(indexrelid, 'pg_class'), '')
    from pg_index where indrelid::regclass::text in ('large', 'small') union all select count(*)::text from large where word_of(small_id) = 'word 7'
    union all select count(*)::text from large where to_tsvector('simple', note) @@ '77' union all select convalidated::text || conname from pg_constraint where conrelid::regclass::text in ('large', 'small') order by 1";

struct Bench {
    profile: tempfile::TempDir,
    /// A set of tools for each version that is here.
    sets: Vec<ToolSet>,
}

impl Bench {
    /// `None` on a computer without Postgres.
    fn new() -> Option<Self> {
        let sets = tool_sets();
        if sets.is_empty() {
            return None;
        }
        Some(Self { profile: tempfile::tempdir().unwrap(), sets })
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.profile.path()).unwrap()
    }

    async fn cluster(&self, set: &ToolSet) -> Cluster {
        let lock = self.path().join("owner.lock");
        let cluster =
            Cluster::create(ClusterSpec::new(self.path(), Purpose::Scratch, set, lock)).await.unwrap();
        cluster.start().await.unwrap();
        cluster
    }
}

fn target(cluster: &Cluster, database: &str) -> Target {
    let settings = cluster.settings(database);
    Target { settings, password: Some(cluster.password().clone()), application: "holdfast test".into() }
}

/// A session as an application has it, with the path of its role.
async fn session(target: &Target) -> Session {
    let session = target.session().await.unwrap();
    session.client.batch_execute("reset search_path").await.unwrap();
    session
}

async fn run(target: &Target, sql: &str) {
    let session = session(target).await;
    session.client.batch_execute(sql).await.unwrap();
    session.close().await;
}

/// One column of text.
async fn ask(target: &Target, sql: &str) -> Vec<String> {
    let session = session(target).await;
    let rows = session.client.query(sql, &[]).await.unwrap();
    session.close().await;
    rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect()
}

/// A database with the odd tables.
async fn odd(cluster: &Cluster) -> Target {
    run(&target(cluster, "postgres"), "create database odd").await;
    let odd = target(cluster, "odd");
    run(&odd, ODD).await;
    odd
}

fn pg_dump(set: &ToolSet, target: &Target, arguments: &[&str]) -> Vec<u8> {
    let settings = &target.settings;
    let output = Command::new(set.path(Program::PgDump))
        .env("PGHOST", &settings.host)
        .env("PGPORT", settings.port.to_string())
        .env("PGUSER", &settings.user)
        .env("PGDATABASE", &settings.database)
        .env("PGPASSWORD", target.password.as_ref().unwrap().expose())
        .env("PGTZ", "UTC")
        .arg("-Fc")
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", set.path(Program::PgDump)));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn tapped(dump: &[u8], mut size: impl FnMut() -> usize) -> Result<Summary, FormatError> {
    let mut tap = Tap::new();
    let mut rest = dump;
    while !rest.is_empty() {
        let (slice, later) = rest.split_at(size().clamp(1, rest.len()));
        tap.push(slice);
        rest = later;
    }
    tap.finish()
}

fn whole(dump: &[u8]) -> Result<Summary, FormatError> {
    tapped(dump, || usize::MAX)
}

/// Numbers below a limit, the same in every run.
fn dice(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |limit| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % limit
    }
}

fn stored(dump: &Arc<Vec<u8>>, summary: &Summary) -> StoredDump {
    let bytes = Arc::clone(dump);
    StoredDump {
        beside: Vec::new(),
        bytes: dump.len() as u64,
        prefix_bytes: summary.prefix_bytes,
        blocks: summary.blocks.clone(),
        tables: summary.tables.clone(),
        open: Arc::new(move |offset, length| {
            let start = usize::try_from(offset).unwrap();
            let end = start + usize::try_from(length).unwrap();
            Ok(Box::new(Cursor::new(bytes[start..end].to_vec())) as Box<dyn Read + Send>)
        }),
    }
}

async fn load_into(
    bench: &Bench,
    set: &ToolSet,
    target: &Target,
    dump: &StoredDump,
    token: &CancellationToken,
) -> Result<LoadReport, LoadError> {
    let folder = bench.path().join("load");
    let ownership = Ownership { owners: true, privileges: true };
    let loaded = load(dump, target, set, &folder, 3, ownership, &Arc::default(), token, &|_| {}).await;
    assert!(!folder.exists(), "the private folder stays behind");
    loaded
}

async fn differences(summary: &Summary, target: &Target) -> Vec<TableDifference> {
    let copies: BTreeMap<_, _> = summary
        .toc
        .entries
        .iter()
        .filter(|entry| entry.copy.is_some())
        .filter_map(|entry| Some(((entry.schema.as_deref()?, &*entry.tag), CopiedTable::of(entry).unwrap())))
        .collect();
    let tables = summary
        .tables
        .iter()
        .map(|digest| DumpedTable::new(digest.clone(), copies[&(&*digest.schema, &*digest.name)].clone()))
        .collect();
    let meter = Arc::new(Meter::default());
    compare(target, tables, summary.toc.encoding(), 2, &meter, &CancellationToken::new()).await.unwrap()
}

/// All that can differ besides rows, as text.
async fn catalogue(target: &Target) -> Vec<String> {
    ask(
        target,
        "select 'relation ' || c.oid::regclass::text || ' ' || relkind::text || ' ' || relowner::regrole::text || coalesce(relacl::text, '') || relrowsecurity::text
            from pg_class c join pg_namespace n on n.oid = relnamespace where nspname !~ '^pg_' and nspname <> 'information_schema'
        union all select 'sequence ' || schemaname || '.' || sequencename || ' ' || coalesce(last_value::text, 'never') from pg_sequences
        union all select 'constraint ' || conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid >= 16384
        union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
        union all select 'object ' || oid::text || ' ' || md5(lo_get(oid)) || coalesce(lomacl::text, '') || coalesce(obj_description(oid, 'pg_largeobject'), '') from pg_largeobject_metadata
        union all select 'view ' || count(*)::text from mat
        order by 1",
    )
    .await
}

/// What one database's catalogue has and the other's has not, both ways.
async fn lost_and_new(before: &Target, after: &Target) -> Vec<String> {
    let (before, after) = (catalogue(before).await, catalogue(after).await);
    let lost = before.iter().filter(|line| !after.contains(line)).map(|line| format!("lost: {line}"));
    lost.chain(after.iter().filter(|line| !before.contains(line)).map(|line| format!("new: {line}")))
        .collect()
}

#[tokio::test]
async fn odd_tables_are_counted_in_their_dump_and_loaded_unchanged() {
    let Some(bench) = Bench::new() else { return };
    for set in &bench.sets {
        eprintln!("PostgreSQL {}", set.major());
        let cluster = bench.cluster(set).await;
        let odd = odd(&cluster).await;
        let dump = Arc::new(pg_dump(set, &odd, &["-Z0"]));

        let summary = whole(&dump).unwrap();
        let mut random = dice(7);
        assert_eq!(tapped(&dump, || 1 + random(9000)).unwrap(), summary);
        assert_eq!(tapped(&dump, || 1).unwrap(), summary);

        let names = ask(
            &odd,
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace
            where relkind = 'r' and nspname !~ '^pg_' and nspname <> 'information_schema' order by 1",
        )
        .await;
        assert_eq!(summary.tables.len(), names.len());
        for table in &summary.tables {
            let name =
                format!("\"{}\".\"{}\"", table.schema.replace('"', "\"\""), table.name.replace('"', "\"\""));
            assert_eq!(
                ask(&odd, &format!("select count(*)::text from only {name}")).await,
                [table.rows.to_string()],
                "{name}"
            );
        }
        let objects = ask(
            &odd,
            "select count(*)::text || ' ' || sum(length(lo_get(oid)))::text from pg_largeobject_metadata",
        )
        .await;
        assert_eq!(objects, [format!("{} {}", summary.large_objects.count, summary.large_objects.bytes)]);
        assert_eq!(differences(&summary, &odd).await, []);

        run(&odd, "create database copy").await;
        let copy = target(&cluster, "copy");
        let report =
            load_into(&bench, set, &copy, &stored(&dump, &summary), &CancellationToken::new()).await.unwrap();
        assert_eq!(report.rows, summary.tables.iter().map(|table| table.rows).sum::<u64>());
        assert_eq!(report.tables, summary.tables.len() as u64);
        assert_eq!(differences(&summary, &copy).await, []);
        assert_eq!(lost_and_new(&odd, &copy).await, [] as [String; 0]);

        run(
            &copy,
            "update never set id = 1; delete from gen where id = 500; update part set id = -1 where id = 3",
        )
        .await;
        let found: BTreeSet<String> =
            differences(&summary, &copy).await.into_iter().map(|found| found.table).collect();
        assert_eq!(found, BTreeSet::from(["public.gen".to_owned(), "public.part_2".to_owned()]));
        cluster.remove().await.unwrap();
    }
}

#[tokio::test]
async fn indexes_of_large_tables_are_those_of_the_dump_and_one_that_cannot_be_made_ends_the_load() {
    let Some(bench) = Bench::new() else { return };
    for set in &bench.sets {
        let cluster = bench.cluster(set).await;
        for name in ["large", "copy", "occupied"] {
            run(&target(&cluster, "postgres"), &format!("create database {name} template template0")).await;
            run(&target(&cluster, "postgres"), &format!("alter database {name} set enable_seqscan = off"))
                .await;
        }
        let (large, copy) = (target(&cluster, "large"), target(&cluster, "copy"));
        run(&large, LARGE).await;
        let dump = Arc::new(pg_dump(set, &large, &["-Z0"]));
        let summary = whole(&dump).unwrap();
        let (stored, token) = (stored(&dump, &summary), CancellationToken::new());
        let report = load_into(&bench, set, &copy, &stored, &token).await.unwrap();
        assert_eq!(report.differences.unwrap(), []);
        assert_eq!(lost_and_new(&large, &copy).await, [] as [String; 0]);
        assert_eq!(ask(&copy, LARGE_LOOK).await, ask(&large, LARGE_LOOK).await);

        let occupied = target(&cluster, "occupied");
        run(&occupied, "create table by_note ()").await;
        let refused = load_into(&bench, set, &occupied, &stored, &token).await;
        assert!(
            matches!(&refused, Err(LoadError::Tool { first, .. }) if first.contains("by_note")),
            "{refused:?}"
        );
        assert_eq!(
            ask(&occupied, "select conname::text from pg_constraint where contype = 'f'").await,
            [] as [&str; 0]
        );
        cluster.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_newer_client_dumps_and_loads_an_older_server() {
    let Some(bench) = Bench::new() else { return };
    let (old, new) = (bench.sets.first().unwrap(), bench.sets.last().unwrap());
    if old.major() == new.major() {
        return testkit::skip("one version of Postgres is here; `tools/setup test` brings two more");
    }
    let cluster = bench.cluster(old).await;
    let odd = odd(&cluster).await;
    let dump = Arc::new(pg_dump(new, &odd, &["-Z0"]));
    let summary = whole(&dump).unwrap();
    run(&odd, "create database copy").await;
    let copy = target(&cluster, "copy");
    load_into(&bench, new, &copy, &stored(&dump, &summary), &CancellationToken::new()).await.unwrap();
    assert_eq!(differences(&summary, &copy).await, []);
    assert_eq!(lost_and_new(&odd, &copy).await, [] as [String; 0]);
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn a_cut_dump_is_an_error_wherever_it_was_cut_and_no_damage_panics() {
    let Some(bench) = Bench::new() else { return };
    for set in &bench.sets {
        eprintln!("PostgreSQL {}", set.major());
        let cluster = bench.cluster(set).await;
        let small = target(&cluster, "postgres");
        run(&small, "create table a as select 1 i; create table b (t text); insert into b values ('x'), (null); select lo_from_bytea(77, 'object')").await;
        let dump = pg_dump(set, &small, &["-Z0"]);
        whole(&dump).unwrap();

        for end in 0..dump.len() {
            let cut = whole(&dump[..end]);
            assert!(cut.is_err(), "cut at {end} of {}: {cut:?}", dump.len());
        }
        let mut random = dice(11);
        for _ in 0..20_000 {
            let mut damaged = dump.clone();
            for _ in 0..=random(3) {
                let at = random(damaged.len());
                damaged[at] = u8::try_from(random(256)).unwrap();
            }
            let _ = tapped(&damaged, || 1 + random(3000));
        }
        cluster.remove().await.unwrap();
    }
}

#[tokio::test]
async fn compressed_dumps_and_inserts_are_refused_with_the_reason() {
    let Some(bench) = Bench::new() else { return };
    let set = &bench.sets[0];
    let cluster = bench.cluster(set).await;
    let small = target(&cluster, "postgres");
    run(&small, "create table a as select 1 i").await;
    assert_eq!(whole(&pg_dump(set, &small, &["-Z6"])), Err(FormatError::Compressed));
    let inserts = whole(&pg_dump(set, &small, &["-Z0", "--inserts"]));
    assert!(matches!(&inserts, Err(FormatError::NotCopy { table }) if table == "a"), "{inserts:?}");
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn a_load_that_cannot_be_whole_fails() {
    let Some(bench) = Bench::new() else { return };
    let set = &bench.sets[0];
    let cluster = bench.cluster(set).await;
    let small = target(&cluster, "postgres");
    run(&small, "create table a as select i from generate_series(1, 9) i; create table b as select 2 i; select lo_from_bytea(77, 'object')").await;
    for name in ["one", "two", "three", "four", "five"] {
        run(&small, &format!("create database {name} template template0")).await;
    }
    let dump = Arc::new(pg_dump(set, &small, &["-Z0"]));
    let summary = whole(&dump).unwrap();
    let token = CancellationToken::new();

    let mut lost = stored(&dump, &summary);
    lost.blocks.retain(|block| {
        summary.toc.entries.iter().all(|entry| entry.dump_id != block.dump_id || entry.tag != "a")
    });
    assert!(
        load_into(&bench, set, &target(&cluster, "one"), &lost, &token).await.is_err(),
        "a table's block is missing"
    );
    let mut lost = stored(&dump, &summary);
    lost.blocks.retain(|block| block.kind == BlockKind::Rows);
    assert!(
        load_into(&bench, set, &target(&cluster, "two"), &lost, &token).await.is_err(),
        "the objects' block is missing"
    );

    let mut other = stored(&dump, &summary);
    other.tables.iter_mut().for_each(|table| table.rows += u64::from(table.name == "a"));
    let counted = load_into(&bench, set, &target(&cluster, "three"), &other, &token).await;
    assert!(matches!(counted, Err(LoadError::RowCount { loaded: 9, expected: 10, .. })), "{counted:?}");

    let occupied = target(&cluster, "four");
    run(&occupied, "create table a (other text)").await;
    let refused = load_into(&bench, set, &occupied, &stored(&dump, &summary), &token).await;
    assert!(matches!(refused, Err(LoadError::Tool { .. })), "{refused:?}");

    let mut panicking = stored(&dump, &summary);
    let (open, block) = (Arc::clone(&panicking.open), summary.blocks[0]);
    panicking.tables.clear();
    panicking.open =
        Arc::new(
            move |offset, length| {
                if offset == block.offset { panic!("a bug in a store") } else { open(offset, length) }
            },
        );
    let broken = load_into(&bench, set, &target(&cluster, "five"), &panicking, &token).await;
    assert!(broken.is_err(), "a reader died and the table was taken as it was");
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_load_ends_soon_and_leaves_no_session() {
    let Some(bench) = Bench::new() else { return };
    let set = &bench.sets[0];
    let cluster = bench.cluster(set).await;
    let odd = odd(&cluster).await;
    run(&odd, "create database copy").await;
    let dump = Arc::new(pg_dump(set, &odd, &["-Z0"]));
    let summary = whole(&dump).unwrap();
    let token = CancellationToken::new();
    let mut slow = stored(&dump, &summary);
    let (open, prefix, cancel) = (Arc::clone(&slow.open), summary.prefix_bytes, token.clone());
    let (opened, blocks) = (Arc::new(AtomicUsize::new(0)), summary.blocks.len());
    let of_open = Arc::clone(&opened);
    slow.open = Arc::new(move |offset, length| {
        if offset >= prefix {
            of_open.fetch_add(1, Ordering::Relaxed);
            cancel.cancel();
        }
        open(offset, length)
    });
    let cancelled = load_into(&bench, set, &target(&cluster, "copy"), &slow, &token).await;
    assert!(matches!(cancelled, Err(LoadError::Cancelled)), "{cancelled:?}");
    assert!(opened.load(Ordering::Relaxed) < blocks, "it went on: {opened:?} of {blocks} blocks");
    let left = "select pid::text from pg_stat_activity where datname = 'copy'";
    testkit::poll::soon("no session is left", async || ask(&odd, left).await.is_empty()).await;
    cluster.remove().await.unwrap();
}
