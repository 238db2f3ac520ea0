//! The parts of a report from the audit chain and from stored restores: removals, restores, holds and
//! changes, the head of the chain, and gaps in the evidence.

use super::document::verdict;
use super::gather::Gathered;
use crate::paper::{PaperFact, PaperTable, Section, Tone};
use crate::restore::Safety;
use base::words::{counted, zoned_words};
use ledger::audit::Act;

impl Gathered {
    /// Entries of the chain about these projects, by their act.
    fn entries(&self, act: Act) -> impl Iterator<Item = &ledger::audit::Entry> {
        self.entries.iter().filter(move |entry| entry.act == act.code())
    }

    fn is_ours(&self, name: &str) -> bool {
        self.is_of_all || self.projects.iter().any(|one| one.project.name == name)
    }

    pub(super) fn removals(&self) -> Section {
        let columns = ["Project", "When", "Backup", "By", "Who"];
        let rows =
            self.entries(Act::BackupDeleted).filter(|entry| self.is_ours(&entry.subject_name)).map(|entry| {
                let by = if entry.details.contains("\"retention\"") {
                    "retention, by a confirmed plan"
                } else {
                    "hand"
                };
                vec![
                    entry.subject_name.clone(),
                    zoned_words(entry.at_ms),
                    entry.subject_id.get(..12).unwrap_or(&entry.subject_id).to_owned(),
                    by.to_owned(),
                    format!("{}@{}", entry.who, entry.host),
                ]
            });
        Section::new("removals", "Backups that were removed")
            .table(PaperTable::new("removals", "", &columns, "None.").filled(rows.collect()))
    }

    pub(super) fn restores(&self) -> Section {
        let columns = ["Project", "When", "Who", "What", "Into", "Safety backup", "State", "Verdict"];
        let rows = self.projects.iter().flat_map(|one| {
            one.restores.iter().map(|restore| {
                let started =
                    self.entries(Act::RestoreStarted).find(|entry| entry.details.contains(&restore.id));
                let safety = match (&restore.plan.safety, &restore.traces.safety_backup) {
                    (_, Some(backup)) => format!("made: {}", backup.get(..12).unwrap_or(backup)),
                    (Safety::NotNeeded, None) => "not needed".into(),
                    (Safety::Planned { .. }, None) => "planned, and not made".into(),
                    (Safety::Declined { reason }, None) => format!("declined: {reason}"),
                };
                vec![
                    one.project.name.clone(),
                    zoned_words(restore.at_ms),
                    started.map(|entry| format!("{}@{}", entry.who, entry.host)).unwrap_or_default(),
                    format!("{}, from the backup of {}", restore.plan.act, zoned_words(restore.plan.at_ms)),
                    format!("{} on {}", restore.plan.database, restore.plan.target),
                    safety,
                    restore.state.as_str().to_owned(),
                    restore
                        .report
                        .as_ref()
                        .map(|report| verdict(report.verdict).to_owned())
                        .unwrap_or_default(),
                ]
            })
        });
        Section::new("restores", "Restores").table(
            PaperTable::new("restores", "", &columns, "Nothing was restored in this period.")
                .filled(rows.collect()),
        )
    }

    pub(super) fn holds(&self) -> Section {
        let columns = ["Project", "Backup of", "Backup", "Held since", "Who", "Why"];
        let rows = self.projects.iter().flat_map(|one| {
            one.held.iter().map(|held| {
                vec![
                    one.project.name.clone(),
                    zoned_words(held.at_ms),
                    held.id.get(..12).unwrap_or(&held.id).to_owned(),
                    zoned_words(held.held_at_ms),
                    held.who.clone(),
                    held.reason.clone(),
                ]
            })
        });
        Section::new("holds", "Backups that are held")
            .table(PaperTable::new("holds", "", &columns, "None is held now.").filled(rows.collect()))
    }

    pub(super) fn replicas(&self) -> Section {
        let columns = ["Replica", "Where", "Elsewhere", "Backups", "Copied", "Read back", "Problem"];
        let moment = |at: Option<i64>| at.map_or_else(|| "never".to_owned(), zoned_words);
        let rows = self.replicas.iter().map(|one| {
            vec![
                one.name.clone(),
                one.path.to_string(),
                one.place.words(),
                one.backups.to_string(),
                moment(one.copied_at_ms),
                moment(one.checked_at_ms),
                one.problem.clone().unwrap_or_default(),
            ]
        });
        Section::new("replicas", "Where else the backups are, as it stands now").table(
            PaperTable::new("replicas", "", &columns, "Nowhere: the vault has no replica.")
                .filled(rows.collect()),
        )
    }

    pub(super) fn goals(&self) -> Section {
        let columns = ["Project", "When", "Who", "Lose at most", "Back within", "Copies", "Drill every"];
        let rows =
            self.entries(Act::GoalSet).filter(|entry| self.is_ours(&entry.subject_name)).map(|entry| {
                let details: serde_json::Value = serde_json::from_str(&entry.details).unwrap_or_default();
                let text = |name: &str| {
                    details.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
                };
                vec![
                    entry.subject_name.clone(),
                    zoned_words(entry.at_ms),
                    format!("{}@{}", entry.who, entry.host),
                    text("lose_at_most"),
                    text("back_within"),
                    text("copies"),
                    text("drill_every"),
                ]
            });
        Section::new("goals", "Goals that were changed").table(
            PaperTable::new("goals", "", &columns, "None was changed in this period.").filled(rows.collect()),
        )
    }

    pub(super) fn chain(&self) -> Section {
        let tone = if self.chain.broken.is_some() { Tone::Bad } else { Tone::Good };
        let entry = |entry: Option<&ledger::audit::Entry>| {
            entry.map_or_else(
                || "none".to_owned(),
                |entry| format!("{}, {}, {}", entry.seq, zoned_words(entry.at_ms), entry.hash),
            )
        };
        let facts = vec![
            PaperFact::toned(
                "Verified",
                format!("{}: {}", zoned_words(self.made_at_ms), self.chain.sentence),
                tone,
            ),
            PaperFact::of("Entries in all", self.chain.entries.to_string()),
            PaperFact::of("Head of the chain", self.chain.last_hash.clone().unwrap_or_else(|| "none".into())),
            PaperFact::of("Entries in the period", self.entries.len().to_string()),
            PaperFact::of("First of the period", entry(self.entries.first())),
            PaperFact::of("Last of the period", entry(self.entries.last())),
        ];
        Section::new("chain", "Audit chain")
            .facts(facts)
            .text(Tone::Plain, "Each entry holds the hash of the one before it. Write the head down elsewhere: with it, `holdfast audit verify` and the exported log, anybody can show later that nothing was changed.")
    }

    pub(super) fn limits(&self) -> Section {
        let mut section = Section::new("limits", "What this report cannot say");
        let mut say =
            |words: String| section.blocks.push(crate::paper::Block::Text { tone: Tone::Plain, words });
        if self.until_ms > self.made_at_ms {
            say("The period is not over: it was looked at until this report was made.".into());
        }
        if let Some(first) = self.chain.first_at_ms.filter(|first| *first > self.from_ms) {
            say(format!(
                "The audit chain of this profile begins {}, within the period or after it: of what was before, it knows nothing.",
                zoned_words(first)
            ));
        }
        for entry in self.entries(Act::VaultCatalogRebuilt) {
            say(format!(
                "The catalogue was made again from the vault on {}: proofs, drills and runs of before are not in it.",
                zoned_words(entry.at_ms)
            ));
        }
        for one in &self.projects {
            let name = &one.project.name;
            if one.since_ms > self.from_ms {
                say(format!(
                    "{name} was added {}, and is looked at from {}: from its first verified backup, or from when that had to be there.",
                    zoned_words(one.project.created_at_ms),
                    zoned_words(one.since_ms)
                ));
            }
            if one.is_rpo_assumed && one.project.has_source() {
                say(format!("Nobody set a goal for the recovery point of {name}: 24 hours are assumed."));
            }
            if one.removed_counted > 0 {
                say(format!(
                    "{} of {name} were removed since; they count from the beginnings of their runs, so that ages are rather too great than too small.",
                    counted(one.removed_counted, "backup")
                ));
            }
        }
        if self.are_entries_cut {
            say("There are more entries in the audit chain than were looked through: the earliest of the period are missing here.".into());
        }
        say("Entries of the ledger go with the backup that they are about: verifications of backups that were removed are in the audit chain alone.".into());
        say("Times of schedules are those of the schedules as they are now. The goal of the recovery time is the one that is set now.".into());
        say("Times are by the clock of the computer that Holdfast runs on. Of copies of the vault it knows its replicas, as they stand now; other copies are not known to it.".into());
        section
    }
}
