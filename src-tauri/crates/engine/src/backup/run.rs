//! A backup, from the exported snapshot to the proof.

use std::collections::HashSet;
use std::sync::Arc;

use vault::{Id, SnapshotId, Vault};

use super::configuration::{self, Source};
use super::manifest::manifest;
use super::plan::source_words;
use crate::archive::failure::vault_failure;
use crate::archive::{ArchiveError, Manifest, TAG_KIND_POSTGRES, opened, snapshot};
use crate::engine::Engine;
use crate::figures;
use crate::moment::Moment;
use crate::profile::Profile;
use crate::project::Entry;
use crate::proof;
use base::Code;
use base::account::{this_host, this_user};
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, moment_words};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, JobState, ProjectRecord};
use ledger::component::Component;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec, WHY};
use postgres::connection::forget_poolers;

impl Engine {
    /// Starts a backup of a project. Returns the job's id at once.
    ///
    /// # Errors
    /// When there is no such project or no vault; all else is the job's own end.
    #[crate::boxed]
    pub async fn start_backup(&self, project: &str, reason: Option<String>) -> Result<String, Failure> {
        let profile = Arc::clone(&self.profile);
        let project = protected(&profile, project).await?;
        let vault = profile.archive.record().await?;
        let (origin, place) = (source_words(project.postgres()?), vault.name);
        let spec = JobSpec {
            kind: JobKind::Backup,
            title: format!("Backing up {}", project.name),
            sentence: format!("From {origin} to vault “{place}”."),
            project_id: Some(project.id.clone()),
            writes_vault: true,
            phases: phases(&origin, &place),
            if_cancelled: "Nothing is left that looks like a backup. What is already in the vault is used by the next run.".into(),
        };
        let (engine, id) = (self.clone(), project.id.clone());
        let work = move |context: JobContext| async move {
            // It may have been removed since this run was asked for.
            let project = protected(&profile, &project.id).await?;
            let Made { mut output, before } = engine.back_up(&context, project, reason).await?;
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

/// The phases of a backup of `origin` into the vault `place`.
pub(crate) fn phases(origin: &str, place: &str) -> Vec<PhaseSpec> {
    vec![
        PhaseSpec {
            id: "snapshot",
            title: "Snapshot",
            weight: 2,
            sentence: format!("One moment of {origin}, held open for every reader."),
        },
        PhaseSpec {
            id: "dump",
            title: "Dump",
            weight: 70,
            sentence: format!("Every table of {origin} into vault “{place}”, hashed as it is written."),
        },
        PhaseSpec {
            id: "vault",
            title: "Vault",
            weight: 3,
            sentence: format!("Manifest and snapshot to “{place}”, then read back."),
        },
        PhaseSpec {
            id: "verify",
            title: "Verify",
            weight: 25,
            sentence: format!(
                "Read every block back from “{place}”, compare its hash or seal, list the archive. Only then it counts."
            ),
        },
    ]
}

impl Engine {
    /// Backs a project up within a job that runs already, and proves it.
    pub(crate) async fn back_up(
        &self,
        context: &JobContext,
        project: ProjectRecord,
        reason: Option<String>,
    ) -> Result<Made, Failure> {
        self.wake(&project).await?;
        self.take_in_after_interruption(&project).await?;
        // Asked for within the run: what a platform lends lives for minutes.
        let entry = context.unless_cancelled(self.entry(&project)).await??;
        let source = self.configuration_source(&project).await;
        run(&self.profile, context, project, entry, source, reason).await
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
    entry: Entry,
    source: Source,
    reason: Option<String>,
) -> Result<Made, Failure> {
    forget_poolers();
    let started_at_ms = now_ms();
    if let Some(reason) = &reason {
        context.fact(WHY, reason.clone(), None);
    }
    context.fact("Started", profile.jobs.trigger().words(), Some(format!("{}@{}", this_user(), this_host())));

    // One moment: everything that follows is read as of it.
    context.phase("snapshot");
    let Entry { connection, password, lent_until_ms } = entry;
    if let Some(until_ms) = lent_until_ms {
        let role = &connection.user;
        let until = moment_words(until_ms);
        context.info("snapshot", format!("its platform lent the role {role}, which may only read and signs in until {until}; it is stored nowhere"));
    }
    let holding = Moment::hold(profile, context, &connection, password.as_ref());
    let moment = context.unless_cancelled(holding).await??;
    let version = Some(moment.facts().server.version.clone());
    profile.catalog.put_project(&ProjectRecord { server_version: version, ..project.clone() }).await?;

    // The dump goes into the vault; nothing of it is visible yet.
    context.phase("dump");
    let vault = profile.archive.vault().await?;
    let before = previous(profile, &vault, &project.id).await?;
    let bytes_before = before.as_ref().and_then(|(_, manifest)| Some(manifest.database.as_ref()?.part.bytes));
    let packs_before = packs(&vault).await;
    let writer = snapshot::begin(
        &vault,
        context.token(),
        &project.id,
        TAG_KIND_POSTGRES,
        before.as_ref().map(|(id, _)| *id),
    )
    .await?;
    let dumping = Box::pin(moment.dump(context, &connection, password, writer, bytes_before));
    // It never fails, so that a dump is never left before it is cleaned up.
    let reading = Box::pin(async { Ok::<_, Failure>(configuration::read(context, &project, source).await) });
    let ((writer, stored, roles), read) = tokio::try_join!(dumping, reading)?;
    let (writer, access) = moment.store_access(writer).await?;
    let (writer, kept) = read.store(context, &vault, writer, before.as_ref()).await?;

    // The manifest is written last; with it the snapshot becomes visible.
    context.phase("vault");
    context.checkpoint()?;
    let trigger = profile.jobs.trigger().as_str().to_owned();
    let mut manifest =
        manifest(&moment, &project, reason, trigger, started_at_ms, stored, roles, before.as_ref());
    manifest.access = access;
    kept.note(&mut manifest);
    moment.close().await;
    manifest.audit_head = profile.audit.current().await?;
    for warning in &manifest.warnings {
        context.warn("dump", warning.clone());
    }
    let id = proof::write_backup(profile, context, writer, &manifest).await?;
    figures::note(&profile.catalog, &manifest, &id.to_string()).await;

    // Only what was read back counts.
    match verify(profile, context, &vault, id, &manifest).await {
        Ok(output) => Ok(Made { output, before: packs_before }),
        Err(failure) if context.token().is_cancelled() && !context.has_stalled() => {
            undo(profile, context, &vault, id, &project.name).await;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
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

/// The newest backup of the project, to compare with. That it cannot be read is a warning, no reason
/// to make no backup.
async fn previous(
    profile: &Profile,
    vault: &Vault,
    project_id: &str,
) -> Result<Option<(SnapshotId, Manifest)>, Failure> {
    let Some(newest) = profile.catalog.newest_with(project_id, Component::Database).await? else {
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

async fn verify(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
) -> Result<JobOutput, Failure> {
    let tools = profile.tools().await?;
    let tool = tools.for_restore(manifest.tool_major()?, manifest.server_major()?).ok();
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
