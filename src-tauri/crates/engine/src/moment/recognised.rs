//! What a person recognises their project by, in the dump of a moment.

use super::Moment;
use super::dump::Stored;
use base::words::full_text;
use ledger::job::JobContext;
use postgres::dump::Holder;
use postgres::provider::{FileBytes, Recognised, recognise};

/// How large the files are that the database only knows the names of. A backup without these figures is whole.
pub(super) async fn file_bytes(context: &JobContext, holder: &Holder) -> Vec<FileBytes> {
    match holder.file_bytes().await {
        Ok(bytes) => bytes,
        Err(error) => {
            let why = full_text(&error);
            context.warn("snapshot", format!("how large the stored files are is not known: {why}"));
            Vec::new()
        }
    }
}

impl Moment {
    /// What a person recognises; none where the dump could not be counted.
    pub(crate) fn recognised(&self, stored: &Stored) -> Option<Recognised> {
        recognise(stored.summary.as_ref().ok()?, &self.file_bytes)
    }
}
