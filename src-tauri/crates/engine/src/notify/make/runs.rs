//! Results of scheduled runs, read from their slots, so that none is lost if a process dies.

use base::Severity;
use std::collections::HashMap;

use super::Look;
use crate::notify::message::{Message, MessageKind};
use crate::notify::notifier::Telling;
use crate::notify::route;
use crate::schedule::{ATTEMPTS_MAX, Schedule, Work};
use base::failure::Failure;
use base::words::{bytes_words, span_words};
use ledger::catalog::{DrillKind, ProofLevel, SlotRecord, SlotState, Told, Verdict};

/// How a schedule stood when it was told last.
const FINE: &str = "fine";
const FAILING: &str = "failing";
const GIVEN_UP: &str = "given_up";

impl Telling {
    pub(super) async fn make_runs(&self, look: &mut Look) -> Result<usize, Failure> {
        let catalog = &self.engine.profile.catalog;
        let since_ms = look.before(super::LOOK_BACK);
        let mut slots = catalog.slots(None).await?;
        slots.retain(|slot| {
            slot.ended_at_ms.is_none_or(|at| at >= since_ms) && !look.known.contains(&key(slot))
        });
        if slots.is_empty() {
            return Ok(0);
        }
        // In the order in which they ended: each is told by how it stood before.
        slots.sort_by_key(|slot| (slot.ended_at_ms.unwrap_or(i64::MAX), slot.slot_ms));
        let mut schedules: HashMap<String, Schedule> = HashMap::new();
        for record in catalog.schedules(None).await? {
            let schedule = Schedule::try_from(record)?;
            schedules.insert(schedule.id.clone(), schedule);
        }
        let mut made = 0;
        for slot in slots {
            let Some(schedule) = schedules.get(&slot.schedule_id) else { continue };
            let (message, told) = match slot.state {
                SlotState::Running => (started(schedule, &slot, look), None),
                // Whoever ended it knows.
                SlotState::Stopped => continue,
                SlotState::Succeeded => {
                    let (message, told) = succeeded(schedule, &slot, look);
                    (self.measured(message, schedule.work).await, Some(told))
                }
                SlotState::Failed | SlotState::Interrupted => {
                    let (message, told) = failed(schedule, &slot, look);
                    (self.measured(message, schedule.work).await, Some(told))
                }
            };
            if message.kind == MessageKind::RunStarted
                && !look.channels.iter().any(|channel| route::takes(channel, &message))
            {
                continue;
            }
            made += self.put(look, message, told.clone()).await?;
            if let Some(told) = told {
                look.told.insert(told.subject.clone(), told);
            }
        }
        Ok(made)
    }

    /// How much, how long, how well proven.
    async fn measured(&self, mut message: Message, work: Work) -> Message {
        let Some(id) = message.job_id.clone() else { return message };
        // What cannot be read is left out: that it ended is what has to be told.
        let Ok(job) = self.engine.job(&id).await else { return message };
        if let Some((started, ended)) = job.record.started_at_ms.zip(job.record.finished_at_ms) {
            message = message.figure("Took", span_words(ended - started));
        }
        if let Some(hint) = job.failure.and_then(|failure| failure.hint) {
            message = message.line(hint);
        }
        let Some(backup_id) = job.output.as_ref().and_then(|output| output.backup_id.clone()) else {
            return message;
        };
        if let Ok(backup) = self.engine.backup(&backup_id).await {
            let bytes = |bytes: i64| bytes_words(u64::try_from(bytes).unwrap_or(0));
            message = message.figure("Size", bytes(backup.record.size_bytes));
            if work.brings_recovery_point() {
                message = message.figure("New in the vault", bytes(backup.record.added_bytes));
            }
            let proof = match backup.level {
                None => "none",
                Some(ProofLevel::Bytes) => "bytes",
                Some(ProofLevel::Readable) => "readable",
                Some(ProofLevel::Restored) => "restored",
            };
            message = message.figure("Proof", proof);
        }
        if matches!(work, Work::Drill | Work::VerifySample) {
            let drills = self.engine.profile.catalog.drills_by_prefix(&id).await.unwrap_or_default();
            if let Some(drill) = drills.first() {
                let verdict = match drill.verdict {
                    Verdict::Pass => "passed",
                    Verdict::Fail => "failed",
                    Verdict::Inconclusive => "inconclusive",
                };
                message = message.figure("Verdict", verdict);
                if let Some(rto_ms) = drill.rto_ms.filter(|_| drill.kind == DrillKind::Full) {
                    message = message.figure("Back within", span_words(rto_ms));
                }
            }
        }
        message
    }
}

/// One attempt at a slot, or its beginning.
fn key(slot: &SlotRecord) -> String {
    let SlotRecord { schedule_id, slot_ms, attempts, state, .. } = slot;
    let is_running = if *state == SlotState::Running { ":started" } else { "" };
    format!("run:{schedule_id}:{slot_ms}:{attempts}{is_running}")
}

fn begun(
    kind: MessageKind,
    severity: Severity,
    schedule: &Schedule,
    slot: &SlotRecord,
    look: &Look,
) -> Message {
    let at_ms = slot.ended_at_ms.unwrap_or_else(|| look.now_ms());
    let mut message = Message::new(kind, severity, key(slot), at_ms, String::new())
        .of_project(&schedule.project_id, &schedule.project);
    message.job_id.clone_from(&slot.job_id);
    message
}

fn started(schedule: &Schedule, slot: &SlotRecord, look: &Look) -> Message {
    let mut message = begun(MessageKind::RunStarted, Severity::Info, schedule, slot, look);
    message.subject = format!("{}: {} started", schedule.project, what(schedule));
    message
}

fn succeeded(schedule: &Schedule, slot: &SlotRecord, look: &Look) -> (Message, Told) {
    let mut message = begun(MessageKind::RunCompleted, Severity::Info, schedule, slot, look);
    let subject = format!("schedule:{}", schedule.id);
    message.is_change = look.state(&subject).is_some_and(|told| told.state != FINE);
    let again = if message.is_change { "works again" } else { "done" };
    message.subject = format!("{}: {} {again}", schedule.project, what(schedule));
    message.lines.extend(slot.said.clone());
    let told = Told { subject, state: FINE.into(), since_ms: message.at_ms };
    (message, told)
}

fn failed(schedule: &Schedule, slot: &SlotRecord, look: &Look) -> (Message, Told) {
    let has_given_up = slot.attempts >= ATTEMPTS_MAX;
    let (kind, state) =
        if has_given_up { (MessageKind::GaveUp, GIVEN_UP) } else { (MessageKind::RunFailed, FAILING) };
    // An interrupted run is begun again at once; only where that was of no use it is an error.
    let is_passing = slot.state == SlotState::Interrupted && !has_given_up;
    let severity = if is_passing { Severity::Warning } else { Severity::Critical };
    let mut message = begun(kind, severity, schedule, slot, look);
    let subject = format!("schedule:{}", schedule.id);
    let known = look.state(&subject).cloned();
    let stood = known.as_ref().map_or(FINE, |told| told.state.as_str());
    // What is begun again at once changes nothing; what was given up stays so until a run works.
    let state = if is_passing || stood == GIVEN_UP { stood } else { state };
    message.is_change = stood != state;
    let (project, what) = (&schedule.project, what(schedule));
    message.subject = match (slot.state, has_given_up) {
        (_, true) => format!("{project}: {what} needs you, it failed {} times", slot.attempts),
        (SlotState::Interrupted, false) => format!("{project}: {what} was interrupted"),
        _ => format!("{project}: {what} failed"),
    };
    message.lines.extend(slot.said.clone());
    message = if has_given_up {
        message.line("It is not tried again before its next time.")
    } else {
        message.line(format!(
            "It is tried again by itself; this was attempt {} of {ATTEMPTS_MAX}.",
            slot.attempts
        ))
    };
    let told = Told { subject, state: state.into(), since_ms: message.at_ms };
    (message, told)
}

fn what(schedule: &Schedule) -> String {
    schedule.work.words().to_lowercase()
}
