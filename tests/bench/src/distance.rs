//! Backups of a server that is far away, by SSH: what runs there meets no distance.

use std::time::Duration;

use anyhow::{Context as _, Result};
use postgres::tools::Program;
use testkit::{Key, Sshd};

use crate::bench::{Bench, text};
use crate::database::{Database, EMPTY, SHOP};
use crate::measure::Flow;
use crate::report::{Figure, Report};
use crate::wan::{self, Line};

const LINE: Line = Line { round_trip: Duration::from_millis(30), bits_per_second: 100e6 };
/// A database whose dump asks much and sends little.
const SMALL: &str = "small_tables";
const TABLES: &str = "do $$ begin for t in 1..500 loop
    execute format('create table t%s (id int primary key, name text not null, at timestamptz)', t);
    execute format('insert into t%s select n, md5((n + %s)::text), now() from generate_series(1, 20) n', t, t);
    end loop; end $$;";
/// Seconds for 500 small tables, the connections and the proof included.
const SMALL_MAX: f64 = 6.0;
/// Of what `pg_dump` takes straight over the same line.
const LARGE_BUDGET: f64 = 0.45;
const RIVAL: &str = "pg_dump, straight";

/// Measures both, at 30 ms and 100 Mbit/s.
pub(crate) fn distance(bench: &Bench, database: &Database, report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let sshd =
        runtime.block_on(Sshd::start()).context("OpenSSH's server was not fetched: tools/setup test")?;
    database.sql("postgres", &format!("create database {SMALL} template template0"))?;
    database.sql(SMALL, TABLES)?;
    bench.new_home()?;
    let (vault, kit) = (bench.fresh("vault")?, bench.path("kit.txt"));
    crate::bench::remove(&kit)?;
    let password = bench.path("password");
    std::fs::write(&password, database.password())?;
    bench.run(Flow::of(bench.holdfast(&["vault", "init", "--path", text(&vault)?, "--kit", text(&kit)?])))?;
    let (key, fingerprint) = (sshd.key(Key::Open), sshd.fingerprint());
    let account = format!("{}@127.0.0.1:{}", sshd.address().user, wan::open(LINE, sshd.port())?);
    for name in [SMALL, SHOP, EMPTY] {
        let url = database.url(name);
        let add = ["project", "add", name, "--postgres", &url, "--ssh", &account, "--ssh-key", key.as_str()];
        let known = ["--ssh-host-key", &fingerprint, "--password-file", text(&password)?];
        bench.run(Flow::of(bench.holdfast(&[&add[..], &known].concat())))?;
    }
    let straight = wan::open(LINE, database.port())?;
    let (mut small, mut small_straight, mut large, mut large_straight) =
        <(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    for _ in 0..bench.rounds_of_minutes() {
        let ours = |name: &str| bench.run(Flow::of(bench.holdfast(&["backup", "run", name])));
        let theirs = |name: &str| {
            let mut dump = database.client(Program::PgDump);
            dump.env("PGHOST", "127.0.0.1").env("PGPORT", straight.to_string()).args(["-Fc", "-Z0", name]);
            bench.run(Flow::of(dump).write(&bench.path("straight.dump"))?)
        };
        small.push(ours(SMALL)?);
        small_straight.push(theirs(SMALL)?);
        large.push(bench.judged(|load| ours(load.database()))?);
        large_straight.push(bench.judged(|load| theirs(load.database()))?);
    }
    let what = "backup by SSH, 30 ms, 100 Mbit/s: 500 small tables";
    report.limit(what, Figure::WallS, &small, SMALL_MAX);
    report.compare(what, Figure::WallS, &small, RIVAL, &small_straight, None);
    let what = "backup by SSH, 30 ms, 100 Mbit/s: large";
    report.compare(what, Figure::WallS, &large, RIVAL, &large_straight, Some(LARGE_BUDGET));
    database.sql("postgres", &format!("drop database {SMALL}"))
}
