//! What was found in a platform's backup when it was fetched, for whoever wants it restored there.

use crate::catalog::ProjectRecord;
use crate::engine::Engine;
use base::failure::Failure;

impl Engine {
    /// What was odd about it, in sentences; nothing of one that was never fetched. That the vault cannot be read now is
    /// said, and keeps nobody from planning.
    pub(super) async fn found_when_fetched(
        &self,
        project: &ProjectRecord,
        remote: &str,
    ) -> Result<Vec<String>, Failure> {
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let Some(backup) = here.get(remote) else { return Ok(Vec::new()) };
        Ok(match self.load_manifest(backup).await {
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
