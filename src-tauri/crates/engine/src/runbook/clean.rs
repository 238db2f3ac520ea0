//! The newest verified backup before a moment, and whether it is clean: its bytes are read, then it is
//! compared with the ones before it. Runs as a job, whose result is stored.

use std::collections::BTreeMap;

use super::judge::{Changed, Looked, TableKey, check, judge};
use super::sketch::Sketch;
use crate::archive::Manifest;
use crate::backup::BackupDiff;
use crate::engine::Engine;
use crate::proof::{self};
use base::Code;
use base::clock::now_ms;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::{counted, zoned_words};
use ledger::catalog::{CleanRecord, PointRecord, ProjectRecord, ProofLevel, Verdict};
use ledger::event::Topic;
use ledger::job::{Check, CheckVerdict, JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use postgres::custom_format::{BlockKind, BlockText, TableDigest};

/// Earlier backups that say what is usual.
const HISTORY_MAX: usize = 12;
/// Backups that are looked through for the one that is wanted.
const POINTS_MAX: u32 = 20_000;
/// How many checks are shown of a project.
pub const CLEAN_CHECKS_SHOWN: u32 = 20;
/// A block is read in pieces of this size.
const PIECE_BYTES: usize = 256 * 1024;

/// Whether a backup is clean, as far as that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanCheck {
    /// The run.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// Its moment, where it is still there.
    pub backup_at_ms: Option<i64>,
    /// Before which moment one was wanted.
    pub before_ms: i64,
    /// What it came to.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// What was looked at, and what was not.
    pub checks: Vec<Check>,
    /// When.
    pub at_ms: i64,
}

/// What a check needs.
struct Wanted {
    project: ProjectRecord,
    backup: PointRecord,
    earlier: Vec<PointRecord>,
    before_ms: i64,
}

impl Engine {
    /// Starts a check whether the newest verified backup before a moment is clean. Returns the job's id at
    /// once.
    ///
    /// # Errors
    /// `project_not_found`; `no_backup_before` where there is none.
    #[crate::boxed]
    pub async fn start_clean_check(&self, project: &str, before_ms: i64) -> Result<String, Failure> {
        let project = self.profile.project(project).await?;
        let main = self.main_component(&project).await?;
        let mut points = self.profile.catalog.points(&project.id, main, POINTS_MAX).await?;
        points.retain(|point| point.at_ms < before_ms && point.level >= ProofLevel::Readable.number());
        if points.is_empty() {
            return Err(Failure::new(
                Code::NoBackupBefore,
                format!("{} has no verified backup before {}", project.name, zoned_words(before_ms)),
                format!(
                    "List what there is: `{}`; or name a later moment.",
                    Command::about(About::BackupList, &project.name)
                ),
            ));
        }
        let backup = points.remove(0);
        points.truncate(HISTORY_MAX);
        let vault = self.profile.archive.record().await?;
        let spec = JobSpec {
            kind: JobKind::Verify,
            title: format!("Looking for a clean backup of {}", project.name),
            sentence: format!(
                "The backup of {}, the newest before {}, in vault “{}”; nothing is written there.",
                zoned_words(backup.at_ms),
                zoned_words(before_ms),
                vault.name
            ),
            project_id: Some(project.id.clone()),
            writes_vault: false,
            phases: vec![
                PhaseSpec {
                    id: "verify",
                    title: "Read",
                    weight: 3,
                    sentence: format!(
                        "Read every block from “{}”, compare hashes, count every row again.",
                        vault.name
                    ),
                },
                PhaseSpec {
                    id: "compare",
                    title: "Compare",
                    weight: 2,
                    sentence: format!(
                        "Compare tables and rows with {} before it.",
                        counted(points.len() as u64, "backup")
                    ),
                },
            ],
            if_cancelled: "Nothing changes; what was proven before stays as it was.".into(),
        };
        let wanted = Wanted { project, backup, earlier: points, before_ms };
        let engine = self.clone();
        self.profile
            .jobs
            .start(
                spec,
                move |context| async move { Box::pin(engine.look_whether_clean(&context, wanted)).await },
            )
            .await
    }

    /// What was looked at of a project, newest first.
    ///
    /// # Errors
    /// `project_not_found`; when the catalogue does not answer.
    #[crate::boxed]
    pub async fn clean_checks(&self, project: &str) -> Result<Vec<CleanCheck>, Failure> {
        let project = self.profile.project(project).await?;
        let records = self.profile.catalog.clean_checks(&project.id, CLEAN_CHECKS_SHOWN).await?;
        let mut checks = Vec::with_capacity(records.len());
        for record in records {
            let backup = self.profile.catalog.backups_by_prefix(&record.backup_id).await?.pop();
            checks.push(read(record, backup.map(|backup| backup.at_ms)));
        }
        Ok(checks)
    }

    async fn look_whether_clean(&self, context: &JobContext, wanted: Wanted) -> Result<JobOutput, Failure> {
        let Wanted { project, backup, earlier, before_ms } = wanted;
        context.fact("Backup", backup.id.clone(), None);
        context.phase("verify");
        let (snapshot, manifest) = self.profile.archive.manifest(&backup.id).await?;
        let vault = self.profile.archive.vault().await?;
        let tools = self.profile.tools().await?;
        let majors = manifest.tool_major().ok().zip(manifest.server_major().ok());
        let tool = majors.and_then(|(tool, server)| tools.for_restore(tool, server).ok());
        let catalog = &self.profile.catalog;
        let (verdict, reason) =
            proof::prove(context, catalog, &vault, snapshot, &manifest, tool, ProofLevel::Readable).await?;
        let mut checks =
            vec![check("clean_bytes", "Bytes and rows in the vault", told(verdict), "", reason, Vec::new())];
        if verdict != Verdict::Fail {
            context.phase("compare");
            checks.extend(self.compared(context, &backup, &manifest, &earlier).await?);
        }
        checks.push(nobody_looked());
        let (verdict, reason) = overall(&checks, &backup, before_ms);
        let record = CleanRecord {
            id: context.id().to_owned(),
            project_id: project.id,
            backup_id: backup.id.clone(),
            before_ms,
            verdict,
            reason: reason.clone(),
            checks: serde_json::to_string(&checks)
                .map_err(|error| Failure::new(Code::Internal, error.to_string(), "Report this."))?,
            at_ms: now_ms(),
        };
        catalog.add_clean_check(&record).await?;
        self.profile.jobs.changed(&[Topic::Backups, Topic::Projects]);
        context.safe_next(
            "Bring it back into a scratch database, and look with your own assertions: a drill does.",
        );
        Ok(JobOutput {
            outcome: reason,
            backup_id: Some(backup.id),
            verdict: Some(verdict),
            ..JobOutput::default()
        })
    }

    /// Everything that needs the backups before it.
    async fn compared(
        &self,
        context: &JobContext,
        backup: &PointRecord,
        manifest: &Manifest,
        earlier: &[PointRecord],
    ) -> Result<Vec<Check>, Failure> {
        let Some(tables) = manifest.database.as_ref().and_then(|database| database.tables.clone()) else {
            let why = "This backup holds no database whose tables were counted.";
            return Ok(vec![check(
                "clean_rows",
                "Rows",
                CheckVerdict::Inconclusive,
                "unknown",
                why,
                Vec::new(),
            )]);
        };
        let mut before: Vec<(String, Manifest)> = Vec::new();
        for one in earlier {
            context.checkpoint()?;
            let (_, manifest) = self.profile.archive.manifest(&one.id).await?;
            if manifest.database.as_ref().is_some_and(|database| database.tables.is_some()) {
                before.push((one.id.clone(), manifest));
            }
        }
        let history: Vec<Vec<TableDigest>> =
            before.iter().map(|(_, manifest)| manifest.tables().to_vec()).collect();
        let changed = self.changed(context, (&backup.id, manifest), &before).await?;
        let mut checks = judge(&Looked { tables: &tables, history: &history, changed: &changed });
        if let Some((previous, _)) = before.first() {
            checks.push(structure(&self.compare_backups(previous, &backup.id).await?));
        }
        Ok(checks)
    }

    /// Share of changed rows in the tables whose content differs from the previous backup.
    async fn changed(
        &self,
        context: &JobContext,
        now: (&str, &Manifest),
        before: &[(String, Manifest)],
    ) -> Result<BTreeMap<TableKey, Changed>, Failure> {
        let Some((previous, of_previous)) = before.first() else { return Ok(BTreeMap::new()) };
        let differing = differing(of_previous.tables(), now.1.tables());
        let newest = self.sketches(context, now, &differing).await?;
        let middle = self.sketches(context, (previous, of_previous), &differing).await?;
        let oldest = match before.get(1) {
            Some((id, manifest)) => Some(self.sketches(context, (id, manifest), &differing).await?),
            None => None,
        };
        let changed = differing.into_iter().filter_map(|key| {
            let (was, is) = (middle.get(&key)?, newest.get(&key)?);
            let usual = oldest.as_ref().and_then(|oldest| Some(oldest.get(&key)?.gone_in(was)));
            Some((key, Changed { now: was.gone_in(is), before: usual }))
        });
        Ok(changed.collect())
    }

    /// Samples of the rows of some tables of a backup.
    async fn sketches(
        &self,
        context: &JobContext,
        (id, manifest): (&str, &Manifest),
        wanted: &[TableKey],
    ) -> Result<BTreeMap<TableKey, Sketch>, Failure> {
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let dump = proof::stored_dump(&self.profile, id, manifest).await?;
        let toc = proof::read_toc(&dump).await?;
        let mut found = BTreeMap::new();
        for block in dump.blocks.iter().filter(|block| block.kind == BlockKind::Rows) {
            let Some(entry) = toc.entries.iter().find(|entry| entry.dump_id == block.dump_id) else {
                continue;
            };
            let key = (entry.schema.clone().unwrap_or_default(), entry.tag.clone());
            if !wanted.contains(&key) {
                continue;
            }
            context.checkpoint()?;
            let (open, block, int_bytes) = (std::sync::Arc::clone(&dump.open), *block, toc.header.int_bytes);
            let (meter, token) = (std::sync::Arc::clone(context.meter()), context.token().clone());
            let read = tokio::task::spawn_blocking(move || {
                let range = std::io::BufReader::with_capacity(PIECE_BYTES, open(block.offset, block.length)?);
                Sketch::of(BlockText::new(range, int_bytes)?, |bytes| {
                    meter.add_bytes(bytes);
                    !token.is_cancelled()
                })
            });
            let read = read.await.unwrap_or_else(|join| Err(std::io::Error::other(join)));
            context.checkpoint()?;
            let sketch = read.map_err(|error| {
                Failure::new(
                    Code::VaultDamaged,
                    format!("the rows of {}.{} in backup {id} cannot be read: {error}", key.0, key.1),
                    "Check the vault: `holdfast vault check --read-data`.",
                )
            })?;
            found.insert(key, sketch);
        }
        Ok(found)
    }
}

/// Tables of both whose content is not the same.
fn differing(before: &[TableDigest], now: &[TableDigest]) -> Vec<TableKey> {
    let was: BTreeMap<(&str, &str), &TableDigest> =
        before.iter().map(|table| ((table.schema.as_str(), table.name.as_str()), table)).collect();
    let differs = |table: &&TableDigest| {
        was.get(&(table.schema.as_str(), table.name.as_str()))
            .is_some_and(|was| (was.rows, &was.fingerprint) != (table.rows, &table.fingerprint))
    };
    now.iter().filter(differs).map(|table| (table.schema.clone(), table.name.clone())).collect()
}

/// What is made otherwise than before is for a person to look at.
fn structure(diff: &BackupDiff) -> Check {
    let word = |change| match change {
        crate::backup::ObjectChange::Added => "added",
        crate::backup::ObjectChange::Removed => "removed",
        crate::backup::ObjectChange::Changed => "changed",
    };
    let named = diff.objects.iter().map(|object| {
        let schema = object.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
        format!("{} {schema}{}: {}", object.kind, object.name, word(object.change))
    });
    let findings: Vec<String> = named.chain(diff.not_compared.iter().cloned()).collect();
    let (verdict, figure) = if findings.is_empty() {
        (CheckVerdict::Pass, "the same".to_owned())
    } else {
        (CheckVerdict::Noted, counted(findings.len() as u64, "difference"))
    };
    let done = "Tables, functions, triggers, policies and roles as the backup before has them. What is new may be rightly so: look at it.";
    check("clean_structure", "Structure", verdict, figure, done, findings)
}

/// What is never looked at, so that nobody takes it for looked at.
fn nobody_looked() -> Check {
    let findings = vec![
        "Whether values are right: only your own assertions know, `holdfast drill assert add`.".to_owned(),
        "Whether names or texts are those of a blackmailer: nothing is guessed from names.".to_owned(),
        "Whether functions, triggers or rows were planted and lie dormant.".to_owned(),
        "Files, servers and computers beside the database.".to_owned(),
    ];
    check(
        "clean_unseen",
        "What nobody looked at",
        CheckVerdict::NotChecked,
        "not checked",
        "No program can show these.",
        findings,
    )
}

fn told(verdict: Verdict) -> CheckVerdict {
    match verdict {
        Verdict::Pass => CheckVerdict::Pass,
        Verdict::Fail => CheckVerdict::Fail,
        Verdict::Inconclusive => CheckVerdict::Inconclusive,
    }
}

/// Combines checks: one failure fails; one inconclusive check leaves it open; a check that was not made is
/// reported and decides nothing.
fn overall(checks: &[Check], backup: &PointRecord, before_ms: i64) -> (Verdict, String) {
    let of = |verdict| checks.iter().filter(move |check| check.verdict == verdict);
    let which = format!(
        "The backup of {}, the newest verified before {},",
        zoned_words(backup.at_ms),
        zoned_words(before_ms)
    );
    let named = |verdict| of(verdict).map(|check| check.title.to_lowercase()).collect::<Vec<_>>().join(", ");
    if of(CheckVerdict::Fail).next().is_some() {
        (Verdict::Fail, format!("{which} is not as the ones before it: {}.", named(CheckVerdict::Fail)))
    } else if of(CheckVerdict::Inconclusive).next().is_some() {
        (
            Verdict::Inconclusive,
            format!("{which} could not be shown to be clean: {}.", named(CheckVerdict::Inconclusive)),
        )
    } else {
        (Verdict::Pass, format!("{which} was read whole, and looks as the ones before it do."))
    }
}

fn read(record: CleanRecord, backup_at_ms: Option<i64>) -> CleanCheck {
    let CleanRecord { id, project_id: _, backup_id, before_ms, verdict, reason, checks, at_ms } = record;
    let checks = serde_json::from_str(&checks).unwrap_or_else(|error| {
        let why = format!("what was kept of it cannot be read: {error}");
        vec![check("clean_unread", "Checks", CheckVerdict::Inconclusive, "unknown", why, Vec::new())]
    });
    CleanCheck { id, backup_id, backup_at_ms, before_ms, verdict, reason, checks, at_ms }
}
