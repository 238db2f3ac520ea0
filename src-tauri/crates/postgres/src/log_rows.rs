//! Rows of a table that have a time, day by day, as lines of JSON.
//!
//! A value is written as its type prints it, by its output function alone: a cast could be somebody's own code, and
//! would run with the rights of this session.

use futures_util::{Stream, StreamExt as _};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::json_rows::{self, Kind};
use crate::target::{quote_identifier, quote_literal};

/// A table of logs of more days is none: two hundred years.
const DAYS_MAX: usize = 73_000;

/// For the transaction: a view in the place of a table is an error, and not a query of its owner's that runs with the
/// rights of this session. Servers know it since August 2024.
pub(crate) const TABLES_ALONE: &str = "select pg_catalog.set_config(name, 'view, foreign-table', true) \
    from pg_catalog.pg_settings where name operator(pg_catalog.=) 'restrict_nonsystem_relation_kind'";

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no such table, or it is a view.
    #[error("there is no table {0}")]
    NoTable(String),
    /// It has no such column, or one that is no time.
    #[error("{table} has no column {column} with a time: timestamptz, timestamp or date")]
    NoTime {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The role may not read all of it.
    #[error("the role may not read every row of {0}")]
    Forbidden(String),
    /// What was emptied, rewritten or detached since the snapshot would be read as empty.
    #[error("{0} was emptied, rewritten or detached while this backup was made")]
    Rewritten(String),
    /// It has more days than any log.
    #[error("{0} has rows of more than {DAYS_MAX} days")]
    TooManyDays(String),
    /// The server refuses.
    #[error("{0}")]
    Server(#[from] tokio_postgres::Error),
}

/// A table whose rows have a time.
#[derive(Debug)]
pub struct LogTable {
    oid: u32,
    /// Quoted, with its schema.
    name: String,
    /// The time, quoted, and the same as a moment of UTC.
    column: String,
    moment: String,
    columns: Vec<(String, Kind)>,
}

/// A day of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDay {
    /// `2026-11-24`, of UTC; absent for rows whose time is none, or infinite.
    pub day: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// What changes with each row that is added, changed or removed.
    pub mark: String,
}

/// What of the table and its partitions the snapshot of this transaction sees as empty, or not at all, though it has
/// rows in it: their old files are gone, or the server, which reads partitions as they are now, passes them over.
pub(crate) async fn rewritten(client: &Client, oid: u32) -> Result<Option<String>, tokio_postgres::Error> {
    // Tables are read as of the snapshot; functions see the present.
    let sql = "with recursive tree as ( \
            select $1::oid as id \
            union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.id) \
        select n.nspname || '.' || c.relname \
        from tree join pg_catalog.pg_class c on c.oid = tree.id \
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
        where (c.relkind = 'r' and c.relfilenode <> 0 \
               and c.relfilenode is distinct from pg_catalog.pg_relation_filenode(c.oid)) \
           or (c.relispartition and c.oid <> $1 \
               and not exists (select from pg_catalog.pg_partition_tree($1) now where now.relid = c.oid)) \
        order by 1 limit 1";
    Ok(client.query_opt(sql, &[&oid]).await?.map(|row| row.get(0)))
}

impl LogTable {
    /// Looks at a table, and sets how this transaction prints values.
    ///
    /// # Errors
    /// `NoTable`, `NoTime`, `Forbidden`.
    pub async fn open(client: &Client, schema: &str, table: &str, column: &str) -> Result<Self, LogError> {
        client
            .batch_execute(
                "set local datestyle = 'ISO, YMD'; set local timezone = 'UTC'; set local intervalstyle = 'iso_8601'; \
                 set local bytea_output = 'hex'; set local extra_float_digits = 1; set local row_security = off; set local lock_timeout = '30s'",
            )
            .await?;
        client.batch_execute(TABLES_ALONE).await?;
        let words = format!("{schema}.{table}");
        let found = client
            .query_opt(
                "select c.oid, pg_catalog.has_table_privilege(c.oid, 'select') \
                        and not pg_catalog.row_security_active(c.oid) \
                 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')",
                &[&schema, &table],
            )
            .await?;
        let found = found.ok_or_else(|| LogError::NoTable(words.clone()))?;
        let (oid, may): (u32, bool) = (found.get(0), found.get(1));
        if !may {
            return Err(LogError::Forbidden(words));
        }
        let rows = client
            .query(
                "select a.attname::pg_catalog.text, a.atttypid from pg_catalog.pg_attribute a \
                 where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum",
                &[&oid],
            )
            .await?;
        let columns: Vec<(String, u32)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let quoted = quote_identifier(column);
        let moment = match columns.iter().find(|(name, _)| name == column) {
            Some((_, TIMESTAMPTZ)) => format!("({quoted} at time zone 'UTC')"),
            Some((_, TIMESTAMP | DATE)) => format!("{quoted}::timestamp"),
            _ => return Err(LogError::NoTime { table: words, column: column.to_owned() }),
        };
        Ok(Self {
            oid,
            name: format!("{}.{}", quote_identifier(schema), quote_identifier(table)),
            column: quoted,
            moment,
            columns: columns.into_iter().map(|(name, type_id)| (name, kind(type_id))).collect(),
        })
    }

    /// Its days, oldest first; rows without one at the end.
    ///
    /// # Errors
    /// `TooManyDays`, `Rewritten`, `Server`.
    pub async fn days(&self, client: &Client) -> Result<Vec<LogDay>, LogError> {
        let Self { name, moment, .. } = self;
        let rows = client
            .query(
                &format!(
                    "select case when isfinite({moment}) then {moment}::date::text end, count(*), \
                            count(*)::text || '-' || coalesce(sum(xmin::text::int8), 0)::text \
                     from {name} group by 1 order by 1 nulls last limit {}",
                    DAYS_MAX + 1
                ),
                &[],
            )
            .await?;
        if rows.len() > DAYS_MAX {
            return Err(LogError::TooManyDays(name.clone()));
        }
        // Reading has locked the table and its partitions, so that what holds now holds until the transaction ends.
        if let Some(gone) = rewritten(client, self.oid).await? {
            return Err(LogError::Rewritten(gone));
        }
        let day = |row: &tokio_postgres::Row| LogDay {
            day: row.get(0),
            rows: u64::try_from(row.get::<_, i64>(1)).unwrap_or_default(),
            mark: row.get(2),
        };
        Ok(rows.iter().map(day).collect())
    }

    /// The rows of a day as lines of JSON, in the order of their time.
    ///
    /// # Errors
    /// `Server`, also within the stream.
    pub async fn rows(
        &self,
        client: &Client,
        day: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, LogError>> + Send + use<>, LogError> {
        let Self { name, column, moment, columns, .. } = self;
        let list: Vec<String> = columns.iter().map(|(name, _)| quote_identifier(name)).collect();
        let list = if list.is_empty() { "1".to_owned() } else { list.join(", ") };
        let of_day = match day {
            // A condition on the column itself, which an index serves.
            Some(day) => {
                let at = quote_literal(day);
                let (from, to) = (format!("{at}::date"), format!("({at}::date + 1)"));
                let zoned = moment.contains("at time zone");
                let zone = if zoned { "::timestamp at time zone 'UTC'" } else { "" };
                format!("{column} >= {from}{zone} and {column} < {to}{zone}")
            }
            None => format!("{column} is null or not isfinite({column})"),
        };
        let query = format!("select {list} from {name} where {of_day} order by {column}");
        let rows = client.simple_query_raw(&query).await?;
        let columns = columns.clone();
        Ok(rows.filter_map(move |message| {
            let line = match message {
                Ok(SimpleQueryMessage::Row(row)) => Some(Ok(line(&columns, &row))),
                Ok(_) => None,
                Err(error) => Some(Err(error.into())),
            };
            std::future::ready(line)
        }))
    }
}

const DATE: u32 = 1082;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;

fn kind(type_id: u32) -> Kind {
    match type_id {
        20 | 21 | 23 | 26 | 700 | 701 | 1700 => Kind::Number,
        16 => Kind::Truth,
        114 | 3802 => Kind::Json,
        _ => Kind::Text,
    }
}

fn line(columns: &[(String, Kind)], row: &tokio_postgres::SimpleQueryRow) -> Vec<u8> {
    let mut line = vec![b'{'];
    for (at, (name, kind)) in columns.iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        json_rows::write(Kind::Text, name, &mut line);
        line.push(b':');
        match row.get(at) {
            Some(given) => json_rows::write(*kind, given, &mut line),
            None => line.extend_from_slice(b"null"),
        }
    }
    line.extend_from_slice(b"}\n");
    line
}
