//! Who may do what in a database: owners, rights, default privileges, row security and policies, event triggers,
//! publications, labels, comments, settings of roles in it, versions of extensions. Written down at a backup, and
//! compared after a restore, each as a set; but for the settings, which the database gets after that.

mod queries;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::facts::{FactsError, PLAIN_TEXT};

const WHAT: &str = "who may do what";
/// Half a million facts; a database with more is compared by what its archive says.
const FACTS_MAX: usize = 500_000;

/// One thing that is so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessFact {
    /// `owner`, `grant`, `default privilege`, `row security`, `policy`, `event trigger`, `publication`,
    /// `security label`, `comment`, `setting`, `extension`.
    pub kind: String,
    /// What it is about.
    pub of: String,
    /// What is so.
    pub what: String,
    /// An expression, as this version writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expression: String,
    /// The roles that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The extension that made what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

/// Everything of that kind in the database that a client is connected to, sorted.
///
/// # Errors
/// [`FactsError`], also where there is more than anybody could compare. The session's settings are others afterwards.
#[crate::boxed]
pub async fn access_facts(client: &Client, major: u16) -> Result<Vec<AccessFact>, FactsError> {
    let failed = |source| FactsError::Query { what: WHAT, source };
    client.batch_execute(PLAIN_TEXT).await.map_err(failed)?;
    let rows = client.query(queries::facts(major).as_str(), &[]).await.map_err(failed)?;
    if rows.len() > FACTS_MAX {
        return Err(FactsError::Shape { what: WHAT });
    }
    let mut facts: Vec<AccessFact> = rows
        .iter()
        .map(|row| AccessFact {
            kind: row.get(0),
            of: row.get(1),
            what: row.get::<_, Option<String>>(2).unwrap_or_default(),
            expression: row.get(3),
            extension: row.get(4),
            roles: row.get::<_, Vec<String>>(5).into_iter().filter(|role| role != "PUBLIC").collect(),
        })
        .collect();
    facts.sort_unstable();
    facts.dedup();
    Ok(facts)
}

/// How two databases differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessDifference {
    /// What was so and is not.
    pub lost: Vec<AccessFact>,
    /// What is so and was not.
    pub gained: Vec<AccessFact>,
}

/// Compares what was so with what is. Expressions are compared where one version wrote both.
pub fn difference(before: &[AccessFact], now: &[AccessFact], is_one_version: bool) -> AccessDifference {
    // Not by which extension made it: a stand-in belongs to none.
    let key = |fact: &AccessFact| {
        let expression = if is_one_version { fact.expression.clone() } else { String::new() };
        (fact.kind.clone(), fact.of.clone(), fact.what.clone(), expression)
    };
    let keys = |facts: &[AccessFact]| -> BTreeSet<_> { facts.iter().map(key).collect() };
    let (known, found) = (keys(before), keys(now));
    AccessDifference {
        lost: before.iter().filter(|fact| !found.contains(&key(fact))).cloned().collect(),
        gained: now.iter().filter(|fact| !known.contains(&key(fact))).cloned().collect(),
    }
}

impl std::fmt::Display for AccessFact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, of, what, .. } = self;
        match kind.as_str() {
            "owner" => write!(f, "{of} belongs to {what}"),
            "grant" | "default privilege" => write!(f, "{of}: {what}"),
            kind => write!(f, "{kind} of {of}: {what}"),
        }
    }
}
