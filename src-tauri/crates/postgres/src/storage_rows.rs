//! Rows of `storage.objects` of Supabase: the files that a database names.
//!
//! Their types have to be the system's own: a cast of another one would run what somebody wrote. A policy would hide rows,
//! and run its code: an error is better. The table is looked at once more when it is locked: a snapshot sees a catalogue of
//! before, and a query takes the present one.

use futures_util::{Stream, StreamExt as _};
use tokio_postgres::{Client, Row};

use crate::log_rows::{TABLES_ALONE, rewritten};

const TEXT: [u32; 2] = [25, 1043];
const VERSION: [u32; 3] = [25, 1043, 2950];
const TIMESTAMPTZ: [u32; 1] = [1184];
const JSONB: [u32; 1] = [3802];
const BOOL: [u32; 1] = [16];
const COLUMNS: &str = "select a.attname::pg_catalog.text, a.atttypid, c.oid \
                       from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid \
                       join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                       where n.nspname operator(pg_catalog.=) 'storage' and c.relname operator(pg_catalog.=) 'objects' \
                       and c.relkind in ('r', 'p') and a.attnum operator(pg_catalog.>) 0 and not a.attisdropped";
const LIMITS: &str =
    "set local row_security = off; set local lock_timeout = '30s'; set local statement_timeout = '30min'";
const LOCK: &str = "lock table storage.objects in access share mode";
const PRESENT: &str = "select 'storage.objects'::pg_catalog.regclass::pg_catalog.oid";
/// Bytes of a name, and of what is noted about a file; all of a thousand files are held in memory at once.
const NAME_BYTES_MAX: u32 = 4096;
const NOTES_BYTES_MAX: u32 = 64 * 1024;

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StorageRowsError {
    /// It is not what the snapshot knows.
    #[error("storage.objects was emptied, rewritten or exchanged while it was read")]
    Rewritten,
    /// The server refuses.
    #[error("{}", crate::connection::said(.0))]
    Server(#[from] tokio_postgres::Error),
}

/// The table, as far as its columns are those of Supabase.
#[derive(Debug, Clone)]
pub struct StorageTable {
    oid: u32,
    columns: Vec<(String, u32)>,
}

/// A row: a file, and what is kept about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageRow {
    /// Its bucket.
    pub bucket: String,
    /// Its name there.
    pub name: String,
    /// What is another one with each upload.
    pub version: Option<String>,
    /// When it was last changed, as `2026-11-20T10:00:00.123456Z`.
    pub updated: Option<String>,
    /// What the service keeps about it, as JSON.
    pub metadata: Option<String>,
    /// What its owner noted, as JSON.
    pub noted: Option<String>,
    /// Whether its name is cut, or what is known of it left out: it is longer than any file's.
    pub is_cut: bool,
}

impl StorageTable {
    /// Looks for it; absent where the database has none.
    ///
    /// # Errors
    /// The server's.
    pub async fn find(client: &Client) -> Result<Option<Self>, tokio_postgres::Error> {
        let rows = client.query(COLUMNS, &[]).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let columns = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let table = Self { oid: first.get(2), columns };
        let is_one = table.has("bucket_id", &TEXT) && table.has("name", &TEXT);
        Ok(is_one.then_some(table))
    }

    fn has(&self, column: &str, types: &[u32]) -> bool {
        self.columns.iter().any(|(name, of)| name == column && types.contains(of))
    }

    /// Its rows, within a transaction; with a limit, so many at most, in the order of the bytes of bucket and name with a
    /// slash between them. Versions that another one took the place of are none.
    ///
    /// # Errors
    /// `Rewritten`; the server's: also where a policy would hide rows.
    pub async fn rows(
        &self,
        client: &Client,
        limit: Option<u64>,
    ) -> Result<impl Stream<Item = Result<StorageRow, tokio_postgres::Error>> + use<>, StorageRowsError> {
        self.lock(client).await?;
        let text = |column: &str, types: &[u32]| {
            if self.has(column, types) {
                format!("{column}::pg_catalog.text")
            } else {
                "null::pg_catalog.text".to_owned()
            }
        };
        let updated = if self.has("updated_at", &TIMESTAMPTZ) {
            "pg_catalog.to_char(pg_catalog.timezone('UTC', updated_at), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        } else {
            "null::pg_catalog.text"
        };
        let mut current = String::new();
        if self.has("archived_at", &TIMESTAMPTZ) {
            current.push_str(" and archived_at is null");
        }
        if self.has("is_delete_marker", &BOOL) {
            current.push_str(" and is_delete_marker is not true");
        }
        let order = limit.map_or_else(String::new, |limit| {
            format!(
                " order by (bucket_id::pg_catalog.text operator(pg_catalog.||) '/' \
                 operator(pg_catalog.||) name::pg_catalog.text) collate pg_catalog.\"C\" limit {limit}"
            )
        });
        let short = |text: &str, most: u32| {
            format!(
                "case when pg_catalog.octet_length({text}) operator(pg_catalog.<=) {most} then {text} end"
            )
        };
        let (metadata, noted) = (text("metadata", &JSONB), text("user_metadata", &JSONB));
        let long = |text: &str, most: u32| {
            format!("coalesce(pg_catalog.octet_length({text}) operator(pg_catalog.>) {most}, false)")
        };
        let name = "name::pg_catalog.text";
        let rows = format!(
            "select bucket_id::pg_catalog.text, pg_catalog.left({name}, {NAME_BYTES_MAX}), {}, {updated}, {}, {}, \
             {} or {} or {} \
             from storage.objects where bucket_id is not null and name is not null{current}{order}",
            text("version", &VERSION),
            short(&metadata, NOTES_BYTES_MAX),
            short(&noted, NOTES_BYTES_MAX),
            long(name, NAME_BYTES_MAX),
            long(&metadata, NOTES_BYTES_MAX),
            long(&noted, NOTES_BYTES_MAX),
        );
        let rows = client.query_raw(&rows, std::iter::empty::<&str>()).await?;
        Ok(rows.map(|row| StorageRow::of(&row?)))
    }

    /// Locks it, and looks whether it is what was found.
    async fn lock(&self, client: &Client) -> Result<(), StorageRowsError> {
        client.batch_execute(LIMITS).await?;
        client.batch_execute(TABLES_ALONE).await?;
        client.batch_execute(LOCK).await?;
        let present: u32 = client.query_one(PRESENT, &[]).await?.get(0);
        if present != self.oid || rewritten(client, self.oid).await?.is_some() {
            return Err(StorageRowsError::Rewritten);
        }
        // Without a cast nothing runs yet, and the answer has the types of the present.
        let known = [
            "bucket_id",
            "name",
            "version",
            "updated_at",
            "metadata",
            "user_metadata",
            "archived_at",
            "is_delete_marker",
        ];
        let known: Vec<&str> =
            known.into_iter().filter(|known| self.columns.iter().any(|(name, _)| name == known)).collect();
        let plain = client.prepare(&format!("select {} from storage.objects", known.join(", "))).await?;
        let is_same = plain.columns().iter().all(|column| self.has(column.name(), &[column.type_().oid()]));
        if is_same { Ok(()) } else { Err(StorageRowsError::Rewritten) }
    }
}

impl StorageRow {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            bucket: row.try_get(0)?,
            name: row.try_get(1)?,
            version: row.try_get(2)?,
            updated: row.try_get(3)?,
            metadata: row.try_get(4)?,
            noted: row.try_get(5)?,
            is_cut: row.try_get(6)?,
        })
    }
}
