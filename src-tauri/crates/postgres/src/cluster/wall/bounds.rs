//! What a walled server may touch: its own folders, what it is made of, and what its libraries read.

use camino::{Utf8Path, Utf8PathBuf};

use crate::cluster::place::Place;
use crate::tools::{Program, ToolSet};

/// Of the system's own packages: libraries, time zones, languages, and what well-known extensions read. The
/// same on every computer, and nobody's secret.
#[cfg(target_os = "linux")]
const OF_THE_SYSTEM: [&str; 33] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies/back-ends",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/usr/share/i18n",
    "/usr/share/postgresql",
    "/usr/share/postgresql-common",
    "/usr/share/pgsql",
    "/usr/share/hunspell",
    "/usr/share/myspell",
    "/var/cache/postgresql/dicts",
    "/usr/share/proj",
    "/usr/share/gdal",
    "/usr/share/perl",
    "/usr/share/perl5",
    "/usr/local/share/perl",
    "/etc/perl",
    "/usr/share/tcltk",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/dev/random",
    "/dev/urandom",
];
#[cfg(target_os = "macos")]
const OF_THE_SYSTEM: [&str; 3] = ["/private/var/db/timezone", "/dev/random", "/dev/urandom"];
/// Read and written by everybody.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/zero"];

/// What the wall leaves open. Paths that are not there are no matter.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// Folders whose files are read, written, made and removed.
    pub(super) own: Vec<Utf8PathBuf>,
    /// Read alone.
    pub(super) readable: Vec<Utf8PathBuf>,
    /// Read and started: the server, and what loads it.
    pub(super) executable: Vec<Utf8PathBuf>,
    /// Devices that are read and written.
    pub(super) devices: Vec<Utf8PathBuf>,
    /// The port that it may listen on.
    #[cfg_attr(target_os = "macos", expect(dead_code, reason = "macOS lets a server listen"))]
    pub(super) port: Option<u16>,
}

impl Bounds {
    /// Of this server. Asks its installation, and so blocks for a moment.
    pub(super) fn of(place: &Place, tools: &ToolSet, is_on_loopback: bool) -> Self {
        let folders = [Some(&place.directory), place.socket_directory.as_ref()];
        let own = folders.into_iter().flatten().map(|folder| real(folder)).collect();
        let port = is_on_loopback.then_some(place.port);
        let program = tools.path(Program::Postgres);
        Self { own, ..Self::around(&program, &place.directory, tools.installation(), port) }
    }

    /// Of another program, which works in a folder of its own and listens on one port.
    pub(super) fn of_program(program: &Utf8Path, folder: &Utf8Path, port: u16) -> Self {
        Self { own: vec![real(folder)], ..Self::around(program, folder, Vec::new(), Some(port)) }
    }

    fn around(
        program: &Utf8Path,
        ours: &Utf8Path,
        installation: Vec<Utf8PathBuf>,
        port: Option<u16>,
    ) -> Self {
        let program = real(program);
        let loaded = loaded(&program, ours);
        let mut readable = installation;
        readable.extend(OF_THE_SYSTEM.map(Utf8PathBuf::from));
        readable.extend(loaded.libraries);
        let mut executable = vec![program];
        executable.extend(loaded.loaders);
        let devices = DEVICES.map(Utf8PathBuf::from).into();
        Self { own: Vec::new(), readable, executable, devices, port }
    }
}

fn real(path: &Utf8Path) -> Utf8PathBuf {
    path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned())
}

/// What the system loads a program with.
#[derive(Debug, Default, PartialEq, Eq)]
struct Loaded {
    /// Folders of its libraries, or single ones.
    libraries: Vec<Utf8PathBuf>,
    /// The dynamic loader, which the system starts in the program's place.
    loaders: Vec<Utf8PathBuf>,
}

#[cfg(target_os = "macos")]
fn loaded(_: &Utf8Path, _: &Utf8Path) -> Loaded {
    Loaded::default()
}

/// Asks the dynamic loader, which then does not start the program; another one than glibc's does, and the
/// program says its version. Source: ld.so(8), "`LD_TRACE_LOADED_OBJECTS`".
#[cfg(target_os = "linux")]
fn loaded(program: &Utf8Path, ours: &Utf8Path) -> Loaded {
    use crate::process::bare_command;

    let mut command = bare_command(program);
    command.arg("--version").env("LD_TRACE_LOADED_OBJECTS", "1").stdout(std::process::Stdio::piped());
    let said = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let mut loaded = read_trace(&said.unwrap_or_default(), ours);
    // Extensions may find theirs there later.
    let path = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = path.split(':').map(Utf8Path::new).filter(|folder| folder.is_absolute());
    loaded.libraries.extend(folders.filter(|folder| !ours.starts_with(folder)).map(real));
    if loaded.loaders.is_empty() {
        loaded.loaders.extend(usual_loaders());
    }
    loaded
}

/// A folder that holds ours as well is no folder of libraries: then the library alone.
#[cfg(target_os = "linux")]
fn read_trace(said: &str, ours: &Utf8Path) -> Loaded {
    let mut loaded = Loaded::default();
    for line in said.lines() {
        let found = line.split_once(" => ").map_or(line, |(_, found)| found).split_whitespace().next();
        let Some(path) = found.map(Utf8Path::new).filter(|path| path.is_absolute()) else { continue };
        if path.file_name().is_some_and(|name| name.starts_with("ld-")) {
            loaded.loaders.push(path.to_owned());
        }
        let folder = path.parent().filter(|folder| !ours.starts_with(folder)).unwrap_or(path).to_owned();
        if !loaded.libraries.contains(&folder) {
            loaded.libraries.push(folder);
        }
    }
    loaded
}

#[cfg(target_os = "linux")]
fn usual_loaders() -> impl Iterator<Item = Utf8PathBuf> {
    let entries =
        ["/lib", "/lib64"].into_iter().filter_map(|folder| Utf8Path::new(folder).read_dir_utf8().ok());
    let paths = entries.flat_map(|entries| entries.flatten().map(camino::Utf8DirEntry::into_path));
    paths.filter(|path| path.file_name().is_some_and(|name| name.starts_with("ld-")))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_the_loader_are_read_from_what_the_loader_says() {
        let said = "\tlinux-vdso.so.1 (0x00007f)\n\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)\n\
            \tlibgone.so => not found\n\tlibown.so => /home/a/libown.so (0x1)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let loaded = read_trace(said, "/home/a/profile/clusters/x".into());
        assert_eq!(loaded.libraries, ["/lib/x86_64-linux-gnu", "/home/a/libown.so", "/lib64"]);
        assert_eq!(loaded.loaders, ["/lib64/ld-linux-x86-64.so.2"]);
        assert_eq!(read_trace("postgres (PostgreSQL) 17.2\n", "/x".into()), Loaded::default());
    }
}
