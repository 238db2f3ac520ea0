//! Starting something at a platform and watching it; what it made comes here if that is wanted.

use jiff::Timestamp;

use super::run::fetch_phases;
use super::{PullRequest, watch};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use crate::platform::{CreateRequest, RemoteBackup};

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
        if then_pull.is_some() {
            let vault = self.profile.archive.record().await?;
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
        let begun = Timestamp::now();
        let asked = async {
            match request.kind.as_deref() {
                Some(EXPORT) => platform.export().await,
                Some(LOGS) => platform.export_logs(&request).await,
                _ => platform.create(&request).await,
            }
        };
        let ticket = context.unless_cancelled(asked).await??;
        context.info("platform", format!("{place} began {}", ticket.id));
        let ended = {
            let standing = self.profile.platform_standing;
            let watching = watch::Watching { place: &place, phase: "platform", standing };
            watch::watch(context, platform.as_ref(), watching, ticket).await?
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
            Some(crate::words::span_words(i64::try_from(took).unwrap_or(0))),
        );
        let Some(pull) = then_pull else {
            context.safe_next("It is on the platform alone. Pull it: `holdfast pull PROJECT`.");
            return Ok(JobOutput {
                outcome: format!("{place} made {id}. Its bytes are not here yet, so it is not proven."),
                ..JobOutput::default()
            });
        };
        let backup: RemoteBackup = context.unless_cancelled(platform.show(&id)).await??;
        super::going_on::note(context, &pull, std::slice::from_ref(&backup));
        self.pull_one(context, &project, &platform, &backup, &pull).await
    }
}

/// What goes on there.
pub(super) fn phase(place: &str, what: &str) -> PhaseSpec {
    let sentence = format!("{place} makes a backup ({what}) by itself.");
    PhaseSpec { id: "platform", title: "There", weight: 60, sentence }
}
