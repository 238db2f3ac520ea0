//! Docker's and Podman's program on this computer: where it is, and what it is told by its environment.

use camino::Utf8PathBuf;

use crate::on_path;

/// Which of them, in this order.
const PROGRAMS: [&str; 2] = ["docker", "podman"];

/// Variables that tell the programs where their engine is, and who asks.
pub const VARIABLES: [&str; 11] = [
    "HOME",
    "USER",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
];

/// The first of the programs that is on the PATH.
pub fn find() -> Option<Utf8PathBuf> {
    PROGRAMS.iter().find_map(|name| on_path::find(name))
}
