//! Acts at a platform that do harm: planned, shown, and confirmed by the project's name before they are
//! done, once, while nothing there has changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::{Act as Audited, Details, Fact, Subject};
use crate::catalog::ProjectRecord;
use crate::clock::now_ms;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::platform::{Ability, Act, Platform, RemoteBackup, RestoreParts};
use crate::steps::{Obstacle, RecoveryStep, StepTime};
use crate::words::{argument_words, bytes_words, moment_words};

/// A plan is looked at and confirmed, not kept for later.
const VALID_MS: i64 = 15 * 60 * 1000;

/// What is to be done there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteTarget {
    /// Delete this backup there.
    Delete(String),
    /// Restore this backup over the project there.
    Restore {
        /// Its id.
        id: String,
        /// Bring back the database.
        database: bool,
        /// Bring back stored files.
        storage: bool,
        /// Bring back the configuration.
        config: bool,
    },
    /// Go back to a moment (UTC milliseconds).
    Moment(i64),
    /// Go back to a named moment.
    Point(String),
    /// Make a new project of the file of a backup in the vault.
    Import {
        /// The backup's id, or a unique prefix of one.
        backup: String,
        /// Name of the new project there.
        new_name: String,
    },
}

/// What a plan is asked for with.
#[derive(Debug, Clone)]
pub struct RemotePlanRequest {
    /// Id or name of the project.
    pub project: String,
    /// What is to be done.
    pub target: RemoteTarget,
    /// Why no safety backup is to be made first.
    pub no_safety_because: Option<String>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePlan {
    /// Its id.
    pub id: String,
    /// The project's id.
    pub project_id: String,
    /// Its name, to be typed.
    pub project: String,
    /// What is to be done.
    pub target: RemoteTarget,
    /// What happens, as sentences in order.
    pub effects: Vec<String>,
    /// What forbids it.
    pub blockers: Vec<String>,
    /// What to know.
    pub warnings: Vec<String>,
    /// How a safety backup is made first.
    pub safety: Safety,
    /// The button's words.
    pub button: String,
    /// The same on the command line.
    pub command: String,
    /// What was seen of the backup: another one under the same id makes the plan void.
    pub seen: String,
    /// When it was made.
    pub made_at_ms: i64,
    /// What the project wants done before and after a restore; the effects say it in their places.
    #[serde(default)]
    pub recovery_steps: Vec<RecoveryStep>,
}

/// How the state before a restore is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// Nothing is lost, so nothing is kept.
    NotNeeded,
    /// Holdfast dumps the database.
    OwnDump,
    /// The platform makes a backup, which is pulled.
    PulledBackup,
    /// A person said why not.
    Declined(String),
}

impl Engine {
    /// Plans an act at a platform that does harm. Changes nothing.
    ///
    /// # Errors
    /// `no_platform`, or why the platform cannot be asked. What forbids the act itself is in the plan.
    #[crate::boxed]
    pub async fn plan_remote(&self, request: RemotePlanRequest) -> Result<RemotePlan, Failure> {
        let project = self.profile.project(&request.project).await?;
        let platform = self.platform_of(&project).await?;
        platform.sign_in().await?;
        let mut plan = match &request.target {
            RemoteTarget::Delete(id) => self.plan_deletion_there(&project, platform.as_ref(), id).await?,
            RemoteTarget::Import { backup, new_name } => {
                self.plan_import_there(&project, platform.as_ref(), backup, new_name).await?
            }
            target => plan_restore_there(&project, platform.as_ref(), target, &request).await?,
        };
        // A plan for a backup here names it in full by now.
        if !matches!(plan.target, RemoteTarget::Import { .. }) {
            plan.target = request.target;
        }
        if plan.target.is_restore() {
            self.plan_steps_there(&project, &mut plan).await?;
        }
        let body = serde_json::to_string(&plan)
            .map_err(|error| Failure::invalid(error.to_string(), "Plan it again."))?;
        self.profile.catalog.put_plan(&plan.id, &body, plan.made_at_ms).await?;
        let details = Details::none().with("plan", Fact::Id(&plan.id));
        self.audit(Audited::PlatformPlanned, &Subject::project(&project), details).await?;
        Ok(plan)
    }

    /// Puts the recovery steps of the project around what its platform does.
    async fn plan_steps_there(&self, project: &ProjectRecord, plan: &mut RemotePlan) -> Result<(), Failure> {
        plan.recovery_steps = self.recovery_steps_of(&project.id).await?;
        let own = std::mem::take(&mut plan.effects);
        let (before, after) = (plan.step_sentences(StepTime::Before), plan.step_sentences(StepTime::After));
        plan.effects = before.into_iter().chain(own).chain(after).collect();
        for Obstacle { sentence, is_critical } in self.step_obstacles(project, &plan.recovery_steps).await {
            if is_critical { plan.blockers.push(sentence) } else { plan.warnings.push(sentence) }
        }
        if plan.recovery_steps.iter().any(|step| step.when == StepTime::Before && step.act.is_there()) {
            plan.warnings.push("A step pauses the project first, though the platform pauses it by itself for a restore: where it restores no paused project, take that step away.".into());
        }
        Ok(())
    }

    async fn plan_deletion_there(
        &self,
        project: &ProjectRecord,
        platform: &dyn Platform,
        id: &str,
    ) -> Result<RemotePlan, Failure> {
        let backup = platform.show(id).await?;
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let mut plan = blank(project, &format!("Delete {id} at {}", project.reaches_words()));
        plan.seen = seen(&backup);
        plan.effects = vec![
            format!("{} deletes {}.", project.reaches_words(), described(&backup)),
            "Nothing in the vault changes.".into(),
        ];
        if !here.contains_key(id) {
            plan.warnings.push(
                "It is not in the vault: once deleted there, it is gone. Pull it first to keep it.".into(),
            );
        }
        plan.command =
            format!("holdfast platform delete {} {}", argument_words(&project.name), argument_words(id));
        forbid(&mut plan, platform, Act::Delete);
        Ok(plan)
    }

    /// Takes a plan that was confirmed and is still true, once.
    ///
    /// # Errors
    /// `plan_not_found`, `not_confirmed`, `plan_blocked`, `plan_stale`.
    pub(crate) async fn take_remote_plan(
        &self,
        id: &str,
        confirm: &str,
    ) -> Result<(RemotePlan, ProjectRecord), Failure> {
        let missing = || Failure::new("plan_not_found", format!("there is no plan {id:?}"), "Plan it again.");
        let (body, applied) = self.profile.catalog.plan(id).await?.ok_or_else(missing)?;
        let plan: RemotePlan = serde_json::from_str(&body).map_err(|_| missing())?;
        let project = self.profile.project(&plan.project_id).await?;
        let stale =
            |why: &str| Failure::refused("plan_stale", why.to_owned(), "Plan it again, and look at it.");
        if confirm.trim() != plan.project {
            return Err(Failure::not_confirmed(&plan.project));
        }
        if let Some(blocker) = plan.blockers.first() {
            let message = format!("the plan has a blocker: {}", blocker.trim_end_matches('.'));
            return Err(Failure::refused(
                "plan_blocked",
                message,
                "Remove what stands in the way, then plan again.",
            ));
        }
        if applied.is_some() || now_ms() > plan.made_at_ms + VALID_MS {
            return Err(stale("this plan was applied already, or has run out"));
        }
        if let RemoteTarget::Delete(id) | RemoteTarget::Restore { id, .. } = &plan.target {
            let backup = self.platform_of(&project).await?.show(id).await?;
            if seen(&backup) != plan.seen {
                return Err(stale("the backup there is not what was shown any more"));
            }
        }
        if plan.target.is_restore() && self.recovery_steps_of(&project.id).await? != plan.recovery_steps {
            let name = &project.name;
            return Err(stale(&format!("the recovery steps of {name} changed since it was planned")));
        }
        let details = Details::none().with("plan", Fact::Id(&plan.id));
        self.audit(Audited::PlatformConfirmed, &Subject::project(&project), details).await?;
        if !self.profile.catalog.take_plan(&plan.id, now_ms()).await? {
            return Err(stale("this plan was applied already"));
        }
        Ok((plan, project))
    }
}

async fn plan_restore_there(
    project: &ProjectRecord,
    platform: &dyn Platform,
    target: &RemoteTarget,
    request: &RemotePlanRequest,
) -> Result<RemotePlan, Failure> {
    let place = project.reaches_words();
    let mut plan = blank(project, &format!("Restore {} at its platform", project.name));
    let name = argument_words(&project.name);
    let (act, moment) = match target {
        RemoteTarget::Restore { id, database, storage, config } => {
            let backup = platform.show(id).await?;
            plan.seen = seen(&backup);
            let parts =
                [(*database, "its database"), (*storage, "its stored files"), (*config, "its configuration")];
            let parts: Vec<&str> =
                parts.into_iter().filter(|(is_on, _)| *is_on).map(|(_, words)| words).collect();
            if parts.is_empty() {
                plan.blockers.push("Nothing was chosen to bring back.".into());
            }
            plan.effects.push(format!("{place} replaces {} by {}.", parts.join(", "), described(&backup)));
            plan.command = format!("holdfast platform restore {name} {}", argument_words(id));
            let at = backup.created_at.map(|at| moment_words(at.as_millisecond()));
            (Act::Restore, at.unwrap_or_else(|| "that backup".into()))
        }
        RemoteTarget::Moment(at_ms) => {
            let at = moment_words(*at_ms);
            if *at_ms > now_ms() {
                plan.blockers.push("That moment is yet to come.".into());
            }
            plan.effects.push(format!("{place} brings the project back to {at}."));
            plan.command = format!(
                "holdfast platform restore {name} --at '{}'",
                Timestamp::from_millisecond(*at_ms).unwrap_or_default()
            );
            (Act::PointInTime, at)
        }
        RemoteTarget::Point(point) => {
            plan.effects.push(format!("{place} brings the project back to the restore point {point}."));
            plan.command = format!("holdfast platform restore {name} --point {}", argument_words(point));
            (Act::RestorePoints, format!("restore point {point}"))
        }
        RemoteTarget::Delete(_) | RemoteTarget::Import { .. } => {
            return Err(Failure::invalid("this is no restore", "Plan it anew."));
        }
    };
    plan.effects.push("The project is not reachable meanwhile; the platform pauses and resumes it.".into());
    plan.warnings.push(format!("Everything written after {moment} is lost there."));
    plan.warnings.push("The platform does it, not Holdfast: what it says of the result is checked by asking it again, and no row is compared.".into());
    forbid(&mut plan, platform, act);
    safety(&mut plan, project, platform, request.no_safety_because.as_deref());
    Ok(plan)
}

/// The state before a restore is kept unless somebody says why not.
fn safety(plan: &mut RemotePlan, project: &ProjectRecord, platform: &dyn Platform, declined: Option<&str>) {
    let can = |act| platform.abilities().get(&act).is_some_and(Ability::is_yes);
    plan.safety = match declined.map(str::trim).filter(|why| !why.is_empty()) {
        Some(why) => {
            plan.warnings.push(format!("No safety backup is made: {why}"));
            Safety::Declined(why.to_owned())
        }
        None if project.connection.is_some() => Safety::OwnDump,
        None if can(Act::Create) && can(Act::Download) => Safety::PulledBackup,
        None => {
            plan.blockers.push("No safety backup can be made first: the platform gives no bytes, and Holdfast does not reach the database. Add its connection, or say why none is needed.".into());
            Safety::NotNeeded
        }
    };
    match plan.safety {
        Safety::OwnDump => plan.effects.insert(0, "Holdfast first backs the database up into the vault, and reads it back.".into()),
        Safety::PulledBackup => plan.effects.insert(0, "The platform first makes a backup of the present state, which is pulled into the vault and read back.".into()),
        Safety::NotNeeded | Safety::Declined(_) => {}
    }
}

pub(super) fn forbid(plan: &mut RemotePlan, platform: &dyn Platform, act: Act) {
    if let Some(Ability::No { reason }) = platform.abilities().remove(&act) {
        plan.blockers.push(format!("{} cannot {}: {reason}.", platform.kind().name(), act.words()));
    }
}

pub(super) fn blank(project: &ProjectRecord, button: &str) -> RemotePlan {
    RemotePlan {
        id: Uuid::new_v4().simple().to_string(),
        project_id: project.id.clone(),
        project: project.name.clone(),
        target: RemoteTarget::Delete(String::new()),
        effects: Vec::new(),
        blockers: Vec::new(),
        warnings: Vec::new(),
        safety: Safety::NotNeeded,
        button: button.to_owned(),
        command: String::new(),
        seen: String::new(),
        made_at_ms: now_ms(),
        recovery_steps: Vec::new(),
    }
}

fn described(backup: &RemoteBackup) -> String {
    let at = backup.created_at.map(|at| format!(" of {}", moment_words(at.as_millisecond())));
    let size = backup.bytes.map(|bytes| format!(", {}", bytes_words(bytes)));
    format!("the {} backup {}{}{}", backup.kind, backup.id, at.unwrap_or_default(), size.unwrap_or_default())
}

/// What tells one backup from another under the same id.
fn seen(backup: &RemoteBackup) -> String {
    format!("{:?} {:?} {:?} {:?}", backup.id, backup.created_at, backup.bytes, backup.checksums)
}

impl RemotePlan {
    /// What is restored, in words.
    pub(crate) fn what(&self) -> String {
        format!("{} at its platform", self.project)
    }

    /// Whether something is made in the vault first.
    pub(crate) fn writes_vault(&self) -> bool {
        matches!(self.safety, Safety::OwnDump | Safety::PulledBackup)
    }

    fn step_sentences(&self, when: StepTime) -> Vec<String> {
        let of = self.recovery_steps.iter().filter(|step| step.when == when);
        of.map(|step| step.sentence(&self.what())).collect()
    }

    /// What happens beside its recovery steps, as sentences.
    pub(crate) fn own_effects(&self) -> &[String] {
        let count = |when| self.recovery_steps.iter().filter(|step| step.when == when).count();
        let end = self.effects.len().saturating_sub(count(StepTime::After));
        self.effects.get(count(StepTime::Before)..end).unwrap_or_default()
    }
}

impl RemoteTarget {
    /// Whether the project there becomes what it was.
    fn is_restore(&self) -> bool {
        matches!(self, Self::Restore { .. } | Self::Moment(_) | Self::Point(_))
    }

    /// The parts that a restore brings back.
    pub(crate) fn parts(&self) -> RestoreParts {
        match self {
            Self::Restore { database, storage, config, .. } => {
                RestoreParts { database: *database, storage: *storage, config: *config }
            }
            Self::Delete(_) | Self::Moment(_) | Self::Point(_) | Self::Import { .. } => {
                RestoreParts { database: true, storage: true, config: true }
            }
        }
    }
}
