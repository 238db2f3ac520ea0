//! Proving an existing backup again, as a job.

use std::sync::Arc;

use crate::engine::Engine;
use crate::proof;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{ProofLevel, Verdict};
use ledger::event::Topic;
use ledger::job::{JobKind, JobOutput, JobSpec, PhaseSpec};

impl Engine {
    /// Starts to prove a backup. Returns the job's id at once.
    ///
    /// # Errors
    /// `backup_not_found`; `invalid_request` for the level that only a restore can show.
    #[crate::boxed]
    pub async fn start_verify(&self, reference: &str, level: ProofLevel) -> Result<String, Failure> {
        if level == ProofLevel::Restored {
            return Err(Failure::invalid(
                "only a restore shows that a backup restores",
                "Restore it into a scratch cluster: its checks count as proof. `holdfast restore plan BACKUP --scratch --out PLAN`",
            ));
        }
        let backup = self.backup(reference).await?;
        let vault = self.profile.archive.record().await?;
        let spec = JobSpec {
            kind: JobKind::Verify,
            title: format!("Verifying a backup of {}", backup.project),
            sentence: format!(
                "Backup {} in vault “{}”; nothing is written.",
                &backup.record.id[..8.min(backup.record.id.len())],
                vault.name
            ),
            project_id: Some(backup.record.project_id.clone()),
            writes_vault: false,
            phases: vec![PhaseSpec {
                id: "verify",
                title: "Verify",
                weight: 1,
                sentence: format!(
                    "Read every block from “{}”, compare hashes, count every row again.",
                    vault.name
                ),
            }],
            if_cancelled: "Nothing changes; what was proven before stays as it was.".into(),
        };
        let (engine, id) = (self.clone(), backup.record.id);
        self.profile
            .jobs
            .start(spec, move |context| async move {
                context.phase("verify");
                let (snapshot, manifest) = engine.profile.archive.manifest(&id).await?;
                let profile = Arc::clone(&engine.profile);
                let vault = profile.archive.vault().await?;
                let tools = profile.tools().await?;
                let majors = manifest.tool_major().ok().zip(manifest.server_major().ok());
                let tool = majors.and_then(|(tool, server)| tools.for_restore(tool, server).ok());
                let (verdict, reason) =
                    proof::prove(&context, &profile.catalog, &vault, snapshot, &manifest, tool, level).await?;
                profile.jobs.changed(&[Topic::Backups, Topic::Projects]);
                if verdict == Verdict::Fail {
                    return Err(Failure::new(
                        Code::VerificationFailed,
                        reason.trim_end_matches('.'),
                        "Do not rely on this backup. Make a new one, and check the vault with `holdfast vault check --read-data`.",
                    ));
                }
                context.safe_next("The ledger of this backup has the result.");
                Ok(JobOutput { outcome: reason, backup_id: Some(id), verdict: Some(verdict), ..JobOutput::default() })
            })
            .await
    }
}
