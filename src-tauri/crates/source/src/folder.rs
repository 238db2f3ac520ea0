//! A folder of this computer as a place of files, read: all of them, or those whose names match.
//!
//! Whoever writes into the folder may be a stranger: a web server's account, a tenant. So a link is never followed,
//! neither out of the folder nor within it, and neither when it is read nor when it is written.

use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, FileType, Metadata, OpenOptions};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::SourceError;
use crate::object::{Changed, Each, Found, Object, Objects, Opened};

/// Deeper than people sort files, and shallow enough for the stack.
const DEPTH_MAX: usize = 200;
/// A file that was written so shortly before it was read may have been written again within one tick of the clock of
/// its file system.
const TICK_MS: i64 = 2_000;
/// More files in one folder are held in no memory here, and by no tree of a vault.
const ENTRIES_MAX: usize = 400_000;
/// A larger file is none: a file system says so of one that is full of holes.
const BYTES_MAX: u64 = 16 << 40;
/// What files are called while they are written; one that was left by a run that was killed is none of the folder's.
pub(crate) const PART: (&str, &str) = (".holdfast-", ".part");
/// Folders of programs, never of configuration.
pub(crate) const OF_PROGRAMS: [&str; 5] = [".git", "node_modules", ".venv", "__pycache__", "target"];

/// A folder whose files are read.
pub struct Folder {
    dir: Dir,
    place: String,
    /// Absent takes everything.
    wanted: Option<GlobSet>,
}

impl Folder {
    /// Opens a folder; with patterns only files whose name, or whose path in it, matches one of them.
    ///
    /// # Errors
    /// `NotThere`, `Forbidden`, `WrongKind`, `Pattern`.
    pub fn open(path: &Utf8Path, patterns: &[String]) -> Result<Self, SourceError> {
        let place = path.to_string();
        let known = std::fs::metadata(path).map_err(|error| SourceError::reading(&place, error))?;
        refuse_link(path)?;
        if !known.is_dir() {
            return Err(SourceError::WrongKind { place, found: "a file, not a folder" });
        }
        let dir = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(|error| SourceError::reading(&place, error))?;
        let wanted = if patterns.is_empty() { None } else { Some(matcher(patterns)?) };
        Ok(Self { dir, place, wanted })
    }

    fn walk(&self, dir: &Dir, prefix: &str, depth: usize, each: &mut Each<'_>) -> Result<(), SourceError> {
        let place =
            || if prefix.is_empty() { self.place.clone() } else { format!("{}/{prefix}", self.place) };
        for Entry { name, meta } in entries(dir).map_err(|error| SourceError::reading(&place(), error))? {
            let name = match name {
                Ok(name) => name,
                Err(lossy) => {
                    let key = format!("{prefix}{lossy}");
                    let why = "its name is no Unicode text".to_owned();
                    each(missed(key, why))?;
                    continue;
                }
            };
            let key = format!("{prefix}{name}");
            let meta = match meta {
                Ok(meta) => meta,
                // It went between two looks.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    each(missed(key, error.to_string()))?;
                    continue;
                }
            };
            if meta.is_dir() {
                if self.wanted.is_some() && OF_PROGRAMS.contains(&name.as_str()) {
                    continue;
                }
                self.walk_below(dir, &name, &key, depth, each)?;
            } else if name.starts_with(PART.0) && name.ends_with(PART.1) {
                // Half of a file that somebody restored.
            } else if self.wants(&name, &key) {
                each(match other_kind(meta.file_type()) {
                    None if meta.len() > BYTES_MAX => {
                        missed(key, "it claims more bytes than any disk has".into())
                    }
                    None => Found::Object(described(key, &meta)),
                    Some(what) => Found::LeftOut { key, why: format!("it is {what}"), is_missed: false },
                })?;
            }
        }
        Ok(())
    }

    fn walk_below(
        &self,
        dir: &Dir,
        name: &str,
        key: &str,
        depth: usize,
        each: &mut Each<'_>,
    ) -> Result<(), SourceError> {
        let left_out = |why: String| missed(format!("{key}/"), why);
        if depth >= DEPTH_MAX {
            return each(left_out(format!("it is more than {DEPTH_MAX} folders deep")));
        }
        match dir.open_dir_nofollow(name) {
            Ok(inner) => match self.walk(&inner, &format!("{key}/"), depth + 1, each) {
                // A folder that this account may enter and not list is no reason to leave everything else out.
                Err(SourceError::Forbidden { .. }) => each(left_out("this account may not read it".into())),
                walked => walked,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                each(left_out("this account may not read it".into()))
            }
            Err(error) => each(left_out(error.to_string())),
        }
    }

    fn wants(&self, name: &str, key: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.is_match(name) || wanted.is_match(key))
    }
}

impl Objects for Folder {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        self.walk(&self.dir, "", 0, each)
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        open_in(&self.dir, &self.place, object)
    }
}

/// Opens a file below a folder that `words` name; absent where it is gone, or no file.
pub(crate) fn open_in(root: &Dir, words: &str, object: &Object) -> Result<Option<Opened>, SourceError> {
    let place = || format!("{words}/{}", object.key);
    let failed = |error| SourceError::reading(&place(), error);
    let Some((dir, name)) = parent(root, &object.key).map_err(failed)? else { return Ok(None) };
    let dir = dir.as_ref().unwrap_or(root);
    let mut options = OpenOptions::new();
    // Somebody may put a pipe in its place at this moment: to open one waits for whoever writes into it.
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    match dir.symlink_metadata(name) {
        Ok(meta) if !meta.is_file() => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(_) | Err(_) => {}
    }
    let file = match dir.open_with(name, &options) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let meta = file.metadata().map_err(failed)?;
    if !meta.is_file() {
        return Ok(None);
    }
    let object = described(object.key.clone(), &meta);
    let left = meta.len();
    let reader = Box::new(Steady { file, before: meta, left, is_over: false });
    Ok(Some(Opened { object, reader }))
}

/// The folder of a key, opened part by part, and the last part; absent where a part of it is gone or a link.
pub(crate) fn parent<'a>(root: &Dir, key: &'a str) -> io::Result<Option<(Option<Dir>, &'a str)>> {
    let (folders, name) = key.rsplit_once('/').map_or((None, key), |(folders, name)| (Some(folders), name));
    let mut dir: Option<Dir> = None;
    for part in folders.into_iter().flat_map(|folders| folders.split('/')) {
        match dir.as_ref().unwrap_or(root).open_dir_nofollow(part) {
            Ok(inner) => dir = Some(inner),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some((dir, name)))
}

struct Entry {
    /// The name, or as much of it as can be shown.
    name: Result<String, String>,
    meta: io::Result<Metadata>,
}

/// The entries of a folder, so that the keys of all files are in the order of their bytes.
fn entries(dir: &Dir) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in dir.entries()? {
        let entry = entry?;
        if entries.len() >= ENTRIES_MAX {
            return Err(io::Error::other(format!("more than {ENTRIES_MAX} files in one folder")));
        }
        let name = entry.file_name().into_string().map_err(|name| name.to_string_lossy().into_owned());
        entries.push(Entry { name, meta: entry.metadata() });
    }
    entries.sort_by_cached_key(|entry| {
        let name = entry.name.as_ref().unwrap_or_else(|lossy| lossy);
        let is_dir = entry.meta.as_ref().is_ok_and(Metadata::is_dir);
        format!("{name}{}", if is_dir { "/" } else { "" })
    });
    Ok(entries)
}

fn missed(key: String, why: String) -> Found {
    Found::LeftOut { key, why, is_missed: true }
}

/// What is no file that could be read, with its article.
fn other_kind(kind: FileType) -> Option<&'static str> {
    match kind {
        _ if kind.is_file() => None,
        _ if kind.is_symlink() => Some("a link, which is not followed"),
        _ => Some("no file, but a device, a pipe or a socket"),
    }
}

fn described(key: String, meta: &Metadata) -> Object {
    let modified = meta.modified().ok().map(cap_std::time::SystemTime::into_std);
    Object {
        key,
        size: Some(meta.len()),
        modified_ms: modified.map(milliseconds),
        mode: mode(meta),
        version: version(meta, base::clock::now_ms()),
        ..Object::default()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of 292 million years")]
fn milliseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn mode(meta: &Metadata) -> Option<u32> {
    use cap_std::fs::MetadataExt as _;
    Some(meta.mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

/// What moves with every write: the file's number, and when its content or its rights were last changed, which no
/// program can set. A file that changed just now has none, since it could change again within the same tick.
#[cfg(unix)]
fn version(meta: &Metadata, now_ms: i64) -> Option<String> {
    use cap_std::fs::MetadataExt as _;
    let (seconds, nanoseconds) = (meta.ctime(), meta.ctime_nsec());
    let is_settled = seconds.saturating_mul(1000).saturating_add(TICK_MS) < now_ms;
    is_settled.then(|| format!("{}-{seconds}.{nanoseconds:09}", meta.ino()))
}

/// There is nothing there that programs could not set, so that every file is read.
#[cfg(not(unix))]
fn version(_: &Metadata, _: i64) -> Option<String> {
    let _ = TICK_MS;
    None
}

/// What a write moves, whatever time a program sets afterwards.
#[cfg(unix)]
fn stamp(meta: &Metadata) -> impl PartialEq + use<> {
    use cap_std::fs::MetadataExt as _;
    (meta.len(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn stamp(meta: &Metadata) -> impl PartialEq + use<> {
    (meta.len(), meta.modified().ok().map(cap_std::time::SystemTime::into_std))
}

/// A file that has to stay as it is while it is read.
struct Steady {
    file: cap_std::fs::File,
    before: Metadata,
    /// Bytes that are still read: no more than there were at the beginning, however fast it grows.
    left: u64,
    is_over: bool,
}

impl Read for Steady {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.file.read(&mut buffer[..most])?;
        self.left -= count as u64;
        if count == 0 && !buffer.is_empty() && !self.is_over {
            self.is_over = true;
            let now = self.file.metadata()?;
            if stamp(&now) != stamp(&self.before) {
                return Err(io::Error::other(Changed));
            }
        }
        Ok(count)
    }
}

/// What patterns match. A `*` matches within one part of a path, `**` any number of parts.
pub(crate) fn matcher(patterns: &[String]) -> Result<GlobSet, SourceError> {
    let wrong = |pattern: &str, error: &globset::Error| SourceError::Pattern {
        pattern: pattern.to_owned(),
        reason: error.kind().to_string(),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        set.add(glob.map_err(|error| wrong(pattern, &error))?);
    }
    set.build().map_err(|error| wrong(&patterns.join(", "), &error))
}

/// Refuses a folder that a link leads to: it was none when it was chosen, and whoever may write beside it could lead this
/// anywhere.
pub(crate) fn refuse_link(path: &Utf8Path) -> Result<(), SourceError> {
    let Some(real) = real_path(path) else { return Ok(()) };
    if path.is_absolute() && real != path && !cfg!(windows) {
        let place = path.to_string();
        return Err(SourceError::Link { place, to: real.into_string() });
    }
    Ok(())
}

/// Where a folder is, whatever leads to it; absent where it is not there.
pub fn real_path(path: &Utf8Path) -> Option<Utf8PathBuf> {
    path.canonicalize_utf8().ok()
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_is_overwritten_while_it_is_read_is_known_even_if_its_time_is_set_back() {
        let kept = tempfile::tempdir().unwrap();
        let place = Utf8Path::from_path(kept.path()).unwrap().canonicalize_utf8().unwrap();
        std::fs::File::create(place.join("ledger")).unwrap().write_all(&[b'a'; 10_000]).unwrap();
        let folder = Folder::open(&place, &[]).unwrap();
        let asked = Object { key: "ledger".into(), ..Object::default() };
        let mut opened = folder.open(&asked).unwrap().unwrap();
        opened.reader.read_exact(&mut [0; 5_000]).unwrap();

        let mut file = std::fs::OpenOptions::new().write(true).open(place.join("ledger")).unwrap();
        let time = file.metadata().unwrap().modified().unwrap();
        // The clock of a file system moves in ticks.
        std::thread::sleep(std::time::Duration::from_millis(50));
        file.write_all(&[b'b'; 10_000]).unwrap();
        file.set_modified(time).unwrap();

        let read = opened.reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(read.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Changed>), "{read}");
    }
}
