//! Estimates the restore time of a backup: its project's last drill, scaled by bytes; without a drill, a
//! guess from the size that is marked as one.

use serde::{Deserialize, Serialize};

use super::verify::last_of_each;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use base::words::{bytes_words, moment_words};
use ledger::catalog::{BackupRecord, ProofRecord};

/// Basis of the guess: a small server restores a dump this fast, including indexes and checks.
const GUESS_BYTES_PER_SECOND: u64 = 20_000_000;
/// Until a private server runs.
const GUESS_START_MS: i64 = 5_000;
/// However little comes back, it takes some time.
const GUESS_MIN_MS: i64 = 1_000;
/// Phases that take as long for a small backup as for a large one.
const FIXED: [&str; 2] = ["preflight", SERVER];
/// The one in which a private server is made, which a restore onto another server does without.
const SERVER: &str = "server";
/// Comes after the last check, and delays nobody.
const AFTER: &str = "clean";

/// How long it would take, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// From the beginning to the last check.
    pub ms: i64,
    /// Whether nothing was measured.
    pub is_guess: bool,
    /// What it goes by, as a sentence.
    pub basis: String,
}

/// Where something would be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A private server that is made for it.
    Private,
    /// A server that runs.
    Running,
}

/// How one backup is proven, level by level, and how long a drill of it would take.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The backup.
    pub backup_id: String,
    /// What came out last, one entry per level that was tried, the lowest first.
    pub proofs: Vec<ProofRecord>,
    /// How long a drill of it would take.
    pub drill: Estimate,
}

/// What is read of a drill's report.
#[derive(Debug, Default, Deserialize)]
struct Measured {
    phases: Vec<MeasuredPhase>,
    /// Bytes of the backup that came back; absent in reports of older versions.
    #[serde(default)]
    bytes: u64,
}

#[derive(Debug, Deserialize)]
struct MeasuredPhase {
    id: String,
    elapsed_ms: i64,
}

impl Engine {
    /// How these backups are proven, and how long a drill of each would take. Those that are gone are left out.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    #[crate::boxed]
    pub async fn proof_standings(&self, backups: &[String]) -> Result<Vec<Standing>, Failure> {
        let mut standings = Vec::with_capacity(backups.len());
        for backup in backups {
            let record = match self.profile.archive.find(backup).await {
                Ok(record) => record,
                Err(failure) if failure.code == Code::BackupNotFound => continue,
                Err(failure) => return Err(failure),
            };
            let bytes = u64::try_from(record.size_bytes).unwrap_or(0);
            let drill = self.estimate(&record.project_id, bytes, Place::Private).await?;
            let proofs = last_of_each(self.profile.catalog.proofs(&record.id).await?);
            standings.push(Standing { backup_id: record.id, proofs, drill });
        }
        Ok(standings)
    }

    /// How long it would take until so many bytes of a project are back and checked.
    pub(crate) async fn estimate(
        &self,
        project_id: &str,
        bytes: u64,
        place: Place,
    ) -> Result<Estimate, Failure> {
        let catalog = &self.profile.catalog;
        let Some(drill) = catalog.last_measured_drill(project_id).await? else {
            return Ok(guess(bytes, place));
        };
        let (Some(rto_ms), Ok(measured)) = (drill.rto_ms, serde_json::from_str::<Measured>(&drill.report))
        else {
            return Ok(guess(bytes, place));
        };
        let of_backup = |backup: BackupRecord| u64::try_from(backup.size_bytes).unwrap_or(0);
        let then = match measured.bytes {
            0 => catalog.backups_by_prefix(&drill.backup_id).await?.pop().map_or(0, of_backup),
            bytes => bytes,
        };
        let when = moment_words(drill.started_at_ms);
        let basis = if then == 0 || then == bytes {
            format!("As the drill of {when} took.")
        } else {
            format!(
                "As the drill of {when} took, scaled from {} to {}.",
                bytes_words(then),
                bytes_words(bytes)
            )
        };
        let ms = if then == 0 { rto_ms } else { scaled(&measured.phases, rto_ms, then, bytes) };
        let server: i64 =
            measured.phases.iter().filter(|phase| phase.id == SERVER).map(|phase| phase.elapsed_ms).sum();
        let ms = if place == Place::Running { (ms - server).max(0) } else { ms };
        Ok(Estimate { ms, is_guess: false, basis })
    }
}

/// What does not depend on the size stays; the rest grows with the bytes.
fn scaled(phases: &[MeasuredPhase], rto_ms: i64, then: u64, now: u64) -> i64 {
    let of = |phase: &&MeasuredPhase| FIXED.contains(&phase.id.as_str());
    let fixed: i64 = phases.iter().filter(of).map(|phase| phase.elapsed_ms).sum();
    let whole: i64 = phases.iter().filter(|phase| phase.id != AFTER).map(|phase| phase.elapsed_ms).sum();
    // What passed between phases is no less true.
    let moving = rto_ms.max(whole).saturating_sub(fixed).max(0);
    let grown = i128::from(moving) * i128::from(now) / i128::from(then.max(1));
    fixed.saturating_add(i64::try_from(grown).unwrap_or(i64::MAX))
}

/// How long it would take, where nothing was measured.
pub(crate) fn guess(bytes: u64, place: Place) -> Estimate {
    let ms = i64::try_from(bytes.saturating_mul(1000) / GUESS_BYTES_PER_SECOND).unwrap_or(i64::MAX);
    let (start, words) = match place {
        Place::Private => {
            (GUESS_START_MS, format!(", and {} seconds for a private Postgres", GUESS_START_MS / 1000))
        }
        Place::Running => (0, String::new()),
    };
    Estimate {
        ms: ms.saturating_add(start).max(GUESS_MIN_MS),
        is_guess: true,
        basis: format!(
            "A guess: no drill of this project was measured yet. It goes by {} each second{words}.",
            bytes_words(GUESS_BYTES_PER_SECOND),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(all: &[(&str, i64)]) -> Vec<MeasuredPhase> {
        all.iter()
            .map(|(id, elapsed_ms)| MeasuredPhase { id: (*id).to_owned(), elapsed_ms: *elapsed_ms })
            .collect()
    }

    #[test]
    fn what_depends_on_the_size_grows_with_it_and_the_start_of_a_server_does_not() {
        let measured = phases(&[
            ("preflight", 100),
            ("server", 2_900),
            ("rows", 6_000),
            ("check", 1_000),
            ("clean", 500),
        ]);
        assert_eq!(scaled(&measured, 10_000, 1_000, 1_000), 10_000);
        assert_eq!(scaled(&measured, 10_000, 1_000, 3_000), 3_000 + 21_000);
        assert_eq!(scaled(&measured, 10_000, 1_000, 0), 3_000);
    }

    #[test]
    fn a_guess_says_that_it_is_one() {
        let guessed = guess(1_200_000_000, Place::Private);
        assert_eq!((guessed.ms, guessed.is_guess), (65_000, true));
        assert!(guessed.basis.starts_with("A guess:"), "{}", guessed.basis);
        assert_eq!(guess(1_200_000_000, Place::Running).ms, 60_000);
        assert!(guess(u64::MAX, Place::Private).ms > 0);
    }
}
