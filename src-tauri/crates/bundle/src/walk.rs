//! One pass over a file: layers off, archives entered, every part handed out.

use std::collections::HashMap;
use std::io::{self, Read};

use camino::Utf8Path;
use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::detect::Magic;
use super::layer::{Peeled, Peeler, drain};
use super::limits::{Budget, Counted};
use super::part::{DatabaseFormat, Note, PartHead, PartKind, Sink, Stored};
use super::place::{self, Opening, Place};
use super::tar::{Entry, EntryKind, TarReader};
use super::{BundleError, Layer, content, path};
use base::hex;

/// The folder that is looked at: that of the file, of one archive, of an archive of stored objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    File,
    Archive,
    StorageTree,
}

/// A stream, and what is known of it.
struct Item<'a> {
    stored_name: &'a str,
    place: Place,
    modified_at: Option<Timestamp>,
    bytes: u64,
    inside: Inside,
}

pub(super) struct Walk<'w> {
    peeler: Peeler<'w>,
    sink: &'w mut dyn Sink,
    /// Every name so far: without regard to large and small letters, and as it is.
    names: HashMap<u128, u128>,
    root: Option<String>,
    /// So that nobody can prepare names that look alike here.
    seed: u64,
}

impl<'w> Walk<'w> {
    pub(super) fn new(peeler: Peeler<'w>, sink: &'w mut dyn Sink) -> Self {
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        Self { peeler, sink, names: HashMap::new(), root: None, seed }
    }

    /// Walks the whole file.
    pub(super) fn file(&mut self, reader: &mut dyn Read, name: &str, bytes: u64) -> Result<(), BundleError> {
        // A name that could not be in an archive is none for a part either.
        let path = path::safe(name.as_bytes()).ok().filter(|path| !path.is_empty());
        let path = path.unwrap_or_else(|| "file".into());
        let place = Place { path, kind: None, opening: Opening::Peeled };
        let item = Item { stored_name: name, place, modified_at: None, bytes, inside: Inside::File };
        self.stream(Box::new(reader), &item, 0)
    }

    fn stream<'r>(
        &mut self,
        reader: Box<dyn Read + 'r>,
        item: &Item<'_>,
        mut depth: usize,
    ) -> Result<(), BundleError>
    where
        'w: 'r,
    {
        let name = item.stored_name;
        let Peeled { layers, magic, head, content } = if item.inside == Inside::File {
            let sink = &mut *self.sink;
            self.peeler.peel(reader, name, &mut depth, &mut |layer| sink.layer(&layer))?
        } else {
            self.peeler.peel(reader, name, &mut depth, &mut |_| {})?
        };
        let is_tree = item.place.opening == Opening::StorageTree;
        if magic == Magic::Tar && (is_tree || !content::is_tar_dump(&head)) {
            let inside = if is_tree { Inside::StorageTree } else { Inside::Archive };
            if depth + 1 > self.peeler.budget.limits.depth_max {
                let what = "more layers within one another than the limit".into();
                return Err(BundleError::TooLarge { place: name.to_owned(), what });
            }
            if item.inside == Inside::File {
                self.sink.layer(&Layer::Tar);
                self.sink.archive();
            }
            let prefix = if item.inside == Inside::File || is_tree { "" } else { &*item.place.path };
            return self.tar(content, name, path::without_layers(prefix), inside, depth + 1);
        }
        let was_peeled = !layers.is_empty();
        let path = if was_peeled { path::without_layers(&item.place.path) } else { &item.place.path };
        let (kind, format) = content::classify(item.place.kind, path, magic, &head);
        let head = PartHead {
            kind,
            path: path.to_owned(),
            stored_name: name.to_owned(),
            format,
            layers: if item.inside == Inside::File { Vec::new() } else { layers },
            modified_at: item.modified_at,
            stored_bytes: item.bytes,
        };
        self.part(&head, content)
    }

    /// Hands a part out, and reads what is left of it.
    fn part(&mut self, head: &PartHead, content: Box<dyn Read + '_>) -> Result<(), BundleError> {
        self.name(head)?;
        let mut reader = Remembering { inner: content, error: None };
        let taken = self.sink.part(head, &mut reader);
        if let Some(error) = reader.error {
            return Err(BundleError::of_read(&head.stored_name, "its content", error));
        }
        taken?;
        drain(&mut reader.inner)
            .map(drop)
            .map_err(|error| BundleError::of_read(&head.stored_name, "its content", error))
    }

    /// Two parts of one name would be one or the other, depending on who unpacks them.
    fn name(&mut self, head: &PartHead) -> Result<(), BundleError> {
        let exact = xxh3_128_with_seed(head.path.as_bytes(), self.seed);
        let folded = xxh3_128_with_seed(head.path.to_lowercase().as_bytes(), self.seed);
        let Some(other) = self.names.insert(folded, exact) else { return Ok(()) };
        let hostile = |reason: &str| {
            Err(BundleError::Hostile { entry: head.stored_name.clone(), reason: reason.to_owned() })
        };
        if other == exact {
            return hostile("its name occurs twice");
        }
        if head.kind != PartKind::Storage {
            return hostile("its name differs from another only in large and small letters");
        }
        // Keys of a bucket may differ in this way, and the vault keeps both.
        self.sink.note(Note::CaseTwin { path: head.path.clone() });
        Ok(())
    }

    fn tar<'r>(
        &mut self,
        content: Box<dyn Read + 'r>,
        place: &str,
        prefix: &str,
        inside: Inside,
        depth: usize,
    ) -> Result<(), BundleError>
    where
        'w: 'r,
    {
        let budget = self.peeler.budget;
        let mut tar = TarReader::new(content, place);
        while let Some(entry) = tar.next()? {
            budget.add_entry(place, entry.bytes)?;
            let Some((name, path)) = checked(&entry)? else { continue };
            let place = self.place(&path, prefix, inside);
            let modified_at = entry.modified.and_then(|second| Timestamp::from_second(second).ok());
            let item = Item { stored_name: &name, place, modified_at, bytes: entry.bytes, inside };
            self.entry(&mut tar, &item, depth)?;
        }
        if tar.has_trailing_data()? {
            self.sink.note(Note::TrailingData { place: place.to_owned() });
        }
        Ok(())
    }

    fn place(&mut self, path: &str, prefix: &str, inside: Inside) -> Place {
        if inside == Inside::StorageTree {
            let path = place::of_object(path);
            return Place { path, kind: Some(PartKind::Storage), opening: Opening::AsItIs };
        }
        let mut place = place::of_entry(path, &mut self.root);
        if !prefix.is_empty() {
            place.path = format!("{prefix}/{}", place.path);
        }
        place
    }

    fn entry(
        &mut self,
        tar: &mut TarReader<Box<dyn Read + '_>>,
        item: &Item<'_>,
        depth: usize,
    ) -> Result<(), BundleError> {
        let counted = Counted { inner: tar, budget: self.peeler.budget, place: item.stored_name.to_owned() };
        let mut hashed = Hashed { inner: counted, hash: ring::digest::Context::new(&ring::digest::SHA256) };
        let kind = match item.place.opening {
            Opening::Peeled | Opening::StorageTree => {
                self.stream(Box::new(&mut hashed), item, depth)?;
                item.place.kind
            }
            Opening::AsItIs | Opening::DumpFile => {
                let kind = item.place.kind.unwrap_or(PartKind::Other);
                let is_dump = item.place.opening == Opening::DumpFile;
                let head = PartHead {
                    kind,
                    path: item.place.path.clone(),
                    stored_name: item.stored_name.to_owned(),
                    format: is_dump.then_some(DatabaseFormat::Directory),
                    layers: Vec::new(),
                    modified_at: item.modified_at,
                    stored_bytes: item.bytes,
                };
                self.part(&head, Box::new(&mut hashed))?;
                Some(kind)
            }
        };
        if item.inside == Inside::Archive {
            let read = drain(&mut hashed);
            read.map_err(|error| BundleError::of_read(item.stored_name, "its content", error))?;
            let sha256 = hex::encode(hashed.hash.finish().as_ref());
            self.sink.stored(Stored {
                kind: kind.unwrap_or(PartKind::Other),
                stored_name: item.stored_name.to_owned(),
                path: item.place.path.clone(),
                bytes: item.bytes,
                sha256,
            });
        }
        Ok(())
    }
}

/// The name of a file that may be taken, as it stands there and without tricks; `None` for a folder.
fn checked(entry: &Entry) -> Result<Option<(String, String)>, BundleError> {
    let name = String::from_utf8_lossy(&entry.name).into_owned();
    let hostile = |reason: &str| BundleError::Hostile { entry: name.clone(), reason: reason.to_owned() };
    let path = path::safe(&entry.name).map_err(hostile)?;
    match entry.kind {
        EntryKind::Refused(reason) => Err(hostile(reason)),
        EntryKind::Folder => Ok(None),
        EntryKind::File if path.is_empty() => Err(hostile("it has no name")),
        EntryKind::File => Ok(Some((name, path))),
    }
}

/// Keeps the first error, whoever reads: what a sink makes of it does not count.
struct Remembering<R> {
    inner: R,
    error: Option<io::Error>,
}

impl<R: Read> Read for Remembering<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.error.is_some() {
            return Err(io::Error::other("the stream has failed before"));
        }
        self.inner.read(into).map_err(|error| {
            let (kind, text) = (error.kind(), error.to_string());
            if kind == io::ErrorKind::Interrupted {
                return error;
            }
            self.error = Some(error);
            io::Error::new(kind, text)
        })
    }
}

/// Hashes what is read.
pub(super) struct Hashed<R> {
    pub(super) inner: R,
    pub(super) hash: ring::digest::Context,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.hash.update(&into[..count]);
        Ok(count)
    }
}

/// The file itself: counted, hashed, cancellable.
pub(super) struct File<'b, R = std::fs::File> {
    pub(super) inner: Hashed<R>,
    pub(super) budget: &'b Budget<'b>,
}

impl<'b> File<'b> {
    /// Opens a plain file; nothing else, and no link.
    pub(super) fn open(path: &Utf8Path, budget: &'b Budget<'b>) -> Result<(Self, u64), BundleError> {
        let read = |source| BundleError::Read { path: path.to_owned(), source };
        // Opening a pipe would wait for its writer.
        if !path.symlink_metadata().map_err(read)?.is_file() {
            return Err(BundleError::NotAFile { path: path.to_owned() });
        }
        let file = std::fs::File::open(path).map_err(read)?;
        let bytes = file.metadata().map_err(read)?.len();
        Ok((Self::new(file, budget), bytes))
    }
}

impl<'b, R: Read> File<'b, R> {
    pub(super) fn new(inner: R, budget: &'b Budget<'b>) -> Self {
        let hash = ring::digest::Context::new(&ring::digest::SHA256);
        Self { inner: Hashed { inner, hash }, budget }
    }
}

impl<R: Read> Read for File<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.budget.add_read(count as u64)?;
        Ok(count)
    }
}
