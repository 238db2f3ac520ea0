//! Which migration a database is at, by the tables that migration tools keep.

use tokio_postgres::Client;

use super::inventory::{TableFacts, TableKind};
use super::{FactsError, tolerated};

/// The newest migration by one tool's own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStamp {
    /// `prisma`.
    pub tool: &'static str,
    /// Schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// What the tool calls the newest migration.
    pub newest: String,
}

struct Ledger {
    tool: &'static str,
    table: &'static str,
    /// What names a migration.
    newest: &'static str,
    /// Which one is the newest.
    order: &'static str,
}

/// Tools that share the name of a table are told apart by the columns: the first query that runs wins.
const LEDGERS: [Ledger; 17] = [
    ledger("prisma", "_prisma_migrations", "migration_name", "finished_at desc nulls last, started_at desc"),
    ledger("django", "django_migrations", "app || '.' || name", "id desc"),
    ledger("flyway", "flyway_schema_history", "coalesce(version, script)", "installed_rank desc"),
    ledger("liquibase", "databasechangelog", "id", "orderexecuted desc"),
    ledger("alembic", "alembic_version", "version_num", "version_num desc"),
    ledger("knex", "knex_migrations", "name", "id desc"),
    ledger("entity framework", "__EFMigrationsHistory", "\"MigrationId\"", "\"MigrationId\" desc"),
    ledger("goose", "goose_db_version", "version_id::text", "id desc"),
    ledger("sqlx", "_sqlx_migrations", "version::text", "version desc"),
    ledger("drizzle", "__drizzle_migrations", "coalesce(hash, id::text)", "id desc"),
    ledger("sequelize", "SequelizeMeta", "name", "name desc"),
    ledger("node-pg-migrate", "pgmigrations", "name", "id desc"),
    ledger("supabase", "schema_migrations", "version || coalesce('_' || name, '')", "version desc"),
    ledger("schema_migrations", "schema_migrations", "version::text", "version desc"),
    // Its column of hashes tells it from the two after it.
    ledger("postgres-migrations", "migrations", "name || left(hash, 0)", "id desc"),
    ledger("laravel", "migrations", "migration", "id desc"),
    ledger("typeorm", "migrations", "name", "\"timestamp\" desc"),
];

const fn ledger(
    tool: &'static str,
    table: &'static str,
    newest: &'static str,
    order: &'static str,
) -> Ledger {
    Ledger { tool, table, newest, order }
}

/// Asks every ledger that is among the tables.
///
/// # Errors
/// None today: a ledger that cannot be read is left out.
pub async fn migration_stamps(
    client: &Client,
    tables: &[TableFacts],
) -> Result<Vec<MigrationStamp>, FactsError> {
    let mut stamps: Vec<MigrationStamp> = Vec::new();
    for known in &LEDGERS {
        let named = tables.iter().filter(|table| table.kind == TableKind::Table && table.name == known.table);
        for table in named {
            let is_told =
                stamps.iter().any(|stamp| stamp.schema == table.schema && stamp.table == table.name);
            if is_told {
                continue;
            }
            if let Some(newest) = newest(client, known, &table.schema).await {
                let (schema, name) = (table.schema.clone(), table.name.clone());
                stamps.push(MigrationStamp { tool: known.tool, schema, table: name, newest });
            }
        }
    }
    Ok(stamps)
}

async fn newest(client: &Client, ledger: &Ledger, schema: &str) -> Option<String> {
    let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let sql = format!(
        "select ({})::text from {}.{} order by {} limit 1",
        ledger.newest,
        quote(schema),
        quote(ledger.table),
        ledger.order
    );
    tolerated(client, &sql).await?.first()?.try_get(0).ok()
}
