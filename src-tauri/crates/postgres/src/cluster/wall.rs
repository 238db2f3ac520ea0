//! The wall that the operating system puts around a private server.
//!
//! What is loaded into such a server was written by others, and much of it runs: functions of constraints and
//! indexes, event triggers, for a superuser whole libraries. So the server's processes start no program, read
//! and write nothing outside of their own folder but what the server is made of, and reach nobody, whatever
//! they run. What cannot be walled in here is said by [`Wall`], and never passed over in silence.
//!
//! Only the server is walled in: `initdb` needs a shell, and runs before there is anything foreign.

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod bounds;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", all(test, target_os = "linux")))]
mod profile;

use std::process::{Child, Command};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

#[cfg(any(target_os = "linux", target_os = "macos"))]
use self::bounds::Bounds;
use super::error::ClusterError;
use super::place::Place;
use crate::process::{ProcessError, bare_command};
use crate::tools::{Program, ToolSet};

/// Whether a server is to be walled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confinement {
    /// As far as this system can. Everything that Holdfast itself runs is.
    #[default]
    Walled,
    /// Not at all: for a server that stands for somebody else's, in tests and benchmarks.
    Open,
}

/// How a private server is walled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wall {
    /// Its processes start no program but the server's own, touch no file outside of their folder but what the
    /// server is made of, and reach neither the network nor another program.
    Whole,
    /// The same, with these gaps.
    Partly {
        /// What is left open; never empty.
        missing: Vec<Gap>,
    },
    /// Its processes may do all that the account may that runs them.
    None {
        /// Why there is none.
        why: NoWall,
    },
}

/// What a wall leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Files elsewhere can be emptied, though not read or written.
    Emptying,
    /// Processes of the same account can be ended.
    Signals,
    /// Sockets of other programs and the network can be reached, and rights and times of files changed.
    Calls,
    /// Services of the system can be asked.
    Services,
}

/// Why there is no wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoWall {
    /// The kernel is without Landlock.
    NoLandlock,
    /// This system has nothing that could be used.
    NoMeans,
    /// Nobody asked for one.
    NotAsked,
}

impl Wall {
    /// The wall that this system can put up. Blocks for a moment.
    pub fn here() -> Self {
        here()
    }

    /// How it stands, for a fact beside others: a word, and what there is to add.
    pub fn fact(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Whole => ("whole", Some("no program, no file of others, no network".into())),
            Self::Partly { missing } => ("in part", Some(format!("its processes could {}", gaps(missing)))),
            Self::None { why } => ("none", Some(why.words().into())),
        }
    }

    /// What to consider before something foreign is loaded, as a sentence; nothing where it is whole.
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Partly { missing } => Some(format!(
                "This computer walls the private server in only in part: code of the backup could {} there.",
                gaps(missing)
            )),
            Self::None { why } => Some(format!(
                "Nothing walls the private server in ({}): code of the backup could do there what the account may that runs it.",
                why.words()
            )),
        }
    }

    /// What would make it whole, as a sentence that is safe to follow.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Partly { .. } if cfg!(target_os = "linux") => Some(
                "Linux 6.12 or newer closes that. Until then, drill what comes from servers that you trust.",
            ),
            Self::None { why: NoWall::NoLandlock } => Some(
                "Use Linux 6.12 or newer, with `landlock` among the names in /sys/kernel/security/lsm. Until then, drill what comes from servers that you trust.",
            ),
            Self::Partly { .. } | Self::None { .. } => {
                Some("Drill what comes from servers that you trust, or on another server: `--on PROJECT`.")
            }
        }
    }
}

impl Gap {
    fn words(self) -> &'static str {
        match self {
            Self::Emptying => "empty files of its account",
            Self::Signals => "end other programs of its account",
            Self::Calls => "reach other programs and the network",
            Self::Services => "ask services of the system",
        }
    }
}

impl NoWall {
    fn words(self) -> &'static str {
        match self {
            Self::NoLandlock => "this Linux has no Landlock, or it is switched off",
            Self::NoMeans => "this system has nothing for it that Holdfast can use",
            Self::NotAsked => "it was not asked for",
        }
    }
}

fn gaps(missing: &[Gap]) -> String {
    missing.iter().map(|gap| gap.words()).collect::<Vec<_>>().join(" and ")
}

/// What a server is started with: how, where, by which programs.
pub(super) struct Launch<'a> {
    pub(super) tools: &'a ToolSet,
    pub(super) confinement: Confinement,
    #[cfg_attr(not(any(target_os = "linux", target_os = "macos")), expect(dead_code, reason = "no wall"))]
    pub(super) place: &'a Place,
    /// Whether it listens on the port of its place too.
    #[cfg_attr(not(any(target_os = "linux", target_os = "macos")), expect(dead_code, reason = "no wall"))]
    pub(super) is_on_loopback: bool,
}

impl Launch<'_> {
    /// The server's program; what wraps it where a wall is a program.
    pub(super) fn command(&self) -> Command {
        match self.confinement {
            Confinement::Walled => self.wrapped(),
            Confinement::Open => bare_command(&self.program()),
        }
    }

    /// Parameters that a walled server needs.
    pub(super) fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        match self.confinement {
            // What processes share lies in the server's folder, not among that of others in /dev/shm. That is as
            // fast: measured with joins and indexes that are built in parallel.
            Confinement::Walled if cfg!(target_os = "linux") => &[("dynamic_shared_memory_type", "mmap")],
            Confinement::Walled | Confinement::Open => &[],
        }
    }

    /// Starts it behind the wall that can stand here.
    ///
    /// # Errors
    /// [`ClusterError::Process`]; [`ClusterError::Wall`] where one could stand and does not.
    pub(super) fn start(&self, command: Command) -> Result<(Child, Wall), ClusterError> {
        match self.confinement {
            Confinement::Walled => self.start_walled(command),
            Confinement::Open => Ok((self.spawn(command)?, Wall::None { why: NoWall::NotAsked })),
        }
    }

    #[cfg(target_os = "linux")]
    fn wrapped(&self) -> Command {
        bare_command(&self.program())
    }

    #[cfg(target_os = "linux")]
    fn start_walled(&self, command: Command) -> Result<(Child, Wall), ClusterError> {
        let bounds = Bounds::of(self.place, self.tools, self.is_on_loopback);
        linux::behind(&bounds, || self.spawn(command))
    }

    #[cfg(target_os = "macos")]
    fn wrapped(&self) -> Command {
        if here() == (Wall::None { why: NoWall::NoMeans }) {
            return bare_command(&self.program());
        }
        let bounds = Bounds::of(self.place, self.tools, self.is_on_loopback);
        let mut command = bare_command(profile::PROGRAM.into());
        command.arg("-p").arg(profile::text(&bounds)).arg(self.program());
        command
    }

    #[cfg(target_os = "macos")]
    fn start_walled(&self, command: Command) -> Result<(Child, Wall), ClusterError> {
        Ok((self.spawn(command)?, here()))
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    fn wrapped(&self) -> Command {
        bare_command(&self.program())
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    fn start_walled(&self, command: Command) -> Result<(Child, Wall), ClusterError> {
        Ok((self.spawn(command)?, here()))
    }

    fn spawn(&self, command: Command) -> Result<Child, ClusterError> {
        started(command, &self.program())
    }

    fn program(&self) -> Utf8PathBuf {
        self.tools.path(Program::Postgres)
    }
}

/// Starts another program behind the wall that can stand here: it touches this folder, and listens on this port.
///
/// # Errors
/// [`ClusterError::Process`]; [`ClusterError::Wall`] where one could stand and does not.
#[cfg(target_os = "linux")]
pub(super) fn start_program(
    program: &Utf8Path,
    folder: &Utf8Path,
    port: u16,
    tell: impl FnOnce(&mut Command) + Send,
) -> Result<(Child, Wall), ClusterError> {
    let bounds = Bounds::of_program(program, folder, port);
    linux::behind(&bounds, move || {
        let mut command = bare_command(program);
        tell(&mut command);
        started(command, program)
    })
}

/// See the twin for Linux.
///
/// # Errors
/// [`ClusterError::Process`].
#[cfg(target_os = "macos")]
pub(super) fn start_program(
    program: &Utf8Path,
    folder: &Utf8Path,
    port: u16,
    tell: impl FnOnce(&mut Command) + Send,
) -> Result<(Child, Wall), ClusterError> {
    let wall = here();
    let mut command = if wall == (Wall::None { why: NoWall::NoMeans }) {
        bare_command(program)
    } else {
        let mut command = bare_command(Utf8Path::new(profile::PROGRAM));
        command.arg("-p").arg(profile::text(&Bounds::of_program(program, folder, port))).arg(program);
        command
    };
    tell(&mut command);
    Ok((started(command, program)?, wall))
}

/// See the twin for Linux.
///
/// # Errors
/// [`ClusterError::Process`].
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn start_program(
    program: &Utf8Path,
    _: &Utf8Path,
    _: u16,
    tell: impl FnOnce(&mut Command) + Send,
) -> Result<(Child, Wall), ClusterError> {
    let mut command = bare_command(program);
    tell(&mut command);
    Ok((started(command, program)?, here()))
}

fn started(mut command: Command, program: &Utf8Path) -> Result<Child, ClusterError> {
    let path = program.to_owned();
    let started = command.spawn();
    started.map_err(|source| ClusterError::Process { source: ProcessError::Start { path, source } })
}

#[cfg(target_os = "linux")]
fn here() -> Wall {
    linux::here()
}

#[cfg(target_os = "macos")]
fn here() -> Wall {
    if Utf8Path::new(profile::PROGRAM).is_file() {
        Wall::Partly { missing: vec![Gap::Signals, Gap::Services] }
    } else {
        Wall::None { why: NoWall::NoMeans }
    }
}

/// Windows walls a child in by its token and by jobs, and both only by calls that are not safe to make.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn here() -> Wall {
    Wall::None { why: NoWall::NoMeans }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_and_a_whole_wall_warns_of_nothing() {
        let partly = Wall::Partly { missing: vec![Gap::Emptying, Gap::Signals] };
        assert_eq!(
            partly.fact(),
            (
                "in part",
                Some(
                    "its processes could empty files of its account and end other programs of its account"
                        .into()
                )
            )
        );
        assert!(partly.warning().unwrap().contains("end other programs"), "{partly:?}");
        let none = Wall::None { why: NoWall::NoLandlock };
        assert!(none.warning().unwrap().contains("no Landlock") && none.hint().is_some());
        assert_eq!((Wall::Whole.warning(), Wall::Whole.hint()), (None, None));
    }
}
