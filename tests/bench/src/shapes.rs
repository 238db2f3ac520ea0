//! Restores and drills of databases of other shapes than the shop's, whose long text indexes hide what a comparison
//! of all rows costs.

use anyhow::{Context as _, Result};

use crate::backups::{DRILL_BUDGET, LOADED_BUDGET, PROVEN_BUDGET, pg_restore_of, restore, tell};
use crate::bench::{Bench, text};
use crate::database::Database;
use crate::measure::Flow;
use crate::report::{Figure, Report};
use postgres::tools::Program;

const RIVAL: &str = "createdb; pg_restore -j2";

/// A database, made on its server.
struct Shape {
    name: &'static str,
    what: &'static str,
    /// SQL, with `ROWS` and `TABLES` in place of their numbers.
    sql: &'static str,
    rows: u64,
    tables: u64,
}

const SHAPES: [Shape; 2] = [
    Shape {
        name: "wide",
        what: "few large tables",
        sql: "create table readings (id bigint primary key, device int, at timestamptz, value float8, note text);
              create table moves (id bigint primary key, reading bigint, amount numeric(12, 2), tags text[], body jsonb);
              insert into readings select n, n % 5000, timestamptz '2024-01-01' + n * interval '1 second',
                  n * 0.37, md5(n::text) from generate_series(1, ROWS) n;
              insert into moves select n, 1 + n % ROWS, n % 90000 / 7.0, array[md5((n % 999)::text)],
                  jsonb_build_object('n', n, 'h', md5((n * 3)::text)) from generate_series(1, ROWS) n;
              create index on readings (device);",
        rows: 4_000_000,
        tables: 2,
    },
    Shape {
        name: "many",
        what: "2,000 small tables",
        sql: "do $$ begin for t in 1..TABLES loop
                  execute format('create table t%s (id int primary key, name text not null, at timestamptz)', t);
                  execute format('insert into t%s select n, md5((n + %s)::text), now() from generate_series(1, ROWS) n', t, t);
                  if t % 200 = 0 then commit; end if;
              end loop; end $$;",
        rows: 50,
        tables: 2_000,
    },
];

/// Measures each shape in a profile of its own.
pub(crate) fn shapes(bench: &Bench, database: &Database, report: &mut Report) -> Result<()> {
    for shape in &SHAPES {
        measure(bench, database, shape, report).with_context(|| shape.what)?;
    }
    Ok(())
}

fn measure(bench: &Bench, database: &Database, shape: &Shape, report: &mut Report) -> Result<()> {
    let Shape { name, what, .. } = shape;
    make(bench, database, shape)?;
    let (mut loaded, mut proven, mut drilled, mut theirs) = <(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    for _ in 0..bench.rounds_of_minutes() {
        let (until_loaded, until_proven) = restore(bench, database, name)?;
        loaded.push(until_loaded);
        proven.push(until_proven);
        drilled.push(bench.run(Flow::of(bench.holdfast(&["drill", "run", name])))?);
        theirs.push(pg_restore_of(bench, database, name)?);
        tell(what, &proven, &theirs);
    }
    let rows = [
        ("restore, loaded", &loaded, LOADED_BUDGET),
        ("restore, proven", &proven, PROVEN_BUDGET),
        ("drill", &drilled, DRILL_BUDGET),
    ];
    for (act, ours, budget) in rows {
        report.compare(&format!("{act}: {what}"), Figure::WallS, ours, RIVAL, &theirs, Some(budget));
    }
    database.sql("postgres", &format!("drop database {name}"))
}

fn make(bench: &Bench, database: &Database, shape: &Shape) -> Result<()> {
    let Shape { name, sql, rows, tables, .. } = shape;
    database.sql("postgres", &format!("create database {name} template template0"))?;
    // A tenth of the data is a tenth of the tables where these are what there is much of.
    let (rows, tables) = match tables {
        0..=10 => (rows / bench.divisor(), *tables),
        _ => (*rows, tables / bench.divisor()),
    };
    let sql = sql.replace("ROWS", &rows.to_string()).replace("TABLES", &tables.to_string());
    database.sql(name, &sql)?;
    database.sql(name, "analyze")?;
    bench.new_profile(database)?;
    let (url, password) = (database.url(name), bench.path("password"));
    let add = ["project", "add", name, "--postgres", &url, "--password-file", text(&password)?];
    bench.run(Flow::of(bench.holdfast(&add)))?;
    bench.run(Flow::of(bench.holdfast(&["backup", "run", name])))?;
    let mut dump = database.client(Program::PgDump);
    dump.args(["-Fc", name]);
    bench.run(Flow::of(dump).write(&bench.path(format!("{name}.custom")))?)?;
    Ok(())
}
