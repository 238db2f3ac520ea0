//! Files while they are written, before they get their names; and those that writers who died left behind.
//!
//! A name says whose it is: the machine, where its process numbers mean something, and the process. What a living
//! process writes is never removed, whatever a clock says.

#![expect(clippy::disallowed_methods, reason = "the store names and removes its own files")]

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::{TEMPORARY, create_private, make_directory};
use crate::id::Id;
use crate::lock::{here, hostname};

/// Temporaries older than this belong to no living writer.
const AGE_MAX: Duration = Duration::from_hours(24);
/// Of each hash in a name.
const NAME_CHARACTERS: usize = 8;

/// Numbers the temporary files of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The temporary file of one put, in a directory that exists only once it is needed.
pub(super) fn create(root: &Path) -> io::Result<(PathBuf, File)> {
    let directory = root.join(TEMPORARY);
    let path = directory.join(name());
    match create_private(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Only in a place that still is a repository: an unmounted disk leaves an empty
            // directory behind, and nothing may be written to the disk below it.
            if !root.join("keys").is_dir() {
                return Err(error);
            }
            make_directory(&directory, false)?;
            Ok((path.clone(), create_private(&path)?))
        }
        other => other.map(|file| (path, file)),
    }
}

/// Removes what dead writers left behind: those of this machine at once, others after a day. Failing
/// to is no reason not to open.
pub(super) fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut now = None;
    for entry in entries.flatten() {
        let path = entry.path();
        let is_left = if let Some(pid) = entry.file_name().to_str().and_then(writer) {
            !here::is_there(pid)
        } else {
            let written = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            // By our own clock first: only what looks old costs a file.
            let looks_old = |written: &SystemTime| written.elapsed().is_ok_and(|age| age > AGE_MAX);
            written.filter(looks_old).is_some_and(|written| {
                let now = *now.get_or_insert_with(|| time_there(directory));
                now.and_then(|now| now.duration_since(written).ok()).is_some_and(|age| age > AGE_MAX)
            })
        };
        if is_left {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether a creation on this machine that was interrupted left it.
pub(super) fn is_of_this_machine(name: &str) -> bool {
    name.starts_with(&machine())
}

/// Now, by the clock that the times of all files there are from: a computer whose clock is a day ahead must not take
/// what others write at this moment for old.
fn time_there(directory: &Path) -> Option<SystemTime> {
    let path = directory.join(name());
    let file = create_private(&path).ok()?;
    let now = file.metadata().and_then(|metadata| metadata.modified());
    drop(file);
    let _ = fs::remove_file(&path);
    now.ok()
}

fn name() -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let processes = here::processes().map_or("unknown", |name| &name[..NAME_CHARACTERS]);
    format!("{}{processes}-{}-{number}", machine(), std::process::id())
}

fn machine() -> String {
    let host = Id::of(hostname().as_bytes()).to_string();
    format!("{}-", &host[..NAME_CHARACTERS])
}

/// The process that writes this file, where its number means something here.
fn writer(name: &str) -> Option<u32> {
    let mut parts = name.split('-').skip(1);
    let (processes, pid) = (parts.next()?, parts.next()?);
    let here = here::processes()?.get(..NAME_CHARACTERS)?;
    // Of the number of this file nothing is asked, but that it has one: names of earlier versions had less.
    (processes == here && parts.next().is_some()).then(|| pid.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_process() -> u32 {
        u32::try_from(i32::MAX).unwrap()
    }

    /// What is left of these files, the last of which is so old.
    fn swept(files: &[String], age: Duration) -> Vec<bool> {
        let directory = tempfile::TempDir::new().unwrap();
        for file in files {
            fs::write(directory.path().join(file), b"half of a pack").unwrap();
            let file = File::open(directory.path().join(file)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        sweep(directory.path());
        files.iter().map(|file| directory.path().join(file).exists()).collect()
    }

    #[test]
    fn what_a_living_process_writes_stays_and_what_a_dead_one_left_goes() {
        let Some(here) = here::processes() else { return };
        let (here, pid) = (&here[..NAME_CHARACTERS], std::process::id());
        let machine = machine();
        let of_others = format!("{machine}00000000-{}-1", no_process());
        let earlier = format!("{machine}{}-1", no_process());
        let files = [
            format!("{machine}{here}-{pid}-1"),
            format!("{machine}{here}-{}-1", no_process()),
            of_others,
            earlier,
        ];
        // A machine of the same host name may be another one; names of earlier versions do not say which.
        assert_eq!(swept(&files, Duration::ZERO), [true, false, true, true]);
        assert_eq!(swept(&files, AGE_MAX * 2), [true, false, false, false]);
    }

    #[test]
    fn the_name_of_a_temporary_says_who_writes_it() {
        assert!(is_of_this_machine(&name()));
        assert_eq!(writer(&name()), here::processes().map(|_| std::process::id()));
        for foreign in ["", "letter", "a-b-c", "a-b-c-d", "0-1-2-3-4"] {
            assert_eq!(writer(foreign), None, "{foreign}");
        }
    }
}
