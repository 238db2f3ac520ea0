//! What cannot be as it was where rows, or whole tables, are left out. Reads `pg_catalog` alone.

use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::LeftOut;
use crate::facts::{FactsError, PLAIN_TEXT};
use crate::missing::{Dependent, needing_absent};

const WHAT: &str = "what needs the tables that are left out";
/// `pg_constraint`: the same in every version.
const CONSTRAINT: u32 = 2606;

/// Foreign keys from rows that are taken to rows that are not. What is declared on a partitioned table is about the
/// rows of its partitions.
const KEYS: &str = "with recursive parts(root, leaf) as ( \
      select c.oid, c.oid from pg_catalog.pg_class c where c.relkind in ('r', 'p') \
      union select p.root, i.inhrelid from parts p join pg_catalog.pg_inherits i on i.inhparent = p.leaf \
        join pg_catalog.pg_class k on k.oid = i.inhrelid and k.relispartition), \
    bare as (select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      left join unnest($1::text[], $2::text[]) as o(schema, name) on o.schema = n.nspname and o.name = c.relname \
      where c.relkind = 'r' and (o.name is not null or n.nspname = any ($3))) \
    select k.oid, n.nspname::text, c.relname::text, \
      pg_catalog.format('%I on %I.%I', k.conname, n.nspname, c.relname) \
    from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where k.contype = 'f' and k.conparentid = 0 \
    and exists (select from parts p join pg_catalog.pg_class l on l.oid = p.leaf and l.relkind = 'r' \
      where p.root = k.conrelid and p.leaf not in (select oid from bare)) \
    and exists (select from parts p join bare b on b.oid = p.leaf where p.root = k.confrelid) \
    order by 4";

/// Foreign keys that point to rows which are left out, and what needs tables that are absent.
///
/// # Errors
/// `FactsError`.
pub(crate) async fn consequences(client: &Client, out: &LeftOut) -> Result<Vec<Dependent>, FactsError> {
    let failed = |source| FactsError::Query { what: WHAT, source };
    client.batch_execute(PLAIN_TEXT).await.map_err(failed)?;
    let all = out.without_rows.iter().chain(&out.absent);
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        all.map(|(schema, name)| (schema.as_str(), name.as_str())).unzip();
    let values: [&(dyn ToSql + Sync); 3] = [&schemas, &names, &out.schemas];
    let rows = client.query(KEYS, &values).await.map_err(failed)?;
    let mut all: Vec<Dependent> = rows
        .iter()
        .map(|row| Dependent {
            object: (CONSTRAINT, row.get(0)),
            kind: "foreign key".to_owned(),
            name: row.get(3),
            of: Some((row.get(1), row.get(2))),
            part: None,
        })
        .collect();
    if !out.absent.is_empty() || !out.schemas.is_empty() {
        let known: Vec<(u32, u32)> = all.iter().map(|one| one.object).collect();
        let more = needing_absent(client, &out.absent, &out.schemas).await?;
        all.extend(more.into_iter().filter(|one| !known.contains(&one.object)));
    }
    Ok(all)
}
