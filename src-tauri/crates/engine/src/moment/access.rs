//! Who may do what at the moment of a backup, written beside the dump.

use super::Moment;
use super::dump::store_text;
use crate::archive::opened::blocking;
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{ACCESS_PATH, Part};
use base::failure::Failure;
use ledger::job::JobContext;
use postgres::access::AccessFact;
use postgres::dump::Holder;

/// What is known of it. A backup without it is whole; a restore of it is compared with its archive alone.
pub(super) async fn known(context: &JobContext, holder: &Holder, major: u16) -> Option<Vec<AccessFact>> {
    match holder.access_facts(major).await {
        Ok(facts) => Some(facts),
        Err(error) => {
            context
                .warn("snapshot", format!("owners and rights are not written down beside the dump: {error}"));
            None
        }
    }
}

impl Moment {
    /// Writes it into the snapshot.
    pub(crate) async fn store_access(
        &self,
        writer: OpenSnapshot,
    ) -> Result<(OpenSnapshot, Option<Part>), Failure> {
        let Some(facts) = &self.access else { return Ok((writer, None)) };
        let mut text = String::new();
        for fact in facts {
            let line =
                serde_json::to_string(fact).map_err(|error| Failure::invalid(error.to_string(), ""))?;
            text.push_str(&line);
            text.push('\n');
        }
        blocking(move || -> Result<_, Failure> {
            let part = store_text(&writer, text.as_bytes(), ACCESS_PATH)?;
            Ok((writer, Some(part)))
        })
        .await
    }
}
