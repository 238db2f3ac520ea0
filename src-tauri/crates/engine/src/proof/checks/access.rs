//! Roles and policies: owners and rights as the archive gives them, policies and row security as it makes them.

use std::collections::{HashMap, HashSet};

use super::super::check::Begun;
use super::rights::compare_rights;
use super::rows::of;
use super::{Looked, concluded, pairs};
use ledger::job::Check;
use postgres::connection::Session;
use postgres::custom_format::TocEntry;

const POLICIES: &str = "select n.nspname::text, c.relname::text || ' ' || p.polname::text \
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace";
const SECURED: &str = "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relrowsecurity";
/// Relations under their schemas, and schemas under an empty one, with their owners.
const OWNED: &str = "select n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname <> 'pg_catalog' \
    union all select '', n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text from pg_catalog.pg_namespace n";
const ROLES: &str = "select rolname::text from pg_catalog.pg_roles";
const OWNABLE: [&str; 6] = ["TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE", "SCHEMA"];

/// Owners by schema and name.
type Owned = HashMap<(String, String), String>;

/// What the archive says, one by one.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) expected: usize,
    /// Not as the archive says.
    pub(super) wrong: Vec<String>,
    /// Not given, since the role is not on this server.
    pub(super) absent: Vec<String>,
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
            let compared = match (ownership.owners, ownership.privileges) {
                (true, true) => "Policies, owners and grants were compared with the archive",
                (true, false) => {
                    "Policies and owners were compared with the archive; grants were not restored"
                }
                (false, true) => {
                    "Policies and grants were compared with the archive; owners were not restored"
                }
                (false, false) => {
                    "Policies were compared with the archive; owners and grants were not restored"
                }
            };
            if !wrong.is_empty() {
                begun.judged(figure, format!("{compared}."), wrong)
            } else if !absent.is_empty() {
                let why =
                    format!("{compared}. What is not as it was names roles that this server does not have, or is not for the role that restores to give.");
                begun.partly(figure, why, absent)
            } else if ownership.owners && ownership.privileges {
                begun.judged(figure, format!("{compared}."), wrong)
            } else {
                begun.partly(figure, format!("{compared}."), Vec::new())
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
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect();
    let roles: HashSet<String> =
        session.client.query(ROLES, &[]).await?.iter().map(|row| row.get(0)).collect();
    if looked.ownership.owners {
        for entry in looked.entries(&OWNABLE) {
            owner(entry, &owned, &roles, seen);
        }
    }
    if looked.ownership.privileges {
        compare_rights(looked, session, &roles, seen).await?;
    }
    Ok(())
}

fn owner(entry: &TocEntry, owned: &Owned, roles: &HashSet<String>, seen: &mut Seen) {
    let (Some(expected), Some(found)) = (&entry.owner, owned.get(&place(entry))) else { return };
    seen.expected += 1;
    if found == expected {
        return;
    }
    let what = format!("{} belongs to {found}, not to {expected}", entry.tag);
    if roles.contains(expected) { seen.wrong.push(what) } else { seen.absent.push(what) }
}

/// Where an entry is found: a schema has none itself.
fn place(entry: &TocEntry) -> (String, String) {
    (entry.schema.clone().unwrap_or_default(), entry.tag.clone())
}
