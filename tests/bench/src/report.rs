//! The rows: what was measured beside what, the budget, and whether it holds.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::bench::ROUNDS_OF_MINUTES_MAX;
use crate::measure::Cost;

const MIB: f64 = 1024.0 * 1024.0;
/// What stands for the rival where the budget is a number of its own.
const LIMIT: &str = "the limit";

/// Which figure of a run is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// Seconds of the clock.
    WallS,
    /// Seconds of processors.
    CpuS,
    /// Of these the program's own, without the server and `pg_dump`.
    OwnCpuS,
    /// Mebibytes of memory at the peak.
    PeakMib,
    /// Mebibytes that a repository grew by.
    AddedMib,
}

impl Figure {
    fn of(self, cost: &Cost) -> f64 {
        match self {
            Self::WallS => cost.wall_s,
            Self::CpuS => cost.cpu_s,
            Self::OwnCpuS => cost.own_s,
            Self::PeakMib => mib(cost.peak_bytes),
            Self::AddedMib => mib(cost.bytes_added),
        }
    }

    fn words(self, value: f64) -> String {
        match self {
            Self::WallS | Self::CpuS | Self::OwnCpuS if value < 0.1 => format!("{:.1} ms", value * 1000.0),
            Self::WallS | Self::CpuS | Self::OwnCpuS => format!("{value:.2} s"),
            Self::PeakMib | Self::AddedMib => format!("{value:.1} MiB"),
        }
    }
}

/// One program's medians.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Medians {
    /// The figure that is judged.
    figure: f64,
    wall_s: f64,
    cpu_s: f64,
    /// How often it was measured.
    runs: usize,
}

impl Medians {
    fn of(figure: Figure, costs: &[Cost]) -> Self {
        let over = |figure: Figure| median(&costs.iter().map(|cost| figure.of(cost)).collect::<Vec<_>>());
        Self {
            figure: over(figure),
            wall_s: over(Figure::WallS),
            cpu_s: over(Figure::CpuS),
            runs: costs.len(),
        }
    }

    /// Clock and processors, whatever is judged.
    fn beside(&self) -> String {
        format!("{:.2}/{:.2}", self.wall_s, self.cpu_s)
    }
}

/// One comparison.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    what: String,
    rival: String,
    figure: Figure,
    ours: Medians,
    /// Absent where the rival is a limit.
    theirs: Option<Medians>,
    /// The largest figure, where there is no rival.
    limit: Option<f64>,
    ratio: f64,
    /// The largest ratio; without one the row is for information.
    budget: Option<f64>,
    is_within: Option<bool>,
}

/// All rows of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    is_quick: bool,
    rounds: usize,
    /// The groups that were measured.
    groups: Vec<String>,
    /// Start and end.
    load_average: Vec<String>,
    processors: usize,
    versions: Vec<String>,
    rows: Vec<Row>,
    within: usize,
    over: usize,
}

impl Report {
    /// Without rows yet.
    pub(crate) fn new(is_quick: bool, rounds: usize, groups: Vec<String>, versions: Vec<String>) -> Self {
        Self {
            is_quick,
            rounds,
            groups,
            load_average: vec![load_average()],
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            versions,
            rows: Vec::new(),
            within: 0,
            over: 0,
        }
    }

    /// Judges a ratio.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        figure: Figure,
        ours: &[Cost],
        rival: &str,
        theirs: &[Cost],
        budget: Option<f64>,
    ) {
        let (ours, theirs) = (Medians::of(figure, ours), Medians::of(figure, theirs));
        let ratio = ratio(ours.figure, theirs.figure);
        self.push(Row {
            what: what.to_owned(),
            rival: rival.to_owned(),
            figure,
            ours,
            theirs: Some(theirs),
            limit: None,
            ratio,
            budget,
            is_within: None,
        });
    }

    /// Judges against the better of several rivals; the others are shown.
    pub(crate) fn compare_best(
        &mut self,
        what: &str,
        figure: Figure,
        ours: &[Cost],
        rivals: &[(&str, &[Cost])],
        budget: f64,
    ) {
        let median_of = |at: usize| Medians::of(figure, rivals[at].1).figure;
        let best = (0..rivals.len()).min_by(|&left, &right| median_of(left).total_cmp(&median_of(right)));
        for (at, (rival, theirs)) in rivals.iter().enumerate() {
            self.compare(what, figure, ours, rival, theirs, (best == Some(at)).then_some(budget));
        }
    }

    /// Judges against a fixed limit, in the figure's unit.
    pub(crate) fn limit(&mut self, what: &str, figure: Figure, costs: &[Cost], limit: f64) {
        let ours = Medians::of(figure, costs);
        self.push(Row {
            what: what.to_owned(),
            rival: LIMIT.to_owned(),
            figure,
            ours,
            theirs: None,
            limit: Some(limit),
            ratio: ratio(ours.figure, limit),
            budget: Some(1.0),
            is_within: None,
        });
    }

    fn push(&mut self, mut row: Row) {
        row.is_within = row.budget.map(|budget| row.ratio <= budget);
        match row.is_within {
            Some(true) => self.within += 1,
            Some(false) => self.over += 1,
            None => {}
        }
        self.rows.push(row);
    }

    /// Notes the load at the end.
    pub(crate) fn finish(&mut self) {
        self.load_average.push(load_average());
    }

    /// The table, closed by the line that scripts read.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mode = if self.is_quick {
            "a tenth of the data, start-up and key derivation subtracted"
        } else {
            "all of the data"
        };
        let _ = writeln!(text, "\n{mode}; medians of {}; {}", self.rounds_words(), self.groups.join(" "));
        let _ = writeln!(text, "{}", self.versions.join(", "));
        let load = self.load_average.join(" at the start, ") + " at the end";
        let _ = writeln!(text, "{} processors, load average {load}\n", self.processors);
        let _ = writeln!(
            text,
            "{:<32} {:<28} {:>10} {:>10} {:>5} {:>6} {:<6} {:>13} {:>13}",
            "what", "rival", "ours", "rival's", "ratio", "budget", "", "wall/CPU s", "rival's"
        );
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.text());
        }
        let _ = writeln!(text, "\n{} within budget, {} over", self.within, self.over);
        text
    }

    fn rounds_words(&self) -> String {
        let rounds = self.rounds;
        if rounds <= ROUNDS_OF_MINUTES_MAX {
            return rounds.to_string();
        }
        format!("{rounds}, of {ROUNDS_OF_MINUTES_MAX} for the scripts, verifications and restores")
    }

    /// Writes everything as JSON.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)?;
        std::fs::write(path, json).with_context(|| path.display().to_string())
    }
}

impl Row {
    fn text(&self) -> String {
        let theirs = self.limit.or(self.theirs.map(|theirs| theirs.figure)).unwrap_or_default();
        let budget = self.budget.map_or_else(|| "-".to_owned(), |budget| format!("{budget:.2}"));
        let verdict = match self.is_within {
            Some(true) => "within",
            Some(false) => "OVER",
            None => "",
        };
        format!(
            "{:<32} {:<28} {:>10} {:>10} {:>5.2} {budget:>6} {verdict:<6} {:>13} {:>13}",
            self.what,
            self.rival,
            self.figure.words(self.ours.figure),
            self.figure.words(theirs),
            self.ratio,
            self.ours.beside(),
            self.theirs.map_or_else(String::new, |theirs| theirs.beside()),
        )
    }
}

/// Bytes as mebibytes.
pub(crate) fn mib(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let bytes = bytes as f64;
    bytes / MIB
}

/// Nothing beside nothing is as good as it gets.
fn ratio(ours: f64, theirs: f64) -> f64 {
    if theirs > 0.0 { ours / theirs } else { f64::from(u8::from(ours > 0.0)) }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.is_empty() {
        return 0.0;
    }
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(seconds: f64) -> [Cost; 1] {
        [Cost { cpu_s: seconds, ..Cost::default() }]
    }

    fn report() -> Report {
        Report::new(true, 1, Vec::new(), Vec::new())
    }

    #[test]
    fn the_median_stands_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).abs() < 1e-9);
    }

    #[test]
    fn the_last_line_counts_what_is_judged() {
        let mut report = report();
        report.compare("a", Figure::CpuS, &cpu(1.0), "b", &cpu(4.0), Some(0.25));
        report.compare("a", Figure::CpuS, &cpu(1.1), "b", &cpu(4.0), Some(0.25));
        report.compare("a", Figure::CpuS, &cpu(9.0), "c", &cpu(4.0), None);
        report.limit("a", Figure::CpuS, &cpu(0.2), 0.1);
        report.finish();
        assert_eq!(report.text().lines().last(), Some("1 within budget, 2 over"));
    }

    #[test]
    fn of_several_rivals_the_better_one_is_the_measure() {
        let mut report = report();
        report.compare_best("a", Figure::CpuS, &cpu(2.0), &[("slow", &cpu(3.0)), ("fast", &cpu(1.5))], 1.0);
        assert_eq!(report.rows[0].is_within, None);
        assert_eq!((report.rows[1].rival.as_str(), report.rows[1].is_within), ("fast", Some(false)));
    }
}
