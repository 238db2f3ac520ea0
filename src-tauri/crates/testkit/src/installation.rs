//! A Postgres of a test's own beside that of the system: the same programs, with other extensions beside them. So one
//! server has an extension and another one lacks it, at the same time and on one computer.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use camino::Utf8PathBuf;
use postgres::tools::{Program, SearchRoots, ToolSet, Tools};

use crate::extension::Extension;

/// How far above the programs their libraries may lie.
const LEVELS: usize = 3;

/// Programs of a Postgres with further extensions; they go with the process's temporary folders.
#[derive(Debug)]
pub struct Installation {
    programs: Utf8PathBuf,
    /// Where its extensions lie.
    pub extensions: PathBuf,
}

impl Installation {
    /// That of `set`, with the files of these folders among its extensions.
    pub fn of(set: &ToolSet, folders: &[PathBuf]) -> Self {
        let place = tempfile::Builder::new().prefix("holdfast-test-postgres-").tempdir().unwrap().keep();
        // Servers run as another user where a test runs as root.
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        let programs = set.path(Program::Postgres).canonicalize_utf8().unwrap();
        let programs = programs.parent().unwrap().as_std_path().to_owned();
        let output = Command::new(programs.join("pg_config")).arg("--sharedir").output().unwrap();
        let share = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
        let inside = |path: &Path| place.join(path.strip_prefix("/").unwrap());
        let own = inside(&programs);
        fs::create_dir_all(&own).unwrap();
        for file in entries(&programs) {
            fs::copy(&file, own.join(file.file_name().unwrap())).unwrap();
        }
        // A wall lets a server read what it is made of, and of links only where they lead within the system.
        let root = programs.parent().unwrap();
        if !root.starts_with("/usr") {
            for part in ["lib", "share"] {
                copy_all(&root.join(part), &inside(&root.join(part)));
            }
        }
        // Its own folders first: what is a link leads into the original.
        let extensions = inside(&share).join("extension");
        fs::create_dir_all(&extensions).unwrap();
        let above =
            |path: &Path| path.ancestors().skip(1).take(LEVELS).map(Path::to_owned).collect::<Vec<_>>();
        let shared = share.join("extension");
        for original in [vec![shared.clone()], above(&shared), above(&programs)].concat() {
            link_all(&original, &inside(&original));
        }
        let installation = Self { programs: Utf8PathBuf::from_path_buf(own).unwrap(), extensions };
        for folder in folders {
            for file in entries(folder) {
                let to = installation.extensions.join(file.file_name().unwrap());
                let _ = fs::remove_file(&to);
                fs::copy(&file, &to).unwrap();
                fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).unwrap();
            }
        }
        installation
    }

    /// Where its programs are found, and no others.
    pub fn roots(&self) -> SearchRoots {
        SearchRoots::none().with_directory(&self.programs)
    }

    /// Its programs.
    pub fn tools(&self) -> ToolSet {
        Tools::discover(&self.roots()).found.into_iter().next().expect("its own programs")
    }

    /// Takes an extension away, as on a computer that never had it.
    pub fn remove(&self, extension: &str) {
        for file in entries(&self.extensions) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name == format!("{extension}.control") || name.starts_with(&format!("{extension}--")) {
                fs::remove_file(file).unwrap();
            }
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Copies a folder with all that is in it, but for what only compilers read.
fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in entries(from) {
        let copy = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy_all(&entry, &copy);
        } else if entry.extension().is_none_or(|ending| ending != "a") {
            fs::copy(&entry, &copy).unwrap();
        }
    }
}

/// Links everything that is in a folder and not in the other one yet.
fn link_all(from: &Path, to: &Path) {
    for entry in entries(from) {
        let link = to.join(entry.file_name().unwrap());
        // That one comes and goes.
        let is_of_another_test = entry.to_string_lossy().contains(Extension::NAME);
        if fs::symlink_metadata(&link).is_err() && !is_of_another_test {
            symlink(&entry, &link).unwrap();
        }
    }
}
