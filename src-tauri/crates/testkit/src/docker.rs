//! A stand-in for the Docker of a server: what it is told to run "in a container" is a process beside the real database.
//!
//! It speaks as `docker exec` does, and keeps the ids of what it ran, so that a scenario can kill a container.

use camino::{Utf8Path, Utf8PathBuf};

use crate::script::script;
use crate::sshd::children;

/// The script; `STATE` is filled in.
const DOCKER: &str = r#"
state='STATE'
fail() { echo "$*" >&2; exit 1; }
case "$1" in
ps)
  [ ! -e "$state/refuses" ] || fail "$(cat "$state/refuses")"
  [ ! -e "$state/ps" ] || echo 4f9c0a11b2c3d4e5f6
  exit ;;
inspect)
  case "$5" in *Config.Image*) cat "$state/ps"; exit ;; esac
  [ -e "$state/log-$6" ] || fail "Error response from daemon: No such container: $6"
  id=4f9c0a11b2c3d4e5f6
  [ ! -e "$state/id-$6" ] || id=$(cat "$state/id-$6")
  echo "holdfast $id $(cat "$state/made-$6")"
  exit ;;
logs)
  [ -e "$state/log-$5" ] || fail "Error response from daemon: No such container: $5"
  echo "$5 logs $4" >> "$state/calls"
  awk -v since="$4" '$1 >= since' "$state/log-$5"
  [ ! -e "$state/broken" ] || fail 'unexpected EOF'
  exit ;;
esac
[ "$1 $2" = 'exec -i' ] || fail "a stand-in for docker knows no $*"
name=$3
shift 3
echo "$name $*" >> "$state/calls"
case "$name" in
shop-db) ;;
# Its accounts' scripts talk before anything else.
talkative) echo 'Welcome to this container!' ;;
# As the images of Alpine are.
small) PATH="$state/small" ;;
bare) PATH="$state/bare" ;;
stopped) fail "Error response from daemon: container 4f9c0a11b2 is not running" ;;
locked) fail "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock" ;;
*) fail "Error response from daemon: No such container: $name" ;;
esac
echo $$ >> "$state/running"
exec "$@"
"#;

/// What the images of Alpine have instead of Bash.
const NC: &str = r#"
exec /usr/bin/env PATH=/usr/bin:/bin bash -c \
  'exec 3<>"/dev/tcp/$0/$1" || exit 1; cat <&0 >&3 & cat <&3 & exec 3>&-; wait -n; kill $(jobs -p) 2>/dev/null' "$@"
"#;

/// A container that runs: name, image, compose project, ports there and inside.
pub type Runs<'a> = (&'a str, &'a str, &'a str, &'a [(u16, u16)]);

/// The stand-in, and what it keeps.
#[derive(Debug)]
pub struct Docker {
    folder: tempfile::TempDir,
}

impl Docker {
    /// One that knows the containers `shop-db`, `talkative`, `small`, `bare`, `stopped` and `locked`.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("holdfast-test-docker-").tempdir().unwrap();
        let made = Self { folder };
        let programs = made.programs();
        for folder in [&programs, &made.path("small"), &made.path("bare")] {
            std::fs::create_dir(folder).unwrap();
            open(folder);
        }
        open(made.folder());
        open(&script(&programs, "docker", &DOCKER.replace("STATE", made.folder().as_str())));
        open(&script(&made.path("small"), "nc", NC));
        for folder in ["small", "bare"] {
            std::os::unix::fs::symlink("/bin/sh", made.path(folder).join("sh")).unwrap();
        }
        for file in ["calls", "running"] {
            std::fs::write(made.path(file), "").unwrap();
            open(&made.path(file));
        }
        made
    }

    fn folder(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        self.folder().join(name)
    }

    /// The folder that its program is in.
    pub fn programs(&self) -> Utf8PathBuf {
        self.path("programs")
    }

    /// What makes an SSH server find it before others.
    pub fn for_sshd(&self) -> String {
        format!("SetEnv PATH={}:/usr/local/bin:/usr/bin:/bin", self.programs())
    }

    /// Gives a container a log: lines that begin with their time, and when it was made.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn prints(&self, container: &str, made: &str, lines: &str) {
        std::fs::write(self.path(&format!("made-{container}")), made).unwrap();
        std::fs::write(self.path(&format!("log-{container}")), lines).unwrap();
        for file in ["made", "log"] {
            open(&self.path(&format!("{file}-{container}")));
        }
    }

    /// Says which containers run: name, image, compose project, its folder, and ports there and inside.
    ///
    /// # Panics
    /// Where it cannot be noted.
    pub fn runs(&self, containers: &[Runs<'_>]) {
        let line = |(name, image, project, ports): &Runs<'_>| {
            let ports: Vec<String> = ports
                .iter()
                .map(|(there, inside)| {
                    format!(r#""{inside}/tcp":[{{"HostIp":"0.0.0.0","HostPort":"{there}"}}]"#)
                })
                .collect();
            let of = "com.docker.compose.project";
            format!(
                r#"holdfast {{"name":"/{name}","image":"{image}","labels":{{"{of}":"{project}","{of}.working_dir":"/srv/{project}"}},"mounts":[{{"Type":"bind","Source":"/srv/{project}/functions","Destination":"/home/deno/functions"}}],"ports":{{{}}}}}"#,
                ports.join(",")
            )
        };
        let lines: Vec<String> = containers.iter().map(line).collect();
        std::fs::write(self.path("ps"), lines.join("\n") + "\n").unwrap();
        open(&self.path("ps"));
    }

    /// Makes it refuse the account that asks which containers run.
    ///
    /// # Panics
    /// Where it cannot be noted.
    pub fn refuses(&self, what: &str) {
        std::fs::write(self.path("refuses"), what).unwrap();
        open(&self.path("refuses"));
    }

    /// Gives a container another id, as one has that is made anew under its name.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn is_made_anew(&self, container: &str, id: &str) {
        std::fs::write(self.path(&format!("id-{container}")), id).unwrap();
        open(&self.path(&format!("id-{container}")));
    }

    /// Whether reading a log breaks in its middle from now on.
    ///
    /// # Panics
    /// Where it cannot be noted.
    pub fn breaks(&self, breaks: bool) {
        if breaks {
            std::fs::write(self.path("broken"), "").unwrap();
        } else {
            std::fs::remove_file(self.path("broken")).unwrap();
        }
    }

    /// What it was told, line by line: the container, and the words.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub fn calls(&self) -> Vec<String> {
        std::fs::read_to_string(self.path("calls")).unwrap().lines().map(str::to_owned).collect()
    }

    /// Kills everything that runs in its containers.
    ///
    /// # Panics
    /// Where what runs is not known.
    pub fn kill(&self) {
        let running = std::fs::read_to_string(self.path("running")).unwrap();
        let mut all: Vec<String> = running.lines().map(str::to_owned).collect();
        let mut known = 0;
        while let Some(id) = all.get(known) {
            all.extend(children(id));
            known += 1;
        }
        for id in &all {
            // Most of them have ended long ago.
            let _ = std::process::Command::new("kill")
                .args(["-KILL", id])
                .stderr(std::process::Stdio::null())
                .status();
        }
    }
}

impl Default for Docker {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets the account of an SSH server read and write it.
fn open(path: &Utf8Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mut rights = std::fs::metadata(path).unwrap().permissions();
    rights.set_mode(rights.mode() | 0o777);
    std::fs::set_permissions(path, rights).unwrap();
}
