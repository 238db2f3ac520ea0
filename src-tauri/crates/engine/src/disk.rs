//! Files of the profile: private, written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

/// Numbers the temporary files of this process.
static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// Writes a file that only its owner can read: temporary, synced, renamed.
pub(crate) fn write_private(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    create_private_dir(folder)?;
    // Two threads may write the same file at once: the last one wins, whole.
    let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("tmp-{}-{number}", std::process::id()));
    let written = (|| {
        let mut file =
            private(OpenOptions::new().write(true).create(true).truncate(true)).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The half-written file must not stay; that it may not be there is no second failure.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// A file that only its owner can read, written piece by piece; it gets its name at the end, or never.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    file: Option<io::BufWriter<File>>,
    temporary: Utf8PathBuf,
    path: Utf8PathBuf,
}

impl PrivateFile {
    pub(crate) fn begin(path: &Utf8Path) -> io::Result<Self> {
        let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("tmp-{}-{number}", std::process::id()));
        let file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&temporary)?;
        Ok(Self { file: Some(io::BufWriter::new(file)), temporary, path: path.to_owned() })
    }

    /// Syncs it, and gives it its name.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            let synced =
                file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
            let named = synced.and_then(|()| std::fs::rename(&self.temporary, &self.path));
            if named.is_err() {
                let _ = std::fs::remove_file(&self.temporary);
            }
            return named;
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

/// Creates a folder, and its parents, that only the owner can enter; leaves an existing one alone.
pub(crate) fn create_private_dir(path: &Utf8Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Lets only the owner into a folder that may have been made by somebody less careful.
#[cfg(unix)]
pub(crate) fn make_private(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Folders of a profile are private by where they are.
#[cfg(not(unix))]
pub(crate) fn make_private(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Opens or creates a file that serves as a lock.
pub(crate) fn open_lock(path: &Utf8Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        create_private_dir(folder)?;
    }
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// Whether nobody who lives holds this lock file. Only one that is gone, or that can be taken, says so: one that
/// cannot be opened (another account's, or no descriptors left) may be held by somebody who works now.
pub(crate) fn is_dropped(lock: &Utf8Path) -> bool {
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
pub(crate) fn free_bytes(path: &Utf8Path) -> io::Result<u64> {
    let mut at = path;
    while !at.exists() {
        at = at.parent().ok_or_else(|| io::Error::other("no parent of the path exists"))?;
    }
    fs4::available_space(at)
}

/// Whether two folders are on one disk, as far as the system tells; absent where one of them is not there.
#[cfg(unix)]
pub(crate) fn is_same(one: &Utf8Path, other: &Utf8Path) -> Option<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Utf8Path| std::fs::metadata(path).map(|metadata| metadata.dev()).ok();
    Some(device(one)? == device(other)?)
}

/// Whether two folders are on one disk, by the letters of their drives.
#[cfg(not(unix))]
pub(crate) fn is_same(one: &Utf8Path, other: &Utf8Path) -> Option<bool> {
    let drive =
        |path: &Utf8Path| Some(path.canonicalize_utf8().ok()?.components().next()?.as_str().to_lowercase());
    Some(drive(one)? == drive(other)?)
}

/// The path without links, as far as it exists: two ways to write one place are equal.
pub(crate) fn resolved(path: &Utf8Path) -> Utf8PathBuf {
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize_utf8().ok()?)));
    let Some((above, real)) = there else { return path.to_owned() };
    match path.strip_prefix(above) {
        Ok(rest) if !rest.as_str().is_empty() => real.join(rest),
        _ => real,
    }
}
