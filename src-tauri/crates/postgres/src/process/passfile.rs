//! A password on its way to a child process.

use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use ssh::NearEnd;
use zeroize::Zeroizing;

use base::secret::Secret;

/// Holds the password as long as the child may ask for it. Dropped, it is gone.
///
/// On Linux it is a file in memory that only this user's processes can open, named to libpq as
/// `/proc/<our id>/fd/<n>`: nothing reaches a disk, and no other child inherits it. Elsewhere, and
/// for passwords that a password file cannot hold, it stands in the child's environment.
#[derive(Debug)]
pub struct Passfile {
    #[cfg(target_os = "linux")]
    _memory: Option<std::fs::File>,
    /// Where the child's way by SSH begins, which must be there when it connects.
    near: Option<Arc<NearEnd>>,
}

/// Whose password it is. A program that turns to another server, or comes as another role, does not get it.
#[derive(Debug, Clone, Copy)]
pub struct PasswordOf<'a> {
    /// The host as the program is told it: a name, an address, the directory of a socket.
    pub host: &'a str,
    /// The port that the program is told.
    pub port: u16,
    /// Whether that port is this computer's, from where SSH leads to the host: some programs know the address alone.
    pub is_near: bool,
    /// The role.
    pub user: &'a str,
    /// The database; absent where the program may turn to any of the server.
    pub database: Option<&'a str>,
}

/// A path that cannot exist, since libpq warns of one that is no plain file.
const NO_FILE: &str = if cfg!(windows) { r"NUL\none" } else { "/dev/null/none" };
/// Where ways by SSH begin.
const NEAR_END: &str = "127.0.0.1";
/// Before version 14 libpq passes over lines that are longer.
const LINE_BYTES_MAX: usize = 318;

impl Passfile {
    /// Makes the password known to the command.
    ///
    /// # Errors
    /// The system's, when there is no memory for the file.
    pub fn give(command: &mut Command, of: &PasswordOf<'_>, password: Option<&Secret>) -> io::Result<Self> {
        // Without a password, libpq must not find one of its own in the home directory.
        command.env("PGPASSFILE", NO_FILE);
        let Some(password) = password else { return Ok(Self::nothing()) };
        match lines(of, password) {
            Some(lines) => Self::give_lines(command, password, &lines),
            None => Ok(Self::give_variable(command, password)),
        }
    }

    /// Keeps the beginning of the child's way by SSH for as long as the password.
    #[must_use]
    pub(super) fn holding(self, near: Option<Arc<NearEnd>>) -> Self {
        Self { near, ..self }
    }

    /// Where on this computer the child's way by SSH begins, if it takes one.
    pub(super) fn near_end(&self) -> Option<SocketAddr> {
        self.near.as_ref().map(|near| near.address())
    }

    fn give_variable(command: &mut Command, password: &Secret) -> Self {
        command.env("PGPASSWORD", password.expose());
        Self::nothing()
    }

    #[cfg(target_os = "linux")]
    fn nothing() -> Self {
        Self { _memory: None, near: None }
    }

    #[cfg(not(target_os = "linux"))]
    fn nothing() -> Self {
        Self { near: None }
    }

    #[cfg(target_os = "linux")]
    fn give_lines(command: &mut Command, password: &Secret, lines: &str) -> io::Result<Self> {
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
        file.write_all(lines.as_bytes())?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        if std::fs::File::open(&path).is_err() {
            // A process that hides itself (not dumpable) hides its descriptors too.
            return Ok(Self::give_variable(command, password));
        }
        command.env("PGPASSFILE", path);
        Ok(Self { _memory: Some(file), near: None })
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "the Linux twin can fail")]
    fn give_lines(command: &mut Command, password: &Secret, _: &str) -> io::Result<Self> {
        Ok(Self::give_variable(command, password))
    }
}

/// The lines of a password file for one server; `None` for what its format cannot hold.
fn lines(of: &PasswordOf<'_>, password: &Secret) -> Option<Zeroizing<String>> {
    let text = password.expose();
    let database = of.database.unwrap_or_default();
    if [of.host, of.user, database, text].iter().any(|field| field.contains(['\n', '\r', '\0'])) {
        return None;
    }
    let whole = written(of, text);
    if whole.lines().all(|line| line.len() <= LINE_BYTES_MAX) {
        return Some(whole);
    }
    Some(written(&PasswordOf { user: "", database: None, ..*of }, text))
}

fn written(of: &PasswordOf<'_>, password: &str) -> Zeroizing<String> {
    let (port, database) = (of.port.to_string(), of.database.unwrap_or_default());
    let longest =
        2 * (of.host.len().max(NEAR_END.len()) + database.len() + of.user.len() + password.len()) + 32;
    // Once, since a text that grows leaves copies of itself.
    let mut lines = Zeroizing::new(String::with_capacity(2 * longest));
    // The directory where its own socket would be is looked up as this.
    let of_socket = of.host.starts_with('/').then_some("localhost");
    let of_near_end = (of.is_near && of.host != NEAR_END).then_some(NEAR_END);
    for host in [Some(of.host), of_socket, of_near_end].into_iter().flatten() {
        for field in [host, port.as_str(), database, of.user] {
            if field.is_empty() {
                lines.push('*');
            }
            push_escaped(&mut lines, field, &[':', '\\', '*', '#']);
            lines.push(':');
        }
        push_escaped(&mut lines, password, &[':', '\\']);
        lines.push('\n');
    }
    lines
}

fn push_escaped(lines: &mut String, field: &str, special: &[char]) {
    for letter in field.chars() {
        if special.contains(&letter) {
            lines.push('\\');
        }
        lines.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: PasswordOf<'static> =
        PasswordOf { host: "db.example", port: 6432, is_near: false, user: "reader", database: Some("shop") };

    #[test]
    fn the_password_is_for_one_role_on_one_server_alone() {
        let of = |of: &PasswordOf<'_>, password: &str| {
            lines(of, &Secret::new(password)).map(|lines| lines.to_string()).unwrap_or_default()
        };
        assert_eq!(of(&SHOP, "hunter2"), "db.example:6432:shop:reader:hunter2\n");
        assert_eq!(of(&SHOP, r"a:b\c"), "db.example:6432:shop:reader:a\\:b\\\\c\n");
        let any = PasswordOf { host: "::1", database: None, ..SHOP };
        assert_eq!(of(&any, "x"), "\\:\\:1:6432:*:reader:x\n");
        // A name that reads like every name, or like a comment, is that name.
        let odd = PasswordOf { host: "#h", user: "*", ..SHOP };
        assert_eq!(of(&odd, "*"), "\\#h:6432:shop:\\*:*\n");
        let socket = PasswordOf { host: "/run/pg", ..SHOP };
        assert_eq!(of(&socket, "x"), "/run/pg:6432:shop:reader:x\nlocalhost:6432:shop:reader:x\n");
        let near = PasswordOf { is_near: true, ..SHOP };
        assert_eq!(of(&near, "x"), "db.example:6432:shop:reader:x\n127.0.0.1:6432:shop:reader:x\n");
        assert!(lines(&SHOP, &Secret::new("two\nlines")).is_none());
        assert!(lines(&PasswordOf { user: "two\nlines", ..SHOP }, &Secret::new("x")).is_none());
    }

    #[test]
    fn a_line_that_an_older_libpq_would_pass_over_still_names_the_server() {
        let password = "p".repeat(LINE_BYTES_MAX - 20);
        let lines = lines(&SHOP, &Secret::new(password.clone())).unwrap();
        assert_eq!(lines.as_str(), format!("db.example:6432:*:*:{password}\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_password_is_not_in_the_environment_and_is_gone_with_its_guard() {
        let mut command = crate::process::bare_command("true".into());
        let guard = Passfile::give(&mut command, &SHOP, Some(&Secret::new("hunter2"))).unwrap();
        let variables: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value)).collect();
        assert!(!format!("{variables:?}").contains("hunter2"));
        let path = command.get_envs().find(|(name, _)| *name == "PGPASSFILE").unwrap().1.unwrap().to_owned();
        let held = std::fs::read_to_string(&path).unwrap();
        assert_eq!(held, "db.example:6432:shop:reader:hunter2\n");
        drop(guard);
        assert!(std::fs::read_to_string(&path).is_err());
    }
}
