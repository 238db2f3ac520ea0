//! The recovery point of a project: of each of its components, and of the whole.
//!
//! A backup is a recovery point of the components that it holds, together with the backup that it needs, and that are
//! proven: a database once it is readable, files once every byte is. Nothing that lacks a component moves the recovery
//! point of that component, whenever it was made.
//!
//! The recovery point of a project is that of the component that is next over its goal: the oldest, where no
//! component has a goal of its own. Which components a project is expected to have:
//!
//! - With a connection or a platform: its database; what Holdfast reads beside it; what came from a platform together
//!   with the database in one backup (stored files, configuration, Redis), whatever was fetched alone since; and what has
//!   a goal of its own. Logs of a platform are expected for a goal alone, and so is what somebody dropped as a file.
//! - Without either: what Holdfast reads of it.
//! - Without anything to read, as with imported files: what its backups hold; logs where they hold nothing else.
//!
//! A project with a source and no backup of its database has no recovery point, however many files and documents were
//! fetched. A component that is expected for its goal alone and that no backup holds is over its goal.

use std::collections::{HashMap, HashSet};

use crate::catalog::{ComponentGoal, Goals, ProofLevel};
use crate::component::{Component, Components};

/// How old the recovery point of a project may get, where nobody said another age.
pub const RECOVERY_GOAL_MS: i64 = 24 * 60 * 60 * 1000;

/// What of a backup counts although only its bytes are proven: of files nothing more can be shown.
const ENOUGH_BY_BYTES: Components =
    Components::NONE.with(Component::Files).with(Component::Configuration).with(Component::Logs);

/// A backup that something can be brought back from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Point {
    /// The backup.
    pub backup_id: String,
    /// The moment that it restores (UTC milliseconds).
    pub at_ms: i64,
}

/// The recovery point of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentPoint {
    /// The component.
    pub component: Component,
    /// The newest backup that counts for it; absent while there is none.
    pub point: Option<Point>,
    /// How old that may get (milliseconds): its own goal, or the project's.
    pub goal_ms: i64,
}

impl ComponentPoint {
    /// Whether it is older than it may be, or there is none.
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.point.as_ref().is_none_or(|point| now_ms - point.at_ms > self.goal_ms)
    }

    /// When it is over its goal; absent where there is none.
    fn due_ms(&self) -> Option<i64> {
        self.point.as_ref().map(|point| point.at_ms.saturating_add(self.goal_ms))
    }
}

/// What backups of a project say of its components.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest backup that counts for each component, in the order of [`Component::ALL`].
    pub newest: [Option<Point>; Component::ALL.len()],
    /// Components that a backup from the source of the project held together with the database.
    pub with_database: Components,
}

/// How old the recovery points of a project may get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointGoals {
    /// What of the project may be lost at most (milliseconds).
    pub project_ms: i64,
    /// Components with a goal of their own.
    pub own: Vec<(Component, i64)>,
}

impl PointGoals {
    /// Those of a project that is held to this, and its components to that.
    pub fn of_project(goals: &Goals, own: &[ComponentGoal]) -> Self {
        let project_ms = goals.rpo_ms.unwrap_or(RECOVERY_GOAL_MS);
        Self { project_ms, own: own.iter().map(|one| (one.component, one.rpo_ms)).collect() }
    }

    fn of(&self, component: Component) -> Option<i64> {
        self.own.iter().find(|(one, _)| *one == component).map(|(_, goal_ms)| *goal_ms)
    }
}

/// What a project has, of which there are to be backups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expects {
    /// A database: Holdfast reaches it, or its platform backs it up.
    pub database: bool,
    /// A platform, which gives more than Holdfast knows beforehand.
    pub platform: bool,
    /// What Holdfast reads by itself beside the database.
    pub parts: Components,
}

impl Expects {
    /// What a project on a platform is expected to have.
    pub const PLATFORM: Self = Self { database: true, platform: true, parts: Components::NONE };
    /// Imported files alone.
    pub const NOTHING: Self = Self { database: false, platform: false, parts: Components::NONE };
}

/// The recovery points of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryPoints {
    /// Of the components that it is expected to have, in their order.
    pub components: Vec<ComponentPoint>,
    expects: Expects,
    with_own_goal: Components,
}

impl RecoveryPoints {
    /// Of a project that has this, with these goals and these backups.
    pub fn of(seen: Seen, expects: Expects, goals: &PointGoals) -> Self {
        let with_own_goal: Components = goals.own.iter().map(|(component, _)| *component).collect();
        let expected = seen.expected(expects).either(with_own_goal);
        let components = Component::ALL
            .into_iter()
            .zip(seen.newest)
            .filter(|(component, _)| expected.contains(*component))
            .map(|(component, point)| {
                let goal_ms = goals.of(component).unwrap_or(goals.project_ms);
                ComponentPoint { component, point, goal_ms }
            })
            .collect();
        Self { components, expects, with_own_goal }
    }

    /// The recovery point of the project: that of the component that is next over its goal, or went over it first.
    pub fn project(&self) -> Option<&ComponentPoint> {
        let lacks_database =
            self.components.iter().any(|one| one.component == Component::Database && one.point.is_none());
        if self.expects.database && lacks_database {
            return None;
        }
        self.components.iter().filter(|one| one.point.is_some()).min_by_key(|one| one.due_ms())
    }

    /// The component that is over its goal by the most; one that no backup holds comes first. Before the project has a
    /// recovery point none is: then it has none.
    pub fn over(&self, now_ms: i64) -> Option<&ComponentPoint> {
        self.project()?;
        let over = self.components.iter().filter(|one| one.is_over(now_ms));
        over.min_by_key(|one| one.due_ms().unwrap_or(i64::MIN))
    }

    /// Whether this component has a goal of its own.
    pub fn has_own_goal(&self, component: Component) -> bool {
        self.with_own_goal.contains(component)
    }

    /// Whether the project's recovery point is of a part of it, and other parts of it are younger.
    pub fn is_of_a_part(&self) -> bool {
        let at = |one: &ComponentPoint| one.point.as_ref().map(|point| point.at_ms);
        self.project().is_some_and(|oldest| self.components.iter().any(|one| at(one) != at(oldest)))
    }

    /// How old the recovery point of the project may get: the goal of the component that it is of.
    pub fn goal_ms(&self) -> Option<i64> {
        self.project().map(|one| one.goal_ms)
    }
}

impl Seen {
    /// What is known where each of these counts for so much.
    #[cfg(test)]
    pub fn of(points: &[(Components, &str, i64)]) -> Self {
        let mut seen = Self::default();
        for (counts, id, at_ms) in points {
            seen.see(*counts, id, *at_ms, true);
        }
        seen
    }

    /// Takes a backup in that counts for these components.
    pub fn see(&mut self, counts: Components, backup_id: &str, at_ms: i64, is_from_source: bool) {
        for (component, newest) in Component::ALL.into_iter().zip(&mut self.newest) {
            let is_newer = newest
                .as_ref()
                .is_none_or(|point| (at_ms, point.backup_id.as_str()) > (point.at_ms, backup_id));
            if counts.contains(component) && is_newer {
                *newest = Some(Point { backup_id: backup_id.to_owned(), at_ms });
            }
        }
        if is_from_source && counts.contains(Component::Database) {
            self.with_database = self.with_database.either(counts);
        }
    }

    /// The newest backup that counts for a component.
    pub fn newest(&self, component: Component) -> Option<&Point> {
        let newest = Component::ALL.into_iter().zip(&self.newest);
        newest.filter(|(one, _)| *one == component).find_map(|(_, point)| point.as_ref())
    }

    fn expected(&self, expects: Expects) -> Components {
        let logs = Components::NONE.with(Component::Logs);
        let Expects { database, platform, parts } = expects;
        if database {
            let given = if platform { self.with_database.without(logs) } else { Components::NONE };
            return given.with(Component::Database).either(parts);
        }
        if !parts.is_empty() {
            return parts;
        }
        let held = Component::ALL.into_iter().zip(&self.newest).filter(|(_, point)| point.is_some());
        let held: Components = held.map(|(component, _)| component).collect();
        let beside_logs = held.without(logs);
        if beside_logs.is_empty() { held } else { beside_logs }
    }
}

/// What is proven of what a backup holds, at the level that stands.
pub fn proven_of(whole: Components, level: Option<ProofLevel>) -> Components {
    match level {
        None => Components::NONE,
        Some(ProofLevel::Bytes) => whole.both(ENOUGH_BY_BYTES),
        Some(ProofLevel::Readable | ProofLevel::Restored) => whole,
    }
}

/// Whether a backup came from the source of its project, and not as a file that somebody gave.
pub fn is_from_source(remote_id: Option<&str>) -> bool {
    remote_id.is_none_or(|id| !id.starts_with("sha256:"))
}

/// A backup, as far as others need it or it needs them.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The backup.
    pub id: &'a str,
    /// Its id at its platform.
    pub remote_id: Option<&'a str>,
    /// The id, here or at the platform, of the backup that it is nothing without.
    pub needs_id: Option<&'a str>,
    /// The moment that it restores (UTC milliseconds).
    pub at_ms: i64,
    /// The components that it holds.
    pub holds: Components,
    /// Whether it can be a recovery point: its bytes are proven, its last restore did not fail, and it is not
    /// held back.
    pub stands: bool,
}

/// The components of each backup together with everything it needs, in their order: empty if that is missing,
/// dated later, or not proven. Same as the catalogue's view `proven`.
pub fn wholes(backups: &[Link<'_>]) -> Vec<Components> {
    let named = by_name(backups);
    let whole = |at: usize| {
        let this = &backups[at];
        if !this.stands {
            return Components::NONE;
        }
        let mut best = 0_i64;
        let mut seen: HashSet<(usize, Components)> = HashSet::new();
        let mut open = vec![(at, this.holds)];
        while let Some((from, holds)) = open.pop() {
            let Some(needs) = backups[from].needs_id else {
                best = best.max(holds.into());
                continue;
            };
            for next in named.get(needs).into_iter().flatten().copied() {
                let other = &backups[next];
                let is_usable = next != at && other.stands && other.at_ms <= backups[from].at_ms;
                let step = (next, holds.both(other.holds));
                if is_usable && seen.insert(step) {
                    open.push(step);
                }
            }
        }
        Components::from(best)
    };
    (0..backups.len()).map(whole).collect()
}

/// Those that each of these needs, directly, in their order.
pub fn needed(backups: &[Link<'_>]) -> Vec<Vec<usize>> {
    let named = by_name(backups);
    let needs = |at: usize| {
        let named = backups[at].needs_id.and_then(|needs| named.get(needs));
        named.into_iter().flatten().copied().filter(|other| *other != at).collect()
    };
    (0..backups.len()).map(needs).collect()
}

/// By their ids, and by their ids at their platform.
fn by_name<'a>(backups: &[Link<'a>]) -> HashMap<&'a str, Vec<usize>> {
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, backup) in backups.iter().enumerate() {
        for name in [Some(backup.id), backup.remote_id].into_iter().flatten() {
            named.entry(name).or_default().push(at);
        }
    }
    named
}

#[cfg(test)]
mod tests;
