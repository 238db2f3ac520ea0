//! Turns files on this disk into a backup of a project: inspect, keep byte for byte, open, read back.
//!
//! A noun, used by a pull from a platform and by a person's import. Nothing counts before every given
//! checksum was compared, and nothing of a bad file reaches the list of backups.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use jiff::Timestamp;

use crate::archive::snapshot;
use crate::figures;
use crate::profile::Profile;
use crate::proof;
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use base::words::{bytes_words, counted};
use bundle::Inspection;
use ledger::catalog::ProjectRecord;
use ledger::job::{JobContext, JobOutput, PhaseSpec};

mod documents;
mod keep;
mod load;
mod look;
mod manifest;
mod open;
mod pump;
mod quarantine;
mod spool;
mod sweep;
mod worth;

pub(crate) use documents::{
    Content, Document, GivenDocuments, KeepDocuments, document_phases, keep_documents, read_stored,
    store_documents,
};
pub(crate) use look::{Looked, look};
pub(crate) use quarantine::is_of_the_bytes;
pub(crate) use spool::DIRECTORY;
pub(crate) use spool::Spool;
pub(crate) use sweep::PULLS;
pub(crate) use worth::Known;

/// One file that came.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    /// Where it is.
    pub(crate) path: Utf8PathBuf,
    /// Its name, as its sender has it.
    pub(crate) name: String,
}

/// What is to be taken in.
#[derive(Debug)]
pub(crate) struct TakeIn {
    /// Whose backup it becomes.
    pub(crate) project: ProjectRecord,
    /// The files; several belong together.
    pub(crate) files: Vec<Incoming>,
    /// Opens what is encrypted.
    pub(crate) passphrase: Option<Secret>,
    /// What a platform says of the components: SHA-256 by name.
    pub(crate) expected: BTreeMap<String, String>,
    /// Its id on the platform.
    pub(crate) remote_id: Option<String>,
    /// When it was made, as the platform says.
    pub(crate) made_at: Option<Timestamp>,
    /// Why, as a person wrote it.
    pub(crate) reason: Option<String>,
    /// `kind:pull`, `kind:import`.
    pub(crate) tag: &'static str,
    /// Somebody vouches for where it comes from.
    pub(crate) is_trusted: bool,
    /// What is worth knowing of where it came from, as sentences.
    pub(crate) notes: Vec<String>,
    /// What says whether it counts, beside its bytes.
    pub(crate) known: Known,
}

/// The phases of taking files in; `weight` of the whole is theirs.
pub(crate) fn phases(vault: &str) -> Vec<PhaseSpec> {
    let phase = |id, title, weight, sentence: String| PhaseSpec { id, title, sentence, weight };
    vec![
        phase("inspect", "Look", 20, "Say what the file is, by its content; compare its checksums.".into()),
        phase("keep", "Keep", 20, format!("Byte for byte into vault “{vault}”.")),
        phase("open", "Open", 30, "Its parts into the vault, each for itself; count every row.".into()),
        phase("vault", "Vault", 5, "Write the manifest; with it the backup becomes visible.".into()),
        phase("verify", "Verify", 25, format!("Read all of it back from vault “{vault}”, and compare.")),
    ]
}

/// Takes files in. The job's phases are those of [`phases`].
///
/// # Errors
/// `archive_passphrase_needed`, `archive_passphrase_wrong`, `checksum_mismatch` (and the files are in quarantine), what the
/// archive is refused for, or why it cannot be stored. Nothing of it is in the list of backups then.
pub(crate) async fn take_in(
    profile: &Profile,
    context: &JobContext,
    request: TakeIn,
) -> Result<JobOutput, Failure> {
    context.phase("inspect");
    let judged = look(context, &request).await.and_then(|looked| judge(&looked).map(|()| looked));
    let looked = match judged {
        Ok(looked) => looked,
        Err(failure) => return Err(quarantine::keep_apart(profile, context, &request, failure)),
    };
    for one in &looked {
        say(context, &one.inspection);
    }

    context.phase("keep");
    let vault = profile.archive.vault().await?;
    let writer = snapshot::begin(&vault, context.token(), &request.project.id, request.tag, None).await?;
    let (writer, kept) = keep::files(context, writer, &request, &looked).await?;

    context.phase("open");
    let spool = spool::Spool::make(profile, context)?;
    let (writer, opened) = open::parts(context, writer, &request, &looked, spool.path()).await?;
    look::refuse_changed(&request, &looked)?;
    let (writer, opened) = Box::pin(load::databases(profile, context, writer, opened, &looked)).await?;
    drop(spool);

    context.phase("vault");
    context.checkpoint()?;
    let manifest = manifest::describe(profile, &request, &looked, kept, opened).await?;
    for warning in manifest.warnings.iter().chain(&manifest.held_back) {
        context.warn("open", warning.clone());
    }
    let id = proof::write_backup(profile, context, writer, &manifest).await?;
    figures::note(&profile.catalog, &manifest, &id.to_string()).await;

    let tools = profile.tools().await?;
    let majors = manifest.tool_major().ok().zip(manifest.server_major().ok());
    let tool = majors.and_then(|(tool, server)| tools.for_restore(tool, server).ok());
    let (verdict, reason) = proof::prove_backup(profile, context, &vault, id, &manifest, tool).await?;
    let aside = if let Some(why) = &manifest.held_back {
        context.safe_next("It is kept, and is no recovery point. Look inside, or drill it.");
        format!(" It does not count: {why}.")
    } else {
        context.safe_next("It is a backup like any other now: look inside, drill it, restore it.");
        String::new()
    };
    Ok(JobOutput {
        outcome: format!("{} in the vault. {reason}{aside}", bytes_words(manifest.bytes())),
        backup_id: Some(id.to_string()),
        verdict: Some(verdict),
        ..JobOutput::default()
    })
}

/// Whether it may be kept at all.
fn judge(looked: &[Looked]) -> Result<(), Failure> {
    for one in looked {
        let Inspection { file, needs_passphrase, .. } = &one.inspection;
        if *needs_passphrase {
            return Err(Failure::new(
                Code::ArchivePassphraseNeeded,
                format!("{} is encrypted", file.name),
                "Give its passphrase: `--passphrase-file FILE`.",
            ));
        }
        one.refuse_mismatch()?;
        one.refuse_unknown()?;
    }
    Ok(())
}

fn say(context: &JobContext, inspection: &Inspection) {
    context.info("inspect", inspection.sentence.clone());
    let rows = inspection.rows.map(|rows| format!("; {}", counted(rows, "row"))).unwrap_or_default();
    context.fact(
        "What it is",
        inspection.sentence.clone(),
        Some(format!("{}{rows}", counted(inspection.tables.len() as u64, "table"))),
    );
}
