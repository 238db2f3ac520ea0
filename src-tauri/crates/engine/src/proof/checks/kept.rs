//! Who may do what, against what was written down at the backup: as a set, so that what was lost is found, and what
//! nobody had before.

use std::collections::{BTreeMap, HashSet};

use super::super::check::Begun;
use super::{Looked, concluded};
use base::words::{count_words, counted};
use ledger::job::Check;
use postgres::access::{AccessDifference, AccessFact, access_facts, difference};
use postgres::connection::Session;

/// What is no right: that it differs is worth a look.
const NO_RIGHT: [&str; 2] = ["comment", "extension"];
/// Belongs to the database, which gets it last.
const OF_DATABASE: &str = "setting";

const ROLES: &str = "select rolname::text from pg_catalog.pg_roles";
const MEMBERS: &str = "select i.type || ' ' || i.identity from pg_catalog.pg_depend d \
    cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) i \
    where d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'";

/// What came of it.
#[derive(Debug, Default)]
struct Found {
    expected: usize,
    /// Lost or gained, and nothing explains it.
    wrong: Vec<String>,
    /// Not given, since the role is not on the server or the restorer may not give it.
    open: Vec<String>,
    /// Another version or comment.
    noted: Vec<String>,
}

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("rights", "Owners and rights");
    if !looked.is_everything() {
        let why = super::sequences::capital(looked.left_out());
        return begun.not_checked(format!("{why}."));
    }
    let Some(before) = looked.access else {
        return begun.not_checked("The backup does not say who may do what, but in its archive.");
    };
    let major = match postgres::facts::server(&session.client).await {
        Ok(server) => server.major,
        Err(error) => return begun.inconclusive(format!("The server does not say its version: {error}.")),
    };
    let now = match access_facts(&session.client, major).await {
        Ok(now) => now,
        Err(error) => {
            return begun
                .inconclusive(format!("The server did not answer the questions of this check: {error}."));
        }
    };
    let asked = async {
        let roles = texts(session, ROLES).await?;
        let members = texts(session, MEMBERS).await?;
        Ok(judged(looked, before, &now, major, &roles, &members))
    };
    let may_give = looked.ownership.owners && looked.ownership.privileges;
    let is_left_out = !looked.ownership.owners && !looked.ownership.privileges;
    concluded(
        begun,
        asked.await.map(|found| move |begun: Begun| said_of(begun, found, may_give, is_left_out)),
    )
}

async fn texts(session: &Session, sql: &str) -> Result<HashSet<String>, tokio_postgres::Error> {
    Ok(session.client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}

fn judged(
    looked: &Looked<'_>,
    before: &[AccessFact],
    now: &[AccessFact],
    major: u16,
    roles: &HashSet<String>,
    members: &HashSet<String>,
) -> Found {
    let source_major = looked.manifest.server_major().unwrap_or(major);
    let missing: HashSet<&str> = looked.limits.iter().map(|limit| limit.extension.as_str()).collect();
    let left_out: HashSet<&str> = looked.limits.iter().map(|limit| limit.name.as_str()).collect();
    let is_about_missing = |fact: &AccessFact| {
        fact.extension.as_deref().is_some_and(|name| missing.contains(name))
            || fact.of.match_indices(' ').any(|(at, _)| left_out.contains(&fact.of[at + 1..]))
    };
    let AccessDifference { lost, gained } = difference(before, now, major == source_major);
    let mut found = Found { expected: before.len(), ..Found::default() };
    for fact in lost.iter().filter(|fact| fact.kind != OF_DATABASE && !is_about_missing(fact)) {
        let is_unmade = fact.extension.is_some()
            && !members.contains(&fact.of)
            && fact.kind == "grant"
            && !fact.of.starts_with("column ");
        let words = format!("{fact}, in the backup");
        if is_unmade {
            found.open.push(format!("{words}, and the extension does not make it here"));
        } else if NO_RIGHT.contains(&fact.kind.as_str()) {
            found.noted.push(words);
        } else if !fact.roles.iter().all(|role| roles.contains(role)) || is_not_given(looked, fact) {
            found.open.push(words);
        } else {
            found.wrong.push(words);
        }
    }
    // What was not there at the backup is nobody's loss: a stand-in, or what a restore in place left as it was.
    let known: HashSet<&str> =
        before.iter().filter(|fact| fact.kind == "owner").map(|fact| fact.of.as_str()).collect();
    let is_unknown = |fact: &AccessFact| {
        let is_of_thing = matches!(fact.kind.as_str(), "owner" | "grant" | "row security");
        is_of_thing
            && fact.extension.is_none()
            && !known.contains(fact.of.as_str())
            && !fact.of.starts_with("column ")
    };
    for fact in
        gained.iter().filter(|fact| fact.kind != OF_DATABASE && !is_about_missing(fact) && !is_unknown(fact))
    {
        let words = format!("{fact}, and not in the backup");
        let is_counterpart =
            fact.kind == "owner" && lost.iter().any(|one| one.kind == "owner" && one.of == fact.of);
        // `ALL` of a newer server is more than it was.
        let is_newer_right = fact.what.starts_with("maintain ") && source_major < 17;
        // A newer server gives everybody less of the schema that each database has.
        let is_of_public = major != source_major && fact.of == "schema public";
        let was_there = looked.keeps_others
            && matches!(fact.kind.as_str(), "event trigger" | "publication" | "default privilege");
        if is_counterpart || is_newer_right || is_of_public {
        } else if was_there || NO_RIGHT.contains(&fact.kind.as_str()) {
            found.noted.push(words);
        } else if fact.what.starts_with("not ") && is_not_given(looked, fact) {
            found.open.push(words);
        } else {
            found.wrong.push(words);
        }
    }
    found
}

/// Whether the restorer could not give it, which was said before.
fn is_not_given(looked: &Looked<'_>, fact: &AccessFact) -> bool {
    let ownership = looked.ownership;
    match fact.kind.as_str() {
        // Rights of an owner are those of another owner's now.
        "grant" => !ownership.privileges || !ownership.owners,
        "owner" | "default privilege" | "event trigger" | "publication" | "security label" => {
            !ownership.owners
        }
        _ => false,
    }
}

fn said_of(begun: Begun, found: Found, may_give: bool, is_left_out: bool) -> Check {
    let Found { expected, wrong, open, noted } = found;
    let figure = super::rows::of(expected.saturating_sub(wrong.len() + open.len()), expected);
    let done =
        "Owners, rights, default privileges, row security, policies, event triggers, publications and \
        labels, each against what was written down at the backup."
            .to_owned();
    if !wrong.is_empty() {
        let all = wrong.into_iter().chain(open).chain(noted).collect();
        return begun.judged(figure, done, all);
    }
    if !open.is_empty() {
        let why = if may_give {
            "name roles that are not on this server"
        } else {
            "could not be given back by the role that restores"
        };
        let kinds = kinds(&open);
        if is_left_out {
            // A drill that a server lends a database for brings rows back, and said before that it brings no rights.
            return begun.partly(figure, format!("{done} They were not brought back there: {kinds}."), open);
        }
        return begun.lost(
            figure,
            format!("{done} {} {why}: {kinds}.", count_words(open.len() as u64)),
            open,
        );
    }
    if !noted.is_empty() {
        return begun.noted(figure, done, noted);
    }
    begun.judged(figure, done, Vec::new())
}

/// How many of each kind, as each finding begins with what it is of.
fn kinds(open: &[String]) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for one in open {
        let kind = if one.contains(" belongs to ") { "owner" } else { "right" };
        *counts.entry(kind).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| counted(count, kind)).collect::<Vec<_>>().join(", ")
}
