//! Destructive acts at a platform: planned, shown, confirmed by the project's name, and done once, while
//! nothing there has changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::safety::Safety;
use crate::engine::Engine;
use crate::project::Reached;
use crate::steps::{Obstacle, RecoveryStep};
use base::clock::now_ms;
use base::command::{Command, PlatformRestore};
use base::failure::Failure;
use base::words::{bytes_words, moment_words};
use ledger::audit::{Act as Audited, Details, Fact, Subject};
use ledger::catalog::ProjectRecord;
use ledger::job::StepTime;
use remote::platform::{
    Ability, Act, BackTo, ChosenParts, Platform, PlatformError, RemoteBackup, Restorable, RestoreParts,
};

/// A plan is looked at and confirmed, not kept for later.
pub(super) const VALID_MS: i64 = 15 * 60 * 1000;

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
        /// What of it is brought back.
        parts: ChosenParts,
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
    /// Why what the safety backup cannot hold may be lost.
    pub uncovered_because: Option<String>,
}

impl RemotePlanRequest {
    /// With a safety backup of all that is overwritten.
    pub fn new(project: impl Into<String>, target: RemoteTarget) -> Self {
        Self { project: project.into(), target, no_safety_because: None, uncovered_because: None }
    }
}

/// A part of the project, in a plan for a restore there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPart {
    /// `database`, `storage`, `config`.
    pub part: String,
    /// Whether it is brought back.
    pub is_chosen: bool,
    /// Why it cannot be brought back; absent where it can.
    pub cannot: Option<String>,
    /// Whether the safety backup holds it as it is now.
    pub is_kept: bool,
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
    /// The parts of a restore, in order; none where it is none.
    pub parts: Vec<PlannedPart>,
    /// How a safety backup is made first.
    pub safety: Safety,
    /// The button's words.
    pub button: String,
    /// The same on the command line.
    pub command: String,
    /// The moment that comes back (UTC milliseconds), where it is known.
    #[serde(default)]
    pub moment_ms: Option<i64>,
    /// Whether the database is looked at afterwards.
    #[serde(default)]
    pub looks_after: bool,
    /// What was seen of the backup: another one under the same id makes the plan void.
    pub seen: String,
    /// What the project pointed to: another platform, project or database makes the plan void.
    pub reached: Reached,
    /// When it was made.
    pub made_at_ms: i64,
    /// What the project wants done before and after a restore; the effects say it in their places.
    #[serde(default)]
    pub recovery_steps: Vec<RecoveryStep>,
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
        if let RemoteTarget::Restore { id, .. } = &request.target {
            plan.warnings.extend(self.found_when_fetched(&project, id).await?);
        }
        // Others are planned as they were asked for; these two are said in full by now.
        if !matches!(plan.target, RemoteTarget::Import { .. } | RemoteTarget::Restore { .. }) {
            plan.target = request.target;
        }
        if plan.target.is_restore() {
            self.plan_steps_there(&project, &mut plan).await?;
        }
        // Its own dump and its steps reach the database as well.
        if plan.safety.own_dump || plan.looks_after || !plan.recovery_steps.is_empty() {
            plan.reached = Reached::both(&project);
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
            format!(
                "{} deletes {} of {}.",
                project.reaches_words(),
                described(&backup),
                there(project, platform).await
            ),
            "Nothing in the vault changes.".into(),
        ];
        if !here.contains_key(id) {
            plan.warnings.push(
                "It is not in the vault: once deleted there, it is gone. Pull it first to keep it.".into(),
            );
        }
        plan.command =
            Command::PlatformDelete { project: project.name.clone(), id: id.to_owned() }.to_string();
        forbid(&mut plan, platform, Act::Delete);
        Ok(plan)
    }
}

async fn plan_restore_there(
    project: &ProjectRecord,
    platform: &dyn Platform,
    target: &RemoteTarget,
    request: &RemotePlanRequest,
) -> Result<RemotePlan, Failure> {
    let (place, there) = (project.reaches_words(), there(project, platform).await);
    let mut plan = blank(project, &format!("Restore {} at its platform: {there}", project.name));
    let mut line = PlatformRestore {
        project: project.name.clone(),
        no_safety_because: request.no_safety_because.clone(),
        uncovered_because: request.uncovered_because.clone(),
        ..PlatformRestore::default()
    };
    let (act, moment, parts) = match target {
        RemoteTarget::Restore { id, parts } => {
            let backup = platform.show(id).await?;
            plan.seen = seen(&backup);
            let parts = chosen(&mut plan, platform, BackTo::Backup(&backup), *parts).await?;
            if parts.is_none() && plan.blockers.is_empty() {
                plan.blockers.push("Nothing was chosen to bring back.".into());
            }
            plan.effects.push(format!(
                "{place} replaces {} by {}, in {there}.",
                parts.words(),
                described(&backup)
            ));
            plan.target = RemoteTarget::Restore { id: id.clone(), parts: parts.into() };
            let ChosenParts { database, storage, config } = parts.into();
            line = PlatformRestore { id: Some(id.clone()), database, storage, config, ..line };
            plan.moment_ms = backup.created_at.map(Timestamp::as_millisecond);
            let at = backup.created_at.map(|at| moment_words(at.as_millisecond()));
            (Act::Restore, at.unwrap_or_else(|| "that backup".into()), parts)
        }
        RemoteTarget::Moment(at_ms) => {
            let at = moment_words(*at_ms);
            if *at_ms > now_ms() {
                plan.blockers.push("That moment is yet to come.".into());
            }
            let second = BackTo::Moment(Timestamp::from_millisecond(*at_ms).unwrap_or_default());
            let parts = chosen(&mut plan, platform, second, ChosenParts::default()).await?;
            plan.effects.push(format!("{place} brings {there} back to {at}."));
            plan.moment_ms = Some(*at_ms);
            line.at_ms = Some(*at_ms);
            (Act::PointInTime, at, parts)
        }
        RemoteTarget::Point(point) => {
            let parts = chosen(&mut plan, platform, BackTo::Point(point), ChosenParts::default()).await?;
            plan.effects.push(format!("{place} brings {there} back to the restore point {point}."));
            line.point = Some(point.clone());
            (Act::RestorePoints, format!("restore point {point}"), parts)
        }
        RemoteTarget::Delete(_) | RemoteTarget::Import { .. } => {
            return Err(Failure::invalid("this is no restore", "Plan it anew."));
        }
    };
    plan.command = Command::PlatformRestore(line).to_string();
    plan.effects.push("The project is not reachable meanwhile; the platform pauses and resumes it.".into());
    plan.warnings.push(format!("Everything written after {moment} is lost there."));
    plan.looks_after = project.connection.is_some() && parts.database;
    if plan.looks_after {
        plan.effects.push("Then Holdfast looks at the database: tables, constraints, indexes, owners and rights beside its own backup of that time, every foreign key for rows that point to nothing, and your own assertions.".into());
        plan.warnings.push("The platform does it, not Holdfast, and its moment is no moment of Holdfast's: rows are not compared.".into());
    } else {
        plan.warnings.push("The platform does it, not Holdfast: what it says of the result is checked by asking it again, and no row is compared.".into());
    }
    forbid(&mut plan, platform, act);
    Safety::plan(&mut plan, parts, project, platform, request);
    Ok(plan)
}

/// Which parts are restored. A requested part that is impossible blocks the plan, before anything is made.
async fn chosen(
    plan: &mut RemotePlan,
    platform: &dyn Platform,
    to: BackTo<'_>,
    wanted: ChosenParts,
) -> Result<RestoreParts, Failure> {
    let name = platform.kind().name();
    let can = match platform.restorable(to).await {
        Ok(can) => can,
        // That it never can is said by `forbid`, with the same reason.
        Err(PlatformError::CannotDo { act, reason, .. }) => {
            if platform.abilities().get(&act).is_some_and(Ability::is_yes) {
                plan.blockers.push(format!("{name} cannot {}: {reason}.", act.words()));
            }
            Restorable::nothing(reason)
        }
        Err(error) => return Err(error.into()),
    };
    let parts = wanted.among(can.parts);
    let beyond = parts.without(can.parts);
    if can.parts.is_none() && plan.blockers.is_empty() {
        plan.blockers.push(format!("{name} cannot restore it: {}.", can.otherwise));
    } else if !beyond.is_none() {
        plan.blockers.push(format!("{name} cannot bring back {}: {}.", beyond.words(), can.otherwise));
    }
    let part = |part: &str, is_chosen: bool, is_possible: bool| PlannedPart {
        part: part.to_owned(),
        is_chosen,
        cannot: (!is_possible).then(|| can.otherwise.clone()),
        is_kept: false,
    };
    plan.parts = vec![
        part("database", parts.database, can.parts.database),
        part("storage", parts.storage, can.parts.storage),
        part("config", parts.config, can.parts.config),
    ];
    Ok(parts)
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
        parts: Vec::new(),
        safety: Safety::default(),
        button: button.to_owned(),
        command: String::new(),
        moment_ms: None,
        looks_after: false,
        seen: String::new(),
        reached: Reached::platform(project),
        made_at_ms: now_ms(),
        recovery_steps: Vec::new(),
    }
}

/// Which of the account's projects it is, so that a person sees when it is another one than was meant.
async fn there(project: &ProjectRecord, platform: &dyn Platform) -> String {
    let reference = project.platform.as_ref().map_or("", |settings| settings.reference.as_str());
    // Its name there says more, and a platform that does not give it still does what is planned.
    let name = platform.project().await.ok().map(|there| there.name);
    match (name.filter(|name| !name.is_empty() && name != reference), reference) {
        (Some(name), "") => format!("the project “{name}”"),
        (Some(name), reference) => format!("the project “{name}” ({reference})"),
        (None, "") => "its project there".to_owned(),
        (None, reference) => format!("the project {reference}"),
    }
}

fn described(backup: &RemoteBackup) -> String {
    let at = backup.created_at.map(|at| format!(" of {}", moment_words(at.as_millisecond())));
    let size = backup.bytes.map(|bytes| format!(", {}", bytes_words(bytes)));
    format!("the {} backup {}{}{}", backup.kind, backup.id, at.unwrap_or_default(), size.unwrap_or_default())
}

/// What tells one backup from another under the same id.
pub(super) fn seen(backup: &RemoteBackup) -> String {
    format!("{:?} {:?} {:?} {:?}", backup.id, backup.created_at, backup.bytes, backup.checksums)
}

impl RemotePlan {
    /// What is restored, in words.
    pub(crate) fn what(&self) -> String {
        format!("{} at its platform", self.project)
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
    pub(super) fn is_restore(&self) -> bool {
        matches!(self, Self::Restore { .. } | Self::Moment(_) | Self::Point(_))
    }

    /// The parts that a plan says a restore brings back.
    pub(crate) fn parts(&self) -> RestoreParts {
        match self {
            Self::Restore { parts, .. } => parts.among(RestoreParts::NONE),
            Self::Delete(_) | Self::Moment(_) | Self::Point(_) | Self::Import { .. } => RestoreParts::NONE,
        }
    }
}
