//! Code that runs while rows are inserted into a table: its checks, generated columns, defaults, index
//! expressions (also of its parents), the checks of domains, and the functions of range types, which their input
//! and indexes on them call.
//!
//! All of it runs with the inserting role's rights. Acting as the table's owner would not help: the code can
//! undo that with `RESET ROLE`, and a `SECURITY DEFINER` function leaves deferred triggers behind that run at
//! the commit. So rows are inserted only where no code written by others runs. Built-in code whose result
//! depends only on the row is harmless.

use base::failure::Failure;
use postgres::connection::Session;
use postgres::target::{quote_identifier, quote_literal};

/// The code that would run, as the system catalogue stores it, and the OIDs of called functions and
/// operators' functions. Reads no table, and evaluates nothing. Code of superusers and of the restoring role
/// is trusted, since they could do all of this anyway.
///
/// A role is trusted that could do all of this anyway: a superuser, and the one that restores.
const CODE: &str = "with recursive \
    me as (select c.oid, c.relowner, (r.rolsuper or r.rolname = current_user) as is_trusted \
      from pg_catalog.pg_class c join pg_catalog.pg_roles r on r.oid = c.relowner where c.oid = pg_catalog.to_regclass($TABLE)), \
    part_of(oid) as (select oid from me union select i.inhparent from pg_catalog.pg_inherits i join part_of p on i.inhrelid = p.oid), \
    within(typ) as ( \
      select a.atttypid from pg_catalog.pg_attribute a join me on me.oid = a.attrelid where a.attnum > 0 and not a.attisdropped \
      union \
      select i.typ from within w join pg_catalog.pg_type t on t.oid = w.typ, lateral ( \
        select t.typelem where t.typelem <> 0 \
        union all select t.typbasetype where t.typbasetype <> 0 \
        union all select f.atttypid from pg_catalog.pg_attribute f \
          where t.typrelid <> 0 and f.attrelid = t.typrelid and f.attnum > 0 and not f.attisdropped \
        union all select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid \
        union all select r.rngtypid from pg_catalog.pg_range r \
          where (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.oid = t.oid) i(typ)), \
    code(what, tree) as ( \
      select 'the check ' || k.conname, k.conbin::text from pg_catalog.pg_constraint k join me on me.oid = k.conrelid where k.contype = 'c' \
      union all select case when d.is_generated then 'the generated column ' else 'the default of ' end || d.attname, d.adbin::text from ( \
        select a.attname, d.adbin, coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '' as is_generated \
        from pg_catalog.pg_attrdef d join me on me.oid = d.adrelid \
        join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum) d \
        where d.is_generated or d.attname <> all($COLUMNS) \
      union all select 'the index ' || c.relname, coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, '') \
        from pg_catalog.pg_index i join me on me.oid = i.indrelid join pg_catalog.pg_class c on c.oid = i.indexrelid \
      union all select 'the key of its partitions', p.partexprs::text \
        from pg_catalog.pg_partitioned_table p join part_of on part_of.oid = p.partrelid where p.partexprs is not null \
      union all select 'the domain ' || t.typname, k.conbin::text from within w join pg_catalog.pg_type t on t.oid = w.typ \
        join pg_catalog.pg_constraint k on k.contypid = t.oid), \
    called(what, oid) as ( \
      select what, m[1]::oid from code, pg_catalog.regexp_matches(tree, ':(?:funcid|opfuncid) ([0-9]+)', 'g') m \
      union select what, o.oprcode::oid from code, pg_catalog.regexp_matches(tree, ':opno ([0-9]+)', 'g') m \
        join pg_catalog.pg_operator o on o.oid = m[1]::oid \
      union select 'the range type ' || t.typname, f.oid from within w join pg_catalog.pg_range r on r.rngtypid = w.typ \
        join pg_catalog.pg_type t on t.oid = w.typ, \
        lateral (values (r.rngcanonical::oid), (r.rngsubdiff::oid)) f(oid) where f.oid <> 0) \
    select distinct what || ' calls ' || p.proname from called c join pg_catalog.pg_proc p on p.oid = c.oid \
      join pg_catalog.pg_language l on l.oid = p.prolang join pg_catalog.pg_roles r on r.oid = p.proowner, me \
      where me.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user) \
      and not (me.is_trusted and (r.rolsuper or r.rolname = current_user)) \
      and not ((p.oid < 16384 or l.lanname in ('internal', 'c')) and p.proname !~ '_to_xml' \
        and (p.provolatile <> 'v' or p.proname in ('nextval', 'gen_random_uuid', 'random', 'clock_timestamp', 'timeofday', \
          'uuidv4', 'uuidv7', 'uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4'))) \
    union select 'the domain ' || t.typname || ' belongs to ' || r.rolname from within w join pg_catalog.pg_type t on t.oid = w.typ \
      join pg_catalog.pg_roles r on r.oid = t.typowner, me \
      where t.typtype = 'd' and me.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user) \
      and not (r.rolsuper or r.rolname = current_user) \
    order by 1";
const OWNER: &str = "select pg_catalog.pg_get_userbyid(c.relowner)::text, current_user::text \
    from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($TABLE)";

/// The question what would run of others.
pub(super) fn code_query(quoted: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quote_literal(name)).collect();
    CODE.replace("$TABLE", &quote_literal(quoted))
        .replace("$COLUMNS", &format!("array[{}]::pg_catalog.text[]", columns.join(", ")))
}

/// Code of others that would run as rows go in.
pub(super) struct ForeignCode {
    /// What calls what.
    pub(super) what: String,
    /// A sentence with what to do.
    pub(super) sentence: String,
}

/// Why rows may not go into a table; none where nothing would run that others wrote.
pub(super) async fn foreign_code(
    session: &Session,
    (schema, name): (&str, &str),
    columns: &[String],
) -> Result<Option<ForeignCode>, Failure> {
    let quoted = format!("{}.{}", quote_identifier(schema), quote_identifier(name));
    let found = session.client.query(&code_query(&quoted, columns), &[]).await.map_err(postgres::refused)?;
    if found.is_empty() {
        return Ok(None);
    }
    let what = found.iter().map(|row| row.get::<_, &str>(0)).collect::<Vec<_>>().join(", ");
    let owner = session
        .client
        .query_one(&OWNER.replace("$TABLE", &quote_literal(&quoted)), &[])
        .await
        .map_err(postgres::refused)?;
    let (owner, user): (String, String) = (owner.get(0), owner.get(1));
    let sentence = format!(
        "Rows that go into {schema}.{name} would have code of others run with the rights of {user}: {what}. \
         Restore it beside, where none of it runs, or with a project that signs in as {owner}, who owns it."
    );
    Ok(Some(ForeignCode { what, sentence }))
}
