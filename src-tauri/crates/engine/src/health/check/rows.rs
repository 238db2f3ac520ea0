//! Tables of the newest backup with unusual row counts.

use crate::figures::POINTS_MIN;
use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use base::words::{count_words, counted, moment_words};
use ledger::catalog::{OddKind, OddTable};

/// More tables are not named one by one.
const NAMED_MAX: usize = 50;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let newest = facts.newest.as_ref()?;
    let project = &facts.standing.project;
    let of = |severity, what: String| Finding::of(project, Code::Rows, severity, what);
    let Some(odd) = &newest.odd else {
        // What was pulled or imported may hold no database that could be counted.
        let what =
            "has a newest backup whose tables were not counted; rows are compared from the next one on.";
        return project.has_database().then(|| of(Severity::Info, what.into()));
    };
    let Some(worst) = odd.first() else {
        let what = if newest.counted_before < u32::try_from(POINTS_MIN).unwrap_or(0) {
            "has too few backups to say how many rows are expected; no table became empty or vanished."
        } else {
            "has as many rows in its tables as expected."
        };
        return Some(of(Severity::Ok, what.into()).value(Measure::count(0, "table")));
    };
    let severity = odd.iter().map(severity).max().unwrap_or(Severity::Info);
    let others = match odd.len() - 1 {
        0 => String::new(),
        count => format!(" {} too.", stand_out(count)),
    };
    let before = facts.usual_before.clone().or_else(|| newest.before_id.clone());
    let act = match before {
        Some(before) => Act::Compare(before, newest.backup_id.clone()),
        None => Act::Backup(newest.backup_id.clone()),
    };
    let advice = match severity {
        Severity::Critical => {
            "See what changed. If rows were lost, restore the tables from the backup before; if it is meant, accept it."
        }
        _ => "See what changed; if it is meant, accept it.",
    };
    Some(
        of(severity, format!("{}{others}", worst_words(worst)))
            .value(Measure::count(odd.len(), "table"))
            .why(why(worst))
            .act(advice, act)
            .details(odd.iter().take(NAMED_MAX).map(line).collect()),
    )
}

fn stand_out(count: usize) -> String {
    let verb = if count == 1 { "stands" } else { "stand" };
    format!("{} {verb} out", counted(count as u64, "other table").replacen("1 other", "One other", 1))
}

/// Rows that are lost matter most; a migration is usually why a table is gone.
fn severity(odd: &OddTable) -> Severity {
    match (odd.kind, odd.is_migrated) {
        (OddKind::Emptied, false) if odd.points as usize >= POINTS_MIN => Severity::Critical,
        (OddKind::Emptied | OddKind::Fewer, _) | (OddKind::Vanished, false) => Severity::Warning,
        (OddKind::Vanished, true) | (OddKind::More, _) => Severity::Info,
    }
}

fn worst_words(odd: &OddTable) -> String {
    let (table, usual) = (&odd.table, counted(odd.usual, "row"));
    match (odd.kind, odd.rows) {
        (OddKind::Emptied, _) => format!("has an empty table {table}, which had {usual}."),
        (OddKind::Vanished, _) => format!("has no table {table} any more; it had {usual}."),
        (OddKind::Fewer, Some(rows)) => {
            format!("has {} in {table}, where about {usual} are expected.", counted(rows, "row"))
        }
        (_, rows) => {
            format!("has {} in {table}, more than the {usual} expected.", counted(rows.unwrap_or(0), "row"))
        }
    }
}

fn why(odd: &OddTable) -> String {
    let since = match odd.kind {
        OddKind::Emptied | OddKind::Vanished => {
            format!("So since the backup of {}", moment_words(odd.since_ms))
        }
        OddKind::Fewer | OddKind::More => "So in the newest backup".to_owned(),
    };
    let migrated = if odd.is_migrated { ", which came after a migration" } else { "" };
    format!("{since}{migrated}, compared with {} before.", counted(u64::from(odd.points), "backup"))
}

/// `public.orders: empty, 900 rows before`.
fn line(odd: &OddTable) -> String {
    let usual = counted(odd.usual, "row");
    match odd.kind {
        OddKind::Emptied => format!("{}: empty, {usual} before", odd.table),
        OddKind::Vanished => format!("{}: gone, {usual} before", odd.table),
        OddKind::Fewer | OddKind::More => {
            let rows = count_words(odd.rows.unwrap_or(0));
            format!("{}: {rows} rows, about {} expected", odd.table, count_words(odd.usual))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{NOW, well};

    fn odd(kind: OddKind, points: u32, is_migrated: bool) -> OddTable {
        let rows = (kind != OddKind::Vanished).then_some(0);
        OddTable { table: "public.orders".into(), kind, rows, usual: 900, since_ms: NOW, points, is_migrated }
    }

    fn with(tables: Vec<OddTable>) -> Finding {
        let mut facts = well();
        facts.newest.as_mut().unwrap().odd = Some(tables);
        check(&facts).unwrap()
    }

    #[test]
    fn a_table_that_always_had_rows_and_has_none_is_critical() {
        let finding = with(vec![odd(OddKind::Emptied, 5, false), odd(OddKind::More, 9, false)]);
        assert_eq!(finding.severity, Severity::Critical);
        assert_eq!(
            finding.what,
            "has an empty table public.orders, which had 900 rows. One other table stands out too."
        );
        assert_eq!(finding.details[0], "public.orders: empty, 900 rows before");
    }

    #[test]
    fn few_backups_and_migrations_make_it_less() {
        assert_eq!(with(vec![odd(OddKind::Emptied, 4, false)]).severity, Severity::Warning);
        assert_eq!(with(vec![odd(OddKind::Emptied, 9, true)]).severity, Severity::Warning);
        assert_eq!(with(vec![odd(OddKind::Vanished, 9, false)]).severity, Severity::Warning);
        assert_eq!(with(vec![odd(OddKind::Vanished, 9, true)]).severity, Severity::Info);
        assert_eq!(with(vec![odd(OddKind::More, 9, false)]).severity, Severity::Info);
    }

    #[test]
    fn tables_that_were_not_counted_are_not_called_well() {
        let mut facts = well();
        facts.newest.as_mut().unwrap().odd = None;
        assert_eq!(check(&facts).unwrap().severity, Severity::Info);
        facts.standing.project.connection = None;
        assert_eq!(check(&facts), None, "a file need not be a database");
        facts.newest.as_mut().unwrap().odd = Some(Vec::new());
        assert_eq!(check(&facts).unwrap().severity, Severity::Ok);
        facts.newest.as_mut().unwrap().counted_before = 4;
        assert!(check(&facts).unwrap().what.contains("too few backups"));
    }
}
