//! Starts an operation at a platform and watches it; optionally pulls the result.

use std::sync::Arc;

use jiff::Timestamp;

use super::many::Missing;
use super::run::{ask_phase, fetch_phases};
use super::{PullRequest, watch};
use crate::engine::Engine;
use crate::project::{Reached, There};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use ledger::job::{Creation, JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use remote::platform::{Act, CreateRequest, Platform, PlatformError, RemoteBackup, RemoteState, Ticket};

/// `export` and `logs` are kinds as well: what they make is fetched like any backup.
const EXPORT: &str = "export";
const LOGS: &str = "logs";
/// So far apart two clocks may be that call the same moment.
const CLOCKS_APART_MS: i64 = 5 * 60 * 1000;

impl Engine {
    /// Starts a backup, an export or an export of logs at a project's platform, and watches it. Returns the
    /// job's id at once.
    ///
    /// # Errors
    /// `project_not_found`, `no_platform`; all else is the job's own end.
    #[crate::boxed]
    pub async fn start_remote(
        &self,
        project: &str,
        request: CreateRequest,
        then_pull: Option<PullRequest>,
    ) -> Result<String, Failure> {
        self.start_remote_again(project, request, then_pull, None).await
    }

    /// The same; `before` is how far another attempt at the same came, so that nothing is made twice.
    #[crate::boxed]
    pub(crate) async fn start_remote_again(
        &self,
        project: &str,
        request: CreateRequest,
        then_pull: Option<PullRequest>,
        before: Option<Creation>,
    ) -> Result<String, Failure> {
        let project = self.pullable(project).await?;
        let place = project.reaches_words();
        let what = request.kind.clone().unwrap_or_else(|| "usual".to_owned());
        let mut phases = vec![phase(&place, &what)];
        let mut sentence = format!("{place} makes a backup by itself; it is watched from here.");
        if let Some(pull) = &then_pull {
            let vault = self.profile.archive.record().await?;
            if pull.all {
                phases.push(ask_phase(&place));
            }
            phases.extend(fetch_phases(&place, &vault.name));
            sentence = format!("{place} makes a backup, which then comes to vault “{}”.", vault.name);
        }
        let spec = JobSpec {
            kind: if then_pull.is_some() { JobKind::Pull } else { JobKind::Platform },
            title: format!("Backup of {} at its platform", project.name),
            sentence,
            project_id: Some(project.id.clone()),
            writes_vault: then_pull.is_some(),
            phases,
            if_cancelled: "The platform goes on with what it began; look there, and pull it later.".into(),
        };
        // Not by its name, which another project may have once its turn has come.
        let (engine, id, reached) = (self.clone(), project.id.clone(), Reached::platform(&project));
        let work = move |context: JobContext| async move {
            let there = engine.reach(&id, &reached).await?;
            Box::pin(engine.create_remote(&context, &there, request, then_pull, before)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    pub(crate) async fn create_remote(
        &self,
        context: &JobContext,
        There { project, platform }: &There,
        request: CreateRequest,
        then_pull: Option<PullRequest>,
        before: Option<Creation>,
    ) -> Result<JobOutput, Failure> {
        context.phase("platform");
        let place = project.reaches_words();
        let made = Box::pin(self.make_there(context, platform.as_ref(), &place, &request, before)).await;
        let Some(pull) = then_pull else {
            let id = made?;
            context.safe_next("It is on the platform alone. Pull it: `holdfast pull PROJECT`.");
            return Ok(JobOutput {
                outcome: format!("{place} made {id}. Its bytes are not here yet, so it is not proven."),
                ..JobOutput::default()
            });
        };
        if pull.all {
            return self.pull_made_and_all(context, project, platform, made, &pull).await;
        }
        let backup: RemoteBackup = context.unless_cancelled(platform.show(&made?)).await??;
        let chosen = self.with_bases(context, project, platform.as_ref(), vec![backup]).await?;
        self.pull_each(context, project, platform, chosen, &pull, None).await
    }

    /// Has the platform make what is asked for, and watches it to its end; its id there. What an attempt `before` had
    /// begun is watched instead: one slot of a schedule makes one backup, however often it is tried.
    async fn make_there(
        &self,
        context: &JobContext,
        platform: &dyn Platform,
        place: &str,
        request: &CreateRequest,
        before: Option<Creation>,
    ) -> Result<String, Failure> {
        let begun = Timestamp::now();
        let ticket = match before {
            Some(Creation::Began(ticket)) => {
                context
                    .info("platform", format!("{place} was asked for {} before; it is watched", ticket.id));
                ticket
            }
            Some(Creation::Asked(at_ms)) => match made_since(context, platform, request, at_ms).await? {
                Some(made) => return made,
                None => self.ask_there(context, platform, request).await?,
            },
            None => self.ask_there(context, platform, request).await?,
        };
        context.there(Some(Creation::Began(ticket.clone())));
        self.profile.jobs.keep(context).await?;
        context.info("platform", format!("{place} began {}", ticket.id));
        let ended = {
            let standing = self.profile.platform_standing;
            let watching = watch::Watching { place, phase: "platform", standing };
            watch::watch(context, platform, watching, ticket).await
        };
        let ended = match ended {
            Ok(ended) => ended,
            Err(failure) => {
                if failure.code == Code::PlatformFailed {
                    // Another attempt has to have it made anew.
                    context.there(None);
                    self.profile.jobs.keep(context).await?;
                }
                return Err(failure);
            }
        };
        for note in &ended.notes {
            context.info("platform", note.clone());
        }
        let id = ended.id.ok_or_else(|| {
            Failure::new(
                Code::PlatformClaim,
                format!("{place} says that it is done, and names no backup that it made"),
                "Do not count on it: look at the platform's list, and start another one.",
            )
        })?;
        let took = Timestamp::now().duration_since(begun).as_millis();
        context.fact(
            "Made there",
            id.clone(),
            Some(base::words::span_words(i64::try_from(took).unwrap_or(0))),
        );
        Ok(id)
    }

    /// Asks for it. That it was asked for is on the disk before: an answer that never comes says nothing.
    async fn ask_there(
        &self,
        context: &JobContext,
        platform: &dyn Platform,
        request: &CreateRequest,
    ) -> Result<Ticket, Failure> {
        context.there(Some(Creation::Asked(now_ms())));
        self.profile.jobs.keep(context).await?;
        let asked = async {
            match request.kind.as_deref() {
                Some(EXPORT) => platform.export().await,
                Some(LOGS) => platform.export_logs(request).await,
                _ => platform.create(request).await,
            }
        };
        match context.unless_cancelled(asked).await? {
            Ok(ticket) => Ok(ticket),
            Err(error) => {
                // Only where nothing is known of the answer it may have begun.
                if !matches!(error, PlatformError::Silent { .. } | PlatformError::Unreachable { .. }) {
                    context.there(None);
                    self.profile.jobs.keep(context).await?;
                }
                Err(error.into())
            }
        }
    }

    /// Fetches what was made, with all that is not here yet: that it could not be made holds back nothing else.
    async fn pull_made_and_all(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &Arc<dyn Platform>,
        made: Result<String, Failure>,
        pull: &PullRequest,
    ) -> Result<JobOutput, Failure> {
        let (id, missing) = match made {
            Ok(id) => (Some(id), None),
            Err(failure) if context.checkpoint().is_err() => return Err(failure),
            Err(failure) => {
                context.warn("platform", failure.message.clone());
                (None, Some(Missing { what: "a new backup".to_owned(), is_there: false, failure }))
            }
        };
        context.phase("ask");
        let chosen = self.choose(context, project, platform.as_ref(), pull).await.map(|asked| asked.backups);
        let (mut chosen, missing) = match (chosen, missing) {
            (Ok(chosen), missing) => (chosen, missing),
            // Why nothing was made says more than that nothing can be listed either.
            (Err(_), Some(missing)) if context.checkpoint().is_ok() => return Err(missing.failure),
            (Err(failure), _) => return Err(failure),
        };
        // A list may end before the newest, or not show yet what was just made.
        let here = self.profile.catalog.remotes_that_stand(&project.id).await?;
        if let Some(id) = id.filter(|id| !here.contains(id) && chosen.iter().all(|one| one.id != *id)) {
            chosen.insert(0, context.unless_cancelled(platform.show(&id)).await??);
        }
        match missing {
            Some(missing) if chosen.is_empty() => Err(missing.failure),
            None if chosen.is_empty() => Ok(JobOutput {
                outcome: "What was made there, and all else that can be fetched, is here already.".into(),
                is_all: true,
                ..JobOutput::default()
            }),
            missing => self.pull_each(context, project, platform, chosen, pull, missing).await,
        }
    }
}

/// What was made there since somebody asked for it and got no answer: its id, or that it is being made. Clocks are
/// not the same everywhere.
async fn made_since(
    context: &JobContext,
    platform: &dyn Platform,
    request: &CreateRequest,
    at_ms: i64,
) -> Result<Option<Result<String, Failure>>, Failure> {
    let from = Timestamp::from_millisecond(at_ms.saturating_sub(CLOCKS_APART_MS)).unwrap_or(Timestamp::MIN);
    let listing = context.unless_cancelled(platform.list()).await??;
    let is_it = |one: &RemoteBackup| {
        one.created_at.is_some_and(|at| at >= from)
            && request.kind.as_ref().is_none_or(|kind| one.kind.eq_ignore_ascii_case(kind))
    };
    let found = listing.backups.into_iter().filter(is_it).max_by_key(|one| one.created_at);
    Ok(found.and_then(|one| match one.state {
        RemoteState::Completed => {
            context.info("platform", format!("{} was made there since it was asked for", one.id));
            Some(Ok(one.id))
        }
        RemoteState::Creating { .. } => Some(Err(Failure::new(
            Code::PlatformStuck,
            format!("{} is still being made there", one.id),
            "It is looked for again at the next attempt; nothing else is made meanwhile.",
        ))),
        RemoteState::Failed { .. } | RemoteState::Other(_) => None,
    }))
}

/// What can be started at a platform: its backups, the project as one file, its logs.
pub(crate) fn kinds(platform: &dyn Platform) -> Vec<&'static str> {
    let abilities = platform.abilities();
    let can = |act| abilities.get(&act).is_some_and(remote::platform::Ability::is_yes);
    let mut kinds = platform.creatable();
    for (act, kind) in [(Act::Export, EXPORT), (Act::ExportLogs, LOGS)] {
        if can(act) && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// What goes on there.
pub(super) fn phase(place: &str, what: &str) -> PhaseSpec {
    let sentence = format!("{place} makes a backup ({what}) by itself.");
    PhaseSpec { id: "platform", title: "There", weight: 60, sentence }
}
