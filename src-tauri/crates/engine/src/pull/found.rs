//! What was found in a platform's backup when it was fetched, for a later restore there.

use crate::engine::Engine;
use base::failure::Failure;
use ledger::catalog::ProjectRecord;

impl Engine {
    /// Problems found in it, as sentences; empty if it was never fetched. An unreadable vault is reported,
    /// and does not block planning.
    pub(super) async fn found_when_fetched(
        &self,
        project: &ProjectRecord,
        remote: &str,
    ) -> Result<Vec<String>, Failure> {
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let Some(backup) = here.get(remote) else { return Ok(Vec::new()) };
        Ok(match self.profile.archive.manifest(backup).await {
            Ok((_, manifest)) => {
                let aside = manifest.held_back.map(|why| format!("It does not count here: {why}."));
                manifest.warnings.into_iter().chain(aside).collect()
            }
            Err(failure) => {
                let why = failure.message.trim_end_matches('.');
                vec![format!("What was found in it when it was fetched cannot be read now: {why}.")]
            }
        })
    }
}
