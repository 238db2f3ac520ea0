//! `make bench`: Holdfast beside `pg_dump`, restic and the scripts it replaces, on the same data, in
//! turns, on this computer.
//!
//! `bench run WORK HOLDFAST JSON` measures, with its temporary files in WORK; `bench sweep WORK`
//! removes what a killed run left. `bench vault-write|vault-files|vault-restore` drive the vault alone.
//! `QUICK=1`: a tenth of the data, and what the same commands take on nothing is subtracted.
//! `FULL=1`: five rounds instead of three.

mod backups;
mod bench;
mod database;
mod drive;
mod files;
mod measure;
mod random;
mod report;
mod vaults;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use engine::source::postgres::tools::Program;

use crate::bench::Bench;
use crate::database::{Database, utf8};
use crate::report::Report;

const ROUNDS: usize = 3;
const ROUNDS_FULL: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let words: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
    let Some((verb, places)) = words.split_first() else { bail!("usage: bench run WORK HOLDFAST JSON") };
    match (verb.to_str(), places) {
        (Some("run"), [work, holdfast, json]) => run(work, holdfast, json),
        (Some("sweep"), [work]) => Database::sweep(utf8(work)?),
        (Some("vault-write"), [vault]) => drive::write(vault),
        (Some("vault-files"), [vault, source]) => drive::write_files(vault, source),
        (Some("vault-restore"), [vault, destination]) => drive::restore(vault, destination),
        _ => bail!("usage: bench run WORK HOLDFAST JSON"),
    }
}

fn run(work: &Path, holdfast: &Path, json: &Path) -> Result<()> {
    let is_quick = is_set("QUICK");
    let rounds = if is_set("FULL") { ROUNDS_FULL } else { ROUNDS };
    let bench = Bench { work: work.to_owned(), holdfast: holdfast.to_owned(), is_quick, rounds };
    eprintln!("Making the database.");
    let database = Database::make(utf8(work)?, bench.divisor())?;
    let mut report = Report::new(is_quick, rounds, versions(&database)?);
    let first = backups::first(&bench, &database, &mut report)?;
    vaults::stream(&bench, &database, &mut report)?;
    backups::repeat(&bench, &database, &mut report)?;
    backups::verify_and_restore(&bench, &database, &first, &mut report)?;
    drop(database);
    vaults::many_files(&bench, &mut report)?;
    report.finish();
    report.save(json)?;
    std::io::stdout().lock().write_all(report.text().as_bytes())?;
    Ok(())
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The first line of what each rival says about itself.
fn versions(database: &Database) -> Result<Vec<String>> {
    let mut openssl = Command::new("openssl");
    openssl.arg("version");
    let mut restic = Command::new("restic");
    restic.arg("version");
    let mut gzip = Command::new("gzip");
    gzip.arg("--version");
    let mut pg_dump = database.client(Program::PgDump);
    pg_dump.arg("--version");
    [pg_dump, restic, gzip, openssl].into_iter().map(version).collect()
}

fn version(mut command: Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next().unwrap_or_default();
    // Without who built it, and with what.
    let end =
        [" (Debian", " (Ubuntu", " (Library", " compiled"].iter().filter_map(|mark| line.find(mark)).min();
    Ok(line[..end.unwrap_or(line.len())].to_owned())
}
