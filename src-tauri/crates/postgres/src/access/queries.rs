//! The question for everything that says who may do what in a database. It reads `pg_catalog` alone.
//!
//! Each row is a kind, what it is about, what is said of it, an expression that another version may write in another
//! way, the extension that made what it is about, and the roles that it names.

/// What is somebody's own or has a list of rights: class, number, owner, list, and the letter of its defaults.
const THINGS: &str = "extension as (select d.classid, d.objid, e.extname::text as name from pg_catalog.pg_depend d \
      join pg_catalog.pg_extension e on e.oid = d.refobjid \
      where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'), \
    thing as ( \
      select 'pg_catalog.pg_class'::regclass::oid as class, c.oid as id, c.relowner as owner, c.relacl as acl, \
          case c.relkind when 'S' then 's' else 'r' end::\"char\" as letter, c.relnamespace as place \
        from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') \
      union all select 'pg_catalog.pg_proc'::regclass, p.oid, p.proowner, p.proacl, 'f', p.pronamespace from pg_catalog.pg_proc p \
        where not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i') \
      union all select 'pg_catalog.pg_type'::regclass, t.oid, t.typowner, t.typacl, 'T', t.typnamespace from pg_catalog.pg_type t \
        where t.typisdefined and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid) \
        and t.typtype <> 'm' and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c')) \
      union all select 'pg_catalog.pg_namespace'::regclass, n.oid, n.nspowner, n.nspacl, 'n', n.oid from pg_catalog.pg_namespace n \
      union all select 'pg_catalog.pg_language'::regclass, l.oid, l.lanowner, l.lanacl, 'l', 0 from pg_catalog.pg_language l where l.oid >= 16384 \
      union all select 'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, w.fdwowner, w.fdwacl, 'F', 0 from pg_catalog.pg_foreign_data_wrapper w \
      union all select 'pg_catalog.pg_foreign_server'::regclass, s.oid, s.srvowner, s.srvacl, 'S', 0 from pg_catalog.pg_foreign_server s), \
    known as (select t.class, t.id, t.owner, t.acl, t.letter, x.name as extension, i.type || ' ' || i.identity as named, \
        coalesce(n.nspname in ('pg_catalog', 'information_schema'), false) as is_system, ip.initprivs \
      from thing t left join pg_catalog.pg_namespace n on n.oid = t.place \
      left join extension x on x.classid = t.class and x.objid = t.id \
      left join pg_catalog.pg_init_privs ip on ip.classoid = t.class and ip.objoid = t.id and ip.objsubid = 0 \
      cross join lateral pg_catalog.pg_identify_object(t.class, t.id, 0) i \
      where coalesce(n.nspname, '') !~ '^pg_(toast|temp)' \
      and (t.acl is not null or coalesce(n.nspname not in ('pg_catalog', 'information_schema'), true)))";

/// Owners. What an extension made belongs to whoever made the extension.
const OWNERS: &str = "select 'owner', k.named, pg_catalog.pg_get_userbyid(k.owner)::text, '', null::text, array[pg_catalog.pg_get_userbyid(k.owner)::text] \
      from known k where k.extension is null and not k.is_system \
    union all select 'owner', 'event trigger ' || e.evtname, pg_catalog.pg_get_userbyid(e.evtowner)::text, '', null, array[pg_catalog.pg_get_userbyid(e.evtowner)::text] \
      from pg_catalog.pg_event_trigger e \
      where not exists (select from extension x where x.classid = 'pg_catalog.pg_event_trigger'::regclass and x.objid = e.oid) \
    union all select 'owner', 'publication ' || p.pubname, pg_catalog.pg_get_userbyid(p.pubowner)::text, '', null, array[pg_catalog.pg_get_userbyid(p.pubowner)::text] \
      from pg_catalog.pg_publication p";

/// Rights, as they differ from those that nobody gave or took: of what an extension or the server made, from those that
/// came with it.
const GRANTS: &str = "select 'grant', k.named, g.how || pg_catalog.lower(g.privilege_type) || g.to_or_from || \
        case g.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(g.grantee)::text end || \
        case when g.is_grantable then ' with grant option' else '' end || \
        case when k.extension is null and not k.is_system and g.grantor <> k.owner then ' by ' || pg_catalog.pg_get_userbyid(g.grantor)::text else '' end, \
        '', k.extension, array[case g.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(g.grantee)::text end] \
      from known k cross join lateral ( \
        select '' as how, ' to ' as to_or_from, a.grantee, a.privilege_type, a.is_grantable, a.grantor from ( \
          select x.grantee, x.privilege_type, x.is_grantable, case when k.is_system or k.extension is not null then 0::oid else x.grantor end as grantor \
            from pg_catalog.aclexplode(k.acl) x \
          except select x.grantee, x.privilege_type, x.is_grantable, case when k.is_system or k.extension is not null then 0::oid else x.grantor end \
            from pg_catalog.aclexplode(coalesce(k.initprivs, pg_catalog.acldefault(k.letter, k.owner))) x) a \
        union all select 'not ', ' for ', a.grantee, a.privilege_type, false, k.owner from ( \
          select x.grantee, x.privilege_type from pg_catalog.aclexplode(coalesce(k.initprivs, pg_catalog.acldefault(k.letter, k.owner))) x \
          except select x.grantee, x.privilege_type from pg_catalog.aclexplode(k.acl) x) a) g \
      where k.acl is not null and (k.extension is null and not k.is_system or (g.grantee <> k.owner and g.grantee <> 10)) \
    union all select 'grant', 'column ' || n.nspname || '.' || c.relname || '.' || a.attname, \
        pg_catalog.lower(x.privilege_type) || ' to ' || case x.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(x.grantee)::text end || \
        case when x.is_grantable then ' with grant option' else '' end, '', e.name, array[case x.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(x.grantee)::text end] \
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      left join extension e on e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid \
      cross join lateral pg_catalog.aclexplode(a.attacl) x where a.attacl is not null and not a.attisdropped \
      and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_temp' \
    union all select 'default privilege', 'new ' || case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' \
        when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end || \
        ' of ' || pg_catalog.pg_get_userbyid(d.defaclrole)::text || coalesce(' in schema ' || n.nspname, ''), \
        pg_catalog.lower(x.privilege_type) || ' to ' || case x.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(x.grantee)::text end || \
        case when x.is_grantable then ' with grant option' else '' end, '', \
        (select x.name from extension x where x.classid = 'pg_catalog.pg_namespace'::regclass and x.objid = n.oid), \
        array[pg_catalog.pg_get_userbyid(d.defaclrole)::text, case x.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(x.grantee)::text end] \
      from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace \
      cross join lateral pg_catalog.aclexplode(d.defaclacl) x";

/// Row security, policies, event triggers, labels, extensions.
const SECURITY: &str = "select 'row security', 'table ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), \
        case when c.relforcerowsecurity then case when c.relrowsecurity then 'on, also for the owner' else 'off, prepared for the owner' end else 'on' end, '', e.name, '{}'::text[] \
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      left join extension e on e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid \
      where (c.relrowsecurity or c.relforcerowsecurity) and n.nspname !~ '^pg_temp' \
    union all select 'policy', 'policy ' || pg_catalog.quote_ident(p.polname) || ' on ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), \
        case when p.polpermissive then 'permissive' else 'restrictive' end || ' for ' || \
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end || ' to ' || \
        (select pg_catalog.string_agg(case r.id when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(r.id)::text end, ', ' \
          order by case r.id when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(r.id)::text end) from pg_catalog.unnest(p.polroles) r(id)), \
        coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || ' / ' || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''), e.name, \
        array(select case r.id when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(r.id)::text end from pg_catalog.unnest(p.polroles) r(id)) \
      from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      left join extension e on e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid \
    union all select 'event trigger', 'event trigger ' || pg_catalog.quote_ident(t.evtname), \
        'on ' || t.evtevent || coalesce(' for ' || pg_catalog.array_to_string(t.evttags, ', '), '') || \
        ' calls ' || i.identity || case t.evtenabled when 'O' then '' when 'D' then ', disabled' when 'R' then ', on replicas' else ', always' end, '', e.name, '{}' \
      from pg_catalog.pg_event_trigger t cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, t.evtfoid, 0) i \
      left join extension e on e.classid = 'pg_catalog.pg_event_trigger'::regclass and e.objid = t.oid \
    union all select 'security label', i.type || ' ' || i.identity, l.provider || ': ' || l.label, '', null, '{}' \
      from pg_catalog.pg_seclabel l cross join lateral pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i \
    union all select 'extension', 'extension ' || pg_catalog.quote_ident(e.extname), e.extversion || ' in ' || n.nspname, '', e.extname::text, '{}' \
      from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace \
    union all select 'comment', i.type || ' ' || i.identity, pg_catalog.left(d.description, 60), pg_catalog.md5(d.description), e.name, '{}' \
      from pg_catalog.pg_description d cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i \
      left join extension e on e.classid = d.classoid and e.objid = d.objoid \
      where (d.objoid >= 16384 or d.description is distinct from 'standard public schema' and d.classoid = 'pg_catalog.pg_namespace'::regclass and d.objoid = 2200) \
      and d.classoid <> 'pg_catalog.pg_extension'::regclass and i.type is not null";

/// Publications; columns and filters since 15.
const PUBLICATIONS: &str = "select 'publication', 'publication ' || pg_catalog.quote_ident(p.pubname), \
        pg_catalog.concat_ws(', ', case when p.puballtables then 'all tables' end, case when p.pubinsert then 'insert' end, \
          case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end, \
          case when p.pubviaroot then 'via root' end), '', null, '{}' from pg_catalog.pg_publication p";
const PUBLISHED: &str = "select 'publication', 'publication ' || pg_catalog.quote_ident(p.pubname), \
        'table ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || \
        coalesce(' (' || (select pg_catalog.string_agg(a.attname, ', ' order by a.attnum) from pg_catalog.pg_attribute a \
          where a.attrelid = c.oid and a.attnum = any (r.prattrs)) || ')', ''), coalesce(pg_catalog.pg_get_expr(r.prqual, r.prrelid), ''), null, '{}' \
      from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid \
      join pg_catalog.pg_class c on c.oid = r.prrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    union all select 'publication', 'publication ' || pg_catalog.quote_ident(p.pubname), 'schema ' || pg_catalog.quote_ident(n.nspname), '', null, '{}' \
      from pg_catalog.pg_publication_namespace r join pg_catalog.pg_publication p on p.oid = r.pnpubid \
      join pg_catalog.pg_namespace n on n.oid = r.pnnspid";
const PUBLISHED_BEFORE: &str = "select 'publication', 'publication ' || pg_catalog.quote_ident(p.pubname), \
        'table ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), '', null, '{}' \
      from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid \
      join pg_catalog.pg_class c on c.oid = r.prrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace";

/// What is set for the database, and for roles in it.
const SETTINGS: &str = "select 'setting', coalesce('role ' || pg_catalog.pg_get_userbyid(nullif(s.setrole, 0))::text, 'the database'), c.one, '', null, \
        case when s.setrole = 0 then '{}' else array[pg_catalog.pg_get_userbyid(s.setrole)::text] end \
      from pg_catalog.pg_db_role_setting s cross join lateral pg_catalog.unnest(s.setconfig) c(one) \
      where s.setdatabase = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())";

/// All of it.
pub(super) fn facts(major: u16) -> String {
    let published = if major >= 15 { PUBLISHED } else { PUBLISHED_BEFORE };
    format!(
        "with {THINGS} {OWNERS} union all {GRANTS} union all {SECURITY} union all {PUBLICATIONS} \
         union all {published} union all {SETTINGS}"
    )
}
