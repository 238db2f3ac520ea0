//! Orphans: rows whose foreign key points to nothing, and the question that counts them.

use tokio_postgres::Client;

use crate::target::quote_identifier;

/// The keys of tables, without the copies that partitions have of them. Equality is the key's own. Columns
/// of the catalogue that older servers do not have are asked for by way of JSON.
const KEYS: &str = "select cn.nspname::text, c.relname::text, c.relkind = 'p', pn.nspname::text, p.relname::text, \
        p.relkind = 'p', k.conname::text, k.convalidated, k.confmatchtype = 'f', \
        coalesce(pg_catalog.to_jsonb(k) ->> 'conperiod', 'false') = 'true', \
        array(select a.attname::text from pg_catalog.unnest(k.conkey) with ordinality u(number, place) \
              join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by u.place), \
        array(select a.attname::text from pg_catalog.unnest(k.confkey) with ordinality u(number, place) \
              join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number order by u.place), \
        array(select pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname) \
              from pg_catalog.unnest(k.conpfeqop) with ordinality u(number, place) \
              join pg_catalog.pg_operator o on o.oid = u.number \
              join pg_catalog.pg_namespace s on s.oid = o.oprnamespace order by u.place), \
        array(with recursive parts(oid, kind) as ( \
            select one.oid, one.relkind from pg_catalog.pg_class one where one.oid in (c.oid, p.oid) \
            union select part.oid, part.relkind from parts join pg_catalog.pg_inherits i on i.inhparent = parts.oid \
              join pg_catalog.pg_class part on part.oid = i.inhrelid where parts.kind = 'p') \
          select n.nspname || pg_catalog.chr(1) || t.relname from parts join pg_catalog.pg_class t on t.oid = parts.oid \
            join pg_catalog.pg_namespace n on n.oid = t.relnamespace), \
        pg_catalog.has_table_privilege(c.oid, 'select') and not pg_catalog.row_security_active(c.oid) \
          and pg_catalog.has_table_privilege(p.oid, 'select') and not pg_catalog.row_security_active(p.oid) \
          and pg_catalog.has_schema_privilege(cn.oid, 'usage') and pg_catalog.has_schema_privilege(pn.oid, 'usage') \
    from pg_catalog.pg_constraint k \
    join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace \
    join pg_catalog.pg_class p on p.oid = k.confrelid join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace \
    where k.contype = 'f' and coalesce(pg_catalog.to_jsonb(k) ->> 'conparentid', '0') = '0' order by pg_catalog.pg_relation_size(c.oid)";

/// A foreign key.
#[derive(Debug)]
pub struct Key {
    /// For people: table and constraint.
    pub name: String,
    /// Schema and name of the table that points.
    pub child: (String, String),
    /// Schema and name of the table that it points to.
    pub parent: (String, String),
    /// Schema and name of both, and of their partitions, which have the key too.
    pub tables: Vec<(String, String)>,
    /// Whether the role may read all rows of both.
    pub is_readable: bool,
    /// Whether the server vouches for it: one that is `NOT VALID` may have had orphans all along.
    pub is_validated: bool,
    /// Of ranges of time, which are not joined by equality.
    pub is_temporal: bool,
    /// Counts its orphans. Reads both tables.
    pub sql: String,
}

/// All keys of a database, those of the smallest tables first.
///
/// # Errors
/// When the server refuses the question.
pub async fn keys(client: &Client) -> Result<Vec<Key>, tokio_postgres::Error> {
    Ok(client.query(KEYS, &[]).await?.iter().map(read).collect())
}

fn read(row: &tokio_postgres::Row) -> Key {
    let (child, parent): ((String, String), (String, String)) =
        ((row.get(0), row.get(1)), (row.get(3), row.get(4)));
    let (constraint, is_full): (String, bool) = (row.get(6), row.get(8));
    let (of_child, of_parent, equal): (Vec<String>, Vec<String>, Vec<String>) =
        (row.get(10), row.get(11), row.get(12));
    let from = |(schema, name): &(String, String), is_partitioned: bool| {
        let only = if is_partitioned { "" } else { "only " };
        format!("{only}{}.{}", quote_identifier(schema), quote_identifier(name))
    };
    let columns: Vec<String> = of_child.iter().map(|name| format!("c.{}", quote_identifier(name))).collect();
    let given = |joint: &str| {
        columns.iter().map(|column| format!("{column} is not null")).collect::<Vec<_>>().join(joint)
    };
    let same: Vec<String> = columns
        .iter()
        .zip(&of_parent)
        .zip(&equal)
        .map(|((child, parent), equal)| format!("p.{} {equal} {child}", quote_identifier(parent)))
        .collect();
    let sql = format!(
        "select count(*) from {} c where ({}) and not exists (select 1 from {} p where {})",
        from(&child, row.get(2)),
        // Half a key points to nothing where all of it has to match.
        if is_full { given(" or ") } else { given(" and ") },
        from(&parent, row.get(5)),
        same.join(" and ")
    );
    Key {
        name: format!("{}.{} {constraint}", child.0, child.1),
        tables: row
            .get::<_, Vec<String>>(13)
            .iter()
            .filter_map(|name| name.split_once('\u{1}'))
            .map(|(schema, name)| (schema.to_owned(), name.to_owned()))
            .collect(),
        is_readable: row.get(14),
        child,
        parent,
        is_validated: row.get(7),
        is_temporal: row.get(9),
        sql,
    }
}
