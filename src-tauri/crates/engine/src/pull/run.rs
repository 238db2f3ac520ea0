//! Pulling: fetches a platform's backups and makes backups of them.

use std::sync::Arc;

use super::PullLimits;
use crate::engine::Engine;
use crate::intake::{self, Incoming, TakeIn};
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use base::words::bytes_words;
use ledger::catalog::ProjectRecord;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use remote::platform::{Ability, Platform, RemoteBackup, RemoteState};

/// What is to be pulled.
#[derive(Debug, Clone, Default)]
pub struct PullRequest {
    /// Ids on the platform; empty means the newest that is not here yet.
    pub ids: Vec<String>,
    /// All that are not here yet: what goes there first comes first.
    pub all: bool,
    /// How much one run fetches; absent means all of it.
    pub limits: Option<PullLimits>,
    /// Opens what is encrypted; absent means the one that is stored for the project, where one is.
    pub passphrase: Option<Secret>,
    /// Streams at most; absent means the usual.
    pub streams: Option<usize>,
    /// Bytes per second at most.
    pub bytes_per_second: Option<u64>,
}

impl PullRequest {
    /// A scheduled pull: everything that is not here yet, within the limits of an unattended run.
    pub fn unwatched() -> Self {
        Self { all: true, limits: Some(PullLimits::UNWATCHED), ..Self::default() }
    }
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
        let mut phases = vec![ask_phase(&place)];
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
        // Not by its name, which another project may have once its turn has come.
        let (engine, id) = (self.clone(), project.id.clone());
        let work = move |context: JobContext| async move {
            let project = engine.pullable(&id).await?;
            Box::pin(engine.pull(&context, project, request)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    pub(super) async fn pullable(&self, project: &str) -> Result<ProjectRecord, Failure> {
        let project = self.profile.project(project).await?;
        if project.is_archived {
            return Err(Failure::new(
                Code::ProjectArchived,
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
        let asked = self.choose(context, &project, platform.as_ref(), &request).await?;
        let nothing = asked.nothing();
        let mut chosen = asked.backups;
        if !request.all {
            chosen = self.with_bases(context, &project, platform.as_ref(), chosen).await?;
        }
        if chosen.is_empty() {
            context.end();
            return Ok(JobOutput { outcome: nothing, is_all: request.all, ..JobOutput::default() });
        }
        self.pull_each(context, &project, &platform, chosen, &request, None).await
    }

    /// Fetches one backup, and imports it. Returns the outcome, and the bytes fetched.
    pub(super) async fn pull_one(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &Arc<dyn Platform>,
        backup: &RemoteBackup,
        request: &PullRequest,
    ) -> Result<(JobOutput, u64), Failure> {
        refuse_what_is_none(platform.as_ref(), backup)?;
        context.phase("fetch");
        let size = backup.bytes.map_or_else(|| "a size that it does not say".into(), bytes_words);
        context.sentence(
            "fetch",
            format!("{} {} of {size}, from {}.", backup.kind, backup.id, project.reaches_words()),
        );
        let folder = self.pull_folder(project, &backup.id);
        let known = self.known_of(context, project, platform.as_ref(), backup).await?;
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
        let bytes = fetched.bytes();
        let files: Vec<Incoming> = fetched.files;
        let passphrase = match &request.passphrase {
            Some(given) => Some(given.clone()),
            None => self.platform_passphrase(project).await?,
        };
        let taken = intake::take_in(
            &self.profile,
            context,
            TakeIn {
                project: project.clone(),
                files,
                passphrase,
                expected: backup.checksums.clone(),
                remote_id: Some(backup.id.clone()),
                made_at: backup.created_at,
                reason: None,
                tag: crate::archive::TAG_KIND_PULL,
                is_trusted: true,
                notes,
                known,
            },
        );
        let taken = Box::pin(taken).await;
        // Only what is in the vault, and was read back from it, need not stay on the disk; nor what is wrong,
        // which is set apart by now, and has to come anew.
        if taken.as_ref().map_or_else(intake::is_of_the_bytes, |_| true) {
            super::fetch::discard(&folder).await;
        }
        taken.map(|output| (output, bytes))
    }

    pub(super) fn pull_folder(&self, project: &ProjectRecord, id: &str) -> camino::Utf8PathBuf {
        // An id may hold whatever its platform likes; a folder's name may not.
        let name =
            base::hex::encode(&ring::digest::digest(&ring::digest::SHA256, id.as_bytes()).as_ref()[..16]);
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
    Err(Failure::new(
        Code::PlatformCannot,
        format!("{} cannot be fetched from {}: {why}", backup.id, platform.kind().name()),
        "Choose another one, or start a new backup there: `holdfast platform create PROJECT`.",
    ))
}

/// What is asked before anything is fetched.
pub(super) fn ask_phase(place: &str) -> PhaseSpec {
    let sentence = format!("What {place} has, and what of it is here.");
    PhaseSpec { id: "ask", title: "Ask", weight: 5, sentence }
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
