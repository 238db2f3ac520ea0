//! What is in a database by name, and what a role may make there. Asks the catalogue alone.

use std::collections::HashSet;

use tokio_postgres::Client;

use base::failure::Failure;
use postgres::custom_format::TocEntry;

/// Everything that has a name, as an archive names it: class, schema, name. Types of arguments as `pg_dump` writes them,
/// which is how a session without a path sees them.
const THERE: &str = "select 'SCHEMA', '', nspname::text from pg_catalog.pg_namespace \
    union all select 'EXTENSION', '', extname::text from pg_catalog.pg_extension \
    union all select 'PUBLICATION', '', pubname::text from pg_catalog.pg_publication \
    union all select 'EVENT TRIGGER', '', evtname::text from pg_catalog.pg_event_trigger \
    union all select 'SERVER', '', srvname::text from pg_catalog.pg_foreign_server \
    union all select 'FOREIGN DATA WRAPPER', '', fdwname::text from pg_catalog.pg_foreign_data_wrapper \
    union all select 'LANGUAGE', '', lanname::text from pg_catalog.pg_language \
    union all select 'DEFAULT ACL', coalesce(n.nspname::text, ''), pg_catalog.pg_get_userbyid(d.defaclrole) || ' ' || case d.defaclobjtype when 'r' then 'TABLES' \
      when 'S' then 'SEQUENCES' when 'f' then 'FUNCTIONS' when 'T' then 'TYPES' when 'n' then 'SCHEMAS' else 'LARGE OBJECTS' end \
      from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace \
    union all select o.class, n.nspname::text, o.name from ( \
      select 'RELATION' as class, relnamespace as place, relname::text as name from pg_catalog.pg_class where relkind not in ('t', 'c') \
      union all select 'TYPE', typnamespace, typname::text from pg_catalog.pg_type \
      union all select 'COLLATION', collnamespace, collname::text from pg_catalog.pg_collation \
      union all select 'CONVERSION', connamespace, conname::text from pg_catalog.pg_conversion \
      union all select 'TEXT SEARCH CONFIGURATION', cfgnamespace, cfgname::text from pg_catalog.pg_ts_config \
      union all select 'TEXT SEARCH DICTIONARY', dictnamespace, dictname::text from pg_catalog.pg_ts_dict \
      union all select 'STATISTICS', stxnamespace, stxname::text from pg_catalog.pg_statistic_ext \
      union all select 'ROUTINE', pronamespace, proname || '(' || case when prokind = 'a' and pronargs = 0 then '*' else \
        pg_catalog.oidvectortypes(proargtypes) end || ')' from pg_catalog.pg_proc \
      union all select 'TRIGGER', c.relnamespace, c.relname || ' ' || t.tgname from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid \
      union all select 'POLICY', c.relnamespace, c.relname || ' ' || p.polname from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid \
      union all select 'RULE', c.relnamespace, c.relname || ' ' || r.rulename from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class \
      union all select 'CONSTRAINT', k.connamespace, coalesce(c.relname, t.typname) || ' ' || k.conname from pg_catalog.pg_constraint k \
        left join pg_catalog.pg_class c on c.oid = k.conrelid left join pg_catalog.pg_type t on t.oid = k.contypid \
      union all select 'PUBLICATION TABLE', c.relnamespace, p.pubname || ' ' || c.relname from pg_catalog.pg_publication_rel r \
        join pg_catalog.pg_publication p on p.oid = r.prpubid join pg_catalog.pg_class c on c.oid = r.prrelid \
    ) o join pg_catalog.pg_namespace n on n.oid = o.place where o.name is not null";
/// Schemas in which the role may make nothing.
const CLOSED: &str = "select nspname::text from pg_catalog.pg_namespace \
    where nspname !~ '^pg_' and not pg_catalog.has_schema_privilege(oid, 'create')";
const ABOUT: &str = "select current_user::text, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create'), \
    r.rolsuper or r.rolcreaterole, array(select o.rolname::text from pg_catalog.pg_roles o), \
    array(select o.rolname::text from pg_catalog.pg_roles o where pg_catalog.pg_has_role(current_user, o.oid, 'usage')), \
    array(select l.lanname::text from pg_catalog.pg_language l where r.rolsuper or l.lanname = 'sql' \
      or (l.lanpltrusted and pg_catalog.has_language_privilege(l.oid, 'usage'))) \
    from pg_catalog.pg_roles r where r.rolname = current_user";

/// What only a superuser may say of a function.
const OF_SUPERUSERS: [&str; 2] = [" LEAKPROOF", " SUPPORT "];

/// What is in a database, and what a role may make there.
#[derive(Debug, Default)]
pub(in crate::restore) struct Names {
    /// What cannot be made again without what the backup does not have by choice, by its numbers in the catalogue.
    pub(in crate::restore) not_held: HashSet<(u32, u32)>,
    pub(super) known: HashSet<(String, String, String)>,
    pub(super) closed: HashSet<String>,
    pub(super) may_make_schemas: bool,
    /// The connected role.
    pub(in crate::restore) user: String,
    /// Whether it may make roles.
    pub(in crate::restore) may_make_roles: bool,
    /// Every role of the server.
    pub(in crate::restore) roles: HashSet<String>,
    /// Roles whose rights it has.
    pub(in crate::restore) acts_for: HashSet<String>,
    /// Languages in which it may write functions.
    pub(super) languages: HashSet<String>,
}

impl Names {
    /// Asks the server.
    pub(in crate::restore) async fn look(client: &Client) -> Result<Self, Failure> {
        let there = client.query(THERE, &[]).await.map_err(postgres::refused)?;
        let closed = client.query(CLOSED, &[]).await.map_err(postgres::refused)?;
        let about = client.query_one(ABOUT, &[]).await.map_err(postgres::refused)?;
        Ok(Self {
            known: there.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
            closed: closed.iter().map(|row| row.get(0)).collect(),
            user: about.get(0),
            may_make_schemas: about.get(1),
            may_make_roles: about.get(2),
            roles: about.get::<_, Vec<String>>(3).into_iter().collect(),
            acts_for: about.get::<_, Vec<String>>(4).into_iter().collect(),
            languages: about.get::<_, Vec<String>>(5).into_iter().collect(),
            not_held: HashSet::new(),
        })
    }

    /// The same for a backup that does not have everything by choice, so that these cannot be made.
    pub(in crate::restore) fn without(self, not_held: &[(u32, u32)]) -> Self {
        Self { not_held: not_held.iter().copied().collect(), ..self }
    }

    /// Whether it may surely write a function, by its language and what it says of itself; of everything else but an
    /// aggregate, yes.
    pub(super) fn may_write(&self, entry: &TocEntry) -> bool {
        let is_routine = matches!(entry.kind.as_str(), "FUNCTION" | "PROCEDURE");
        let before_body = entry.definition.split("\n    AS ").next().unwrap_or_default();
        if entry.kind == "AGGREGATE"
            || (is_routine && OF_SUPERUSERS.iter().any(|word| before_body.contains(word)))
        {
            return false;
        }
        let language = before_body.split_once("\n    LANGUAGE ").map(|(_, rest)| rest);
        let language = language.and_then(|rest| rest.split_whitespace().next()).filter(|_| is_routine);
        language.is_none_or(|name| self.languages.contains(name.trim_matches('"')))
    }

    pub(super) fn has_schema(&self, name: &str) -> bool {
        self.known.contains(&("SCHEMA".to_owned(), String::new(), name.to_owned()))
    }

    pub(super) fn has(&self, class: &str, entry: &TocEntry) -> bool {
        let schema = entry.schema.clone().unwrap_or_default();
        self.known.contains(&(class.to_owned(), schema, entry.tag.clone()))
    }
}
