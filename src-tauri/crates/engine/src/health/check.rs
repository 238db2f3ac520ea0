//! The checks: one file each, each a pure function of the gathered facts.

mod capacity;
mod channel;
mod clock;
mod copies;
mod coverage;
mod expiry;
mod integrity;
mod job;
mod kit;
mod proof;
mod recovery_point;
mod remote;
mod replica;
mod reread;
mod restore_time;
mod rows;
mod schedule;
mod size;

use super::facts::ProjectFacts;
use super::finding::Finding;

pub(crate) use capacity::{capacity, scratch_space};
pub(crate) use channel::channels;
pub(crate) use copies::count as count_copies;
pub use copies::{Copies, CopyPlace, Elsewhere};
pub(crate) use job::stuck;
pub(crate) use kit::kit;
pub(crate) use replica::replica;
pub(crate) use reread::reread;
pub(crate) use size::SIZE_FLOOR;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Everything about one project. One that is not protected any more is held to nothing.
pub(crate) fn project(facts: &ProjectFacts) -> Vec<Finding> {
    if facts.standing.project.is_archived {
        return Vec::new();
    }
    let mut findings = vec![recovery_point::check(facts)];
    // Before the first backup there is nothing else to look at.
    if facts.standing.backups > 0 {
        findings.push(integrity::check(facts));
        findings.push(proof::check(facts));
        findings.extend(restore_time::check(facts));
        findings.extend(size::check(facts));
        findings.extend(rows::check(facts));
        findings.push(copies::check(facts));
        findings.extend(expiry::check(facts));
        findings.extend(clock::check(facts));
        findings.extend(coverage::check(facts));
    }
    findings.extend(remote::check(facts));
    findings.extend(schedule::check(facts));
    findings.extend(job::check(facts));
    findings
}

#[cfg(test)]
pub(crate) mod testing {
    //! A project that is well, to be made ill in one way.

    use crate::health::facts::{JobSeen, PlaceSeen, PlacesSeen, ProjectFacts};
    use crate::medium::Medium;
    use crate::project::ProjectStanding;
    use ledger::catalog::{
        Goals, JobRecord, JobState, Label, NewestSeen, ProjectRecord, ProofLevel, ProofRecord, Unproven,
        Verdict,
    };
    use ledger::component::Components;

    /// A day in November.
    pub(crate) const NOW: i64 = 1_795_000_000_000;
    pub(crate) const HOUR: i64 = 3_600_000;

    pub(crate) fn proof(level: ProofLevel, verdict: Verdict, age_ms: i64) -> ProofRecord {
        ProofRecord {
            backup_id: "b1".repeat(32),
            store: "vault".into(),
            level,
            verdict,
            at_ms: NOW - age_ms,
            elapsed_ms: 1_000,
            reason: "it was read".into(),
        }
    }

    pub(crate) fn unproven(level: ProofLevel, verdict: Verdict, age_ms: i64) -> Unproven {
        let proof = proof(level, verdict, age_ms);
        Unproven { project_id: "p".into(), at_ms: NOW - age_ms, proof }
    }

    pub(crate) fn well() -> ProjectFacts {
        let project = ProjectRecord {
            id: "p".into(),
            name: "shop".into(),
            label: Label::Production,
            is_sample: false,
            is_archived: false,
            connection: None,
            platform: None,
            parts: Components::NONE,
            has_password: false,
            server_version: None,
            acknowledged_at_ms: 0,
            created_at_ms: 0,
        };
        // Held to goals, as a project that Holdfast reads is.
        let connection = postgres::connection::parse("postgres://u@h/d").unwrap();
        let project = ProjectRecord { connection: Some(connection.settings), ..project };
        let standing = ProjectStanding {
            project,
            goals: Goals::default(),
            components: Vec::new(),
            points: ledger::point::RecoveryPoints::default(),
            recovery_point: Some(("b1".repeat(32), NOW - 2 * HOUR)),
            is_kit_confirmed: true,
            best_proof: Some(proof(ProofLevel::Restored, Verdict::Pass, HOUR)),
            newest_proof: Some(proof(ProofLevel::Readable, Verdict::Pass, HOUR)),
            restore_ms: Some(60_000),
            days: Vec::new(),
            coverage: ledger::coverage::Coverage::default(),
            backups: 9,
            newest_bytes: Some(1_000_000),
            job: None,
            failure: None,
        };
        let newest = NewestSeen {
            project_id: "p".into(),
            backup_id: "b1".repeat(32),
            at_ms: NOW - 2 * HOUR,
            size_bytes: 1_000_000,
            odd: Some(Vec::new()),
            counted_before: 9,
            clock_skew_ms: Some(40),
            drilled_ms: Some(NOW - 3 * HOUR),
            drilled_whole_ms: Some(NOW - 3 * HOUR),
            ..NewestSeen::default()
        };
        ProjectFacts {
            now_ms: NOW,
            standing,
            newest: Some(newest),
            unproven: Vec::new(),
            expiring: Vec::new(),
            going_there: Vec::new(),
            usual_before: None,
            schedules: Vec::new(),
            jobs: Vec::new(),
            places: places(),
        }
    }

    /// The original on a server that answered an hour ago, and the vault on this computer.
    pub(crate) fn places() -> PlacesSeen {
        PlacesSeen {
            original_ms: Some(NOW - HOUR),
            original: Some(Medium::of_host("db.example")),
            vault: Some(PlaceSeen {
                name: "Anchor".into(),
                medium: Some(Medium::of_host("localhost")),
                declared: None,
            }),
            replicas: Vec::new(),
        }
    }

    pub(crate) fn job(state: JobState, created_ms: i64) -> JobSeen {
        let record = JobRecord {
            id: "j".repeat(32),
            kind: ledger::job::JobKind::Backup,
            title: "Backing up shop".into(),
            sentence: String::new(),
            project_id: Some("p".into()),
            writes_vault: true,
            trigger: ledger::job::Trigger::Window,
            state,
            process: "process".into(),
            cancel_asked: false,
            created_at_ms: created_ms,
            started_at_ms: (state == JobState::Running).then_some(created_ms),
            finished_at_ms: None,
            outcome: None,
            progress: String::new(),
            failure: None,
            result: None,
        };
        JobSeen { record, progress: None, is_dead: false, waits_for: None }
    }
}
