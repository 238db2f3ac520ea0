//! A private desktop: display, session bus, unlocked keychain, home, web driver.

use std::ffi::{OsStr, OsString};
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::keychain;
use crate::notifications::Notifications;
use crate::peer::{Peer, application, wait_for};
use crate::screen::Screen;
use crate::servers::{self, Server};
use crate::tray::TrayHost;
use crate::window::Window;

/// A desk; everything on it ends with it.
pub(crate) struct Desk {
    application: PathBuf,
    environment: Vec<(OsString, OsString)>,
    bus_address: String,
    driver_port: u16,
    // Dropped in this order: first what uses, then what is used.
    _driver: Peer,
    _keychain: Peer,
    _bus: Peer,
    screen: Screen,
    home: TempDir,
}

impl Desk {
    /// A desk with everything on it; `None` when a peer is missing and this is not CI.
    pub(crate) async fn open() -> Option<Self> {
        let application = application()?;
        let home = home();
        let screen = Screen::open();
        let mut environment = environment(home.path(), screen.name());
        let (bus, bus_address) = bus(home.path(), &environment);
        environment.push(("DBUS_SESSION_BUS_ADDRESS".into(), bus_address.clone().into()));
        let keychain = keychain_daemon(&environment);
        owned(&bus_address, "org.freedesktop.secrets").await;
        let (driver, driver_port) = driver(&environment).await;
        Some(Self {
            application,
            environment,
            bus_address,
            driver_port,
            _driver: driver,
            _keychain: keychain,
            _bus: bus,
            screen,
            home,
        })
    }

    /// Puts a host for tray icons on the desk, as a panel is one.
    pub(crate) async fn tray_host(&self) -> TrayHost {
        TrayHost::open(&self.bus_address).await
    }

    /// Puts somebody on the desk who shows notifications, as a desktop does.
    pub(crate) async fn notifications(&self) -> Notifications {
        Notifications::open(&self.bus_address).await
    }

    /// Starts the application and waits for its window.
    pub(crate) async fn start(&self) -> Window {
        Window::open(self.driver_port, &self.application, self.screen.clone()).await
    }

    /// Starts the application a second time, as a person does who clicks its icon again.
    pub(crate) fn start_again(&self) -> Peer {
        Peer::start(&mut self.command(&self.application))
    }

    /// Everything that rests in the desk's keychain.
    pub(crate) async fn secrets(&self) -> Vec<String> {
        keychain::secrets(&self.bus_address).await
    }

    /// What is seen.
    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The person's home.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The private servers that the application made.
    pub(crate) fn servers(&self) -> Vec<Server> {
        servers::of(&self.home().join("profile"))
    }

    /// The command line of the same build, with `--json`.
    pub(crate) fn command_line(&self, arguments: &[&str]) -> Command {
        let mut holdfast = self.command(self.application.with_file_name("holdfast"));
        holdfast.arg("--json").args(arguments);
        holdfast
    }

    /// A program that runs on this desk.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        command(program, &self.environment)
    }
}

impl Drop for Desk {
    /// A window that its driver ends has no time to put its servers to rest.
    fn drop(&mut self) {
        self.servers().iter().for_each(Server::remove);
    }
}

/// A home that a server of another user can reach into.
fn home() -> TempDir {
    let home = tempfile::Builder::new().prefix("holdfast-desk-").tempdir().unwrap();
    std::fs::set_permissions(home.path(), Permissions::from_mode(0o711)).unwrap();
    let runtime = home.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, Permissions::from_mode(0o700)).unwrap();
    home
}

fn environment(home: &Path, display: &str) -> Vec<(OsString, OsString)> {
    let inherited = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"];
    let inherited = inherited.iter().filter_map(|name| Some(((*name).into(), std::env::var_os(name)?)));
    let folder = |name: &str| home.join(name).into_os_string();
    let own: [(&str, OsString); 13] = [
        ("DISPLAY", display.into()),
        ("HOLDFAST_HOME", folder("profile")),
        ("HOME", home.into()),
        ("XDG_CACHE_HOME", folder("cache")),
        ("XDG_CONFIG_HOME", folder("config")),
        ("XDG_DATA_HOME", folder("data")),
        ("XDG_RUNTIME_DIR", folder("run")),
        ("LC_ALL", "C.UTF-8".into()),
        ("TZ", "UTC".into()),
        // No accessibility bus, which would outlive the desk.
        ("NO_AT_BRIDGE", "1".into()),
        ("GDK_BACKEND", "x11".into()),
        ("TAURI_WEBVIEW_AUTOMATION", "true".into()),
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
    ];
    inherited.chain(own.into_iter().map(|(name, value)| (name.into(), value))).collect()
}

fn command(program: impl AsRef<OsStr>, environment: &[(OsString, OsString)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn bus(home: &Path, environment: &[(OsString, OsString)]) -> (Peer, String) {
    let mut bus = Peer::start(
        command("dbus-daemon", environment)
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .arg(format!("--address=unix:dir={}", home.join("run").display()))
            .stdout(Stdio::piped()),
    );
    let mut address = String::new();
    let stdout = bus.child().stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut address).unwrap();
    (bus, address.trim().to_owned())
}

/// The keychain of the desk, unlocked as a sign-in would have done.
fn keychain_daemon(environment: &[(OsString, OsString)]) -> Peer {
    let mut keychain = Peer::start(
        command("gnome-keyring-daemon", environment)
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped()),
    );
    keychain.child().stdin.take().unwrap().write_all(b"a passphrase of this desk").unwrap();
    keychain
}

async fn driver(environment: &[(OsString, OsString)]) -> (Peer, u16) {
    // Free at this moment; another test asks the same kernel, which gives each a different one.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let driver = Peer::start(command("WebKitWebDriver", environment).arg(format!("--port={port}")));
    wait_for("the web driver", async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    (driver, port)
}

/// Waits until somebody owns this name on the bus.
async fn owned(address: &str, name: &'static str) {
    let bus = zbus::connection::Builder::address(address).unwrap().build().await.unwrap();
    let names = zbus::fdo::DBusProxy::new(&bus).await.unwrap();
    wait_for(name, async || names.name_has_owner(name.try_into().unwrap()).await.unwrap().then_some(()))
        .await;
}
