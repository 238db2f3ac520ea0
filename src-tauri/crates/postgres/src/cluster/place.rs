//! Where a cluster's files are, and whom they belong to.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::spec::Listens;
use base::disk;
use base::hex;

/// The kernel's limit is 108 bytes, on macOS 104, with the file's name and a zero in it.
#[cfg(unix)]
const SOCKET_PATH_BYTES_MAX: usize = 100;
/// The socket's file name holds the port; the directory is the cluster's own.
const SOCKET_PORT: u16 = 5432;
/// Removing may meet a server's last writes.
const REMOVE_ATTEMPTS: u32 = 5;

/// The user that runs the server when we are root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ServerUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// A cluster's directories and port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Everything of the cluster, mode 0700. This is the path to tell the user.
    pub directory: Utf8PathBuf,
    /// Where its socket is; outside of `directory` where that path would be too long.
    pub socket_directory: Option<Utf8PathBuf>,
    /// The port, and the socket's suffix.
    pub port: u16,
    pub(super) user: Option<ServerUser>,
}

impl Place {
    /// Chooses and makes the directories of a new cluster.
    pub(super) fn make(profile: &Utf8Path, id: &str, listens: Listens) -> Result<Self, ClusterError> {
        let (top, parent, user) = if is_root() {
            let (user, home) = server_user()?;
            // A profile under /root cannot be entered by another user.
            let top = home.join("holdfast");
            (top.clone(), top.join(fingerprint(profile)), Some(user))
        } else {
            let parent = profile.join("clusters");
            (parent.clone(), parent, None)
        };
        let place = Self { directory: parent.join(id), socket_directory: None, port: SOCKET_PORT, user };
        let place = if listens == Listens::AlsoOnLoopback { place.with_free_port()? } else { place };
        let folders = [&top, &parent, &place.directory];
        let make = || folders.iter().try_for_each(|path| place.make_private(path));
        // Whoever removes the last cluster removes the folders above it, perhaps in the middle of this. Once
        // all are there they stay; the second time gives away what had to be made anew.
        make().or_else(|_| make()).and_then(|()| make())?;
        place.with_socket(id)
    }

    #[cfg(unix)]
    fn with_socket(mut self, id: &str) -> Result<Self, ClusterError> {
        let fits =
            |directory: &Utf8Path| directory.join(".s.PGSQL.65535").as_str().len() < SOCKET_PATH_BYTES_MAX;
        let inside = self.directory.join("socket");
        let short = || {
            let temporary =
                Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into());
            [temporary, "/tmp".into()]
                .into_iter()
                .map(|parent| parent.join(format!("holdfast-{id}")))
                .find(|d| fits(d))
        };
        let chosen =
            if fits(&inside) { inside } else { short().ok_or(ClusterError::SocketPath { path: inside })? };
        self.make_private(&chosen)?;
        self.socket_directory = Some(chosen);
        Ok(self)
    }

    #[cfg(not(unix))]
    fn with_socket(self, _: &str) -> Result<Self, ClusterError> {
        self.with_free_port()
    }

    /// A port of the loopback that is free now.
    pub(super) fn with_free_port(mut self) -> Result<Self, ClusterError> {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        self.port =
            free.map_err(|source| ClusterError::Make { path: self.directory.clone(), source })?.port();
        Ok(self)
    }

    /// Makes a directory with mode 0700 that belongs to the server's user.
    pub(super) fn make_private(&self, path: &Utf8Path) -> Result<(), ClusterError> {
        let failed = |source| ClusterError::Make { path: path.to_owned(), source };
        disk::create_private_dir(path).map_err(failed)?;
        self.give(path).map_err(failed)
    }

    /// Gives a file or directory to the server's user, for his eyes only.
    #[cfg(unix)]
    pub(super) fn give(&self, path: &Utf8Path) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        // A link that somebody put into a shared directory is not followed.
        let metadata = path.symlink_metadata()?;
        if metadata.is_symlink() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if let Some(user) = self.user {
            std::os::unix::fs::lchown(path, Some(user.uid), Some(user.gid))?;
        } else if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    }

    /// The profile's directory is the user's own on systems without modes.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the Unix twin needs both")]
    pub(super) fn give(&self, _: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    /// `PGDATA`.
    pub fn data(&self) -> Utf8PathBuf {
        self.directory.join("data")
    }

    /// The server's log.
    pub fn log(&self) -> Utf8PathBuf {
        self.directory.join("server.log")
    }

    /// What to connect to.
    pub fn host(&self) -> String {
        self.socket_directory.as_ref().map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string)
    }

    /// Removes the directories, and their parent if nothing else is in it.
    pub(super) fn remove(&self) -> Result<(), ClusterError> {
        for directory in [Some(&self.directory), self.socket_directory.as_ref()].into_iter().flatten() {
            remove_whole(directory)?;
        }
        if let Some(parent) = self.directory.parent() {
            // Other clusters may be there: only an empty one goes.
            let _ = std::fs::remove_dir(parent);
            if self.user.is_some() {
                let _ = parent.parent().map(std::fs::remove_dir);
            }
        }
        Ok(())
    }
}

fn remove_whole(directory: &Utf8Path) -> Result<(), ClusterError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match std::fs::remove_dir_all(directory) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) if attempt == REMOVE_ATTEMPTS => {
                return Err(ClusterError::Remove { path: directory.to_owned(), source });
            }
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(50)),
        }
    }
}

/// Two profiles never share a directory.
fn fingerprint(profile: &Utf8Path) -> String {
    let whole = profile.canonicalize_utf8().unwrap_or_else(|_| profile.to_owned());
    hex::encode(&digest(&SHA256, whole.as_str().as_bytes()).as_ref()[..6])
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// The system's user `postgres`, and his home.
fn server_user() -> Result<(ServerUser, Utf8PathBuf), ClusterError> {
    let accounts = std::fs::read_to_string("/etc/passwd").map_err(|_| ClusterError::NoServerUser)?;
    read_account(&accounts).ok_or(ClusterError::NoServerUser)
}

fn read_account(accounts: &str) -> Option<(ServerUser, Utf8PathBuf)> {
    let account = accounts.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = account.split(':').skip(2);
    let user = ServerUser { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? };
    let home = Utf8PathBuf::from(fields.nth(1)?);
    home.is_absolute().then_some((user, home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_user_is_read_from_the_accounts() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";
        let (user, home) = read_account(accounts).unwrap();
        assert_eq!((user.uid, user.gid, home.as_str()), (101, 104, "/var/lib/postgresql"));
        assert!(read_account("root:x:0:0::/root:/bin/sh\n").is_none());
    }

    #[test]
    fn profiles_have_directories_of_their_own() {
        assert_ne!(fingerprint("/a".into()), fingerprint("/b".into()));
        assert_eq!(fingerprint("/a".into()).len(), 12);
    }
}
