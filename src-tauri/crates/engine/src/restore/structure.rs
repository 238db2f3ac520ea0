//! A database's structure as one text that changes with it: compares a plan's view with the current state.
//!
//! It reads only the system catalogue's stored values. Nothing is decompiled (as by `pg_get_viewdef`), so no
//! code of the database runs and no object is locked: another session can read it while a restore holds its
//! locks, and so detects what others committed.

use base::failure::Failure;
use postgres::connection::Session;
use postgres::target::Target;

/// What `pg_dump` would dump: not the system's, not an extension's.
pub(super) const OURS: &str = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
    and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e' \
    and e.classid = 'pg_catalog.pg_class'::regclass)";

/// Relations, whose key is a number; an index has another one once it was built again, and its name stays.
const RELATIONS: &str = "select c.oid, c.relkind, case when c.relkind in ('i', 'I') \
      then pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) else c.oid::text end as key, \
      row(c.relkind, n.nspname, c.relname, c.reloftype, c.relowner, c.relam, c.reltablespace, c.relpersistence, \
        c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition, c.relacl, c.reloptions, c.relpartbound)::text as said \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relpersistence <> 't' and c.relkind <> 't' and ";
const SCHEMAS: &str =
    "select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'";
/// Each kind of object, and its stored definition. Omits what changes by itself: pages, statistics, progress
/// of vacuum, and the OIDs of indexes.
const PARTS: [(&str, &str); 28] = [
    ("relation", "select o.key || ' ' || o.said from ours o"),
    (
        "column",
        "select o.key || row(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attcollation, a.attidentity, \
           a.attstorage, a.attislocal, a.attacl, a.attoptions, a.attfdwoptions)::text \
         from pg_catalog.pg_attribute a join ours o on o.oid = a.attrelid where a.attnum > 0 and not a.attisdropped",
    ),
    // What a generated column is made of, too.
    ("default", "select d::text from pg_catalog.pg_attrdef d join ours o on o.oid = d.adrelid"),
    (
        "constraint",
        "select row(k.conname, k.conrelid, k.contypid, k.contype, k.condeferrable, k.condeferred, k.convalidated, k.confrelid, \
           k.confupdtype, k.confdeltype, k.confmatchtype, k.conislocal, k.coninhcount, k.connoinherit, k.conkey, k.confkey, \
           k.conexclop, k.conbin)::text from pg_catalog.pg_constraint k where k.connamespace in (select oid from places)",
    ),
    (
        "index",
        "select o.key || (pg_catalog.to_jsonb(i) - array['indexrelid', 'indcheckxmin', 'indislive', 'indisready'])::text \
         from pg_catalog.pg_index i join ours o on o.oid = i.indexrelid",
    ),
    // A view is one.
    ("rule", "select r::text from pg_catalog.pg_rewrite r join ours o on o.oid = r.ev_class"),
    ("policy", "select p::text from pg_catalog.pg_policy p join ours o on o.oid = p.polrelid"),
    (
        "trigger",
        "select row(t.oid, t.tgrelid, t.tgfoid, t.tgtype, t.tgenabled, t.tgdeferrable, t.tginitdeferred, t.tgattr, t.tgargs, \
           t.tgqual, t.tgname, t.tgoldtable, t.tgnewtable)::text from pg_catalog.pg_trigger t join ours o on o.oid = t.tgrelid",
    ),
    ("sequence", "select s::text from pg_catalog.pg_sequence s join ours o on o.oid = s.seqrelid"),
    (
        "child",
        "select i::text from pg_catalog.pg_inherits i join ours o on o.oid = i.inhrelid where o.relkind not in ('i', 'I')",
    ),
    ("foreign table", "select f::text from pg_catalog.pg_foreign_table f join ours o on o.oid = f.ftrelid"),
    ("function", "select f::text from pg_catalog.pg_proc f where f.pronamespace in (select oid from places)"),
    (
        "aggregate",
        "select a::text from pg_catalog.pg_aggregate a join pg_catalog.pg_proc f on f.oid = a.aggfnoid \
         where f.pronamespace in (select oid from places)",
    ),
    // A table has two, which say nothing of their own but a right that was given to one.
    (
        "type",
        "select t::text from pg_catalog.pg_type t where t.typnamespace in (select oid from places) \
         and (t.typacl is not null or t.typtype <> 'c' and t.typcategory <> 'A')",
    ),
    (
        "label",
        "select e::text from pg_catalog.pg_enum e join pg_catalog.pg_type t on t.oid = e.enumtypid \
         where t.typnamespace in (select oid from places)",
    ),
    (
        "range",
        "select r::text from pg_catalog.pg_range r join pg_catalog.pg_type t on t.oid = r.rngtypid \
         where t.typnamespace in (select oid from places)",
    ),
    (
        "operator",
        "select o::text from pg_catalog.pg_operator o where o.oprnamespace in (select oid from places)",
    ),
    // Numbers from there on are of what people made.
    ("cast", "select c::text from pg_catalog.pg_cast c where c.oid >= 16384"),
    (
        "collation",
        "select c::text from pg_catalog.pg_collation c where c.collnamespace in (select oid from places)",
    ),
    ("schema", "select n::text from pg_catalog.pg_namespace n where n.oid in (select oid from places)"),
    ("default rights", "select a::text from pg_catalog.pg_default_acl a"),
    ("event trigger", "select e::text from pg_catalog.pg_event_trigger e"),
    ("extension", "select row(e.extname, e.extversion, e.extowner)::text from pg_catalog.pg_extension e"),
    ("language", "select l::text from pg_catalog.pg_language l"),
    ("publication", "select p::text from pg_catalog.pg_publication p"),
    ("published", "select p::text from pg_catalog.pg_publication_rel p"),
    ("foreign server", "select s::text from pg_catalog.pg_foreign_server s"),
    ("statistics", "select s::text from pg_catalog.pg_statistic_ext s"),
];

/// The structure that is committed now. Changes with every change of it, and not with rows, sizes or the values of
/// sequences.
pub(super) async fn digest(session: &Session) -> Result<String, tokio_postgres::Error> {
    Ok(session.client.query_one(&query(), &[]).await?.get(0))
}

/// The same, as a session of its own sees it.
pub(super) async fn digest_of(target: &Target) -> Result<String, Failure> {
    let session = target.session().await?;
    let digest = digest(&session).await;
    session.close().await;
    digest.map_err(postgres::refused)
}

fn query() -> String {
    let parts = PARTS.map(|(kind, sql)| format!("select '{kind}', part.said from ({sql}) part(said)"));
    format!(
        "with ours as ({RELATIONS}{OURS}), places as ({SCHEMAS}) \
         select pg_catalog.md5(coalesce(pg_catalog.string_agg(line, ',' order by line collate \"C\"), '')) from ( \
         select kind || ' ' || pg_catalog.md5(coalesce(said, '')) from ({}) every_part(kind, said)) every_line(line)",
        parts.join(" union all ")
    )
}
