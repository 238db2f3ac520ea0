//! Stores the parts of files separately in the vault. A custom-format dump is stored uncompressed, so that it
//! shares blocks with earlier ones, and is counted while it is streamed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use vault::FileMeta;

use super::keep::{MODE, Metered};
use super::pump::pump;
use super::{Looked, TakeIn};
use crate::archive::failure::vault_failure;
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{ACCESS_PATH, Manifest, Part, ROLES_PATH, Tree, opened};
use crate::moment::{Stored, dump_path, store_stream};
use crate::proof::{ACCESS_BYTES_MAX, are_access_facts};
use base::Code;
use base::failure::Failure;
use base::hex;
use base::meter::Meter;
use bundle::{self, BundleError, DatabaseFormat, Limits, PartHead, PartKind, Sink, Watch};
use ledger::job::JobContext;
use postgres::custom_format::Uncompressed;

/// A manifest of a hundred thousand tables is about 30 MiB.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Roles of a cluster; more is not a list of roles.
const ROLES_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What came out of the files.
#[derive(Default)]
pub(super) struct Opened {
    /// The dump, where one lies in the vault by now.
    pub(super) dump: Option<Stored>,
    /// The roles.
    pub(super) roles: Option<Part>,
    /// Who may do what in the database.
    pub(super) access: Option<Part>,
    /// What the file's own manifest says, where Holdfast exported it.
    pub(super) exported: Option<Box<Manifest>>,
    /// Folders of other files.
    pub(super) trees: BTreeMap<String, Tree>,
    /// Databases that have to be loaded before they are a dump, in the order in which they lie there.
    pub(super) to_load: Vec<Spooled>,
    /// What a person should know, as sentences.
    pub(super) warnings: Vec<String>,
    /// Why a database could not be loaded.
    pub(super) unloaded: Option<String>,
    /// What a server says of a database that was loaded.
    pub(super) loaded: Option<super::load::Loaded>,
}

/// A part on the disk, in the run's private folder.
#[derive(Debug, Clone)]
pub(super) struct Spooled {
    pub(super) format: DatabaseFormat,
    /// Its path in the file that it came from.
    pub(super) inner: String,
    pub(super) path: Utf8PathBuf,
}

/// Hands all parts of all files to the vault, or to the folder `spool`.
pub(super) async fn parts(
    context: &JobContext,
    mut writer: OpenSnapshot,
    request: &TakeIn,
    looked: &[Looked],
    spool: &Utf8Path,
) -> Result<(OpenSnapshot, Opened), Failure> {
    context.expect_bytes(looked.iter().map(|one| one.inspection.unpacked_bytes).sum());
    let mut opened = Opened::default();
    for (number, (file, looked)) in request.files.iter().zip(looked).enumerate() {
        let name = looked.inspection.project.clone().unwrap_or_else(|| request.project.name.clone());
        let mut taking = Taking {
            writer,
            opened,
            meter: Arc::clone(context.meter()),
            spool: spool.join(number.to_string()),
            name,
            failed: None,
        };
        let (path, passphrase) = (file.path.clone(), request.passphrase.clone());
        let token = context.token().clone();
        let unpacked = opened::blocking(move || -> Result<_, Failure> {
            let ended = unpack(&path, passphrase.as_ref(), &token, &mut taking);
            // What the vault or the disk said tells more than that a part could not be taken.
            match (taking.failed, ended) {
                (Some(failure), _) => Err(failure),
                (None, Err(error)) => Err(error.into()),
                (None, Ok(())) => Ok((taking.writer, taking.opened)),
            }
        });
        (writer, opened) = unpacked.await?;
        context.checkpoint()?;
    }
    Ok((writer, opened))
}

fn unpack(
    path: &Utf8Path,
    passphrase: Option<&base::secret::Secret>,
    cancel: &CancellationToken,
    sink: &mut dyn Sink,
) -> Result<(), BundleError> {
    bundle::unpack(path, passphrase, &Limits::generous(), Watch { cancel, progress: &|_| {} }, sink)
}

/// Takes the parts of one file.
struct Taking {
    writer: OpenSnapshot,
    opened: Opened,
    meter: Arc<Meter>,
    spool: Utf8PathBuf,
    /// What the database is called, as far as the file says.
    name: String,
    failed: Option<Failure>,
}

impl Sink for Taking {
    fn part(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        self.take(head, reader).map_err(|failure| {
            let error = BundleError::sink(failure.clone());
            self.failed = Some(failure);
            error
        })
    }
}

impl Taking {
    fn take(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), Failure> {
        match (head.kind, head.format) {
            (PartKind::Database, Some(DatabaseFormat::Custom)) => self.custom(head, reader),
            (PartKind::Database, Some(format)) => self.put_aside(head, format, reader),
            (PartKind::Roles, _) => self.roles(head, reader),
            (PartKind::Access, _) => self.access(head, reader),
            (PartKind::Metadata, _) if head.path.ends_with("manifest.json") => self.manifest(head, reader),
            (PartKind::Database | PartKind::Other | PartKind::Metadata, _) => {
                self.tree("other", head, reader)
            }
            (PartKind::Storage, _) => self.tree("storage", head, reader),
            (PartKind::Config, _) => self.tree("config", head, reader),
            (PartKind::Redis, _) => self.tree("redis", head, reader),
            (PartKind::Logs, _) => self.tree("logs", head, reader),
        }
    }

    fn custom(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), Failure> {
        if self.opened.dump.is_some() {
            self.opened.warnings.push(format!(
                "{} is a second database; only the first one can be restored from this backup. The file itself is kept.",
                head.path
            ));
            return Ok(());
        }
        let (path, writer, meter) = (dump_path(&self.name), &self.writer, &self.meter);
        let stored = pump(reader, |piped| store_stream(writer, Uncompressed::new(piped), &path, meter))?;
        if let Err(error) = &stored.summary {
            self.opened
                .warnings
                .push(format!("The dump could not be counted, so it has no fingerprints: {error}."));
        }
        self.opened.dump = Some(stored);
        Ok(())
    }

    fn put_aside(
        &mut self,
        head: &PartHead,
        format: DatabaseFormat,
        reader: &mut dyn Read,
    ) -> Result<(), Failure> {
        let path = self.spool.join(&head.path);
        let stored = || -> io::Result<()> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = File::create(&path)?;
            io::copy(&mut Metered { inner: reader, meter: Arc::clone(&self.meter) }, &mut file)?;
            file.flush()
        };
        stored().map_err(|source| {
            Failure::new(
                Code::WriteFailed,
                format!("{} cannot be laid down to be loaded: {source}", head.path),
                "It needs as much free space in the profile's folder as the database has bytes.",
            )
        })?;
        self.opened.to_load.push(Spooled { format, inner: head.path.clone(), path });
        Ok(())
    }

    fn roles(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), Failure> {
        let mut text = String::new();
        let read = reader.take(ROLES_BYTES_MAX).read_to_string(&mut text);
        read.map_err(|source| {
            Failure::new(Code::ArchiveDamaged, format!("{}: {source}", head.path), "Get the file once more.")
        })?;
        if self.opened.roles.is_none() {
            let written =
                self.writer.file(ROLES_PATH, &meta(head), text.as_bytes()).map_err(vault_failure)?;
            let (bytes, sha256) = (written.bytes, hex::encode(&written.sha256));
            self.opened.roles = Some(Part { path: ROLES_PATH.into(), bytes, sha256 });
        }
        Ok(())
    }

    /// Kept as any other file is, and read where it is one of Holdfast's.
    fn manifest(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), Failure> {
        let mut text = Vec::new();
        reader.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map_err(|source| {
            Failure::new(Code::ArchiveDamaged, format!("{}: {source}", head.path), "Get the file once more.")
        })?;
        self.opened.exported = Manifest::parse(&head.path, &text).ok().map(Box::new);
        self.tree("other", head, &mut text.as_slice().chain(reader))
    }

    /// What restores and drills will compare; what cannot be read as such is kept as any other file is.
    fn access(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), Failure> {
        let mut text = Vec::new();
        reader.take(ACCESS_BYTES_MAX + 1).read_to_end(&mut text).map_err(|source| {
            Failure::new(Code::ArchiveDamaged, format!("{}: {source}", head.path), "Get the file once more.")
        })?;
        let is_list = text.len() as u64 <= ACCESS_BYTES_MAX && are_access_facts(&text);
        if is_list && self.opened.access.is_none() {
            let written =
                self.writer.file(ACCESS_PATH, &meta(head), text.as_slice()).map_err(vault_failure)?;
            let (bytes, sha256) = (written.bytes, hex::encode(&written.sha256));
            self.opened.access = Some(Part { path: ACCESS_PATH.into(), bytes, sha256 });
            return Ok(());
        }
        self.opened.warnings.push(format!(
            "{} is no list of rights that this version reads; it is kept, and rights are not compared.",
            head.path
        ));
        self.tree("other", head, &mut text.as_slice().chain(reader))
    }

    fn tree(&mut self, component: &str, head: &PartHead, reader: &mut dyn Read) -> Result<(), Failure> {
        let folder = format!("/{component}");
        let within = head.path.strip_prefix(&format!("{component}/")).unwrap_or(&head.path);
        let (path, meter, writer) = (format!("{folder}/{within}"), &self.meter, &self.writer);
        let written = pump(reader, |piped| {
            let counted = Metered { inner: piped, meter: Arc::clone(meter) };
            writer.file(&path, &meta(head), counted)
        })
        .map_err(vault_failure)?;
        let tree = self.opened.trees.entry(component.to_owned()).or_insert_with(|| Tree {
            component: component.to_owned(),
            path: folder,
            files: 0,
            bytes: 0,
        });
        tree.files += 1;
        tree.bytes += written.bytes;
        Ok(())
    }
}

fn meta(head: &PartHead) -> FileMeta {
    FileMeta { mode: MODE, modified: head.modified_at.unwrap_or_else(Timestamp::now) }
}
