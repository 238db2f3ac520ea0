//! Validates a schedule's settings before anything is stored.

use jiff::SignedDuration;

use super::rule::Work;
use super::slots::upcoming;
use super::{Creates, NewSchedule};
use base::Code;
use base::clock::{Clock as _, SystemClock};
use base::failure::Failure;
use ledger::catalog::ProjectRecord;

const NAME_CHARACTERS_MAX: usize = 60;
/// More than this spreads nothing any more.
const JITTER_S_MAX: u32 = 3600;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// A hundred years.
const KEEP_MS_MAX: i64 = 100 * 366 * 24 * HOUR_MS;
/// Between so many slots the shortest time is looked for.
const SLOTS_LOOKED_AT: usize = 50;

/// That there is no such schedule.
pub(super) fn not_found(name: &str, project: &str) -> Failure {
    let message = match name {
        "" => format!("{project} has no schedule"),
        name => format!("{project} has no schedule {name:?}"),
    };
    Failure::new(Code::ScheduleNotFound, message, "See what there is with `holdfast schedule show`.")
}

/// The work, where the project has what it needs.
pub(super) fn fitting(project: &ProjectRecord, work: Option<Work>) -> Result<Work, Failure> {
    if project.is_archived {
        return Err(Failure::new(
            Code::ProjectArchived,
            format!("{} is not protected any more", project.name),
            "Add it again as a new project; its old backups stay.",
        ));
    }
    // Where both can be done, what is Holdfast's own is what a goal of the database needs.
    let usual = match (project.is_read_here(), &project.platform) {
        (false, Some(_)) => Work::Pull,
        _ => Work::Backup,
    };
    let work = work.unwrap_or(usual);
    match work {
        Work::Backup if project.is_read_here() => Ok(work),
        Work::Backup => project.postgres().map(|_| work),
        Work::Pull if project.platform.is_none() => Err(Failure::new(
            Code::NoPlatform,
            format!("{} is on no platform that backs it up", project.name),
            "Let it be backed up: leave --kind out, or give `--kind backup`.",
        )),
        _ => Ok(work),
    }
}

/// The name, where it can be one; as the work where none is given.
pub(super) fn checked_name(
    name: Option<&str>,
    work: Work,
    creates: Option<&Creates>,
) -> Result<String, Failure> {
    let Some(name) = name else {
        return Ok(creates.map_or_else(|| work.as_str().replace('_', "-"), Creates::usual_name));
    };
    let name = name.trim();
    let length = name.chars().count();
    if !(1..=NAME_CHARACTERS_MAX).contains(&length) || name.chars().any(char::is_control) {
        return Err(Failure::invalid(
            format!("a schedule's name of {length} characters, or with some that cannot be seen"),
            format!("Give 1 to {NAME_CHARACTERS_MAX} characters."),
        ));
    }
    Ok(name.to_owned())
}

/// A run that begins later still begins well before the next one.
pub(super) fn check_jitter(new: &NewSchedule) -> Result<(), Failure> {
    let now = SystemClock.now();
    let zone = new.zone.on(&SystemClock.zone());
    let slots = upcoming(&new.rule, &zone, now, SLOTS_LOOKED_AT);
    if slots.is_empty() {
        return Err(Failure::invalid("a rule that never comes", "Choose other days."));
    }
    let gaps = slots.windows(2).map(|pair| pair[1].duration_since(pair[0]));
    let most = gaps.min().unwrap_or(SignedDuration::MAX).as_secs() / 2;
    let most = u32::try_from(most).unwrap_or(JITTER_S_MAX).min(JITTER_S_MAX);
    if new.jitter_s > most {
        return Err(Failure::invalid(
            format!("a jitter of {} s", new.jitter_s),
            format!(
                "Give at most {} min: half of the time between two runs, and never more than an hour.",
                most / 60
            ),
        ));
    }
    Ok(())
}

/// Only what is made can be kept, and no shorter than until the next one may come.
pub(super) fn check_keep(work: Work, keep_ms: Option<i64>) -> Result<(), Failure> {
    let Some(keep_ms) = keep_ms else { return Ok(()) };
    if !work.brings_recovery_point() {
        return Err(Failure::invalid(
            format!("a time to keep what a schedule of the kind {} makes", work.as_str().replace('_', "-")),
            "Leave --keep out: only backups are kept.",
        ));
    }
    if !(HOUR_MS..=KEEP_MS_MAX).contains(&keep_ms) {
        return Err(Failure::invalid(
            "a time to keep of less than an hour, or of more than a hundred years",
            "Give a time of at least an hour, as 36h, 30d or 12w.",
        ));
    }
    Ok(())
}
