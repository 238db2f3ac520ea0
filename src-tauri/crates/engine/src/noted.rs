//! Backup records in a project's own database that follows `WedSync`'s design: starts a manual backup there,
//! reads its log, and writes back what Holdfast proved.
//!
//! A verb. It writes only on request: once for a backup, or for every drill of a project.

mod asked;

use jiff::Timestamp;
use serde_json::json;

pub use asked::{ChangesSince, TableChanges};

use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{ProjectRecord, ProofLevel, ProofRecord, Verdict};
use ledger::event::Topic;
use postgres::connection::Session;
use postgres::target::Target;
use remote::platform::wedsync::{LogEntry, ManualBackup, VerificationKind, VerificationRecord, Wedsync};

/// Entries of a log that a person looks at.
const LOG_MAX: u32 = 100;

impl Engine {
    /// Records a manual backup in the project's database. The record is not a backup: `holdfast backup run`
    /// makes one.
    ///
    /// # Errors
    /// `no_connection`, `wedsync_not_there`, or what the database said.
    #[crate::boxed]
    pub async fn note_manual_backup(&self, project: &str, reason: &str) -> Result<ManualBackup, Failure> {
        let project = self.profile.project(project).await?;
        let session = self.session_of(&project).await?;
        let design = Wedsync::open(&session).await?;
        let noted = design.create_manual_backup(reason, None).await;
        if noted.is_ok() {
            // The session ends with this call anyway; a server in backup mode would only say so in its log.
            if let Err(error) = design.end_backup_mode().await {
                tracing::debug!(%error, "the session was in no backup mode");
            }
        }
        session.close().await;
        let noted = noted?;
        let details = Details::none().with("act", Fact::Word("note")).with("backup", Fact::Name(&noted.id));
        self.audit(Act::PlatformActed, &Subject::project(&project), details).await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(noted)
    }

    /// What the project's database noted of backups, newest first: claims. That it follows the design is known from
    /// then on.
    ///
    /// # Errors
    /// As `note_manual_backup`.
    #[crate::boxed]
    pub async fn noted_backups(&self, project: &str) -> Result<Vec<LogEntry>, Failure> {
        let project = self.profile.project(project).await?;
        let session = self.session_of(&project).await?;
        let log = Wedsync::open(&session).await?.backup_log(LOG_MAX).await;
        session.close().await;
        let log = log?;
        self.profile.catalog.set_noted_found(&project.id, now_ms()).await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(log)
    }

    /// Writes what was proven of a backup into its project's database. Returns the ids of the rows.
    ///
    /// # Errors
    /// As `note_manual_backup`; `backup_not_found`, `not_proven` where nothing was tried yet.
    #[crate::boxed]
    pub async fn note_verifications(&self, backup: &str) -> Result<Vec<String>, Failure> {
        let backup = self.backup(backup).await?;
        let project = self.profile.project(&backup.record.project_id).await?;
        let proofs = self.profile.catalog.proofs(&backup.record.id).await?;
        let last = [ProofLevel::Bytes, ProofLevel::Readable, ProofLevel::Restored]
            .into_iter()
            .filter_map(|level| proofs.iter().find(|proof| proof.level == level));
        let records: Vec<VerificationRecord> = last.map(record).collect();
        if records.is_empty() {
            return Err(Failure::new(
                Code::NotProven,
                "nothing was tried with this backup on this computer yet",
                "Prove it first: `holdfast verify BACKUP`, or `holdfast drill run BACKUP`.",
            ));
        }
        let session = self.session_of(&project).await?;
        let design = Wedsync::open(&session).await?;
        let mut rows = Vec::new();
        for record in &records {
            rows.push(design.record_verification(record).await?);
        }
        session.close().await;
        let details =
            Details::none().with("act", Fact::Word("record")).with("rows", Fact::Count(rows.len() as u64));
        self.audit(Act::PlatformActed, &Subject::project(&project), details).await?;
        Ok(rows)
    }

    pub(in crate::noted) async fn session_of(&self, project: &ProjectRecord) -> Result<Session, Failure> {
        let target = Target {
            settings: project.postgres()?.clone(),
            password: self.profile.password(project).await?,
            application: "holdfast notes".into(),
        };
        Ok(target.session().await?)
    }
}

fn record(proof: &ProofRecord) -> VerificationRecord {
    let kind = match proof.level {
        ProofLevel::Bytes => VerificationKind::Checksum,
        ProofLevel::Readable => VerificationKind::IntegrityCheck,
        ProofLevel::Restored => VerificationKind::RestoreTest,
    };
    let is_success = match proof.verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Inconclusive => None,
    };
    VerificationRecord {
        backup_id: proof.backup_id.clone(),
        kind,
        at: Timestamp::from_millisecond(proof.at_ms).unwrap_or_default(),
        is_success,
        details: json!({ "by": "holdfast", "reason": proof.reason, "elapsed_ms": proof.elapsed_ms }),
        verified_by: None,
    }
}
