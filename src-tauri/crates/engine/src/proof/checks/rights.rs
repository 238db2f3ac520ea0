//! Privileges: the archive's grants and revokes against the server's, for tables, columns, sequences,
//! schemas, routines, types, languages, foreign servers, large objects, and default privileges.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Looked;
use super::access::Seen;
use postgres::connection::Session;
use postgres::custom_format::{RightsChange, RightsKey, TocEntry};

/// Every object with privileges (a routine by its argument types only), and who has which: `select reader`,
/// in lower case; `PUBLIC` is everybody. An object without its own list has the server's defaults for its
/// kind.
const THERE: &str = "select class, coalesce(place, ''), name, \
      array(select pg_catalog.lower(x.privilege_type) || ' ' || \
        case x.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(x.grantee)::text end \
        from pg_catalog.aclexplode(acl) x) from ( \
    select 'relation' as class, n.nspname::text as place, c.relname::text as name, \
        coalesce(c.relacl, pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::\"char\", c.relowner)) as acl \
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (n.nspname <> 'pg_catalog' or c.relacl is not null) \
    union all select 'column', n.nspname, c.relname::text || '.' || a.attname::text, a.attacl \
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid \
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace where a.attacl is not null and not a.attisdropped \
    union all select 'schema', '', n.nspname::text, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) \
      from pg_catalog.pg_namespace n \
    union all select 'routine', n.nspname, p.proname::text || '(' || \
        pg_catalog.lower(pg_catalog.translate(a.text, ' \"', '')) || ')', coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)) \
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace, \
      lateral (values (pg_catalog.pg_get_function_identity_arguments(p.oid)), (pg_catalog.oidvectortypes(p.proargtypes))) a(text) \
      where n.nspname <> 'pg_catalog' or p.proacl is not null \
    union all select 'type', n.nspname, t.typname::text, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner)) \
      from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
      where t.typacl is not null or n.nspname <> 'pg_catalog' and t.typcategory <> 'A' and (t.typtype <> 'c' \
        or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c')) \
    union all select 'language', '', l.lanname::text, coalesce(l.lanacl, pg_catalog.acldefault('l', l.lanowner)) \
      from pg_catalog.pg_language l \
    union all select 'foreign server', '', s.srvname::text, coalesce(s.srvacl, pg_catalog.acldefault('S', s.srvowner)) \
      from pg_catalog.pg_foreign_server s \
    union all select 'foreign data wrapper', '', w.fdwname::text, coalesce(w.fdwacl, pg_catalog.acldefault('F', w.fdwowner)) \
      from pg_catalog.pg_foreign_data_wrapper w \
    union all select 'large object', '', m.oid::text, m.lomacl \
      from pg_catalog.pg_largeobject_metadata m where m.lomacl is not null \
    union all select 'new ' || case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' \
        when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end, n.nspname, \
        pg_catalog.pg_get_userbyid(d.defaclrole)::text, d.defaclacl \
      from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace) everything";

/// Who has which rights, by what they are of.
type There = HashMap<RightsKey, HashSet<String>>;

/// What an entry comes to in the end: of each thing, who has or has not which right.
type Wanted = BTreeMap<(String, String, String), BTreeMap<(String, &'static str), bool>>;

/// Compares what every entry gives and takes.
pub(super) async fn compare_rights(
    looked: &Looked<'_>,
    session: &Session,
    roles: &HashSet<String>,
    seen: &mut Seen,
) -> Result<(), tokio_postgres::Error> {
    let rows = session.client.query(THERE, &[]).await?;
    let there: There = rows
        .iter()
        .map(|row| {
            let key = RightsKey { class: row.get(0), schema: row.get(1), name: row.get(2) };
            (key, row.get::<_, Vec<String>>(3).into_iter().collect())
        })
        .collect();
    let mut of_rights = Seen::default();
    for entry in looked.entries(&["ACL", "DEFAULT ACL"]) {
        // Those of the database are its properties, which are given last.
        if entry.tag.starts_with("DATABASE ") && entry.kind == "ACL" {
            continue;
        }
        if let Some(changes) = looked.toc.rights(entry) {
            of_entry(entry, &changes, &there, roles, &mut of_rights);
        } else {
            of_rights.expected += 1;
            of_rights.absent.push(format!("{}: its rights are not written as expected", entry.tag));
        }
    }
    let Seen { expected, wrong, absent } = of_rights;
    seen.expected += expected;
    seen.absent.extend(absent);
    // Rights of an owner are another owner's, where owners could not be given.
    if looked.ownership.owners {
        seen.wrong.extend(wrong);
    } else {
        seen.absent.extend(wrong);
    }
    Ok(())
}

fn of_entry(
    entry: &TocEntry,
    changes: &[RightsChange],
    there: &There,
    roles: &HashSet<String>,
    seen: &mut Seen,
) {
    for ((class, schema, name), rights) in wanted(changes) {
        let key = RightsKey { class, schema, name };
        // A large object or column without rights of its own, or a default that was taken back, has no row.
        let nothing = HashSet::new();
        let found = match there.get(&key) {
            Some(found) => found,
            None if key.class == "column" || key.class == "large object" || key.class.starts_with("new ") => {
                &nothing
            }
            // It is not there, which is said elsewhere.
            None => continue,
        };
        for ((grantee, right), is_given) in &rights {
            seen.expected += 1;
            let is_given_to = |right: &str| {
                rights
                    .iter()
                    .any(|((who, one), given)| *given && who == grantee && (*one == "all" || *one == right))
            };
            let mut held =
                found.iter().filter_map(|one| one.split_once(' ')).filter(|(_, who)| who == grantee);
            let has = match *right {
                // What all rights are depends on the version: one of them shows that they were given.
                "all" if *is_given => held.next().is_some(),
                "all" => held.any(|(right, _)| !is_given_to(right)),
                one => held.any(|(right, _)| right == one),
            };
            if has == *is_given {
                continue;
            }
            let of = if key.class == "column" {
                format!("{} ({})", entry.tag, key.name)
            } else {
                entry.tag.clone()
            };
            let what = if *is_given {
                format!("{of}: {right} is not granted to {grantee}")
            } else {
                format!("{of}: {right} is granted to {grantee}, and was not")
            };
            let is_known = grantee == "PUBLIC" || roles.contains(grantee);
            if is_known { seen.wrong.push(what) } else { seen.absent.push(what) }
        }
    }
}

/// What is left once everything that an entry says was done in its order.
fn wanted(changes: &[RightsChange]) -> Wanted {
    let mut wanted = Wanted::new();
    for change in changes.iter().filter(|change| change.changes_rights()) {
        let RightsKey { class, schema, name } = change.key();
        for right in &change.rights {
            let places = if right.columns.is_empty() {
                vec![(class.clone(), schema.clone(), name.clone())]
            } else {
                let of = |column: &String| ("column".to_owned(), schema.clone(), format!("{name}.{column}"));
                right.columns.iter().map(of).collect()
            };
            for place in places {
                let rights = wanted.entry(place).or_default();
                if right.name == "all" {
                    rights.retain(|(grantee, _), _| grantee != change.grantee());
                }
                rights.insert((change.grantee().to_owned(), right.name), change.is_grant);
            }
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres::custom_format::{Header, Section, Toc};

    fn entry(tag: &str, definition: &str) -> TocEntry {
        TocEntry {
            dump_id: 7,
            section: Section::PreData,
            has_data: false,
            tag: tag.into(),
            kind: "ACL".into(),
            definition: definition.into(),
            copy: None,
            schema: Some("public".into()),
            owner: None,
            dependencies: Vec::new(),
            object: (0, 0),
        }
    }

    /// What is found of an entry where the server has these rights.
    fn found(definition: &str, class: &str, name: &str, rights: &[&str]) -> Seen {
        let header = Header {
            version: (1, 14, 0),
            int_bytes: 4,
            is_compressed: false,
            database: None,
            server_version: None,
            tool_version: None,
        };
        let entry = entry("it", definition);
        let changes = Toc { header, entries: Vec::new(), prefix_bytes: 0 }.rights(&entry).unwrap();
        let key = RightsKey { class: class.into(), schema: "public".into(), name: name.into() };
        let there = There::from([(key, rights.iter().map(|&one| one.to_owned()).collect())]);
        let mut seen = Seen::default();
        of_entry(&entry, &changes, &there, &HashSet::from(["here".to_owned()]), &mut seen);
        seen
    }

    #[test]
    fn what_was_taken_from_everybody_has_to_be_taken_and_what_was_given_given() {
        let function = "REVOKE ALL ON FUNCTION public.f(integer, text) FROM PUBLIC;\n\
            GRANT ALL ON FUNCTION public.f(integer, text) TO here;\n\
            GRANT ALL ON FUNCTION public.f(integer, text) TO gone;";
        let of = |rights: &[&str]| found(function, "routine", "f(integer,text)", rights);
        let right = of(&["execute here", "execute owner"]);
        assert_eq!((right.expected, right.wrong.len()), (3, 0));
        assert_eq!(right.absent, ["it: all is not granted to gone"]);
        let open = of(&["execute here", "execute PUBLIC"]);
        assert_eq!(open.wrong, ["it: all is granted to PUBLIC, and was not"]);
        assert_eq!(of(&["execute owner"]).wrong, ["it: all is not granted to here"]);
    }

    #[test]
    fn rights_are_compared_one_by_one_and_those_of_columns_too() {
        let table = "REVOKE ALL ON TABLE public.t FROM here;\nGRANT SELECT,INSERT ON TABLE public.t TO here;";
        let of = |rights: &[&str]| found(table, "relation", "t", rights);
        assert!(of(&["select here", "insert here"]).wrong.is_empty());
        assert_eq!(of(&["select here"]).wrong, ["it: insert is not granted to here"]);
        let more = of(&["select here", "insert here", "delete here"]);
        assert_eq!(more.wrong, ["it: all is granted to here, and was not"]);

        let column = "GRANT SELECT(a) ON TABLE public.t TO here;";
        assert!(found(column, "column", "t.a", &["select here"]).wrong.is_empty());
        let missing = found(column, "relation", "t", &["select owner"]);
        assert_eq!(missing.wrong, ["it (t.a): select is not granted to here"]);
    }
}
