//! Undoing a restore of parts: what it wrote over or deleted comes back, what it added goes, and what was changed since
//! stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use source::Place;
use tokio_util::sync::CancellationToken;
use vault::{SnapshotId, Vault};

use super::files::{Done, Overwrite, Work, remove};
use super::look::{
    Compared, KnownOtherwise, There, compared, known_otherwise, lines, look_at_redis, there, total,
};
use super::plan::{BucketStep, PartCounts, PartPlan, PartRequest, PartTarget, described, thing};
use super::site::Site;
use crate::archive::{Line, Manifest, opened};
use crate::engine::Engine;
use base::Code;
use base::command::Command;
use base::failure::Failure;
use base::meter::Meter;
use base::words::{bytes_words, counted, first_of, moment_words};
use ledger::catalog::{JobState, ProjectRecord};
use ledger::component::Component;
use ledger::job::{Job, PartsRestored};
use ledger::names::FileNames;
use remote::storage_api::BucketSettings;

/// Files in a sentence; beyond that they are counted.
const NAMED_MAX: usize = 6;

/// What an undo takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoOf {
    /// The run that restored.
    pub run: String,
    /// The backup that it restored.
    pub restored: String,
    /// Of these sources it deleted files that this backup does not have.
    pub deleted_of: Vec<String>,
    /// Whether there is a backup of the state before; else nothing was there, and whatever it wrote was added.
    pub has_before: bool,
    /// Whether it came to its end: else it may have ended between taking a file away and putting one in its place.
    pub was_whole: bool,
}

impl Engine {
    /// Plans the undo of a run that brought parts of a backup back to where they came from.
    ///
    /// # Errors
    /// `job_not_found`, `nothing_to_undo`, `component_not_found`; why the place cannot be looked at.
    #[crate::boxed]
    pub async fn plan_parts_undo(
        &self,
        run: &str,
        no_safety_because: Option<String>,
    ) -> Result<PartPlan, Failure> {
        let job = self.job(run).await?;
        let Some(restored) = job.progress.parts.clone() else {
            return Err(nothing(
                "this run is not known to have brought files or keys back to where they came from",
            ));
        };
        if !job.record.state.is_final() {
            return Err(Failure::new(
                Code::NothingToUndo,
                "this run is not over yet",
                "Wait for its end, or cancel it.",
            ));
        }
        if !restored.can_be_undone() {
            return Err(nothing("it made no safety backup, so that nobody knows what was there before it"));
        }
        let before = restored.safety.clone();
        let undo = UndoOf {
            run: job.record.id.clone(),
            restored: restored.backup_id.clone(),
            deleted_of: restored.deleted_of.clone(),
            has_before: before.is_some(),
            was_whole: job.record.state == JobState::Succeeded,
        };
        let backup_id = before.unwrap_or_else(|| restored.backup_id.clone());
        self.plan_undo_of(restored, undo, &backup_id, no_safety_because).await
    }

    /// Whether a run brought files or keys back to where they came from, and what tells what it did is still there.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    pub async fn can_undo_parts(&self, job: &Job) -> Result<bool, Failure> {
        let Some(restored) = &job.progress.parts else { return Ok(false) };
        if !job.record.state.is_final() || !restored.can_be_undone() {
            return Ok(false);
        }
        for id in restored.safety.iter().chain([&restored.backup_id]) {
            if self.profile.catalog.backups_by_prefix(id).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn plan_undo_of(
        &self,
        of: PartsRestored,
        undo: UndoOf,
        backup_id: &str,
        no_safety_because: Option<String>,
    ) -> Result<PartPlan, Failure> {
        let details = self.backup_details(backup_id).await?;
        // What it restored tells what it did: without it nothing can be compared.
        let restored = self.backup_details(&undo.restored).await?;
        let project = self.profile.project(&details.backup.record.project_id).await?;
        let (vault, ids) = (self.profile.archive.vault().await?, Ids::of(backup_id, &undo)?);
        let request = PartRequest {
            backup: backup_id.to_owned(),
            component: of.component,
            name: None,
            files: of.files.clone(),
            target: PartTarget::InPlace,
            deletes_extra: false,
            no_safety_because,
        };
        let ending = CancellationToken::new();
        let _ends_with_this = ending.clone().drop_guard();
        let (mut counts, mut warnings) = (Vec::new(), Vec::new());
        for name in &of.names {
            let taken = details.manifest.taken_of(of.component).find(|one| one.name == *name);
            let taken = taken.ok_or_else(|| nothing("the backup of the state before does not have it"))?;
            let source = self.same_source(&project, taken).await?;
            counts.push(if let Place::Redis(_) = &source.place {
                warnings.push(format!(
                    "Keys of “{name}” that the restore brought back get the values that they had before, also those that were changed or deleted since; keys that it added stay."
                ));
                let of = (&vault, ids.before, taken, Some(ids.restored));
                let seen = look_at_redis(&self.profile, &project, &source, of).await?;
                PartCounts { extra: 0, ..seen }
            } else {
                let site = Site::open(&self.profile, &project, &source, &ending).await?;
                let (vault, undo, name) = (vault.clone(), undo.clone(), name.clone());
                let (component, files) = (of.component, of.files.clone());
                let set_by_it = restored.manifest.taken_of(component).find(|one| one.name == name);
                let buckets =
                    (taken.buckets.clone(), set_by_it.map(|one| one.buckets.clone()).unwrap_or_default());
                let (seen, unknown) = opened::blocking(move || {
                    let known = Known::read(&vault, &ids, &undo, component, &name, &files)?;
                    let now = there(&site, &files)?;
                    known.counts(name, &site, &now, &buckets)
                })
                .await?;
                warnings.extend(unknown);
                seen
            });
        }
        let mut plan =
            described(request, &project, backup_id, &details.manifest, counts, Vec::new(), warnings);
        explain(&mut plan, &project, &details.manifest, undo);
        self.keep_part_plan(&plan).await?;
        Ok(plan)
    }
}

fn nothing(why: &str) -> Failure {
    Failure::new(
        Code::NothingToUndo,
        format!("there is nothing to undo: {why}"),
        "Look at the run: `holdfast job show RUN`; restore from an earlier backup: `holdfast restore plan --help`.",
    )
}

/// Says what an undo does: it has other words than a restore.
fn explain(plan: &mut PartPlan, project: &ProjectRecord, manifest: &Manifest, undo: UndoOf) {
    let all = total(&plan.counts);
    let what = |count| thing(plan.component, &plan.target, count);
    let mut steps = Vec::new();
    if plan.makes_safety {
        steps.push(format!("Back up the {} of {} as they are now.", plan.component.words(), project.name));
    }
    for BucketStep { id, .. } in &all.buckets {
        steps.push(format!("Set the bucket “{id}” as it was before."));
    }
    let before = moment_words(manifest.moment_at_ms);
    if all.add > 0 {
        steps.push(format!("Bring {} back, as of {before}.", what(all.add)));
    }
    if all.replace > 0 {
        steps.push(format!(
            "Give {} the state of {before} ({} in all).",
            what(all.replace),
            bytes_words(all.bytes)
        ));
    }
    if all.delete > 0 {
        steps.push(format!("Delete {} that the restore added.", what(all.delete)));
    }
    if all.extra > 0 && plan.component != Component::Redis {
        steps.push(format!("Leave {} alone: changed or deleted since the restore.", what(all.extra)));
    }
    if all.add + all.replace + all.delete == 0 && all.buckets.is_empty() {
        plan.blockers.push("Nothing of what the restore did is left to be taken back.".into());
    } else {
        steps.push("Read back what was written, and compare it.".into());
    }
    plan.steps = steps;
    plan.button = format!("Undo: {} in {}", what(all.add + all.replace + all.delete), project.name);
    plan.undo = Some(undo);
}

/// The command that makes the same plan.
pub fn undo_command(plan: &PartPlan, undo: &UndoOf) -> Command {
    Command::RestoreUndo {
        restore: undo.run[..8.min(undo.run.len())].to_owned(),
        no_safety_because: plan.no_safety_because.clone(),
    }
}

/// The backups that an undo reads.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    before: SnapshotId,
    restored: SnapshotId,
}

impl Ids {
    pub(super) fn of(before: &str, undo: &UndoOf) -> Result<Self, Failure> {
        Ok(Self { before: opened::snapshot_id(before)?, restored: opened::snapshot_id(&undo.restored)? })
    }
}

/// What is known of the files before a restore, and of those that it brought back.
pub(super) struct Known {
    before: BTreeMap<String, Line>,
    restored: BTreeMap<String, Line>,
    /// Was there, and nobody has a copy of it: it was not added.
    otherwise: KnownOtherwise,
    /// The restored backup knows of these and does not hold them: the restore left them alone.
    left_alone: KnownOtherwise,
    deleted_extra: bool,
    has_before: bool,
    was_whole: bool,
}

/// What becomes of one file.
enum Step<'a> {
    /// It gets its state of before.
    Back(&'a Line),
    /// The restore added it.
    Goes,
    /// It is as it was before, or was none of the restore's.
    Same,
    /// Somebody changed or deleted it since.
    Stays,
    /// Whether it is as the restore left it is not known, for this reason.
    Unknown(String),
}

impl Known {
    pub(super) fn read(
        vault: &Vault,
        ids: &Ids,
        undo: &UndoOf,
        component: Component,
        name: &str,
        files: &FileNames,
    ) -> Result<Self, Failure> {
        let of = |id: &SnapshotId| -> Result<BTreeMap<String, Line>, Failure> {
            let lines = lines(vault, id, component, name, files)?;
            Ok(lines.into_iter().map(|line| (line.object.key.clone(), line)).collect())
        };
        let (before, otherwise) = if undo.has_before {
            (of(&ids.before)?, known_otherwise(vault, &ids.before, component, name)?)
        } else {
            (BTreeMap::new(), KnownOtherwise::default())
        };
        Ok(Self {
            before,
            restored: of(&ids.restored)?,
            otherwise,
            left_alone: known_otherwise(vault, &ids.restored, component, name)?,
            deleted_extra: undo.deleted_of.iter().any(|one| one == name),
            has_before: undo.has_before,
            was_whole: undo.was_whole,
        })
    }

    /// The files that the restore may have touched.
    fn keys(&self) -> Vec<&str> {
        let deleted = self.before.keys().filter(|key| self.deleted_extra && !self.left_alone.holds(key));
        let keys: BTreeSet<&str> = self.restored.keys().chain(deleted).map(String::as_str).collect();
        keys.into_iter().collect()
    }

    fn step(&self, key: &str, now: &There, site: &Site, meter: &Meter) -> Result<Step<'_>, Failure> {
        // A link, or what may not be read, is in no backup.
        if now.otherwise.holds(key) {
            return Ok(Step::Stays);
        }
        let (before, restored) = (self.before.get(key), self.restored.get(key));
        let did_nothing = before.zip(restored).is_some_and(|(before, restored)| {
            before.sha256 == restored.sha256 && before.object.tells_the_same(&restored.object)
        });
        if did_nothing {
            return Ok(Step::Same);
        }
        let Some(now) = now.files.get(key) else {
            return Ok(match (before, restored) {
                // The restore deleted it, or ended before it had put another one in its place.
                (Some(before), None) => Step::Back(before),
                (Some(before), Some(_)) if !self.was_whole => Step::Back(before),
                (Some(_), Some(_)) => Step::Stays,
                (None, _) => Step::Same,
            });
        };
        let is = |line: Option<&Line>| match line {
            Some(line) => compared(site.objects(), now, line, meter),
            None => Ok(Compared::Different),
        };
        match (is(before)?, is(restored)?) {
            (Compared::Same, _) => Ok(Step::Same),
            (Compared::Unknown(why), _) | (_, Compared::Unknown(why)) => Ok(Step::Unknown(why)),
            (_, Compared::Same) => Ok(match (before, restored) {
                (Some(before), _) => Step::Back(before),
                (None, Some(_)) if !self.otherwise.holds(key) => Step::Goes,
                (None, _) => Step::Stays,
            }),
            _ => Ok(Step::Stays),
        }
    }

    /// What an undo would do, and what is not known of it.
    fn counts(
        &self,
        name: String,
        site: &Site,
        now: &There,
        (before, restored): &(Vec<BucketSettings>, Vec<BucketSettings>),
    ) -> Result<(PartCounts, Vec<String>), Failure> {
        let mut counts = PartCounts { name, mark: now.mark.clone(), ..PartCounts::default() };
        let (meter, mut unknown) = (Meter::default(), Vec::new());
        for key in self.keys() {
            match self.step(key, now, site, &meter)? {
                Step::Back(line) => {
                    let is_there = now.files.contains_key(key);
                    *(if is_there { &mut counts.replace } else { &mut counts.add }) += 1;
                    counts.bytes += line.object.size.unwrap_or_default();
                }
                Step::Goes => counts.delete += 1,
                Step::Same => counts.same += 1,
                Step::Stays => counts.extra += 1,
                Step::Unknown(why) => unknown.push(format!("{key}: {why}")),
            }
        }
        if self.has_before {
            counts.buckets = site.buckets_set_by(before, restored)?;
        }
        let warning = (!unknown.is_empty()).then(|| {
            let many = counted(unknown.len() as u64, "file");
            format!("{many} cannot be read, and would stay: {}.", first_of(&unknown, NAMED_MAX, "; "))
        });
        Ok((counts, warning.into_iter().collect()))
    }
}

impl Work<'_> {
    /// Takes back what a restore did to the files of a source. What nobody has a copy of stays.
    pub(super) fn undo(&self, site: &Site, known: &Known, may: &Overwrite) -> Result<Done, Failure> {
        let (keys, now) = (known.keys(), there(site, self.wanted.files)?);
        self.each(site, &keys, &|key, targets, done| {
            let listed = now.files.get(*key);
            // What was compared is what may be overwritten, also where a person declined the safety backup.
            let compared: HashMap<_, _> =
                listed.map(|object| (object.key.clone(), object.clone())).into_iter().collect();
            let compared = Overwrite::These(compared);
            let may = if let Overwrite::Anything = may { &compared } else { may };
            match known.step(key, &now, site, self.meter)? {
                Step::Same => done.same += 1,
                Step::Stays => done.stayed += 1,
                Step::Unknown(why) => done.problem(format!("{key}: {why}")),
                Step::Back(line) => self.bring_back(site, line, listed, targets, (may, done))?,
                Step::Goes => {
                    let Some(listed) = listed else { return Ok(()) };
                    remove(site, listed, targets, (may, done))?;
                }
            }
            Ok(())
        })
    }
}
