//! Programs of this computer, by the PATH alone.

use camino::Utf8PathBuf;

/// The program of this name; in no folder that is relative, so that none of the current folder is started.
pub fn find(name: &str) -> Option<Utf8PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let found = folders.map(|folder| folder.join(&file)).find(|program| program.is_file());
    found.and_then(|program| Utf8PathBuf::from_path_buf(program).ok())
}
