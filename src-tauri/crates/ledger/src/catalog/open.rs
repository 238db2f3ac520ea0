//! Opening the catalogue: copy before migrating, refuse what a newer version made.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::CatalogError;
use base::disk;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// SQLite has one writer; a few readers beside it are enough.
const CONNECTIONS_MAX: u32 = 4;
/// Steps are counted in thousands: nobody notices the counting, and nothing that is cheap matters.
const STEPS_AT_ONCE: i32 = 1000;
/// Rows that a query may be ahead of its reader: a list of a thousand projects does not wait for it.
const ROWS_AT_ONCE: usize = 1_000;
/// What a connection keeps of the file, in KiB. With SQLite's own 2 MiB, lists of a hundred thousand backups read the
/// same pages again and again.
const CACHE_KIB: u32 = 32 * 1024;
/// Another process may hold the write lock for the length of a flush.
const BUSY_WAIT: Duration = Duration::from_secs(20);

/// The open catalogue; cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(super) pool: SqlitePool,
    steps: Arc<AtomicU64>,
    /// For what has to be on the disk before anything relies on it: the audit chain, traces of restores, plans that
    /// were taken, claims of schedules, databases that servers lend. A commit syncs the whole log, and so whatever
    /// was committed before it by the others.
    pub(super) durable: SqlitePool,
}

impl Catalog {
    /// Opens or creates the catalogue at `path`, and brings it up to date.
    ///
    /// # Errors
    /// `TooNew` when a newer version made it; `Migrate` when it could not be brought up to date, in
    /// which case the copy `<path>.before-<version>` holds it as it was.
    pub async fn open(path: &Utf8Path) -> Result<Self, CatalogError> {
        let io = |source| CatalogError::Io { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            disk::create_private_dir(folder).map_err(io)?;
        }
        let options = SqliteConnectOptions::from_str(&format!("sqlite://{path}"))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .row_buffer_size(ROWS_AT_ONCE)
            .pragma("cache_size", format!("-{CACHE_KIB}"))
            .busy_timeout(BUSY_WAIT);
        let synced = options.clone().synchronous(SqliteSynchronous::Full);
        let steps = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&steps);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .after_connect(move |connection, _| {
                let steps = Arc::clone(&counting);
                Box::pin(async move {
                    connection.lock_handle().await?.set_progress_handler(STEPS_AT_ONCE, move || {
                        steps.fetch_add(u64::from(STEPS_AT_ONCE.unsigned_abs()), Ordering::Relaxed);
                        true
                    });
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        // One is enough: what is written there is short, and SQLite has one writer. Nobody asks for it while he holds it.
        let durable = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(synced);
        let catalog = Self { pool, steps, durable };
        catalog.migrate(path).await?;
        Ok(catalog)
    }

    /// What the queries have cost so far, in steps of SQLite's machine (one reads, compares or moves a value), counted
    /// in whole thousands. The same on every computer: what must stay cheap is held to a number of them.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    async fn migrate(&self, path: &Utf8Path) -> Result<(), CatalogError> {
        let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
        let refuse_newer = |found| match found {
            found if found > known => Err(CatalogError::TooNew { path: path.to_owned(), found, known }),
            found => Ok(found),
        };
        if refuse_newer(self.schema().await?)? == known {
            return Ok(());
        }
        // Of several processes that start at once, one migrates; the others find it done.
        let _alone = hold_lock(&Utf8PathBuf::from(format!("{path}.migrating"))).await?;
        let found = refuse_newer(self.schema().await?)?;
        if found == known {
            return Ok(());
        }
        if found > 0 {
            self.copy_to(&Utf8PathBuf::from(format!("{path}.before-{known}"))).await?;
        }
        MIGRATIONS.run(&self.pool).await?;
        Ok(())
    }

    async fn schema(&self) -> Result<i64, CatalogError> {
        let table: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
        )
        .fetch_optional(&self.pool)
        .await?;
        if table.is_none() {
            return Ok(0);
        }
        let version: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&self.pool).await?;
        Ok(version.unwrap_or(0))
    }

    /// A consistent copy, made by SQLite itself, so that what is in the write-ahead log is in it; in place of a file
    /// that is there.
    ///
    /// # Errors
    /// `Io` where that file cannot be removed, or what `SQLite` says.
    pub async fn copy_to(&self, copy: &Utf8Path) -> Result<(), CatalogError> {
        base::disk::remove(copy).map_err(|source| CatalogError::Io { path: copy.to_owned(), source })?;
        sqlx::query("VACUUM INTO ?").bind(copy.as_str()).execute(&self.pool).await?;
        Ok(())
    }
}

/// Waits for the lock on a file that is made for it, and holds it as long as the value lives.
async fn hold_lock(path: &Utf8Path) -> Result<std::fs::File, CatalogError> {
    let owned = path.to_owned();
    let taken = tokio::task::spawn_blocking(move || {
        let file = disk::open_lock(&owned)?;
        file.lock()?;
        Ok(file)
    });
    let taken = taken.await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    taken.map_err(|source| CatalogError::Io { path: path.to_owned(), source })
}
