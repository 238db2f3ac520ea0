//! `PgBouncer` in front of a server.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use postgres::connection::Settings;

use crate::child::Guarded;
use crate::peer::{find_program, is_root};
use crate::poll;
use crate::server::Server;

/// How long a client keeps its server connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// As long as its session.
    Session,
    /// As long as its transaction.
    Transaction,
}

/// A running pooler; it ends with this.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    _process: Guarded,
    _folder: tempfile::TempDir,
}

impl Pooler {
    /// Starts one; `None`, loudly, where `PgBouncer` is not installed.
    pub async fn before(server: &Server, mode: PoolMode) -> Option<Self> {
        // Debian keeps it where only root's PATH looks.
        let packaged = Path::new("/usr/sbin/pgbouncer");
        let program = if packaged.is_file() { packaged.to_owned() } else { find_program("pgbouncer")? };
        let folder = tempfile::Builder::new().prefix("holdfast-test-pooler-").tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let Settings { host, port: server_port, user, .. } = server.settings("postgres");
        let password = server.password().expose();
        let users = folder.path().join("users.txt");
        let mode = if mode == PoolMode::Session { "session" } else { "transaction" };
        let text = format!(
            "[databases]\n* = host={host} port={server_port} password={password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = {mode}\n\
             default_pool_size = 10\n",
            users.display()
        );
        let settings = folder.path().join("pooler.ini");
        std::fs::write(&users, format!("\"{user}\" \"{password}\"\n")).unwrap();
        std::fs::write(&settings, text).unwrap();
        // As root it runs as nobody, who has to read them.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(program);
        if is_root() {
            command.args(["--user", "nobody"]);
        }
        let process = Guarded::start(command.arg("--quiet").arg(&settings).stdout(Stdio::null()));
        poll::soon("the pooler answers", async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
            .await;
        Some(Self { port, _process: process, _folder: folder })
    }

    /// The port that it listens on, on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }
}
