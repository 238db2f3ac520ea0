//! A password on its way to a child process.

use std::io;
use std::process::Command;

use zeroize::Zeroizing;

use crate::secret::Secret;

/// Holds the password as long as the child may ask for it. Dropped, it is gone.
///
/// On Linux it is a file in memory that only this user's processes can open, named to libpq as
/// `/proc/<our id>/fd/<n>`: nothing reaches a disk, and no other child inherits it. Elsewhere, and
/// for passwords that a password file cannot hold, it stands in the child's environment.
#[derive(Debug)]
pub struct Passfile {
    #[cfg(target_os = "linux")]
    _memory: Option<std::fs::File>,
}

/// A path that cannot exist, since libpq warns of one that is no plain file.
const NO_FILE: &str = if cfg!(windows) { r"NUL\none" } else { "/dev/null/none" };

impl Passfile {
    /// Makes the password known to the command.
    ///
    /// # Errors
    /// The system's, when there is no memory for the file.
    pub fn give(command: &mut Command, password: Option<&Secret>) -> io::Result<Self> {
        // Without a password, libpq must not find one of its own in the home directory.
        command.env("PGPASSFILE", NO_FILE);
        let Some(password) = password else { return Ok(Self::nothing()) };
        match line(password) {
            Some(line) => Self::give_line(command, password, &line),
            None => Ok(Self::give_variable(command, password)),
        }
    }

    fn give_variable(command: &mut Command, password: &Secret) -> Self {
        command.env("PGPASSWORD", password.expose());
        Self::nothing()
    }

    #[cfg(target_os = "linux")]
    fn nothing() -> Self {
        Self { _memory: None }
    }

    #[cfg(not(target_os = "linux"))]
    fn nothing() -> Self {
        Self {}
    }

    #[cfg(target_os = "linux")]
    fn give_line(command: &mut Command, password: &Secret, line: &str) -> io::Result<Self> {
        use std::io::Write as _;
        use std::os::fd::AsRawFd as _;

        use rustix::fs::{MemfdFlags, Mode, fchmod, memfd_create};

        let Ok(descriptor) = memfd_create("holdfast", MemfdFlags::CLOEXEC) else {
            // Old kernels and strict sandboxes have none.
            return Ok(Self::give_variable(command, password));
        };
        // libpq ignores a password file that others may read.
        fchmod(&descriptor, Mode::RUSR | Mode::WUSR)?;
        let mut file = std::fs::File::from(descriptor);
        file.write_all(line.as_bytes())?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        if std::fs::File::open(&path).is_err() {
            // A process that hides itself (not dumpable) hides its descriptors too.
            return Ok(Self::give_variable(command, password));
        }
        command.env("PGPASSFILE", path);
        Ok(Self { _memory: Some(file) })
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "the Linux twin can fail")]
    fn give_line(command: &mut Command, password: &Secret, _: &str) -> io::Result<Self> {
        Ok(Self::give_variable(command, password))
    }
}

/// A line of a password file for any server; `None` for what its format cannot hold.
fn line(password: &Secret) -> Option<Zeroizing<String>> {
    let text = password.expose();
    if text.contains(['\n', '\r', '\0']) {
        return None;
    }
    let mut line = Zeroizing::new(String::with_capacity(text.len() * 2 + 16));
    line.push_str("*:*:*:*:");
    for letter in text.chars() {
        if matches!(letter, ':' | '\\') {
            line.push('\\');
        }
        line.push(letter);
    }
    line.push('\n');
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_backslashes_are_escaped() {
        assert_eq!(line(&Secret::new(r"a:b\c")).unwrap().as_str(), "*:*:*:*:a\\:b\\\\c\n");
        assert!(line(&Secret::new("two\nlines")).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_password_is_not_in_the_environment_and_is_gone_with_its_guard() {
        let mut command = crate::source::postgres::process::bare_command("true".into());
        let guard = Passfile::give(&mut command, Some(&Secret::new("hunter2"))).unwrap();
        let variables: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value)).collect();
        assert!(!format!("{variables:?}").contains("hunter2"));
        let path = command.get_envs().find(|(name, _)| *name == "PGPASSFILE").unwrap().1.unwrap().to_owned();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "*:*:*:*:hunter2\n");
        drop(guard);
        assert!(std::fs::read_to_string(&path).is_err());
    }
}
