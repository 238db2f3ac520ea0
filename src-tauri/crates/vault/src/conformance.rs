//! What every store has to do, as a suite that each of them runs in its tests.

use crate::id::Id;
use crate::store::{FileKind, Store, StoreError};

const KINDS: [FileKind; 6] =
    [FileKind::Key, FileKind::Lock, FileKind::Snapshot, FileKind::Index, FileKind::Data, FileKind::Hold];

/// Puts, reads, lists and removes files of every kind in an empty store, which is empty again
/// afterwards.
///
/// # Errors
/// What the store did wrong, in words.
pub fn run(store: &dyn Store) -> Result<(), String> {
    configuration(store)?;
    for kind in KINDS {
        let content: Vec<u8> = (0..=255_u8).cycle().take(100_000).collect();
        let name = Id::of(&content).to_string();
        absent(store, kind, &name)?;
        stored(store, kind, &name, &content)?;
        ranges(store, kind, &name, &content)?;
        overwritten(store, kind, &name)?;
        listed(store, kind, &name)?;
        expect(store.remove(kind, &name), "remove")?;
        absent(store, kind, &name)?;
    }
    parallel(store)
}

fn configuration(store: &dyn Store) -> Result<(), String> {
    require(expect(store.list(FileKind::Config), "list")?.is_empty(), "a new store has a configuration")?;
    expect(store.put(FileKind::Config, "", b"config"), "put")?;
    let listed = expect(store.list(FileKind::Config), "list")?;
    require(listed.len() == 1 && listed[0].size == 6, "the configuration is not listed")?;
    require(expect(store.get(FileKind::Config, ""), "get")? == b"config", "the configuration differs")?;
    expect(store.remove(FileKind::Config, ""), "remove")
}

fn absent(store: &dyn Store, kind: FileKind, name: &str) -> Result<(), String> {
    let errors = [
        store.get(kind, name).err(),
        store.get_range(kind, name, 0, 1).err(),
        store.size(kind, name).err(),
        store.modified(kind, name).err(),
        store.remove(kind, name).err(),
    ];
    for error in errors {
        let is_named = matches!(error, Some(StoreError::NotFound { .. }));
        require(is_named, &format!("a missing {kind} file gives {error:?}"))?;
    }
    require(expect(store.list(kind), "list")?.is_empty(), "a missing file is listed")
}

fn stored(store: &dyn Store, kind: FileKind, name: &str, content: &[u8]) -> Result<(), String> {
    expect(store.put(kind, name, content), "put")?;
    require(expect(store.get(kind, name), "get")? == content, "a file reads back differently")?;
    require(expect(store.size(kind, name), "size")? == content.len() as u64, "a size is wrong")
}

fn ranges(store: &dyn Store, kind: FileKind, name: &str, content: &[u8]) -> Result<(), String> {
    for (start, end) in [(0, 1), (0, content.len()), (777, 70_000), (99_999, 100_000), (5, 5)] {
        let range = expect(store.get_range(kind, name, start as u64, (end - start) as u64), "get_range")?;
        require(range == content[start..end], &format!("the range {start}..{end} differs"))?;
    }
    let beyond = store.get_range(kind, name, 99_999, 2);
    require(matches!(beyond, Err(StoreError::Short { .. })), "a short range is not noticed")
}

fn overwritten(store: &dyn Store, kind: FileKind, name: &str) -> Result<(), String> {
    expect(store.put(kind, name, b"shorter"), "put again")?;
    require(expect(store.get(kind, name), "get")? == b"shorter", "an overwritten file keeps old bytes")
}

fn listed(store: &dyn Store, kind: FileKind, name: &str) -> Result<(), String> {
    let listed = expect(store.list(kind), "list")?;
    let is_it = listed.len() == 1 && listed[0].name == name && listed[0].size == 7;
    require(is_it, &format!("the listing of {kind} shows {listed:?}"))
}

/// Many files at once, all of them in the listing.
fn parallel(store: &dyn Store) -> Result<(), String> {
    const FILES: u32 = 64;
    let name = |number: u32| Id::of(&number.to_le_bytes()).to_string();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let put = |thread: u32| {
            (0..FILES)
                .filter(|number| number % 4 == thread)
                .try_for_each(|number| store.put(FileKind::Data, &name(number), &number.to_le_bytes()))
        };
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(move || put(thread))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a put panicked")).collect()
    });
    for outcome in outcomes {
        expect(outcome?, "put in parallel")?;
    }
    let listed = expect(store.list(FileKind::Data), "list")?;
    require(listed.len() == FILES as usize, "the listing is not complete")?;
    (0..FILES).try_for_each(|number| expect(store.remove(FileKind::Data, &name(number)), "remove"))
}

fn expect<T>(result: Result<T, StoreError>, what: &str) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error:?}"))
}

fn require(condition: bool, otherwise: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise.to_owned()) }
}
