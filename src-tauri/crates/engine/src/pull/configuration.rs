//! The configuration of a project on a platform that does not hand out its backups: its documents are stored
//! unchanged as a separate snapshot. The vault encrypts secrets in them; changes are reported by name only.

use super::run::PullRequest;
use crate::engine::Engine;
use crate::intake::{self, GivenDocuments, KeepDocuments};
use base::Code;
use base::clock::now_ms;
use base::command::Command;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::ProjectRecord;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use remote::platform::{Act, Configuration, Platform};

/// Whether what can be pulled from there is its configuration and nothing else.
pub(super) fn is_all_there_is(platform: &dyn Platform, request: &PullRequest) -> bool {
    let abilities = platform.abilities();
    let can = |act| abilities.get(&act).is_some_and(remote::platform::Ability::is_yes);
    request.ids.is_empty() && !can(Act::Download) && can(Act::ReadConfiguration)
}

impl Engine {
    /// Starts to pull the configuration. Returns the job's id at once.
    pub(super) async fn start_configuration(&self, project: ProjectRecord) -> Result<String, Failure> {
        let vault = self.profile.archive.record().await?;
        let place = project.reaches_words();
        let mut phases = vec![PhaseSpec {
            id: "ask",
            title: "Ask",
            weight: 70,
            sentence: format!("Document by document, as {place} gives them."),
        }];
        phases.extend(intake::document_phases(&vault.name));
        let spec = JobSpec {
            // No backup of the database: that one failed before stays to be seen.
            kind: JobKind::Platform,
            title: format!("Pulling the configuration of {}", project.name),
            sentence: format!("From {place} to vault “{}”.", vault.name),
            project_id: Some(project.id.clone()),
            writes_vault: true,
            phases,
            if_cancelled: "Nothing of it is in the list of backups.".into(),
        };
        // Not by its name, which another project may have once its turn has come.
        let (engine, id) = (self.clone(), project.id);
        let work = move |context: JobContext| async move {
            let project = engine.pullable(&id).await?;
            Box::pin(engine.pull_configuration(&context, project)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    async fn pull_configuration(
        &self,
        context: &JobContext,
        project: ProjectRecord,
    ) -> Result<JobOutput, Failure> {
        context.phase("ask");
        let platform = self.platform_of(&project).await?;
        let at_ms = now_ms();
        let configuration: Configuration = context.unless_cancelled(platform.configuration()).await??;
        let given_by = platform.kind().name();
        if configuration.files.is_empty() {
            let why = configuration.missing.first().cloned().unwrap_or_else(|| "it gave no document".into());
            return Err(Failure::new(
                Code::PlatformCannot,
                format!("{given_by} gives nothing of the configuration: {why}"),
                "Use a token that may read the project's configuration.",
            ));
        }
        context.info("ask", format!("{} came", counted(configuration.files.len() as u64, "document")));
        let (given, warnings) = GivenDocuments::configuration(given_by, &project, configuration);
        let kept = intake::keep_documents(
            &self.profile,
            context,
            KeepDocuments { given, at_ms, warnings, is_compared: true, project: project.clone() },
        );
        let mut output = Box::pin(kept).await?;
        let next = if project.connection.is_some() {
            format!("This is its configuration. Its database: `{}`.", Command::back_up(&project.name))
        } else {
            format!(
                "This is its configuration alone; {given_by} gives no backup's bytes. For its database add the connection with `holdfast project edit`, then `holdfast backup run`."
            )
        };
        output.outcome = format!("{} {next}", output.outcome);
        context.safe_next(next);
        Ok(output)
    }
}
