//! Reading the chain: newest first, page by page.

use super::{AuditError, Entry, Recorder};
use base::failure::Failure;

/// What a page may hold at most.
const PAGE_MAX: u32 = 500;

/// Which entries are asked for; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The beginning of the act's code: `backup.` or `restore.applied`.
    pub act: Option<String>,
    /// Id, name or kind of the subject.
    pub subject: Option<String>,
    /// Not before this moment.
    pub since_ms: Option<i64>,
    /// Before this moment.
    pub until_ms: Option<i64>,
    /// A text that stands anywhere in the entry.
    pub text: Option<String>,
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// How many match in all.
    pub total: u64,
    /// Newest first.
    pub entries: Vec<Entry>,
}

impl Recorder {
    /// A page of the chain, newest first; `before` is the number of the last entry of the page before it.
    ///
    /// # Errors
    /// `invalid_request` for a limit of 0 or above 500; `audit_unreadable`.
    pub async fn page(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<AuditPage, Failure> {
        if limit == 0 || limit > PAGE_MAX {
            return Err(Failure::invalid(
                format!("a page of {limit} entries"),
                format!("Ask for 1 to {PAGE_MAX} at a time."),
            ));
        }
        let read = self.catalog().audit_page(filter, before, limit).await;
        let (total, entries) = read.map_err(|source| AuditError::Read { source })?;
        Ok(AuditPage { total: u64::try_from(total).unwrap_or(0), entries })
    }
}
