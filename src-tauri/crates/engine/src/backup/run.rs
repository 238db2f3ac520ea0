//! A backup, from the exported snapshot to the proof.

use source::Place;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use vault::{Id, SnapshotId, Vault};

use super::choice::{keep_for_a_while, note_wish};
use super::configuration::{self, Source};
use super::covering::Covering;
use super::manifest::manifest;
use super::scope::BackupWish;
use crate::archive::failure::vault_failure;
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{ArchiveError, Manifest, Part, TAG_KIND_POSTGRES, opened, snapshot};
use crate::component::{self, Before, StorageRows, TakenParts, Told};
use crate::engine::Engine;
use crate::figures;
use crate::moment::{Moment, Stored};
use crate::profile::Profile;
use crate::project::Entry;
use crate::proof;
use base::Code;
use base::account::{this_host, this_user};
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, moment_words};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, JobState, ProjectRecord, SourceRecord, Verdict};
use ledger::component::{Component, Components};
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, WHY};
use postgres::choice::TableChoice;
use postgres::connection::forget_poolers;

impl Engine {
    /// Starts a backup of everything that a project has. Returns the job's id at once.
    ///
    /// # Errors
    /// When there is no such project or no vault; all else is the job's own end.
    #[crate::boxed]
    pub async fn start_backup(&self, project: &str, reason: Option<String>) -> Result<String, Failure> {
        self.start_backup_of(project, BackupWish { reason, ..BackupWish::default() }).await
    }

    /// Starts a backup of some components, or of all. Returns the job's id at once.
    ///
    /// # Errors
    /// As `start_backup`, and `component_not_found` for one that the project does not have.
    #[crate::boxed]
    pub async fn start_backup_of(&self, project: &str, wish: BackupWish) -> Result<String, Failure> {
        let profile = Arc::clone(&self.profile);
        let project = protected(&profile, project).await?;
        let vault = profile.archive.record().await?;
        let (scope, place) = (self.scope(&project, &wish).await?, vault.name);
        let origin = scope.origin(&project)?;
        let spec = JobSpec {
            kind: JobKind::Backup,
            title: format!("Backing up {}", project.name),
            sentence: format!("From {origin} to vault “{place}”."),
            project_id: Some(project.id.clone()),
            writes_vault: true,
            phases: scope.phases(&origin, &place),
            if_cancelled: "Nothing is left that looks like a backup. What is already in the vault is used by the next run.".into(),
        };
        let (engine, id) = (self.clone(), project.id.clone());
        let work = move |context: JobContext| async move {
            // It may have been removed since this run was asked for.
            let project = protected(&profile, &project.id).await?;
            let alone = wish.tables.is_some().then(|| project.name.clone());
            let Made { mut output, before } = engine.back_up(&context, project, wish).await?;
            if let Some(project) = alone {
                keep_for_a_while(&profile, &context, &output, &project).await;
            }
            engine.read_older(&context, &before, &mut output).await;
            Ok(output)
        };
        match self.profile.jobs.start(spec, work).await {
            Ok(job) => Ok(job),
            Err(failure) => {
                // A run of a project that was removed meanwhile cannot be noted: then that is said.
                protected(&self.profile, &id).await?;
                Err(failure)
            }
        }
    }
}

/// A backup that was made and proven.
#[derive(Debug)]
pub(crate) struct Made {
    /// What it came to.
    pub(crate) output: JobOutput,
    /// The packs that were in the vault before it.
    pub(crate) before: HashSet<Id>,
}

impl Engine {
    /// Backs a project up within a job that runs already, and proves it.
    pub(crate) async fn back_up(
        &self,
        context: &JobContext,
        project: ProjectRecord,
        wish: BackupWish,
    ) -> Result<Made, Failure> {
        let scope = self.scope(&project, &wish).await?;
        self.take_in_after_interruption(&project).await?;
        let reached = if scope.database {
            self.wake(&project).await?;
            // Asked for within the run: what a platform lends lives for minutes.
            let entry = context.unless_cancelled(self.entry(&project)).await??;
            let choice = self.choice(&project, &wish).await?;
            Some((entry, self.configuration_source(&project).await, choice))
        } else {
            None
        };
        Box::pin(run(&self.profile, context, project, reached, scope.sources, wish)).await
    }

    /// A run that was killed may have made its snapshot visible without noting it. It is whole, since its
    /// manifest came last, and it is not proven: it is listed as such.
    async fn take_in_after_interruption(&self, project: &ProjectRecord) -> Result<(), Failure> {
        let last = self.profile.catalog.last_jobs(&project.id, "backup", 1).await?.pop();
        if last.is_some_and(|job| job.state == JobState::Interrupted) {
            self.take_in_unknown().await?;
        }
        Ok(())
    }
}

/// The project, where it is to be backed up at all.
async fn protected(profile: &Profile, project: &str) -> Result<ProjectRecord, Failure> {
    let project = profile.project(project).await?;
    if project.is_archived {
        return Err(Failure::new(
            Code::ProjectArchived,
            format!("{} is not protected any more", project.name),
            "Add it again as a new project; its old backups stay.",
        ));
    }
    Ok(project)
}

async fn run(
    profile: &Profile,
    context: &JobContext,
    project: ProjectRecord,
    reached: Option<(Entry, Source, TableChoice)>,
    sources: Vec<SourceRecord>,
    wish: BackupWish,
) -> Result<Made, Failure> {
    forget_poolers();
    let started_at_ms = now_ms();
    if let Some(reason) = &wish.reason {
        context.fact(WHY, reason.clone(), None);
    }
    context.fact("Started", profile.jobs.trigger().words(), Some(format!("{}@{}", this_user(), this_host())));
    let (mut moment, mut reading) = (None, None);
    if let Some((entry, source, choice)) = reached {
        moment = Some(Arc::new(hold(profile, context, &project, &entry, &choice).await?));
        reading = Some((entry, source));
    }
    let mut covering = Covering::begin(profile, &project, &wish).await;
    let vault = profile.archive.vault().await?;
    let before = previous(profile, &vault, &project.id, Component::Database).await?;
    let parent = parent(profile, &vault, &project.id, &sources, before.as_ref()).await?;
    let packs_before = packs(&vault).await;
    let mut writer = snapshot::begin(
        &vault,
        context.token(),
        &project.id,
        TAG_KIND_POSTGRES,
        parent.as_ref().map(|(id, _)| *id),
    )
    .await?;

    // The dump goes into the vault; nothing of it is visible yet.
    let mut dumped = None;
    if let (Some(moment), Some((entry, source))) = (&moment, reading) {
        let (next, made) =
            dump(context, &vault, writer, moment, &project, entry, source, before.as_ref()).await?;
        (writer, dumped) = (next, Some(made));
    }

    // Afterwards, so that files which rows of the moment name are there, unless they were deleted since. Logs come first
    // where they are rows: the moment that these are read at holds locks, and nothing else needs it.
    let (logs, others) = logs_first(sources);
    if !logs.is_empty() || !others.is_empty() {
        context.phase("parts");
    }
    let newest = newest(profile, &vault, &project.id, logs.iter().chain(&others)).await?;
    let beside = Before { is_safety: wish.is_safety, parent, newest };
    let told = Told { moment: moment.as_ref(), storage: None };
    let (next, of_logs, beside) =
        take_parts(profile, context, &project, &vault, writer, (logs, told), beside).await?;
    let trigger = profile.jobs.trigger().as_str().to_owned();
    let begun = (wish.reason.clone(), trigger, started_at_ms);
    let rows = stored_rows(profile, context, moment.as_deref(), &others).await?;
    let mut manifest = described(moment.as_deref(), &project, begun, dumped, before.as_ref());
    note_wish(&mut manifest, &wish);
    if let Some(moment) = moment.and_then(Arc::into_inner) {
        covering.see(&moment).await;
        moment.close().await;
    }
    let told = Told { moment: None, storage: rows.as_ref().ok().and_then(Option::as_ref) };
    let (writer, of_others, _) =
        take_parts(profile, context, &project, &vault, next, (others, told), beside).await?;
    manifest.warnings.extend(rows.as_ref().err().cloned());
    let parts = of_logs.and(of_others);

    // The manifest is written last; with it the snapshot becomes visible.
    context.phase("vault");
    context.checkpoint()?;
    manifest.finished_at_ms = now_ms();
    let lacking = parts.lacking_words();
    parts.note_in(&mut manifest);
    covering.note(profile, context, &project, &mut manifest).await?;
    refuse_empty(&manifest, lacking.as_deref())?;
    manifest.audit_head = profile.audit.current().await?;
    for warning in &manifest.warnings {
        context.warn(if manifest.database.is_some() { "dump" } else { "parts" }, warning.clone());
    }
    let id = proof::write_backup(profile, context, writer, &manifest).await?;
    figures::note(&profile.catalog, &manifest, &id.to_string()).await;

    let output = counted(profile, context, (&vault, id, &manifest), &project.name, lacking).await?;
    Ok(Made { output, before: packs_before })
}

/// Logs, where some are rows of the database; and the other sources.
fn logs_first(sources: Vec<SourceRecord>) -> (Vec<SourceRecord>, Vec<SourceRecord>) {
    let has_rows = sources.iter().any(|source| matches!(source.place, Place::LogTable { .. }));
    sources.into_iter().partition(|source| has_rows && source.component == Component::Logs)
}

/// Only what was read back counts. It is a recovery point of what it holds; whoever asked for all of it has to know what
/// it lacks.
async fn counted(
    profile: &Profile,
    context: &JobContext,
    (vault, id, manifest): (&Vault, SnapshotId, &Manifest),
    project: &str,
    lacking: Option<String>,
) -> Result<JobOutput, Failure> {
    match verify(profile, context, vault, id, manifest).await {
        Ok(mut output) => {
            if let Some(lacking) = lacking {
                output.outcome = format!("{} Not in it: {lacking}.", output.outcome);
                output.verdict = output.verdict.map(|verdict| match verdict {
                    Verdict::Pass => Verdict::Inconclusive,
                    worse => worse,
                });
            }
            Ok(output)
        }
        Err(failure) if context.token().is_cancelled() && !context.has_stalled() => {
            undo(profile, context, vault, id, project).await;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// Reads sources into the snapshot; rows of logs at the moment of the dump.
async fn take_parts(
    profile: &Profile,
    context: &JobContext,
    project: &ProjectRecord,
    vault: &Vault,
    writer: OpenSnapshot,
    (sources, told): (Vec<SourceRecord>, Told<'_>),
    before: Before,
) -> Result<(OpenSnapshot, TakenParts, Before), Failure> {
    let ready = component::ready(profile, project, sources, told, (context.token(), context.meter()));
    let ready = context.unless_cancelled(ready).await?;
    component::take(context, vault, writer, ready, before).await
}

/// What is in the storage at the moment of the backup; or why the service itself has to be asked, in a sentence.
async fn stored_rows(
    profile: &Profile,
    context: &JobContext,
    moment: Option<&Moment>,
    sources: &[SourceRecord],
) -> Result<Result<Option<StorageRows>, String>, Failure> {
    let Some(moment) = moment else { return Ok(Ok(None)) };
    match StorageRows::read(profile, context, moment, sources).await {
        Ok(rows) => Ok(Ok(rows)),
        Err(failure) if context.token().is_cancelled() => Err(failure),
        Err(failure) => Ok(Err(format!(
            "What is in the storage was told by the service itself, after the moment of the database: {}.",
            failure.message.trim_end_matches('.')
        ))),
    }
}

/// One moment: everything that follows is read as of it.
async fn hold(
    profile: &Profile,
    context: &JobContext,
    project: &ProjectRecord,
    entry: &Entry,
    choice: &TableChoice,
) -> Result<Moment, Failure> {
    context.phase("snapshot");
    let Entry { connection, password, lent_until_ms } = entry;
    if let Some(until_ms) = lent_until_ms {
        let role = &connection.user;
        let until = moment_words(*until_ms);
        context.info("snapshot", format!("its platform lent the role {role}, which may only read and signs in until {until}; it is stored nowhere"));
    }
    let holding = Moment::hold(profile, context, connection, password.as_ref(), choice);
    let moment = context.unless_cancelled(holding).await??;
    let version = Some(moment.facts().server.version.clone());
    profile.catalog.put_project(&ProjectRecord { server_version: version, ..project.clone() }).await?;
    Ok(moment)
}

/// A database that is in the snapshot.
struct Dumped {
    stored: Stored,
    roles: Result<Part, String>,
    access: Option<Part>,
    kept: configuration::Kept,
}

#[expect(clippy::too_many_arguments, reason = "all that a run knows by then")]
async fn dump(
    context: &JobContext,
    vault: &Vault,
    writer: OpenSnapshot,
    moment: &Moment,
    project: &ProjectRecord,
    entry: Entry,
    source: Source,
    before: Option<&(SnapshotId, Manifest)>,
) -> Result<(OpenSnapshot, Dumped), Failure> {
    context.phase("dump");
    let Entry { connection, password, lent_until_ms: _ } = entry;
    let bytes_before = before.and_then(|(_, manifest)| Some(manifest.database.as_ref()?.part.bytes));
    let dumping = Box::pin(moment.dump(context, &connection, password, writer, bytes_before));
    // It never fails, so that a dump is never left before it is cleaned up.
    let reading = Box::pin(async { Ok::<_, Failure>(configuration::read(context, project, source).await) });
    let ((writer, stored, roles), read) = tokio::try_join!(dumping, reading)?;
    let (writer, access) = moment.store_access(writer).await?;
    let (writer, kept) = read.store(context, vault, writer, before).await?;
    Ok((writer, Dumped { stored, roles, access, kept }))
}

/// The manifest, before it is told what there is beside the database.
fn described(
    moment: Option<&Moment>,
    project: &ProjectRecord,
    (reason, trigger, started_at_ms): (Option<String>, String, i64),
    dumped: Option<Dumped>,
    before: Option<&(SnapshotId, Manifest)>,
) -> Manifest {
    let (Some(moment), Some(Dumped { stored, roles, access, kept })) = (moment, dumped) else {
        return Manifest { reason, ..Manifest::begun(project, trigger, started_at_ms) };
    };
    let mut manifest = manifest(moment, project, reason, trigger, started_at_ms, stored, roles, before);
    manifest.access = access;
    kept.note(&mut manifest);
    manifest
}

/// A backup that holds nothing is none.
fn refuse_empty(manifest: &Manifest, absent: Option<&str>) -> Result<(), Failure> {
    if manifest.database.is_some() || !manifest.taken.is_empty() {
        return Ok(());
    }
    let why = absent.map_or_else(|| "there is nothing to read".to_owned(), str::to_owned);
    Err(Failure::new(
        Code::SourceUnreadable,
        format!("nothing of the project could be read: {why}"),
        "Test its components: `holdfast component test PROJECT`.",
    ))
}

/// The backup that unchanged files are kept from: the newest with files, where the project has such, else the newest
/// with what it has.
async fn parent(
    profile: &Profile,
    vault: &Vault,
    project_id: &str,
    sources: &[SourceRecord],
    before: Option<&(SnapshotId, Manifest)>,
) -> Result<Option<(SnapshotId, Manifest)>, Failure> {
    let there: Components = sources.iter().map(|source| source.component).collect();
    for component in there.iter() {
        if let Some(found) = previous(profile, vault, project_id, component).await? {
            return Ok(Some(found));
        }
    }
    Ok(before.cloned())
}

/// What the vault held before this run. That it cannot be listed is no reason to make no backup.
async fn packs(vault: &Vault) -> HashSet<Id> {
    let vault = vault.clone();
    let listed = opened::blocking(move || vault.packs().map_err(ArchiveError::from)).await;
    match listed {
        Ok(packs) => packs.into_iter().collect(),
        Err(failure) => {
            tracing::warn!(%failure, "the packs of the vault cannot be listed");
            HashSet::new()
        }
    }
}

/// The newest backup of the project with a component, to compare with. That it cannot be read is a warning, no reason
/// to make no backup.
async fn previous(
    profile: &Profile,
    vault: &Vault,
    project_id: &str,
    component: Component,
) -> Result<Option<(SnapshotId, Manifest)>, Failure> {
    let Some(newest) = profile.catalog.newest_with(project_id, component).await? else {
        return Ok(None);
    };
    let id = opened::snapshot_id(&newest.id)?;
    let vault = vault.clone();
    match opened::blocking(move || Manifest::load(&vault, &id)).await {
        Ok(manifest) => Ok(Some((id, manifest))),
        Err(failure) => {
            tracing::warn!(%failure, backup = %newest.id, "the last backup's manifest cannot be read");
            Ok(None)
        }
    }
}

/// The newest backup with each component that is read.
async fn newest(
    profile: &Profile,
    vault: &Vault,
    project_id: &str,
    sources: impl Iterator<Item = &SourceRecord>,
) -> Result<BTreeMap<Component, (SnapshotId, Manifest)>, Failure> {
    let mut newest = BTreeMap::new();
    for component in sources.map(|source| source.component).collect::<Components>().iter() {
        if let Some(found) = previous(profile, vault, project_id, component).await? {
            newest.insert(component, found);
        }
    }
    Ok(newest)
}

async fn verify(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
) -> Result<JobOutput, Failure> {
    let tools = profile.tools().await?;
    let tool = match &manifest.database {
        Some(_) => tools.for_restore(manifest.tool_major()?, manifest.server_major()?).ok(),
        None => None,
    };
    let (verdict, reason) = proof::prove_backup(profile, context, vault, id, manifest, tool).await?;
    context.safe_next("The backup is done. It can be restored at any time.");
    Ok(JobOutput {
        outcome: format!("{} in the vault. {reason}", bytes_words(manifest.bytes())),
        backup_id: Some(id.to_string()),
        verdict: Some(verdict),
        ..JobOutput::default()
    })
}

/// Removes a backup whose verification was cancelled, since it never counted. If that fails, it stays listed
/// as not proven.
async fn undo(profile: &Profile, context: &JobContext, vault: &Vault, id: SnapshotId, project: &str) {
    let vault = vault.clone();
    let gone = async {
        let (subject, why) = (Subject::backup(&id.to_string(), project), "cancelled before it was verified");
        let details = Details::none().with("why", Fact::Word(why));
        profile.audit.record(Act::BackupDeletionConfirmed, &subject, details).await?;
        opened::blocking(move || vault.forget(&id).map_err(vault_failure)).await?;
        let mut writing = profile.audit.begin(Act::BackupDeleted, &subject, Details::none()).await?;
        Catalog::remove_backup_on(writing.connection(), &id.to_string()).await?;
        Ok::<_, Failure>(writing.commit().await?)
    };
    if let Err(failure) = gone.await {
        let (subject, details) =
            (Subject::backup(&id.to_string(), project), Details::none().failure(&failure));
        // What was confirmed and did not happen is no removal: replicas go by that.
        if let Err(error) = profile.audit.record(Act::BackupDeletionFailed, &subject, details).await {
            tracing::warn!(%error, "that a backup could not be removed is not recorded");
        }
        context.warn("verify", format!("backup {id} could not be removed: {}", failure.message));
        context.safe_next("Its backup is listed, and not proven. Verify it, or make a new one.");
    }
}
