//! The configuration of a project on a platform that gives no backup's bytes: its documents come into the
//! vault as a snapshot of their own, as they are. Secrets among them are sealed with the vault; what changed
//! is told by names alone.

use super::run::PullRequest;
use crate::catalog::ProjectRecord;
use crate::command::Command;
use crate::component::Component;
use crate::engine::Engine;
use crate::intake::{self, Content, Document, KeepDocuments};
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use remote::platform::{Act, Configuration, Platform};

/// The folder of such documents, and what lists call them.
const COMPONENT: Component = Component::Configuration;

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
        let (engine, name) = (self.clone(), project.name);
        let work = move |context: JobContext| async move {
            let project = engine.pullable(&name).await?;
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
        let Configuration { files, missing, hidden } =
            context.unless_cancelled(platform.configuration()).await??;
        let given_by = platform.kind().name();
        if files.is_empty() {
            let why = missing.first().cloned().unwrap_or_else(|| "it gave no document".into());
            return Err(Failure::refused(
                "platform_cannot",
                format!("{given_by} gives nothing of the configuration: {why}"),
                "Use a token that may read the project's configuration.",
            ));
        }
        context.info("ask", format!("{} came", counted(files.len() as u64, "document")));
        let mut warnings: Vec<String> =
            missing.iter().map(|what| format!("Not in this snapshot: {what}.")).collect();
        if !hidden.is_empty() {
            warnings.push(format!("Not restorable from here: {}.", hidden.join("; ")));
        }
        let reference = project.platform.as_ref().map(|settings| settings.reference.clone());
        let what = format!("Configuration of {} at {given_by}", reference.unwrap_or_default());
        let documents = files
            .into_iter()
            .map(|file| Document { path: file.path, content: Content::Bytes(file.bytes) })
            .collect();
        let kept = intake::keep_documents(
            &self.profile,
            context,
            KeepDocuments {
                component: COMPONENT,
                what,
                given_by: given_by.to_owned(),
                at_ms,
                documents,
                not_restorable: hidden.into_iter().chain(missing).collect(),
                warnings,
                is_compared: true,
                project: project.clone(),
            },
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
