//! Backups and restores of the database by the real command line, beside what people do without it.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use postgres::tools::Program;
use serde_json::Value;

use crate::bench::{Bench, Load, pg_dump, remove, text};
use crate::database::Database;
use crate::measure::{Cost, Flow, bytes_below};
use crate::report::{Figure, Report, mib};

const MEMORY_LIMIT_MIB: f64 = 256.0;
const SCRIPTS: &str = "pg_dump; gzip; openssl";
const RESTIC: &str = "pg_dump | restic";

/// Costs of all rounds.
type Costs = Vec<Cost>;

/// Without the `pg_dump` that writes into it.
const RESTIC_ALONE: &str = "restic alone";

/// What a backup, proof included, may take of restic's CPU. Neither the server's nor `pg_dump`'s is counted: nobody
/// reads a database without them.
const OWN_CPU: f64 = 0.4;

/// Until every row is loaded and every index is built; the comparison may go on.
pub(crate) const LOADED_BUDGET: f64 = 1.0;
/// Until every row was compared too.
pub(crate) const PROVEN_BUDGET: f64 = 1.3;
/// The same, with a server that is made and removed.
pub(crate) const DRILL_BUDGET: f64 = 1.35;
const MS_PER_S: f64 = 1000.0;

/// Our first backups.
#[derive(Debug, Default)]
pub(crate) struct First {
    ours: Costs,
}

/// First backups of a new vault: CPU of clients and server. Ours reads back what it wrote before it
/// counts as done; a verification alone is shown with the restores.
pub(crate) fn first(bench: &Bench, database: &Database, report: &mut Report) -> Result<First> {
    let (mut ours, mut scripts, mut restic) = <(Costs, Costs, Costs)>::default();
    let server = database.process;
    for round in 0..bench.rounds {
        let vault = bench.new_profile(database)?;
        ours.push(bench.judged(|load| growing(&vault, || server.with(|| back_up(bench, load))))?);
        let repository = bench.new_restic("restic")?;
        let backup = |load| growing(&repository, || server.with(|| restic_backup(bench, database, load)));
        restic.push(bench.judged(backup)?);
        if round < bench.rounds_of_minutes() {
            scripts.push(bench.judged(|load| server.with(|| the_scripts_way(bench, database, load)))?);
        }
        tell("first backup", &ours, &restic);
    }
    let what = "first backup, total CPU";
    report.compare(what, Figure::CpuS, &ours, SCRIPTS, &scripts, Some(0.25));
    report.compare(what, Figure::CpuS, &ours, RESTIC, &restic, None);
    report.compare("first backup, own CPU", Figure::OwnCpuS, &ours, RESTIC_ALONE, &restic, Some(OWN_CPU));
    report.compare("first backup, wall", Figure::WallS, &ours, RESTIC, &restic, None);
    let what = "first backup, repository size";
    report.compare(what, Figure::AddedMib, &ours, RESTIC, &restic, None);
    report.limit("first backup, peak memory", Figure::PeakMib, &ours, MEMORY_LIMIT_MIB);
    Ok(First { ours })
}

/// The vaults that the first backups leave, for those who only measure what follows.
pub(crate) fn prepare(bench: &Bench, database: &Database) -> Result<()> {
    bench.new_profile(database)?;
    bench.new_restic("restic")?;
    for load in [Load::Whole, Load::Nothing] {
        back_up(bench, load)?;
        restic_backup(bench, database, load)?;
    }
    Ok(())
}

/// Backups after scattered changes, into the vaults that the first ones left.
pub(crate) fn repeat(bench: &Bench, database: &Database, report: &mut Report) -> Result<()> {
    let (mut ours, mut restic) = <(Costs, Costs)>::default();
    let server = database.process;
    let (vault, repository) = (bench.path("vault"), bench.path("restic"));
    for round in 0..bench.rounds {
        database.change_rows(round as u64)?;
        ours.push(bench.judged(|load| growing(&vault, || server.with(|| back_up(bench, load))))?);
        let backup = |load| growing(&repository, || server.with(|| restic_backup(bench, database, load)));
        restic.push(bench.judged(backup)?);
        tell("repeat", &ours, &restic);
    }
    report.compare("repeat, bytes added", Figure::AddedMib, &ours, RESTIC, &restic, Some(0.6));
    report.compare("repeat, total CPU", Figure::CpuS, &ours, RESTIC, &restic, None);
    report.compare("repeat, own CPU", Figure::OwnCpuS, &ours, RESTIC_ALONE, &restic, Some(OWN_CPU));
    report.limit("repeat, peak memory", Figure::PeakMib, &ours, MEMORY_LIMIT_MIB);
    Ok(())
}

/// Verifying and restoring what was backed up, and the memory of all of it.
pub(crate) fn verify_and_restore(
    bench: &Bench,
    database: &Database,
    first: Option<&First>,
    report: &mut Report,
) -> Result<()> {
    let (mut verified, mut loaded, mut ours, mut theirs) = <(Costs, Costs, Costs, Costs)>::default();
    for load in [Load::Whole, Load::Nothing] {
        bench.run(Flow::of(pg_dump(database, load, &["-Fc"])).write(&bench.path(custom_name(load)))?)?;
    }
    for _ in 0..bench.rounds_of_minutes() {
        verified.push(bench.judged(|load| verify(bench, load))?);
        let mut until_loaded = Vec::new();
        ours.push(bench.judged(|load| {
            let (first, all) = restore(bench, database, load.database())?;
            until_loaded.push(first);
            Ok(all)
        })?);
        loaded.extend(until_loaded.into_iter().reduce(|whole, empty| whole.without(&empty)));
        theirs.push(bench.judged(|load| pg_restore(bench, database, load))?);
        tell("restore", &ours, &theirs);
    }
    let rival = "createdb; pg_restore -j2";
    report.compare("restore, loaded", Figure::WallS, &loaded, rival, &theirs, Some(LOADED_BUDGET));
    report.compare("restore, proven", Figure::WallS, &ours, rival, &theirs, Some(PROVEN_BUDGET));
    if let Some(first) = first {
        let what = "first backup beside a verification";
        report.compare(what, Figure::CpuS, &first.ours, "holdfast verify", &verified, None);
    }
    for (what, costs) in [("verify", &verified), ("restore", &ours)] {
        report.limit(&format!("{what}, peak memory"), Figure::PeakMib, costs, MEMORY_LIMIT_MIB);
    }
    Ok(())
}

/// A drill with all of its checks, beside a restore with none.
pub(crate) fn drill(bench: &Bench, database: &Database, report: &mut Report) -> Result<()> {
    let (mut ours, mut theirs) = <(Costs, Costs)>::default();
    for load in [Load::Whole, Load::Nothing] {
        bench.run(Flow::of(pg_dump(database, load, &["-Fc"])).write(&bench.path(custom_name(load)))?)?;
    }
    for _ in 0..bench.rounds_of_minutes() {
        ours.push(
            bench.judged(|load| bench.run(Flow::of(bench.holdfast(&["drill", "run", load.database()]))))?,
        );
        theirs.push(bench.judged(|load| pg_restore(bench, database, load))?);
        tell("drill", &ours, &theirs);
    }
    let rival = "createdb; pg_restore -j2";
    report.compare("drill with all checks, wall", Figure::WallS, &ours, rival, &theirs, Some(DRILL_BUDGET));
    report.limit("drill, peak memory", Figure::PeakMib, &ours, MEMORY_LIMIT_MIB);
    Ok(())
}

fn back_up(bench: &Bench, load: Load) -> Result<Cost> {
    bench.run(Flow::of(bench.holdfast(&["backup", "run", load.database()])))
}

fn verify(bench: &Bench, load: Load) -> Result<Cost> {
    let backup = format!("{}@latest", load.database());
    bench.run(Flow::of(bench.holdfast(&["verify", &backup, "--level", "readable"])))
}

fn restic_backup(bench: &Bench, database: &Database, load: Load) -> Result<Cost> {
    let mut restic = bench.restic(&bench.path("restic"));
    restic.args(["backup", "--stdin", "--stdin-filename", load.database()]);
    bench.run(Flow::of(pg_dump(database, load, &[])).pipe(restic))
}

fn the_scripts_way(bench: &Bench, database: &Database, load: Load) -> Result<Cost> {
    let plain = bench.path("scripts.sql");
    let (zipped, sealed) = (bench.path("scripts.sql.gz"), bench.path("scripts.sql.gz.enc"));
    let dumped = bench.run(Flow::of(pg_dump(database, load, &[])).write(&plain)?)?;
    let mut gzip = Command::new("gzip");
    gzip.arg(&plain);
    let mut openssl = Command::new("openssl");
    openssl.args(["enc", "-aes-256-cbc", "-pbkdf2", "-pass", "env:BENCH_PASSWORD", "-in"]).arg(&zipped);
    openssl.arg("-out").arg(&sealed).env("BENCH_PASSWORD", crate::drive::PASSWORD);
    let cost = dumped.and(bench.run(Flow::of(gzip))?).and(bench.run(Flow::of(openssl))?);
    remove(&zipped)?;
    remove(&sealed)?;
    Ok(cost)
}

fn custom_name(load: Load) -> String {
    format!("{}.custom", load.word())
}

/// Restores the newest backup of a database into a new one: until all is loaded, and until it is shown to be what was
/// backed up.
pub(crate) fn restore(bench: &Bench, database: &Database, source: &str) -> Result<(Cost, Cost)> {
    let (back, plan, said) = (format!("{source}_back"), bench.path("plan.json"), bench.path("said.json"));
    remove(&plan)?;
    let (backup, file) = (format!("{source}@latest"), text(&plan)?);
    let planned = ["restore", "plan", &backup, "--to-new-database", &back, "--out", file];
    bench.run(Flow::of(bench.holdfast(&planned)))?;
    let apply = bench.holdfast(&["restore", "apply", file, "--confirm", &back]);
    let proven = bench.run(Flow::of(apply).write(&said)?)?;
    let said: Value = serde_json::from_slice(&fs::read(&said)?)?;
    let check_ms = find(&said, "checkMs").and_then(Value::as_f64).context("no checkMs in what was said")?;
    database.sql("postgres", &format!("drop database {back}"))?;
    let wall_s = (proven.wall_s - check_ms / MS_PER_S).max(0.0);
    Ok((Cost { wall_s, ..proven }, proven))
}

/// A field, wherever it is in a document.
fn find<'a>(document: &'a Value, field: &str) -> Option<&'a Value> {
    match document {
        Value::Object(fields) => {
            fields.get(field).or_else(|| fields.values().find_map(|value| find(value, field)))
        }
        Value::Array(all) => all.iter().find_map(|value| find(value, field)),
        _ => None,
    }
}

fn pg_restore(bench: &Bench, database: &Database, load: Load) -> Result<Cost> {
    pg_restore_of(bench, database, load.word())
}

/// `pg_restore` of a database that `pg_dump` wrote to a file of its name.
pub(crate) fn pg_restore_of(bench: &Bench, database: &Database, source: &str) -> Result<Cost> {
    let name = format!("{source}_theirs");
    let mut create = database.client(Program::Psql);
    create.args(["--quiet", "--no-psqlrc", "--dbname=postgres", "--command"]);
    create.arg(format!("create database {name} template template0"));
    let created = bench.run(Flow::of(create))?;
    let mut command = database.client(Program::PgRestore);
    command.args(["-j2", "--dbname", &name]).arg(bench.path(format!("{source}.custom")));
    let cost = created.and(bench.run(Flow::of(command))?);
    database.sql("postgres", &format!("drop database {name}"))?;
    Ok(cost)
}

fn growing(place: &std::path::Path, work: impl FnOnce() -> Result<Cost>) -> Result<Cost> {
    let before = bytes_below(place)?;
    let cost = work()?;
    let Some(bytes_added) = bytes_below(place)?.checked_sub(before) else {
        bail!("{} became smaller", place.display());
    };
    Ok(Cost { bytes_added, ..cost })
}

/// One line per round on standard error: how far it is.
pub(crate) fn tell(what: &str, ours: &[Cost], theirs: &[Cost]) {
    let figures = |costs: &[Cost]| {
        costs.last().map_or_else(String::new, |cost| {
            let (wall, cpu, own, peak) = (cost.wall_s, cost.cpu_s, cost.own_s, mib(cost.peak_bytes));
            format!(
                "{wall:.2} s, CPU {cpu:.2} s (own {own:.2} s), {peak:.0} MiB, +{:.1} MiB",
                mib(cost.bytes_added)
            )
        })
    };
    eprintln!("{what} {}: ours {}; rival {}", ours.len(), figures(ours), figures(theirs));
}
