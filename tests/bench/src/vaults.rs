//! The vault alone beside restic and borg: one stream, many files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::backups::tell;
use crate::bench::{Bench, Load, pg_dump, remove};
use crate::database::Database;
use crate::files;
use crate::measure::{Cost, Flow, bytes_below};
use crate::report::{Figure, Report};

const RESTIC: &str = "restic";
const BORG: &str = "borg, zstd 1";
/// Ours and restic's compress about as much.
const BORG_CREATE: [&str; 3] = ["create", "--compression", "zstd,1"];

/// What is done with many files.
const STEPS: [Step; 3] = [Step::First, Step::Repeat, Step::Restore];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    First,
    Repeat,
    Restore,
}

impl Step {
    fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Repeat => "repeat",
            Self::Restore => "restore",
        }
    }
}

/// A dump from a pipe into a new vault.
pub(crate) fn stream(bench: &Bench, database: &Database, report: &mut Report) -> Result<()> {
    let (mut ours, mut restic, mut borg) = <(Vec<Cost>, Vec<Cost>, Vec<Cost>)>::default();
    let (mut piped, mut bare) = <(Vec<Cost>, Vec<Cost>)>::default();
    let dump = bench.path("stream.dump");
    bench.run(Flow::of(pg_dump(database, Load::Whole, &["-Fc", "-Z0"])).write(&dump)?)?;
    // restic refuses to save an empty stream.
    fs::write(bench.path("nothing"), "x")?;
    for _ in 0..bench.rounds {
        let into = |place: PathBuf, load, command| {
            let mut cost = bench.run(of_file(bench, load).pipe(command).counting_the_last())?;
            cost.bytes_added = bytes_below(&place)?;
            anyhow::Ok(cost)
        };
        ours.push(bench.judged(|load| into(bench.path("stream-vault"), load, driver(bench)?))?);
        restic.push(bench.judged(|load| {
            let place = bench.new_restic("stream-restic")?;
            let mut command = bench.restic(&place);
            command.args(["backup", "--stdin"]);
            into(place, load, command)
        })?);
        borg.push(bench.judged(|load| {
            let place = bench.new_borg("stream-borg")?;
            let mut command = bench.borg(&place);
            command.args(BORG_CREATE).args(["::stream", "-"]);
            into(place, load, command)
        })?);
        let dump = |load| Flow::of(pg_dump(database, load, &["-Fc", "-Z0"]));
        piped.push(bench.judged(|load| bench.run(dump(load).pipe(driver(bench)?)))?);
        bare.push(bench.judged(|load| bench.run(dump(load)))?);
        tell("stream", &ours, &restic);
    }
    remove(&dump)?;
    let what = |figure: &str| format!("stream of a dump, {figure}");
    report.compare(&what("wall"), Figure::WallS, &ours, RESTIC, &restic, Some(0.45));
    report.compare(&what("CPU"), Figure::CpuS, &ours, RESTIC, &restic, Some(0.5));
    report.compare(&what("memory"), Figure::PeakMib, &ours, RESTIC, &restic, Some(1.0));
    for (rival, theirs) in [(RESTIC, &restic), (BORG, &borg)] {
        report.compare(&what("repository"), Figure::AddedMib, &ours, rival, theirs, None);
    }
    report.compare(&what("CPU"), Figure::CpuS, &ours, BORG, &borg, None);
    let rival = "pg_dump -Fc -Z0 > /dev/null";
    report.compare("pg_dump | vault, wall", Figure::WallS, &piped, rival, &bare, Some(1.5));
    Ok(())
}

/// Many files: first, with one of a hundred changed, and back.
pub(crate) fn many_files(bench: &Bench, report: &mut Report) -> Result<()> {
    let tree = bench.path("files");
    files::make(&tree, files::FILES / bench.divisor())?;
    fs::create_dir_all(bench.path("no-files"))?;
    let mut ours: [Vec<Cost>; 3] = Default::default();
    let mut restic: [Vec<Cost>; 3] = Default::default();
    let mut borg: [Vec<Cost>; 3] = Default::default();
    for round in 0..bench.rounds {
        bench.new_borg(&files_name("borg", Load::Whole))?;
        for load in [Load::Whole, Load::Nothing] {
            bench.new_vault(&files_name("vault", load))?;
            bench.new_restic(&files_name("restic", load))?;
        }
        for (at, step) in STEPS.into_iter().enumerate() {
            if step == Step::Repeat {
                files::change(&tree, round as u64)?;
            }
            ours[at].push(bench.judged(|load| our_step(bench, load, step))?);
            restic[at].push(bench.judged(|load| restic_step(bench, load, step))?);
            borg[at].push(bench.judged(|load| borg_step(bench, load, step))?);
            tell(&format!("files, {}", step.word()), &ours[at], &restic[at]);
        }
    }
    for (at, step) in STEPS.into_iter().enumerate() {
        let what = format!("many files, {}, wall", step.word());
        let rivals = [(RESTIC, restic[at].as_slice()), (BORG, borg[at].as_slice())];
        report.compare_best(&what, Figure::WallS, &ours[at], &rivals, 1.0);
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

/// Runs a restore into an empty directory, which is removed afterwards.
fn back(bench: &Bench, command: impl FnOnce(&Path) -> Result<Command>) -> Result<Cost> {
    let back = bench.fresh("files-back")?;
    let command = command(&back)?;
    let words = format!("{command:?}");
    let cost = bench.run(Flow::of(command)).with_context(|| words)?;
    remove(&back)?;
    Ok(cost)
}

fn our_step(bench: &Bench, load: Load, step: Step) -> Result<Cost> {
    let vault = bench.path(files_name("vault", load));
    if step == Step::Restore {
        return back(bench, |to| Bench::driver(&["vault-restore".as_ref(), vault.as_ref(), to.as_ref()]));
    }
    let files = source(bench, load);
    bench.run(Flow::of(Bench::driver(&["vault-files".as_ref(), vault.as_ref(), files.as_ref()])?))
}

fn restic_step(bench: &Bench, load: Load, step: Step) -> Result<Cost> {
    let mut command = bench.restic(&bench.path(files_name("restic", load)));
    if step == Step::Restore {
        return back(bench, |to| {
            command.args(["restore", "latest", "--target"]).arg(to);
            Ok(command)
        });
    }
    command.arg("backup").arg(source(bench, load));
    bench.run(Flow::of(command))
}

/// One repository holds both loads: in another, borg would begin with an empty cache of files.
fn borg_step(bench: &Bench, load: Load, step: Step) -> Result<Cost> {
    let mut command = bench.borg(&bench.path(files_name("borg", Load::Whole)));
    if step == Step::Restore {
        return back(bench, |to| {
            command.arg("extract").arg(format!("::{}-{}", Step::Repeat.word(), load.word())).current_dir(to);
            Ok(command)
        });
    }
    command.args(BORG_CREATE).arg(format!("::{}-{}", step.word(), load.word())).arg(source(bench, load));
    bench.run(Flow::of(command))
}
