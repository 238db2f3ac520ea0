//! What the profile of a platform adds to a plan: whose rows come and go by themselves, how rows of extensions' own
//! tables are made again, and which role brings most back.

use super::plan::{RestorePlan, TableAct};
use crate::archive::Manifest;
use base::words::first_of;
use postgres::provider::Profile;

/// So many tables are named in a sentence.
const NAMED_MAX: usize = 6;

/// Says it in the plan's warnings, and beside what is left out.
pub(super) fn advise(plan: &mut RestorePlan, manifest: &Manifest, user: &str) {
    let Some(profile) = Profile::of(manifest.recognised.as_ref()) else { return };
    let is_noise = |schema: &str, name: &str| profile.noise.contains(&(schema, name));
    let replaced = plan.tables.iter().filter(|table| {
        table.act == TableAct::Replace
            && table.rows_now.unwrap_or(0) > 0
            && is_noise(&table.schema, &table.name)
    });
    let replaced: Vec<String> = replaced.map(|table| format!("{}.{}", table.schema, table.name)).collect();
    if !replaced.is_empty() {
        plan.warnings.push(format!(
            "{} writes these tables by itself, and their rows become those of the backup, so that {}: {}.",
            profile.name,
            profile.noise_means,
            first_of(&replaced, NAMED_MAX, ", ")
        ));
    }
    for left in &mut plan.left_out {
        let of = profile
            .extension_tables
            .iter()
            .find(|(schema, name, _)| left.schema == *schema && left.name == *name);
        if let Some((_, _, function)) = of {
            left.why = format!("{}; make its rows again with {function}", left.why);
        }
    }
    let owner = profile.user.name;
    if !plan.left_out.is_empty() && user != owner && !user.starts_with(&format!("{owner}.")) {
        plan.warnings.push(format!(
            "{} gives its users the role {owner}, and you sign in as {user}: as {owner} more of what is left out may come back.",
            profile.name
        ));
    }
}
