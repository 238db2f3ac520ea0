//! Names, links and metadata on the local disk: what must not lead out of the destination.

use std::fs::{File, FileTimes};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use crate::tree::{MODE_PERMISSIONS, Node};

/// Where these names lead below the destination; nothing if a name cannot be used here.
#[cfg(unix)]
pub(super) fn inside(destination: &Path, names: &[Vec<u8>]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let mut path = destination.to_owned();
    for name in names {
        push_plain(&mut path, Path::new(std::ffi::OsStr::from_bytes(name)))?;
    }
    Some(path)
}

/// Where these names lead below the destination; nothing if a name cannot be used here.
#[cfg(not(unix))]
pub(super) fn inside(destination: &Path, names: &[Vec<u8>]) -> Option<PathBuf> {
    let mut path = destination.to_owned();
    for name in names {
        let name = std::str::from_utf8(name).ok()?;
        // A colon is a drive or a stream there, and trailing dots and spaces are dropped.
        let is_usable = !name.contains([':', '<', '>', '"', '|', '?', '*']) && !name.ends_with(['.', ' ']);
        push_plain(&mut path, is_usable.then(|| Path::new(name))?)?;
    }
    Some(path)
}

fn push_plain(path: &mut PathBuf, name: &Path) -> Option<()> {
    let mut components = name.components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(_)), None) => {
            path.push(name);
            Some(())
        }
        _ => None,
    }
}

/// Permissions and time. Owners are left alone: a restore is the user's.
pub(super) fn set_metadata(path: &Path, node: &Node) -> io::Result<()> {
    let file = File::open(path)?;
    set_file_metadata(&file, node)
}

/// As [`set_metadata`], of a file that is open.
pub(super) fn set_file_metadata(file: &File, node: &Node) -> io::Result<()> {
    if let Ok(time) = node.mtime.parse::<jiff::Timestamp>() {
        let time = SystemTime::from(time);
        file.set_times(FileTimes::new().set_accessed(time).set_modified(time))?;
    }
    set_mode(file, node.mode & MODE_PERMISSIONS)
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Makes a symbolic link, unless it leads out of the destination.
#[cfg(unix)]
pub(super) fn link(path: &Path, node: &Node, destination: &Path) -> io::Result<()> {
    let target = Path::new(&node.linktarget);
    let depth = path.strip_prefix(destination).map_or(0, |inside| inside.components().count());
    if node.linktarget.is_empty() || node.linktarget_raw.is_some() || leads_out(target, depth) {
        return Err(io::Error::other(format!("its target {:?} leads out of the snapshot", node.linktarget)));
    }
    std::os::unix::fs::symlink(target, path)
}

/// Makes no links: they need a privilege there.
#[cfg(not(unix))]
pub(super) fn link(_path: &Path, _node: &Node, _destination: &Path) -> io::Result<()> {
    Err(io::Error::other("symbolic links are not restored on this system"))
}

#[cfg(unix)]
fn leads_out(target: &Path, depth: usize) -> bool {
    // The link itself is one of the components.
    let mut height = depth.saturating_sub(1);
    target.components().any(|component| match component {
        Component::Prefix(_) | Component::RootDir => true,
        Component::CurDir => false,
        Component::Normal(_) => {
            height += 1;
            false
        }
        Component::ParentDir => match height.checked_sub(1) {
            Some(above) => {
                height = above;
                false
            }
            None => true,
        },
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let inside = |name: &[u8]| inside(Path::new("/to"), &[b"a".to_vec(), name.to_vec()]);
        assert_eq!(inside(b"b"), Some(PathBuf::from("/to/a/b")));
        for name in [&b".."[..], b"/etc", b"b/../../c", b".", b""] {
            assert_eq!(inside(name), None);
        }
    }

    #[test]
    fn links_may_climb_as_far_as_the_destination() {
        assert!(!leads_out(Path::new("../b"), 2));
        assert!(leads_out(Path::new("../b"), 1));
        assert!(leads_out(Path::new("c/../../b"), 1));
        assert!(leads_out(Path::new("/etc/passwd"), 3));
    }
}
