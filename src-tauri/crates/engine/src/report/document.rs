//! The report as a paper: one table per question that an auditor asks, each also a file. Pure.

use super::exceptions::{self, Exception};
use super::gather::{Gathered, OfProject};
use crate::paper::{Paper, PaperTable, Section, Tone};
use base::words::{age_words, counted, span_words, zoned_words};
use ledger::catalog::{DrillKind, JobState, ProofLevel, Verdict};

impl Gathered {
    /// The document.
    pub(super) fn document(&self) -> Paper {
        let exceptions: Vec<Exception> = self.projects.iter().flat_map(exceptions::of).collect();
        let (tone, headline, summary) = self.verdict(&exceptions);
        let sections = vec![
            self.about(),
            self.overview(&exceptions),
            exception_table(&exceptions),
            self.points(),
            self.times(),
            self.drills(),
            self.proofs(),
            self.backups(),
            self.removals(),
            self.restores(),
            self.holds(),
            self.replicas(),
            self.goals(),
            self.chain(),
            self.limits(),
        ];
        let which = if self.is_of_all { "all projects".to_owned() } else { self.names() };
        Paper {
            kind: "Backup and recovery report".into(),
            title: format!("{} to {}, {which}", zoned_words(self.from_ms), zoned_words(self.until_ms)),
            as_of: format!(
                "Made {} by {}, Holdfast {}",
                zoned_words(self.made_at_ms),
                self.made_by,
                env!("CARGO_PKG_VERSION")
            ),
            headline,
            tone,
            summary,
            sections,
        }
    }

    fn names(&self) -> String {
        self.projects.iter().map(|one| one.project.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn verdict(&self, exceptions: &[Exception]) -> (Tone, String, String) {
        let all = self.projects.len();
        if let Some(broken) = &self.chain.broken {
            return (Tone::Bad, "The audit chain is broken.".into(), broken.problem.clone());
        }
        if all == 0 {
            return (Tone::Open, "There is no project to report on.".into(), String::new());
        }
        let met = self.projects.iter().filter(|one| one.has_met_goals()).count();
        let summary = match exceptions.len() {
            0 => "There were no exceptions. The audit chain is whole.".to_owned(),
            count => format!("{}, each below. The audit chain is whole.", counted(count as u64, "exception")),
        };
        let tone = if met < all {
            Tone::Bad
        } else if exceptions.is_empty() {
            Tone::Good
        } else {
            Tone::Warn
        };
        let headline = match (met == all, all) {
            (true, 1) => format!("{} met its goals all of the time.", self.names()),
            (false, 1) => format!("{} did not meet its goals all of the time.", self.names()),
            (true, all) => format!("All {all} projects met their goals all of the time."),
            (false, all) => format!("{met} of {all} projects met their goals all of the time."),
        };
        (tone, headline, summary)
    }

    fn about(&self) -> Section {
        let zone = jiff::tz::TimeZone::system();
        let zone = zone.iana_name().unwrap_or("this computer's own").to_owned();
        let last = self.chain.last_hash.clone().unwrap_or_else(|| "none".into());
        let rows = [
            ("Period from", zoned_words(self.from_ms)),
            ("Period until", zoned_words(self.until_ms)),
            ("Time zone", zone),
            ("Projects", if self.is_of_all { format!("all: {}", self.names()) } else { self.names() }),
            ("Made", zoned_words(self.made_at_ms)),
            ("Made by", self.made_by.clone()),
            ("Program", format!("Holdfast {}", env!("CARGO_PKG_VERSION"))),
            ("Audit chain", self.chain.sentence.clone()),
            ("Head of the chain", last),
        ];
        let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
        Section::new("about", "About this report")
            .table(PaperTable::new("about", "", &["Name", "Value"], "").filled(rows))
    }

    fn overview(&self, exceptions: &[Exception]) -> Section {
        let columns = [
            "Project",
            "Label",
            "Lose at most",
            "Within it#",
            "Back within",
            "Slowest drill#",
            "Drills passed#",
            "Backups made#",
            "Exceptions#",
        ];
        let rows = self.projects.iter().map(|one| {
            let passed = one.drills.iter().filter(|drill| drill.verdict == Verdict::Pass).count();
            vec![
                one.project.name.clone(),
                one.project.label.as_str().to_owned(),
                one.rpo_words(),
                one.share_words(),
                one.goals.rto_ms.map_or_else(|| "no goal".into(), age_words),
                one.measured().map(|(_, took)| took).max().map_or_else(|| "not measured".into(), span_words),
                format!("{} of {}", passed, one.drills.len()),
                one.backups(JobState::Succeeded).to_string(),
                exceptions
                    .iter()
                    .filter(|exception| exception.project == one.project.name)
                    .count()
                    .to_string(),
            ]
        });
        let table = PaperTable::new("projects", "", &columns, "There is no project.");
        Section::new("projects", "Goals, and what was measured").table(table.filled(rows.collect()))
    }

    fn points(&self) -> Section {
        let columns = [
            "Project",
            "Looked at from",
            "Goal",
            "Within it#",
            "Time over it#",
            "Time without any#",
            "Typical age#",
            "Greatest age#",
        ];
        let rows = self.projects.iter().map(|one| {
            let over = one.reach.whole_ms - one.reach.within_ms;
            vec![
                one.project.name.clone(),
                zoned_words(one.since_ms),
                one.rpo_words(),
                one.share_words(),
                age_words(over),
                age_words(one.reach.without_ms),
                one.reach.typical_ms.map_or_else(|| "none".into(), age_words),
                one.reach.worst_ms.map_or_else(|| "none".into(), age_words),
            ]
        });
        Section::new("recovery-points", "Recovery points")
            .text(Tone::Plain, "The age of the newest backup that had been verified by then, at every moment of the period. Typical is the age that was not exceeded half of the time.")
            .table(PaperTable::new("recovery-points", "", &columns, "").filled(rows.collect()))
    }

    fn times(&self) -> Section {
        let columns = ["Project", "When", "What", "Took#", "Goal", "Within it", "Verdict"];
        let mut rows = Vec::new();
        for one in &self.projects {
            let goal = one.goals.rto_ms;
            let words = goal.map_or_else(|| "no goal".to_owned(), age_words);
            let within = |took: i64| match goal {
                None => "no goal".to_owned(),
                Some(goal) if took <= goal => "yes".to_owned(),
                Some(_) => "no".to_owned(),
            };
            for (drill, took) in one.measured() {
                rows.push(vec![
                    one.project.name.clone(),
                    zoned_words(drill.at_ms),
                    format!("drill in {}", drill.place),
                    span_words(took),
                    words.clone(),
                    within(took),
                    verdict(drill.verdict).into(),
                ]);
            }
            for restore in &one.restores {
                if let Some(report) = &restore.report {
                    let took = report.restore_ms + report.check_ms;
                    rows.push(vec![
                        one.project.name.clone(),
                        zoned_words(restore.at_ms),
                        format!("restore into {}", restore.plan.database),
                        span_words(took),
                        words.clone(),
                        within(took),
                        verdict(report.verdict).into(),
                    ]);
                }
            }
        }
        Section::new("recovery-times", "Recovery times")
            .text(
                Tone::Plain,
                "From the beginning of a restore to its last check: full drills, and restores.",
            )
            .table(
                PaperTable::new(
                    "recovery-times",
                    "",
                    &columns,
                    "Nothing was brought back in this period, so that no time was measured.",
                )
                .filled(rows),
            )
    }

    fn drills(&self) -> Section {
        let columns = ["Project", "When", "Kind", "Backup of", "Where", "Verdict", "Took#", "Why"];
        let rows = self.projects.iter().flat_map(|one| {
            one.drills.iter().map(|drill| {
                let kind = match drill.kind {
                    DrillKind::Full => "everything",
                    DrillKind::Data => "data and keys",
                    DrillKind::Sample => "sample",
                };
                vec![
                    one.project.name.clone(),
                    zoned_words(drill.at_ms),
                    kind.to_owned(),
                    zoned_words(drill.backup_at_ms),
                    drill.place.clone(),
                    verdict(drill.verdict).to_owned(),
                    drill.rto_ms.map(span_words).unwrap_or_default(),
                    drill.reason.clone(),
                ]
            })
        });
        Section::new("drills", "Drills").table(
            PaperTable::new("drills", "", &columns, "No drill was made in this period.")
                .filled(rows.collect()),
        )
    }

    fn proofs(&self) -> Section {
        let columns = ["Project", "Level", "Pass#", "Fail#", "Inconclusive#", "Last"];
        let levels = [
            (ProofLevel::Bytes, "bytes"),
            (ProofLevel::Readable, "readable"),
            (ProofLevel::Restored, "restored"),
        ];
        let rows = self.projects.iter().flat_map(|one| {
            levels.map(|(level, name)| {
                let of = |wanted| {
                    one.ledger.iter().filter(|entry| entry.level == level && entry.verdict == wanted).count()
                };
                let last =
                    one.ledger.iter().filter(|entry| entry.level == level).map(|entry| entry.at_ms).max();
                vec![
                    one.project.name.clone(),
                    name.to_owned(),
                    of(Verdict::Pass).to_string(),
                    of(Verdict::Fail).to_string(),
                    of(Verdict::Inconclusive).to_string(),
                    last.map_or_else(|| "none".into(), zoned_words),
                ]
            })
        });
        Section::new("verifications", "Verifications, by level")
            .text(Tone::Plain, "Entries of the ledger: bytes were read and their hashes matched; the archive opened and every row was counted; a restore brought it back.")
            .table(PaperTable::new("verifications", "", &columns, "").filled(rows.collect()))
    }

    fn backups(&self) -> Section {
        let columns =
            ["Project", "Made#", "Failed#", "Interrupted#", "Cancelled#", "Times missed#", "With warnings#"];
        let rows = self.projects.iter().map(|one| {
            vec![
                one.project.name.clone(),
                one.backups(JobState::Succeeded).to_string(),
                one.backups(JobState::Failed).to_string(),
                one.backups(JobState::Interrupted).to_string(),
                one.backups(JobState::Cancelled).to_string(),
                one.missed.to_string(),
                one.backups_with_warnings.to_string(),
            ]
        });
        Section::new("backups", "Backups")
            .table(PaperTable::new("backups", "", &columns, "").filled(rows.collect()))
    }
}

impl OfProject {
    fn has_met_goals(&self) -> bool {
        let point = !self.project.has_source() || self.reach.breaches.is_empty();
        let time = self.goals.rto_ms.is_none_or(|goal| self.measured().all(|(_, took)| took <= goal));
        let drills = self.drills.iter().all(|drill| drill.verdict != Verdict::Fail);
        point && time && drills
    }

    fn rpo_words(&self) -> String {
        let now = self.rpo.last().map_or(0, |(_, goal)| *goal);
        let changed = self.rpo.iter().filter(|(when, _)| *when > self.since_ms).count();
        match (self.is_rpo_assumed, changed) {
            (true, _) => format!("{} (assumed)", age_words(now)),
            (false, 0) => age_words(now),
            (false, _) => format!("{} (changed within)", age_words(now)),
        }
    }

    fn share_words(&self) -> String {
        // Never rounded up to all of it.
        self.reach
            .share()
            .map_or_else(|| "no time".into(), |share| format!("{:.2} %", (share * 10_000.0).floor() / 100.0))
    }
}

fn exception_table(exceptions: &[Exception]) -> Section {
    let columns = ["Project", "From", "Until", "Kind", "What", "What came of it"];
    let rows = exceptions.iter().map(|one| {
        vec![
            one.project.clone(),
            zoned_words(one.from_ms),
            one.until_ms.map(zoned_words).unwrap_or_default(),
            one.kind.to_owned(),
            one.what.clone(),
            one.dealt.clone(),
        ]
    });
    Section::new("exceptions", "Exceptions")
        .table(PaperTable::new("exceptions", "", &columns, "There were none.").filled(rows.collect()))
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    }
}
