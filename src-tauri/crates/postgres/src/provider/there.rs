//! What a living database has of what a person recognises, by its catalogue alone: no row is read, and no view in the
//! place of a table is evaluated. Figures are the planner's.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::{ANYWHERE, KnownTable, PROFILES, Profile, Rule};
use crate::facts::{FactsError, column, rows, tolerated};
use crate::target::quote_literal;

const WHAT: &str = "tables of known platforms";

/// What there is.
#[derive(Debug, Clone, Default)]
pub struct There {
    /// The platform that the database is like.
    pub provider: Option<&'static Profile>,
    /// What a person recognises.
    pub things: Vec<ThingThere>,
}

/// Something that a person recognises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThingThere {
    /// The word for one.
    pub one: &'static str,
    /// The word for many.
    pub many: &'static str,
    /// The table that has them, by schema and name.
    pub table: (&'static str, &'static str),
    /// How many, by the planner's estimate; `None` where it has none and there are some.
    pub rows: Option<u64>,
    /// Whether each is the name of a file that is elsewhere.
    pub is_of_files: bool,
}

struct Seen {
    schema: String,
    table: String,
    columns: BTreeSet<String>,
    /// `None` where nobody counted and there are bytes.
    rows: Option<u64>,
}

impl Seen {
    fn is(&self, known: &KnownTable) -> bool {
        self.schema == known.schema
            && self.table == known.table
            && known.columns.iter().all(|column| self.columns.contains(*column))
    }
}

/// What there is of it, in or outside a transaction.
///
/// # Errors
/// [`FactsError`].
pub async fn there(client: &Client) -> Result<There, FactsError> {
    let seen = seen(client).await?;
    let find = |known: &KnownTable| seen.iter().find(|one| one.is(known));
    let provider = PROFILES.into_iter().find(|profile| profile.signs.iter().all(|sign| find(sign).is_some()));
    let known = provider.map_or(&[][..], |profile| profile.things).iter().chain(&ANYWHERE);
    let things = known.filter_map(|thing| {
        let Rule::Rows(known) = &thing.counted else { return None };
        let seen = find(known)?;
        Some(ThingThere {
            one: thing.one,
            many: thing.many,
            table: (known.schema, known.table),
            rows: seen.rows,
            is_of_files: thing.files.is_some(),
        })
    });
    Ok(There { provider, things: things.collect() })
}

async fn seen(client: &Client) -> Result<Vec<Seen>, FactsError> {
    let signs = PROFILES.into_iter().flat_map(|profile| profile.signs);
    let counted = PROFILES.into_iter().flat_map(|profile| profile.things).chain(&ANYWHERE);
    let counted = counted.filter_map(|thing| match &thing.counted {
        Rule::Rows(known) => Some(known),
        Rule::Functions => None,
    });
    let names: BTreeSet<(&str, &str)> = signs.chain(counted).map(|one| (one.schema, one.table)).collect();
    let names: Vec<String> = names
        .iter()
        .map(|(schema, table)| format!("({}, {})", quote_literal(schema), quote_literal(table)))
        .collect();
    let list = |size: &str| {
        format!(
            "select n.nspname::text as schema, c.relname::text as name, c.reltuples::int8 as rows, \
               c.relpages as pages, ({size})::int8 as bytes, \
               array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid \
                 and a.attnum > 0 and not a.attisdropped) as columns \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where c.relkind in ('r', 'p') and (n.nspname::text, c.relname::text) in ({}) order by 1, 2",
            names.join(", ")
        )
    };
    // The size opens the table, which a lock may forbid.
    let found = match tolerated(client, &list("pg_catalog.pg_relation_size(c.oid)")).await {
        Some(found) => found,
        None => rows(client, WHAT, &list("null")).await?,
    };
    found
        .iter()
        .map(|row| {
            let estimate: i64 = column(row, "rows", WHAT)?;
            let (pages, bytes): (i32, Option<i64>) =
                (column(row, "pages", WHAT)?, column(row, "bytes", WHAT)?);
            let is_counted = estimate > 0 || (estimate == 0 && pages > 0);
            let count =
                if bytes == Some(0) { Some(0) } else { u64::try_from(estimate).ok().filter(|_| is_counted) };
            Ok(Seen {
                schema: column(row, "schema", WHAT)?,
                table: column(row, "name", WHAT)?,
                columns: column::<Vec<String>>(row, "columns", WHAT)?.into_iter().collect(),
                rows: count,
            })
        })
        .collect()
}
