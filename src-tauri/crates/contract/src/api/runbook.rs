//! Recovery plans: show, save, keep current; contacts; the newest clean backup before a moment.

use camino::Utf8PathBuf;
use engine::Engine;
use engine::runbook::{CleanCheck, Contacts, PlanExport, PlanFile};
use ledger::catalog::ContactRecord;

use super::Answer;
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::number::{Count, Millis};
use crate::project::ProjectRef;
use crate::runbook::{
    CleanCheckView, ContactView, ContactsView, FindClean, PlanExportView, PlanFileView, RecoveryPlanView,
    SaveRecoveryPlan, SetContacts, SetKitPlace, SetPlanFolder,
};

/// The recovery plan of a project, as it is now.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn recovery_plan_show(engine: &Engine, request: ProjectRef) -> Answer<RecoveryPlanView> {
    let facts = Box::pin(engine.runbook_facts(&request.project)).await?;
    let file = engine.plan_file(&facts.project.id).await?;
    let clean = engine.clean_checks(&facts.project.id).await?;
    Ok(RecoveryPlanView {
        paper: facts.document().into(),
        contacts: facts.contacts.into(),
        file: file.into(),
        clean: clean.into_iter().map(Into::into).collect(),
        project_id: facts.project.id,
        project: facts.project.name,
    })
}

/// Writes the recovery plan of a project into a file, as a page.
///
/// # Errors
/// `project_not_found`, `invalid_request` for another kind of file, `file_exists`, `write_failed`.
#[crate::boxed]
pub async fn recovery_plan_save(engine: &Engine, request: SaveRecoveryPlan) -> Answer<Nothing> {
    Box::pin(engine.save_recovery_plan(&request.project, &Utf8PathBuf::from(request.path))).await?;
    Ok(Nothing {})
}

/// Names the folder in which a page of each plan is kept current, and writes the pages.
///
/// # Errors
/// `invalid_request` for a folder that is not there; that a page cannot be written is in the answer.
#[crate::boxed]
pub async fn recovery_plan_folder_set(engine: &Engine, request: SetPlanFolder) -> Answer<PlanExportView> {
    let folder = request.folder.map(Utf8PathBuf::from);
    engine.set_plan_folder(folder.as_deref()).await?;
    recovery_plan_export(engine, Nothing {}).await
}

/// Writes the pages of all plans whose content has changed, where a folder is named.
///
/// # Errors
/// When the catalogue does not answer; that a page cannot be written is in the answer.
#[crate::boxed]
pub async fn recovery_plan_export(engine: &Engine, _: Nothing) -> Answer<PlanExportView> {
    let folder = engine.plan_folder().await?.map(Utf8PathBuf::into_string);
    let PlanExport { written, unchanged, problems } = Box::pin(engine.export_recovery_plans()).await?;
    Ok(PlanExportView {
        folder,
        written: written.into_iter().map(Utf8PathBuf::into_string).collect(),
        unchanged: Count(unchanged),
        problems: problems.into_iter().map(|(project, why)| format!("{project}: {why}")).collect(),
    })
}

/// Who is called for a project, and where the kit lies.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn contacts_show(engine: &Engine, request: ProjectRef) -> Answer<ContactsView> {
    Ok(engine.contacts(&request.project).await?.into())
}

/// Puts a list of people in the place of the one that a project has.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn contacts_set(engine: &Engine, request: SetContacts) -> Answer<ContactsView> {
    let people = request.people.into_iter().map(Into::into).collect();
    Ok(engine.set_contacts(&request.project, people).await?.into())
}

/// Notes where the recovery kit lies.
///
/// # Errors
/// `invalid_request` for what looks like the key itself.
#[crate::boxed]
pub async fn kit_place_set(engine: &Engine, request: SetKitPlace) -> Answer<Nothing> {
    engine.set_kit_place(request.place.as_deref()).await?;
    Ok(Nothing {})
}

/// Starts to look whether the newest verified backup before a moment is clean.
///
/// # Errors
/// `project_not_found`, `no_backup_before`.
#[crate::boxed]
pub async fn clean_check_start(engine: &Engine, request: FindClean) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_clean_check(&request.project, request.before_ms.0).await? })
}

/// Looks whether a backup is clean, newest first.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn clean_check_list(engine: &Engine, request: ProjectRef) -> Answer<Vec<CleanCheckView>> {
    Ok(engine.clean_checks(&request.project).await?.into_iter().map(Into::into).collect())
}

impl From<ContactRecord> for ContactView {
    fn from(contact: ContactRecord) -> Self {
        let ContactRecord { role, name, phone, email, note } = contact;
        Self { role, name, phone, email, note }
    }
}

impl From<ContactView> for ContactRecord {
    fn from(contact: ContactView) -> Self {
        let ContactView { role, name, phone, email, note } = contact;
        Self { role, name, phone, email, note }
    }
}

impl From<Contacts> for ContactsView {
    fn from(contacts: Contacts) -> Self {
        let Contacts { people, kit_place } = contacts;
        Self { people: people.into_iter().map(Into::into).collect(), kit_place }
    }
}

impl From<PlanFile> for PlanFileView {
    fn from(file: PlanFile) -> Self {
        let PlanFile { folder, record } = file;
        let of = |pick: fn(&ledger::catalog::PlanFileRecord) -> Option<i64>| {
            record.as_ref().and_then(pick).map(Millis)
        };
        Self {
            folder: folder.map(Utf8PathBuf::into_string),
            written_at_ms: of(|one| one.written_at_ms),
            tried_at_ms: of(|one| Some(one.tried_at_ms)),
            path: record.as_ref().map(|one| one.path.clone()),
            problem: record.and_then(|one| one.problem),
        }
    }
}

impl From<CleanCheck> for CleanCheckView {
    fn from(check: CleanCheck) -> Self {
        let CleanCheck { id, backup_id, backup_at_ms, before_ms, verdict, reason, checks, at_ms } = check;
        Self {
            id,
            backup_id,
            backup_at_ms: backup_at_ms.map(Into::into),
            before_ms: before_ms.into(),
            verdict: verdict.into(),
            reason,
            checks: checks.into_iter().map(Into::into).collect(),
            at_ms: at_ms.into(),
        }
    }
}
