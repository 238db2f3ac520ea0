//! Files of the profile: private, written whole or not at all.

#![expect(clippy::disallowed_methods, reason = "here files are named and removed")]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use uuid::Uuid;

/// Writes a file that only its owner can read: temporary, synced, renamed, and its name synced too.
///
/// # Errors
/// The disk is full, or the folder cannot be written; nothing of it stays then.
pub fn write_private(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    create_private_dir(folder)?;
    // Two threads may write the same file at once: the last one wins, whole.
    let (temporary, mut file) = begin_private(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let named = written.and_then(|()| std::fs::rename(&temporary, path));
    if named.is_err() {
        // The half-written file must not stay; that it may not be there is no second failure.
        let _ = std::fs::remove_file(&temporary);
    }
    named?;
    sync_folder(path)
}

/// A new file beside `path`, under a name that nobody can prepare: in a folder that others may write to, a link of
/// theirs would be followed, or a file of theirs be filled.
fn begin_private(path: &Utf8Path) -> io::Result<(Utf8PathBuf, File)> {
    let temporary = path.with_extension(format!("tmp-{}", Uuid::new_v4().simple()));
    let file = private(OpenOptions::new().write(true).create_new(true)).open(&temporary)?;
    Ok((temporary, file))
}

/// Syncs the folder of a file that was given its name there, so that the name outlives a loss of power.
///
/// # Errors
/// The folder cannot be opened or synced.
#[cfg(unix)]
pub fn sync_folder(path: &Utf8Path) -> io::Result<()> {
    let folder = match path.parent() {
        None => return Ok(()),
        Some(folder) if folder.as_str().is_empty() => Utf8Path::new("."),
        Some(folder) => folder,
    };
    match File::open(folder)?.sync_all() {
        // Some shares have no such thing: there the name is as durable as their server makes it.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

/// Folders cannot be opened for that there.
///
/// # Errors
/// The folder cannot be opened or synced.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the Unix twin can fail")]
pub fn sync_folder(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Removes a file; that it is not there is as good.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove(path: &Utf8Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Gives a file another name, in the place of what has it, so that it has it also after a loss of power.
///
/// # Errors
/// It cannot be named so, or the folder cannot be synced.
pub fn rename(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_folder(to)
}

/// A file that only its owner can read, written piece by piece; it gets its name at the end, or never.
#[derive(Debug)]
pub struct PrivateFile {
    file: Option<io::BufWriter<File>>,
    temporary: Utf8PathBuf,
    path: Utf8PathBuf,
}

impl PrivateFile {
    /// Begins it under a name of its own, beside the final one.
    ///
    /// # Errors
    /// The folder is not there, or cannot be written.
    pub fn begin(path: &Utf8Path) -> io::Result<Self> {
        let (temporary, file) = begin_private(path)?;
        Ok(Self { file: Some(io::BufWriter::new(file)), temporary, path: path.to_owned() })
    }

    /// Syncs it, gives it its name, and syncs that.
    ///
    /// # Errors
    /// What was written could not be synced or named; the temporary file is removed then.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            let synced =
                file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
            let named = synced.and_then(|()| std::fs::rename(&self.temporary, &self.path));
            if named.is_err() {
                let _ = std::fs::remove_file(&self.temporary);
            }
            named?;
            return sync_folder(&self.path);
        }
        Ok(())
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // The half-written file must not stay; that it may not be there is no second failure.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// Creates a folder, and its parents, that only the owner can enter; leaves an existing one alone. What is new has its
/// name also after a loss of power: a file that is synced in a folder that is gone is gone.
///
/// # Errors
/// A folder cannot be made or synced.
pub fn create_private_dir(path: &Utf8Path) -> io::Result<()> {
    let is_new = |folder: &&Utf8Path| !folder.as_str().is_empty() && !folder.exists();
    let new: Vec<&Utf8Path> = path.ancestors().take_while(is_new).collect();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    for folder in new {
        match sync_folder(folder) {
            // Whose folder may be written to and not read cannot be asked for that.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            synced => synced?,
        }
    }
    Ok(())
}

/// Lets only the owner into a folder that may have been made by somebody less careful.
///
/// # Errors
/// Its rights cannot be changed.
#[cfg(unix)]
pub fn make_private(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Folders of a profile are private by where they are.
///
/// # Errors
/// Its rights cannot be changed.
#[cfg(not(unix))]
pub fn make_private(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Opens or creates a file that serves as a lock.
///
/// # Errors
/// It cannot be opened or made.
pub fn open_lock(path: &Utf8Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        create_private_dir(folder)?;
    }
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// Whether nobody who lives holds this lock file. Only one that is gone, or that can be taken, says so: one that
/// cannot be opened (another account's, or no descriptors left) may be held by somebody who works now.
pub fn is_dropped(lock: &Utf8Path) -> bool {
    match File::options().read(true).write(true).open(lock) {
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Bytes free for us on the disk that holds `path`, or its nearest parent that exists.
///
/// # Errors
/// The system does not answer for that disk.
pub fn free_bytes(path: &Utf8Path) -> io::Result<u64> {
    let mut at = path;
    while !at.exists() {
        at = at.parent().ok_or_else(|| io::Error::other("no parent of the path exists"))?;
    }
    fs4::available_space(at)
}

/// Whether two folders are on one disk, as far as the system tells; absent where one of them is not there.
#[cfg(unix)]
pub fn is_same(one: &Utf8Path, other: &Utf8Path) -> Option<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Utf8Path| std::fs::metadata(path).map(|metadata| metadata.dev()).ok();
    Some(device(one)? == device(other)?)
}

/// Whether two folders are on one disk, by the letters of their drives.
#[cfg(not(unix))]
pub fn is_same(one: &Utf8Path, other: &Utf8Path) -> Option<bool> {
    let drive =
        |path: &Utf8Path| Some(path.canonicalize_utf8().ok()?.components().next()?.as_str().to_lowercase());
    Some(drive(one)? == drive(other)?)
}

/// The path without links, as far as it exists: two ways to write one place are equal.
pub fn resolved(path: &Utf8Path) -> Utf8PathBuf {
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize_utf8().ok()?)));
    let Some((above, real)) = there else { return path.to_owned() };
    match path.strip_prefix(above) {
        Ok(rest) if !rest.as_str().is_empty() => real.join(rest),
        _ => real,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Utf8Path) -> Vec<String> {
        let entries = folder.read_dir_utf8().unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_owned()).collect()
    }

    #[test]
    fn a_private_file_is_there_whole_under_its_name_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let path = folder.join("kit.txt");
        for text in ["first", "second"] {
            write_private(&path, text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let mut file = PrivateFile::begin(&path).unwrap();
        file.write_all(b"third").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second", "it has no name yet");
        file.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third");
        assert_eq!(names(folder), ["kit.txt"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn an_unfinished_file_has_a_name_of_its_own_and_goes_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let path = folder.join("kit.txt");
        let both = [PrivateFile::begin(&path).unwrap(), PrivateFile::begin(&path).unwrap()];
        let unfinished = names(folder);
        assert_eq!(unfinished.len(), 2);
        // Nobody guesses 32 hexadecimal digits.
        assert!(unfinished.iter().all(|name| name.len() == "kit.tmp-".len() + 32), "{unfinished:?}");
        drop(both);
        assert_eq!(names(folder), [] as [&str; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_private_file_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (path, theirs) = (folder.join("kit.txt"), folder.join("theirs"));
        std::fs::write(&theirs, "theirs").unwrap();
        std::os::unix::fs::symlink(&theirs, &path).unwrap();

        write_private(&path, b"ours").unwrap();

        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "theirs");
        assert!(!path.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn only_a_lock_that_is_gone_or_free_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("lock");
        assert!(is_dropped(&path), "it is not there");
        let held = open_lock(&path).unwrap();
        held.lock().unwrap();
        assert!(!is_dropped(&path), "it is held");
        drop(held);
        assert!(is_dropped(&path), "it is free");
        std::fs::remove_file(&path).unwrap();
        create_private_dir(&path).unwrap();
        assert!(!is_dropped(&path), "it cannot be opened");
    }
}
