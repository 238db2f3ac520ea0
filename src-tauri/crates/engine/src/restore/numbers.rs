//! Sequences after rows went in: what is inserted next gets a number that no row has.

use super::transaction::Work;
use base::failure::Failure;
use postgres::target::{quote_identifier, quote_literal};

/// Sequences that belong to a column, or that its default asks, with what kind of value the column has; not those whose
/// numbers the role may not set and that are not the table's own.
const SEQUENCES: &str = "with used(attnum, seq, is_own) as ( \
      select d.refobjsubid, d.objid, true from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass \
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = $TABLE::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i') \
      union all select f.adnum, d.refobjid, false from pg_catalog.pg_attrdef f join pg_catalog.pg_depend d \
        on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_catalog.pg_class'::regclass \
        where f.adrelid = $TABLE::regclass) \
    select a.attname::text, n.nspname::text, c.relname::text, q.seqmin, q.seqmax, q.seqincrement < 0, \
      case when b.typname in ('int2', 'int4', 'int8') then 'whole' when b.typname = 'numeric' then 'numeric' \
        when b.typcategory = 'S' then 'text' else 'other' end \
    from used u join pg_catalog.pg_sequence q on q.seqrelid = u.seq join pg_catalog.pg_class c on c.oid = u.seq \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    join pg_catalog.pg_attribute a on a.attrelid = $TABLE::regclass and a.attnum = u.attnum and not a.attisdropped \
    join pg_catalog.pg_type t on t.oid = a.atttypid \
    join pg_catalog.pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end and b.typnamespace = 'pg_catalog'::regnamespace \
    group by 1, 2, 3, 4, 5, 6, 7, c.oid \
    having bool_or(u.is_own) or pg_catalog.has_sequence_privilege(c.oid, 'update') and pg_catalog.has_sequence_privilege(c.oid, 'select')";

/// Sequences that a table takes its numbers of go past its highest, within their bounds, and never back; those that
/// count down, past its lowest. Of texts only those count that are a number and nothing else.
pub(super) async fn advance_sequences(work: &Work<'_>, quoted: &str) -> Result<(), Failure> {
    for row in work.query(&SEQUENCES.replace("$TABLE", &quote_literal(quoted))).await? {
        let (column, schema, name): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let (least, most, is_down): (i64, i64, bool) = (row.get(3), row.get(4), row.get(5));
        let column = quote_identifier(&column);
        let sequence = format!("{}.{}", quote_identifier(&schema), quote_identifier(&name));
        let (furthest, beyond) = if is_down { ("min", "<") } else { ("max", ">") };
        let among = |number: &str| {
            format!(
                "select pg_catalog.trunc({furthest}(v.number))::int8 as furthest from (select {number} as number from {quoted}) v \
                 where v.number >= {least} and v.number <= {most}"
            )
        };
        let found = match row.get::<_, String>(6).as_str() {
            // As it stands, so that an index answers.
            "whole" => format!("select {furthest}({column})::int8 as furthest from {quoted}"),
            "numeric" => among(&column),
            "text" => among(&format!(
                "case when {column}::text ~ '^-?[0-9]{{1,18}}$' then {column}::text::numeric end"
            )),
            _ => continue,
        };
        let advance = format!(
            "select pg_catalog.setval({}::regclass, t.furthest) from ({found}) t, {sequence} s \
             where t.furthest >= {least} and t.furthest <= {most} \
             and (t.furthest {beyond} s.last_value or (t.furthest = s.last_value and not s.is_called))",
            quote_literal(&sequence)
        );
        work.query(&advance).await?;
    }
    Ok(())
}
