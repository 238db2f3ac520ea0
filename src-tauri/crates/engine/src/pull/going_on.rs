//! Pausing a pull, and resuming one that was paused, cancelled, failed, or killed.
//!
//! It needs only what every pull stores: the download folder with its journal, and, with the run, the backups
//! still to fetch. A resume is the same pull again.

use camino::{Utf8Path, Utf8PathBuf};

use super::PullRequest;
use crate::archive::opened::blocking;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use ledger::catalog::JobState;
use ledger::job::{GoesOn, Job, JobContext, JobKind};
use remote::transfer;

/// Only a download is paused: what comes after it is short, or would begin again.
const PHASE: &str = "fetch";

/// What a run that ended can go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoingOn {
    /// Ids at the platform of what is not here yet, the one that was being fetched first.
    pub remote_ids: Vec<String>,
    /// Bytes of the first one that are durably here.
    pub bytes_here: u64,
    /// Its bytes in all, where the server has said.
    pub bytes_total: Option<u64>,
    /// Whether its passphrase has to be given again.
    pub needs_passphrase: bool,
    /// Whether a person ended it for now.
    pub is_paused: bool,
}

/// Whether a run can be paused right now.
pub fn can_pause(job: &Job) -> bool {
    job.record.kind == JobKind::Pull
        && job.record.state == JobState::Running
        && job.progress.goes_on.is_some()
        && job.progress.current().is_some_and(|phase| phase.id == PHASE)
}

impl Engine {
    /// Requests a run to pause. Fetched data stays; [`Engine::resume_job`] continues it.
    ///
    /// # Errors
    /// `job_not_found`; `job_over` when it has ended already; `not_pausable` when it is nothing, or at
    /// nothing, that can be paused.
    #[crate::boxed]
    pub async fn pause_job(&self, reference: &str) -> Result<(), Failure> {
        let job = self.profile.jobs.unended(reference).await?;
        if !can_pause(&job) {
            return Err(Failure::new(
                Code::NotPausable,
                "only a pull can be paused, and only while it fetches",
                "Let it go on, or cancel it: `holdfast job cancel`.",
            ));
        }
        self.profile.jobs.pause(&job.record.id).await
    }

    /// What an ended run can continue with; `None` if everything is here, another pull of the project runs,
    /// or it was no pull.
    ///
    /// # Errors
    /// That the catalogue cannot be read.
    #[crate::boxed]
    pub async fn going_on(&self, job: &Job) -> Result<Option<GoingOn>, Failure> {
        let record = &job.record;
        let stopped = [JobState::Cancelled, JobState::Interrupted, JobState::Failed].contains(&record.state);
        let (true, Some(with), Some(project)) =
            (stopped && record.kind == JobKind::Pull, &job.progress.goes_on, &record.project_id)
        else {
            return Ok(None);
        };
        let catalog = &self.profile.catalog;
        let project = catalog.project(project).await?;
        let Some(project) = project.filter(|one| !one.is_archived && one.platform.is_some()) else {
            return Ok(None);
        };
        let open = catalog.open_jobs().await?;
        if open.iter().any(|one| one.kind == JobKind::Pull && one.project_id.as_deref() == Some(&project.id))
        {
            return Ok(None);
        }
        let here = catalog.remotes_that_stand(&project.id).await?;
        let remote_ids: Vec<String> =
            with.remote_ids.iter().filter(|id| !here.contains(*id)).cloned().collect();
        let Some(first) = remote_ids.first() else { return Ok(None) };
        let folder = self.pull_folder(&project, first);
        let (bytes_here, total) = blocking(move || Ok::<_, Failure>(kept_in(&folder))).await?;
        // Of several files the list of the platform knows the sum, and the journals those that have begun.
        let expected = with.remote_ids.first().filter(|was| *was == first).and_then(|_| {
            job.progress.phases.iter().find(|phase| phase.id == PHASE).and_then(|phase| phase.bytes_total)
        });
        let bytes_total = expected.max(Some(total)).filter(|total| *total > 0);
        Ok(Some(GoingOn {
            remote_ids,
            bytes_here,
            bytes_total,
            needs_passphrase: with.had_passphrase,
            is_paused: with.is_paused,
        }))
    }

    /// Restarts the pull of a run that ended early. Returns the new job's id at once.
    ///
    /// # Errors
    /// `job_not_found`; `not_resumable`; `archive_passphrase_needed` when the run had one; else as
    /// [`Engine::start_pull`].
    #[crate::boxed]
    pub async fn resume_job(&self, reference: &str, passphrase: Option<Secret>) -> Result<String, Failure> {
        self.profile.jobs.recover().await?;
        let job = self.job(reference).await?;
        let found = self.going_on(&job).await?.zip(job.progress.goes_on.zip(job.record.project_id));
        let Some((going_on, (with, project))) = found else {
            return Err(Failure::new(
                Code::NotResumable,
                "there is nothing that this run could go on with",
                "Look at it: `holdfast job show`. What a platform has comes by `holdfast pull PROJECT`.",
            ));
        };
        if going_on.needs_passphrase && passphrase.is_none() {
            return Err(Failure::new(
                Code::ArchivePassphraseNeeded,
                "it was begun with a passphrase, and none is kept",
                "Give it again: `--passphrase-file FILE`.",
            ));
        }
        let GoesOn { remote_ids: _, had_passphrase: _, streams, bytes_per_second, is_paused: _ } = with;
        let ids = going_on.remote_ids;
        self.start_pull(
            &project,
            PullRequest { ids, all: false, limits: None, passphrase, streams, bytes_per_second },
        )
        .await
    }
}

/// Keeps with the run what it has still to fetch.
pub(super) fn note<'a>(context: &JobContext, request: &PullRequest, left: impl IntoIterator<Item = &'a str>) {
    context.goes_on(GoesOn {
        remote_ids: left.into_iter().map(str::to_owned).collect(),
        had_passphrase: request.passphrase.is_some(),
        streams: request.streams,
        bytes_per_second: request.bytes_per_second,
        is_paused: false,
    });
}

/// Bytes that are here of all downloads in a pull's folder, and the bytes of their files in all.
fn kept_in(folder: &Utf8Path) -> (u64, u64) {
    let kept = folders(folder).into_iter().filter_map(|file| transfer::kept(&file));
    kept.fold((0, 0), |(bytes, total), kept| (bytes + kept.bytes, total + kept.total))
}

/// What is in a folder; nothing where it is none.
fn folders(of: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(entries) = of.read_dir_utf8() else { return Vec::new() };
    entries.flatten().map(|entry| entry.path().to_owned()).collect()
}
