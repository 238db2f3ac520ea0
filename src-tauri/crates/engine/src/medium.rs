//! Which storage medium holds a folder: what is lost together.
//!
//! A share is on its server; all partitions of a built-in disk are in this computer; a removable disk is a
//! medium of its own. An undetermined medium never counts as a second one.

use std::fmt;

use camino::Utf8Path;

use base::account::this_host;

/// The computer that this runs on, as a machine.
const THIS: &str = "computer";
const HOST: &str = "host:";
const LOCAL: &str = "local:";
#[cfg(target_os = "linux")]
const EXTERNAL: &str = "external:";

/// A medium: two that are equal in `machine` are lost together by what takes a machine, in `disk` by what takes a disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Medium {
    /// `computer`, `host:NAME`, `external:DISK`, or `local:DISK` where that is all that is known.
    machine: String,
    /// The disk in it, as far as that is known.
    pub(crate) disk: String,
}

impl Medium {
    /// Where a server is: this computer, or another one.
    pub(crate) fn of_host(host: &str) -> Self {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
        let is_loop = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let is_here =
            is_loop || host == "localhost" || host.starts_with('/') || host == this_host().to_lowercase();
        if is_here {
            return Self { machine: THIS.into(), disk: THIS.into() };
        }
        Self { machine: format!("{HOST}{host}"), disk: format!("{HOST}{host}") }
    }

    #[cfg(target_os = "linux")]
    fn built_in(disk: String) -> Self {
        Self { machine: THIS.into(), disk }
    }

    /// A disk of which the system does not say whether it can be taken away.
    #[cfg(not(target_os = "linux"))]
    fn local(disk: String) -> Self {
        Self { machine: format!("{LOCAL}{disk}"), disk }
    }

    /// What is lost together with it by what takes a machine. Where the system does not say whether a disk can be
    /// taken away, a person does, by declaring that it is elsewhere.
    pub(crate) fn machine(&self, is_declared_elsewhere: bool) -> &str {
        if self.machine.starts_with(LOCAL) && !is_declared_elsewhere { THIS } else { &self.machine }
    }

    /// As it is kept.
    pub(crate) fn stored(&self) -> String {
        format!("{}\t{}", self.machine, self.disk)
    }

    /// What was kept.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (machine, disk) = text.split_once('\t')?;
        Some(Self { machine: machine.into(), disk: disk.into() })
    }

    /// What a folder is on; absent where that cannot be told, or it is not there.
    pub(crate) fn of(folder: &Utf8Path) -> Option<Self> {
        seen::medium(&folder.canonicalize_utf8().ok()?)
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.machine.strip_prefix(HOST) {
            Some(host) => write!(f, "the server {host}"),
            None if self.machine == THIS || self.machine.starts_with(LOCAL) => f.write_str("this computer"),
            None => f.write_str("a disk that can be taken away"),
        }
    }
}

/// The server of a share, by what was mounted: `nas:/backups`, `//nas/backups`, `bob@nas:/`, `https://nas/dav`.
#[cfg_attr(
    not(any(target_os = "linux", test)),
    expect(dead_code, reason = "others do not say what is mounted")
)]
fn host_of(source: &str) -> Option<&str> {
    let rest = source.strip_prefix("//").or_else(|| source.split_once("://").map(|(_, rest)| rest));
    let host = match rest {
        Some(rest) => rest.split(['/', '\\']).next()?,
        None if source.starts_with('[') => source.split_once(']')?.0.trim_start_matches('['),
        None => source.split_once(':')?.0,
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    // A list of servers is named by its first.
    let host = host.split(',').next().unwrap_or_default();
    (!host.is_empty()).then_some(host)
}

#[cfg(target_os = "linux")]
mod seen {
    //! As Linux tells it: what is mounted, and which disk that is on.

    use std::os::unix::fs::MetadataExt as _;

    use camino::{Utf8Path, Utf8PathBuf};

    use super::{EXTERNAL, Medium, THIS, host_of};

    /// A partition in a volume in a RAID in a container is four deep.
    const DEPTH_MAX: usize = 8;
    /// File systems of other machines whose names do not begin with `fuse.`.
    const REMOTE: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "davfs", "afs"];
    /// Those of which nobody says where they are.
    const NOBODY_KNOWS: [&str; 3] = ["9p", "virtiofs", "fuse"];

    /// What is mounted at a place.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Mount {
        pub(super) kind: String,
        pub(super) source: String,
    }

    pub(super) fn medium(folder: &Utf8Path) -> Option<Medium> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let mount = mount_of(&mounts, folder)?;
        if REMOTE.contains(&mount.kind.as_str()) || mount.kind.starts_with("fuse.") {
            let medium = Medium::of_host(host_of(&mount.source)?);
            // A share of this computer may be on any of its disks.
            return (medium.machine != THIS).then_some(medium);
        }
        if NOBODY_KNOWS.contains(&mount.kind.as_str()) {
            return None;
        }
        // Some file systems have a number of their own, and say on which device they are.
        let is_device = mount.source.starts_with("/dev/");
        let named = is_device.then(|| std::fs::metadata(&mount.source).ok().map(|device| device.rdev()));
        let own = || std::fs::metadata(folder).ok().map(|folder| folder.dev());
        let device = named.flatten().filter(|device| *device != 0).or_else(own)?;
        let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
        let number = format!("{major}:{minor}");
        let block = Utf8PathBuf::from(format!("/sys/dev/block/{number}")).canonicalize_utf8();
        Some(match block {
            Ok(block) => of_disk(&disk_of(block, DEPTH_MAX)),
            // It is in memory, or put together by a container.
            Err(_) => Medium::built_in(number),
        })
    }

    /// The entry that holds a folder: the deepest, and of those the last.
    pub(super) fn mount_of(mounts: &str, folder: &Utf8Path) -> Option<Mount> {
        let mut best: Option<(usize, Mount)> = None;
        for line in mounts.lines() {
            let Some((before, after)) = line.split_once(" - ") else { continue };
            let Some(point) = before.split(' ').nth(4).map(plain) else { continue };
            let mut after = after.split(' ');
            let (Some(kind), Some(source)) = (after.next(), after.next()) else { continue };
            let is_deeper = best.as_ref().is_none_or(|(length, _)| point.len() >= *length);
            if is_deeper && folder.starts_with(&point) {
                best = Some((point.len(), Mount { kind: kind.into(), source: plain(source) }));
            }
        }
        best.map(|(_, mount)| mount)
    }

    /// Spaces and such are written as `\040`.
    fn plain(text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let octal = bytes.get(at + 1..at + 4).filter(|_| bytes[at] == b'\\');
            let value = octal
                .and_then(|octal| std::str::from_utf8(octal).ok())
                .and_then(|octal| u8::from_str_radix(octal, 8).ok());
            out.push(value.unwrap_or(bytes[at]));
            at += if value.is_some() { 4 } else { 1 };
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The whole disk of a partition, or of the first part of a volume.
    fn disk_of(block: Utf8PathBuf, depth: usize) -> Utf8PathBuf {
        if depth == 0 {
            return block;
        }
        let below = block.join("slaves").read_dir_utf8().ok().and_then(|mut below| below.next()?.ok());
        if let Some(below) = below.and_then(|below| below.path().canonicalize_utf8().ok()) {
            return disk_of(below, depth - 1);
        }
        match block.parent() {
            Some(disk) if block.join("partition").exists() => disk_of(disk.to_owned(), depth - 1),
            _ => block,
        }
    }

    fn of_disk(disk: &Utf8Path) -> Medium {
        let read = |name: &str| {
            let text = std::fs::read_to_string(disk.join(name)).ok()?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let own = ["wwid", "device/wwid", "device/serial"].into_iter().find_map(read);
        let name = own.unwrap_or_else(|| disk.file_name().unwrap_or(disk.as_str()).to_owned());
        let is_plugged = disk.as_str().contains("/usb") || disk.as_str().contains("/thunderbolt");
        if is_plugged || read("removable").as_deref() == Some("1") {
            let machine = format!("{EXTERNAL}{name}");
            return Medium { disk: machine.clone(), machine };
        }
        Medium::built_in(name)
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod seen {
    //! As other systems tell it: two numbers that are the same are one disk; whether it can be taken away is not known.

    use std::os::unix::fs::MetadataExt as _;

    use camino::Utf8Path;

    use super::Medium;

    pub(super) fn medium(folder: &Utf8Path) -> Option<Medium> {
        Some(Medium::local(std::fs::metadata(folder).ok()?.dev().to_string()))
    }
}

#[cfg(not(unix))]
mod seen {
    //! By the letter of a drive, or the server of a share.

    use camino::Utf8Path;

    use super::Medium;

    pub(super) fn medium(folder: &Utf8Path) -> Option<Medium> {
        let first = folder.components().next()?.as_str().to_lowercase();
        let share = first.strip_prefix(r"\\?\unc\").or_else(|| first.strip_prefix(r"\\"));
        match share.filter(|share| !share.starts_with('?')) {
            Some(share) => Some(Medium::of_host(share.split('\\').next()?)),
            None => Some(Medium::local(first)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_of_a_share_is_read_from_what_was_mounted() {
        for (source, host) in [
            ("nas:/backups", Some("nas")),
            ("//nas.example/backups", Some("nas.example")),
            ("bob@nas:/home", Some("nas")),
            ("https://cloud.example/dav", Some("cloud.example")),
            ("[fd00::1]:/x", Some("fd00::1")),
            ("a,b,c:/", Some("a")),
            ("tmpfs", None),
            ("", None),
        ] {
            assert_eq!(host_of(source), host, "{source}");
        }
    }

    #[test]
    fn a_server_that_is_this_computer_is_no_other_machine() {
        let here = this_host();
        for host in ["localhost", "127.0.0.1", "::1", "[::1]", "/run/postgresql", here.as_str()] {
            assert_eq!(Medium::of_host(host).machine, THIS, "{host}");
        }
        assert_eq!(Medium::of_host("DB.example.").machine, "host:db.example");
        let medium = Medium::of_host("db.example");
        assert_eq!(Medium::parse(&medium.stored()), Some(medium));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_deepest_mount_holds_a_folder_and_its_name_may_have_a_space() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                      30 22 0:50 / /mnt/my\\040nas rw,relatime shared:1 - nfs4 nas:/x rw\n\
                      31 22 0:51 / /mnt rw - tmpfs tmpfs rw\n";
        let of = |folder: &str| seen::mount_of(mounts, folder.into()).unwrap().kind;
        assert_eq!(of("/mnt/my nas/holdfast"), "nfs4");
        assert_eq!(
            (of("/mnt/other"), of("/mnt/my"), of("/srv")),
            ("tmpfs".into(), "tmpfs".into(), "ext4".into())
        );
    }

    #[test]
    fn two_folders_beside_one_another_are_on_one_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::create_dir(path.join("beside")).unwrap();
        assert_eq!(Medium::of(&path.join("beside")), Medium::of(path));
        assert_eq!(Medium::of(&path.join("nowhere")), None);
    }
}
