//! Whether an imported backup counts: the backup it depends on, and reasons not to count it.

use camino::Utf8Path;

use super::{Looked, TakeIn};
use crate::archive::Manifest;
use crate::profile::Profile;
use base::failure::Failure;
use base::words::{first_of, moment_words};
use bundle::{BundleKind, Checksum, Cut, CutBy, PartKind};
use ledger::catalog::BackupRecord;
use ledger::component::{Component, Components};

/// What the name of an archive of changes ends with, before its extensions.
const INCREMENTAL_NAME: &str = "_incremental";
/// Backups among which a full one is looked for.
const LOOKED_AT_MAX: u32 = 500;
/// More tables are not named one by one.
const NAMED_MAX: usize = 3;

/// What whoever brings files knows of them beside their bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// It holds changes alone, and is nothing without a full one.
    pub(crate) is_incremental: bool,
    /// The id at the platform of the full one that it goes on from.
    pub(crate) base: Option<String>,
    /// When that was made, where the platform says (milliseconds since 1970).
    pub(crate) base_made_at_ms: Option<i64>,
    /// The platform gives a checksum of each component.
    pub(crate) promises_checksums: bool,
    /// Rows that the platform's API returns at most in one answer, if known.
    pub(crate) rows_max: Option<u64>,
}

/// What it comes to.
#[derive(Debug, Default)]
pub(super) struct Worth {
    /// The backup that it is nothing without.
    pub(super) needs: Option<String>,
    /// Why it counts for nothing, in sentences, the last without its full stop.
    pub(super) held_back: Option<String>,
    /// What a person should know, as sentences.
    pub(super) warnings: Vec<String>,
}

/// Says whether what was taken in counts.
pub(super) async fn judge(
    profile: &Profile,
    request: &TakeIn,
    looked: &[Looked],
    made_at_ms: i64,
    last: Option<&Manifest>,
) -> Result<Worth, Failure> {
    let mut worth = Worth::default();
    let mut reasons: Vec<String> = Vec::new();
    if request.known.is_incremental || looked.iter().any(is_named_incremental) {
        match base(profile, request, made_at_ms).await? {
            Some((needs, warning)) => {
                worth.needs = Some(needs);
                worth.warnings.extend(warning);
            }
            None => reasons.push(format!(
                "It holds the changes since a full backup that is neither here nor at its platform. Have a full one \
                 made, and pull or drop the one before {} where somebody still has it",
                moment_words(made_at_ms)
            )),
        }
    }
    if request.known.promises_checksums {
        reasons.extend(without_checksum(looked));
    }
    reasons.extend(cut(looked, last));
    reasons.extend(unread(looked));
    worth.held_back = (!reasons.is_empty()).then(|| reasons.join(". "));
    Ok(worth)
}

/// The full backup of an incremental: the last one before it, whether the platform still lists it or it is here alone.
async fn base(
    profile: &Profile,
    request: &TakeIn,
    made_at_ms: i64,
) -> Result<Option<(String, Option<String>)>, Failure> {
    let all = profile.catalog.backups(Some(&request.project.id), 0, LOOKED_AT_MAX).await?;
    let here = all.into_iter().find(|one| one.at_ms <= made_at_ms && is_full(one));
    let Some(listed) = &request.known.base else {
        return Ok(here.map(|full| {
            let warning = format!(
                "Nothing says from which full backup it goes on; the last one here before it, of {}, is taken for it.",
                moment_words(full.at_ms)
            );
            (full.id, Some(warning))
        }));
    };
    let listed_at_ms = request.known.base_made_at_ms;
    let later = here.filter(|full| {
        full.remote_id.as_ref() != Some(listed) && listed_at_ms.is_some_and(|listed| full.at_ms > listed)
    });
    Ok(Some(match later {
        // It was deleted there since: what it lists now is older than what this one goes on from.
        Some(full) => {
            let warning = format!(
                "The full backup of {}, from which it goes on, is not at its platform any more; the one here is taken.",
                moment_words(full.at_ms)
            );
            (full.id, Some(warning))
        }
        None => (listed.clone(), None),
    }))
}

/// Came from elsewhere, and holds all that a full one does.
fn is_full(backup: &BackupRecord) -> bool {
    let all: Components =
        [Component::Database, Component::Files, Component::Configuration].into_iter().collect();
    backup.remote_id.is_some()
        && backup.needs_id.is_none()
        && backup.held_back.is_none()
        && backup.components.both(all) == all
}

/// By the name that the platform gives such a file.
fn is_named_incremental(looked: &Looked) -> bool {
    let inspection = &looked.inspection;
    let name = Utf8Path::new(&inspection.file.name).file_name().unwrap_or_default().to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    inspection.kind == BundleKind::SupaManagerBackup && stem.ends_with(INCREMENTAL_NAME)
}

/// A component without a checksum, where the platform promises one of each.
fn without_checksum(looked: &[Looked]) -> Option<String> {
    let parts = || looked.iter().flat_map(|one| &one.inspection.parts);
    let kinds = [PartKind::Database, PartKind::Storage, PartKind::Config];
    let lacking = kinds.into_iter().filter(|kind| {
        let mut of_kind = parts().filter(|part| part.kind == *kind).peekable();
        of_kind.peek().is_some() && of_kind.all(|part| part.checksum == Checksum::NotGiven)
    });
    let names: Vec<&str> = lacking.map(PartKind::words).collect();
    (!names.is_empty()).then(|| {
        format!(
            "The platform promises a checksum of each part and gave none of the {}, so nothing says that what came is \
             what was backed up. Have another one made there, and pull that",
            names.join(" and the ")
        )
    })
}

/// Tables truncated by the platform: equal row counts suggest a limit. Tables that were as many rows as each other
/// the last time too, and fewer, belong together and have grown: a limit does not grow. Tables that only now have
/// the same number may have met a limit for the first time.
fn cut(looked: &[Looked], last: Option<&Manifest>) -> Option<String> {
    let rows_before = |name: &str| {
        let tables = last.map(Manifest::tables).unwrap_or_default();
        tables.iter().find(|table| table.name == name).map(|table| table.rows)
    };
    let is_cut = |one: &&Cut| match &one.by {
        CutBy::Equal(others) => {
            let before = rows_before(&one.table);
            let has_grown = before.is_some_and(|before| (1..one.rows).contains(&before));
            !(has_grown && others.iter().all(|name| rows_before(name) == before))
        }
        CutBy::Claim(_) | CutBy::Limit(_) | CutBy::Round => true,
    };
    let all: Vec<&Cut> = looked.iter().flat_map(|one| &one.inspection.cut).filter(is_cut).collect();
    let named: Vec<String> = all.iter().map(|one| one.words()).collect();
    (!all.is_empty()).then(|| {
        format!(
            "{}. Compare with the tables themselves, and back the database up directly, or raise the limit of \
             the platform's API and have another one made; if it is whole, say how many rows the API gives at once: \
             the project's setting max_rows",
            first_of(&named, NAMED_MAX, "; ")
        )
    })
}

/// Tables that the platform could not read.
fn unread(looked: &[Looked]) -> Option<String> {
    let names: Vec<&str> =
        looked.iter().flat_map(|one| &one.inspection.unread).map(String::as_str).take(NAMED_MAX).collect();
    (!names.is_empty()).then(|| {
        format!(
            "The platform could not read {}, so their rows are missing. See what its account may read there, and have \
             another one made",
            names.join(", ")
        )
    })
}
