//! What each backup of a project counts for in retention.

use super::decide::Candidate;
use ledger::component::{Component, Components};
use ledger::point::{self, Link, Seen};

/// What backups count for, in their order.
pub(super) struct Worth {
    /// What each is a recovery point of.
    pub(super) counts: Vec<Components>,
    /// What each holds with all that it needs, its bytes proven at least.
    pub(super) proven: Vec<Components>,
    /// What its keeping is about: what it holds, or everything where it holds nothing that is known.
    pub(super) about: Vec<Components>,
    /// All that any of them is about.
    pub(super) all: Components,
    /// The backups that each is nothing without.
    pub(super) needs: Vec<Vec<usize>>,
}

impl Worth {
    pub(super) fn of(backups: &[&Candidate], now_ms: i64) -> Self {
        let links: Vec<Link<'_>> = backups.iter().map(|one| link(one)).collect();
        let believed = |(one, whole): (&&Candidate, Components)| {
            if one.is_dated_later(now_ms) { Components::NONE } else { whole }
        };
        let proven: Vec<Components> = backups.iter().zip(point::wholes(&links)).map(believed).collect();
        let counts =
            backups.iter().zip(&proven).map(|(one, whole)| point::proven_of(*whole, one.level)).collect();
        let held = backups.iter().map(|one| one.holds).fold(Components::NONE, Components::either);
        let all = if held.is_empty() { Components::NONE.with(Component::Database) } else { held };
        let about = backups.iter().map(|one| if one.holds.is_empty() { all } else { one.holds }).collect();
        Self { counts, proven, about, all, needs: point::needed(&links) }
    }
}

/// What these backups say of the components of their project, as the catalogue would.
pub(super) fn seen(backups: &[Candidate], now_ms: i64) -> Seen {
    let all: Vec<&Candidate> = backups.iter().collect();
    let mut seen = Seen::default();
    for (one, counts) in all.iter().zip(Worth::of(&all, now_ms).counts) {
        seen.see(counts, &one.id, one.at_ms, point::is_from_source(one.remote_id.as_deref()));
    }
    seen
}

fn link(one: &Candidate) -> Link<'_> {
    Link {
        id: &one.id,
        remote_id: one.remote_id.as_deref(),
        needs_id: one.needs_id.as_deref(),
        at_ms: one.at_ms,
        holds: one.holds,
        stands: one.level.is_some() && !one.restore_failed && one.held_back.is_none(),
    }
}
