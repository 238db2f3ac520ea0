//! A report of a restore for others: the request, who made it, what was done, the checks' findings, its
//! state, and what is left to do by hand.

use super::plan::{RestorePlan, Safety, TableAct};
use super::record::{Restore, RestoreState};
use super::request::Strategy;
use super::standing::Standing;
use crate::engine::Engine;
use crate::proof::{Document, DocumentPhase, DocumentSection, limit_sentences};
use base::failure::Failure;
use base::words::{bytes_words, counted, moment_words, span_words};
use ledger::audit::{Act, AuditFilter};
use ledger::catalog::{JobRecord, Verdict};
use ledger::job::{Difference, Phase, Progress, StepResult, StepTime};

/// More tables than this are in the plan, and in no page.
const TABLES_SHOWN: usize = 200;

/// A restore with everything that is known of it.
#[derive(Debug, Clone)]
pub struct RestoreAccount {
    /// What was planned and what came of it.
    pub restore: Restore,
    /// How it stands, as its server says now.
    pub standing: Standing,
    /// Account and computer, as the audit chain has them.
    pub who: Option<String>,
    /// What started it, as the chain has it: `window`, `command_line`.
    pub origin: Option<String>,
    /// Where the time went.
    pub phases: Vec<Phase>,
    /// How its run ended, in a sentence.
    pub outcome: Option<String>,
    /// When it ended.
    pub finished_at_ms: Option<i64>,
}

impl Engine {
    /// A restore with everything that is known of it.
    ///
    /// # Errors
    /// `restore_not_found`, `ambiguous_restore`; when the catalogue cannot be read.
    #[crate::boxed]
    pub async fn restore_account(&self, reference: &str) -> Result<RestoreAccount, Failure> {
        let (restore, standing) = self.restore_standing(reference).await?;
        let catalog = &self.profile.catalog;
        let job: Option<JobRecord> = catalog.jobs_by_prefix(&restore.id).await?.pop();
        let filter = AuditFilter {
            act: Some(Act::RestoreStarted.code().into()),
            text: Some(restore.id.clone()),
            ..AuditFilter::default()
        };
        let entry = catalog.audit_page(&filter, None, 1).await?.1.pop();
        let progress = job.as_ref().and_then(|job| serde_json::from_str::<Progress>(&job.progress).ok());
        Ok(RestoreAccount {
            standing,
            who: entry.as_ref().map(|entry| format!("{}@{}", entry.who, entry.host)),
            origin: entry.map(|entry| entry.origin),
            phases: progress.map(|progress| progress.phases).unwrap_or_default(),
            outcome: job.as_ref().and_then(|job| job.outcome.clone()),
            finished_at_ms: job.and_then(|job| job.finished_at_ms),
            restore,
        })
    }
}

impl RestoreAccount {
    /// The report as one page that needs nothing else.
    pub fn html(&self) -> String {
        let Restore { plan, report, at_ms, .. } = &self.restore;
        let took = self.finished_at_ms.map(|end| format!("{} in all", span_words(end - at_ms)));
        let (verdict, headline) = self.verdict();
        let why = report.as_ref().map(|report| report.reason.clone()).or_else(|| self.outcome.clone());
        Document {
            title: format!("Restore of {} into {}", plan.project, plan.database),
            subtitle: format!("{} · the backup of {}", moment_words(*at_ms), moment_words(plan.at_ms)),
            verdict,
            headline,
            reason: why.unwrap_or_default(),
            time: took.unwrap_or_default(),
            checks: report.as_ref().map(|report| report.checks.clone()).unwrap_or_default(),
            phases: self.document_phases(),
            sections: self.sections(),
            facts: self.facts(),
            notes: report.as_ref().map(|report| report.notes.clone()).unwrap_or_default(),
        }
        .html()
    }

    fn verdict(&self) -> (Verdict, String) {
        let database = &self.restore.plan.database;
        let checked = self.restore.report.as_ref().map(|report| report.verdict);
        match (self.restore.state, checked) {
            (RestoreState::Preparing | RestoreState::Switching, _) => {
                (Verdict::Inconclusive, "It did not come to an end that is known.".into())
            }
            (RestoreState::Failed, _) => {
                (Verdict::Fail, format!("Nothing was restored. {}", self.standing.sentence))
            }
            (RestoreState::Undone, _) => {
                (Verdict::Inconclusive, format!("Undone. {}", self.standing.sentence))
            }
            (_, Some(Verdict::Pass)) if self.loads_nothing() => {
                (Verdict::Pass, format!("{}: done.", self.restore.plan.act))
            }
            (_, Some(Verdict::Pass)) if self.restore.plan.strategy == Strategy::Tables => {
                (Verdict::Pass, format!("Pass. What came back into {database} is as the backup has it."))
            }
            (_, Some(Verdict::Pass)) => {
                (Verdict::Pass, format!("Pass. {database} holds what the backup holds."))
            }
            (_, Some(Verdict::Fail)) => {
                (Verdict::Fail, format!("Fail. {database} is not what the backup holds."))
            }
            (_, Some(Verdict::Inconclusive) | None) => {
                (Verdict::Inconclusive, format!("Restored. Not everything in {database} could be checked."))
            }
        }
    }

    fn loads_nothing(&self) -> bool {
        matches!(self.restore.plan.strategy, Strategy::Drop | Strategy::SwapBack)
    }

    fn document_phases(&self) -> Vec<DocumentPhase> {
        let begun = self.phases.iter().filter_map(|phase| {
            Some(DocumentPhase {
                title: phase.title.clone(),
                after_ms: (phase.started_at_ms? - self.restore.at_ms).max(0),
                elapsed_ms: phase.elapsed_ms?,
            })
        });
        begun.collect()
    }

    /// What the page says beside verdict, checks, times and facts.
    fn sections(&self) -> Vec<DocumentSection> {
        let plan = &self.restore.plan;
        let mut by_hand = vec![self.standing.sentence.clone(), self.standing.next.clone()];
        by_hand.dedup();
        let differences = self.restore.report.as_ref().map(|report| report.differences.as_slice());
        let limits = self.restore.report.as_ref().map(|report| report.limits.as_slice());
        let all = [
            ("How it stands, and what is left to do by hand", by_hand),
            ("Recovery steps", self.restore.steps.iter().map(step).collect()),
            ("Tables that differ", differences.unwrap_or_default().iter().map(difference).collect()),
            ("Not here", limit_sentences(limits.unwrap_or_default())),
            ("What was planned", plan.steps.clone()),
            ("What was warned of", plan.warnings.clone()),
            ("Tables", tables(plan)),
        ];
        let said = all.into_iter().filter(|(_, lines)| !lines.is_empty());
        said.map(|(title, lines)| DocumentSection { title: title.into(), lines }).collect()
    }

    fn facts(&self) -> Vec<(String, String)> {
        let Restore { id, plan, state, traces, at_ms, report, .. } = &self.restore;
        let origin = match self.origin.as_deref() {
            Some("window") => Some("in the window"),
            Some("command_line") => Some("on the command line"),
            _ => None,
        };
        let who = self
            .who
            .as_ref()
            .map(|who| [Some(who.as_str()), origin].into_iter().flatten().collect::<Vec<_>>().join(", "));
        let level = match plan.level {
            Some(3) => "restored by a drill or restore before",
            Some(2) => "readable",
            Some(1) => "its bytes only",
            _ => "not proven on this computer",
        };
        let kept = |name: &Option<String>| name.clone().unwrap_or_default();
        let all = [
            ("Restore", id.clone()),
            ("Backup", format!("{} of {}, of {}", plan.backup_id, plan.project, moment_words(plan.at_ms))),
            ("Proven before", level.to_owned()),
            ("How", plan.act.clone()),
            ("Target", format!("{} on {}", plan.database, plan.target)),
            ("Label of the target", kept(&plan.target_label)),
            ("Identity of the target", identity(plan)),
            ("Who", who.unwrap_or_default()),
            ("Plan", format!("{}, made {}", plan.id, moment_words(plan.made_at_ms))),
            (
                "Size",
                format!(
                    "{} of dump, {}",
                    bytes_words(plan.size_bytes),
                    plan.rows.map_or_else(|| "rows not counted".into(), |rows| counted(rows, "row"))
                ),
            ),
            ("Safety backup", safety(plan, traces.safety_backup.as_deref())),
            ("Began", moment_words(*at_ms)),
            ("Ended", self.finished_at_ms.map(moment_words).unwrap_or_default()),
            ("State", state.as_str().to_owned()),
            ("Undo", if self.standing.can_undo { plan.undo.clone() } else { "not offered now".into() }),
            ("Old database", kept(&traces.old_name)),
            ("Schema", kept(&traces.schema)),
            ("Left incomplete", kept(&traces.incomplete)),
            ("Connect", report.as_ref().map(|report| report.connect.clone()).unwrap_or_default()),
            ("Command", plan.command.clone()),
        ];
        let said = all.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn identity(plan: &RestorePlan) -> String {
    let Some(identity) = &plan.identity else { return String::new() };
    let system = identity.system_identifier.as_deref();
    let system = system.map(|system| format!(", system {system}")).unwrap_or_default();
    format!(
        "{} (number {}) on {}{system}, owner {}, {} in {}",
        identity.database,
        identity.oid,
        identity.server,
        identity.owner,
        bytes_words(identity.size_bytes),
        counted(identity.table_count, "table")
    )
}

fn safety(plan: &RestorePlan, made: Option<&str>) -> String {
    match (&plan.safety, made) {
        (_, Some(backup)) => backup.to_owned(),
        (Safety::NotNeeded, None) => "not needed: nothing could be lost".into(),
        (Safety::Planned { project }, None) => format!("planned of {project}, and not made"),
        (Safety::Declined { reason }, None) => format!("declined: {reason}"),
    }
}

fn step(one: &StepResult) -> String {
    let when = match one.when {
        StepTime::Before => "before",
        StepTime::After => "after",
    };
    let took = one.ms.map(|ms| format!(" in {}", span_words(ms))).unwrap_or_default();
    let said = if one.said.is_empty() { String::new() } else { format!(": {}", one.said) };
    format!("{when}, “{}”: {}{took}{said}", one.title, one.state.as_str())
}

fn difference(one: &Difference) -> String {
    let rows = |rows: Option<u64>| rows.map_or_else(|| "none".into(), |rows| counted(rows, "row"));
    match &one.problem {
        Some(problem) => format!("{}: {problem}", one.table),
        None if one.expected_rows == one.found_rows => {
            format!("{}: the counts agree, the content differs", one.table)
        }
        None => format!(
            "{}: {} in the backup, {} found",
            one.table,
            rows(one.expected_rows),
            rows(one.found_rows)
        ),
    }
}

fn tables(plan: &RestorePlan) -> Vec<String> {
    let mut lines: Vec<String> = plan
        .tables
        .iter()
        .take(TABLES_SHOWN)
        .map(|table| {
            let act = match table.act {
                TableAct::Create => "made",
                TableAct::Replace => "replaced",
                TableAct::Add => "rows added",
                TableAct::Merge => "damage taken back",
                TableAct::Keep => "kept",
                TableAct::Delete => "deleted",
                TableAct::Empty => "emptied",
            };
            let rows = table.rows.map(|rows| format!(", {} in the backup", counted(rows, "row")));
            let now = table.rows_now.map(|rows| format!(", {} before", counted(rows, "row")));
            let (rows, now) = (rows.unwrap_or_default(), now.unwrap_or_default());
            format!("{}.{}: {act}{rows}{now}", table.schema, table.name)
        })
        .collect();
    let hidden = plan.tables.len().saturating_sub(TABLES_SHOWN);
    if hidden > 0 {
        lines.push(format!("and {hidden} more"));
    }
    lines
}
