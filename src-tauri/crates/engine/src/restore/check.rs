//! The checks after a restore; their verdict is the restore's.

use super::plan::RestorePlan;
use crate::archive::Manifest;
use crate::catalog::Verdict;
use crate::failure::Failure;
use crate::job::JobContext;
use crate::proof::{Difference, RestoreReport};
use crate::source::postgres::compare::{RowsError, TableDifference};
use crate::source::postgres::connection::Session;
use crate::source::postgres::facts;
use crate::source::postgres::fill::{Message, Noise};
use crate::source::postgres::target::Target;
use crate::words::counted;

/// What has to hold beside the rows: nothing that the archive made may be left half-built.
const WEAK: &str = "select 'index ' || indexrelid::regclass::text || ' is not valid' \
    from pg_catalog.pg_index where not indisvalid";

/// What went in.
pub(super) struct Loaded {
    pub(super) tables: u64,
    pub(super) rows: u64,
    pub(super) messages: Vec<Message>,
}

/// What the checks found.
pub(super) struct Findings {
    /// Tables whose rows are others.
    differences: Vec<TableDifference>,
    /// Objects that are not as they should be, as sentences.
    weak: Vec<String>,
}

/// Takes what the comparison of the rows found, and looks at indexes and large objects.
pub(super) async fn check(
    context: &JobContext,
    manifest: &Manifest,
    target: &Target,
    differences: Result<Vec<TableDifference>, RowsError>,
) -> Result<Findings, Failure> {
    let differences = differences?;
    let session = target.session().await?;
    let mut weak: Vec<String> = session.client.query(WEAK, &[]).await?.iter().map(|row| row.get(0)).collect();
    weak.extend(large_objects(context, manifest, &session).await?);
    session.close().await;
    Ok(Findings { differences, weak })
}

/// What is not right with the large objects. Older manifests know their number and bytes only.
async fn large_objects(
    context: &JobContext,
    manifest: &Manifest,
    session: &Session,
) -> Result<Option<String>, Failure> {
    let found = facts::fingerprint_large_objects(&session.client, &|| context.token().is_cancelled()).await?;
    context.checkpoint()?;
    let (count, bytes) = manifest.database.large_objects;
    if (found.count, found.bytes) != (count, bytes) {
        let (there, of) = (found.count, found.bytes);
        return Ok(Some(format!(
            "{there} large objects of {of} bytes are there, the backup holds {count} of {bytes}"
        )));
    }
    let expected = manifest.database.large_objects_fingerprint.as_deref();
    let is_other = expected.is_some_and(|expected| expected != found.fingerprint_text());
    Ok(is_other.then(|| "the large objects' content differs".to_owned()))
}

/// The verdict, and everything that is shown with it; times and addresses are the caller's.
pub(super) fn judge(plan: &RestorePlan, loaded: &Loaded, findings: Findings) -> RestoreReport {
    let Findings { differences, weak } = findings;
    let degraded = loaded.messages.iter().filter(|message| message.noise == Noise::Degraded).count();
    let counted = format!("{}, {}", counted(loaded.tables, "table"), counted(loaded.rows, "row"));
    let (verdict, reason) = if differences.is_empty() && weak.is_empty() {
        let notes =
            if degraded > 0 { format!(" {degraded} notes about owners and rights.") } else { String::new() };
        (
            Verdict::Pass,
            format!("{counted} came back; rows and fingerprints of every table match the manifest.{notes}"),
        )
    } else {
        let first = differences
            .first()
            .map(|one| one.table.clone())
            .or_else(|| weak.first().cloned())
            .unwrap_or_default();
        (
            Verdict::Fail,
            format!(
                "{counted} came back, and {} things differ from the manifest, the first: {first}.",
                differences.len() + weak.len()
            ),
        )
    };
    let differences = differences
        .into_iter()
        .map(|TableDifference { table, expected_rows, found_rows, problem }| Difference {
            table,
            expected_rows: Some(expected_rows),
            found_rows,
            problem,
        })
        .chain(weak.into_iter().map(|what| Difference {
            table: what,
            expected_rows: None,
            found_rows: None,
            problem: None,
        }))
        .collect();
    RestoreReport {
        backup_id: plan.backup_id.clone(),
        database: plan.database.clone(),
        target: plan.target.clone(),
        verdict,
        reason,
        tables_checked: loaded.tables,
        rows_checked: loaded.rows,
        differences,
        notes: loaded.messages.iter().map(|message| message.text.clone()).collect(),
        restore_ms: 0,
        check_ms: 0,
        connect: String::new(),
        scratch_id: None,
    }
}
