//! Logs of a project at its platform, for a range: into a file, into the vault by days, or both.
//!
//! A platform that returns them directly is queried piece by piece. One that exports them is asked for
//! exports; an export of the maximum length counts as truncated, and its range is halved. What is still
//! missing is reported, and the run is then not a full success.

mod entries;
mod exported;
mod writing;

use std::sync::Arc;

use camino::Utf8PathBuf;
use jiff::{SignedDuration, Timestamp};

use self::writing::{Writing, Written};
use super::PullRequest;
use crate::archive::opened::blocking;
use crate::engine::Engine;
use crate::intake::{self, Content, Document, GivenDocuments, KeepDocuments, Spool};
use base::Code;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::{ProjectRecord, Verdict};
use ledger::component::Component;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec, Trigger};
use remote::platform::{Abilities, Ability, Act, LogQuery, Platform, log_channel};

/// A year is a lot of logs already.
const RANGE_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
/// The folder in the vault, and what lists call it.
const COMPONENT: Component = Component::Logs;

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON document per line, as the platform gives it.
    Json,
    /// Time and message, one line each.
    Text,
}

/// A file for logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Where.
    pub path: Utf8PathBuf,
    /// How.
    pub format: LogFormat,
    /// Whether a file of that name may be replaced.
    pub replace: bool,
}

/// What is wanted of a platform's logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsRequest {
    /// The range, and the source where there are several.
    pub query: LogQuery,
    /// Write them to a file.
    pub to: Option<LogFile>,
    /// Keep them in the vault, by days.
    pub keep: bool,
}

impl Engine {
    /// Starts to read logs of a project's platform. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_platform`, `platform_cannot`, `invalid_request` for a range that is none, `file_exists`.
    #[crate::boxed]
    pub async fn start_logs(&self, project: &str, request: LogsRequest) -> Result<String, Failure> {
        let project = self.pullable(project).await?;
        let platform = self.platform_of(&project).await?;
        if request.to.as_ref().is_some_and(|file| file.replace)
            && self.profile.jobs.trigger() == Trigger::Window
        {
            // The page can name any path, and a page that was taken over must not lose people their files.
            return Err(Failure::new(
                Code::CommandLineOnly,
                "a file can be replaced on the command line only",
                "Choose another name; on the command line it is `--replace`.",
            ));
        }
        let request = checked(request, platform.as_ref())?;
        let place = project.reaches_words();
        let mut phases = vec![PhaseSpec {
            id: "logs",
            title: "Logs",
            weight: 70,
            sentence: format!("From {place}, {} to {}.", request.query.from, request.query.to),
        }];
        let mut to: Vec<String> = request.to.iter().map(|file| file.path.to_string()).collect();
        if request.keep {
            let vault = self.profile.archive.record().await?;
            phases.extend(intake::document_phases(&vault.name));
            to.push(format!("vault “{}”", vault.name));
        }
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: format!("Logs of {}", project.name),
            sentence: format!("From {place} to {}.", to.join(" and ")),
            project_id: Some(project.id.clone()),
            writes_vault: request.keep,
            phases,
            if_cancelled: "Nothing of them is kept, here or in a file.".into(),
        };
        let (engine, name) = (self.clone(), project.name);
        let work = move |context: JobContext| async move {
            let project = engine.pullable(&name).await?;
            Box::pin(engine.read_logs(&context, project, request)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    async fn read_logs(
        &self,
        context: &JobContext,
        project: ProjectRecord,
        request: LogsRequest,
    ) -> Result<JobOutput, Failure> {
        context.phase("logs");
        let platform = self.platform_of(&project).await?;
        let spool = Spool::make(&self.profile, context)?;
        let (written, mut missing) = self.gather(context, &project, &platform, &request, &spool).await?;
        let Written { entries, days, file } = written;
        let range = format!("{} to {}", request.query.from, request.query.to);
        for what in &mut missing {
            *what = format!("{}.", what.trim_end_matches('.'));
            context.warn("logs", what.clone());
        }
        let mut output = JobOutput {
            outcome: format!("{} from {range}.", entries_words(entries)),
            ..JobOutput::default()
        };
        if request.keep && !days.is_empty() {
            let given_by = platform.kind().name();
            let many = days.len() as u64;
            let kept = intake::keep_documents(
                &self.profile,
                context,
                KeepDocuments {
                    given: GivenDocuments {
                        component: COMPONENT,
                        what: format!("Logs of {} at {given_by}, {range}", counted(many, "day")),
                        given_by: given_by.to_owned(),
                        documents: days
                            .into_iter()
                            .map(|(path, file)| Document { path, content: Content::File(file) })
                            .collect(),
                        not_restorable: Vec::new(),
                    },
                    // The moment that they reach up to, as far as that has come.
                    at_ms: request.query.to.as_millisecond().min(base::clock::now_ms()),
                    warnings: missing.clone(),
                    is_compared: false,
                    project,
                },
            );
            let kept = Box::pin(kept).await?;
            output = JobOutput { outcome: format!("{} {}", output.outcome, kept.outcome), ..kept };
        }
        drop(spool);
        if let Some(file) = file {
            // Last, so that a file of that name speaks of all that was asked for.
            file.finish()?;
        }
        if !missing.is_empty() {
            output.outcome = format!("{} Not all: {}", output.outcome, missing.join(" "));
        }
        output.verdict = Some(if missing.is_empty() { Verdict::Pass } else { Verdict::Inconclusive });
        Ok(output)
    }

    /// Brings the entries here, and writes them as they come.
    async fn gather(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &Arc<dyn Platform>,
        request: &LogsRequest,
        spool: &Spool,
    ) -> Result<(Written, Vec<String>), Failure> {
        let (into, entries) = log_channel();
        let writing = Writing::begin(request, spool.path(), Arc::clone(context.meter()))?;
        let write = blocking(move || writing.all(entries));
        let read = async {
            if can(&platform.abilities(), Act::ReadLogs) {
                let asked = platform.read_logs(&request.query, into);
                return context.unless_cancelled(asked).await?.map_err(Failure::from);
            }
            let place = project.reaches_words();
            let standing = self.profile.platform_standing;
            let watching = super::Watching { place: &place, phase: "logs", standing };
            let folder = spool.path().join("exports");
            exported::send(context, platform.as_ref(), watching, &request.query, &folder, into).await
        };
        let (missing, written) = tokio::join!(read, write);
        // That a file cannot be written ends the reading, and says more than that.
        let written = written?;
        Ok((written, missing?))
    }
}

fn can(abilities: &Abilities, act: Act) -> bool {
    abilities.get(&act).is_some_and(Ability::is_yes)
}

/// What can be known before anything begins.
fn checked(mut request: LogsRequest, platform: &dyn Platform) -> Result<LogsRequest, Failure> {
    let query = &mut request.query;
    // What is still to come has no logs.
    query.to = query.to.min(Timestamp::now());
    let length = query.to.duration_since(query.from);
    if length <= SignedDuration::ZERO || length > RANGE_MAX {
        return Err(Failure::invalid(
            format!("logs from {} to {}", query.from, query.to),
            "Give a range that has begun, ends after it begins, and is no longer than a year.",
        ));
    }
    if request.to.is_none() && !request.keep {
        return Err(Failure::invalid(
            "logs that go nowhere",
            "Name a file with --to-file, or keep them in the vault with --keep.",
        ));
    }
    let abilities = platform.abilities();
    let at_once = can(&abilities, Act::ReadLogs);
    let sources = platform.log_sources();
    if let Some(source) = query.source.as_deref().filter(|source| !at_once || !sources.contains(source)) {
        let there = if sources.is_empty() { "one source alone".to_owned() } else { sources.join(", ") };
        return Err(Failure::invalid(
            format!("{source:?} is no source of logs of {}", platform.kind().name()),
            format!("It has {there}."),
        ));
    }
    let needed = [Act::ExportLogs, Act::Watch, Act::Download];
    if !at_once && let Some(act) = needed.into_iter().find(|act| !can(&abilities, *act)) {
        return Err(platform.cannot(act).into());
    }
    if let Some(file) = &mut request.to {
        file.path = crate::archive::draft::absolute(&file.path)?;
        writing::refuse_existing(file)?;
    }
    Ok(request)
}

fn entries_words(many: u64) -> String {
    match many {
        0 => "No entry".to_owned(),
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    }
}

/// What is asked where nothing of a pull was said.
fn usual() -> PullRequest {
    PullRequest::default()
}
