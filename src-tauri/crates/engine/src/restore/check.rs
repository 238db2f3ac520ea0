//! The checks after a restore; their verdict is the restore's.

use std::collections::HashMap;
use std::io::Read as _;

use super::plan::RestorePlan;
use crate::archive::{Manifest, opened};
use crate::catalog::Verdict;
use crate::failure::Failure;
use crate::job::JobContext;
use crate::proof::{Difference, RestoreReport};
use crate::source::postgres::compare::{self, DumpedTable, TableDifference};
use crate::source::postgres::custom_format::Toc;
use crate::source::postgres::fill::{LoadError, LoadReport, Noise, StoredDump};
use crate::source::postgres::target::Target;
use crate::words::counted;

/// What has to hold beside the rows: nothing that the archive made may be left half-built.
const WEAK: &str = "select 'index ' || indexrelid::regclass::text || ' is not valid' \
    from pg_catalog.pg_index where not indisvalid";

/// How many large objects there are; their content may be read by superusers only.
const LARGE_OBJECTS: &str = "select count(*) from pg_catalog.pg_largeobject_metadata";

/// What the checks found.
pub(super) struct Findings {
    /// Tables whose rows are others.
    differences: Vec<TableDifference>,
    /// Objects that are not as they should be, as sentences.
    weak: Vec<String>,
}

/// Compares rows and fingerprints of every table with the manifest, and looks at the indexes.
pub(super) async fn check(
    context: &JobContext,
    dump: &StoredDump,
    manifest: &Manifest,
    target: &Target,
    sessions: usize,
) -> Result<Findings, Failure> {
    let toc = read_toc(dump).await?;
    let digests: HashMap<_, _> = manifest
        .database
        .tables
        .iter()
        .flatten()
        .map(|table| ((table.schema.as_str(), table.name.as_str()), table))
        .collect();
    let tables: Vec<DumpedTable> = toc
        .entries
        .iter()
        .filter_map(|entry| {
            let digest = *digests.get(&(entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str()))?;
            Some(DumpedTable { digest: digest.clone(), copy: entry.copy.clone()? })
        })
        .collect();
    let differences =
        compare::compare(target, tables, toc.encoding(), sessions, context.meter(), context.token()).await?;
    let session = target.session().await?;
    let mut weak: Vec<String> = session.client.query(WEAK, &[]).await?.iter().map(|row| row.get(0)).collect();
    let objects: i64 = session.client.query_one(LARGE_OBJECTS, &[]).await?.get(0);
    let (expected, _) = manifest.database.large_objects;
    if u64::try_from(objects).ok() != Some(expected) {
        weak.push(format!("{objects} large objects are there, the backup holds {expected}"));
    }
    session.close().await;
    Ok(Findings { differences, weak })
}

async fn read_toc(dump: &StoredDump) -> Result<Toc, Failure> {
    let (open, length) = (dump.open.clone(), dump.prefix_bytes);
    opened::blocking(move || -> Result<Toc, LoadError> {
        let io = |source| LoadError::Io { what: "read the dump from the vault", source };
        let mut head = Vec::new();
        open(0, length).map_err(io)?.read_to_end(&mut head).map_err(io)?;
        Ok(Toc::parse(&head)?)
    })
    .await
}

/// The verdict, and everything that is shown with it; times and addresses are the caller's.
pub(super) fn judge(plan: &RestorePlan, loaded: &LoadReport, findings: Findings) -> RestoreReport {
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
