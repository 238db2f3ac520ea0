//! What is left of the last section, by who makes it and when.
//!
//! Indexes are built with the rights of their table's owner, whoever asks. A check that is added to rows that
//! are there runs as whoever adds it, and an event trigger as whoever does anything after it.

use std::collections::HashSet;

use crate::custom_format::{Section, Toc};

/// What no error may be expected of, but for the owners of views. Several workers write into each other's messages; so
/// what may fail and be known is made by one.
const WITHOUT_ROLES: [&str; 8] =
    ["CONSTRAINT", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "MATERIALIZED VIEW", "RULE", "TRIGGER", "VIEW"];
/// What of them belongs to somebody by a statement of its own.
const OWNED: [&str; 2] = ["MATERIALIZED VIEW", "VIEW"];
/// Views are filled when everything is there that they may be kept from.
const REFRESHED: [&str; 1] = ["MATERIALIZED VIEW DATA"];

/// The rest of the last section.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stages {
    /// Nothing of what follows the first is there: one list for all.
    pub(super) is_plain: bool,
    /// By the role that makes the structure, several at once.
    pub(super) first: Vec<i64>,
    /// There is a view among the first, whose owner may be missing: of several workers nothing else is known.
    pub(super) has_owners: bool,
    /// What names roles: policies, publications, rights to come. By one worker.
    pub(super) alone: Vec<i64>,
    /// Materialised views.
    pub(super) refreshed: Vec<i64>,
    /// Checks, by the role that stands for the owners.
    pub(super) checks: Vec<i64>,
    /// Event triggers, when nobody makes anything any more.
    pub(super) last: Vec<i64>,
}

impl Stages {
    /// All of the last section but what was built.
    pub(super) fn of(toc: &Toc, built: &HashSet<i64>) -> Self {
        let mut stages = Self::default();
        let all = toc.entries.iter().filter(|entry| entry.section == Section::PostData);
        for entry in all.filter(|entry| !built.contains(&entry.dump_id)) {
            // A comment goes with its object.
            let needs = |ids: &[i64]| entry.dependencies.iter().any(|id| ids.contains(id));
            let place = match entry.kind.as_str() {
                "EVENT TRIGGER" => &mut stages.last,
                "CHECK CONSTRAINT" => &mut stages.checks,
                "COMMENT" | "SECURITY LABEL" if needs(&stages.last) => &mut stages.last,
                "COMMENT" | "SECURITY LABEL" if needs(&stages.checks) => &mut stages.checks,
                "COMMENT" if !needs(&stages.alone) => &mut stages.first,
                kind if WITHOUT_ROLES.contains(&kind) => &mut stages.first,
                kind if REFRESHED.contains(&kind) => &mut stages.refreshed,
                _ => &mut stages.alone,
            };
            place.push(entry.dump_id);
            stages.has_owners |= OWNED.contains(&entry.kind.as_str());
        }
        stages.is_plain = [&stages.alone, &stages.refreshed, &stages.checks, &stages.last]
            .iter()
            .all(|stage| stage.is_empty());
        stages
    }
}
