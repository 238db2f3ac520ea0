//! A disk of a few megabytes.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::peer::{is_root, skip};

/// A file system in memory of a given size, unmounted when this is dropped.
#[derive(Debug)]
pub struct FullDisk {
    folder: tempfile::TempDir,
    /// Where it stays while it is unplugged.
    drawer: tempfile::TempDir,
}

impl FullDisk {
    /// Mounts one; only root may, so others skip their test.
    pub fn new(mebibytes: u32) -> Option<Self> {
        if !is_root() {
            skip("only root may mount a small disk");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=700"), "tmpfs"])
            .arg(folder.path())
            .output()
            .unwrap();
        if !mounted.status.success() {
            skip(&format!("a small disk cannot be mounted: {}", String::from_utf8_lossy(&mounted.stderr)));
            return None;
        }
        let disk = Self { folder, drawer: tempfile::tempdir().unwrap() };
        mount(&["--bind"], disk.path(), disk.drawer());
        Some(disk)
    }

    /// Where it is.
    pub fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    /// Takes all but `left_mebibytes` of its space, until [`FullDisk::free`].
    pub fn fill(&self, left_mebibytes: u64) {
        let available =
            Command::new("df").args(["--output=avail", "-B1"]).arg(self.folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&available.stdout).into_owned();
        let available: u64 = text.lines().nth(1).unwrap().trim().parse().unwrap();
        let taken = available.saturating_sub(left_mebibytes << 20);
        let length = taken.to_string();
        let made = Command::new("fallocate").args(["-l", &length]).arg(self.ballast()).status().unwrap();
        assert!(made.success(), "the disk could not be filled");
    }

    /// Gives the space back.
    pub fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> Utf8PathBuf {
        self.path().join("ballast")
    }

    /// Makes it read-only from now on.
    pub fn make_read_only(&self) {
        mount(&["-o", "remount,ro"], self.path(), Utf8Path::new(""));
    }

    /// Makes it writable again.
    pub fn make_writable(&self) {
        mount(&["-o", "remount,rw"], self.path(), Utf8Path::new(""));
    }

    /// Takes it away, also from under a program that uses it: the empty folder below it is what is left.
    pub fn unplug(&self) {
        assert!(unmount(self.path()), "the disk could not be unplugged");
    }

    /// Puts it back, with all that was on it.
    pub fn plug_in(&self) {
        mount(&["--bind"], self.drawer(), self.path());
    }

    fn drawer(&self) -> &Utf8Path {
        Utf8Path::from_path(self.drawer.path()).unwrap()
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // It may be unplugged at this moment.
        let _ = unmount(self.path());
        let _ = unmount(self.drawer());
    }
}

fn mount(options: &[&str], what: &Utf8Path, at: &Utf8Path) {
    let mut command = Command::new("mount");
    command.args(options).arg(what).args(Some(at).filter(|at| !at.as_str().is_empty()));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Lazily: what still has a file open there must not keep it.
fn unmount(at: &Utf8Path) -> bool {
    Command::new("umount").arg("--lazy").arg(at).output().unwrap().status.success()
}
