//! Looks through the roots, and asks what it finds for its version.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::program::{Program, ToolSet, ToolVersion};
use super::roots::{SearchRoots, VersionedRoot};
use crate::process;

/// A directory with more versions than this is not one of Postgres.
const VERSIONS_MAX: usize = 64;

pub(super) fn discover(roots: &SearchRoots) -> Vec<ToolSet> {
    let mut directories: Vec<Utf8PathBuf> = Vec::new();
    let versioned = roots.versioned.iter().flat_map(versions_in);
    for candidate in roots.directories.iter().cloned().chain(versioned) {
        // Links are followed, so that `/opt/…/postgresql@16` and its cellar are one.
        let real = candidate.canonicalize_utf8().unwrap_or(candidate);
        if !directories.contains(&real) {
            directories.push(real);
        }
    }
    let mut found: Vec<ToolSet> = directories.iter().filter_map(|directory| look_into(directory)).collect();
    found.sort_by_key(|set| set.version);
    found
}

fn versions_in(root: &VersionedRoot) -> Vec<Utf8PathBuf> {
    let Ok(entries) = root.parent.read_dir_utf8() else { return Vec::new() };
    let mut directories: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_name().starts_with(root.prefix))
        .take(VERSIONS_MAX)
        .map(|entry| entry.path().join("bin"))
        .collect();
    directories.sort();
    directories
}

fn look_into(directory: &Utf8Path) -> Option<ToolSet> {
    let programs: Vec<Program> =
        Program::ALL.into_iter().filter(|program| is_real(&directory.join(program.file_name()))).collect();
    let first = programs.first()?;
    let version = version_of(&directory.join(first.file_name()))?;
    Some(ToolSet::new(directory.to_owned(), version, programs))
}

/// Debian's `/usr/bin/pg_dump` is a script that chooses a version by itself: the real ones are elsewhere.
fn is_real(path: &Utf8Path) -> bool {
    path.is_file() && path.canonicalize_utf8().is_ok_and(|real| real.file_name() != Some("pg_wrapper"))
}

type Seen = HashMap<(Utf8PathBuf, Option<SystemTime>), Option<ToolVersion>>;

/// Asked once per file and modification time in the life of the process.
static SEEN: LazyLock<Mutex<Seen>> = LazyLock::new(Mutex::default);

fn version_of(program: &Utf8Path) -> Option<ToolVersion> {
    let modified = program.metadata().and_then(|metadata| metadata.modified()).ok();
    let key = (program.to_owned(), modified);
    if let Some(known) = SEEN.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return *known;
    }
    let version = process::version_line(program).and_then(|line| ToolVersion::read(&line));
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(key, version);
    version
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn script(path: &Utf8Path, line: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("#!/bin/sh\necho '{line}'\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn versions_side_by_side_are_found_and_wrappers_are_not() {
        let home = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(home.path()).unwrap();
        script(&home.join("lib/14/bin/pg_dump"), "pg_dump (PostgreSQL) 14.2");
        script(&home.join("lib/17/bin/pg_dump"), "pg_dump (PostgreSQL) 17.1");
        script(&home.join("share/pg_wrapper"), "pg_dump (PostgreSQL) 99.9");
        std::fs::create_dir(home.join("path")).unwrap();
        std::os::unix::fs::symlink(home.join("share/pg_wrapper"), home.join("path/pg_dump")).unwrap();

        let roots = SearchRoots::none().with_versions(home.join("lib"), "").with_directory(home.join("path"));
        let found = discover(&roots);

        let majors: Vec<u16> = found.iter().map(ToolSet::major).collect();
        assert_eq!(majors, [14, 17]);
        assert!(found[0].has(Program::PgDump) && !found[0].has(Program::Psql));
    }

    #[test]
    fn nowhere_finds_nothing() {
        assert_eq!(discover(&SearchRoots::none()), []);
    }
}
