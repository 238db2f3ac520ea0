//! Where process numbers mean something: on one machine, since it was started, in one container.
//!
//! A host name says nothing of that: two laptops have the same, and two containers often have the same machine id
//! too. So a lock names what all three together are, hashed, so that nothing of the machine is told; restic ignores
//! the field. Where one of them cannot be known, nothing is judged by a process number, and only time tells.

use std::sync::OnceLock;

use crate::id::Id;

/// What is hashed with a machine's own id has to be an application's own.
const APPLICATION: &[u8] = b"holdfast vault lock 1";
/// Half of a hash: enough to tell machines apart.
const NAME_CHARACTERS: usize = 32;

/// What a process is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// There is none of this number.
    Dead,
    /// There is one; since when, in ticks since the machine was started, where that is known.
    Alive(Option<u64>),
}

/// Names all processes whose numbers can be compared with those of this one; absent where that is not known.
pub(crate) fn processes() -> Option<&'static str> {
    static NAME: OnceLock<Option<String>> = OnceLock::new();
    NAME.get_or_init(|| parts().map(|parts| name(&parts))).as_deref()
}

/// When this process began, as [`Life::Alive`] tells it of others.
pub(super) fn began() -> Option<u64> {
    match life(std::process::id()) {
        Life::Alive(began) => began,
        Life::Dead => None,
    }
}

fn name(parts: &[Vec<u8>]) -> String {
    let mut all = APPLICATION.to_vec();
    for part in parts {
        // Each by its length, so that no two lists of parts look alike.
        all.extend_from_slice(&(part.len() as u64).to_le_bytes());
        all.extend_from_slice(part);
    }
    Id::of(&all).to_string()[..NAME_CHARACTERS].to_owned()
}

/// The machine, its start, and the room of process numbers in it. The machine's own id may be missing, or be the same
/// in all containers of an image; its start is a random number each time, and may not be missing.
#[cfg(target_os = "linux")]
fn parts() -> Option<Vec<Vec<u8>>> {
    use std::os::unix::ffi::OsStrExt;

    let ids = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    let machine = ids.into_iter().find_map(|file| std::fs::read(file).ok()).unwrap_or_default();
    let start = std::fs::read("/proc/sys/kernel/random/boot_id").ok().filter(|id| !id.is_empty())?;
    let room = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(vec![machine, start, room.as_os_str().as_bytes().to_vec()])
}

/// There are no rooms of process numbers, and the number of a start is a random one too.
#[cfg(target_os = "macos")]
fn parts() -> Option<Vec<Vec<u8>>> {
    use sysctl::Sysctl;

    let start = sysctl::Ctl::new("kern.bootsessionuuid").and_then(|number| number.value_string()).ok()?;
    (!start.is_empty()).then(|| vec![start.into_bytes()])
}

/// Nothing is known of other processes here.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn parts() -> Option<Vec<Vec<u8>>> {
    None
}

/// Whether a process of this number lives.
pub(super) fn life(pid: u32) -> Life {
    if !is_there(pid) {
        return Life::Dead;
    }
    match stat(pid) {
        Some((state, _)) if is_over(state) => Life::Dead,
        Some((_, began)) => Life::Alive(Some(began)),
        None => Life::Alive(None),
    }
}

/// What has ended and is only not collected yet.
fn is_over(state: char) -> bool {
    matches!(state, 'Z' | 'X' | 'x')
}

/// The state of a process and when it began (`man proc_pid_stat`: fields 3 and 22).
#[cfg(target_os = "linux")]
fn stat(pid: u32) -> Option<(char, u64)> {
    let line = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    fields(&String::from_utf8_lossy(&line))
}

#[cfg(not(target_os = "linux"))]
fn stat(_pid: u32) -> Option<(char, u64)> {
    None
}

/// A program may be called `) Z 1`: what counts comes after the last bracket.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has such lines"))]
fn fields(line: &str) -> Option<(char, u64)> {
    const BEGAN: usize = 22 - 4;
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(BEGAN)?.parse().ok()?))
}

#[cfg(unix)]
pub(crate) fn is_there(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    // Not allowed to signal it means that it is there.
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

/// Nothing is known of other processes here: only time makes their locks stale.
#[cfg(not(unix))]
pub(crate) fn is_there(_pid: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_started_again_or_another_container_of_it_is_another_place() {
        let parts = |all: [&str; 3]| all.map(|part| part.as_bytes().to_vec());
        let here = name(&parts(["machine", "start", "pid:[4026531836]"]));
        assert_eq!(here, name(&parts(["machine", "start", "pid:[4026531836]"])));
        for other in [
            ["other", "start", "pid:[4026531836]"],
            ["machine", "again", "pid:[4026531836]"],
            ["machine", "start", "pid:[4026532000]"],
            ["machines", "tart", "pid:[4026531836]"],
        ] {
            assert_ne!(here, name(&parts(other)), "{other:?}");
        }
        assert!(here.len() == NAME_CHARACTERS && !here.contains("machine"));
    }

    #[test]
    fn when_a_process_began_is_read_whatever_its_program_is_called() {
        let rest = "S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8812345 1000 200";
        for program in ["holdfast", "a) Z 1 (b", "", ") S"] {
            assert_eq!(fields(&format!("77 ({program}) {rest}")), Some(('S', 8_812_345)), "{program}");
        }
        assert_eq!(fields("77 (short) S 1"), None);
        assert_eq!(fields(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_lives_and_began_once() {
        assert!(processes().is_some());
        assert!(matches!(life(std::process::id()), Life::Alive(Some(_))));
        assert_eq!(began(), began());
    }
}
