//! OpenSSH's server, with keys of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::child::Guarded;
use crate::peer::{find_program, is_root, peers, skip};
use crate::poll;

/// A running `sshd`; it ends with this. It lets one account in, by any key of [`Sshd::key`].
#[derive(Debug)]
pub struct Sshd {
    port: u16,
    process: Option<Guarded>,
    folder: tempfile::TempDir,
    libraries: PathBuf,
    program: PathBuf,
    more: String,
}

/// A pair of keys for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Ed25519, open.
    Open,
    /// Ed25519, sealed with [`PASSPHRASE`].
    Sealed,
    /// RSA.
    Rsa,
    /// One that it does not let in.
    Stranger,
}

/// What opens [`Key::Sealed`].
pub const PASSPHRASE: &str = "correct horse";

impl Key {
    const ALL: [Self; 4] = [Self::Open, Self::Sealed, Self::Rsa, Self::Stranger];

    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sealed => "sealed",
            Self::Rsa => "rsa",
            Self::Stranger => "stranger",
        }
    }

    fn make(self, folder: &Path) {
        let (kind, passphrase) = match self {
            Self::Open | Self::Stranger => ("ed25519", ""),
            Self::Sealed => ("ed25519", PASSPHRASE),
            Self::Rsa => ("rsa", ""),
        };
        keygen(folder.join(self.name()).as_path(), kind, passphrase);
    }
}

impl Sshd {
    /// Starts one; `None`, loudly, where OpenSSH is not installed.
    pub async fn start() -> Option<Self> {
        Self::start_with("").await
    }

    /// The same, with more lines in its configuration.
    pub async fn start_with(more: &str) -> Option<Self> {
        find_program("ssh-keygen")?;
        let Some(fetched) = peers().map(|peers| peers.join("sshd")).filter(|there| there.is_dir()) else {
            skip("OpenSSH's server was not fetched: tools/setup test");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("holdfast-test-sshd-").tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        keygen(&folder.path().join("host"), "ed25519", "");
        let mut admitted = String::new();
        for key in Key::ALL {
            key.make(folder.path());
            if key != Key::Stranger {
                let public = folder.path().join(key.name()).with_extension("pub");
                admitted += &std::fs::read_to_string(public).unwrap();
            }
        }
        std::fs::write(folder.path().join("authorized_keys"), admitted).unwrap();
        let mut sshd = Self {
            port,
            process: None,
            folder,
            libraries: fetched.join("libraries"),
            program: fetched.join("usr/sbin/sshd"),
            more: more.to_owned(),
        };
        sshd.run().await;
        Some(sshd)
    }

    /// Its address, which believes its key.
    pub fn address(&self) -> ssh::Address {
        self.address_of_a_stranger().with_host_key(self.fingerprint())
    }

    /// Its address, for somebody who never saw its key.
    pub fn address_of_a_stranger(&self) -> ssh::Address {
        let mut address: ssh::Address = format!("{}@127.0.0.1:{}", account(), self.port).parse().unwrap();
        address.key = Some(self.key(Key::Open));
        address
    }

    /// The port that it listens on, on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A private key's file.
    pub fn key(&self, key: Key) -> camino::Utf8PathBuf {
        self.folder.path().join(key.name()).try_into().unwrap()
    }

    /// The fingerprint of its own key, as OpenSSH prints it.
    pub fn fingerprint(&self) -> String {
        let mut command = Command::new("ssh-keygen");
        let said = command.arg("-lf").arg(self.folder.path().join("host.pub")).output().unwrap();
        String::from_utf8(said.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
    }

    /// Its own public key, as `known_hosts` has it.
    pub fn host_key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("host.pub")).unwrap()
    }

    /// Ends it, with all of its connections.
    pub fn stop(&mut self) {
        self.cut();
        self.process.take().unwrap().kill();
    }

    /// Ends its connections, and takes new ones.
    pub fn cut(&mut self) {
        let parent = self.process.as_mut().unwrap().child().id().to_string();
        // Each connection is a child of the one that listens, and has one of its own, which would go on.
        let children = children(&parent);
        let all: Vec<String> =
            children.iter().flat_map(|child| self::children(child)).chain(children.clone()).collect();
        if !all.is_empty() {
            Command::new("kill").arg("-KILL").args(all).status().unwrap();
        }
    }

    /// Starts it again on its port.
    pub async fn run(&mut self) {
        self.configure();
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let settings = self.folder.path().join("settings");
        let mut command = Command::new(if is_root() { Path::new("setpriv") } else { Path::new("env") });
        if is_root() {
            // It may not take the log from here, and reads its keys as its account.
            Command::new("chown").args(["-R", account().as_str()]).arg(self.folder.path()).status().unwrap();
            let user = account();
            command.args([format!("--reuid={user}"), format!("--regid={user}")]);
            command.args(["--init-groups", "env"]);
        }
        command.arg(format!("LD_LIBRARY_PATH={}", self.libraries.display())).arg(&self.program);
        command.args(["-D", "-e", "-f"]).arg(settings).stdout(Stdio::null()).stderr(log);
        self.process = Some(Guarded::start(&mut command));
        let port = self.port;
        poll::soon("sshd answers", async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    }

    /// Gives it another key, as somebody else's server has.
    pub async fn change_host_key(&mut self) {
        self.stop();
        let host = self.folder.path().join("host");
        std::fs::remove_file(&host).unwrap();
        std::fs::remove_file(host.with_extension("pub")).unwrap();
        keygen(&host, "ed25519", "");
        self.run().await;
    }

    fn configure(&self) {
        let folder = self.folder.path().display();
        let Self { port, more, .. } = self;
        let text = format!(
            "{more}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             AuthorizedKeysFile {folder}/authorized_keys\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
        );
        std::fs::write(self.folder.path().join("settings"), text).unwrap();
    }
}

/// Whom it lets in: itself, since it runs without rights.
fn account() -> String {
    if is_root() { "postgres".to_owned() } else { base::account::this_user() }
}

pub(crate) fn children(of: &str) -> Vec<String> {
    let found = Command::new("pgrep").args(["-P", of]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn keygen(path: &Path, kind: &str, passphrase: &str) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", kind, "-N", passphrase, "-C", "holdfast", "-f"]).arg(path);
    assert!(command.stdin(Stdio::null()).status().unwrap().success());
}
