//! Version, identity, database, clock.

use jiff::Timestamp;
use tokio_postgres::Client;

use super::{FactsError, column, one, tolerated, unsigned};

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// `150018`.
    pub version_number: u32,
    /// `15`.
    pub major: u16,
    /// Same on a server and its replicas, another on every `initdb`. `None` where it may not be read.
    pub system_identifier: Option<String>,
    /// True on a replica, which can be dumped but not written.
    pub is_in_recovery: bool,
    /// Position in the write-ahead log, where it may be read.
    pub lsn: Option<String>,
    /// True if the role is a superuser.
    pub is_superuser: bool,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// Its name.
    pub name: String,
    /// Its number; another one after it was dropped and made again.
    pub oid: u32,
    /// `UTF8`.
    pub encoding: String,
    /// `C.UTF-8`.
    pub collate: String,
    /// `C.UTF-8`.
    pub ctype: String,
    /// `libc`, `icu` or `builtin`.
    pub locale_provider: String,
    /// The locale of `icu` and `builtin`.
    pub locale: Option<String>,
    /// Bytes on the server's disk, indexes included. `None` where it may not be read.
    pub size_bytes: Option<u64>,
}

/// Two clocks, read at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The server's time.
    pub server: Timestamp,
    /// Server minus this computer, in milliseconds; uncertain by half of the round trip.
    pub skew_ms: i64,
    /// How long the question and its answer took, in milliseconds.
    pub round_trip_ms: i64,
}

/// Reads version and identity.
///
/// # Errors
/// [`FactsError`].
pub async fn server(client: &Client) -> Result<ServerFacts, FactsError> {
    const WHAT: &str = "the version";
    let row = one(
        client,
        WHAT,
        "select current_setting('server_version') as version, \
                current_setting('server_version_num')::int as number, \
                pg_catalog.pg_is_in_recovery() as recovering, \
                current_setting('is_superuser') = 'on' as superuser",
    )
    .await?;
    let number: i32 = column(&row, "number", WHAT)?;
    let version_number = u32::try_from(number).map_err(|_| FactsError::Shape { what: WHAT })?;
    let is_in_recovery: bool = column(&row, "recovering", WHAT)?;
    let position = if is_in_recovery { "pg_last_wal_replay_lsn" } else { "pg_current_wal_lsn" };
    Ok(ServerFacts {
        version: column(&row, "version", WHAT)?,
        version_number,
        major: u16::try_from(version_number / 10_000).map_err(|_| FactsError::Shape { what: WHAT })?,
        system_identifier: text(client, "select system_identifier::text from pg_catalog.pg_control_system()")
            .await,
        is_in_recovery,
        lsn: text(client, &format!("select pg_catalog.{position}()::text")).await,
        is_superuser: column(&row, "superuser", WHAT)?,
    })
}

/// Reads what identifies the database and what a new one would have to be like.
///
/// # Errors
/// [`FactsError`].
pub async fn database(client: &Client) -> Result<DatabaseFacts, FactsError> {
    const WHAT: &str = "the database";
    // Through JSON, since the columns of the locale came with 15 and changed their name with 17.
    let row = one(
        client,
        WHAT,
        "select d.datname::text as name, d.oid, pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding, \
                d.datcollate::text as collate, d.datctype::text as ctype, \
                coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as provider, \
                coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale \
         from pg_catalog.pg_database d where d.datname = current_database()",
    )
    .await?;
    let provider: String = column(&row, "provider", WHAT)?;
    let size = text(client, "select pg_catalog.pg_database_size(current_database())::text").await;
    Ok(DatabaseFacts {
        name: column(&row, "name", WHAT)?,
        oid: column(&row, "oid", WHAT)?,
        encoding: column(&row, "encoding", WHAT)?,
        collate: column(&row, "collate", WHAT)?,
        ctype: column(&row, "ctype", WHAT)?,
        locale_provider: match provider.as_str() {
            "i" => "icu".to_owned(),
            "b" => "builtin".to_owned(),
            _ => "libc".to_owned(),
        },
        locale: column(&row, "locale", WHAT)?,
        size_bytes: size.and_then(|size| size.parse().ok()),
    })
}

/// Compares the server's clock with ours.
///
/// # Errors
/// [`FactsError`].
pub async fn clock(client: &Client) -> Result<Clock, FactsError> {
    const WHAT: &str = "the clock";
    // Prepared first, so that the round trip measured is one.
    let question = "select (extract(epoch from clock_timestamp()) * 1000)::int8 as now_ms";
    let failed = |source| FactsError::Query { what: WHAT, source };
    let statement = client.prepare(question).await.map_err(failed)?;
    let before = Timestamp::now().as_millisecond();
    let row = client.query_one(&statement, &[]).await.map_err(failed)?;
    let after = Timestamp::now().as_millisecond();
    let now_ms: i64 = column(&row, "now_ms", WHAT)?;
    Ok(Clock {
        server: Timestamp::from_millisecond(now_ms).map_err(|_| FactsError::Shape { what: WHAT })?,
        skew_ms: now_ms - i64::midpoint(before, after),
        round_trip_ms: i64::try_from(unsigned(after - before)).unwrap_or(i64::MAX),
    })
}

async fn text(client: &Client, sql: &str) -> Option<String> {
    tolerated(client, sql).await?.first()?.try_get(0).ok()
}
