//! Looking at each part as it passes: what an inspection needs, and nothing that grows with the rows.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};

use jiff::Timestamp;

use super::detect::{HEAD_BYTES, Magic};
use super::inspection::{Bucket, Encryption, Finding, Table};
use super::layer::unsupported;
use super::limits::Budget;
use super::organisation::Cut;
use super::part::{DatabaseFormat, Note, PartHead, PartKind, Sink, Stored};
use super::{BundleError, Layer, place};

mod custom;
mod files;
mod metadata;
mod redis;
mod rows;

use files::DumpFiles;
pub(super) use metadata::Told;

/// Parts that are listed one by one.
const PARTS_MAX: usize = 10_000;
/// Names that are kept for the answer of what an archive is.
const NAMES_MAX: usize = 256;
/// Buckets that are counted one by one.
const BUCKETS_MAX: usize = 10_000;

/// What was seen.
pub(super) struct Look<'l> {
    pub(super) budget: &'l Budget<'l>,
    pub(super) layers: Vec<Layer>,
    pub(super) is_archive: bool,
    /// Each part but stored objects.
    pub(super) heads: Vec<PartHead>,
    pub(super) unlisted: u64,
    pub(super) stored: Vec<Stored>,
    pub(super) tables: Vec<Table>,
    /// Where the tables of scripts stand in that list.
    places: HashMap<(String, String), usize>,
    pub(super) large_objects: (u64, u64),
    pub(super) is_uncounted: bool,
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) objects: (u64, u64),
    pub(super) unpacked: u64,
    pub(super) facts: Facts,
    pub(super) told: Told,
    pub(super) findings: Vec<Finding>,
    /// Tables that a platform probably cut, and those that it could not read.
    pub(super) cut: Vec<Cut>,
    pub(super) unread: Vec<String>,
    pub(super) files: DumpFiles,
    /// A table of contents lay in a file of its own.
    pub(super) has_dump_files: bool,
    /// The first folders and files of the archive.
    pub(super) roots: Vec<String>,
    /// What an unknown content begins with, in words.
    pub(super) unknown: Option<String>,
    case_twins: u64,
}

/// What dumps say of themselves; the first one that says something counts.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) database: Option<String>,
    pub(super) server_version: Option<String>,
    pub(super) tool_version: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

impl<'l> Look<'l> {
    pub(super) fn new(budget: &'l Budget<'l>) -> Self {
        Self {
            budget,
            layers: Vec::new(),
            is_archive: false,
            heads: Vec::new(),
            unlisted: 0,
            stored: Vec::new(),
            tables: Vec::new(),
            places: HashMap::new(),
            large_objects: (0, 0),
            is_uncounted: false,
            buckets: BTreeMap::new(),
            objects: (0, 0),
            unpacked: 0,
            facts: Facts::default(),
            told: Told::default(),
            findings: Vec::new(),
            cut: Vec::new(),
            unread: Vec::new(),
            files: DumpFiles::default(),
            has_dump_files: false,
            roots: Vec::new(),
            unknown: None,
            case_twins: 0,
        }
    }

    /// How the file is encrypted, as its layers say.
    pub(super) fn encryption(&self) -> Option<Encryption> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Openssl(derivation) => Some(Encryption::Openssl(*derivation)),
            Layer::Age => Some(Encryption::AgePassphrase),
            _ => None,
        })
    }

    /// After the last part.
    pub(super) fn finish(&mut self) {
        self.has_dump_files = self.files.is_there() && !self.files.is_tar;
        let (tables, is_counted) = std::mem::take(&mut self.files).finish(&mut self.findings);
        self.tables.extend(tables);
        self.is_uncounted |= !is_counted;
        if self.case_twins > 0 {
            let words = format!(
                "{} stored objects have names that differ from another only in large and small letters; a folder on Windows or macOS cannot hold both.",
                self.case_twins
            );
            self.findings.push(Finding::warning("Similar names", words));
        }
        self.tables.sort_by(|one, other| {
            (other.bytes, &one.schema, &one.name).cmp(&(one.bytes, &other.schema, &other.name))
        });
    }

    fn object(&mut self, head: &PartHead, bytes: u64) {
        self.objects.0 += 1;
        self.objects.1 += bytes;
        let name = place::bucket(&head.path).unwrap_or_default();
        let is_room = self.buckets.len() < BUCKETS_MAX;
        if is_room || self.buckets.contains_key(name) {
            let bucket = self.buckets.entry(name.to_owned()).or_insert_with(|| Bucket {
                name: name.to_owned(),
                objects: 0,
                bytes: 0,
            });
            bucket.objects += 1;
            bucket.bytes += bytes;
        }
    }

    fn root(&mut self, path: &str) {
        let root = path.split('/').next().unwrap_or_default();
        if self.roots.len() < NAMES_MAX && !self.roots.iter().any(|known| known == root) {
            self.roots.push(root.to_owned());
        }
    }

    /// Looks at a part that is no stored object.
    fn content(&mut self, head: &PartHead, reader: &mut Counting<'_>) -> Result<(), BundleError> {
        match (head.kind, head.format) {
            (_, Some(DatabaseFormat::Custom)) => self.custom(head, reader),
            (_, Some(DatabaseFormat::Directory)) => {
                self.files.file(head, reader, &mut self.facts, self.budget)
            }
            (_, Some(DatabaseFormat::Tar)) => self.files.tar(head, reader, &mut self.facts, self.budget),
            (_, Some(DatabaseFormat::PlainSql)) => self.script(head, reader),
            (_, Some(DatabaseFormat::OrganisationJson)) => self.organisation(head, reader),
            (PartKind::Redis, _) => self.redis(head, reader),
            (PartKind::Metadata, _) => self.told.read(head, reader),
            _ => self.other(head, reader),
        }
    }

    /// What is unknown is told by its first bytes, when it is all that there is.
    fn other(&mut self, head: &PartHead, reader: &mut Counting<'_>) -> Result<(), BundleError> {
        if self.is_archive || self.unknown.is_some() {
            return Ok(());
        }
        let mut first = Vec::with_capacity(HEAD_BYTES);
        let read = reader.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut first);
        read.map_err(|error| BundleError::of_read(&head.stored_name, "its content", error))?;
        self.unknown =
            unsupported(Magic::of(&first), &first).or_else(|| Some("a text without a form".into()));
        Ok(())
    }
}

impl Sink for Look<'_> {
    fn part(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut reader = Counting { inner: reader, bytes: 0 };
        self.root(&head.path);
        let before = self.unpacked;
        self.content(head, &mut reader)?;
        io::copy(&mut reader, &mut io::sink())
            .map_err(|error| BundleError::of_read(&head.stored_name, "its content", error))?;
        // What a content's own compression held was counted already.
        if self.unpacked == before {
            self.unpacked += reader.bytes;
        }
        if head.kind == PartKind::Storage && place::bucket(&head.path).is_some() {
            self.object(head, reader.bytes);
        } else if self.heads.len() < PARTS_MAX {
            self.heads.push(head.clone());
        } else {
            self.unlisted += 1;
        }
        Ok(())
    }

    fn layer(&mut self, layer: &Layer) {
        self.layers.push(*layer);
    }

    fn archive(&mut self) {
        self.is_archive = true;
    }

    fn stored(&mut self, stored: Stored) {
        let is_object = stored.kind == PartKind::Storage && place::bucket(&stored.path).is_some();
        if !is_object && self.stored.len() < PARTS_MAX {
            self.stored.push(stored);
        }
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::TrailingData { place } => {
                let words =
                    format!("Something follows the end of {place}, where nothing belongs. It is left out.");
                self.findings.push(Finding::warning("Data behind the end", words));
            }
            Note::CaseTwin { .. } => self.case_twins += 1,
        }
    }
}

/// Counts what is read.
pub(super) struct Counting<'r> {
    pub(super) inner: &'r mut dyn Read,
    pub(super) bytes: u64,
}

impl Read for Counting<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bytes += count as u64;
        Ok(count)
    }
}
