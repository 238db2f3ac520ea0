//! Current row counts for the preview. Reads only, within a time limit.

use std::time::Duration;

use super::existing::Existing;
use super::plan::{PlannedTable, RestorePlan, TableAct};
use base::failure::Failure;
use postgres::compare::is_one_condition;
use postgres::facts::configuration_conditions;
use postgres::target::{Target, quote_identifier};

/// Counting takes at most this long in all; what is left is the server's estimate.
const COUNTING: Duration = Duration::from_secs(15);

/// Puts the rows of now beside those of the backup.
pub(super) async fn count_now(
    plan: &mut RestorePlan,
    existing: &Existing,
    target: &Target,
) -> Result<(), Failure> {
    let session = target.session_for_tables().await?;
    session
        .client
        .batch_execute("set default_transaction_read_only = on; begin isolation level repeatable read read only; set local lock_timeout = '2s'; \
             set local row_security = off")
        .await.map_err(postgres::refused)?;
    // Of an extension's own table the backup holds a part alone, and nothing else of it is replaced.
    let conditions = configuration_conditions(&session.client).await?;
    let began = std::time::Instant::now();
    // The small ones first, so that most are exact.
    let mut order: Vec<usize> = (0..plan.tables.len()).collect();
    order.sort_by_key(|&at| plan.tables[at].bytes);
    let mut may_count = true;
    for at in order {
        let table = &mut plan.tables[at];
        let relation =
            existing.relations.iter().find(|one| one.schema == table.schema && one.name == table.name);
        let Some(relation) = relation.filter(|one| one.has_rows()) else { continue };
        let left = COUNTING.saturating_sub(began.elapsed());
        let counted = if may_count && !left.is_zero() {
            let condition = conditions.get(&(table.schema.clone(), table.name.clone()));
            let condition = condition.filter(|text| is_one_condition(text)).map_or("", String::as_str);
            let sql = format!(
                "savepoint one; set local statement_timeout = {}; select count(*) from only {}.{} {condition}; release savepoint one",
                left.as_millis().max(1),
                quote_identifier(&table.schema),
                quote_identifier(&table.name)
            );
            one_number(&session.client.simple_query(&sql).await)
        } else {
            None
        };
        if counted.is_none() && may_count {
            may_count = session.client.batch_execute("rollback to savepoint one").await.is_ok();
        }
        table.is_estimate = counted.is_none();
        table.rows_now = counted.or(relation.estimate);
    }
    session.close().await;
    Ok(())
}

fn one_number(
    answer: &Result<Vec<tokio_postgres::SimpleQueryMessage>, tokio_postgres::Error>,
) -> Option<u64> {
    answer.as_ref().ok()?.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    })
}

/// Rows of a table that would be lost: by its keys where they were compared, else by the counts.
pub(super) fn lost(table: &PlannedTable) -> u64 {
    match (table.act, &table.keys) {
        (TableAct::Replace, Some(keys)) => keys.lost,
        (TableAct::Replace, None) => table.rows_now.unwrap_or(0).saturating_sub(table.rows.unwrap_or(0)),
        (TableAct::Delete | TableAct::Empty, _) => table.rows_now.unwrap_or(0),
        _ => 0,
    }
}
