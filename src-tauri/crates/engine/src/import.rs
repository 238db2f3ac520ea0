//! Importing a person's backup files: identify them, and keep them as backups of a project.
//!
//! A verb. Inspecting a file executes nothing, stores nothing and writes nothing.

use std::collections::{BTreeMap, HashSet};

use camino::Utf8PathBuf;
use uuid::Uuid;

use crate::archive::{Manifest, TAG_KIND_IMPORT, opened};
use crate::engine::Engine;
use crate::intake::{self, Incoming, Known, TakeIn};
use crate::project::Entered;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use bundle::{self, InspectRequest, Inspection, Limits, Watch};
use ledger::audit::Act;
use ledger::catalog::{Label, ProjectRecord};
use ledger::component::Component;
use ledger::component::Components;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec};
use remote::platform::PlatformSettings;

mod looking;
mod rows;

pub use looking::{LookedAt, Looking};

use looking::{Teller, sizes};

/// Files that are looked at in one go.
const FILES_MAX: usize = 64;
/// A file belongs to a project when at least so many hundredths of its tables are known there.
const KNOWN_TABLES: usize = 80;
/// Two tables of a name say nothing yet.
const TABLES_MIN: usize = 3;
/// Projects whose newest backup is compared with a file.
const PROJECTS_MAX: usize = 200;

/// A file that was looked at.
#[derive(Debug, Clone)]
pub struct InspectedFile {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// What it is.
    pub inspection: Inspection,
    /// The project that it seems to belong to, and why.
    pub belongs_to: Option<(ProjectRecord, String)>,
    /// The backup that was made of the very same file.
    pub backup_id: Option<String>,
}

/// What is to be kept.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The files; several belong together.
    pub paths: Vec<Utf8PathBuf>,
    /// Opens what is encrypted.
    pub passphrase: Option<Secret>,
    /// A project that is there; or
    pub into: Option<String>,
    /// the name of a new one.
    pub as_project: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// A person vouches for where the files come from.
    pub is_trusted: bool,
}

impl Engine {
    /// Says what files are. Runs nothing, keeps nothing.
    ///
    /// # Errors
    /// Why one cannot be read, or is refused: the first of them.
    #[crate::boxed]
    pub async fn inspect_files(
        &self,
        paths: Vec<Utf8PathBuf>,
        passphrase: Option<Secret>,
    ) -> Result<Vec<InspectedFile>, Failure> {
        self.look_at_files(paths, passphrase, Looking::default()).await
    }

    /// The same with progress, cancellable by name. Dropping it also cancels.
    ///
    /// # Errors
    /// As [`Engine::inspect_files`]; `cancelled` when it was ended.
    #[crate::boxed]
    pub async fn look_at_files(
        &self,
        paths: Vec<Utf8PathBuf>,
        passphrase: Option<Secret>,
        looking: Looking,
    ) -> Result<Vec<InspectedFile>, Failure> {
        refuse_odd_numbers(&paths)?;
        let look = self.looks.begin(looking.id.clone());
        let sizes = sizes(&paths);
        let (total, mut before) = (sizes.iter().sum(), 0);
        let mut files = Vec::new();
        for (path, size) in paths.into_iter().zip(sizes) {
            let (of_path, of_passphrase) = (path.clone(), passphrase.clone());
            let (token, looking, read) = (look.token.clone(), looking.clone(), before);
            before += size;
            let inspection = opened::blocking(move || -> Result<Inspection, Failure> {
                let teller = Teller::new(&looking, read, total);
                let request = InspectRequest {
                    passphrase: of_passphrase.as_ref(),
                    limits: &Limits::generous(),
                    expected: &BTreeMap::new(),
                    watch: Watch { cancel: &token, progress: &|bytes| teller.read(bytes) },
                };
                Ok(bundle::inspect(&of_path, &request)?)
            })
            .await?;
            let belongs_to = self.belongs_to(&inspection).await?;
            let remote_id = inspection.file.sha256.as_ref().map(|sha256| format!("sha256:{sha256}"));
            let known = match remote_id {
                Some(id) => self.profile.catalog.backup_of_file(&id).await?,
                None => None,
            };
            files.push(InspectedFile { path, inspection, belongs_to, backup_id: known.map(|(id, _)| id) });
        }
        Ok(files)
    }

    /// Starts to keep files in the vault. Returns the job's id at once.
    ///
    /// # Errors
    /// `invalid_request`, `project_not_found`, `name_taken`, or that there is no vault.
    #[crate::boxed]
    pub async fn start_import(&self, request: ImportRequest) -> Result<String, Failure> {
        refuse_odd_numbers(&request.paths)?;
        let vault = self.profile.archive.record().await?;
        let (project, is_new) = self.import_target(&request).await?;
        let names: Vec<&str> = request.paths.iter().filter_map(|path| path.file_name()).collect();
        let spec = JobSpec {
            kind: JobKind::Import,
            title: format!("Importing into {}", project.name),
            sentence: format!("{} to vault “{}”.", names.join(", "), vault.name),
            project_id: (!is_new).then(|| project.id.clone()),
            writes_vault: true,
            phases: intake::phases(&vault.name),
            if_cancelled: "Nothing of it is in the list of backups. The file itself is left as it is.".into(),
        };
        let engine = self.clone();
        let work = move |context: JobContext| async move {
            Box::pin(engine.import(&context, project, is_new, request)).await
        };
        self.profile.jobs.start(spec, work).await
    }

    async fn import(
        &self,
        context: &JobContext,
        project: ProjectRecord,
        is_new: bool,
        request: ImportRequest,
    ) -> Result<JobOutput, Failure> {
        if is_new {
            // Again, since somebody else may have taken the name meanwhile.
            self.free_name(&project.name, None).await?;
            self.store_project(Act::ProjectAdded, project.clone(), None, Entered::NOTHING).await?;
        }
        let name = |path: &Utf8PathBuf| path.file_name().unwrap_or("file").to_owned();
        let taken = intake::take_in(
            &self.profile,
            context,
            TakeIn {
                project: project.clone(),
                files: request
                    .paths
                    .iter()
                    .map(|path| Incoming { path: path.clone(), name: name(path) })
                    .collect(),
                passphrase: request.passphrase,
                expected: BTreeMap::new(),
                remote_id: None,
                made_at: None,
                reason: request.reason,
                tag: TAG_KIND_IMPORT,
                is_trusted: request.is_trusted,
                notes: Vec::new(),
                known: Known {
                    rows_max: project.platform.as_ref().and_then(PlatformSettings::rows_max),
                    ..Known::default()
                },
            },
        );
        let taken = Box::pin(taken).await;
        if taken.is_err() && is_new && self.profile.catalog.backup_count(Some(&project.id)).await? == 0 {
            // A project without anything in it would look like something that is kept.
            self.remove_project(&project.id, false, &project.name).await?;
        }
        taken
    }

    async fn import_target(&self, request: &ImportRequest) -> Result<(ProjectRecord, bool), Failure> {
        match (&request.into, &request.as_project) {
            (Some(project), None) => {
                let project = self.profile.project(project).await?;
                Ok((project, false))
            }
            (None, Some(name)) => {
                let project = ProjectRecord {
                    id: Uuid::now_v7().simple().to_string(),
                    name: self.free_name(name, None).await?,
                    label: Label::Development,
                    is_sample: false,
                    is_archived: false,
                    connection: None,
                    platform: None,
                    parts: Components::NONE,
                    has_password: false,
                    server_version: None,
                    acknowledged_at_ms: 0,
                    created_at_ms: now_ms(),
                };
                Ok((project, true))
            }
            _ => Err(Failure::invalid(
                "a file is kept for one project: one that is there, or a new one",
                "Name either the one with --into, or the other with --as.",
            )),
        }
    }

    /// The project whose tables these are, as far as that can be said.
    async fn belongs_to(&self, inspection: &Inspection) -> Result<Option<(ProjectRecord, String)>, Failure> {
        let tables: HashSet<String> =
            inspection.tables.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
        if tables.len() < TABLES_MIN {
            return Ok(None);
        }
        let mut best: Option<(usize, ProjectRecord)> = None;
        for project in self.profile.catalog.projects().await?.into_iter().take(PROJECTS_MAX) {
            let Some(known) = self.newest_tables_of(&project.id).await else { continue };
            let shared = tables.iter().filter(|table| known.contains(*table)).count();
            let is_enough = shared * 100 >= tables.len() * KNOWN_TABLES;
            if is_enough && best.as_ref().is_none_or(|(most, _)| shared > *most) {
                best = Some((shared, project));
            }
        }
        Ok(best.map(|(shared, project)| {
            let why = format!("{shared} of {} tables are known there", tables.len());
            (project, why)
        }))
    }

    /// That it cannot be read is no reason to say nothing of the file.
    async fn newest_tables_of(&self, project_id: &str) -> Option<HashSet<String>> {
        let newest = self.profile.catalog.newest_with(project_id, Component::Database).await.ok()??;
        let vault = self.profile.archive.vault().await.ok()?;
        let id = opened::snapshot_id(&newest.id).ok()?;
        let manifest = opened::blocking(move || Manifest::load(&vault, &id)).await.ok()?;
        Some(manifest.tables().iter().map(|table| format!("{}.{}", table.schema, table.name)).collect())
    }
}

fn refuse_odd_numbers(paths: &[Utf8PathBuf]) -> Result<(), Failure> {
    if paths.is_empty() || paths.len() > FILES_MAX {
        return Err(Failure::invalid(
            format!("{} files were given", paths.len()),
            format!("Give one file, or up to {FILES_MAX} that belong together."),
        ));
    }
    Ok(())
}
