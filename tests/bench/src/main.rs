//! `make bench`: Holdfast beside `pg_dump`, restic, borg, curl, aria2c and the scripts it replaces, on the same data, in
//! turns, on this computer.
//!
//! `bench run WORK HOLDFAST JSON` measures, with its temporary files in WORK; `bench sweep WORK`
//! removes what a killed run left. `bench vault-write|vault-files|vault-restore` drive the vault alone,
//! `bench download` a download.
//! `QUICK=1`: a tenth of the data, three rounds instead of five, and what the same commands take on
//! nothing is subtracted. `ROWS="stream files"` measures these groups alone.

#![allow(clippy::disallowed_methods, reason = "what stands in for the world makes files and starts programs")]

mod backups;
mod bench;
mod catalogue;
mod database;
mod distance;
mod downloads;
mod drive;
mod extensions;
mod files;
mod measure;
mod random;
mod report;
mod shapes;
mod vaults;
mod wan;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use postgres::tools::{Program, SearchRoots, Tools};

use crate::bench::Bench;
use crate::database::{Database, utf8};
use crate::report::Report;

const ROUNDS: usize = 5;
const ROUNDS_QUICK: usize = 3;
/// What can be measured alone.
const GROUPS: [&str; 12] = [
    "first",
    "stream",
    "repeat",
    "restore",
    "drill",
    "shapes",
    "ssh",
    "extensions",
    "files",
    "catalogue",
    "lists",
    "downloads",
];
/// Groups that need the server.
const GROUPS_OF_THE_SERVER: [&str; 7] = ["first", "stream", "repeat", "restore", "drill", "shapes", "ssh"];

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
        (Some("download"), [url, folder]) => downloads::drive(url, folder),
        _ => bail!("usage: bench run WORK HOLDFAST JSON"),
    }
}

fn run(work: &Path, holdfast: &Path, json: &Path) -> Result<()> {
    let is_quick = is_set("QUICK");
    let rounds = if is_quick { ROUNDS_QUICK } else { ROUNDS };
    let groups = groups()?;
    let has = |group: &str| groups.iter().any(|wanted| wanted == group);
    let bench = Bench { work: work.to_owned(), holdfast: holdfast.to_owned(), is_quick, rounds };
    let mut report = Report::new(is_quick, rounds, groups.clone(), versions()?);
    let measured = measure(&bench, &has, &mut report);
    // What was measured before something failed took its time too.
    report.finish();
    report.save(json)?;
    std::io::stdout().lock().write_all(report.text().as_bytes())?;
    measured
}

fn measure(bench: &Bench, has: &impl Fn(&str) -> bool, report: &mut Report) -> Result<()> {
    if GROUPS_OF_THE_SERVER.into_iter().any(has) {
        with_the_server(bench, has, report)?;
    }
    if has("extensions") {
        extensions::extensions(bench, report)?;
    }
    if has("files") {
        vaults::many_files(bench, report)?;
    }
    if has("catalogue") {
        catalogue::rebuild(bench, report)?;
    }
    if has("lists") {
        catalogue::lists(bench, report)?;
    }
    if has("downloads") {
        downloads::downloads(bench, report)?;
    }
    Ok(())
}

fn with_the_server(bench: &Bench, has: &impl Fn(&str) -> bool, report: &mut Report) -> Result<()> {
    eprintln!("Making the database.");
    let database = Database::make(utf8(&bench.work)?, bench.divisor())?;
    let first = if has("first") {
        Some(backups::first(bench, &database, report)?)
    } else {
        if has("repeat") || has("restore") || has("drill") {
            backups::prepare(bench, &database)?;
        }
        None
    };
    if has("stream") {
        vaults::stream(bench, &database, report)?;
    }
    if has("repeat") {
        backups::repeat(bench, &database, report)?;
    }
    if has("restore") {
        backups::verify_and_restore(bench, &database, first.as_ref(), report)?;
    }
    if has("drill") {
        backups::drill(bench, &database, report)?;
    }
    if has("shapes") {
        shapes::shapes(bench, &database, report)?;
    }
    if has("ssh") {
        distance::distance(bench, &database, report)?;
    }
    Ok(())
}

/// The groups that are wanted, in their order; all, unless some are named.
fn groups() -> Result<Vec<String>> {
    let wanted = std::env::var("ROWS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if let Some(unknown) = wanted.iter().find(|word| !GROUPS.contains(word)) {
        bail!("ROWS has no group {unknown:?}; there are: {}", GROUPS.join(" "));
    }
    let is_wanted = |group: &&str| wanted.is_empty() || wanted.contains(group);
    Ok(GROUPS.into_iter().filter(is_wanted).map(str::to_owned).collect())
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The first line of what each rival says about itself.
fn versions() -> Result<Vec<String>> {
    let tools = Tools::discover(&SearchRoots::of_this_system());
    let server = tools.newest_server()?;
    let program = |name: &str, argument: &str| {
        let mut command = Command::new(name);
        command.arg(argument);
        command
    };
    let mut pg_dump = Command::new(server.path(Program::PgDump));
    pg_dump.arg("--version");
    let others = [
        ("restic", "version"),
        ("borg", "--version"),
        ("gzip", "--version"),
        ("openssl", "version"),
        ("curl", "--version"),
        ("aria2c", "--version"),
    ];
    let others = others.into_iter().map(|(name, argument)| program(name, argument));
    std::iter::once(pg_dump).chain(others).map(version).collect()
}

fn version(mut command: Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next().unwrap_or_default();
    // Without who built it, and with what.
    let end = [" (Debian", " (Ubuntu", " (Library", " (x86_64", " (aarch64", " compiled"]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min();
    Ok(line[..end.unwrap_or(line.len())].to_owned())
}
