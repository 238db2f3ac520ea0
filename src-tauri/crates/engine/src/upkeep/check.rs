//! The check of the vault, as a job.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::{CheckOptions, CheckProgress, CheckReport, Finding, FindingKind, Slice, Vault};

use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, cancel_with};
use crate::engine::Engine;
use crate::profile::Profile;
use crate::proof::rolling::{self, PartRead, Room};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::meter::Meter;
use base::words::counted;
use ledger::catalog::{Level, Verdict};
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};

/// The data that a check reads beside the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    /// None.
    Nothing,
    /// One slice.
    Of(Slice),
    /// The part that comes next, of so many where somebody said so.
    Next(Option<u32>),
}

impl Engine {
    /// Starts a check of the vault. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_vault`; `invalid_request` for a slice that is none.
    #[crate::boxed]
    pub async fn start_check(&self, slice: Option<(u32, u32)>) -> Result<String, Failure> {
        if let Some((n, t)) = slice
            && (n == 0 || t == 0 || n > t)
        {
            return Err(Failure::invalid(
                format!("{n}/{t} is no slice"),
                "Give N/T with N from 1 to T, for instance 1/7.",
            ));
        }
        let data = slice.map_or(Data::Nothing, |(n, t)| Data::Of(Slice { n, t }));
        self.start_check_of(data).await
    }

    /// Starts a check that reads the next part of the data. `parts` sets the number of parts; absent keeps
    /// the current number. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_vault`; `invalid_request` for a number of parts that is none.
    #[crate::boxed]
    pub async fn start_next_part(&self, parts: Option<u32>) -> Result<String, Failure> {
        if let Some(parts) = parts.filter(|parts| *parts == 0 || *parts > rolling::PARTS_MAX) {
            return Err(Failure::invalid(
                format!("the data cannot be cut into {parts} parts"),
                format!("Give 1 to {}.", rolling::PARTS_MAX),
            ));
        }
        self.start_check_of(Data::Next(parts)).await
    }

    async fn start_check_of(&self, data: Data) -> Result<String, Failure> {
        let record = self.profile.archive.record().await?;
        let what = match data {
            Data::Nothing => "structure".to_owned(),
            Data::Of(Slice { n: 1, t: 1 }) => "structure and all data".to_owned(),
            Data::Of(Slice { n, t }) => format!("structure, and slice {n} of {t} of the data"),
            Data::Next(_) => "structure, and the next part of the data".to_owned(),
        };
        let mut phases = vec![PhaseSpec {
            id: "check",
            title: "Check",
            weight: 1,
            sentence: format!("Every snapshot, tree and pack of “{}” against its index.", record.name),
        }];
        if matches!(data, Data::Next(_)) {
            phases.push(PhaseSpec {
                id: "part",
                title: "Next part",
                weight: 3,
                sentence: "The packs whose turn it is are read whole, and every block in them opened.".into(),
            });
        }
        let spec = JobSpec {
            kind: JobKind::Check,
            title: format!("Checking vault “{}”", record.name),
            sentence: format!("The {what} of {}; nothing is written.", record.path),
            project_id: None,
            writes_vault: false,
            phases,
            if_cancelled: "Nothing changes; what was read by then counts as read.".into(),
        };
        let profile = Arc::clone(&self.profile);
        self.profile.jobs.start(spec, move |context| run(profile, context, data)).await
    }
}

/// Why a check has to be made again.
const OVERTAKEN: &str = "this computer slept, or somebody removed the lock of the check, and others changed the vault meanwhile. Check it again.";
const OVERTAKEN_HINT: &str = "Check it again before you do anything else: this computer slept, or somebody removed the lock of the check, and others changed the vault meanwhile. What they moved looks like something that is missing.";

/// What helps: what a repair can mend comes first, since it also says which backups are affected.
fn hint(problems: &[Finding]) -> &'static str {
    if problems.iter().any(|finding| finding.kind.is_repairable()) {
        return "Do not delete anything. `holdfast vault repair` makes the index again from what is whole, and says which backups are affected; the next backup then stores again what it still finds.";
    }
    if problems.iter().any(|finding| finding.kind == FindingKind::Lost) {
        return "What is in no pack cannot be brought back from the vault. Back up the projects of these backups: what is still the same there is stored again, and makes the old ones whole as far as it goes; then verify them. Backups that the log does not name are whole.";
    }
    "Do not delete anything. The log names each file; backups that do not use it are whole."
}

async fn run(profile: Arc<Profile>, context: JobContext, data: Data) -> Result<JobOutput, Failure> {
    context.phase("check");
    let started = now_ms();
    // Opened anew: a vault that is open shows no damage of the files that opened it. And without its
    // index, which may be what is damaged.
    let vault = profile.archive.open_unindexed().await?;
    let (cancel, progress) = (cancel_with(context.token()), read_into(context.meter()));
    let slice = if let Data::Of(slice) = data { Some(slice) } else { None };
    let checked = vault.clone();
    let options = CheckOptions { data: slice };
    let mut report =
        blocking(move || checked.check(options, &progress, &cancel).map_err(ArchiveError::from)).await?;
    let mut said = String::new();
    match remember(&profile, &context, &vault, data, &report, started).await {
        Ok((read, words)) => {
            said = words;
            report.was_overtaken |= read.was_overtaken;
            let known: HashSet<String> = report.problems.iter().map(|one| one.file.clone()).collect();
            let new = read.damaged.into_iter().filter(|(file, _)| !known.contains(file));
            report.problems.extend(new.map(|(file, message)| Finding {
                kind: FindingKind::Pack,
                file,
                message,
            }));
        }
        // An index that is damaged keeps packs from being found; what is wrong with it is what counts.
        Err(failure) if !report.problems.is_empty() => context.warn("check", failure.message),
        Err(failure) => return Err(failure),
    }
    context.checkpoint()?;
    for problem in &report.problems {
        context.log(Level::Error, "check", format!("{}: {}", problem.file, problem.message));
    }
    judge(&report, &said)
}

/// Reads the next part, or records the packs that the check read; yields what was read, and its text.
async fn remember(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    data: Data,
    report: &CheckReport,
    started_at_ms: i64,
) -> Result<(PartRead, String), Failure> {
    let Data::Next(parts) = data else {
        let slice = if let Data::Of(slice) = data { Some(slice) } else { None };
        let read = rolling::take_in_check(profile, context, vault, report, slice, started_at_ms).await?;
        return Ok((read, String::new()));
    };
    context.phase("part");
    let Some(part) = rolling::choose(profile, vault, parts, None).await? else {
        return Ok((PartRead::default(), " There is no data to read.".into()));
    };
    context.sentence(
        "part",
        format!("{}, {}: read whole, and every block in them opened.", part.words(), part.packs_words()),
    );
    let read = rolling::read(profile, context, vault, &part, &Room::WHOLE).await?;
    let words = format!(" {}", read.words(&part));
    Ok((read, words))
}

fn judge(report: &CheckReport, said: &str) -> Result<JobOutput, Failure> {
    let looked_at = format!("{}, {}", counted(report.snapshots, "snapshot"), counted(report.packs, "pack"));
    match report.problems.as_slice() {
        [] if report.was_overtaken => Ok(JobOutput {
            outcome: format!("No problem found in {looked_at}, but {OVERTAKEN}"),
            verdict: Some(Verdict::Inconclusive),
            ..JobOutput::default()
        }),
        [] => Ok(JobOutput {
            outcome: format!("No problem found in {looked_at}.{said}"),
            verdict: Some(Verdict::Pass),
            ..JobOutput::default()
        }),
        [first, ..] => Err(Failure::new(
            Code::VaultDamaged,
            format!(
                "{} in {looked_at}, the first: {}: {}",
                counted(report.problems.len() as u64, "problem"),
                first.file,
                first.message
            ),
            if report.was_overtaken { OVERTAKEN_HINT } else { hint(&report.problems) },
        )),
    }
}

/// Moves a job's meter as packs are read.
pub(super) fn read_into(meter: &Arc<Meter>) -> impl Fn(CheckProgress) + use<> {
    let (meter, seen) = (Arc::clone(meter), AtomicU64::new(0));
    move |now| {
        let before = seen.swap(now.bytes_read, Ordering::Relaxed);
        meter.add_bytes(now.bytes_read.saturating_sub(before));
        meter.beat();
    }
}
