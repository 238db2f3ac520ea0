//! Roles and policies: owners and grants of relations and schemas as the archive gives them, policies and
//! row security as it makes them.

use std::collections::{HashMap, HashSet};

use super::super::check::{Begun, Check};
use super::rows::of;
use super::{Looked, concluded, pairs};
use crate::source::postgres::connection::Session;
use crate::source::postgres::custom_format::TocEntry;

const POLICIES: &str = "select n.nspname::text, c.relname::text || ' ' || p.polname::text \
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
const SECURED: &str = "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relrowsecurity";
/// Relations under their schemas, and schemas under an empty one, with owner and grantees; 0 is everybody.
const OWNED: &str = "select n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, \
        array(select case grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(grantee)::text end \
              from pg_catalog.aclexplode(c.relacl)) \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname <> 'pg_catalog' \
    union all \
    select '', n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text, \
        array(select case grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(grantee)::text end \
              from pg_catalog.aclexplode(n.nspacl)) \
    from pg_catalog.pg_namespace n";
const ROLES: &str = "select rolname::text from pg_catalog.pg_roles";
const OWNABLE: [&str; 6] = ["TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE", "SCHEMA"];

/// Owner and grantees by schema and name.
type Owned = HashMap<(String, String), (String, Vec<String>)>;

/// What the archive says, one by one.
#[derive(Debug, Default)]
struct Seen {
    expected: usize,
    /// Not as the archive says.
    wrong: Vec<String>,
    /// Not given, since the role is not on this server.
    absent: Vec<String>,
}

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("access", "Roles and policies");
    if !looked.is_everything() {
        let why = super::sequences::capital(looked.left_out());
        return begun.not_checked(format!("{why}."));
    }
    let asked = async {
        let mut seen = Seen::default();
        policies(looked, session, &mut seen).await?;
        owners_and_grants(looked, session, &mut seen).await?;
        Ok(seen)
    };
    let ownership = looked.ownership;
    let done = asked.await.map(|seen| {
        move |begun: Begun| {
            let Seen { expected, wrong, absent } = seen;
            let figure = of(expected.saturating_sub(wrong.len() + absent.len()), expected);
            let given = match (ownership.owners, ownership.privileges) {
                (true, true) => "Policies, owners and grants as recorded",
                (true, false) => "Policies and owners as recorded; grants were not restored",
                (false, true) => "Policies and grants as recorded; owners were not restored",
                (false, false) => "Policies as recorded; owners and grants were not restored",
            };
            if !wrong.is_empty() {
                begun.judged(figure, format!("{given}."), wrong)
            } else if !absent.is_empty() {
                let why = format!("{given}, but for roles that are not on this server.");
                begun.partly(figure, why, absent)
            } else if ownership.owners && ownership.privileges {
                begun.judged(figure, format!("{given}."), wrong)
            } else {
                begun.partly(figure, format!("{given}."), Vec::new())
            }
        }
    });
    concluded(begun, done)
}

async fn policies(
    looked: &Looked<'_>,
    session: &Session,
    seen: &mut Seen,
) -> Result<(), tokio_postgres::Error> {
    let (there, secured) = (pairs(session, POLICIES).await?, pairs(session, SECURED).await?);
    for (kind, known, what) in [("POLICY", &there, "policy"), ("ROW SECURITY", &secured, "row security of")] {
        for entry in looked.entries(&[kind]) {
            seen.expected += 1;
            if !known.contains(&place(entry)) {
                seen.wrong.push(format!("{what} {}.{} is missing", place(entry).0, entry.tag));
            }
        }
    }
    Ok(())
}

async fn owners_and_grants(
    looked: &Looked<'_>,
    session: &Session,
    seen: &mut Seen,
) -> Result<(), tokio_postgres::Error> {
    if !looked.ownership.owners && !looked.ownership.privileges {
        return Ok(());
    }
    let owned: Owned = session
        .client
        .query(OWNED, &[])
        .await?
        .iter()
        .map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3))))
        .collect();
    let roles: HashSet<String> =
        session.client.query(ROLES, &[]).await?.iter().map(|row| row.get(0)).collect();
    if looked.ownership.owners {
        for entry in looked.entries(&OWNABLE) {
            owner(entry, &owned, &roles, seen);
        }
    }
    if looked.ownership.privileges {
        for entry in looked.entries(&["ACL"]) {
            grants(entry, &owned, &roles, seen);
        }
    }
    Ok(())
}

fn owner(entry: &TocEntry, owned: &Owned, roles: &HashSet<String>, seen: &mut Seen) {
    let (Some(expected), Some((found, _))) = (&entry.owner, owned.get(&place(entry))) else { return };
    seen.expected += 1;
    if found == expected {
        return;
    }
    let what = format!("{} belongs to {found}, not to {expected}", entry.tag);
    if roles.contains(expected) { seen.wrong.push(what) } else { seen.absent.push(what) }
}

fn grants(entry: &TocEntry, owned: &Owned, roles: &HashSet<String>, seen: &mut Seen) {
    let named = ["TABLE ", "SEQUENCE ", "SCHEMA "];
    let Some((kind, name)) = named.iter().find_map(|kind| Some((*kind, entry.tag.strip_prefix(kind)?)))
    else {
        return;
    };
    let schema = if kind == "SCHEMA " { "" } else { entry.schema.as_deref().unwrap_or_default() };
    let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let unquoted = unquoted.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\""));
    let found =
        [name.to_owned(), unquoted].into_iter().find_map(|name| owned.get(&(schema.to_owned(), name)));
    let Some((_, there)) = found else { return };
    let grantees: HashSet<String> = entry.definition.lines().filter_map(grantee).collect();
    for grantee in grantees {
        seen.expected += 1;
        if there.contains(&grantee) {
            continue;
        }
        let what = format!("{} is not granted to {grantee}", entry.tag);
        let is_known = grantee == "PUBLIC" || roles.contains(&grantee);
        if is_known { seen.wrong.push(what) } else { seen.absent.push(what) }
    }
}

/// Where an entry is found: a schema has none itself.
fn place(entry: &TocEntry) -> (String, String) {
    (entry.schema.clone().unwrap_or_default(), entry.tag.clone())
}

/// To whom `GRANT … TO somebody;` gives something.
fn grantee(line: &str) -> Option<String> {
    let line = line.trim().strip_prefix("GRANT ")?.strip_suffix(';')?;
    let line = line.strip_suffix(" WITH GRANT OPTION").unwrap_or(line);
    // Since Postgres 16 who granted may follow.
    let Some(open) = line.strip_suffix('"') else {
        return line.rsplit_once(" TO ").map(|(_, name)| name.to_owned());
    };
    let start = open.rfind(" TO \"")? + " TO \"".len();
    Some(open.get(start..)?.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::grantee;

    #[test]
    fn a_grantee_is_read_whatever_it_is_called() {
        let of = |line: &str| grantee(line).unwrap_or_default();
        assert_eq!(of("GRANT SELECT ON TABLE public.t TO reader;"), "reader");
        assert_eq!(
            of("GRANT ALL ON TABLE public.\"a TO b\" TO \"odd \"\"one\"\"\" WITH GRANT OPTION;"),
            "odd \"one\""
        );
        assert_eq!(of("GRANT USAGE ON SCHEMA s TO PUBLIC;"), "PUBLIC");
        assert_eq!(of("REVOKE ALL ON TABLE public.t FROM PUBLIC;"), "");
    }
}
