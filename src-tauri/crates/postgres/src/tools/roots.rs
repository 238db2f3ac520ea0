//! Where Postgres programs are looked for.

use camino::{Utf8Path, Utf8PathBuf};

/// Directories to look in. Given explicitly, so that a computer without tools can be played.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRoots {
    /// Directories that hold the programs themselves.
    pub directories: Vec<Utf8PathBuf>,
    /// `parent/<anything beginning with prefix>/bin`, as packagers lay versions side by side.
    pub versioned: Vec<VersionedRoot>,
}

/// A directory with one folder per version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedRoot {
    pub(super) parent: Utf8PathBuf,
    pub(super) prefix: &'static str,
}

impl SearchRoots {
    /// Nowhere: a computer without tools.
    pub fn none() -> Self {
        Self::default()
    }

    /// Where packagers of this system put them, then `PATH`.
    pub fn of_this_system() -> Self {
        let mut roots = Self::none();
        if cfg!(target_os = "macos") {
            for cellar in ["/opt/homebrew/opt", "/usr/local/opt"] {
                roots = roots.with_versions(cellar, "postgresql@").with_versions(cellar, "libpq");
            }
            roots = roots.with_versions("/Applications/Postgres.app/Contents/Versions", "");
            roots = roots.with_versions("/Library/PostgreSQL", "");
        } else if cfg!(windows) {
            for variable in ["ProgramFiles", "ProgramFiles(x86)", "ProgramW6432"] {
                if let Ok(files) = std::env::var(variable) {
                    roots = roots.with_versions(Utf8PathBuf::from(files).join("PostgreSQL"), "");
                }
            }
        } else {
            roots = roots.with_versions("/usr/lib/postgresql", "");
            roots = roots.with_versions("/usr", "pgsql-").with_versions("/opt", "pgsql-");
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).filter_map(|entry| Utf8PathBuf::from_path_buf(entry).ok());
        roots.directories.extend(on_path.filter(|entry| entry.is_absolute()));
        roots
    }

    /// Also this directory, before all others: the user named it.
    #[must_use]
    pub fn with_directory(mut self, directory: impl Into<Utf8PathBuf>) -> Self {
        self.directories.insert(0, directory.into());
        self
    }

    /// Also `parent/<prefix…>/bin`.
    #[must_use]
    pub fn with_versions(mut self, parent: impl AsRef<Utf8Path>, prefix: &'static str) -> Self {
        self.versioned.push(VersionedRoot { parent: parent.as_ref().to_owned(), prefix });
        self
    }
}
