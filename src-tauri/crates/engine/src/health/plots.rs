//! Data of a project's plots; each is also shown as a table.

use super::check::SIZE_FLOOR;
use crate::engine::Engine;
use crate::figures::{Band, Off, POINTS_MAX, ROWS_FLOOR};
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::{Counted, DrillKind, PlotRecord, Sample, Verdict};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Longer spans are not plotted.
const DAYS_MAX: u32 = 366 * 5;
/// A plot has about a thousand pixels; more points say no more.
const POINTS_SHOWN: usize = 400;
/// More tables are not offered one by one.
const TABLES_SHOWN: usize = 500;
const DRILLS_SHOWN: u32 = 60;

/// For how long a backup was the newest verified one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryStretch {
    /// The backup.
    pub backup_id: String,
    /// Its moment: from then on it was the newest.
    pub from_ms: i64,
    /// Until the next one, or now.
    pub until_ms: i64,
    /// How old it got.
    pub oldest_ms: i64,
    /// Whether that is more than the goal allows.
    pub is_over: bool,
}

/// The size of one backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizePoint {
    /// The backup.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: i64,
    /// Bytes of all its parts.
    pub size_bytes: u64,
    /// Bytes that were new to the vault.
    pub added_bytes: u64,
    /// What was expected by those before it; absent where those were too few.
    pub band: Option<Band>,
    /// On which side of that it is.
    pub off: Option<Off>,
}

/// One drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillPoint {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at_ms: i64,
    /// From its beginning to the last check.
    pub rto_ms: Option<i64>,
    /// What came out.
    pub verdict: Verdict,
}

/// The rows of a table in one backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePoint {
    /// The backup.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: i64,
    /// Its rows; absent where the table was not there.
    pub rows: Option<u64>,
    /// What was expected.
    pub band: Option<Band>,
    /// On which side of that it is.
    pub off: Option<Off>,
}

/// The rows of one table over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSeries {
    /// `schema.table`.
    pub table: String,
    /// Oldest first.
    pub points: Vec<TablePoint>,
}

/// The plots of a project.
#[derive(Debug, Clone)]
pub struct Plots {
    /// The project.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// From when.
    pub since_ms: i64,
    /// Until when.
    pub now_ms: i64,
    /// How old its recovery point may get.
    pub recovery_goal_ms: i64,
    /// Within what time it has to be back, where somebody said so.
    pub restore_goal_ms: Option<i64>,
    /// Oldest first; the first may begin before `since_ms`.
    pub recovery: Vec<RecoveryStretch>,
    /// Oldest first.
    pub sizes: Vec<SizePoint>,
    /// Full drills, oldest first.
    pub drills: Vec<DrillPoint>,
    /// Tables of the newest backup and of those before: what stands out first, then the largest.
    pub tables: Vec<String>,
    /// The one that was asked for, else the first of them.
    pub table: Option<TableSeries>,
}

impl Engine {
    /// What the plots of a project show of the last `days`, and of one of its tables.
    ///
    /// # Errors
    /// `project_not_found`, or when the catalogue does not answer.
    #[crate::boxed]
    pub async fn health_plots(
        &self,
        project: &str,
        days: u32,
        table: Option<&str>,
    ) -> Result<Plots, Failure> {
        let catalog = &self.profile.catalog;
        let standing = self.standing(project).await?;
        let project = &standing.project;
        let now = now_ms();
        let since_ms = now - i64::from(days.clamp(1, DAYS_MAX)) * DAY_MS;
        let main = self.main_component(project).await?;
        let backups = catalog.plot_backups(&project.id, since_ms, main).await?;
        let goal = standing.recovery_goal_ms();
        let drills = catalog.drills(Some(&project.id), DRILLS_SHOWN).await?;
        let counted = catalog.counted(&project.id).await?;
        let newest = catalog.newest_seen(Some(&project.id), 0).await?.pop();
        let odd = newest.and_then(|newest| newest.odd).unwrap_or_default();
        let tables = names(&counted, odd.iter().map(|one| one.table.as_str()));
        let chosen = table.map(str::to_owned).or_else(|| tables.first().cloned());
        let drill = |drill: ledger::catalog::DrillRecord| DrillPoint {
            id: drill.id,
            at_ms: drill.started_at_ms,
            rto_ms: drill.rto_ms,
            verdict: drill.verdict,
        };
        let is_full = |drill: &ledger::catalog::DrillRecord| {
            drill.kind == DrillKind::Full && drill.started_at_ms >= since_ms
        };
        Ok(Plots {
            project_id: project.id.clone(),
            project: project.name.clone(),
            since_ms,
            now_ms: now,
            recovery_goal_ms: goal,
            restore_goal_ms: standing.goals.rto_ms,
            recovery: stretches(&backups, goal, now),
            sizes: sizes(&backups[backups.partition_point(|one| one.at_ms < since_ms)..]),
            drills: drills.into_iter().filter(is_full).rev().map(drill).collect(),
            table: chosen.map(|table| series(table, &counted)),
            tables,
        })
    }
}

/// The sawtooth: each backup that counts is the newest until the next one.
fn stretches(backups: &[PlotRecord], goal_ms: i64, now_ms: i64) -> Vec<RecoveryStretch> {
    let counting: Vec<&PlotRecord> = backups.iter().filter(|one| one.counts).collect();
    let mut stretches: Vec<RecoveryStretch> = Vec::with_capacity(counting.len());
    for (at, one) in counting.iter().enumerate() {
        let until_ms = counting.get(at + 1).map_or(now_ms, |next| next.at_ms).max(one.at_ms);
        let oldest_ms = until_ms - one.at_ms;
        stretches.push(RecoveryStretch {
            backup_id: one.id.clone(),
            from_ms: one.at_ms,
            until_ms,
            oldest_ms,
            is_over: oldest_ms > goal_ms,
        });
    }
    stretches
}

fn sizes(backups: &[PlotRecord]) -> Vec<SizePoint> {
    let bytes = |value: i64| u64::try_from(value).unwrap_or(0);
    let step = backups.len().div_ceil(POINTS_SHOWN).max(1);
    let last = backups.len().saturating_sub(1);
    let point = |(at, one): (usize, &PlotRecord)| {
        let earlier: Vec<Sample> = backups[..at]
            .iter()
            .rev()
            .filter(|other| {
                other.components == one.components && (other.level > 0 || other.last_proof.is_none())
            })
            .take(POINTS_MAX)
            .map(|other| Sample { at_ms: other.at_ms, value: bytes(other.size_bytes) })
            .collect();
        let band = Band::at(&earlier, one.at_ms, SIZE_FLOOR);
        SizePoint {
            backup_id: one.id.clone(),
            at_ms: one.at_ms,
            size_bytes: bytes(one.size_bytes),
            added_bytes: bytes(one.added_bytes),
            off: band.and_then(|band| band.off(bytes(one.size_bytes))),
            band,
        }
    };
    let is_shown = |(at, _): &(usize, &PlotRecord)| (last - at).is_multiple_of(step);
    backups.iter().enumerate().filter(is_shown).map(point).collect()
}

/// Tables by how much they are worth a look.
fn names<'a>(counted: &[(String, Counted)], odd: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = odd.map(str::to_owned).collect();
    let Some((_, newest)) = counted.first() else { return names };
    let mut others: Vec<(&String, &u64)> = newest.rows.iter().collect();
    others.sort_by(|(one, rows), (other, more)| more.cmp(rows).then_with(|| one.cmp(other)));
    for (name, _) in others {
        if names.len() >= TABLES_SHOWN {
            break;
        }
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The rows of a table, oldest first; `counted` is newest first.
fn series(table: String, counted: &[(String, Counted)]) -> TableSeries {
    let rows = |at: usize| counted[at].1.rows.get(&table).copied();
    let point = |at: usize| {
        let (backup_id, one) = &counted[at];
        let earlier: Vec<Sample> = (at + 1..counted.len())
            .filter_map(|before| Some(Sample { at_ms: counted[before].1.at_ms, value: rows(before)? }))
            .collect();
        let band = Band::at(&earlier, one.at_ms, ROWS_FLOOR);
        let off = band.zip(rows(at)).and_then(|(band, rows)| band.off(rows));
        TablePoint { backup_id: backup_id.clone(), at_ms: one.at_ms, rows: rows(at), band, off }
    };
    let points = (0..counted.len()).rev().map(point).collect();
    TableSeries { table, points }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn backup(hour: i64, size_bytes: i64, level: i64) -> PlotRecord {
        PlotRecord {
            id: format!("{hour}"),
            at_ms: hour * HOUR,
            size_bytes,
            added_bytes: 1,
            level,
            last_proof: Some(1),
            components: "database".into(),
            counts: level >= 2,
        }
    }

    #[test]
    fn the_sawtooth_falls_only_at_backups_that_count() {
        let backups = [backup(0, 1, 2), backup(10, 1, 1), backup(30, 1, 3), backup(31, 1, 0)];
        let seen = stretches(&backups, 24 * HOUR, 40 * HOUR);
        let ages: Vec<(i64, bool)> = seen.iter().map(|one| (one.oldest_ms / HOUR, one.is_over)).collect();
        assert_eq!(ages, [(30, true), (10, false)]);
    }

    #[test]
    fn the_odd_size_is_ringed_and_those_after_it_are_not() {
        let mut backups: Vec<PlotRecord> = (0..20).map(|day| backup(24 * day, 50_000_000, 2)).collect();
        backups[12].size_bytes = 9_000_000;
        let points = sizes(&backups);
        let odd: Vec<usize> = (0..20).filter(|at| points[*at].off.is_some()).collect();
        assert_eq!(odd, [12]);
        assert!(points[4].band.is_none() && points[5].band.is_some());
    }

    #[test]
    fn thousands_of_points_are_thinned_and_the_last_one_stays() {
        let points = sizes(&(0..5_000).map(|hour| backup(hour, 50_000_000, 2)).collect::<Vec<_>>());
        assert!(points.len() <= POINTS_SHOWN, "{}", points.len());
        assert_eq!(points.last().unwrap().backup_id, "4999");
    }
}
