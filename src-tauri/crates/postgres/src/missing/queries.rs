//! The questions to the catalogue. All of them read `pg_catalog` alone, and run within the snapshot of a backup.

/// What is not taken, the relations by these names and those of these schemas, each with its row type and the arrays of
/// that.
pub(super) const ABSENT: &str = "with gone as (select c.oid, c.reltype, n.nspname::text as place, c.relname::text as name \
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      left join unnest($1::text[], $2::text[]) as o(schema, name) on o.schema = n.nspname and o.name = c.relname \
      where c.relkind in ('r', 'p', 'm', 'v', 'f', 'S') and (o.name is not null or n.nspname = any ($3))) \
    select 'pg_catalog.pg_class'::regclass::oid, g.oid, g.place, g.name from gone g \
    union all select 'pg_catalog.pg_type'::regclass::oid, t.oid, null, '' from gone g join pg_catalog.pg_type t \
      on t.oid = g.reltype or (g.reltype <> 0 and t.oid = (select r.typarray from pg_catalog.pg_type r where r.oid = g.reltype))";

/// Policies without which more rows could be read, of these.
pub(super) const RESTRICTIVE: &str =
    "select oid from pg_catalog.pg_policy where oid = any ($1) and not polpermissive";

/// Columns of tables and of composite types, by the numbers of both.
pub(super) const TYPED: &str = "select c.oid, n.nspname::text, c.relname::text, a.attname::text \
    from unnest($1::oid[], $2::int4[]) as o(id, number) \
    join pg_catalog.pg_class c on c.oid = o.id and c.relkind in ('r', 'p', 'c', 'f') \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = o.number";

/// Extensions. `plpgsql` is on every server.
pub(super) const EXTENSIONS: &str = "select e.oid, e.extname::text, e.extversion, n.nspname::text, \
      array(select r.extname::text from pg_catalog.pg_depend d join pg_catalog.pg_extension r on r.oid = d.refobjid \
        where d.classid = 'pg_catalog.pg_extension'::regclass and d.objid = e.oid \
        and d.refclassid = 'pg_catalog.pg_extension'::regclass and r.extname <> 'plpgsql') \
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace \
    where e.extname <> 'plpgsql' order by 2";

/// What extensions made: extension, class, number, what kind of relation.
pub(super) const MEMBERS: &str = "select d.refobjid, d.classid, d.objid, c.relkind::text, n.nspname::text, \
      coalesce(c.relname, s.nspname)::text \
    from pg_catalog.pg_depend d \
    left join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid \
    left join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    left join pg_catalog.pg_namespace s on d.classid = 'pg_catalog.pg_namespace'::regclass and s.oid = d.objid \
    where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e' and d.refobjid = any ($1)";

/// Types that extensions made, the oldest first: a type is made behind those that it is made of.
pub(super) const TYPES: &str = "select t.oid, n.nspname::text, t.typname::text, t.typtype::text, t.typdelim::text, \
      t.typcollation <> 0, t.typmodin <> 0, \
      array(select l.enumlabel::text from pg_catalog.pg_enum l where l.enumtypid = t.oid order by l.enumsortorder), \
      bn.nspname::text, coalesce(be.typname, b.typname)::text, be.oid is not null \
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
    left join pg_catalog.pg_type b on b.oid = t.typbasetype \
    left join pg_catalog.pg_type be on be.typarray = b.oid and be.oid = b.typelem \
    left join pg_catalog.pg_namespace bn on bn.oid = coalesce(be.typnamespace, b.typnamespace) \
    left join pg_catalog.pg_class c on c.oid = t.typrelid \
    where t.oid = any ($1) and t.typisdefined and (c.oid is null or c.relkind = 'c') \
    and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid) order by t.oid";

/// Functions of extensions that lie in a schema which is neither the extension's nor made by it, in a language that
/// anybody may write.
pub(super) const BESIDE: &str = "select e.oid, e.extname::text, n.nspname::text, p.proname::text, \
      pg_catalog.pg_get_userbyid(p.proowner)::text, pg_catalog.pg_get_functiondef(p.oid) \
    from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid \
    join pg_catalog.pg_proc p on d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid and p.prokind in ('f', 'p') \
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang and l.lanpltrusted \
    where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e' and e.oid = any ($1) \
    and p.pronamespace <> e.extnamespace and n.nspname <> 'pg_catalog' \
    and not exists (select from pg_catalog.pg_depend m where m.classid = 'pg_catalog.pg_namespace'::regclass \
      and m.objid = p.pronamespace and m.deptype = 'e') order by 3, 4";

/// Columns of tables, and parts of composite types: number of the relation, of its row type, column and type.
pub(super) const COLUMNS: &str = "select c.oid, c.reltype, a.attname::text, tn.nspname::text, \
      coalesce(e.typname, t.typname)::text, e.oid is not null \
    from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
    join pg_catalog.pg_type t on t.oid = a.atttypid \
    left join pg_catalog.pg_type e on e.typarray = t.oid and e.oid = t.typelem \
    join pg_catalog.pg_namespace tn on tn.oid = coalesce(e.typnamespace, t.typnamespace) \
    where c.oid = any ($1) or c.reltype = any ($2) order by c.oid, a.attnum";

/// Types that hold values of these: arrays, domains, composite types, ranges.
pub(super) const HOLDING: &str = "select n.ext, x.typ from unnest($1::oid[], $2::oid[]) as n(ext, typ) cross join lateral ( \
      select t.typarray as typ from pg_catalog.pg_type t where t.oid = n.typ and t.typarray <> 0 \
      union all select t.oid from pg_catalog.pg_type t where t.typbasetype = n.typ and t.typtype = 'd' \
      union all select r.rngtypid from pg_catalog.pg_range r where r.rngsubtype = n.typ \
      union all select m.oid from pg_catalog.pg_range r join pg_catalog.pg_type m on m.typtype = 'm' and m.typname <> '' \
        and exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = m.oid \
          and d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = r.rngtypid and d.deptype = 'i') \
        where r.rngtypid = n.typ \
      union all select c.reltype from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.objid and c.reltype <> 0 \
        where d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = n.typ and d.classid = 'pg_catalog.pg_class'::regclass) x";

/// What compares or converts values of these types without saying that it needs an operator of theirs.
pub(super) const COMPARING: &str = "select n.ext, 'pg_catalog.pg_class'::regclass::oid, i.indexrelid \
      from unnest($1::oid[], $2::oid[]) as n(ext, typ) \
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = n.typ \
        and d.classid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0 \
      join pg_catalog.pg_index i on i.indrelid = d.objid \
        and d.objsubid = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) \
    union select n.ext, 'pg_catalog.pg_class'::regclass::oid, i.indexrelid \
      from unnest($1::oid[], $2::oid[]) as n(ext, typ) \
      join pg_catalog.pg_attribute a on a.atttypid = n.typ \
      join pg_catalog.pg_index i on i.indexrelid = a.attrelid and a.attnum <= i.indnkeyatts \
    union select n.ext, 'pg_catalog.pg_statistic_ext'::regclass::oid, s.oid \
      from unnest($1::oid[], $2::oid[]) as n(ext, typ) \
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = n.typ \
        and d.classid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0 \
      join pg_catalog.pg_statistic_ext s on s.stxrelid = d.objid and d.objsubid = any (s.stxkeys) \
    union select n.ext, d.classid, d.objid from unnest($1::oid[], $2::oid[]) as n(ext, typ) \
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = n.typ \
      where d.classid in ('pg_catalog.pg_cast'::regclass, 'pg_catalog.pg_opclass'::regclass, \
        'pg_catalog.pg_transform'::regclass)";

/// What an extension's table has beside its columns: it comes with the extension.
pub(super) const BESIDE_COLUMNS: &str = "select n.ext, d.classid, d.objid \
    from unnest($1::oid[], $2::oid[]) as n(ext, relation) \
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = n.relation \
      and d.deptype in ('a', 'i') \
    left join pg_catalog.pg_class i on d.classid = 'pg_catalog.pg_class'::regclass and i.oid = d.objid \
    where d.classid in ('pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_attrdef'::regclass, \
      'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_rewrite'::regclass) or i.relkind in ('i', 'I')";

/// What depends on these, and what these are an inner part of. The last column tells that nothing is lost with it: a
/// table keeps its rows, and a type has a stand-in.
pub(super) const NEEDING: &str = "select x.ext, x.classid, x.objid, x.objsubid, \
      coalesce(x.objsubid = 0 and c.relkind in ('r', 'p', 'S'), false) \
      or (t.oid is not null and not coalesce(r.relkind in ('v', 'm', 'f'), false)) \
    from (select n.ext, d.classid, d.objid, d.objsubid from unnest($1::oid[], $2::oid[], $3::oid[], $4::int4[]) as n(ext, c, o, s) \
        join pg_catalog.pg_depend d on d.refclassid = n.c and d.refobjid = n.o and (n.s = 0 or d.refobjsubid = n.s) and d.deptype <> 'e' \
      union select n.ext, d.refclassid, d.refobjid, d.refobjsubid \
        from unnest($1::oid[], $2::oid[], $3::oid[], $4::int4[]) as n(ext, c, o, s) \
        join pg_catalog.pg_depend d on d.classid = n.c and d.objid = n.o and d.objsubid = n.s and d.deptype = 'i') x \
    left join pg_catalog.pg_class c on x.classid = 'pg_catalog.pg_class'::regclass and c.oid = x.objid \
    left join pg_catalog.pg_type t on x.classid = 'pg_catalog.pg_type'::regclass and t.oid = x.objid \
    left join pg_catalog.pg_type e on e.typarray = t.oid \
    left join pg_catalog.pg_class r on r.oid = coalesce(e.typrelid, t.typrelid)";

/// What these are, in words, and of which table they are a part. Nothing of what has no entry of its own in an
/// archive: rules that are their view, indexes that are their constraint, row types, what is temporary.
pub(super) const DESCRIBED: &str = "select n.ext, n.c, n.o, i.type, i.identity, \
      tn.nspname::text, tc.relname::text, coalesce(tc.relkind, '')::text, \
      a.attname::text, coalesce(a.attgenerated <> '', false), k.conname::text, coalesce(k.contype = 'c', false), \
      dn.nspname::text, dt.typname::text, coalesce(rel.relkind, '')::text, coalesce(dt.typtype, '')::text \
    from unnest($1::oid[], $2::oid[], $3::oid[], $4::int4[]) as n(ext, c, o, s) \
    cross join lateral pg_catalog.pg_identify_object(n.c, n.o, n.s) i \
    left join pg_catalog.pg_class rel on n.c = 'pg_catalog.pg_class'::regclass and rel.oid = n.o \
    left join pg_catalog.pg_index ix on ix.indexrelid = rel.oid \
    left join pg_catalog.pg_constraint k on n.c = 'pg_catalog.pg_constraint'::regclass and k.oid = n.o \
    left join pg_catalog.pg_attrdef ad on n.c = 'pg_catalog.pg_attrdef'::regclass and ad.oid = n.o \
    left join pg_catalog.pg_trigger tg on n.c = 'pg_catalog.pg_trigger'::regclass and tg.oid = n.o \
    left join pg_catalog.pg_rewrite rw on n.c = 'pg_catalog.pg_rewrite'::regclass and rw.oid = n.o \
    left join pg_catalog.pg_policy po on n.c = 'pg_catalog.pg_policy'::regclass and po.oid = n.o \
    left join pg_catalog.pg_statistic_ext se on n.c = 'pg_catalog.pg_statistic_ext'::regclass and se.oid = n.o \
    left join pg_catalog.pg_class tc on tc.oid = coalesce(ix.indrelid, nullif(k.conrelid, 0), ad.adrelid, tg.tgrelid, \
      rw.ev_class, po.polrelid, se.stxrelid, case when rel.relkind in ('r', 'p') then rel.oid end) \
    left join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace \
    left join pg_catalog.pg_attribute a on a.attrelid = tc.oid and a.attnum = coalesce(ad.adnum, nullif(n.s, 0)) \
    left join pg_catalog.pg_type ty on n.c = 'pg_catalog.pg_type'::regclass and ty.oid = n.o \
    left join pg_catalog.pg_type dt on dt.oid = coalesce(nullif(k.contypid, 0), ty.oid) \
    left join pg_catalog.pg_namespace dn on dn.oid = dt.typnamespace \
    where i.type is not null and n.c not in ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass) \
    and coalesce(rw.rulename <> '_RETURN', true) and not coalesce(tg.tgisinternal, false) \
    and coalesce(tn.nspname, dn.nspname, i.schema, '') !~ '^(\"?pg_toast|\"?pg_temp|pg_catalog$|information_schema$)' \
    and not exists (select from pg_catalog.pg_constraint ic where ic.conindid = ix.indexrelid and ic.contype in ('p', 'u', 'x')) \
    and (ty.oid is null or ty.typtype in ('d', 'r') or (ty.typtype = 'b' and ty.typelem = 0)) \
    and not (n.c in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_cast'::regclass) and exists (select from pg_catalog.pg_depend r \
      where r.classid = n.c and r.objid = n.o and r.deptype = 'i')) \
    and not exists (select from pg_catalog.pg_depend e where e.deptype = 'e' and ((e.classid = n.c and e.objid = n.o) \
      or (e.classid = 'pg_catalog.pg_class'::regclass and e.objid = tc.oid and (ix.indexrelid is not null or k.oid is not null \
        or ad.oid is not null or tg.oid is not null or rw.oid is not null))))";

/// Columns of tables that hold values of these types.
pub(super) const HELD: &str = "select n.ext, c.oid, cn.nspname::text, c.relname::text, a.attname::text \
    from unnest($1::oid[], $2::oid[]) as n(ext, typ) \
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = n.typ \
      and d.classid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0 \
    join pg_catalog.pg_class c on c.oid = d.objid and c.relkind in ('r', 'p') and c.relpersistence <> 't' \
    join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace \
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid \
    where not exists (select from pg_catalog.pg_depend e where e.deptype = 'e' and e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid)";

/// What extensions made that has its own list of rights, under the names by which the rights of an archive are found.
pub(super) const WITH_RIGHTS: &str = "select d.refobjid, x.class, x.place, x.name from pg_catalog.pg_depend d \
    cross join lateral ( \
      select 'relation' as class, n.nspname::text as place, c.relname::text as name from pg_catalog.pg_class c \
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
        where d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid \
        and (c.relacl is not null or exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attacl is not null)) \
      union all select 'routine', n.nspname::text, p.proname::text || '(' || \
          pg_catalog.lower(pg_catalog.translate(a.text, ' \"', '')) || ')' from pg_catalog.pg_proc p \
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace, \
        lateral (values (pg_catalog.pg_get_function_identity_arguments(p.oid)), (pg_catalog.oidvectortypes(p.proargtypes))) a(text) \
        where d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid and p.proacl is not null \
      union all select 'type', n.nspname::text, t.typname::text from pg_catalog.pg_type t \
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
        where d.classid = 'pg_catalog.pg_type'::regclass and t.oid = d.objid and t.typacl is not null \
      union all select 'schema', '', n.nspname::text from pg_catalog.pg_namespace n \
        where d.classid = 'pg_catalog.pg_namespace'::regclass and n.oid = d.objid and n.nspacl is not null \
      union all select 'language', '', l.lanname::text from pg_catalog.pg_language l \
        where d.classid = 'pg_catalog.pg_language'::regclass and l.oid = d.objid and l.lanacl is not null \
      union all select 'foreign data wrapper', '', w.fdwname::text from pg_catalog.pg_foreign_data_wrapper w \
        where d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass and w.oid = d.objid and w.fdwacl is not null) x \
    where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e' and d.refobjid = any ($1)";
