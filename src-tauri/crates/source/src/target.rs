//! A folder of this computer that files are written into. As when it is read, no link is followed.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use camino::Utf8Path;
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::ambient_authority;
#[cfg(unix)]
use cap_std::fs::Metadata;
use cap_std::fs::{Dir, OpenOptions};

use crate::error::SourceError;
use crate::folder::{PART, open_in, parent, refuse_link};
use crate::object::{Checked, Object, Opened, Writes};

/// A folder that files are written into.
pub struct Target {
    dir: Dir,
    place: String,
}

impl Target {
    /// Opens a folder for writing; makes it where it is not there.
    ///
    /// # Errors
    /// `Forbidden`, `WrongKind`, `Io`.
    pub fn open(path: &Utf8Path) -> Result<Self, SourceError> {
        let place = path.to_string();
        refuse_link(path)?;
        std::fs::create_dir_all(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                SourceError::WrongKind { place: place.clone(), found: "a file, not a folder" }
            }
            _ => SourceError::writing(&place, error),
        })?;
        let dir = Dir::open_ambient_dir(path, ambient_authority());
        let dir = dir.map_err(|error| SourceError::writing(&place, error))?;
        Ok(Self { dir, place })
    }

    /// Whether nothing is in it.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn is_empty(&self) -> Result<bool, SourceError> {
        let mut entries = self.dir.entries().map_err(|error| SourceError::reading(&self.place, error))?;
        Ok(entries.next().is_none())
    }

    /// Whether something has this name.
    pub fn has(&self, key: &str) -> bool {
        let found = parent(&self.dir, key).ok().flatten();
        found.is_some_and(|(dir, name)| dir.as_ref().unwrap_or(&self.dir).symlink_metadata(name).is_ok())
    }

    fn make_parent<'a>(&self, key: &'a str) -> io::Result<(Option<Dir>, &'a str)> {
        let (folders, name) =
            key.rsplit_once('/').map_or((None, key), |(folders, name)| (Some(folders), name));
        let mut dir: Option<Dir> = None;
        for part in folders.into_iter().flat_map(|folders| folders.split('/')) {
            let outer = dir.as_ref().unwrap_or(&self.dir);
            match outer.create_dir(part) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
            dir = Some(outer.open_dir_nofollow(part)?);
        }
        Ok((dir, name))
    }
}

impl Writes for Target {
    fn put(&self, object: &Object, key: &str, _: bool, reader: &mut dyn Checked) -> Result<u64, SourceError> {
        let place = format!("{}/{key}", self.place);
        let failed = |error| SourceError::writing(&place, error);
        let (dir, name) = self.make_parent(key).map_err(failed)?;
        let dir = dir.as_ref().unwrap_or(&self.dir);
        if dir.symlink_metadata(name).is_ok_and(|meta| meta.is_dir()) {
            return Err(SourceError::WrongKind { place, found: "a folder, not a file" });
        }
        let temporary = format!("{}{}{}", PART.0, std::process::id(), PART.1);
        // Left by a run that was killed.
        let _ = dir.remove_file(&temporary);
        let written = fill(dir, (&temporary, name), object, reader).and_then(|bytes| {
            reader.check()?;
            dir.rename(&temporary, dir, name)?;
            Ok(bytes)
        });
        if written.is_err() {
            let _ = dir.remove_file(&temporary);
        }
        written.map_err(failed)
    }

    fn read(&self, key: &str) -> Result<Opened, SourceError> {
        let asked = Object { key: key.to_owned(), ..Object::default() };
        let gone = || SourceError::NotThere { place: format!("{}/{key}", self.place) };
        open_in(&self.dir, &self.place, &asked)?.ok_or_else(gone)
    }

    fn remove(&self, key: &str) -> Result<bool, SourceError> {
        let place = format!("{}/{key}", self.place);
        let failed = |error| SourceError::writing(&place, error);
        let Some((dir, name)) = parent(&self.dir, key).map_err(failed)? else { return Ok(false) };
        match dir.as_ref().unwrap_or(&self.dir).remove_file(name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Writes a file under a name that nobody looks for, private until it is given its rights.
fn fill(
    dir: &Dir,
    (name, replaced): (&str, &str),
    object: &Object,
    reader: &mut dyn Checked,
) -> io::Result<u64> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = dir.open_with(name, &options)?;
    let bytes = io::copy(reader, &mut file)?;
    file.flush()?;
    give_owner(dir, replaced, &file);
    set_facts(&file, object)?;
    file.sync_all()?;
    Ok(bytes)
}

/// Gives a file the owner of the one that it replaces, else of its folder: whoever reads it there has to read it again.
/// Only an administrator may; for everybody else it is their own anyway.
#[cfg(unix)]
fn give_owner(dir: &Dir, replaced: &str, file: &cap_std::fs::File) {
    use cap_std::fs::MetadataExt as _;
    let owner =
        dir.symlink_metadata(replaced).ok().filter(Metadata::is_file).or_else(|| dir.dir_metadata().ok());
    if let (Some(owner), Ok(copy)) = (owner, file.try_clone()) {
        let _ = std::os::unix::fs::fchown(copy.into_std(), Some(owner.uid()), Some(owner.gid()));
    }
}

#[cfg(not(unix))]
fn give_owner(_: &Dir, _: &str, _: &cap_std::fs::File) {}

/// The rights of a file and when it was changed. Bits that would run it as somebody else are not given back.
fn set_facts(file: &cap_std::fs::File, object: &Object) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(mode) = object.mode {
        use cap_std::fs::PermissionsExt as _;
        file.set_permissions(cap_std::fs::Permissions::from_mode(mode & 0o777))?;
    }
    if let Some(modified_ms) = object.modified_ms.and_then(|ms| u64::try_from(ms).ok()) {
        let modified = UNIX_EPOCH.checked_add(Duration::from_millis(modified_ms));
        if let Some(modified) = modified {
            use std::fs::FileTimes;
            let file = file.try_clone()?.into_std();
            file.set_times(FileTimes::new().set_modified(modified))?;
        }
    }
    Ok(())
}
