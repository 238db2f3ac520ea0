//! Pulling: what a platform has comes here, and becomes backups.

use std::sync::Arc;

use crate::catalog::ProjectRecord;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::intake::{self, Incoming, TakeIn};
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use crate::platform::{Ability, Platform, RemoteBackup, RemoteState};
use crate::secret::Secret;
use crate::words::{bytes_words, counted};

/// What is to be pulled.
#[derive(Debug, Clone, Default)]
pub struct PullRequest {
    /// Ids on the platform; empty means the newest that is not here yet.
    pub ids: Vec<String>,
    /// All that are not here yet.
    pub all: bool,
    /// Opens what is encrypted.
    pub passphrase: Option<Secret>,
    /// Streams at most; absent means the usual.
    pub streams: Option<usize>,
    /// Bytes per second at most.
    pub bytes_per_second: Option<u64>,
}

impl Engine {
    /// Starts a pull. Returns the job's id at once.
    ///
    /// # Errors
    /// `project_not_found`, `no_platform`, or that there is no vault; all else is the job's own end.
    #[crate::boxed]
    pub async fn start_pull(&self, project: &str, request: PullRequest) -> Result<String, Failure> {
        let project = self.pullable(project).await?;
        let vault = self.profile.archive.record().await?;
        if super::configuration::is_all_there_is(self.platform_of(&project).await?.as_ref(), &request) {
            return self.start_configuration(project).await;
        }
        let place = project.reaches_words();
        let mut phases = vec![PhaseSpec {
            id: "ask",
            title: "Ask",
            weight: 5,
            sentence: format!("What {place} has, and what of it is here."),
        }];
        phases.extend(fetch_phases(&place, &vault.name));
        let spec = JobSpec {
            kind: JobKind::Pull,
            title: format!("Pulling {}", project.name),
            sentence: format!("From {place} to vault “{}”.", vault.name),
            project_id: Some(project.id.clone()),
            writes_vault: true,
            phases,
            if_cancelled: "What was fetched stays, and the next pull goes on from there. Nothing of it is in the list of backups.".into(),
        };
        let (engine, name) = (self.clone(), project.name.clone());
        let work = move |context: JobContext| async move {
            let project = engine.pullable(&name).await?;
            Box::pin(engine.pull(&context, project, request)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    pub(super) async fn pullable(&self, project: &str) -> Result<ProjectRecord, Failure> {
        let project = self.profile.project(project).await?;
        if project.is_archived {
            return Err(Failure::refused(
                "project_archived",
                format!("{} is not protected any more", project.name),
                "Add it again to pull from it.",
            ));
        }
        // That it has credentials is known before a job begins.
        self.platform_of(&project).await?;
        Ok(project)
    }

    async fn pull(
        &self,
        context: &JobContext,
        project: ProjectRecord,
        request: PullRequest,
    ) -> Result<JobOutput, Failure> {
        context.phase("ask");
        let platform = self.platform_of(&project).await?;
        let chosen = self.choose(context, &project, platform.as_ref(), &request).await?;
        if chosen.is_empty() {
            context.end();
            return Ok(JobOutput {
                outcome: "Everything that can be fetched is here already.".into(),
                ..JobOutput::default()
            });
        }
        let (many, mut last) = (chosen.len() as u64, JobOutput::default());
        for (number, backup) in chosen.iter().enumerate() {
            super::going_on::note(context, &request, &chosen[number..]);
            last = self.pull_one(context, &project, &platform, backup, &request).await?;
        }
        if many > 1 {
            last.outcome = format!("{} pulled. The last: {}", counted(many, "backup"), last.outcome);
        }
        Ok(last)
    }

    /// Which backups are to come, the oldest first.
    async fn choose(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &dyn Platform,
        request: &PullRequest,
    ) -> Result<Vec<RemoteBackup>, Failure> {
        if !request.ids.is_empty() {
            let here = self.profile.catalog.remote_ids(&project.id).await?;
            let mut chosen = Vec::new();
            for id in &request.ids {
                match here.get(id) {
                    Some(known) => context.info("ask", format!("{id} is here already, as backup {known}")),
                    None => chosen.push(context.unless_cancelled(platform.show(id)).await??),
                }
            }
            return Ok(chosen);
        }
        let listing = context.unless_cancelled(platform.list()).await??;
        for note in &listing.notes {
            context.warn("ask", note.clone());
        }
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let is_new = |backup: &RemoteBackup| !here.contains_key(&backup.id);
        let (can, cannot): (Vec<_>, Vec<_>) = listing
            .backups
            .into_iter()
            .filter(|backup| is_new(backup) && backup.state == RemoteState::Completed)
            .partition(|backup| backup.download.is_yes());
        context.info("ask", format!("{} there that are not here", counted(can.len() as u64, "backup")));
        if can.is_empty()
            && let Some(RemoteBackup { download: Ability::No { reason }, .. }) = cannot.first()
        {
            return Err(Failure::refused(
                "platform_cannot",
                format!("{} cannot give its backups: {reason}", platform.kind().name()),
                "Back the database up directly: add its connection with `holdfast project edit`, then `holdfast backup run`.",
            ));
        }
        let mut chosen = can;
        chosen.sort_by_key(|backup| backup.created_at);
        if !request.all {
            chosen.drain(..chosen.len().saturating_sub(1));
        }
        Ok(chosen)
    }

    /// Fetches one backup, and takes it in.
    pub(super) async fn pull_one(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &Arc<dyn Platform>,
        backup: &RemoteBackup,
        request: &PullRequest,
    ) -> Result<JobOutput, Failure> {
        refuse_what_is_none(platform.as_ref(), backup)?;
        context.phase("fetch");
        let size = backup.bytes.map_or_else(|| "a size that it does not say".into(), bytes_words);
        context.sentence(
            "fetch",
            format!("{} {} of {size}, from {}.", backup.kind, backup.id, project.reaches_words()),
        );
        let folder = self.pull_folder(project, &backup.id);
        let fetched = super::fetch::fetch(context, platform.as_ref(), backup, &folder, request).await?;
        // What the download had to say is in the run's log; how it went says nothing of the backup.
        let mut notes: Vec<String> = Vec::new();
        if let Some(claimed) = backup.bytes.filter(|claimed| *claimed != fetched.bytes()) {
            notes.push(format!(
                "The platform says {}, and {} came; what came checks out by itself.",
                bytes_words(claimed),
                bytes_words(fetched.bytes())
            ));
        }
        let files: Vec<Incoming> = fetched.files;
        let taken = intake::take_in(
            &self.profile,
            context,
            TakeIn {
                project: project.clone(),
                files,
                passphrase: request.passphrase.clone(),
                expected: backup.checksums.clone(),
                remote_id: Some(backup.id.clone()),
                made_at: backup.created_at,
                reason: None,
                tag: crate::archive::TAG_KIND_PULL,
                is_trusted: true,
                notes,
            },
        );
        let taken = Box::pin(taken).await;
        // Only what is in the vault, and was read back from it, need not stay on the disk; nor what is wrong,
        // which is set apart by now, and has to come anew.
        if taken.as_ref().map_or_else(intake::is_of_the_bytes, |_| true) {
            super::fetch::discard(&folder).await;
        }
        taken
    }

    pub(super) fn pull_folder(&self, project: &ProjectRecord, id: &str) -> camino::Utf8PathBuf {
        // An id may hold whatever its platform likes; a folder's name may not.
        let name =
            crate::hex::encode(&ring::digest::digest(&ring::digest::SHA256, id.as_bytes()).as_ref()[..16]);
        self.profile.home.join(intake::PULLS).join(&project.id).join(name)
    }
}

/// A backup exists when its bytes can come: what a platform calls failed, or is still making, is none.
fn refuse_what_is_none(platform: &dyn Platform, backup: &RemoteBackup) -> Result<(), Failure> {
    let why = match (&backup.state, &backup.download) {
        (RemoteState::Completed, Ability::Yes) => return Ok(()),
        (RemoteState::Failed { said }, _) => format!("it failed there: {said}"),
        (RemoteState::Creating { .. }, _) => "it is still being made there".to_owned(),
        (RemoteState::Other(word), _) => format!("the platform calls it {word:?}"),
        (RemoteState::Completed, Ability::No { reason }) => reason.clone(),
    };
    Err(Failure::refused(
        "platform_cannot",
        format!("{} cannot be fetched from {}: {why}", backup.id, platform.kind().name()),
        "Choose another one, or start a new backup there: `holdfast platform create PROJECT`.",
    ))
}

/// The phases of a fetch, and of what comes after it.
pub(super) fn fetch_phases(place: &str, vault: &str) -> Vec<PhaseSpec> {
    let mut phases = vec![PhaseSpec {
        id: "fetch",
        title: "Fetch",
        weight: 60,
        sentence: format!("From {place}, in parts that are never fetched twice."),
    }];
    phases.extend(intake::phases(vault));
    phases
}
