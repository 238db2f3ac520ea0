//! The vault alone beside restic: one stream, many files.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::backups::{cpu, tell, wall};
use crate::bench::{Bench, Load, pg_dump, remove};
use crate::database::Database;
use crate::files;
use crate::measure::{Cost, Flow};
use crate::report::{Report, Unit, mib};

const RESTIC: &str = "restic";

/// A dump from a pipe into a new vault.
pub(crate) fn stream(bench: &Bench, database: &Database, report: &mut Report) -> Result<()> {
    let (mut ours, mut restic, mut piped, mut bare) =
        <(Vec<Cost>, Vec<Cost>, Vec<Cost>, Vec<Cost>)>::default();
    let dump = bench.path("stream.dump");
    bench.run(Flow::of(pg_dump(database, Load::Whole, &["-Fc", "-Z0"])).write(&dump)?)?;
    // restic refuses to save an empty stream.
    fs::write(bench.path("nothing"), "x")?;
    for _ in 0..bench.rounds {
        ours.push(
            bench.judged(|load| bench.run(of_file(bench, load).pipe(driver(bench)?).counting_the_last()))?,
        );
        restic.push(bench.judged(|load| {
            let mut command = bench.restic(&bench.new_restic("stream-restic")?);
            command.args(["backup", "--stdin"]);
            bench.run(of_file(bench, load).pipe(command).counting_the_last())
        })?);
        let dump = |load| Flow::of(pg_dump(database, load, &["-Fc", "-Z0"]));
        piped.push(bench.judged(|load| bench.run(dump(load).pipe(driver(bench)?)))?);
        bare.push(bench.judged(|load| bench.run(dump(load)))?);
        tell("stream", &ours, &restic);
    }
    remove(&dump)?;
    let what = |figure: &str| format!("stream of a dump, {figure}");
    report.compare(&what("wall"), Unit::WallS, &wall(&ours), RESTIC, &wall(&restic), Some(0.45));
    report.compare(&what("CPU"), Unit::CpuS, &cpu(&ours), RESTIC, &cpu(&restic), Some(0.5));
    report.compare(&what("memory"), Unit::Mib, &peaks(&ours), RESTIC, &peaks(&restic), Some(1.0));
    let rival = "pg_dump -Fc -Z0 > /dev/null";
    report.compare("pg_dump | vault, wall", Unit::WallS, &wall(&piped), rival, &wall(&bare), Some(1.5));
    Ok(())
}

/// Many files: first, with one of a hundred changed, and back.
pub(crate) fn many_files(bench: &Bench, report: &mut Report) -> Result<()> {
    let tree = bench.path("files");
    files::make(&tree, files::FILES / bench.divisor())?;
    fs::create_dir_all(bench.path("no-files"))?;
    let mut ours: [Vec<Cost>; 3] = Default::default();
    let mut restic: [Vec<Cost>; 3] = Default::default();
    for round in 0..bench.rounds {
        for load in [Load::Whole, Load::Nothing] {
            bench.new_vault(&files_name("vault", load))?;
            bench.new_restic(&files_name("restic", load))?;
        }
        for step in 0..3 {
            if step == 1 {
                files::change(&tree, round as u64)?;
            }
            ours[step].push(bench.judged(|load| our_step(bench, load, step))?);
            restic[step].push(bench.judged(|load| restic_step(bench, load, step))?);
            tell("files", &ours[step], &restic[step]);
        }
    }
    for (step, name) in ["first", "repeat", "restore"].into_iter().enumerate() {
        let (what, ours, theirs) =
            (format!("many files, {name}, wall"), wall(&ours[step]), wall(&restic[step]));
        report.compare(&what, Unit::WallS, &ours, RESTIC, &theirs, Some(1.0));
    }
    remove(&tree)
}

fn of_file(bench: &Bench, load: Load) -> Flow {
    let mut cat = Command::new("cat");
    cat.arg(bench.path(if load == Load::Whole { "stream.dump" } else { "nothing" }));
    Flow::of(cat)
}

/// The driver, on a new vault.
fn driver(bench: &Bench) -> Result<Command> {
    let vault = bench.new_vault("stream-vault")?;
    Bench::driver(&["vault-write".as_ref(), vault.as_ref()])
}

fn files_name(whose: &str, load: Load) -> String {
    format!("files-{whose}-{}", load.word())
}

fn source(bench: &Bench, load: Load) -> PathBuf {
    bench.path(if load == Load::Whole { "files" } else { "no-files" })
}

fn our_step(bench: &Bench, load: Load, step: usize) -> Result<Cost> {
    let vault = bench.path(files_name("vault", load));
    if step < 2 {
        let files = source(bench, load);
        return bench.run(Flow::of(Bench::driver(&[
            "vault-files".as_ref(),
            vault.as_ref(),
            files.as_ref(),
        ])?));
    }
    let back = bench.fresh("files-back")?;
    let cost =
        bench.run(Flow::of(Bench::driver(&["vault-restore".as_ref(), vault.as_ref(), back.as_ref()])?))?;
    remove(&back)?;
    Ok(cost)
}

fn restic_step(bench: &Bench, load: Load, step: usize) -> Result<Cost> {
    let mut command = bench.restic(&bench.path(files_name("restic", load)));
    if step < 2 {
        command.arg("backup").arg(source(bench, load));
        return bench.run(Flow::of(command));
    }
    let back = bench.fresh("files-back")?;
    command.args(["restore", "latest", "--target"]).arg(&back);
    let cost = bench.run(Flow::of(command)).context("restic restore")?;
    remove(&back)?;
    Ok(cost)
}

fn peaks(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|cost| mib(cost.peak_bytes)).collect()
}
