//! Which objects a database has, told without a lock on any of them: that nothing was made in the moment between the
//! look at a target and the statements that drop what the backup replaces.
//!
//! Tables that are there are locked by then. A table that comes meanwhile has the name of one that is dropped where
//! it is there, and would go unseen with its rows.

use crate::failure::Failure;
use crate::source::postgres::target::Target;

/// The look at a target tells far more, and asks functions that lock what they describe: it would wait for
/// the locks of the restore that it is asked for.
const OBJECTS: &str = "select pg_catalog.md5(coalesce(pg_catalog.string_agg(line, ',' order by line collate \"C\"), '')) from ( \
    select 'c' || c.oid::text || ' ' || c.relnamespace::text || ' ' || c.relname::text as line from pg_catalog.pg_class c \
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      where c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
    union all select 'f' || p.oid::text || ' ' || p.xmin::text from pg_catalog.pg_proc p \
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
    union all select 't' || t.oid::text from pg_catalog.pg_type t \
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
    union all select 'n' || n.oid::text || ' ' || n.nspname::text from pg_catalog.pg_namespace n where n.nspname !~ '^pg_') all_lines";

/// The objects that are committed now, as one text that changes with them.
pub(super) async fn objects(target: &Target) -> Result<String, Failure> {
    let session = target.session().await?;
    let row = session.client.query_one(OBJECTS, &[]).await;
    session.close().await;
    Ok(row?.get(0))
}
