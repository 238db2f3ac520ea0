//! The rows: what was measured beside what, the budget, and whether it holds.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

const MIB: f64 = 1024.0 * 1024.0;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Seconds of the clock.
    WallS,
    /// Seconds of processors.
    CpuS,
    /// Mebibytes.
    Mib,
}

/// One comparison; medians.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    what: String,
    rival: String,
    unit: Unit,
    ours: f64,
    /// The rival's figure, or the limit itself.
    theirs: f64,
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
    /// Start and end.
    load_average: Vec<String>,
    versions: Vec<String>,
    rows: Vec<Row>,
    within: usize,
    over: usize,
}

impl Report {
    /// Without rows yet.
    pub(crate) fn new(is_quick: bool, rounds: usize, versions: Vec<String>) -> Self {
        let load_average = vec![load_average()];
        Self { is_quick, rounds, load_average, versions, rows: Vec::new(), within: 0, over: 0 }
    }

    /// Judges a ratio.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        unit: Unit,
        ours: &[f64],
        rival: &str,
        theirs: &[f64],
        budget: Option<f64>,
    ) {
        let (ours, theirs) = (median(ours), median(theirs));
        // Nothing beside nothing is as good as it gets.
        let ratio = if theirs > 0.0 { ours / theirs } else { f64::from(u8::from(ours > 0.0)) };
        let is_within = budget.map(|budget| ratio <= budget);
        match is_within {
            Some(true) => self.within += 1,
            Some(false) => self.over += 1,
            None => {}
        }
        let (what, rival) = (what.to_owned(), rival.to_owned());
        self.rows.push(Row { what, rival, unit, ours, theirs, ratio, budget, is_within });
    }

    /// Judges memory against a fixed limit.
    pub(crate) fn limit_memory(&mut self, what: &str, peaks: &[f64], limit_mib: f64) {
        self.compare(what, Unit::Mib, peaks, "the limit", &[limit_mib], Some(1.0));
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
        let _ = writeln!(text, "\n{mode}; median of {}; {}", self.rounds, self.versions.join(", "));
        let _ =
            writeln!(text, "load average: {}\n", self.load_average.join(" at the start, ") + " at the end");
        let header = ["what", "rival", "ours", "rival's", "ratio", "budget"];
        let _ = writeln!(
            text,
            "{:<36} {:<30} {:>10} {:>10} {:>6} {:>6}",
            header[0], header[1], header[2], header[3], header[4], header[5]
        );
        for row in &self.rows {
            let figure = |value: f64| match row.unit {
                Unit::WallS | Unit::CpuS => format!("{value:.2} s"),
                Unit::Mib => format!("{value:.1} MiB"),
            };
            let budget = row.budget.map_or_else(|| "-".to_owned(), |budget| format!("{budget:.2}"));
            let verdict = match row.is_within {
                Some(true) => "within",
                Some(false) => "OVER",
                None => "",
            };
            let (ours, theirs) = (figure(row.ours), figure(row.theirs));
            let _ = writeln!(
                text,
                "{:<36} {:<30} {ours:>10} {theirs:>10} {:>6.2} {budget:>6} {verdict}",
                row.what, row.rival, row.ratio
            );
        }
        let _ = writeln!(text, "\n{} within budget, {} over", self.within, self.over);
        text
    }

    /// Writes everything as JSON.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)?;
        std::fs::write(path, json).with_context(|| path.display().to_string())
    }
}

/// Bytes as mebibytes.
pub(crate) fn mib(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let bytes = bytes as f64;
    bytes / MIB
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

    #[test]
    fn the_median_stands_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).abs() < 1e-9);
    }

    #[test]
    fn the_last_line_counts_what_is_judged() {
        let mut report = Report::new(true, 1, Vec::new());
        report.compare("a", Unit::CpuS, &[1.0], "b", &[4.0], Some(0.25));
        report.compare("a", Unit::CpuS, &[1.1], "b", &[4.0], Some(0.25));
        report.compare("a", Unit::CpuS, &[9.0], "c", &[4.0], None);
        report.finish();
        assert_eq!(report.text().lines().last(), Some("1 within budget, 1 over"));
    }
}
