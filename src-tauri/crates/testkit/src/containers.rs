//! A stand-in for Docker: the server that a container would run is a process of this computer, without walls.
//!
//! It answers the few questions that Holdfast asks, in Docker's words, and knows one image. What it is told is kept
//! line by line, so that a scenario can read it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use postgres::tools::{Program, SearchRoots, Tools};

use crate::script::script;

/// The script; `BIN`, `STATE`, `MAJOR` and `IMAGE` are filled in.
const DOCKER: &str = r#"
bin='BIN' state='STATE'
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
echo "$*" >> "$state/calls"
fail() { rm -f "$state/making"; echo "Error response from daemon: $*" >&2; exit 1; }
case "$1" in
version) echo 'a stand-in for docker' ;;
pull) [ "$3" = 'IMAGE' ] || fail "pull access denied for $3"; touch "$state/here" ;;
image)
  [ "$5" = 'IMAGE' ] && [ -e "$state/here" ] || { echo "Error: No such image: $5" >&2; exit 1; }
  echo '{"Env":["PATH=/usr/bin","PG_MAJOR=MAJOR"],"Cmd":["postgres"]}' ;;
run)
  shift
  while [ $# -gt 0 ]; do
    case "$1" in
    --name) name=$2; shift ;;
    --volume) sockets=${2%%:*}; shift ;;
    --env) case "$2" in POSTGRES_USER=*) user=${2#*=} ;; esac; shift ;;
    --detach) ;;
    --*) shift ;;
    *) break ;;
    esac
    shift
  done
  shift 2 # the image, and the server's own name
  touch "$state/making"
  here=$state/$name
  mkdir "$here" "$here/s" || fail "the name $name is taken"
  printf %s "$POSTGRES_PASSWORD" > "$here/password"
  touch "$here/log"
  [ "$(id -u)" != 0 ] || chown -R postgres "$here"
  as "$bin/initdb" -D "$here/data" -U "$user" -A scram-sha-256 --pwfile "$here/password" -E UTF8 --locale C > "$here/log" 2>&1 \
    || fail "$(tail -1 "$here/log")"
  echo "listen_addresses = ''" >> "$here/data/postgresql.conf"
  echo "unix_socket_directories = '$here/s'" >> "$here/data/postgresql.conf"
  # The folders that it is told are those of a container.
  server=$(printf %s "$*" | sed "s#unix_socket_directories=[^ ]*#unix_socket_directories=$here/s#")
  as "$bin/pg_ctl" -D "$here/data" -w -l "$here/log" -o "$server" start > /dev/null 2>&1 || fail "$(tail -1 "$here/log")"
  # A mounted folder is entered by nobody's rights but the container's; a link into it does for a process.
  ln -s "$here/s/.s.PGSQL.5432" "$sockets/.s.PGSQL.5432"
  rm "$state/making"
  echo "$name" ;;
exec) "$bin/pg_isready" -q -h "$state/$2/s" ;;
container) [ -e "$state/$5" ] || fail "No such container: $5"; echo true ;;
logs) cat "$state/$4/log" ;;
rm)
  # Also of what is not there it says nothing, and succeeds.
  [ -e "$state/$4" ] || exit 0
  as "$bin/pg_ctl" -D "$state/$4/data" -m immediate -w stop > /dev/null 2>&1
  rm -rf "${state:?}/$4" ;;
*) fail "unknown command $1" ;;
esac
"#;

/// The stand-in, and what it made.
#[derive(Debug)]
pub struct Containers {
    folder: tempfile::TempDir,
}

impl Containers {
    /// The image that it knows; it is not here before it is pulled.
    pub const IMAGE: &'static str = "registry.test/holdfast/postgres:1";

    /// With the programs that are found there.
    ///
    /// # Panics
    /// Where there are none.
    pub fn with(programs: &SearchRoots) -> Self {
        let set = Tools::discover(programs).found.into_iter().next().expect("Postgres's programs");
        let folder = tempfile::Builder::new().prefix("holdfast-test-containers-").tempdir().unwrap();
        // Servers run as another user where a test runs as root.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let made = Self { folder };
        std::fs::create_dir_all(made.program_folder()).unwrap();
        let program = set.path(Program::Postgres);
        let text = DOCKER
            .replace("BIN", program.parent().unwrap().as_str())
            .replace("STATE", made.folder().as_str())
            .replace("MAJOR", &set.major().to_string())
            .replace("IMAGE", Self::IMAGE);
        script(&made.program_folder(), "docker", &text);
        made
    }

    /// The folder with the program `docker`.
    pub fn program_folder(&self) -> Utf8PathBuf {
        self.folder().join("bin")
    }

    /// The containers that are there.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("holdfast-")).collect()
    }

    /// Whether it is making one.
    pub fn is_making(&self) -> bool {
        self.folder().join("making").exists()
    }

    /// What it was told, a line each.
    pub fn calls(&self) -> String {
        std::fs::read_to_string(self.folder().join("calls")).unwrap_or_default()
    }

    fn folder(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    fn docker(&self) -> Command {
        Command::new(self.program_folder().join("docker"))
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        for name in self.names() {
            let _ = self.docker().args(["rm", "--force", "--volumes", &name]).status();
        }
    }
}
