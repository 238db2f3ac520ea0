//! What is beside the programs of a set: its folders, and which extensions its server could create.

use std::collections::BTreeSet;
use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Program, ToolSet};
use crate::process::bare_command;

impl ToolSet {
    /// Names of the extensions beside the server's programs; `None` where their folder is not found.
    /// Blocks for a moment.
    pub fn extensions(&self) -> Option<BTreeSet<String>> {
        let folder = self.extension_folder()?;
        let names = folder.read_dir_utf8().ok()?.flatten();
        Some(names.filter_map(|entry| Some(entry.file_name().strip_suffix(".control")?.to_owned())).collect())
    }

    fn extension_folder(&self) -> Option<Utf8PathBuf> {
        let programs = self.path(Program::Postgres).parent()?.to_owned();
        let said = shared_folder(&programs).into_iter();
        // Where installers without `pg_config` put it, seen from the programs.
        let usual = ["../share/extension", "../share/postgresql/extension"].map(|path| programs.join(path));
        let debian = Utf8PathBuf::from(format!("/usr/share/postgresql/{}/extension", self.major()));
        said.map(|share| share.join("extension"))
            .chain(usual)
            .chain([debian])
            .find(|folder| folder.join("plpgsql.control").is_file())
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
impl ToolSet {
    /// Folders in which a server of this set finds its own files, as far as they are no folders of everybody.
    /// Blocks for a moment.
    pub(crate) fn installation(&self) -> Vec<Utf8PathBuf> {
        let program = self.path(Program::Postgres);
        let program = program.canonicalize_utf8().unwrap_or(program);
        let Some(programs) = program.parent() else { return Vec::new() };
        let mut folders = said_by_config(programs, &["--sharedir", "--pkglibdir"]);
        if let Some(root) = programs.parent() {
            // Beside the programs there may be everything that an account has; only what is Postgres's counts.
            let shared = ["share", "share/postgresql", "share/pgsql"].map(|path| root.join(path));
            folders.extend(shared.into_iter().filter(|folder| folder.join("postgres.bki").is_file()));
            folders.extend(["lib", "lib64"].map(|path| root.join(path)));
        }
        folders.retain(|folder| folder.is_absolute());
        folders
    }
}

fn shared_folder(programs: &Utf8Path) -> Option<Utf8PathBuf> {
    said_by_config(programs, &["--sharedir"]).into_iter().next()
}

/// Paths that the set's `pg_config` gives, in the order of the questions; none where it is not installed.
fn said_by_config(programs: &Utf8Path, questions: &[&str]) -> Vec<Utf8PathBuf> {
    let name = if cfg!(windows) { "pg_config.exe" } else { "pg_config" };
    let program = programs.join(name);
    if !program.is_file() {
        return Vec::new();
    }
    let output = bare_command(&program).args(questions).stdout(Stdio::piped()).output();
    let output = output.ok().filter(|output| output.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    text.lines().map(|line| Utf8PathBuf::from(line.trim())).collect()
}
