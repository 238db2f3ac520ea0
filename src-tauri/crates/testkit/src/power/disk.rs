//! A disk that keeps for certain only what was synced: contents by `fsync` of the file, names by `fsync` of the
//! folder. It is stricter than the file systems that people use, which keep more.

use std::collections::{BTreeMap, HashMap};

use super::Kept;
use super::trace::{Call, bytes_of, descriptor_of, path_of};

/// A change of a file's contents.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// A change of names.
#[derive(Debug, Clone)]
enum Entry {
    Made(String, Node),
    Gone(String),
    /// From a name to another one; what it is that moves.
    Moved(String, String, Option<Node>),
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

/// A file, whatever it is called.
#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// What is not synced, with the moment at which it was done.
    later: Vec<(usize, Change)>,
    length: usize,
}

/// All below one folder.
#[derive(Debug)]
pub(super) struct Disk {
    root: String,
    /// What a path without a beginning begins with.
    from: String,
    files: Vec<File>,
    now: BTreeMap<String, Node>,
    synced: BTreeMap<String, Node>,
    later: Vec<(usize, Entry)>,
    /// Where a descriptor writes next; nothing where it always is the end.
    positions: HashMap<(i64, usize), Option<usize>>,
}

impl Disk {
    /// A disk on which this lies, all of it synced: folders have no contents. `from` is the working folder.
    pub(super) fn new(root: &str, from: &str, holds: Vec<(String, Option<Vec<u8>>)>) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            from: from.to_owned(),
            files: Vec::new(),
            now: BTreeMap::new(),
            synced: BTreeMap::new(),
            later: Vec::new(),
            positions: HashMap::new(),
        };
        disk.now.insert(root.to_owned(), Node::Folder);
        for (path, contents) in holds {
            let node = contents.map_or(Node::Folder, |synced| {
                disk.files.push(File { length: synced.len(), synced, later: Vec::new() });
                Node::File(disk.files.len() - 1)
            });
            disk.now.insert(path, node);
        }
        disk.synced.clone_from(&disk.now);
        disk
    }

    /// Does what a call did.
    pub(super) fn apply(&mut self, call: &Call) {
        if call.result < 0 {
            return;
        }
        let (name, at) = (call.name.as_str(), call.ended);
        match name {
            "open" | "openat" | "openat2" | "creat" => self.open(call),
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => self.write(call),
            "ftruncate" | "fallocate" => self.set_length(call),
            "fsync" | "fdatasync" => self.sync(call),
            "sync" | "syncfs" => self.sync_all(call.began),
            "mkdir" | "mkdirat" => self.enter(at, Entry::Made(self.paths(call)[0].clone(), Node::Folder)),
            "unlink" | "unlinkat" | "rmdir" => self.enter(at, Entry::Gone(self.paths(call)[0].clone())),
            "rename" | "renameat" | "renameat2" => {
                let paths = self.paths(call);
                let node = self.now.get(&paths[0]).copied();
                self.enter(at, Entry::Moved(paths[0].clone(), paths[1].clone(), node));
            }
            "link" | "linkat" => {
                let paths = self.paths(call);
                if let Some(node) = self.now.get(&paths[0]).copied() {
                    self.enter(at, Entry::Made(paths[1].clone(), node));
                }
            }
            "mmap" => self.refuse_mapped(call),
            "sendfile" | "copy_file_range" => {
                let to = &call.arguments[if name == "sendfile" { 0 } else { 2 }];
                let is_here = path_of(to).is_some_and(|path| self.is_here(&path));
                assert!(!is_here, "what {name} writes is not followed: {call:?}");
            }
            "truncate" | "symlink" | "symlinkat" => {
                let is_here = self.paths(call).iter().any(|path| self.is_here(path));
                assert!(!is_here, "what {name} does is not followed: {call:?}");
            }
            "io_uring_setup" => panic!("what a ring is told is not followed: {call:?}"),
            _ => {}
        }
    }

    /// What is there after the loss, by path: folders have no contents.
    pub(super) fn left(&self, kept: Kept) -> BTreeMap<String, Option<Vec<u8>>> {
        let mut keeps = kept.chooser();
        let mut names = self.synced.clone();
        for (_, entry) in &self.later {
            if keeps() {
                change_names(&mut names, entry);
            }
        }
        let contents = |file: &File, keeps: &mut dyn FnMut() -> bool| {
            let mut bytes = file.synced.clone();
            for (_, change) in &file.later {
                if keeps() {
                    change_contents(&mut bytes, change);
                }
            }
            bytes
        };
        let all: Vec<Vec<u8>> = self.files.iter().map(|file| contents(file, &mut keeps)).collect();
        let is_reached = |path: &str| {
            let mut folder = parent(path);
            while folder.len() > self.root.len() {
                if names.get(folder) != Some(&Node::Folder) {
                    return false;
                }
                folder = parent(folder);
            }
            true
        };
        let reached = names.iter().filter(|(path, _)| **path != self.root && is_reached(path));
        reached
            .map(|(path, node)| match node {
                Node::Folder => (path.clone(), None),
                Node::File(file) => (path.clone(), Some(all[*file].clone())),
            })
            .collect()
    }

    fn is_here(&self, path: &str) -> bool {
        path.strip_prefix(&self.root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The paths that a call names, from its folders on.
    fn paths(&self, call: &Call) -> Vec<String> {
        let (mut folder, mut all) = (self.from.clone(), Vec::new());
        for argument in &call.arguments {
            if argument.starts_with('"') {
                let path = String::from_utf8_lossy(&bytes_of(argument)).into_owned();
                let whole = if path.starts_with('/') { path } else { format!("{folder}/{path}") };
                all.push(tidy(&whole));
            } else if let Some(path) = path_of(argument) {
                folder = path;
            }
        }
        assert!(!all.is_empty(), "{call:?}");
        all
    }

    fn enter(&mut self, at: usize, entry: Entry) {
        let is_here = match &entry {
            Entry::Made(path, _) | Entry::Gone(path) => self.is_here(path),
            Entry::Moved(from, to, _) => self.is_here(from) || self.is_here(to),
        };
        if is_here {
            change_names(&mut self.now, &entry);
            self.later.push((at, entry));
        }
    }

    fn open(&mut self, call: &Call) {
        let Some(path) = call.opened.clone().filter(|path| self.is_here(path)) else { return };
        let flags = call.arguments.iter().find(|one| one.contains("O_")).map_or("", String::as_str);
        let is_made = flags.contains("O_CREAT") || call.name == "creat";
        if !self.now.contains_key(&path) && is_made {
            self.files.push(File::default());
            self.enter(call.ended, Entry::Made(path.clone(), Node::File(self.files.len() - 1)));
        }
        let Some(Node::File(file)) = self.now.get(&path).copied() else { return };
        if flags.contains("O_TRUNC") || call.name == "creat" {
            self.change(file, call.ended, Change::Length(0));
        }
        let position = if flags.contains("O_APPEND") { None } else { Some(0) };
        self.positions.insert((call.result, file), position);
    }

    /// The file that the first argument leads to, and the descriptor.
    fn file(&self, call: &Call) -> Option<(i64, usize)> {
        let argument = call.arguments.first()?;
        match self.now.get(&path_of(argument)?) {
            Some(Node::File(file)) => Some((descriptor_of(argument)?, *file)),
            _ => None,
        }
    }

    fn write(&mut self, call: &Call) {
        let Some((descriptor, file)) = self.file(call) else { return };
        let mut bytes = bytes_of(&call.arguments[1]);
        bytes.truncate(usize::try_from(call.result).unwrap());
        let end = self.files[file].length;
        let at = match call.name.as_str() {
            "write" | "writev" => {
                let position = self.positions.entry((descriptor, file)).or_insert(Some(0));
                let at = position.unwrap_or(end);
                *position = position.map(|at| at + bytes.len());
                at
            }
            _ => call.arguments[3].parse().unwrap(),
        };
        self.change(file, call.ended, Change::Write(at, bytes));
    }

    fn set_length(&mut self, call: &Call) {
        let Some((_, file)) = self.file(call) else { return };
        let number = |at: usize| call.arguments[at].parse::<usize>().unwrap();
        let length = match call.name.as_str() {
            "fallocate" if call.arguments[1] != "0" => return,
            "fallocate" => self.files[file].length.max(number(2) + number(3)),
            _ => number(1),
        };
        self.change(file, call.ended, Change::Length(length));
    }

    fn change(&mut self, file: usize, at: usize, change: Change) {
        let file = &mut self.files[file];
        file.length = match &change {
            Change::Write(from, bytes) => file.length.max(from + bytes.len()),
            Change::Length(length) => *length,
        };
        file.later.push((at, change));
    }

    /// What had ended before the sync began is certain once it has ended.
    fn sync(&mut self, call: &Call) {
        if let Some((_, file)) = self.file(call) {
            self.files[file].sync(call.began);
            return;
        }
        let Some(folder) = call.arguments.first().and_then(|one| path_of(one)) else { return };
        if self.is_here(&folder) {
            self.sync_names(call.began, |path| parent(path) == folder);
        }
    }

    fn sync_all(&mut self, before: usize) {
        self.files.iter_mut().for_each(|file| file.sync(before));
        self.sync_names(before, |_| true);
    }

    fn sync_names(&mut self, before: usize, is_meant: impl Fn(&str) -> bool) {
        let (certain, later) = std::mem::take(&mut self.later).into_iter().partition(|(at, entry)| {
            let path = match entry {
                Entry::Made(path, _) | Entry::Gone(path) | Entry::Moved(_, path, _) => path,
            };
            *at < before && is_meant(path)
        });
        let certain: Vec<(usize, Entry)> = certain;
        self.later = later;
        for (moved_at, entry) in &certain {
            change_names(&mut self.synced, entry);
            // Its first name, in a folder that was not synced, is not one that comes back.
            if let Entry::Moved(from, ..) = entry {
                self.later.retain(|(at, one)| {
                    at > moved_at || !matches!(one, Entry::Made(path, _) if path == from)
                });
            }
        }
    }

    /// What is written through memory is not in the trace. SQLite does so with its shared memory alone, which it
    /// makes anew after a loss of power.
    fn refuse_mapped(&self, call: &Call) {
        let is_written = call.arguments.iter().any(|one| one.contains("PROT_WRITE"))
            && call.arguments.iter().any(|one| one.contains("MAP_SHARED"));
        let path = call.arguments.iter().find_map(|one| path_of(one)).unwrap_or_default();
        assert!(
            !(is_written && self.is_here(&path)) || path.ends_with("-shm"),
            "what is written to {path} through memory is not followed"
        );
    }
}

impl File {
    fn sync(&mut self, before: usize) {
        // In their order: of two writes to one place the later one stays.
        let later = std::mem::take(&mut self.later);
        for (at, change) in later {
            if at < before {
                change_contents(&mut self.synced, &change);
            } else {
                self.later.push((at, change));
            }
        }
    }
}

fn change_contents(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => bytes.resize(*length, 0),
        Change::Write(at, written) => {
            if bytes.len() < at + written.len() {
                bytes.resize(at + written.len(), 0);
            }
            bytes[*at..at + written.len()].copy_from_slice(written);
        }
    }
}

fn change_names(names: &mut BTreeMap<String, Node>, entry: &Entry) {
    match entry {
        Entry::Made(path, node) => {
            names.insert(path.clone(), *node);
        }
        Entry::Gone(path) => {
            names.remove(path);
        }
        Entry::Moved(from, to, node) => {
            let below = format!("{from}/");
            let moved: Vec<String> =
                names.keys().filter(|path| *path == from || path.starts_with(&below)).cloned().collect();
            if let (true, Some(node)) = (moved.is_empty(), node) {
                names.insert(to.clone(), *node);
            }
            for path in moved {
                if let Some(node) = names.remove(&path) {
                    names.insert(format!("{to}{}", &path[from.len()..]), node);
                }
            }
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Without `.`, which a path from the working folder may have.
fn tidy(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}
