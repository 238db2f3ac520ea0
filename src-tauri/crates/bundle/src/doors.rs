//! Doors for the fuzz targets. A door panics when something does not hold; that the input is refused is
//! always right.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;

use tokio_util::sync::CancellationToken;

use super::inspect::of_file;
use super::layer::Peeler;
use super::limits::Budget;
use super::look::Look;
use super::part::{PartHead, PartKind, Sink};
use super::rows::RowSink;
use super::tar::TarReader;
use super::walk::{File, Walk};
use super::{BundleError, InspectRequest, Inspection, Limits, Watch};
use base::secret::Secret;
use postgres::copy_text::{RowRange, WatchedTable};

/// Tables of an input whose rows are read too.
const TABLES_LOOKED_INTO: usize = 3;

/// What a fuzzer has the patience for.
fn limits() -> Limits {
    Limits {
        unpacked_bytes_max: 8 << 20,
        ratio_free_bytes: 4 << 20,
        item_bytes_max: 1 << 20,
        entries_max: 2000,
        depth_max: 6,
        ..Limits::generous()
    }
}

/// Keeps the paths, and nothing else.
#[derive(Default)]
struct Paths(Vec<String>);

impl Sink for Paths {
    fn part(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        self.0.push(head.path.clone());
        std::io::copy(reader, &mut std::io::sink()).map(drop).map_err(BundleError::sink)
    }
}

/// A file of any kind, by both ways.
///
/// # Panics
/// Where something does not hold.
pub fn inspected(input: &[u8]) {
    let secret = Secret::new("passphrase");
    // The work of a passphrase's scrypt is bounded, and would still bore a fuzzer.
    let passphrase = input.starts_with(b"Salted__").then_some(&secret);
    let (limits, cancel, expected) = (limits(), CancellationToken::new(), BTreeMap::new());
    let watch = Watch { cancel: &cancel, progress: &|_| {} };
    let request = InspectRequest { passphrase, limits: &limits, expected: &expected, watch };
    let seen = inspect_bytes(input, &request);
    let mut paths = Paths::default();
    let budget = Budget::new(&limits, watch);
    let peeler = Peeler { budget: &budget, passphrase };
    let mut file = File::new(input, &budget);
    let unpacked = Walk::new(peeler, &mut paths).file(&mut file, "x", input.len() as u64);
    if let Ok(seen) = &seen {
        let is_open = !seen.needs_passphrase && !seen.parts.is_empty();
        assert!(!is_open || unpacked.is_ok(), "what was inspected cannot be unpacked: {unpacked:?}");
        for table in seen.tables.iter().take(TABLES_LOOKED_INTO) {
            rows(input, passphrase, (&table.schema, &table.name));
        }
    }
    let mut known = HashSet::new();
    for path in &paths.0 {
        assert!(!path.is_empty() && !path.starts_with('/') && !path.contains(['\\', '\0']), "{path:?}");
        assert!(path.split('/').all(|part| !matches!(part, "" | "." | "..")), "{path:?}");
        assert!(known.insert(path), "{path:?} comes out twice");
    }
}

/// Rows of a table that the inspection named.
fn rows(input: &[u8], passphrase: Option<&Secret>, (schema, name): (&str, &str)) {
    let (limits, cancel) = (limits(), CancellationToken::new());
    let watch = Watch { cancel: &cancel, progress: &|_| {} };
    let range = RowRange { first: 1, count: 3 };
    let mut sink = RowSink::new(&limits, watch, WatchedTable::new(schema, name, range));
    let budget = Budget::new(&limits, watch);
    let mut file = File::new(input, &budget);
    let _ =
        Walk::new(Peeler { budget: &budget, passphrase }, &mut sink).file(&mut file, "x", input.len() as u64);
    if let Some(page) = sink.table.finish() {
        assert!(page.rows.len() <= 3, "more rows than were asked for");
        assert!(page.rows.iter().all(|row| row.len() == page.columns.len()), "a value without a column");
    }
}

fn inspect_bytes(input: &[u8], request: &InspectRequest<'_>) -> Result<Inspection, BundleError> {
    let budget = Budget::new(request.limits, request.watch);
    of_file(File::new(input, &budget), input.len() as u64, "x", &budget, request)
}

/// What `openssl enc` may have made.
///
/// # Panics
/// Where something does not hold.
pub fn encrypted(input: &[u8]) {
    inspected(&[b"Salted__", input].concat());
}

/// A tar, read to its end.
///
/// # Panics
/// Where something does not hold.
pub fn tar(input: &[u8]) {
    let mut tar = TarReader::new(input, "x");
    let mut bytes = 0;
    while let Ok(Some(entry)) = tar.next() {
        let mut content = Vec::new();
        if tar.read_to_end(&mut content).is_err() {
            return;
        }
        assert_eq!(content.len() as u64, entry.bytes, "an entry has another size than it says");
        bytes += content.len();
    }
    assert!(bytes <= input.len(), "more comes out than is there");
    let _ = tar.has_trailing_data();
}

/// A snapshot of Redis.
///
/// # Panics
/// Where something does not hold.
pub fn snapshot(input: &[u8]) {
    let (limits, cancel) = (limits(), CancellationToken::new());
    let budget = Budget::new(&limits, Watch { cancel: &cancel, progress: &|_| {} });
    let head = PartHead {
        kind: PartKind::Redis,
        path: "x".into(),
        stored_name: "x".into(),
        format: None,
        layers: Vec::new(),
        modified_at: None,
        stored_bytes: input.len() as u64,
    };
    let _ = Look::new(&budget).part(&head, &mut &*input);
}
