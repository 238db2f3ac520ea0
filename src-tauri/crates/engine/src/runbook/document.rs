//! The recovery plan as a paper: first the project's status, then the instructions, then their basis. Pure.

use super::facts::{Measured, Point, RunbookFacts};
use super::{STALE_DAYS, scenarios};
use crate::archive::{Manifest, not_taken_sentences};
use crate::paper::{Paper, PaperFact, PaperStep, PaperTable, Section, Tone};
use crate::steps::{RecoveryStep, StepAct};
use base::command::{Command, ScheduleSet};
use base::secret::Place;
use base::words::{age_words, bytes_words, counted, span_words, zoned_words};
use ledger::catalog::{Label, ProofLevel, ReplicaRecord, Verdict};
use ledger::job::StepTime;
use ledger::point::RECOVERY_GOAL_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl RunbookFacts {
    /// The document.
    pub fn document(&self) -> Paper {
        let (tone, headline, summary) = self.standing();
        let mut sections = vec![self.glance()];
        sections.extend(self.gaps());
        sections.push(self.people());
        sections.push(self.copies());
        sections.extend(self.sent());
        sections.extend(scenarios::all(self));
        sections.extend(self.around());
        sections.push(self.times());
        sections.push(self.points());
        sections.push(self.exceptions());
        Paper {
            kind: "Recovery plan".into(),
            title: self.project.name.clone(),
            as_of: format!(
                "As of {}. Stale after {}: look at Holdfast, or export it again.",
                zoned_words(self.now_ms),
                zoned_words(self.now_ms + STALE_DAYS * DAY_MS)
            ),
            headline,
            tone,
            summary,
            sections,
        }
    }

    fn goal_ms(&self) -> i64 {
        self.goals.rpo_ms.unwrap_or(RECOVERY_GOAL_MS)
    }

    fn standing(&self) -> (Tone, String, String) {
        let name = &self.project.name;
        let Some(newest) = &self.newest else {
            let next = format!("Make a backup: {}", self.project.backup_command());
            return (Tone::Bad, format!("There is nothing yet that {name} could be recovered from."), next);
        };
        let headline = format!("{name} can be recovered as it was on {}.", zoned_words(newest.at_ms));
        if self.project.has_source() && self.now_ms - newest.at_ms > self.goal_ms() {
            let goal = age_words(self.goal_ms());
            return (Tone::Bad, headline, format!("That is older than the goal of {goal} allows."));
        }
        match (&self.restored, &self.drill) {
            (_, Some(Measured { verdict: Verdict::Fail, at_ms, .. })) => {
                let when = zoned_words(*at_ms);
                (
                    Tone::Bad,
                    headline,
                    format!("The last drill, of {when}, failed: look at it before you rely on this plan."),
                )
            }
            (Some(restored), _) if restored.id == newest.id => {
                (Tone::Good, headline, "A restore has shown that this very backup comes back whole.".into())
            }
            (Some(restored), _) => {
                let when = zoned_words(restored.at_ms);
                (
                    Tone::Good,
                    headline,
                    format!("A restore has shown that the backup of {when} comes back whole."),
                )
            }
            (None, _) => (
                Tone::Warn,
                headline,
                format!("No restore has shown yet that it comes back: {}", Command::drill(name)),
            ),
        }
    }

    fn glance(&self) -> Section {
        let label = match self.project.label {
            Label::Production => "production",
            Label::Staging => "staging",
            Label::Development => "development",
        };
        let assumed = if self.goals.rpo_ms.is_none() { " (nobody set one; this is assumed)" } else { "" };
        let back = self.goals.rto_ms.map_or_else(|| "no goal was set".to_owned(), age_words);
        let extensions = self.extensions();
        let facts = vec![
            PaperFact::of("Project", format!("{} ({label})", self.project.name)),
            PaperFact::of("Where it runs", self.project.reaches_words()),
            PaperFact::of("Database", self.database().unwrap_or_default()),
            PaperFact::of("Server", self.server()),
            PaperFact::of("Extensions it needs", extensions),
            PaperFact::of("Lose at most", format!("{}{assumed}", age_words(self.goal_ms()))),
            PaperFact::of("Back within", back),
            Self::point("Newest verified backup", self.newest.as_ref()),
            Self::point("Newest that was brought back", self.restored.as_ref()),
            PaperFact::of("Backed up by itself", self.schedules.join("; ")),
        ];
        Section::new("glance", "At a glance").facts(facts)
    }

    fn point(name: &str, point: Option<&Point>) -> PaperFact {
        match point {
            None => PaperFact::toned(name, "none", Tone::Warn),
            Some(point) => PaperFact::of(
                name,
                format!(
                    "{}: {}, {}, {} since {}",
                    zoned_words(point.at_ms),
                    short(&point.id),
                    bytes_words(point.size_bytes),
                    level(point.level),
                    zoned_words(point.proven_at_ms)
                ),
            ),
        }
    }

    /// The database's name, as the newest backup or else the connection has it.
    pub(super) fn database(&self) -> Option<String> {
        let stored = self.manifest.as_ref().and_then(|manifest| manifest.database.as_ref());
        let stored = stored.map(|database| database.name.clone());
        stored.or_else(|| self.project.connection.as_ref().map(|connection| connection.database.clone()))
    }

    /// The extensions that have to be installed for it; the one that every server has is none of them.
    pub(super) fn extensions(&self) -> String {
        let all = self.manifest.as_ref().map(|manifest| manifest.extensions.as_slice()).unwrap_or_default();
        let needed: Vec<&str> =
            all.iter().map(String::as_str).filter(|name| !name.starts_with("plpgsql ")).collect();
        needed.join(", ")
    }

    /// The server's major version, as the newest backup has it.
    pub(super) fn major(&self) -> Option<u16> {
        self.manifest.as_ref()?.tool_major().ok()
    }

    fn server(&self) -> String {
        let stamped = self.manifest.as_ref().and_then(|manifest| manifest.server.as_ref());
        let version =
            stamped.map(|server| server.version.clone()).or_else(|| self.project.server_version.clone());
        version.map(|version| format!("Postgres {version}")).unwrap_or_default()
    }

    /// What is missing before this plan is one.
    fn gaps(&self) -> Option<Section> {
        let kit = self.vault.as_ref().and_then(|vault| vault.kit_confirmed_at_ms);
        let copies = self.copies.as_ref().map_or(0, |copies| copies.have);
        let is_enough = self.copies.as_ref().is_some_and(|copies| copies.are_enough);
        let wanted = self.goals.copies.filter(|wanted| *wanted > copies);
        let too_slow = self.goals.rto_ms.zip(self.slowest()).filter(|(goal, took)| took > goal);
        let all = [
            (self.vault.is_none(), "There is no vault.".to_owned()),
            (kit.is_none(), "The recovery kit was not saved: a lost computer loses the vault. holdfast vault kit --to FILE".to_owned()),
            (
                self.contacts.kit_place.is_none(),
                "Nobody wrote down where the recovery kit lies: holdfast recovery-plan kit-place 'the safe in …'".to_owned(),
            ),
            (
                self.contacts.people.is_empty(),
                "Nobody is named who is called: holdfast recovery-plan contacts add PROJECT --name NAME --phone NUMBER".to_owned(),
            ),
            (self.drill.is_none(), format!("How long it takes was never measured by a drill: {}", Command::drill(&self.project.name))),
            (
                self.schedules.is_empty() && self.project.has_source(),
                format!("Nothing is backed up by itself: {}", ScheduleSet::daily(&self.project.name, "03:00")),
            ),
            (
                wanted.is_some() || !is_enough,
                match wanted {
                    Some(wanted) => format!("There are {copies} copies, the original among them; the goal is {wanted}. holdfast store add PATH"),
                    None => format!("There are {copies} copies, the original among them: 3-2-1 asks for three, on two media, one of them elsewhere. holdfast store add PATH"),
                },
            ),
            (
                too_slow.is_some(),
                too_slow.map(|(goal, took)| {
                    format!("It takes {}, and has to be back within {}.", span_words(took), age_words(goal))
                }).unwrap_or_default(),
            ),
            (
                self.unread.is_some(),
                self.unread.as_ref().map(|why| format!("The newest backup could not be read for this page: {why}.")).unwrap_or_default(),
            ),
        ];
        let missing: Vec<String> =
            all.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, words)| words).collect();
        let mut section = Section::new("gaps", "What this plan lacks");
        for words in &missing {
            section = section.text(Tone::Warn, words);
        }
        (!missing.is_empty()).then_some(section)
    }

    fn people(&self) -> Section {
        let rows = self.contacts.people.iter().enumerate().map(|(at, one)| {
            vec![
                (at + 1).to_string(),
                one.role.clone(),
                one.name.clone(),
                one.phone.clone(),
                one.email.clone(),
                one.note.clone(),
            ]
        });
        let columns = ["#", "Role", "Name", "Telephone", "E-mail", "Note"];
        let table =
            PaperTable::new("contacts", "", &columns, "Nobody is named. Write here by hand whom to call:");
        Section::new("contacts", "Who is called, in this order").table(table.filled(rows.collect()))
    }

    /// Whom a step names: the first who is called.
    pub(super) fn first_contact(&self) -> Option<String> {
        let one = self.contacts.people.first()?;
        let reached = [&one.phone, &one.email].into_iter().filter(|text| !text.is_empty());
        let reached: Vec<&str> = reached.map(String::as_str).collect();
        let role = if one.role.is_empty() { String::new() } else { format!(", {}", one.role) };
        Some(format!("{}{role}: {}", one.name, reached.join(", ")))
    }

    fn copies(&self) -> Section {
        let keys = match &self.secrets {
            Place::Keychain => "the keychain of this account on this computer".to_owned(),
            Place::File(path) => format!("the sealed file {path} on this computer"),
        };
        let kit = match &self.vault {
            Some(vault) => match vault.kit_confirmed_at_ms {
                Some(at) => {
                    PaperFact::of("Recovery kit", format!("saved and read back on {}", zoned_words(at)))
                }
                None => PaperFact::toned("Recovery kit", "not saved", Tone::Bad),
            },
            None => PaperFact::toned("Recovery kit", "there is no vault", Tone::Bad),
        };
        let place = self.contacts.kit_place.clone();
        let lies = match place {
            Some(place) => PaperFact::of("The kit lies", place),
            None => PaperFact::toned("The kit lies", "not written down: ____________________", Tone::Warn),
        };
        let vault = self.vault.as_ref();
        let mut facts = vec![
            PaperFact::of("Vault", vault.map(|vault| vault.name.clone()).unwrap_or_default()),
            PaperFact::of("Folder", vault.map(|vault| vault.path.to_string()).unwrap_or_default()),
            PaperFact::of("Repository", vault.map(|vault| vault.id.clone()).unwrap_or_default()),
            PaperFact::of("Looked after by", self.computer.clone()),
            PaperFact::of("Its key is in", keys),
            kit,
            lies,
        ];
        facts.extend(self.replicas.iter().map(replica_fact));
        let mut section = Section::new("copies", "Where the copies and the keys are").facts(facts);
        if let Some(replica) = self.replicas.iter().find(|replica| replica.copied_at_ms.is_some()) {
            section = section.text(
                Tone::Plain,
                format!(
                    "A replica is the same repository with the same key. Where the vault is lost, open it in its place on any computer: {}",
                    Command::VaultOpen { path: replica.path.to_string() }
                ),
            );
        }
        section
            .text(Tone::Plain, "The vault is encrypted. Without its key, which is on the recovery kit and in the keychain, nobody can read it, and nobody can make the key again. No password and no key is in this plan.")
    }

    /// What lies in a chat, and how it is fetched with this computer gone.
    fn sent(&self) -> Option<Section> {
        if self.receipts.is_empty() {
            return None;
        }
        // No table: its cells are cut, and every letter of these counts.
        let facts = self.receipts.iter().rev().map(|document| {
            let receipt = &document.receipt;
            let unknown = || "not known".to_owned();
            let value = format!(
                "{}, sent {}; bot {}, chat {}; manifest {}; SHA-256 of the manifest {}",
                bytes_words(receipt.bytes),
                zoned_words(receipt.made_at.as_millisecond()),
                receipt.bot.clone().unwrap_or_else(unknown),
                receipt.chat.clone().unwrap_or_else(unknown),
                receipt.manifest_file_id,
                receipt.manifest_sha256
            );
            PaperFact::of(&format!("{:?}", receipt.name), value)
        });
        Some(
            Section::new("sent", "What was sent to a chat")
                .facts(facts.collect())
                .text(Tone::Plain, "Any computer fetches it with the token of that bot, the passphrase it was sealed with, and its receipt. The receipts are in the vault: once it is open there, holdfast bundle sent PROJECT lists them and holdfast bundle fetch brings the file. Without the vault, open in the chat the document whose name ends in .manifest, save it, and give it: holdfast bundle fetch --receipt FILE --from PROJECT --to FILE --passphrase-file F")
                .text(Tone::Plain, "The token and the passphrase are in no plan, no kit and no vault."),
        )
    }

    /// What the project wants done around a restore.
    fn around(&self) -> Option<Section> {
        if self.steps.is_empty() {
            return None;
        }
        let database = self.database().unwrap_or_else(|| "the database".into());
        let of = |when: StepTime| self.steps.iter().filter(move |step| step.when == when);
        let said = |step: &RecoveryStep| {
            let said = PaperStep::new(step.sentence(&database));
            match &step.act {
                StepAct::Wait { instructions } => said.note(instructions.clone()).who(self.first_contact()),
                StepAct::Pause | StepAct::Resume => {
                    let (project, act) = (self.project.name.clone(), step.act.kind().to_owned());
                    said.note(format!("By hand: {}", Command::PlatformAsk { project, act, name: None }))
                }
                StepAct::Sql { .. } | StepAct::Webhook { .. } | StepAct::Program { .. } => said,
            }
        };
        let mut section = Section::new("steps", "What this project wants done around a restore")
            .text(Tone::Plain, "Holdfast does these by itself when it restores into a living database; where a person is waited for, the run says so. Done by hand, do them in this order.");
        for (when, words) in [(StepTime::Before, "Before"), (StepTime::After, "After")] {
            let steps: Vec<PaperStep> = of(when).map(said).collect();
            if !steps.is_empty() {
                section = section.text(Tone::Plain, format!("{words} the restore:")).steps(steps);
            }
        }
        Some(section)
    }

    /// The longest of what was measured last, or estimated where nothing was.
    fn slowest(&self) -> Option<i64> {
        let measured = [&self.drill, &self.restore].into_iter().flatten().map(|one| one.ms).max();
        measured.or_else(|| self.on_server.as_ref().map(|estimate| estimate.ms))
    }

    fn times(&self) -> Section {
        let columns = ["What", "Time#", "How that is known", "Size#", "Where"];
        let mut rows = Vec::new();
        for (name, measured) in [("Last full drill", &self.drill), ("Last restore", &self.restore)] {
            rows.push(match measured {
                None => vec![
                    name.into(),
                    "not measured".into(),
                    "There was none yet.".into(),
                    String::new(),
                    String::new(),
                ],
                Some(one) => vec![
                    name.into(),
                    span_words(one.ms),
                    format!("measured {}, {}", zoned_words(one.at_ms), verdict(one.verdict)),
                    if one.bytes == 0 { "unknown".into() } else { bytes_words(one.bytes) },
                    one.place.clone(),
                ],
            });
        }
        let size = self.newest.as_ref().map(|newest| bytes_words(newest.size_bytes)).unwrap_or_default();
        let estimates = [
            ("The newest, on a server that runs", &self.on_server),
            ("The newest, on this computer", &self.here),
        ];
        for (name, estimate) in estimates {
            if let Some(estimate) = estimate {
                rows.push(vec![
                    name.into(),
                    span_words(estimate.ms),
                    estimate.basis.clone(),
                    size.clone(),
                    String::new(),
                ]);
            }
        }
        Section::new("times", "How long it takes")
            .table(PaperTable::new("times", "", &columns, "").filled(rows))
            .text(Tone::Plain, "From the beginning of the restore to the last check. Finding people, servers and decisions comes on top.")
    }

    fn points(&self) -> Section {
        let rows = self.days.iter().map(|day| {
            vec![
                day.day.clone(),
                day.count.to_string(),
                level(day.best.level).to_owned(),
                zoned_words(day.best.at_ms),
                short(&day.best.id).to_owned(),
                bytes_words(day.best.size_bytes),
            ]
        });
        let columns = ["Day", "Points#", "Best proof", "Newest of those", "Backup", "Size#"];
        let table = PaperTable::new("points", "", &columns, "There is none.");
        Section::new("points", "Points to recover to, by day").table(table.filled(rows.collect()))
    }

    fn exceptions(&self) -> Section {
        let mut section = Section::new("exceptions", "What is not in the backup, or was not checked");
        let manifest = self.manifest.as_ref();
        let warnings = manifest.map(|manifest| manifest.warnings.as_slice()).unwrap_or_default();
        let uncounted = manifest.and_then(|manifest| manifest.database.as_ref()?.uncounted.clone());
        let mut lines: Vec<String> = warnings.to_vec();
        lines.extend(manifest.and_then(Manifest::not_taken).into_iter().flat_map(not_taken_sentences));
        lines.extend(uncounted.map(|why| format!("The rows of the newest backup were not counted: {why}.")));
        lines.extend(
            manifest.filter(|manifest| manifest.roles.is_none()).map(|_| {
                "The server's roles are not in the newest backup: owners and rights need them.".into()
            }),
        );
        lines.extend(manifest.and_then(outside_words));
        lines.extend(self.unchecked.iter().map(|what| format!("The last drill did not check: {what}")));
        lines.push("Passwords of roles are in no backup: set them anew on a new server.".into());
        lines.push("Contacts, goals, schedules, recovery steps and the history of proofs are on this computer alone, and not in the vault.".into());
        for line in &lines {
            section = section.text(Tone::Plain, line);
        }
        section
    }

    /// How many tables and rows the newest backup holds, in words.
    pub(super) fn size_words(&self) -> String {
        let Some(manifest) = &self.manifest else { return String::new() };
        let tables = counted(manifest.tables().len() as u64, "table");
        manifest.rows().map_or(tables.clone(), |rows| format!("{tables}, {}", counted(rows, "row")))
    }
}

/// Where a replica is, and when it was last made current.
fn replica_fact(replica: &ReplicaRecord) -> PaperFact {
    let place = format!("{}, {}", replica.path, replica.place.words());
    let name = format!("Replica “{}”", replica.name);
    match replica.copied_at_ms {
        Some(at) => {
            let has = counted(replica.backups.unsigned_abs(), "backup");
            PaperFact::of(&name, format!("{place}; {has}, copied {}", zoned_words(at)))
        }
        None => PaperFact::toned(&name, format!("{place}; nothing was copied yet"), Tone::Warn),
    }
}

/// Enough of an id for people and for the command line.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

pub(super) fn level(level: ProofLevel) -> &'static str {
    match level {
        ProofLevel::Bytes => "bytes",
        ProofLevel::Readable => "readable",
        ProofLevel::Restored => "restored",
    }
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// What outside of its database a backup does not hold.
fn outside_words(manifest: &Manifest) -> Option<String> {
    let outside = match (manifest.trees.is_empty(), manifest.holds_configuration_alone()) {
        (true, _) => "uploads, configuration, Redis",
        (false, true) => "uploads, Redis",
        (false, false) => return None,
    };
    Some(format!("Files outside the database ({outside}) are not in the newest backup."))
}
