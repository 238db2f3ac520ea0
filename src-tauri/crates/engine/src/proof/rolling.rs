//! Rolling checks: read the vault's data again part by part, so that all of it is read within a cycle,
//! whatever is added meanwhile.
//!
//! A pack's name decides its part (`vault::Slice`); the catalogue records completed parts and the last read
//! of each pack. An interrupted part continues where it stopped.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use vault::{Cancel, Id, PackRead, PacksRead, ReadLimits, Slice, Vault};

use super::coverage::settle;
use super::seen::take_in;
use crate::archive::ArchiveError;
use crate::archive::opened::blocking;
use crate::profile::Profile;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::{Cycle, JobState};
use ledger::job::JobContext;

/// Default number of parts: with a daily backup, all data is read again every other week.
pub const PARTS: u32 = 12;
/// More parts than this are a slip of the finger.
pub(crate) const PARTS_MAX: u32 = 10_000;
/// How often is looked whether somebody else waits for this job.
const GIVE_WAY_EVERY: Duration = Duration::from_secs(1);

/// How much may be read now.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    /// Bytes of packs; one pack is read whatever its size.
    pub(crate) bytes_max: u64,
    /// No pack is begun after so long.
    pub(crate) time_max: Option<Duration>,
    /// Whether it ends as soon as another job waits.
    pub(crate) gives_way: bool,
}

impl Room {
    /// A part to its end.
    pub(crate) const WHOLE: Self = Self { bytes_max: u64::MAX, time_max: None, gives_way: false };
}

/// The part that comes next, and what is still to be read of it.
#[derive(Debug)]
pub(crate) struct NextPart {
    cycle: Cycle,
    /// Which it is.
    pub(crate) slice: Slice,
    packs: Vec<Id>,
}

/// What reading a part came to.
#[derive(Debug, Default)]
pub(crate) struct PartRead {
    /// Packs that were read.
    pub(crate) packs: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Packs of the part that are left for another time.
    pub(crate) left: u64,
    /// The packs that are damaged, as files of the vault, and the first thing wrong with each.
    pub(crate) damaged: Vec<(String, String)>,
    /// Backups that need what is damaged.
    pub(crate) affected: u64,
    /// Whether others may have moved packs meanwhile, so that damage could not be told for sure.
    pub(crate) was_overtaken: bool,
}

impl NextPart {
    /// Which part of how many, for people.
    pub(crate) fn words(&self) -> String {
        format!("part {} of {}", self.slice.n, self.slice.t)
    }

    /// What it would read, for people.
    pub(crate) fn packs_words(&self) -> String {
        counted(self.packs.len() as u64, "pack")
    }
}

impl PartRead {
    /// What was read, for people.
    pub(crate) fn words(&self, part: &NextPart) -> String {
        let what = format!(
            "Read {} with {} again, {}",
            counted(self.packs, "pack"),
            bytes_words(self.bytes),
            part.words()
        );
        match self.left {
            0 => format!("{what}."),
            left => format!("{what}; {} of it next time.", counted(left, "pack")),
        }
    }
}

/// Chooses what is read next: of the packs in `among`, or of all. Parts that have nothing to read are done
/// with that, and a part in which only other packs are left waits for them to be asked for; nothing is yielded
/// where no pack can be read now.
pub(crate) async fn choose(
    profile: &Profile,
    vault: &Vault,
    parts: Option<u32>,
    among: Option<&HashSet<Id>>,
) -> Result<Option<NextPart>, Failure> {
    let is_asked = |pack: &Id| among.is_none_or(|among| among.contains(pack));
    let packs = packs(vault).await?;
    if !packs.iter().any(is_asked) {
        return Ok(None);
    }
    let catalog = &profile.catalog;
    let mut open = catalog.open_cycle(vault.id()).await?;
    loop {
        let wanted = parts.or(open.as_ref().map(|cycle| cycle.parts)).unwrap_or(PARTS);
        let (cycle, is_new) = match open.take().filter(|cycle| cycle.parts == wanted) {
            Some(cycle) => (cycle, false),
            None => (catalog.begin_cycle(vault.id(), wanted, now_ms()).await?, true),
        };
        let mut is_waiting = false;
        for (slice, unread) in unread(profile, vault, &cycle, &packs).await? {
            if unread.is_empty() {
                catalog.finish_part(cycle.number, slice.n, now_ms()).await?;
                continue;
            }
            let packs: Vec<Id> = unread.into_iter().filter(is_asked).collect();
            if !packs.is_empty() {
                return Ok(Some(NextPart { cycle, slice, packs }));
            }
            is_waiting = true;
        }
        if is_new || is_waiting {
            return Ok(None);
        }
        // All parts of it are done now: a new cycle begins, and every pack is in a part of it.
    }
}

/// The parts of a cycle that are left, each with the packs of it that were not read since it began.
async fn unread(
    profile: &Profile,
    vault: &Vault,
    cycle: &Cycle,
    packs: &[Id],
) -> Result<Vec<(Slice, Vec<Id>)>, Failure> {
    let read = profile.catalog.packs_since(vault.id(), cycle.started_at_ms).await?;
    let read: HashSet<Id> = read.iter().filter_map(|pack| pack.parse().ok()).collect();
    let left = cycle.left().into_iter().map(|n| {
        let slice = Slice { n, t: cycle.parts };
        (slice, packs.iter().filter(|pack| slice.holds(pack) && !read.contains(*pack)).copied().collect())
    });
    Ok(left.collect())
}

pub(super) async fn packs(vault: &Vault) -> Result<Vec<Id>, Failure> {
    let vault = vault.clone();
    blocking(move || vault.packs().map_err(ArchiveError::from)).await
}

/// Reads a part within its limits, and records the results. A cancel ends it early without failing: what was
/// read so far counts.
///
/// # Errors
/// Why the packs cannot be read at all, or what was seen cannot be noted. Damage is none.
pub(crate) async fn read(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    part: &NextPart,
    room: &Room,
) -> Result<PartRead, Failure> {
    let until = room.time_max.map(|most| Instant::now() + most);
    let limits = ReadLimits { bytes_max: room.bytes_max, until };
    let read = read_packs(profile, context, vault, part.packs.clone(), limits, room.gives_way).await?;
    let mut done = take_in(profile, context, vault, read).await?;
    if done.left == 0 && !done.was_overtaken {
        finish(profile, vault, part).await?;
    }
    settle(profile, context, vault, until).await?;
    done.damaged.sort();
    Ok(done)
}

/// A part is done, and with it those that have nothing left to read: a cycle ends with its last pack.
async fn finish(profile: &Profile, vault: &Vault, part: &NextPart) -> Result<(), Failure> {
    let catalog = &profile.catalog;
    catalog.finish_part(part.cycle.number, part.slice.n, now_ms()).await?;
    let open = catalog.open_cycle(vault.id()).await?.filter(|cycle| cycle.number == part.cycle.number);
    let Some(cycle) = open else { return Ok(()) };
    for (slice, unread) in unread(profile, vault, &cycle, &packs(vault).await?).await? {
        if unread.is_empty() {
            catalog.finish_part(cycle.number, slice.n, now_ms()).await?;
        }
    }
    Ok(())
}

/// Records what a check read that started then: its packs count as read again, and completely read parts as
/// done.
///
/// # Errors
/// As `read`.
pub(crate) async fn take_in_check(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    report: &vault::CheckReport,
    slice: Option<Slice>,
    started_at_ms: i64,
) -> Result<PartRead, Failure> {
    let prefix = format!("{}/", vault::FileKind::Data);
    let of_pack = |finding: &vault::Finding| finding.file.strip_prefix(&prefix)?.parse::<Id>().ok();
    let suspect: HashSet<Id> = report.problems.iter().filter_map(of_pack).collect();
    let sound = report.packs_read.iter().filter(|pack| !suspect.contains(*pack));
    let mut read = PacksRead {
        packs: sound.map(|pack| PackRead { pack: *pack, bytes: 0, damage: None }).collect(),
        was_overtaken: report.was_overtaken,
        left: 0,
    };
    let packs: Vec<Id> = suspect.into_iter().collect();
    let again = read_packs(profile, context, vault, packs, ReadLimits::NONE, false).await?;
    read.packs.extend(again.packs);
    read.was_overtaken |= again.was_overtaken;
    let done = take_in(profile, context, vault, read).await?;
    if let Some(slice) = slice.filter(|_| !done.was_overtaken) {
        let catalog = &profile.catalog;
        let open = catalog.open_cycle(vault.id()).await?.filter(|cycle| cycle.parts == slice.t);
        let cycle = match open {
            None if slice.t == 1 => Some(catalog.begin_cycle(vault.id(), 1, started_at_ms).await?),
            open => open,
        };
        if let Some(cycle) = cycle {
            catalog.finish_part(cycle.number, slice.n, now_ms()).await?;
        }
        settle(profile, context, vault, None).await?;
    }
    Ok(done)
}

/// Reads on its own threads, until it is done, cancelled, or another job waits.
pub(super) async fn read_packs(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    packs: Vec<Id>,
    limits: ReadLimits,
    gives_way: bool,
) -> Result<PacksRead, Failure> {
    if packs.is_empty() {
        return Ok(PacksRead::default());
    }
    let (cancel, mut is_told) = (Cancel::new(), false);
    let (vault, meter, stop) = (vault.clone(), context.meter().clone(), cancel.clone());
    let mut reading = std::pin::pin!(blocking(move || {
        vault.read_packs(&packs, limits, &|bytes| meter.add_bytes(bytes), &stop).map_err(ArchiveError::from)
    }));
    loop {
        tokio::select! {
            read = &mut reading => return read,
            () = context.token().cancelled(), if !is_told => {
                is_told = true;
                cancel.cancel();
            }
            () = tokio::time::sleep(GIVE_WAY_EVERY), if gives_way => {
                if is_somebody_waiting(profile).await {
                    cancel.cancel();
                }
            }
        }
    }
}

/// Whether a job waits for another to end: nobody does for this reading.
pub(crate) async fn is_somebody_waiting(profile: &Profile) -> bool {
    let open = profile.catalog.open_jobs().await.unwrap_or_default();
    open.iter().any(|job| job.state == JobState::Queued)
}
