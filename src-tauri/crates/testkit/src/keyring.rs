//! A desktop session with a real keychain, around a child process.

use std::process::Command;

use crate::child;
use crate::peer::find_program;

/// Starts the keychain, waits for it, runs the rest of the arguments, and ends it.
const SESSION: &str = r#"
printf '%s' "$KEYRING_PASSWORD" | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
keyring=$!
trap 'kill $keyring' EXIT
gdbus wait --session --timeout 20 org.freedesktop.secrets
if [ "$KEYRING_STATE" = locked ]; then
    dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
        org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
fi
"$@"
"#;

/// What the keychain of a session is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyring {
    /// It answers.
    Unlocked,
    /// It is there, and waits for a person who does not come.
    Locked,
    /// There is no session bus at all.
    Absent,
}

impl Keyring {
    /// Runs the test again as a child in such a session, to play `part`, and fails where it fails.
    pub fn run(self, test: &str, part: &str) {
        let home = tempfile::tempdir().unwrap();
        let again = child::again(test, part);
        let mut command = match self {
            Self::Absent => {
                let mut command = again;
                command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
                command
            }
            Self::Unlocked | Self::Locked => {
                let programs = ["dbus-run-session", "gnome-keyring-daemon", "gdbus", "dbus-send"];
                if programs.into_iter().any(|program| find_program(program).is_none()) {
                    return;
                }
                let mut command = Command::new("dbus-run-session");
                command.args(["--", "bash", "-c", SESSION, "session"]);
                command.arg(again.get_program()).args(again.get_args());
                for (name, value) in again.get_envs() {
                    command.env(name, value.unwrap());
                }
                command.env("KEYRING_STATE", if self == Self::Locked { "locked" } else { "unlocked" });
                command.env("KEYRING_PASSWORD", "only of this session");
                command.env_remove("DBUS_SESSION_BUS_ADDRESS");
                command
            }
        };
        for (name, folder) in [("HOME", "home"), ("XDG_RUNTIME_DIR", "run"), ("XDG_DATA_HOME", "home/share")]
        {
            let folder = home.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
            command.env(name, folder);
        }
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        child::must_pass(&mut command);
    }
}
