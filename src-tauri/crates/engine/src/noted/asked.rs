//! Further calls to a project's own database: test a backup, list changes since one, and enable recording
//! every drill.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::engine::Engine;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, DrillKind, DrillRecord, ProjectRecord, Verdict};
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use remote::platform::wedsync::{Changes, RestorationTest, TestKind, TestRecord, Wedsync};

/// More than a person looks at; the rest is counted as more.
const CHANGES_MAX: u32 = 10_000;
/// How often a run says that it still waits for the database.
const BEAT: Duration = Duration::from_secs(5);
/// A drill does not wait longer for a database that is to keep its result.
const RECORD_LIMIT: Duration = Duration::from_mins(1);

/// What changed in a database since a backup of it, as it tracks it: claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesSince {
    /// Since when.
    pub since_ms: i64,
    /// By table: rows that were inserted, updated, deleted, and anything else, and the last moment.
    pub tables: Vec<TableChanges>,
    /// Whether there are more than were read.
    pub is_cut: bool,
}

/// What changed in one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableChanges {
    /// Its name, as it stands there.
    pub table: String,
    /// Rows that came.
    pub inserted: u64,
    /// Rows that changed.
    pub updated: u64,
    /// Rows that went.
    pub deleted: u64,
    /// What is called otherwise there.
    pub other: u64,
    /// When the last of them was.
    pub last_at_ms: i64,
}

impl Engine {
    /// Whether the results of a project's drills are written into its database; absent where no such design was found
    /// there yet.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn records_drills(&self, project: &str) -> Result<Option<bool>, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.noted(&project.id).await?)
    }

    /// Has the result of every drill of a project written into its database from now on, or not any more.
    ///
    /// # Errors
    /// `no_connection`, `wedsync_not_there` where it keeps no tests, or what the database said.
    #[crate::boxed]
    pub async fn record_drills(&self, project: &str, is_on: bool) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        if is_on {
            let session = self.session_of(&project).await?;
            let tests = match Wedsync::open(&session).await {
                Ok(design) => design.require_tests(),
                Err(error) => Err(error),
            };
            session.close().await;
            tests?;
        }
        let details = Details::none().with("records_drills", Fact::Flag(is_on));
        let mut writing =
            self.profile.audit.begin(Act::ProjectEdited, &Subject::project(&project), details).await?;
        Catalog::set_records_drills_on(writing.connection(), &project.id, is_on, now_ms()).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(())
    }

    /// What changed in a backup's database since the moment that the backup restores, as the database tracks it.
    ///
    /// # Errors
    /// `backup_not_found`, `no_connection`, `wedsync_not_there`, or what the database said.
    #[crate::boxed]
    pub async fn changes_since(&self, backup: &str) -> Result<ChangesSince, Failure> {
        let backup = self.backup(backup).await?;
        let project = self.profile.project(&backup.record.project_id).await?;
        let since = Timestamp::from_millisecond(backup.record.at_ms).unwrap_or_default();
        let session = self.session_of(&project).await?;
        let changes = match Wedsync::open(&session).await {
            Ok(design) => design.changes_since(since, CHANGES_MAX).await,
            Err(error) => Err(error),
        };
        session.close().await;
        Ok(by_table(backup.record.at_ms, changes?))
    }

    /// Starts the project's database's own test of a recorded backup. Returns the job's id at once.
    ///
    /// # Errors
    /// `project_not_found`, `no_connection`; all else is the run's own end.
    #[crate::boxed]
    pub async fn start_noted_test(&self, project: &str, noted: &str) -> Result<String, Failure> {
        let project = self.profile.project(project).await?;
        project.postgres()?;
        let noted = noted.trim().to_owned();
        if noted.is_empty() {
            return Err(Failure::invalid(
                "no backup was named",
                "Take its id from `holdfast noted list PROJECT`.",
            ));
        }
        let sentence = format!(
            "The database of {} tests the backup {noted} by its function test_backup_restoration.",
            project.name
        );
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: format!("Testing a backup of {} in its database", project.name),
            sentence: sentence.clone(),
            project_id: Some(project.id.clone()),
            writes_vault: false,
            phases: vec![PhaseSpec { id: "platform", title: "There", weight: 1, sentence }],
            if_cancelled: "The database is told to stop; what its function wrote by then may stay.".into(),
        };
        let engine = self.clone();
        let work =
            move |context: JobContext| async move { engine.test_noted(&context, &project, &noted).await };
        self.profile.jobs.start(spec, work).await
    }

    async fn test_noted(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        noted: &str,
    ) -> Result<JobOutput, Failure> {
        context.phase("platform");
        let details = Details::none().with("act", Fact::Word("test")).with("backup", Fact::Name(noted));
        self.audit(Act::PlatformActed, &Subject::project(project), details).await?;
        let session = self.session_of(project).await?;
        let tested = {
            let design = Wedsync::open(&session).await?;
            let testing = design.test_backup_restoration(noted);
            tokio::pin!(testing);
            loop {
                tokio::select! {
                    tested = &mut testing => break tested,
                    () = context.token().cancelled() => {
                        // Its function goes on otherwise, whoever hears it.
                        let _ = session.canceller().cancel().await;
                        context.checkpoint()?;
                    }
                    // How long it takes is the database's matter; it has a limit of its own.
                    () = tokio::time::sleep(BEAT) => context.meter().beat(),
                }
            }
        };
        session.close().await;
        let RestorationTest { is_success, id, errors } = tested?;
        let row = id.map(|id| format!(" Its row in backup_tests is {id}.")).unwrap_or_default();
        let errors = errors.map(|errors| format!(" It noted: {errors}.")).unwrap_or_default();
        let verdict = if is_success { Verdict::Pass } else { Verdict::Fail };
        let outcome = if is_success {
            format!(
                "The database says that {noted} restores.{row} It is its claim: Holdfast restored nothing."
            )
        } else {
            format!("The database says that {noted} does not restore.{errors}{row}")
        };
        Ok(JobOutput { outcome, verdict: Some(verdict), ..JobOutput::default() })
    }

    /// Writes the result of a drill to its project's database, if enabled. A failure is reported in the run,
    /// and does not change the result.
    pub(crate) async fn record_drill_there(&self, context: &JobContext, drill: &DrillRecord) {
        let written = tokio::time::timeout(RECORD_LIMIT, self.written_there(drill));
        match written.await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(row))) => {
                context.info("clean", format!("Its result is in the database's backup_tests, as {row}."));
            }
            Ok(Err(failure)) => {
                context.warn(
                    "clean",
                    format!("its result is not in the database's backup_tests: {}", failure.message),
                );
            }
            Err(_) => {
                let seconds = RECORD_LIMIT.as_secs();
                let said =
                    format!("its result is not in the database's backup_tests: no answer within {seconds} s");
                context.warn("clean", said);
            }
        }
    }

    async fn written_there(&self, drill: &DrillRecord) -> Result<Option<String>, Failure> {
        if self.profile.catalog.noted(&drill.project_id).await? != Some(true) {
            return Ok(None);
        }
        let project = self.profile.project(&drill.project_id).await?;
        let session = self.session_of(&project).await?;
        let record = test_of(drill);
        let row = match Wedsync::open(&session).await {
            Ok(design) => design.record_test(&record).await,
            Err(error) => Err(error),
        };
        session.close().await;
        let row = row?;
        let details = Details::none().with("act", Fact::Word("record")).with("rows", Fact::Count(1));
        self.audit(Act::PlatformActed, &Subject::project(&project), details).await?;
        Ok(Some(row))
    }
}

/// A drill as the design's table takes it.
fn test_of(drill: &DrillRecord) -> TestRecord {
    let moment = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
    let is_success = match drill.verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Inconclusive => None,
    };
    TestRecord {
        backup_id: drill.backup_id.clone(),
        kind: match drill.kind {
            DrillKind::Full | DrillKind::Data => TestKind::RestoreTest,
            DrillKind::Sample => TestKind::SpotCheck,
        },
        environment: Some(drill.place.clone()),
        started_at: moment(drill.started_at_ms),
        completed_at: Some(moment(drill.at_ms)),
        is_success,
        errors: (drill.verdict == Verdict::Fail).then(|| json!({ "reason": drill.reason })),
        data_verified: None,
        tested_by: None,
        notes: Some(format!("drill {} by Holdfast: {}", drill.id, drill.reason)),
    }
}

fn by_table(since_ms: i64, changes: Changes) -> ChangesSince {
    let Changes { changes, is_cut } = changes;
    let mut tables: BTreeMap<String, TableChanges> = BTreeMap::new();
    for change in changes {
        let known = tables.entry(change.table.clone()).or_default();
        known.table = change.table;
        known.last_at_ms = known.last_at_ms.max(change.changed_at.as_millisecond());
        let counter = match change.operation.to_ascii_uppercase().as_str() {
            "INSERT" => &mut known.inserted,
            "UPDATE" => &mut known.updated,
            "DELETE" => &mut known.deleted,
            _ => &mut known.other,
        };
        *counter += 1;
    }
    ChangesSince { since_ms, tables: tables.into_values().collect(), is_cut }
}

impl ChangesSince {
    /// In one sentence.
    pub fn words(&self) -> String {
        let rows: u64 =
            self.tables.iter().map(|one| one.inserted + one.updated + one.deleted + one.other).sum();
        let at_least = if self.is_cut { "at least " } else { "" };
        format!(
            "{at_least}{} in {} changed since, as the database tracks it",
            counted(rows, "row"),
            counted(self.tables.len() as u64, "table")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote::platform::wedsync::Change;

    #[test]
    fn changes_are_counted_by_table_and_kind_and_what_is_called_otherwise_too() {
        let change = |table: &str, operation: &str, at: i64| Change {
            table: table.to_owned(),
            record: None,
            operation: operation.to_owned(),
            changed_at: Timestamp::from_millisecond(at).unwrap(),
        };
        let changes = vec![
            change("b", "insert", 5),
            change("a", "DELETE", 9),
            change("b", "UPDATE", 7),
            change("b", "truncate", 6),
        ];
        let counted = by_table(3, Changes { changes, is_cut: true });
        let one = |table: &str, inserted, updated, deleted, other, last_at_ms| TableChanges {
            table: table.to_owned(),
            inserted,
            updated,
            deleted,
            other,
            last_at_ms,
        };
        assert_eq!(counted.tables, [one("a", 0, 0, 1, 0, 9), one("b", 1, 1, 0, 1, 7)]);
        assert_eq!(counted.words(), "at least 4 rows in 2 tables changed since, as the database tracks it");
    }
}
