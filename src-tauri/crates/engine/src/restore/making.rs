//! Plans what a restore makes where it is not there. Reads only.

use std::collections::BTreeSet;

use super::absent::{Absent, Names};
use super::in_place::LOCKS_PER_ENTRY;
use super::plan::{Makes, RestorePlan};
use super::properties::read_toc;
use super::target::Server;
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::failure::Failure;
use base::words::{count_words, counted, first_of};
use postgres::access::{AccessFact, access_facts, difference};
use postgres::custom_format::Toc;
use postgres::target::Target;

/// So many are named in a sentence of a plan.
const NAMED_MAX: usize = 8;

/// Looks at what a restore would make, and writes it into its plan: what is made, what is only tried, and what is not.
/// Owners and rights that the backup has and the database has not, and that the role may not give, are counted.
pub(super) async fn plan_making(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    server: &mut Server,
    target: &Target,
    locks_max: u64,
) -> Result<(Toc, Absent), Failure> {
    let toc = read_toc(&proof::stored_dump(profile, &plan.backup_id, manifest).await?).await?;
    let session = target.session().await?;
    let cannot = manifest.not_taken().into_iter().flat_map(|out| &out.cannot_hold);
    let not_held: Vec<(u32, u32)> = cannot.map(|one| one.object).collect();
    let names = Names::look(&session.client).await?.without(&not_held);
    let now = access_facts(&session.client, server.major).await?;
    session.close().await;
    let absent = Absent::of(&toc, &names);
    let stored = proof::stored_access(profile, &plan.backup_id, manifest).await?;
    let facts = stored.as_deref().unwrap_or_default();
    let roles = missing_roles(&toc, &absent, facts, &names);
    server.expect_roles(&roles);
    plan.makes = Some(Makes { objects: absent.words(&toc), roles, not_held });
    // What is so already stays so.
    let open = stored
        .as_deref()
        .map(|facts| difference(facts, &now, server.major == manifest.server_major().unwrap_or(0)).lost);
    server.judge_rights(plan, open.as_deref());
    let locks = (absent.made(&toc).count() as u64).saturating_mul(LOCKS_PER_ENTRY.unsigned_abs());
    if locks > locks_max {
        plan.blockers.push(format!(
            "One transaction would hold about {} locks, and that server has room for {}. Raise max_locks_per_transaction there.",
            count_words(locks),
            count_words(locks_max)
        ));
    }
    let added = absent.added(&toc);
    if !added.is_empty() {
        plan.warnings.push(format!(
            "Added to tables that are there, where the backup has it and they have not: {}. What an administrator took away since then is added again.",
            added.join("; ")
        ));
    }
    let tried: Vec<String> = absent.tried(&toc).collect();
    if !tried.is_empty() {
        plan.warnings.push(format!(
            "Whether {} may make this is known only when it is tried; what the server refuses is left out and named: {}.",
            names.user,
            first_of(&tried, NAMED_MAX, "; ")
        ));
    }
    let left: Vec<String> = absent.left(&toc).map(|(what, why)| format!("{what} ({why})")).collect();
    if !left.is_empty() {
        plan.warnings.push(format!("Not made: {}.", first_of(&left, NAMED_MAX, "; ")));
    }
    let large_objects = manifest.database.as_ref().map_or(0, |database| database.large_objects.0);
    if large_objects > 0 {
        let what = counted(large_objects, "large object");
        plan.warnings.push(format!(
            "The backup holds {what}, which do not come back this way. Restore into a new database for those."
        ));
    }
    Ok((toc, absent))
}

/// Roles that what is made belongs to, or that get a right to it, and that the server has not.
fn missing_roles(toc: &Toc, absent: &Absent, facts: &[AccessFact], names: &Names) -> Vec<String> {
    if !names.may_make_roles {
        return Vec::new();
    }
    let mut roles: BTreeSet<String> = BTreeSet::new();
    for (entry, _) in absent.made(toc) {
        roles.extend(entry.owner.clone());
        let changes = if entry.kind.ends_with("ACL") { toc.rights(entry) } else { None };
        let changes = changes.unwrap_or_default();
        roles.extend(changes.iter().flat_map(|change| change.roles()).map(str::to_owned));
    }
    let of_policies = facts.iter().filter(|fact| fact.kind == "policy");
    roles.extend(of_policies.flat_map(|fact| fact.roles.iter().cloned()));
    // The server's own, and what a role was that is gone.
    let is_own =
        |role: &String| role.is_empty() || role.starts_with("pg_") || role.starts_with("unknown (OID=");
    roles.into_iter().filter(|role| !is_own(role) && !names.roles.contains(role)).collect()
}
