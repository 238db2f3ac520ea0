//! The profile: one directory that holds everything of one user of Holdfast.

use std::ffi::OsString;
use std::path::PathBuf;

use camino::{FromPathBufError, Utf8Path, Utf8PathBuf};
use directories::BaseDirs;
use uuid::Uuid;

/// Names the directory of the profile.
const HOME_VARIABLE: &str = "HOLDFAST_HOME";
/// So does an argument, `--home=DIR`; a start at login has no variables.
pub(crate) const HOME_FLAG: &str = "--home";

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// The system names no home directory.
    #[error("no home directory is known; set HOLDFAST_HOME to a directory")]
    NoHome,
    /// Paths cross to the page as text.
    #[error("the path of the profile is not valid Unicode")]
    NotUnicode(#[from] FromPathBufError),
    /// The directory cannot be made or resolved.
    #[error("cannot use {path} as the profile")]
    Unusable { path: PathBuf, source: std::io::Error },
}

/// The directory of a profile, and whether a person chose it.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The directory, absolute; it exists.
    pub(crate) directory: Utf8PathBuf,
    /// True when the variable named it, so that it has to be kept apart from the usual one.
    is_chosen: bool,
}

impl Profile {
    /// Finds the profile of this process, and makes its directory.
    ///
    /// # Errors
    /// When there is no home directory, or the directory cannot be made.
    pub(crate) fn find() -> Result<Self, ProfileError> {
        let chosen = named(std::env::args_os())
            .or_else(|| std::env::var_os(HOME_VARIABLE))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from);
        let is_chosen = chosen.is_some();
        let path = match chosen {
            Some(path) => path,
            None => BaseDirs::new().ok_or(ProfileError::NoHome)?.data_dir().join("holdfast"),
        };
        let unusable = |source| ProfileError::Unusable { path: path.clone(), source };
        std::fs::create_dir_all(&path).map_err(unusable)?;
        let directory = std::path::absolute(&path).map_err(unusable)?;
        Ok(Self { directory: Utf8PathBuf::try_from(directory)?, is_chosen })
    }

    /// The identifier of the application, different for each chosen profile: the single instance
    /// is one per profile, on a bus, a socket or a mutex that carries this name.
    pub(crate) fn identifier(&self, usual: &str) -> String {
        if !self.is_chosen {
            return usual.to_owned();
        }
        let key = Uuid::new_v5(&Uuid::NAMESPACE_URL, self.directory.as_str().as_bytes());
        format!("{usual}.p{}", key.simple())
    }

    /// Where the web view and the window's place are kept; `None` means where the system says.
    pub(crate) fn window_directory(&self) -> Option<Utf8PathBuf> {
        self.is_chosen.then(|| self.directory.join("window"))
    }

    /// Where the log file is.
    pub(crate) fn log_directory(&self) -> Utf8PathBuf {
        self.directory.join("logs")
    }

    /// The directory, where a person chose it.
    pub(crate) fn chosen(&self) -> Option<&Utf8Path> {
        self.is_chosen.then_some(&self.directory)
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Utf8Path {
        &self.directory
    }
}

/// The directory that the arguments name.
fn named(mut arguments: impl Iterator<Item = OsString>) -> Option<OsString> {
    let begins = format!("{HOME_FLAG}=");
    arguments.find_map(|argument| argument.to_str()?.strip_prefix(&begins).map(OsString::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(directory: &str, is_chosen: bool) -> Profile {
        Profile { directory: directory.into(), is_chosen }
    }

    #[test]
    fn two_chosen_profiles_are_two_instances() {
        let (one, two) = (profile("/a", true).identifier("x.y"), profile("/b", true).identifier("x.y"));
        assert_ne!(one, two);
        assert_eq!(one, profile("/a", true).identifier("x.y"));
    }

    #[test]
    fn an_argument_names_the_profile() {
        let named = |arguments: &[&str]| super::named(arguments.iter().map(OsString::from));
        assert_eq!(named(&["holdfast-desktop", "--hidden", "--home=/a b"]), Some("/a b".into()));
        assert_eq!(named(&["holdfast-desktop", "--homeless=/a"]), None);
    }

    #[test]
    fn the_usual_profile_keeps_the_usual_name() {
        assert_eq!(profile("/a", false).identifier("x.y"), "x.y");
        assert_eq!(profile("/a", false).window_directory(), None);
    }
}
