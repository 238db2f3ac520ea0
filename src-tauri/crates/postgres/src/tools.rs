//! The client programs of Postgres on this computer: where they are, which majors, which one to use.
//!
//! It finds and chooses; `process` runs them. Choice follows the rule of the programs themselves:
//! `pg_dump` must be at least as new as the server, `pg_restore` at least as new as the archive
//! (Postgres docs, `pg_dump`, "Notes").

mod discover;
mod extensions;
mod program;
mod roots;

pub use program::{Program, ToolSet, ToolVersion};
pub use roots::SearchRoots;

/// What was found on this computer, the oldest major first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// One entry per directory of programs.
    pub found: Vec<ToolSet>,
}

/// Why there is no program for a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolsError {
    /// The program was found nowhere.
    #[error("{program} was not found on this computer")]
    Missing {
        /// What was looked for.
        program: Program,
        /// The major that would fit, where one is known.
        wanted_major: Option<u16>,
    },
    /// Every one that was found is older than what it would have to read.
    #[error("the newest {program} here is {tool_major}, and the {other} is {wanted_major}")]
    TooOld {
        /// What was looked for.
        program: Program,
        /// The newest that was found.
        tool_major: u16,
        /// What it would have to read: `server` or `archive`.
        other: &'static str,
        /// Its major.
        wanted_major: u16,
    },
}

impl ToolsError {
    /// What to do about it, in a sentence that is safe to follow on this system.
    pub fn hint(&self) -> String {
        let major = match self {
            Self::Missing { wanted_major, .. } => wanted_major.unwrap_or(NEWEST_MAJOR_KNOWN),
            Self::TooOld { wanted_major, .. } => *wanted_major,
        };
        let kind = match self {
            Self::Missing { program, .. } | Self::TooOld { program, .. } if program.is_server() => "server",
            _ => "client",
        };
        if cfg!(target_os = "macos") {
            format!("Install it with `brew install postgresql@{major}`.")
        } else if cfg!(windows) {
            format!("Install the PostgreSQL {major} command line tools from postgresql.org.")
        } else if kind == "server" {
            format!(
                "Install the package postgresql-{major}, from apt.postgresql.org if your system has none."
            )
        } else {
            format!(
                "Install the package postgresql-client-{major}, from apt.postgresql.org if your system has none."
            )
        }
    }
}

/// What a hint names when nothing tells which major would fit.
const NEWEST_MAJOR_KNOWN: u16 = 18;

impl Tools {
    /// Looks in the roots, and asks each directory's programs for their version once.
    pub fn discover(roots: &SearchRoots) -> Self {
        Self { found: discover::discover(roots) }
    }

    /// The set whose `pg_dump` fits the server: its major, else the next newer.
    ///
    /// # Errors
    /// [`ToolsError`] when there is none, or only older ones.
    pub fn for_dump(&self, server_major: u16) -> Result<&ToolSet, ToolsError> {
        self.at_least(Program::PgDump, "server", server_major)
    }

    /// The set whose `pg_restore` reads the archive and fits the server it loads: the server's
    /// major where that is new enough for the archive, else the next newer.
    ///
    /// An older server may refuse settings that a newer archive carries; that is the plan's to judge.
    ///
    /// # Errors
    /// [`ToolsError`] when there is none, or only ones older than the archive.
    pub fn for_restore(&self, archive_major: u16, server_major: u16) -> Result<&ToolSet, ToolsError> {
        let program = Program::PgRestore;
        self.at_least(program, "server", server_major.max(archive_major))
            .or_else(|_| self.at_least(program, "archive", archive_major))
    }

    /// The set that runs a server of this very major, or of the next newer one that is here.
    ///
    /// # Errors
    /// [`ToolsError`] when no server programs are here, or only older ones.
    pub fn for_cluster(&self, major: u16) -> Result<&ToolSet, ToolsError> {
        self.at_least(Program::Postgres, "server", major)
    }

    /// The newest set that can run a server; of two of one version the one with more beside it, since a
    /// folder may hold links to the server's programs and none to its clients.
    ///
    /// # Errors
    /// [`ToolsError::Missing`] when no server programs are here.
    pub fn newest_server(&self) -> Result<&ToolSet, ToolsError> {
        let servers = self.found.iter().filter(|set| set.can_run_a_server());
        servers
            .max_by_key(|set| (set.version, set.programs().count()))
            .ok_or(ToolsError::Missing { program: Program::Postgres, wanted_major: None })
    }

    fn at_least(
        &self,
        program: Program,
        other: &'static str,
        wanted_major: u16,
    ) -> Result<&ToolSet, ToolsError> {
        let able: Vec<&ToolSet> = self
            .found
            .iter()
            .filter(|set| if program.is_server() { set.can_run_a_server() } else { set.has(program) })
            .collect();
        let newest = able.iter().map(|set| set.major()).max();
        let fitting = able.into_iter().filter(|set| set.major() >= wanted_major);
        // The lowest major that fits, of that one the newest minor, and of that the most complete folder.
        let order = |set: &&ToolSet| (set.major(), std::cmp::Reverse((set.version, set.programs().count())));
        fitting.min_by_key(order).ok_or(match newest {
            Some(tool_major) => ToolsError::TooOld { program, tool_major, other, wanted_major },
            None => ToolsError::Missing { program, wanted_major: Some(wanted_major) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(major: u16, minor: u16, programs: &[Program]) -> ToolSet {
        let version = ToolVersion { major, minor };
        ToolSet::new(format!("/opt/{major}.{minor}").into(), version, programs.iter().copied())
    }

    fn clients(versions: &[(u16, u16)]) -> Tools {
        let found = versions.iter();
        Tools { found: found.map(|(major, minor)| set(*major, *minor, &Program::CLIENTS)).collect() }
    }

    #[test]
    fn a_folder_with_a_servers_programs_alone_comes_after_a_complete_one() {
        const SERVER: [Program; 3] = [Program::Initdb, Program::Postgres, Program::PgCtl];
        let (bare, complete) =
            (set(15, 18, &SERVER), set(15, 18, &[&SERVER[..], &Program::CLIENTS].concat()));
        for found in [vec![bare.clone(), complete.clone()], vec![complete, bare]] {
            let tools = Tools { found };
            assert!(tools.newest_server().unwrap().has(Program::Psql));
            assert!(tools.for_cluster(15).unwrap().has(Program::Psql));
        }
    }

    #[test]
    fn a_dump_takes_the_servers_major_else_the_next_newer() {
        let tools = clients(&[(13, 1), (15, 4), (15, 9), (18, 0)]);
        assert_eq!(tools.for_dump(15).unwrap().version, ToolVersion { major: 15, minor: 9 });
        assert_eq!(tools.for_dump(14).unwrap().major(), 15);
        assert_eq!(tools.for_dump(16).unwrap().major(), 18);
    }

    #[test]
    fn an_older_dump_program_is_refused() {
        let refused = clients(&[(15, 9)]).for_dump(16).unwrap_err();
        let expected = ToolsError::TooOld {
            program: Program::PgDump,
            tool_major: 15,
            other: "server",
            wanted_major: 16,
        };
        assert_eq!(refused, expected);
        assert_eq!(refused.to_string(), "the newest pg_dump here is 15, and the server is 16");
        assert!(refused.hint().contains("16"), "{}", refused.hint());
    }

    #[test]
    fn no_tools_are_missing_tools() {
        let missing = Tools::default().for_dump(15).unwrap_err();
        assert_eq!(missing, ToolsError::Missing { program: Program::PgDump, wanted_major: Some(15) });
        assert_eq!(missing.to_string(), "pg_dump was not found on this computer");
    }

    #[test]
    fn a_restore_reads_the_archive_first_of_all() {
        let tools = clients(&[(15, 1), (16, 1)]);
        assert_eq!(tools.for_restore(15, 15).unwrap().major(), 15);
        assert_eq!(tools.for_restore(16, 15).unwrap().major(), 16);
        assert_eq!(tools.for_restore(15, 18).unwrap().major(), 15);
        assert!(matches!(tools.for_restore(18, 15), Err(ToolsError::TooOld { other: "archive", .. })));
    }

    #[test]
    fn a_server_needs_initdb_beside_it() {
        let mut tools = clients(&[(15, 1)]);
        assert!(matches!(tools.for_cluster(15), Err(ToolsError::Missing { .. })));
        tools.found.push(set(16, 2, &[Program::Postgres]));
        assert!(tools.for_cluster(15).is_err());
        tools.found.push(set(16, 3, &[Program::Postgres, Program::Initdb, Program::PgCtl]));
        assert_eq!(tools.for_cluster(15).unwrap().version.minor, 3);
        assert!(tools.newest_server().is_ok());
    }
}
