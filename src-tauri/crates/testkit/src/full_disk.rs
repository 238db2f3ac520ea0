//! A disk of a few megabytes.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::peer::{is_root, skip};

/// A file system in memory of a given size, unmounted when this is dropped.
#[derive(Debug)]
pub struct FullDisk {
    folder: tempfile::TempDir,
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
        Some(Self { folder })
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
        let remounted =
            Command::new("mount").args(["-o", "remount,ro"]).arg(self.folder.path()).status().unwrap();
        assert!(remounted.success(), "the disk could not be made read-only");
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // Lazily: what still has a file open there must not keep the test from ending.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}
