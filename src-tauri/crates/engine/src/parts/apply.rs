//! Applying a confirmed plan, as one job: safety backup, the parts, a look at what came back.

use source::Place;
use source::redis::Conflict;

use super::files::{Done, Overwrite, Wanted, Work};
use super::keys::put_keys_back;
use super::look::lines;
use super::plan::{PartPlan, PartTarget, thing};
use super::site::Site;
use super::undo::{Ids, Known};
use crate::archive::{Manifest, opened};
use crate::backup::BackupWish;
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use base::clock::now_ms;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::{ProjectRecord, Verdict};
use ledger::component::Components;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PartsRestored, PhaseSpec};
use ledger::names::FileNames;
use remote::storage_api::BucketSettings;

/// So long a safety backup is kept.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

impl Engine {
    /// Applies a plan for parts. Returns the job's id at once.
    ///
    /// # Errors
    /// `not_confirmed`, `plan_blocked`, `plan_stale`, `plan_not_found`.
    #[crate::boxed]
    pub async fn apply_parts(&self, plan_id: &str, confirm: &str) -> Result<String, Failure> {
        let (plan, project) = self.take_part_plan(plan_id, confirm).await?;
        let words = plan.component.words();
        let place = match &plan.target {
            PartTarget::Folder { path } => path.to_string(),
            PartTarget::InPlace => format!("where they came from in {}", project.name),
        };
        let mut phases = Vec::new();
        if plan.makes_safety {
            phases.extend(
                crate::backup::phases(words, "the vault")
                    .into_iter()
                    .filter(|one| one.id != "snapshot" && one.id != "dump"),
            );
            phases.insert(
                0,
                PhaseSpec {
                    id: "parts",
                    title: "Safety backup",
                    weight: 30,
                    sentence: format!("The {words} of {} as they are now, into the vault.", project.name),
                },
            );
        }
        phases.push(PhaseSpec {
            id: "restore",
            title: "Restore",
            weight: 60,
            sentence: format!(
                "The {words} of backup {} to {place}; what is written is read back and compared.",
                &plan.backup_id[..8]
            ),
        });
        let (title, sentence) = match &plan.undo {
            None => (
                format!("Restoring {words} of {}", project.name),
                format!("From backup {} to {place}.", &plan.backup_id[..8]),
            ),
            Some(undo) => (
                format!("Undoing a restore of {words} of {}", project.name),
                format!("Takes back what the run {} did, {place}.", &undo.run[..8.min(undo.run.len())]),
            ),
        };
        let spec = JobSpec {
            kind: JobKind::Restore,
            title,
            sentence,
            project_id: Some(project.id.clone()),
            writes_vault: plan.makes_safety,
            phases,
            if_cancelled: "What is written by then stays; each file is whole or as it was before.".into(),
        };
        let engine = self.clone();
        let work =
            move |context: JobContext| async move { Box::pin(engine.bring_parts_back(&context, plan)).await };
        self.profile.jobs.start(spec, work).await
    }

    async fn bring_parts_back(
        &self,
        context: &JobContext,
        plan: Confirmed<PartPlan>,
    ) -> Result<JobOutput, Failure> {
        let project = self.profile.project(&plan.project_id).await?;
        // The queue may have taken an hour.
        self.refuse_other_place(&plan, &project).await?;
        let safety = if plan.makes_safety {
            Some(self.safety_of_parts(context, &plan, &project).await?)
        } else {
            None
        };
        let kept = safety.as_deref().map(|id| {
            let show: String = Command::about(About::BackupShow, &id[..8]).to_string();
            format!("The state before is backup {}: `{show}`.", &id[..8])
        });
        context.phase("restore");
        let name = &project.name;
        context.safe_next(kept.clone().unwrap_or_else(|| format!("Look at {name}; plan it again to go on.")));
        let total = plan.total();
        context.expect_bytes(total.bytes);
        let vault = self.profile.archive.vault().await?;
        let id = opened::snapshot_id(&plan.backup_id)?;
        let of_vault = vault.clone();
        let manifest = opened::blocking(move || Manifest::load(&of_vault, &id)).await?;
        let (verdict, mut words) = match &plan.target {
            PartTarget::Folder { path } => {
                let path = path.clone();
                let done = self.with_files(context, &plan, move |work| work.to_folder(&path)).await?;
                judge(&plan, &done)
            }
            PartTarget::InPlace => {
                if plan.undo.is_none() {
                    context.parts(restored(&plan, safety.as_deref()));
                    self.profile.jobs.keep(context).await?;
                }
                self.bring_parts_back_in_place(context, &plan, &project, &manifest, safety.as_deref()).await?
            }
        };
        if let Some(kept) = kept {
            words = format!("{words} {kept}");
        }
        Ok(JobOutput { outcome: words, backup_id: safety, verdict: Some(verdict), ..JobOutput::default() })
    }

    async fn bring_parts_back_in_place(
        &self,
        context: &JobContext,
        plan: &Confirmed<PartPlan>,
        project: &ProjectRecord,
        manifest: &Manifest,
        safety: Option<&str>,
    ) -> Result<(Verdict, String), Failure> {
        let vault = self.profile.archive.vault().await?;
        let id = opened::snapshot_id(&plan.backup_id)?;
        let (mut worst, mut all) = (Verdict::Pass, Vec::new());
        for counts in &plan.counts {
            let Some(taken) = manifest.taken_of(plan.component).find(|one| one.name == counts.name) else {
                continue;
            };
            let source = self.same_source(project, taken).await?;
            let (verdict, words) = if let Place::Redis(_) = &source.place {
                // What was not to be replaced is not, though somebody may have made it since: nobody kept a copy of it.
                let replaces = plan.makes_safety || plan.no_safety_because.is_some();
                let conflict = if replaces { Conflict::Replace } else { Conflict::Keep };
                let of = (&vault, id, taken);
                // An undo takes back what the restore brought, and nothing else.
                let only = plan.undo.as_ref().map(|undo| opened::snapshot_id(&undo.restored)).transpose()?;
                let how = (conflict, only);
                let back = put_keys_back(&self.profile, context, project, &source, of, how).await?;
                judge_keys(&source.name, &back.0, &back.1)
            } else {
                let name = source.name.clone();
                let may = self.may_overwrite(plan, &name, safety).await?;
                let site = Site::open(&self.profile, project, &source, context.token()).await?;
                let (buckets, planned) = (taken.buckets.clone(), counts.buckets.clone());
                let before = self.buckets_before(&name, safety).await?;
                let undo =
                    plan.undo.clone().map(|undo| Ids::of(&plan.backup_id, &undo).map(|ids| (undo, ids)));
                let undo = undo.transpose()?;
                let work = move |work: Work<'_>| {
                    let mut opened = Vec::new();
                    let stay = site.open_buckets(&planned, &buckets, before.as_deref(), &mut opened);
                    let written = match stay {
                        Ok(stay) => match &undo {
                            None => work.in_place(&name, &site, &may),
                            Some((undo, ids)) => {
                                let of = (work.wanted.component, work.wanted.files);
                                Known::read(work.vault, ids, undo, of.0, &name, of.1)
                                    .and_then(|known| work.undo(&site, &known, &may))
                            }
                        }
                        .map(|done| (done, stay)),
                        Err(error) => Err(error.into()),
                    };
                    let otherwise = site.close_buckets(&opened);
                    let (mut done, stay) = written.map_err(|failure| with_open(failure, &otherwise))?;
                    for one in stay.into_iter().chain(otherwise) {
                        done.problem(one);
                    }
                    Ok(done)
                };
                let done = self.with_files(context, plan, work).await?;
                judge(plan, &done)
            };
            if verdict == Verdict::Fail {
                worst = Verdict::Fail;
            }
            all.push(words);
        }
        Ok((worst, all.join(" ")))
    }

    /// Works on files on a thread where blocking is fine.
    async fn with_files(
        &self,
        context: &JobContext,
        plan: &PartPlan,
        work: impl FnOnce(Work<'_>) -> Result<Done, Failure> + Send + 'static,
    ) -> Result<Done, Failure> {
        let vault = self.profile.archive.vault().await?;
        let id = opened::snapshot_id(&plan.backup_id)?;
        let (plan, meter, token) = (plan.clone(), context.meter().clone(), context.token().clone());
        let (jobs, of_run, handle) =
            (self.profile.jobs.clone(), context.clone(), tokio::runtime::Handle::current());
        opened::blocking(move || {
            let is_cancelled = || token.is_cancelled();
            let before_deleting = |name: &str| {
                of_run.deletes_of(name);
                handle.block_on(jobs.keep(&of_run))
            };
            let wanted = Wanted {
                component: plan.component,
                names: plan.counts.iter().map(|counts| counts.name.as_str()).collect(),
                files: &plan.files,
                deletes_extra: plan.deletes_extra,
            };
            let (meter, is_cancelled, before_deleting) = (&meter, &is_cancelled, &before_deleting);
            work(Work { vault: &vault, id, wanted, meter, is_cancelled, before_deleting })
        })
        .await
    }

    /// What may be overwritten or deleted: what the safety backup has, as it has it.
    async fn may_overwrite(
        &self,
        plan: &PartPlan,
        name: &str,
        safety: Option<&str>,
    ) -> Result<Overwrite, Failure> {
        let Some(safety) = safety else {
            return Ok(if plan.no_safety_because.is_some() {
                Overwrite::Anything
            } else {
                Overwrite::default()
            });
        };
        let (vault, id) = (self.profile.archive.vault().await?, opened::snapshot_id(safety)?);
        let (component, name) = (plan.component, name.to_owned());
        let lines =
            opened::blocking(move || lines(&vault, &id, component, &name, &FileNames::default())).await?;
        Ok(Overwrite::These(lines.into_iter().map(|line| (line.object.key.clone(), line.object)).collect()))
    }

    /// How buckets are set in the safety backup.
    async fn buckets_before(
        &self,
        name: &str,
        safety: Option<&str>,
    ) -> Result<Option<Vec<BucketSettings>>, Failure> {
        let Some(safety) = safety else { return Ok(None) };
        let (vault, id) = (self.profile.archive.vault().await?, opened::snapshot_id(safety)?);
        let manifest = opened::blocking(move || Manifest::load(&vault, &id)).await?;
        let taken = manifest.taken.into_iter().find(|taken| taken.name == name);
        Ok(taken.map(|taken| taken.buckets))
    }

    /// What is about to be overwritten, as a backup of its component. Without it nothing is.
    async fn safety_of_parts(
        &self,
        context: &JobContext,
        plan: &PartPlan,
        project: &ProjectRecord,
    ) -> Result<String, Failure> {
        let reason = Some(format!("{}{}", crate::archive::SAFETY_REASON, &plan.backup_id[..8]));
        let only = Components::NONE.with(plan.component);
        let because = |failure: Failure| Failure {
            message: format!("the safety backup failed, so nothing was restored: {}", failure.message),
            ..failure
        };
        let names = plan.counts.iter().map(|counts| counts.name.clone()).collect();
        let wish = BackupWish { reason, only, names, tables: None, is_safety: true };
        let made = self.back_up(context, project.clone(), wish).await.map_err(because)?;
        // It is read back, and it lacks nothing.
        match (made.output.verdict, made.output.backup_id) {
            (Some(Verdict::Pass), Some(id)) => {
                // So long the way back stays open, whatever the policy says.
                self.expire_backup(&id, Some(now_ms().saturating_add(KEPT_MS))).await?;
                Ok(id)
            }
            _ => Err(because(Failure::new(
                base::Code::VerificationFailed,
                made.output.outcome,
                "Put right what it names, and plan again; or decline the safety backup with a reason.",
            ))),
        }
    }
}

/// What an undo has to know of a restore.
fn restored(plan: &PartPlan, safety: Option<&str>) -> PartsRestored {
    let all = plan.total();
    PartsRestored {
        backup_id: plan.backup_id.clone(),
        component: plan.component,
        names: plan.counts.iter().map(|counts| counts.name.clone()).collect(),
        files: plan.files.clone(),
        deleted_of: Vec::new(),
        safety: safety.map(str::to_owned),
        // Nothing of it was there: whatever is written is added.
        is_all_new: all.replace + all.same + all.delete == 0
            && all.buckets.iter().all(|bucket| bucket.is_new),
    }
}

/// A failure, with the buckets that it leaves open.
fn with_open(failure: Failure, open: &[String]) -> Failure {
    if open.is_empty() {
        return failure;
    }
    Failure { message: format!("{}; {}", failure.message, open.join("; ")), ..failure }
}

fn judge(plan: &PartPlan, done: &Done) -> (Verdict, String) {
    let what = |count| thing(plan.component, &plan.target, count);
    let same = if done.same > 0 {
        format!(
            " {} were as {}.",
            what(done.same),
            if plan.undo.is_some() { "before" } else { "in the backup" }
        )
    } else {
        String::new()
    };
    let stayed = if done.stayed > 0 {
        format!(" {} stayed: changed or deleted since the restore.", what(done.stayed))
    } else {
        String::new()
    };
    let deleted = if done.deleted > 0 { format!(" Deleted {}.", what(done.deleted)) } else { String::new() };
    let words =
        format!("Wrote {} with {}.{same}{deleted}", what(done.written), bytes_words(done.bytes)) + &stayed;
    match done.problem_words() {
        Some(problems) => (Verdict::Fail, format!("{words} {problems}.")),
        None if done.checked == done.written => {
            (Verdict::Pass, format!("{words} All of it was read back, and every hash matched."))
        }
        None => (Verdict::Fail, format!("{words} Only {} could be read back.", what(done.checked))),
    }
}

fn judge_keys(name: &str, done: &source::redis::PutBack, seen: &source::redis::PutBack) -> (Verdict, String) {
    let expired = if done.expired > 0 {
        format!(" {} had expired.", counted(done.expired, "key"))
    } else {
        String::new()
    };
    let stayed = match done.there {
        0 => String::new(),
        stayed => format!(" {} were there by then and stayed as they were.", counted(stayed, "key")),
    };
    let words = format!("Put {} back into “{name}”.{expired}{stayed}", counted(done.added, "key"));
    if done.refused_count > 0 {
        let refused = done.refused.join("; ");
        return (
            Verdict::Fail,
            format!("{words} {} were refused: {refused}.", counted(done.refused_count, "key")),
        );
    }
    // Such as expired while the others were put back are no loss.
    let lost = seen.added;
    match lost {
        0 => (Verdict::Pass, format!("{words} Each of them is there.")),
        lost => (Verdict::Fail, format!("{words} {} are not there afterwards.", counted(lost, "key"))),
    }
}
