//! Retention: how long backups are kept, and why each one is; and what projects are held to.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::drill::GoalView;
use crate::error::UserError;
use crate::number::{Count, Millis};
use crate::schedule::{RuleView, WorkView};

/// Which verified backups of a project stay. Each figure adds to what the others keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// So many of the newest.
    pub keep_last: u32,
    /// The newest of each of so many hours that have one.
    pub hourly: u32,
    /// The newest of each of so many days that have one.
    pub daily: u32,
    /// The newest of each of so many weeks that have one.
    pub weekly: u32,
    /// The newest of each of so many months that have one.
    pub monthly: u32,
    /// The newest of each of so many years that have one.
    pub yearly: u32,
    /// All that are at most so much older than the newest verified one.
    pub within_ms: Option<Millis>,
    /// So many of the newest verified always stay; at least one.
    pub floor: u32,
    /// The time zone in which days begin, by its IANA name.
    pub zone: String,
}

/// A policy that is ready to take.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyPresetView {
    /// Its name: `omniops`, `wedsync`, `keep-7`, `30-days`.
    pub name: String,
    /// In one sentence.
    pub words: String,
    /// The policy.
    pub policy: PolicyView,
}

/// How the last confirmed plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RetentionRunState {
    /// Backups are being removed at this moment.
    Running,
    /// All of them are gone.
    Done,
    /// Something stood in the way; the others stay.
    Stopped,
    /// Its process ended before it did.
    Interrupted,
}

/// The last confirmed plan.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionRunView {
    /// Its id.
    pub id: String,
    /// The plan that was confirmed.
    pub plan: String,
    /// How it stands.
    pub state: RetentionRunState,
    /// Backups that it was to remove.
    pub planned: Count,
    /// How many of them are gone.
    pub removed: Count,
    /// Stable code of what stopped it.
    pub code: Option<String>,
    /// When it was confirmed.
    pub started_at_ms: Millis,
    /// When it ended.
    pub finished_at_ms: Option<Millis>,
    /// In one sentence, with what to do.
    pub words: String,
}

/// The retention of a project.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionView {
    /// The project's id.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// Its policy; without one everything is kept.
    pub policy: Option<PolicyView>,
    /// The preset that the policy is.
    pub preset: Option<String>,
    /// The policy in one sentence.
    pub words: String,
    /// The presets that there are.
    pub presets: Vec<PolicyPresetView>,
    /// The last plan that was confirmed.
    pub last_run: Option<RetentionRunView>,
    /// The equivalent command line of the policy.
    pub command: String,
}

/// Sets the policy of a project; removes nothing.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetRetention {
    /// Id or name of the project.
    pub project: String,
    /// The policy; absent takes it away, and everything is kept.
    pub policy: Option<PolicyView>,
}

/// Asks what a policy would come to.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRetention {
    /// Id or name of the project.
    pub project: String,
    /// The policy to look at; absent is the project's own.
    pub policy: Option<PolicyView>,
}

/// Why a backup stays, or goes.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReasonView {
    /// Stable word: `newest_verified`, `floor`, `held`, `undo`, `until`, `last`, `hourly` … `yearly`, `within`,
    /// `grace`, `would_be`, `paused`, `no_rule`, `expired`, `never_verified`, `failed` …
    pub code: String,
    /// In words: `weekly 36`.
    pub words: String,
}

/// What becomes of a backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FateView {
    /// The backup.
    pub backup_id: String,
    /// Short form of its id.
    pub short_id: String,
    /// The moment that it restores.
    pub at_ms: Millis,
    /// Whether it counts for the policy: it is verified.
    pub counts: bool,
    /// True where it stays.
    pub is_kept: bool,
    /// All reasons why it stays, or why it goes.
    pub reasons: Vec<ReasonView>,
    /// When it will go, where that is a date.
    pub until_ms: Option<Millis>,
}

/// One day of the preview.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionDayView {
    /// Its date in the policy's time zone: `2026-11-22`.
    pub date: String,
    /// Its beginning.
    pub start_ms: Millis,
    /// Its backups, newest first.
    pub backups: Vec<FateView>,
}

/// A backup that goes by its date within a week.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LeavingView {
    /// The backup.
    pub backup_id: String,
    /// Short form of its id.
    pub short_id: String,
    /// The moment that it restores.
    pub at_ms: Millis,
    /// When it goes.
    pub until_ms: Millis,
}

/// What a policy comes to now, as a calendar.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionPlanView {
    /// Names what was seen and decided; another one once that changed.
    pub id: String,
    /// The project's id.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// The policy; absent keeps everything.
    pub policy: Option<PolicyView>,
    /// The policy in one sentence.
    pub words: String,
    /// Whether that policy is the project's, and not one that is only looked at.
    pub is_set: bool,
    /// Why nothing is removed at this moment.
    pub pause: Option<String>,
    /// Backups that stay.
    pub kept: Count,
    /// Backups that go.
    pub removed: Count,
    /// Bytes that those added to the vault when they were made; what of it nothing else needs a prune frees.
    pub removed_added_bytes: Count,
    /// The days that have backups, newest first.
    pub days: Vec<RetentionDayView>,
    /// Backups that go by their date within a week, the first one first.
    pub leaving: Vec<LeavingView>,
    /// What has to be typed: the project's name.
    pub confirm: String,
    /// What happens, as sentences.
    pub effects: Vec<String>,
    /// The last plan that was confirmed.
    pub last_run: Option<RetentionRunView>,
    /// When it was made.
    pub made_at_ms: Millis,
    /// The equivalent command line: of the application, or of setting a policy that is only looked at.
    pub command: String,
}

/// Removes the backups that a plan says go.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ApplyRetention {
    /// Id or name of the project.
    pub project: String,
    /// The plan's id, as it was shown.
    pub plan: String,
    /// The project's name, typed.
    pub confirm: String,
}

/// What came of a plan.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetentionAppliedView {
    /// The project's name.
    pub project: String,
    /// The backups that are gone, oldest first.
    pub removed: Vec<String>,
    /// Those that were to go, and are there.
    pub left: Vec<String>,
    /// What stood in the way of those.
    pub stopped: Option<UserError>,
    /// What to do next, as a sentence.
    pub next: String,
}

/// Asks what becomes of backups.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskFates {
    /// Ids, at most 500.
    pub backups: Vec<String>,
}

/// What becomes of one backup, with what a person said of it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupFateView {
    /// The project's id.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// Whether a policy says so; without one everything is kept.
    pub has_policy: bool,
    /// Why nothing is removed at this moment.
    pub pause: Option<String>,
    /// What becomes of it.
    pub fate: FateView,
    /// Why it is held, where it is.
    pub hold_reason: Option<String>,
    /// Who holds it.
    pub hold_who: Option<String>,
    /// Since when.
    pub held_at_ms: Option<Millis>,
    /// Until when a person wants it, and no longer.
    pub until_ms: Option<Millis>,
    /// When it goes, where that is within a week by a date that a person set.
    pub expires_ms: Option<Millis>,
}

/// Holds a backup until it is released.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HoldBackup {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// Why.
    pub reason: String,
}

/// Keeps a backup until a date, and no longer.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExpireBackup {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// Until when; absent takes the date away.
    pub until_ms: Option<Millis>,
}

/// What a person said of a backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeepingView {
    /// The backup.
    pub backup_id: String,
    /// Name of its project.
    pub project: String,
    /// Why it is held, where it is.
    pub hold_reason: Option<String>,
    /// Who holds it.
    pub hold_who: Option<String>,
    /// Since when.
    pub held_at_ms: Option<Millis>,
    /// Until when it is kept, and no longer.
    pub until_ms: Option<Millis>,
}

/// One line of a proposal: what would be set, why, and what of it is there already.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProposalLineView {
    /// Stable word: `backups`, `retention`, `drills`.
    pub id: String,
    /// What it sets: `Back up daily at 02:00`.
    pub title: String,
    /// Why that.
    pub because: String,
    /// The equivalent command line.
    pub command: String,
    /// What does that already, as a sentence.
    pub in_place: Option<String>,
    /// What it would take the place of, as a sentence.
    pub replaces: Option<String>,
    /// The schedule that it sets, where it is one: what is done.
    pub work: Option<WorkView>,
    /// The schedule that it sets, where it is one: when.
    pub rule: Option<RuleView>,
    /// The retention that it sets, where it is one.
    pub policy: Option<PolicyView>,
}

/// How a component stands that has a goal of its own.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComponentGoalView {
    /// Stable word: `database`, `storage`, `config`, `redis`, `logs`.
    #[specta(type = crate::words::ComponentWord)]
    pub component: String,
    /// For people, within a sentence.
    pub words: String,
    /// How old the newest verified backup with it may get.
    pub rpo_ms: Millis,
    /// The moment that this backup restores; absent while there is none.
    pub at_ms: Option<Millis>,
    /// Whether it is older than it may be, or is none.
    pub is_over: bool,
}

/// A component that can have a goal of its own.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComponentView {
    /// Stable word.
    #[specta(type = crate::words::ComponentWord)]
    pub component: String,
    /// For people, within a sentence.
    pub words: String,
}

/// Says how old the newest verified backup with a component in it may get.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetComponentGoal {
    /// Id or name of the project.
    pub project: String,
    /// The component: `database`, `storage`, `config`, `redis`, `logs`.
    #[specta(type = crate::words::ComponentWord)]
    pub component: String,
    /// How old; absent takes the goal away.
    pub rpo_ms: Option<Millis>,
}

/// What would hold a project's goals.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProposalView {
    /// When backups are made, in words: `daily at 02:00`.
    pub schedule: String,
    /// From one to the next.
    pub every_ms: Millis,
    /// The preset of retention.
    pub retention: String,
    /// That preset in one sentence.
    pub retention_words: String,
    /// How often a drill shows that backups come back.
    pub drill_every_ms: Millis,
    /// What is to be known, as sentences.
    pub notes: Vec<String>,
    /// The equivalent command lines.
    pub commands: Vec<String>,
    /// The same line by line, with what of it is there already.
    pub lines: Vec<ProposalLineView>,
}

/// What a project is held to, how it stands against that, and what would hold it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GoalStandingView {
    /// The project's id.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// What it is held to.
    #[serde(flatten)]
    pub goal: GoalView,
    /// How old the recovery point may get: the goal, or a day where nobody said one.
    pub recovery_goal_ms: Millis,
    /// How old it is.
    pub age_ms: Option<Millis>,
    /// How long it took to be back the last time.
    pub restore_ms: Option<Millis>,
    /// When the last drill of everything passed.
    pub drilled_at_ms: Option<Millis>,
    /// Components that have a goal of their own, and how each stands.
    pub components: Vec<ComponentGoalView>,
    /// Components that can have one.
    pub goal_components: Vec<ComponentView>,
    /// What would hold the goals.
    pub proposal: ProposalView,
}

/// The goals of a category of data, ready to take.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GoalPresetView {
    /// The goals.
    pub goal: GoalView,
    /// For people: `Financial data`.
    pub title: String,
}
