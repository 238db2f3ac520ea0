//! One directory of Postgres programs and their version.

use std::collections::BTreeSet;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

/// A program of Postgres that Holdfast may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// Writes a database into an archive.
    PgDump,
    /// Reads an archive into a database.
    PgRestore,
    /// Writes roles.
    PgDumpall,
    /// Runs SQL.
    Psql,
    /// Makes a cluster.
    Initdb,
    /// The server.
    Postgres,
    /// Starts and stops a server.
    PgCtl,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PgDump,
        Self::PgRestore,
        Self::PgDumpall,
        Self::Psql,
        Self::Initdb,
        Self::Postgres,
        Self::PgCtl,
    ];
    /// Those of a client package.
    pub const CLIENTS: [Self; 4] = [Self::PgDump, Self::PgRestore, Self::PgDumpall, Self::Psql];

    /// Its name without a suffix.
    pub fn name(self) -> &'static str {
        match self {
            Self::PgDump => "pg_dump",
            Self::PgRestore => "pg_restore",
            Self::PgDumpall => "pg_dumpall",
            Self::Psql => "psql",
            Self::Initdb => "initdb",
            Self::Postgres => "postgres",
            Self::PgCtl => "pg_ctl",
        }
    }

    /// True for those of a server package.
    pub fn is_server(self) -> bool {
        matches!(self, Self::Initdb | Self::Postgres | Self::PgCtl)
    }

    pub(super) fn file_name(self) -> String {
        format!("{}{}", self.name(), std::env::consts::EXE_SUFFIX)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `15.18`. Development versions (`19devel`) have minor 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ToolVersion {
    /// The part that has to fit.
    pub major: u16,
    /// The part that does not matter but for choosing the newest.
    pub minor: u16,
}

impl ToolVersion {
    /// Reads `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    pub fn read(line: &str) -> Option<Self> {
        let number = line.split(") ").nth(1)?.split_whitespace().next()?;
        let digits = |text: &str| {
            let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
            text[..end].parse().ok()
        };
        let (major, minor) = number.split_once('.').unwrap_or((number, ""));
        Some(Self { major: digits(major)?, minor: digits(minor).unwrap_or(0) })
    }
}

impl fmt::Display for ToolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The programs of one directory, all of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolSet {
    /// Where they are.
    pub directory: Utf8PathBuf,
    /// What they say of themselves.
    pub version: ToolVersion,
    programs: BTreeSet<Program>,
}

impl ToolSet {
    /// A set of these programs.
    pub fn new(
        directory: Utf8PathBuf,
        version: ToolVersion,
        programs: impl IntoIterator<Item = Program>,
    ) -> Self {
        Self { directory, version, programs: programs.into_iter().collect() }
    }

    /// The major version.
    pub fn major(&self) -> u16 {
        self.version.major
    }

    /// True if the program is in the directory.
    pub fn has(&self, program: Program) -> bool {
        self.programs.contains(&program)
    }

    /// What is in the directory.
    pub fn programs(&self) -> impl Iterator<Item = Program> + '_ {
        self.programs.iter().copied()
    }

    /// The program's path, whether it is there or not.
    pub fn path(&self, program: Program) -> Utf8PathBuf {
        self.directory.join(program.file_name())
    }

    /// True if a cluster can be made and run with this set.
    pub fn can_run_a_server(&self) -> bool {
        [Program::Initdb, Program::Postgres, Program::PgCtl].into_iter().all(|program| self.has(program))
    }

    /// What the set is called in messages.
    pub fn label(&self) -> String {
        format!("{} in {}", self.version, Utf8Path::new(&self.directory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_print() {
        for (line, expected) in [
            ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some((15, 18))),
            ("postgres (PostgreSQL) 19devel", Some((19, 0))),
            ("psql (PostgreSQL) 18beta2", Some((18, 0))),
            ("pg_dump (EnterpriseDB) 16.2.0", Some((16, 2))),
            ("bash: pg_dump: command not found", None),
        ] {
            let read = ToolVersion::read(line).map(|version| (version.major, version.minor));
            assert_eq!(read, expected, "{line}");
        }
    }
}
