//! The rows of one organisation: read along the parents in chunks, and put back as the original does it.

use serde_json::{Map, Value, json};
use tokio_postgres::Client;

use super::{Shared, Table};
use crate::platforms::answer::{moment, now_ms};
use crate::platforms::postgres::query;

/// Ids of parents in one query.
const CHUNK: usize = 500;
/// Rows in one upsert.
const BATCH: usize = 100;

impl Shared {
    /// The file of a backup.
    pub(super) async fn generate(&self, organisation: &str, by: &str) -> Result<(String, Value), String> {
        let client = self.options.postgres.connect().await?;
        let mut tables = Map::new();
        for table in &self.options.tables {
            let read = self.read(&client, organisation, table, &tables).await;
            let entry = match read {
                Ok(Some(rows)) => json!({ "record_count": rows.len(), "data": rows }),
                Ok(None) => json!({ "data": [], "record_count": 0, "skipped": true }),
                Err(error) => json!({ "data": [], "record_count": 0, "error": error }),
            };
            tables.insert(table.name.clone(), entry);
        }
        let at = now_ms();
        let id = format!("backup_{organisation}_{at}");
        let file = json!({
            "backup_id": id, "created_at": moment(at), "created_by": by, "organization_id": organisation,
            "version": "1.5", "tables": tables,
        });
        Ok((id, file))
    }

    /// None where there is no parent whose rows there could be.
    async fn read(
        &self,
        client: &Client,
        organisation: &str,
        table: &Table,
        before: &Map<String, Value>,
    ) -> Result<Option<Vec<Value>>, String> {
        let Some(anchor) = &table.anchor else {
            return self.select(client, table, &literal(organisation)).await.map(Some);
        };
        let parents: Vec<String> = before
            .get(anchor)
            .and_then(|entry| entry["data"].as_array())
            .into_iter()
            .flatten()
            .map(|row| {
                literal(row["id"].as_str().map_or_else(|| row["id"].to_string(), str::to_owned).as_str())
            })
            .collect();
        if parents.is_empty() {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for chunk in parents.chunks(CHUNK) {
            rows.extend(self.select(client, table, &chunk.join(",")).await?);
        }
        Ok(Some(rows))
    }

    /// As the database API answers: without a word where it cuts.
    async fn select(&self, client: &Client, table: &Table, values: &str) -> Result<Vec<Value>, String> {
        let (name, column, max) = (&table.name, &table.column, self.options.max_rows);
        let sql = format!(
            "select coalesce(json_agg(t), '[]') from (select * from \"{name}\" \
             where \"{column}\"::text in ({values}) limit {max}) t"
        );
        let rows = query(client, &sql).await?;
        serde_json::from_str(&rows).map_err(|error| error.to_string())
    }

    /// Deletes the organisation's rows, children first, then puts the backup's rows in, table by table.
    pub(super) async fn put_back(&self, organisation: &str, file: &Value) -> Result<Value, String> {
        let client = self.options.postgres.connect().await?;
        for table in self.options.tables.iter().rev() {
            let rows = self.where_own(organisation, table);
            // What cannot be deleted shows when the rows are put in.
            let _ = query(&client, &format!("delete from \"{}\" where {rows}", table.name)).await;
        }
        let (mut results, mut errors, mut tables, mut records) = (Map::new(), Vec::new(), 0, 0);
        for table in &self.options.tables {
            let rows = file["tables"][&table.name]["data"].as_array().cloned().unwrap_or_default();
            if rows.is_empty() {
                let entry = json!({ "status": "skipped", "restored": 0, "errors": [] });
                results.insert(table.name.clone(), entry);
                continue;
            }
            let (mut restored, mut wrong) = (0, Vec::new());
            for batch in rows.chunks(BATCH) {
                match upsert(&client, &table.name, batch).await {
                    Ok(()) => restored += batch.len(),
                    Err(error) => wrong.push(error),
                }
            }
            let status = match (wrong.is_empty(), restored) {
                (true, _) => "success",
                (false, 0) => "error",
                (false, _) => "partial",
            };
            tables += usize::from(restored > 0);
            records += restored;
            errors.extend(wrong.iter().map(|error| format!("{}: {error}", table.name)));
            results.insert(
                table.name.clone(),
                json!({ "status": status, "restored": restored, "errors": wrong }),
            );
        }
        let message = if errors.is_empty() {
            "Restauración completada"
        } else {
            "Restauración completada con errores"
        };
        Ok(json!({
            "success": errors.is_empty(), "message": message, "tables_restored": tables,
            "total_records_restored": records, "errors": errors, "restore_results": results, "duration_seconds": 1,
        }))
    }

    fn where_own(&self, organisation: &str, table: &Table) -> String {
        let parent =
            table.anchor.as_ref().and_then(|name| self.options.tables.iter().find(|one| one.name == *name));
        match parent {
            Some(parent) => {
                let rows = self.where_own(organisation, parent);
                format!("\"{}\" in (select id from \"{}\" where {rows})", table.column, parent.name)
            }
            None => format!("\"{}\"::text = {}", table.column, literal(organisation)),
        }
    }
}

async fn upsert(client: &Client, table: &str, rows: &[Value]) -> Result<(), String> {
    let columns: Vec<&String> = rows[0].as_object().into_iter().flat_map(Map::keys).collect();
    let changes: Vec<String> =
        columns.iter().map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect();
    let sql = format!(
        "insert into \"{table}\" select * from json_populate_recordset(null::\"{table}\", {}) \
         on conflict (id) do update set {}",
        literal(&Value::from(rows).to_string()),
        changes.join(", ")
    );
    query(client, &sql).await.map(drop)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
