//! A platform's documents (configuration, logs) as a snapshot of their own, or beside a database's dump. They are
//! stored unchanged, with their hashes and the changes since the last version. Nothing restores them automatically, so
//! alone they are not a recovery point.

use std::fs::File;
use std::io::{Cursor, Read};
use std::sync::Arc;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use vault::{FileMeta, Vault};

use super::keep::{MODE, Metered};
use crate::archive::failure::vault_failure;
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{Documents, Manifest, Part, TAG_KIND_PULL, Tree, documents, opened, snapshot};
use crate::profile::Profile;
use crate::proof;
use base::Code;
use base::failure::Failure;
use base::hex;
use base::meter::Meter;
use base::words::{bytes_words, counted};
use ledger::catalog::ProjectRecord;
use ledger::component::Component;
use ledger::job::{JobContext, JobOutput, PhaseSpec};
use remote::platform::Configuration;

/// A document of more bytes is compared by its hash alone.
const COMPARED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Where the bytes of a document are.
#[derive(Debug)]
pub(crate) enum Content {
    /// Here.
    Bytes(Vec<u8>),
    /// In a file of the run's private folder.
    File(Utf8PathBuf),
}

/// One document.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its path in the snapshot, below the component's folder.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) content: Content,
}

/// Documents as a platform gave them.
#[derive(Debug)]
pub(crate) struct GivenDocuments {
    /// What of the project they are; its word is their folder.
    pub(crate) component: Component,
    /// What they are and where they come from, as a sentence without its full stop.
    pub(crate) what: String,
    /// The platform, by name.
    pub(crate) given_by: String,
    /// The documents.
    pub(crate) documents: Vec<Document>,
    /// What cannot be restored from here, as sentences without their full stops.
    pub(crate) not_restorable: Vec<String>,
}

impl GivenDocuments {
    /// A project's configuration as its platform gave it, and what a person should know of it, as sentences.
    pub(crate) fn configuration(
        given_by: &str,
        project: &ProjectRecord,
        configuration: Configuration,
    ) -> (Self, Vec<String>) {
        let Configuration { files, missing, hidden } = configuration;
        let mut warnings: Vec<String> =
            missing.iter().map(|what| format!("Not in this snapshot: {what}.")).collect();
        if !hidden.is_empty() {
            warnings.push(format!("Not restorable from here: {}.", hidden.join("; ")));
        }
        let reference = project.platform.as_ref().map(|settings| settings.reference.clone());
        let documents = files
            .into_iter()
            .map(|file| Document { path: file.path, content: Content::Bytes(file.bytes) })
            .collect();
        let given = Self {
            component: Component::Configuration,
            what: format!("Configuration of {} at {given_by}", reference.unwrap_or_default()),
            given_by: given_by.to_owned(),
            documents,
            not_restorable: hidden.into_iter().chain(missing).collect(),
        };
        (given, warnings)
    }
}

/// Documents that are to be kept.
#[derive(Debug)]
pub(crate) struct KeepDocuments {
    /// Whose they are.
    pub(crate) project: ProjectRecord,
    /// What they are.
    pub(crate) given: GivenDocuments,
    /// When the platform gave them.
    pub(crate) at_ms: i64,
    /// What a person should know, as sentences.
    pub(crate) warnings: Vec<String>,
    /// Whether what changed since the last time is worth saying.
    pub(crate) is_compared: bool,
}

/// The phases of keeping documents.
pub(crate) fn document_phases(vault: &str) -> Vec<PhaseSpec> {
    let phase = |id, title, weight, sentence: String| PhaseSpec { id, title, sentence, weight };
    vec![
        phase("vault", "Vault", 15, format!("The documents and their manifest into vault “{vault}”.")),
        phase("verify", "Verify", 15, format!("Read all of it back from vault “{vault}”, and compare.")),
    ]
}

/// Keeps documents as a snapshot of their project, and reads it back. The job's phases are those of
/// [`document_phases`].
///
/// # Errors
/// Why they cannot be stored, or that they do not read back as they were.
pub(crate) async fn keep_documents(
    profile: &Profile,
    context: &JobContext,
    request: KeepDocuments,
) -> Result<JobOutput, Failure> {
    context.phase("vault");
    let vault = profile.archive.vault().await?;
    let before = before(profile, &vault, &request).await?;
    let writer = snapshot::begin(&vault, context.token(), &request.project.id, TAG_KIND_PULL, None).await?;
    let KeepDocuments { project, given, at_ms, warnings, .. } = request;
    let (writer, tree, documents) = store_documents(context, &vault, writer, given, before).await?;
    context.checkpoint()?;
    for warning in &warnings {
        context.warn("vault", warning.clone());
    }
    for change in documents.change_words() {
        context.info("vault", change);
    }
    let said = documents.change_words().join(" ");
    let manifest = manifest(profile, &project, at_ms, tree, documents, warnings).await?;
    let id = proof::write_backup(profile, context, writer, &manifest).await?;
    let (verdict, reason) = proof::prove_backup(profile, context, &vault, id, &manifest, None).await?;
    let files = manifest.trees.iter().map(|tree| tree.files).sum();
    let outcome = format!(
        "{} with {} in the vault. {said} {reason}",
        counted(files, "document"),
        bytes_words(manifest.bytes())
    );
    Ok(JobOutput {
        outcome: outcome.replace("  ", " "),
        backup_id: Some(id.to_string()),
        verdict: Some(verdict),
        ..JobOutput::default()
    })
}

/// Hands documents to a snapshot that is being written, and compares them with those of another one.
///
/// # Errors
/// Why they cannot be stored.
pub(crate) async fn store_documents(
    context: &JobContext,
    vault: &Vault,
    writer: OpenSnapshot,
    given: GivenDocuments,
    before: Option<(vault::SnapshotId, Documents)>,
) -> Result<(OpenSnapshot, Tree, Documents), Failure> {
    let GivenDocuments { component, what, given_by, documents, not_restorable } = given;
    let (meter, of_vault, from) = (Arc::clone(context.meter()), vault.clone(), before.clone());
    let stored = opened::blocking(move || -> Result<_, Failure> {
        let (writer, files) = write(writer, &documents, &meter)?;
        let changes = from.map_or_else(Vec::new, |(id, old)| {
            documents::changes(&old.files, &files, &|path| read_stored(&of_vault, &id, path), &|path| {
                documents.iter().find(|one| one.path == path).and_then(|one| one.content.small())
            })
        });
        Ok((writer, files, changes))
    });
    let (writer, files, changes) = stored.await?;
    let tree = Tree {
        component: component.as_str().to_owned(),
        path: format!("/{}", component.as_str()),
        files: files.len() as u64,
        bytes: files.iter().map(|file| file.bytes).sum(),
    };
    let compared_with = before.map(|(id, _)| id.to_string());
    let documents = Documents { what, given_by, files, not_restorable, compared_with, changes };
    Ok((writer, tree, documents))
}

/// The previous snapshot of the same documents. If it cannot be read, the new one is stored all the same.
async fn before(
    profile: &Profile,
    vault: &Vault,
    request: &KeepDocuments,
) -> Result<Option<(vault::SnapshotId, Documents)>, Failure> {
    if !request.is_compared {
        return Ok(None);
    }
    let newest = profile.catalog.newest_documents(&request.project.id, request.given.component).await?;
    let Some(newest) = newest else { return Ok(None) };
    let (id, vault) = (opened::snapshot_id(&newest)?, vault.clone());
    match opened::blocking(move || Manifest::load(&vault, &id)).await {
        Ok(manifest) => Ok(manifest.documents.map(|documents| (id, *documents))),
        Err(failure) => {
            tracing::warn!(%failure, backup = %newest, "the last manifest of documents cannot be read");
            Ok(None)
        }
    }
}

/// Hands the documents to the vault.
fn write(
    writer: OpenSnapshot,
    documents: &[Document],
    meter: &Arc<Meter>,
) -> Result<(OpenSnapshot, Vec<Part>), Failure> {
    let mut files = Vec::new();
    for document in documents {
        let reader: Box<dyn Read + Send> = match &document.content {
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Content::File(path) => Box::new(File::open(path).map_err(|source| {
                Failure::new(
                    Code::FileUnreadable,
                    format!("{path} cannot be read: {source}"),
                    "Check the disk that the profile is on.",
                )
            })?),
        };
        let meta = FileMeta { mode: MODE, modified: Timestamp::now() };
        let metered = Metered { inner: reader, meter: Arc::clone(meter) };
        let written = writer.file(&document.path, &meta, metered).map_err(vault_failure)?;
        let sha256 = hex::encode(&written.sha256);
        files.push(Part { path: document.path.clone(), bytes: written.bytes, sha256 });
    }
    Ok((writer, files))
}

impl Content {
    /// The bytes, where there are few of them.
    fn small(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) if bytes.len() as u64 <= COMPARED_BYTES_MAX => Some(bytes.clone()),
            Self::Bytes(_) | Self::File(_) => None,
        }
    }
}

/// A stored document, where it is small; what cannot be read is compared by its hash alone.
pub(crate) fn read_stored(vault: &Vault, id: &vault::SnapshotId, path: &str) -> Option<Vec<u8>> {
    let reader = vault.read(id, path).ok()?;
    if reader.size() > COMPARED_BYTES_MAX {
        return None;
    }
    let mut bytes = Vec::new();
    reader.take(COMPARED_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

async fn manifest(
    profile: &Profile,
    project: &ProjectRecord,
    at_ms: i64,
    tree: Tree,
    documents: Documents,
    warnings: Vec<String>,
) -> Result<Manifest, Failure> {
    Ok(Manifest {
        trees: vec![tree],
        documents: Some(Box::new(documents)),
        warnings,
        audit_head: profile.audit.current().await?,
        ..Manifest::begun(project, profile.jobs.trigger().as_str().to_owned(), at_ms)
    })
}
