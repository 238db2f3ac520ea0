//! Starting something at a platform and watching it; what it made comes here if that is wanted.

use std::sync::Arc;

use jiff::Timestamp;

use super::many::Missing;
use super::run::{ask_phase, fetch_phases};
use super::{PullRequest, watch};
use crate::catalog::ProjectRecord;
use crate::engine::Engine;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use base::failure::Failure;
use remote::platform::{Act, CreateRequest, Platform, RemoteBackup};

/// `export` and `logs` are kinds as well: what they make is fetched like any backup.
const EXPORT: &str = "export";
const LOGS: &str = "logs";

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
        let (engine, name) = (self.clone(), project.name);
        let work = move |context: JobContext| async move {
            Box::pin(engine.create_remote(&context, &name, request, then_pull)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    pub(crate) async fn create_remote(
        &self,
        context: &JobContext,
        project: &str,
        request: CreateRequest,
        then_pull: Option<PullRequest>,
    ) -> Result<JobOutput, Failure> {
        context.phase("platform");
        let project = self.pullable(project).await?;
        let (platform, place) = (self.platform_of(&project).await?, project.reaches_words());
        let made = Box::pin(self.make_there(context, platform.as_ref(), &place, &request)).await;
        let Some(pull) = then_pull else {
            let id = made?;
            context.safe_next("It is on the platform alone. Pull it: `holdfast pull PROJECT`.");
            return Ok(JobOutput {
                outcome: format!("{place} made {id}. Its bytes are not here yet, so it is not proven."),
                ..JobOutput::default()
            });
        };
        if pull.all {
            return self.pull_made_and_all(context, &project, &platform, made, &pull).await;
        }
        let backup: RemoteBackup = context.unless_cancelled(platform.show(&made?)).await??;
        let chosen = self.with_bases(context, &project, platform.as_ref(), vec![backup]).await?;
        self.pull_each(context, &project, &platform, chosen, &pull, None).await
    }

    /// Has the platform make what is asked for, and watches it to its end; its id there.
    async fn make_there(
        &self,
        context: &JobContext,
        platform: &dyn Platform,
        place: &str,
        request: &CreateRequest,
    ) -> Result<String, Failure> {
        let begun = Timestamp::now();
        let asked = async {
            match request.kind.as_deref() {
                Some(EXPORT) => platform.export().await,
                Some(LOGS) => platform.export_logs(request).await,
                _ => platform.create(request).await,
            }
        };
        let ticket = context.unless_cancelled(asked).await??;
        context.info("platform", format!("{place} began {}", ticket.id));
        let ended = {
            let standing = self.profile.platform_standing;
            let watching = watch::Watching { place, phase: "platform", standing };
            watch::watch(context, platform, watching, ticket).await?
        };
        for note in &ended.notes {
            context.info("platform", note.clone());
        }
        let id = ended.id.ok_or_else(|| {
            Failure::refused(
                "platform_claim",
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
        let chosen = self.choose(context, project, platform.as_ref(), pull).await;
        let (mut chosen, missing) = match (chosen, missing) {
            (Ok(chosen), missing) => (chosen, missing),
            // Why nothing was made says more than that nothing can be listed either.
            (Err(_), Some(missing)) if context.checkpoint().is_ok() => return Err(missing.failure),
            (Err(failure), _) => return Err(failure),
        };
        // A list may end before the newest, or not show yet what was just made.
        if let Some(id) = id.filter(|id| chosen.iter().all(|one| one.id != *id)) {
            chosen.insert(0, context.unless_cancelled(platform.show(&id)).await??);
        }
        match missing {
            Some(missing) if chosen.is_empty() => Err(missing.failure),
            missing => self.pull_each(context, project, platform, chosen, pull, missing).await,
        }
    }
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
