//! Which extensions a server of this computer could create, without starting one.

use std::collections::BTreeSet;
use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Program, ToolSet};
use crate::source::postgres::process::bare_command;

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

fn shared_folder(programs: &Utf8Path) -> Option<Utf8PathBuf> {
    let name = if cfg!(windows) { "pg_config.exe" } else { "pg_config" };
    let program = programs.join(name);
    if !program.is_file() {
        return None;
    }
    let output = bare_command(&program).arg("--sharedir").stdout(Stdio::piped()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| Utf8PathBuf::from(text.trim()))
}
