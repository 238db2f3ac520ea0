//! What is left of the last section, by who makes it and when.
//!
//! Indexes are built with the rights of their table's owner, whoever asks. A check that is added to rows that
//! are there runs as whoever adds it, and an event trigger as whoever does anything after it.

use std::collections::HashSet;

use crate::source::postgres::custom_format::{Section, Toc};

/// The rest of the last section.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stages {
    /// Nothing of what follows is there: one list for all.
    pub(super) is_plain: bool,
    /// By the role that makes the structure.
    pub(super) first: Vec<i64>,
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
                _ => &mut stages.first,
            };
            place.push(entry.dump_id);
        }
        stages.is_plain = stages.checks.is_empty() && stages.last.is_empty();
        stages
    }
}
