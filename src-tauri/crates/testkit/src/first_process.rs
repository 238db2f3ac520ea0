//! A Postgres that is the first process of its own world, as it is in the usual container images: what is left without a
//! parent there becomes its child. Needs an account that may make such worlds.

use std::path::Path;
use std::process::{Command, Stdio};

use camino::Utf8PathBuf;
use postgres::tools::Program;

use crate::child::Guarded;
use crate::peer::{find_program, is_root, skip};
use crate::poll;
use crate::script::script;
use crate::server::Server;

/// What stands in for Docker's program there: it runs its words in the server's world, as `docker exec` does.
const DOCKER: &str = r#"
[ "$1 $2 $3" = 'exec -i db' ] || { echo "a stand-in for docker knows no $*" >&2; exit 1; }
shift 3
exec nsenter --target "$(cat 'STATE/id')" --pid -- "$@"
"#;

/// The server, and the program that reaches into its container.
#[derive(Debug)]
pub struct FirstProcess {
    port: u16,
    folder: tempfile::TempDir,
    process: Guarded,
}

impl FirstProcess {
    /// Starts one; `None`, loudly, where this account may not.
    pub async fn start(server: &Server) -> Option<Self> {
        if !is_root() {
            skip("a process world of its own needs root");
            return None;
        }
        find_program("unshare")?;
        find_program("nsenter")?;
        let folder = tempfile::Builder::new().prefix("holdfast-test-first-").tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        own(folder.path());
        let as_postgres = |program: &Path| {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
            command
        };
        let mut initdb = as_postgres(server.program(Program::Initdb).as_std_path());
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"]).arg(&data);
        assert!(initdb.stdout(Stdio::null()).status().unwrap().success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child", "setpriv"]);
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.arg(server.program(Program::Postgres)).arg("-D").arg(&data);
        command.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k"]);
        command.arg(folder.path()).stdout(Stdio::null()).stderr(log);
        let process = Guarded::start(&mut command);
        let mut made = Self { port, folder, process };
        poll::soon("the server listens", async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
            .await;
        let parent = made.process.child().id().to_string();
        let id = crate::sshd::children(&parent).remove(0);
        std::fs::write(made.folder.path().join("id"), id).unwrap();
        let programs = made.programs();
        std::fs::create_dir(&programs).unwrap();
        script(&programs, "docker", &DOCKER.replace("STATE", made.folder.path().to_str().unwrap()));
        Some(made)
    }

    /// The folder of the program that reaches into its container `db`.
    pub fn programs(&self) -> Utf8PathBuf {
        self.folder.path().join("programs").try_into().unwrap()
    }

    /// Its URL, as it is seen from inside.
    pub fn url(&self) -> String {
        format!("postgresql://postgres@localhost:{}/postgres", self.port)
    }

    /// What it wrote into its log.
    ///
    /// # Panics
    /// Where that cannot be read.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// Gives a folder to the account that the server runs as.
fn own(folder: &Path) {
    assert!(Command::new("chown").args(["-R", "postgres"]).arg(folder).status().unwrap().success());
}
