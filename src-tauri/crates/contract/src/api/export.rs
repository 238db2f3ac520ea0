//! Exports: a whole backup, or one part of it, as a file.

use base::secret::Secret;
use engine::Engine;
use engine::Failure;
use engine::export::{Destination, ExportRequest, Form, IfExists, Packing, SaveRequest};
use ledger::job::WrittenFile;

use super::Answer;
use crate::export::{ExportBackup, ExportTarget, PackingView, PartForm, SavePart, WrittenFileView};
use crate::job::JobStarted;
use crate::number::Count;

/// Starts to write a whole backup into one file.
///
/// # Errors
/// `backup_not_found`, `file_exists`, `write_failed`, `invalid_request` for a short passphrase.
#[crate::boxed]
pub async fn backup_export(engine: &Engine, request: ExportBackup) -> Answer<JobStarted> {
    let ExportBackup { backup, to } = request;
    let job_id = engine.start_export(ExportRequest { backup, to: to.into() }).await?;
    Ok(JobStarted { job_id })
}

/// Starts to write one part of a backup into a file.
///
/// # Errors
/// As [`backup_export`], and `invalid_request` for choices that do not fit together.
#[crate::boxed]
pub async fn backup_save(engine: &Engine, request: SavePart) -> Answer<JobStarted> {
    let SavePart { backup, part, tables, form, clean, no_owner, to } = request;
    let form = form_of(form, clean, no_owner)?;
    let job_id = engine.start_save(SaveRequest { backup, part, tables, form, to: to.into() }).await?;
    Ok(JobStarted { job_id })
}

/// What is dropped first, and who owns what, are questions of SQL; scripts that are loaded one after the other
/// cannot each begin by dropping.
fn form_of(form: Option<PartForm>, clean: bool, no_owner: bool) -> Answer<Option<Form>> {
    match form {
        Some(PartForm::Sql) => Ok(Some(Form::Sql { clean, no_owner })),
        Some(PartForm::Tar) if !clean => Ok(Some(Form::Tar { no_owner })),
        Some(PartForm::Json) if !clean && !no_owner => Ok(Some(Form::Json)),
        Some(PartForm::AsItIs) if !clean && !no_owner => Ok(Some(Form::AsItIs)),
        None if !clean && !no_owner => Ok(None),
        _ => Err(Failure::invalid(
            "clean and no owner do not fit this form",
            "Both are for SQL: `--as sql`; `--no-owner` also for `--as tar`.",
        )
        .into()),
    }
}

impl From<ExportTarget> for Destination {
    fn from(target: ExportTarget) -> Self {
        let ExportTarget { path, packing, passphrase, replace } = target;
        Self {
            path: path.into(),
            packing: match packing {
                PackingView::None => Packing::Plain,
                PackingView::Gzip => Packing::Gzip,
                PackingView::Zstd => Packing::Zstd,
            },
            passphrase: passphrase.map(Secret::new),
            if_exists: if replace { IfExists::Replace } else { IfExists::Refuse },
        }
    }
}

impl From<WrittenFile> for WrittenFileView {
    fn from(file: WrittenFile) -> Self {
        let WrittenFile { path, bytes, sha256, is_encrypted, opened_with } = file;
        Self { path: path.into(), size_bytes: Count(bytes), sha256, is_encrypted, opened_with }
    }
}
