//! Why a dump failed, read from what `pg_dump` said last.

use ssh::SshError;

use crate::process::{Exit, ProcessError};

/// Why there is no whole dump. Whatever bytes came before are not one.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The program could not be run.
    #[error("cannot run the dump")]
    Process {
        /// Why not.
        source: ProcessError,
    },
    /// It did not start where the server is.
    #[error("cannot run the dump where the server is")]
    There {
        /// Why not.
        source: SshError,
    },
    /// It was told to stop.
    #[error("the dump was cancelled")]
    Cancelled,
    /// It ended with a failure.
    #[error("{program} failed: {failure}")]
    Failed {
        /// `pg_dump` or `pg_dumpall`.
        program: &'static str,
        /// The exit status; `None` after a signal.
        exit: Option<i32>,
        /// What went wrong, as far as it is known.
        failure: DumpFailure,
        /// The last 64 KiB of what it said.
        stderr: String,
    },
}

/// What stopped a dump.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DumpFailure {
    /// The role may not read something.
    #[error("no right to read {object}")]
    NoRight {
        /// As the server named it: `table customers`.
        object: String,
    },
    /// Row security hides rows from this role.
    #[error("row security hides rows of {table} from this role")]
    RowSecurity {
        /// The table.
        table: String,
    },
    /// Another session holds a lock for too long.
    #[error("another session holds {tables} locked, and did not let go in time")]
    LockTimeout {
        /// The tables that were asked for, as `pg_dump` named them.
        tables: String,
    },
    /// The server cannot give the rows of a table.
    #[error("the server cannot give the rows of {table}: {said}")]
    Unreadable {
        /// The table, as `pg_dump` named it.
        table: String,
        /// What the server said.
        said: String,
    },
    /// The transaction that held the moment is gone.
    #[error("the snapshot is gone")]
    SnapshotGone,
    /// The server, or the way to it, broke.
    #[error("the connection to the server broke")]
    ServerGone,
    /// The server ended the query.
    #[error("the server ended the query")]
    Terminated,
    /// `pg_dump` is older than the server.
    #[error("the program is older than the server")]
    ToolTooOld,
    /// It could not sign in.
    #[error("it could not sign in")]
    SignIn,
    /// The reader of its output went away.
    #[error("nobody read its output")]
    OutputClosed,
    /// None of the known ones; its last words.
    #[error("{last_words}")]
    Unfamiliar {
        /// The last line of stderr.
        last_words: String,
    },
}

impl DumpError {
    /// Reads an exit that is no success.
    pub(super) fn of(program: &'static str, exit: Exit) -> Self {
        if exit.is_cancelled {
            return Self::Cancelled;
        }
        Self::Failed { program, exit: exit.code, failure: classify(&exit.stderr), stderr: exit.stderr }
    }
}

fn classify(stderr: &str) -> DumpFailure {
    let has = |text: &str| stderr.contains(text);
    if let Some(object) = after(stderr, "permission denied for ") {
        return DumpFailure::NoRight { object };
    }
    if let Some(table) = after(stderr, "query would be affected by row-level security policy for table ") {
        return DumpFailure::RowSecurity { table: table.trim_matches('"').to_owned() };
    }
    // `pg_dump --lock-wait-timeout` sets the time limit of the statement, not that of locks.
    let locking = after(stderr, "Query was: LOCK TABLE ");
    if has("canceling statement due to lock timeout")
        || (has("due to statement timeout") && locking.is_some())
    {
        let tables = locking.map(|query| locked_tables(&query)).filter(|tables| !tables.is_empty());
        DumpFailure::LockTimeout { tables: tables.unwrap_or_else(|| "a table".to_owned()) }
    } else if has("invalid snapshot identifier") || (has("snapshot \"") && has("does not exist")) {
        DumpFailure::SnapshotGone
    } else if has("terminating connection due to administrator command")
        || has("canceling statement due to")
        || has("terminating connection due to conflict with recovery")
    {
        DumpFailure::Terminated
    } else if has("server closed the connection unexpectedly")
        || has("SSL SYSCALL error")
        || has("could not receive data from server")
        || has("the database system is shutting down")
    {
        DumpFailure::ServerGone
    } else if has("aborting because of server version mismatch") {
        DumpFailure::ToolTooOld
    } else if has("could not write to output file") || has("Broken pipe") {
        DumpFailure::OutputClosed
    } else if has("connection to server") {
        DumpFailure::SignIn
    } else if let (Some(rest), Some(said)) =
        (after(stderr, "Dumping the contents of table "), after(stderr, "Error message from server: ERROR:"))
    {
        let table = rest.split_once(" failed:").map_or(rest.as_str(), |(table, _)| table);
        DumpFailure::Unreadable { table: table.trim_matches('"').to_owned(), said }
    } else {
        DumpFailure::Unfamiliar { last_words: last_words(stderr) }
    }
}

/// `public.a, public.b` of `public.a, public.b IN ACCESS SHARE MODE`.
fn locked_tables(query: &str) -> String {
    let tables = query.split_once(" IN ACCESS SHARE MODE").map_or(query, |(tables, _)| tables);
    tables.trim_start_matches("ONLY ").to_owned()
}

fn after(text: &str, marker: &str) -> Option<String> {
    let (_, rest) = text.split_once(marker)?;
    rest.lines().next().map(|line| line.trim().to_owned())
}

fn last_words(stderr: &str) -> String {
    let line = stderr
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("pg_dump: detail"));
    let line = line.unwrap_or("it said nothing");
    line.strip_prefix("pg_dump: error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_understood() {
        for (stderr, expected) in [
            (
                "pg_dump: error: query failed: ERROR:  permission denied for table secret\npg_dump: detail: Query was: LOCK TABLE",
                DumpFailure::NoRight { object: "table secret".into() },
            ),
            (
                "ERROR:  query would be affected by row-level security policy for table \"tenants\"\nHINT: x",
                DumpFailure::RowSecurity { table: "tenants".into() },
            ),
            (
                "pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\npg_dump: detail: Query was: LOCK TABLE public.orders IN ACCESS SHARE MODE",
                DumpFailure::LockTimeout { tables: "public.orders".into() },
            ),
            (
                "ERROR:  canceling statement due to lock timeout",
                DumpFailure::LockTimeout { tables: "a table".into() },
            ),
            (
                "pg_dump: error: Dumping the contents of table \"b\" failed: PQgetResult() failed.\npg_dump: detail: Error message from server: ERROR:  invalid page in block 0\npg_dump: detail: Command was: COPY",
                DumpFailure::Unreadable { table: "b".into(), said: "invalid page in block 0".into() },
            ),
            ("pg_dump: error: canceling statement due to statement timeout", DumpFailure::Terminated),
            ("ERROR:  invalid snapshot identifier: \"0003\"", DumpFailure::SnapshotGone),
            (
                "FATAL:  terminating connection due to administrator command\nserver closed the connection unexpectedly",
                DumpFailure::Terminated,
            ),
            ("pg_dump: error: server closed the connection unexpectedly", DumpFailure::ServerGone),
            ("pg_dump: error: aborting because of server version mismatch", DumpFailure::ToolTooOld),
            ("pg_dump: error: connection to server at \"h\" failed: FATAL: x", DumpFailure::SignIn),
            ("odd\n\n", DumpFailure::Unfamiliar { last_words: "odd".into() }),
        ] {
            assert_eq!(classify(stderr), expected, "{stderr}");
        }
    }
}
