//! What all measurements share: the programs, the places, and how often.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use postgres::tools::Program;

use crate::database::{Database, EMPTY, SHOP};
use crate::drive;
use crate::measure::{Cost, Flow};

/// Of the sealed file that holds the secrets of the measured profile.
const PASSPHRASE: &str = "nothing here is secret";
/// At full size one row counts once; with `QUICK=1` there is a tenth of them.
const QUICK_DIVISOR: u64 = 10;
/// Of what takes a minute each time: the scripts and the restores.
pub(crate) const ROUNDS_OF_MINUTES_MAX: usize = 3;

/// How a run goes.
#[derive(Debug)]
pub(crate) struct Bench {
    /// All temporary files.
    pub(crate) work: PathBuf,
    /// The command line.
    pub(crate) holdfast: PathBuf,
    /// Whether there is a tenth of the data, and empty runs are subtracted.
    pub(crate) is_quick: bool,
    /// How often everything is measured.
    pub(crate) rounds: usize,
}

/// What a measured command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// The data.
    Whole,
    /// Nothing, for what start-up and key derivation take.
    Nothing,
}

impl Load {
    /// The database that holds it.
    pub(crate) fn database(self) -> &'static str {
        match self {
            Self::Whole => SHOP,
            Self::Nothing => EMPTY,
        }
    }

    /// Its part of a name.
    pub(crate) fn word(self) -> &'static str {
        self.database()
    }
}

impl Bench {
    /// How often what takes a minute each time is measured.
    pub(crate) fn rounds_of_minutes(&self) -> usize {
        self.rounds.min(ROUNDS_OF_MINUTES_MAX)
    }

    /// What the data is divided by.
    pub(crate) fn divisor(&self) -> u64 {
        if self.is_quick { QUICK_DIVISOR } else { 1 }
    }

    /// The same, for limits.
    pub(crate) fn share(&self) -> f64 {
        if self.is_quick { 10.0 } else { 1.0 }
    }

    /// A path in the temporary directory.
    pub(crate) fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.work.join(name.as_ref())
    }

    /// A directory that is there and empty.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        remove(&path)?;
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Runs a flow.
    pub(crate) fn run(&self, flow: Flow) -> Result<Cost> {
        flow.run(&self.path("errors.log"))
    }

    /// Measures with the data and, if start-up is not judged, also without, and subtracts.
    pub(crate) fn judged(&self, mut measure: impl FnMut(Load) -> Result<Cost>) -> Result<Cost> {
        let whole = measure(Load::Whole)?;
        if !self.is_quick {
            return Ok(whole);
        }
        Ok(whole.without(&measure(Load::Nothing)?))
    }

    /// restic on a repository.
    pub(crate) fn restic(&self, repository: &Path) -> Command {
        let mut command = Command::new("restic");
        command.arg("--quiet").env("RESTIC_PASSWORD", drive::PASSWORD);
        command.env("RESTIC_REPOSITORY", repository).env("RESTIC_CACHE_DIR", self.path("restic-cache"));
        command
    }

    /// A new repository of restic's.
    pub(crate) fn new_restic(&self, name: &str) -> Result<PathBuf> {
        let place = self.fresh(name)?;
        let mut init = self.restic(&place);
        // Version 2 compresses, as ours does.
        init.args(["init", "--repository-version", "2"]);
        self.run(Flow::of(init))?;
        Ok(place)
    }

    /// borg on a repository. What it keeps beside the repository lies there too.
    pub(crate) fn borg(&self, repository: &Path) -> Command {
        let mut command = Command::new("borg");
        command.env("BORG_PASSPHRASE", drive::PASSWORD).env("BORG_REPO", repository);
        command.env("BORG_BASE_DIR", self.path("borg-base"));
        command
    }

    /// A new repository of borg's, encrypted as the others are.
    pub(crate) fn new_borg(&self, name: &str) -> Result<PathBuf> {
        let place = self.fresh(name)?;
        // It remembers which repository stood where.
        remove(&self.path("borg-base"))?;
        let mut init = self.borg(&place);
        init.args(["init", "--encryption", "repokey"]);
        self.run(Flow::of(init))?;
        Ok(place)
    }

    /// A new vault for the driver of the crate.
    pub(crate) fn new_vault(&self, name: &str) -> Result<PathBuf> {
        let place = self.fresh(name)?;
        drive::init(&place)?;
        Ok(place)
    }

    /// This program, as the driver of the vault alone.
    pub(crate) fn driver(arguments: &[&OsStr]) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        Ok(command)
    }

    /// Holdfast's command line on the profile that is measured.
    pub(crate) fn holdfast(&self, arguments: &[&str]) -> Command {
        let home = self.path("home");
        let mut command = Command::new(&self.holdfast);
        command.arg("--json").args(arguments);
        command.env("HOLDFAST_SECRETS", format!("file:{}", self.path("secrets").display()));
        command.env("HOLDFAST_HOME", home).env("HOLDFAST_PASSPHRASE_FILE", self.path("passphrase"));
        command
    }

    /// A new profile without a vault.
    pub(crate) fn new_home(&self) -> Result<()> {
        remove(&self.path("secrets"))?;
        self.fresh("home")?;
        fs::write(self.path("passphrase"), PASSPHRASE)?;
        Ok(())
    }

    /// A new profile with a new vault, and both databases as its projects.
    pub(crate) fn new_profile(&self, database: &Database) -> Result<PathBuf> {
        self.new_home()?;
        let (vault, kit, password) = (self.fresh("vault")?, self.path("kit.txt"), self.path("password"));
        remove(&kit)?;
        fs::write(&password, database.password())?;
        let (place, kit, password) = (text(&vault)?, text(&kit)?, text(&password)?);
        self.run(Flow::of(self.holdfast(&["vault", "init", "--path", place, "--kit", kit])))?;
        for name in [SHOP, EMPTY] {
            let url = database.url(name);
            let add = ["project", "add", name, "--postgres", &url, "--password-file", password];
            self.run(Flow::of(self.holdfast(&add)))?;
        }
        Ok(vault)
    }
}

/// `pg_dump` of a database.
pub(crate) fn pg_dump(database: &Database, load: Load, arguments: &[&str]) -> Command {
    let mut command = database.client(Program::PgDump);
    command.args(arguments).arg(load.database());
    command
}

/// A path as text.
pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

/// Removes a file or directory, if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| path.display().to_string())
        }
        _ => Ok(()),
    }
}
