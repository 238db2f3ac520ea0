//! How the server of a restore is set, beside the one that was backed up.

use std::collections::BTreeMap;

use super::plan::RestorePlan;
use super::target::Server;
use crate::archive::Manifest;

const LIBRARIES: [&str; 2] = ["shared_preload_libraries", "session_preload_libraries"];
/// Where more is as good; the levels of the log are words.
const ENOUGH: [&str; 5] =
    ["wal_level", "max_connections", "max_prepared_transactions", "max_replication_slots", "max_wal_senders"];
const LOG_LEVELS: [&str; 3] = ["minimal", "replica", "logical"];
/// So many characters of a value, and so many libraries, are said: another wrote them.
const SAID_CHARACTERS_MAX: usize = 60;
const LIBRARIES_MAX: usize = 20;
/// Names of one zone.
const UTC: [&str; 7] = ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Zulu", "Etc/Zulu"];

impl Server {
    /// Whether it is the very server that was backed up.
    fn is_the_original(&self, manifest: &Manifest) -> bool {
        let original = manifest.server.as_ref().and_then(|server| server.system_identifier.as_ref());
        original.is_some() && original == self.system_identifier.as_ref()
    }

    /// Says in the plan which settings of the original server this one lacks. None of them is in a dump: they are the
    /// server's, and whoever restores elsewhere notices them later, one by one.
    pub(super) fn judge_settings(&self, plan: &mut RestorePlan, manifest: &Manifest) {
        if self.is_the_original(manifest) {
            return;
        }
        let Some(original) = manifest.server.as_ref().map(|server| &server.settings) else { return };
        let libraries = libraries_missing(original, &self.settings);
        if !libraries.is_empty() {
            plan.warnings.push(format!(
                "Libraries that the original server loads are not loaded on that one: {}. Extensions that need them fail or do nothing there. Add them to shared_preload_libraries and restart it.",
                libraries.iter().map(|library| shown(library)).collect::<Vec<_>>().join(", ")
            ));
        }
        let others = differences(original, &self.settings);
        if !others.is_empty() {
            plan.warnings.push(format!(
                "That server is set otherwise than the original: {}. Settings of a server are not in a backup of a database: set there what your applications rely on.",
                others.join("; ")
            ));
        }
    }
}

fn libraries_missing<'a>(
    original: &'a BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
) -> Vec<&'a str> {
    // What the role may not see there is not known to be missing.
    if !LIBRARIES.iter().any(|name| there.contains_key(*name)) {
        return Vec::new();
    }
    let loaded: Vec<&str> = libraries(there).collect();
    libraries(original).filter(|library| !loaded.contains(library)).take(LIBRARIES_MAX).collect()
}

/// As it is said: on one line, and no longer than a sentence bears.
fn shown(value: &str) -> String {
    value.chars().filter(|character| !character.is_control()).take(SAID_CHARACTERS_MAX).collect()
}

/// Those that are loaded, from both lists.
fn libraries(settings: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    let lists = LIBRARIES.iter().filter_map(|name| settings.get(*name));
    lists
        .flat_map(|list| list.split(','))
        .map(|one| one.trim().trim_matches('"'))
        .filter(|one| !one.is_empty())
}

fn differences(original: &BTreeMap<String, String>, there: &BTreeMap<String, String>) -> Vec<String> {
    let both =
        original.iter().filter_map(|(name, was)| Some((name.as_str(), was.as_str(), there.get(name)?)));
    both.filter(|(name, was, is)| !LIBRARIES.contains(name) && !is_as_good(name, was, is))
        .map(|(name, was, is)| format!("{name} is {} and was {}", shown(is), shown(was)))
        .collect()
}

fn is_as_good(name: &str, was: &str, is: &str) -> bool {
    if was == is || (name == "TimeZone" && UTC.contains(&was) && UTC.contains(&is)) {
        return true;
    }
    if !ENOUGH.contains(&name) {
        return false;
    }
    let amount = |value: &str| {
        let level = LOG_LEVELS.iter().position(|level| *level == value);
        level.and_then(|level| i64::try_from(level).ok()).or_else(|| value.parse().ok())
    };
    matches!((amount(was), amount(is)), (Some(was), Some(is)) if is >= was)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_library_is_missing_where_neither_list_has_it_and_the_role_may_see_them() {
        let original = settings(&[("shared_preload_libraries", "pg_cron, \"pgaudit\",auto_explain")]);
        let there = settings(&[
            ("shared_preload_libraries", "pgaudit"),
            ("session_preload_libraries", "auto_explain"),
        ]);
        assert_eq!(libraries_missing(&original, &there), ["pg_cron"]);
        assert_eq!(libraries_missing(&original, &settings(&[("TimeZone", "UTC")])), [] as [&str; 0]);
        assert_eq!(libraries_missing(&settings(&[]), &there), [] as [&str; 0]);
    }

    #[test]
    fn what_a_hostile_manifest_says_is_short_and_on_one_line() {
        let long = format!("\u{1b}[2J{}\n", "x".repeat(1_000_000));
        let many = (0..1000).map(|number| format!("l{number}")).collect::<Vec<_>>().join(",");
        let original = settings(&[
            ("DateStyle", long.as_str()),
            ("shared_preload_libraries", many.as_str()),
            ("odd", "1"),
        ]);
        let there = settings(&[("DateStyle", "ISO"), ("shared_preload_libraries", "")]);
        let [found] = differences(&original, &there).try_into().unwrap();
        assert!(found.len() < 200 && !found.contains(char::is_control), "{found:?}");
        assert_eq!(libraries_missing(&original, &there).len(), LIBRARIES_MAX);
    }

    #[test]
    fn less_is_a_difference_and_more_is_none_and_a_zone_has_several_names() {
        let original = settings(&[
            ("wal_level", "logical"),
            ("max_connections", "100"),
            ("TimeZone", "Etc/UTC"),
            ("DateStyle", "ISO, MDY"),
        ]);
        let there = settings(&[
            ("wal_level", "replica"),
            ("max_connections", "300"),
            ("TimeZone", "UTC"),
            ("DateStyle", "ISO, DMY"),
        ]);
        let found = differences(&original, &there);
        assert_eq!(found, ["DateStyle is ISO, DMY and was ISO, MDY", "wal_level is replica and was logical"]);
        assert_eq!(differences(&there, &original).len(), 2, "max_connections is less, DateStyle another");
        assert_eq!(differences(&original, &settings(&[])), [] as [&str; 0]);
    }
}
