//! A folder chosen by a person, with an up-to-date page of each project's recovery plan.
//!
//! A page is rewritten when its content changed, or shortly before it is stale. Files of others are never
//! touched. A failed write is reported and retried.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;

use super::STALE_DAYS;
use crate::engine::Engine;
use crate::paper::Paper;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, PlanFileRecord, ProjectRecord};
use ledger::event::{Event, Topic};

/// The setting with the folder.
const FOLDER: &str = "recovery_plan_folder";
/// Changes come in bursts: a backup alone says five things.
const SETTLE: Duration = Duration::from_secs(5);
/// What could not be written is tried again this often, and what nobody told is found.
const LOOK_EVERY: Duration = Duration::from_hours(1);
/// A page that says nothing new gets its date anew after this long, well before it is stale.
const REFRESH_MS: i64 = STALE_DAYS / 3 * 24 * 60 * 60 * 1000;
/// Longer names are cut, so that no file system refuses them.
const NAME_CHARACTERS_MAX: usize = 80;

/// How the file of a project's plan stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// The folder; absent where nobody named one.
    pub folder: Option<Utf8PathBuf>,
    /// The file, once it was tried.
    pub record: Option<PlanFileRecord>,
}

/// What came of keeping the files current.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanExport {
    /// Written anew.
    pub written: Vec<Utf8PathBuf>,
    /// So many said the same as before.
    pub unchanged: u64,
    /// Could not be written: project and why.
    pub problems: Vec<(String, String)>,
}

impl Engine {
    /// How the file of a project's plan stands.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn plan_file(&self, project: &str) -> Result<PlanFile, Failure> {
        let project = self.profile.project(project).await?;
        let folder = self.plan_folder().await?;
        let record = self.profile.catalog.plan_file(&project.id).await?;
        // What lies in a folder of before is nobody's concern any more.
        let record = record
            .filter(|one| folder.as_ref().is_some_and(|folder| one.path == folder.join(file_name(&project))));
        Ok(PlanFile { folder, record })
    }

    /// The folder in which pages are kept current.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn plan_folder(&self) -> Result<Option<Utf8PathBuf>, Failure> {
        let folder = self.profile.catalog.setting(FOLDER).await?;
        Ok(folder.filter(|folder| !folder.is_empty()).map(Utf8PathBuf::from))
    }

    /// Names the folder, or says that there is none any more. Files that are there stay.
    ///
    /// # Errors
    /// `invalid_request` for a folder that is not there.
    #[crate::boxed]
    pub async fn set_plan_folder(&self, folder: Option<&Utf8Path>) -> Result<(), Failure> {
        if let Some(folder) = folder
            && !(folder.is_absolute() && folder.is_dir())
        {
            return Err(Failure::invalid(
                format!("{folder} is no folder that is there"),
                "Make it first, and give its whole path.",
            ));
        }
        let details = match folder {
            Some(folder) => Details::none().with("folder", Fact::Path(folder)),
            None => Details::none().with("folder", Fact::Word("none")),
        };
        let value = folder.map(Utf8Path::as_str).unwrap_or_default();
        let mut writing =
            self.profile.audit.begin(Act::RecoveryPlanFolderSet, &Subject::profile(), details).await?;
        Catalog::set_setting(writing.connection(), FOLDER, value).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Setup, Topic::Projects]);
        Ok(())
    }

    /// Writes the pages of all plans whose content has changed into the folder, where one is named.
    ///
    /// # Errors
    /// When the catalogue does not answer; that a page cannot be written is in what it came to.
    #[crate::boxed]
    pub async fn export_recovery_plans(&self) -> Result<PlanExport, Failure> {
        let mut export = PlanExport::default();
        let Some(folder) = self.plan_folder().await? else { return Ok(export) };
        let projects = self.profile.catalog.projects().await?;
        for project in projects.into_iter().filter(|project| !project.is_archived) {
            let path = folder.join(file_name(&project));
            let known = self.profile.catalog.plan_file(&project.id).await?.filter(|known| known.path == path);
            match self.export_one(&folder, &project, &path, known.as_ref()).await {
                Ok(None) => export.unchanged += 1,
                Ok(Some(digest)) => {
                    let at = now_ms();
                    self.note_plan_file(
                        &project,
                        PlanFileRecord {
                            path: path.to_string(),
                            digest: Some(digest),
                            written_at_ms: Some(at),
                            problem: None,
                            tried_at_ms: at,
                        },
                    )
                    .await?;
                    export.written.push(path);
                }
                Err(failure) => {
                    tracing::warn!(%failure, project = %project.name, "a recovery plan could not be written");
                    self.note_plan_file(
                        &project,
                        PlanFileRecord {
                            path: path.to_string(),
                            digest: known.as_ref().and_then(|known| known.digest.clone()),
                            written_at_ms: known.as_ref().and_then(|known| known.written_at_ms),
                            problem: Some(failure.message.clone()),
                            tried_at_ms: now_ms(),
                        },
                    )
                    .await?;
                    export.problems.push((project.name, failure.message));
                }
            }
        }
        Ok(export)
    }

    /// Writes one page, where it says something else than the one that is there. Its digest, if so.
    async fn export_one(
        &self,
        folder: &Utf8Path,
        project: &ProjectRecord,
        path: &Utf8Path,
        known: Option<&PlanFileRecord>,
    ) -> Result<Option<String>, Failure> {
        if !folder.is_dir() {
            // A disk that is away is not made anew as a folder under its name.
            return Err(Failure::new(
                Code::WriteFailed,
                format!("the folder {folder} is not there"),
                "Connect its disk.",
            ));
        }
        let facts = self.runbook_facts(&project.id).await?;
        if let Some(why) = &facts.unread {
            // The page that is there says more than one without the vault would.
            return Err(Failure::new(
                Code::VaultUnreadable,
                format!("the newest backup cannot be read: {why}"),
                "Connect the vault.",
            ));
        }
        let paper = facts.document();
        let digest = paper.digest();
        let is_fresh = known.is_some_and(|known| {
            known.problem.is_none()
                && known.digest.as_ref() == Some(&digest)
                && known.written_at_ms.is_some_and(|at| now_ms() - at < REFRESH_MS)
        });
        if is_fresh && path.is_file() {
            return Ok(None);
        }
        let mark = mark(&project.id);
        write_page(path.to_owned(), paper.html(&mark), mark).await?;
        Ok(Some(digest))
    }

    /// Stores how a file stands; told only where that is news.
    async fn note_plan_file(&self, project: &ProjectRecord, file: PlanFileRecord) -> Result<(), Failure> {
        let before = self.profile.catalog.plan_file(&project.id).await?;
        self.profile.catalog.put_plan_file(&project.id, &file).await?;
        let news = |file: &PlanFileRecord| (file.written_at_ms, file.problem.clone());
        if before.as_ref().map(news) != Some(news(&file)) {
            self.profile.jobs.changed(&[Topic::Setup]);
        }
        Ok(())
    }

    /// Keeps the pages current until this process takes up no more work.
    #[crate::boxed]
    pub async fn tend_recovery_plans(self) {
        let ending = self.profile.jobs.ending().clone();
        let mut events = self.events();
        let mut hourly = tokio::time::interval(LOOK_EVERY);
        hourly.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = ending.cancelled() => return,
                is_open = something_changed(&mut events) => {
                    if !is_open {
                        return;
                    }
                    tokio::select! {
                        () = ending.cancelled() => return,
                        () = tokio::time::sleep(SETTLE) => {}
                    }
                    // What was said meanwhile is in what is written now.
                    events = events.resubscribe();
                }
                _ = hourly.tick() => {}
            }
            if let Err(failure) = self.export_recovery_plans().await {
                tracing::warn!(%failure, "recovery plans could not be kept current");
            }
        }
    }
}

/// Waits for a change that may affect a plan; false once no more changes will be reported.
async fn something_changed(events: &mut tokio::sync::broadcast::Receiver<Event>) -> bool {
    // Changes of settings alone are the folder's own, which names itself by `Projects` too.
    let spoken_of = [Topic::Vault, Topic::Projects, Topic::Backups, Topic::Drills, Topic::Schedules];
    loop {
        match events.recv().await {
            Ok(Event::Changed(topics)) if topics.iter().any(|topic| spoken_of.contains(topic)) => {
                return true;
            }
            Ok(Event::Changed(_) | Event::Progress(_)) => {}
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

/// By which the page of a project is known as its own.
pub(super) fn mark(project_id: &str) -> String {
    format!("recovery-plan {project_id}")
}

/// Writes a page, whole or not at all; only a page with the same mark is replaced.
pub(crate) async fn write_page(path: Utf8PathBuf, text: String, mark: String) -> Result<(), Failure> {
    let shown = path.clone();
    let written = tokio::task::spawn_blocking(move || {
        let place = std::path::absolute(&path)?;
        let place = Utf8PathBuf::from_path_buf(place).unwrap_or(path);
        let is_taken = match std::fs::read(&place) {
            Ok(bytes) => !Paper::is_page(&String::from_utf8_lossy(&bytes), &mark),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if is_taken {
            return Ok(false);
        }
        base::disk::write_private(&place, text.as_bytes()).map(|()| true)
    });
    match written.await.unwrap_or_else(|join| Err(std::io::Error::other(join))) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(
            Code::FileExists,
            format!("{shown} is there, and is not this recovery plan"),
            "Move it away, or choose another place.",
        )),
        Err(error) => Err(Failure::new(
            Code::WriteFailed,
            format!("{shown} cannot be written: {error}"),
            "Check that the folder exists, is writable and has free space.",
        )),
    }
}

/// The name of a project's page. What file systems do not take is a dash, and then a piece of the project's id keeps
/// two names apart that would be one.
fn file_name(project: &ProjectRecord) -> String {
    let is_plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(*c);
    let plain: String =
        project.name.chars().map(|c| if is_plain(&c) { c } else { '-' }).take(NAME_CHARACTERS_MAX).collect();
    if plain == project.name {
        format!("recovery-plan-{plain}.html")
    } else {
        let id = project.id.get(..8).unwrap_or(&project.id);
        format!("recovery-plan-{}-{id}.html", plain.trim_matches(['-', '.']))
    }
}
