//! A Redis server of its own.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::child::Guarded;
use crate::peer::find_program;
use crate::poll;

/// A running Redis server on the loopback, which writes nothing to the disk; it ends with this.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    password: Option<String>,
    process: Option<Guarded>,
    _folder: tempfile::TempDir,
}

impl Redis {
    /// Starts one; `None`, loudly, where Redis is not installed.
    pub async fn start() -> Option<Self> {
        Self::start_with(None, &[]).await
    }

    /// The same, with a password and more lines of its configuration.
    pub async fn start_with(password: Option<&str>, more: &[&str]) -> Option<Self> {
        // The server is the same program as the one that checks its files; a package without a service has that alone.
        let program = find_program("redis-check-rdb")?;
        find_program("redis-cli")?;
        let folder = tempfile::Builder::new().prefix("holdfast-test-redis-").tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut lines = vec![
            format!("port {port}"),
            "bind 127.0.0.1".to_owned(),
            "save \"\"".to_owned(),
            format!("dir {}", folder.path().display()),
            "repl-diskless-sync-delay 0".to_owned(),
        ];
        lines.extend(password.map(|password| format!("requirepass {password}")));
        lines.extend(more.iter().map(|line| (*line).to_owned()));
        let configuration = folder.path().join("redis.conf");
        std::fs::write(&configuration, lines.join("\n")).unwrap();
        let mut command = Command::new(program);
        command.arg0("redis-server").arg(&configuration).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Guarded::start(&mut command);
        let answers = poll::until("Redis answers", async || {
            assert!(process.child().try_wait().unwrap().is_none(), "Redis ended");
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        answers.await;
        let password = password.map(str::to_owned);
        Some(Self { port, password, process: Some(process), _folder: folder })
    }

    /// Its address, without a password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `redis-cli` prints for a command in a database.
    pub fn run(&self, database: u32, arguments: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string(), "-n", &database.to_string()]).args(arguments);
        if let Some(password) = &self.password {
            command.env("REDISCLI_AUTH", password);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Ends it.
    pub fn stop(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// A server that loads this file, with more lines of its configuration; `None`, loudly, where Redis is not installed.
    pub async fn loading_with(file: &std::path::Path, more: &[&str]) -> Option<Self> {
        let folder = format!("dir {}", file.parent().unwrap().display());
        let name = format!("dbfilename {}", file.file_name().unwrap().to_string_lossy());
        // Of two lines that say different things the last one counts.
        let all: Vec<&str> =
            [folder.as_str(), name.as_str()].into_iter().chain(more.iter().copied()).collect();
        Self::start_with(None, &all).await
    }
}
