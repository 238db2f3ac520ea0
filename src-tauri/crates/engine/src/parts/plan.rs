//! The plan: what would come back, and what that does to what is there. Reads only.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use source::Place;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::look::{look_at_folder, look_at_place, look_at_redis, total};
use super::site::Site;
use super::undo::UndoOf;
use crate::archive::{Manifest, Taken, opened};
use crate::component::way_words;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{ProjectRecord, SourceRecord};
use ledger::component::Component;
use ledger::names::FileNames;

/// So long a plan may be applied.
pub(super) const VALID_MS: i64 = 60 * 60 * 1000;

/// What is to come back, and where to.
#[derive(Debug, Clone)]
pub struct PartRequest {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// The component.
    pub component: Component,
    /// One of its sources; absent means all.
    pub name: Option<String>,
    /// Which of its files.
    pub files: FileNames,
    /// Where to.
    pub target: PartTarget,
    /// Whether files go that the backup does not have.
    pub deletes_extra: bool,
    /// Why no safety backup is to be made; absent means that one is.
    pub no_safety_because: Option<String>,
}

/// Where something comes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PartTarget {
    /// A folder of this computer that is empty, or not there.
    Folder {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// Where it came from.
    InPlace,
}

/// What a plan does to one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// The source.
    pub name: String,
    /// What is not there and comes back.
    pub add: u64,
    /// What is there and gets the state of the backup.
    pub replace: u64,
    /// What is there as in the backup.
    pub same: u64,
    /// What is there and not in the backup, and goes.
    pub delete: u64,
    /// What is there and not in the backup, and stays.
    pub extra: u64,
    /// Keys that have expired since.
    pub expired: u64,
    /// Buckets of a storage service that are not as in the backup, and are set so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<BucketStep>,
    /// Bytes that are written.
    pub bytes: u64,
    /// What changes with the target.
    pub mark: String,
}

/// A bucket that is set as in the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketStep {
    /// Which.
    pub id: String,
    /// Whether it is made.
    pub is_new: bool,
}

/// A plan for parts of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartPlan {
    /// Id.
    pub id: String,
    /// `parts`, which tells it from the plan of a database.
    pub kind: String,
    /// When it was made.
    pub made_at_ms: i64,
    /// Until when it may be applied.
    pub valid_until_ms: i64,
    /// The backup.
    pub backup_id: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// The project, whose name confirms it.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// The component.
    pub component: Component,
    /// Which of its files.
    #[serde(flatten)]
    pub files: FileNames,
    /// Where to.
    pub target: PartTarget,
    /// Whether files go that the backup does not have.
    pub deletes_extra: bool,
    /// What happens to each source.
    pub counts: Vec<PartCounts>,
    /// What happens, as sentences in order.
    pub steps: Vec<String>,
    /// What forbids it.
    pub blockers: Vec<String>,
    /// What to know.
    pub warnings: Vec<String>,
    /// Whether a safety backup of the component is made first.
    pub makes_safety: bool,
    /// Why not, where a person declined it.
    pub no_safety_because: Option<String>,
    /// The button's words.
    pub button: String,
    /// What it takes back, where it undoes a restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoOf>,
}

impl PartPlan {
    /// All counts together.
    pub fn total(&self) -> PartCounts {
        total(&self.counts)
    }
}

impl Engine {
    /// Plans it, and keeps the plan.
    ///
    /// # Errors
    /// `backup_not_found`, `component_not_in_backup`, `component_not_found`, `source_unreadable`; what the vault says.
    #[crate::boxed]
    pub async fn plan_parts(&self, request: PartRequest) -> Result<PartPlan, Failure> {
        if let PartTarget::Folder { path } = &request.target {
            // A new folder within one that was chosen.
            let within = path.parent().unwrap_or(path);
            self.require_picked(within, "a folder for what comes back")
                .or_else(|_| self.require_picked(path, "a folder for what comes back"))?;
        }
        let details = self.backup_details(&request.backup).await?;
        let manifest = details.manifest;
        let backup_id = details.backup.record.id.clone();
        let project = self.profile.project(&details.backup.record.project_id).await?;
        let chosen = chosen(&manifest, &request, &backup_id)?;
        let vault = self.profile.archive.vault().await?;
        let id = opened::snapshot_id(&backup_id)?;
        let token = CancellationToken::new();
        // Whoever does not wait for the plan any more does not want what it looks at either.
        let _ends_with_this = token.clone().drop_guard();
        let mut counts = Vec::new();
        let (mut blockers, mut warnings) = (Vec::new(), Vec::new());
        for taken in &chosen {
            let seen = match &request.target {
                PartTarget::Folder { .. } => look_at_folder(&vault, id, taken, &request).await?,
                PartTarget::InPlace => {
                    let source = self.same_source(&project, taken).await?;
                    match &taken.place {
                        Place::LogTable { .. } => {
                            blockers.push(format!(
                                "“{}” are rows of a table: restore the table from the database, or take them as files with --to-folder.",
                                taken.name
                            ));
                            PartCounts { name: taken.name.clone(), ..PartCounts::default() }
                        }
                        Place::ContainerLog { .. } => {
                            blockers.push(format!(
                                "“{}” is what a container printed: nothing takes it back. Take it as files with --to-folder.",
                                taken.name
                            ));
                            PartCounts { name: taken.name.clone(), ..PartCounts::default() }
                        }
                        Place::Redis(_) => {
                            look_at_redis(&self.profile, &project, &source, (&vault, id, taken, None)).await?
                        }
                        Place::Folder { .. }
                        | Place::Files { .. }
                        | Place::Bucket(_)
                        | Place::StorageApi(_)
                        | Place::Sftp { .. } => {
                            let site = Site::open(&self.profile, &project, &source, &token).await?;
                            look_at_place(&vault, id, taken, &request, site).await?
                        }
                    }
                }
            };
            counts.push(seen);
        }
        if let PartTarget::Folder { path } = &request.target
            && !is_free(path)
        {
            blockers.push(format!("{path} is not empty. Choose a folder that is, or that is not there."));
        }
        warnings.extend(manifest.safety_words());
        warnings.extend(chosen.iter().filter_map(odd_words));
        let plan = described(request, &project, &backup_id, &manifest, counts, blockers, warnings);
        self.keep_part_plan(&plan).await?;
        Ok(plan)
    }

    /// Stores a plan, so that what was shown is what is applied, and that it was made.
    pub(super) async fn keep_part_plan(&self, plan: &PartPlan) -> Result<(), Failure> {
        let body = serde_json::to_string(plan).map_err(|error| {
            Failure::new(Code::Internal, error.to_string(), "Copy this report to the developers.")
        })?;
        let details = Details::none()
            .with("plan", Fact::Id(&plan.id))
            .with("component", Fact::Word(plan.component.as_str()));
        self.audit(Act::RestorePlanned, &Subject::backup(&plan.backup_id, &plan.project), details).await?;
        self.profile.catalog.put_plan(&plan.id, &body, plan.made_at_ms).await?;
        Ok(())
    }

    /// The source that this came from, which has to be there still and where it was.
    pub(super) async fn same_source(
        &self,
        project: &ProjectRecord,
        taken: &Taken,
    ) -> Result<SourceRecord, Failure> {
        let sources = self.profile.catalog.sources(&project.id).await?;
        let found =
            sources.into_iter().find(|one| one.name == taken.name && one.component == taken.component);
        let source = found.ok_or_else(|| {
            Failure::new(
                Code::ComponentNotFound,
                format!("{} has no component “{}” any more", project.name, taken.name),
                "Add it again, or take it into a folder with --to-folder.",
            )
        })?;
        if way_words(project, &source.place) != taken.way {
            return Err(Failure::new(
                Code::ComponentNotFound,
                format!(
                    "“{}” is reached by another way now than at the backup, and may be another server",
                    taken.name
                ),
                "Take it into a folder with --to-folder, and load it from there.",
            ));
        }
        if !source.place.is_same(&taken.place) {
            return Err(Failure::new(
                Code::ComponentNotFound,
                format!(
                    "“{}” is {} now, and was {} at the backup",
                    taken.name,
                    source.place.words(),
                    taken.place.words()
                ),
                "Take it into a folder with --to-folder, and copy it from there.",
            ));
        }
        Ok(source)
    }
}

/// The plan, of what was looked at.
pub(super) fn described(
    request: PartRequest,
    project: &ProjectRecord,
    backup_id: &str,
    manifest: &Manifest,
    counts: Vec<PartCounts>,
    blockers: Vec<String>,
    warnings: Vec<String>,
) -> PartPlan {
    let PartRequest { backup: _, component, name: _, files, target, deletes_extra, no_safety_because } =
        request;
    let (all, made_at_ms) = (total(&counts), now_ms());
    let changes = all.replace + all.delete > 0 || all.buckets.iter().any(|bucket| !bucket.is_new);
    let makes_safety = target == PartTarget::InPlace && changes && no_safety_because.is_none();
    let mut steps = steps(&all, component, &target, backup_id, makes_safety.then_some(project.name.as_str()));
    steps.extend(
        files.days_words().map(|days| format!("This is only about files with a day {days} in their names.")),
    );
    let what = |count| thing(component, &target, count);
    let button = match &target {
        PartTarget::Folder { .. } => format!("Write {} of {}", what(all.add), project.name),
        PartTarget::InPlace => format!("Replace {} in {}", what(all.replace + all.delete), project.name),
    };
    PartPlan {
        id: Uuid::now_v7().simple().to_string(),
        kind: "parts".into(),
        made_at_ms,
        valid_until_ms: made_at_ms + VALID_MS,
        backup_id: backup_id.to_owned(),
        at_ms: manifest.moment_at_ms,
        project_id: project.id.clone(),
        project: project.name.clone(),
        component,
        files,
        target,
        deletes_extra,
        counts,
        steps,
        blockers,
        warnings,
        makes_safety,
        no_safety_because,
        button,
        undo: None,
    }
}

/// What happens, as sentences in order; `safety_of` is the project that a safety backup is made of.
fn steps(
    all: &PartCounts,
    component: Component,
    target: &PartTarget,
    backup_id: &str,
    safety_of: Option<&str>,
) -> Vec<String> {
    let what = |count| thing(component, target, count);
    let mut steps = Vec::new();
    if let Some(project) = safety_of {
        steps.push(format!("Back up the {} of {project} as they are now.", component.words()));
    }
    let from = format!("from backup {}", &backup_id[..8]);
    match target {
        PartTarget::Folder { path } => {
            steps.push(format!(
                "Write {} with {} {from} into {path}.",
                what(all.add),
                bytes_words(all.bytes)
            ));
        }
        PartTarget::InPlace => {
            for BucketStep { id, is_new } in &all.buckets {
                steps.push(if *is_new {
                    format!("Make the bucket “{id}”, set as in the backup.")
                } else {
                    format!("Set the bucket “{id}” as in the backup: who may read it, what it takes.")
                });
            }
            for (count, act) in [(all.add, "Add"), (all.replace, "Replace"), (all.delete, "Delete")] {
                if count > 0 {
                    steps.push(format!("{act} {} {from}.", what(count)));
                }
            }
            if all.same > 0 {
                steps.push(format!("Leave {} alone, which are as in the backup.", what(all.same)));
            }
            if all.extra > 0 {
                steps.push(format!("Leave {} alone, which the backup does not have.", what(all.extra)));
            }
        }
    }
    if all.expired > 0 {
        steps.push(format!("Leave out {}, which have expired since.", what(all.expired)));
    }
    steps.push(format!("Read back what was written, and compare it with backup {}.", &backup_id[..8]));
    steps
}

/// What was taken of the component, as far as it was asked for.
pub(super) fn chosen(
    manifest: &Manifest,
    request: &PartRequest,
    backup_id: &str,
) -> Result<Vec<Taken>, Failure> {
    let component = request.component;
    let all: Vec<&Taken> = manifest.taken_of(component).collect();
    let refuse = |message: String| {
        Failure::new(Code::ComponentNotInBackup, message, {
            let there: Vec<String> = manifest
                .taken
                .iter()
                .map(|one| format!("{} “{}”", one.component.words(), one.name))
                .collect();
            if there.is_empty() {
                "It holds nothing beside what `holdfast backup show` lists; save its parts with `holdfast backup save`.".to_owned()
            } else {
                format!("It holds: {}.", there.join(", "))
            }
        })
    };
    let short = &backup_id[..8];
    if all.is_empty() {
        return Err(refuse(format!(
            "backup {short} holds no {} that Holdfast read by itself",
            component.words()
        )));
    }
    if request.files != FileNames::default() && component == Component::Redis {
        return Err(Failure::invalid(
            "keys of Redis cannot be chosen by their beginning, nor by days",
            "Restore all of them, or take the snapshot as a file with --to-folder.",
        ));
    }
    if let (Some(from), Some(to)) = (request.files.from, request.files.to)
        && from > to
    {
        return Err(Failure::invalid(
            format!("{from} is later than {to}"),
            "Give the first day as --from, and the last as --to.",
        ));
    }
    if request.deletes_extra && component == Component::Redis {
        return Err(Failure::invalid(
            "keys that the backup does not have are not deleted",
            "Empty the server first, if that is meant.",
        ));
    }
    match &request.name {
        None => Ok(all.into_iter().cloned().collect()),
        Some(name) => {
            let found = all.into_iter().find(|one| one.name.to_lowercase() == name.trim().to_lowercase());
            let found = found.ok_or_else(|| {
                refuse(format!("backup {short} holds no {} called {name:?}", component.words()))
            })?;
            Ok(vec![found.clone()])
        }
    }
}

/// What a backup knows to be odd about a source.
fn odd_words(taken: &Taken) -> Option<String> {
    let odd = taken.missing + taken.changed + taken.left_out;
    (odd > 0).then(|| {
        let example = taken.named.first().map(|one| format!(": {one}")).unwrap_or_default();
        format!("Of “{}” {} were not taken as of one moment{example}.", taken.name, counted(odd, "file"))
    })
}

/// `3 files`, or where keys come back into a server, `1 key`.
pub(super) fn thing(component: Component, target: &PartTarget, count: u64) -> String {
    let is_of_keys = component == Component::Redis && *target == PartTarget::InPlace;
    counted(count, if is_of_keys { "key" } else { "file" })
}

/// Whether a folder is not there, or empty.
pub(super) fn is_free(path: &camino::Utf8Path) -> bool {
    match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}
