//! What the system is asked, on a bus of its own: to stay awake while a run goes on, and whether the network is metered.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use camino::Utf8Path;
use serde_json::Value;
use testkit::{CommandLine, Server, child, poll};
use zbus::zvariant;
use zbus::{Connection, interface};

/// A message bus that ends with the test.
struct Bus {
    _daemon: child::Guarded,
    address: String,
}

impl Bus {
    /// Nothing where this computer has no message bus; in CI that is an error.
    fn open(folder: &Utf8Path) -> Option<Self> {
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        daemon.arg(format!("--address=unix:dir={folder}")).stdout(Stdio::piped()).stderr(Stdio::null());
        if Command::new("dbus-daemon").arg("--version").output().is_err() {
            testkit::skip("there is no dbus-daemon on this computer");
            return None;
        }
        let mut daemon = child::Guarded::start(&mut daemon);
        let mut address = String::new();
        BufReader::new(daemon.child().stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Self { _daemon: daemon, address: address.trim().to_owned() })
    }
}

/// `org.freedesktop.login1.Manager`, as far as it keeps a computer awake.
struct Logind {
    /// What was forbidden, why, and the other end of what holds it.
    held: Arc<Mutex<Vec<(String, String, std::io::PipeReader)>>>,
}

#[allow(clippy::needless_pass_by_value, reason = "the interface fixes these signatures")]
#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn inhibit(&self, what: String, who: String, why: String, mode: &str) -> zvariant::OwnedFd {
        assert_eq!((who.as_str(), mode), ("Holdfast", "block"));
        let (reader, writer) = std::io::pipe().unwrap();
        self.held.lock().unwrap().push((what, why, reader));
        zvariant::OwnedFd::from(OwnedFd::from(writer))
    }
}

/// `org.freedesktop.NetworkManager`, of which one property is read.
struct NetworkManager {
    metered: u32,
}

#[interface(name = "org.freedesktop.NetworkManager")]
impl NetworkManager {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.metered
    }
}

async fn serve<T: zbus::object_server::Interface>(
    bus: &Bus,
    name: &'static str,
    path: &'static str,
    what: T,
) -> Connection {
    let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap().name(name).unwrap();
    builder.serve_at(path, what).unwrap().build().await.unwrap()
}

fn add_project(line: &CommandLine, server: &'static Server, database: &str) {
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(server, database);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
}

#[tokio::test]
async fn while_a_run_goes_on_the_computer_may_not_fall_asleep_and_afterwards_it_may() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t as select i from generate_series(1, 100) i").await;
    let line = CommandLine::new();
    let Some(bus) = Bus::open(line.folder()) else { return };
    add_project(&line, server, database.name());
    let held = Arc::new(Mutex::new(Vec::new()));
    let logind = Logind { held: Arc::clone(&held) };
    let _logind = serve(&bus, "org.freedesktop.login1", "/org/freedesktop/login1", logind).await;
    let session = database.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let mut command = line.command(&["backup", "run", "shop"]);
    command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address).stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = child::Guarded::start(&mut command);

    poll::soon("it asks to stay awake", async || held.lock().unwrap().len() == 2).await;
    session.client.batch_execute("rollback").await.unwrap();
    let status = poll::until("its end", async || running.child().try_wait().unwrap()).await;

    assert!(status.success());
    let mut held = held.lock().unwrap();
    let mut what: Vec<&str> = held.iter().map(|(what, ..)| what.as_str()).collect();
    what.sort_unstable();
    assert_eq!(what, ["idle", "sleep"]);
    for (what, why, end) in held.iter_mut() {
        assert!(why.contains("goes on"), "{why}");
        // The lock is held as long as its other end is open.
        assert_eq!(end.read(&mut [0]).unwrap(), 0, "{what} is still forbidden");
    }
}

#[tokio::test]
async fn on_a_metered_network_a_run_that_is_due_waits_and_says_so() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let line = CommandLine::new();
    let Some(bus) = Bus::open(line.folder()) else { return };
    add_project(&line, server, database.name());
    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["schedule", "set", "shop", "--hourly"]);
    // As if it had been set, and backed up, two hours ago.
    let catalogue = super::schedule::catalogue(&line).await;
    for statement in
        ["UPDATE schedule SET set_at_ms = set_at_ms - 7200000", "UPDATE backup SET at_ms = at_ms - 7200000"]
    {
        sqlx::query(statement).execute(&catalogue).await.unwrap();
    }
    catalogue.close().await;
    let show = |bus: &Bus| {
        let mut command = line.command(&["--json", "schedule", "show", "shop"]);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address);
        let output = command.output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()[0].clone()
    };

    // NM_METERED_YES, then NM_METERED_NO.
    for (metered, state) in [(1, "waiting"), (2, "due")] {
        let manager = NetworkManager { metered };
        let path = "/org/freedesktop/NetworkManager";
        let bus_name = serve(&bus, "org.freedesktop.NetworkManager", path, manager).await;
        let one = show(&bus);
        assert_eq!(one["state"], state, "{one}");
        let says = one["because"].as_str().unwrap().contains("the network is metered");
        assert_eq!(says, metered == 1, "{one}");
        bus_name.close().await.unwrap();
    }
}
