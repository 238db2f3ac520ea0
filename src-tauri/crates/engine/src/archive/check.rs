//! The check of the vault, as a job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault::{CheckOptions, CheckProgress, Finding, FindingKind, Slice};

use super::ArchiveError;
use super::opened::{blocking, cancel_with};
use crate::catalog::{Level, Verdict};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, Meter, PhaseSpec};
use crate::profile::Profile;
use crate::words::counted;

impl Engine {
    /// Starts a check of the vault. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_vault`; `invalid_request` for a slice that is none.
    pub async fn start_check(&self, slice: Option<(u32, u32)>) -> Result<String, Failure> {
        if let Some((n, t)) = slice
            && (n == 0 || t == 0 || n > t)
        {
            return Err(Failure::invalid(
                format!("{n}/{t} is no slice"),
                "Give N/T with N from 1 to T, for instance 1/7.",
            ));
        }
        let record = self.profile.archive.record().await?;
        let what = match slice {
            None => "structure".to_owned(),
            Some((1, 1)) => "structure and all data".to_owned(),
            Some((n, t)) => format!("structure, and slice {n} of {t} of the data"),
        };
        let spec = JobSpec {
            kind: JobKind::Check,
            title: format!("Checking vault “{}”", record.name),
            sentence: format!("The {what} of {}; nothing is written.", record.path),
            project_id: None,
            writes_vault: false,
            phases: vec![PhaseSpec {
                id: "check",
                title: "Check",
                weight: 1,
                sentence: format!("Every snapshot, tree and pack of “{}” against its index.", record.name),
            }],
            if_cancelled: "Nothing changes.".into(),
        };
        let profile = Arc::clone(&self.profile);
        self.profile.jobs.start(spec, move |context| run(profile, context, slice)).await
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

async fn run(
    profile: Arc<Profile>,
    context: JobContext,
    slice: Option<(u32, u32)>,
) -> Result<JobOutput, Failure> {
    context.phase("check");
    // Opened anew: a vault that is open shows no damage of the files that opened it. And without its
    // index, which may be what is damaged.
    let vault = profile.archive.open_unindexed().await?;
    let (cancel, progress) = (cancel_with(context.token()), read_into(context.meter()));
    let options = CheckOptions { data: slice.map(|(n, t)| Slice { n, t }) };
    let report =
        blocking(move || vault.check(options, &progress, &cancel).map_err(ArchiveError::from)).await?;
    for problem in &report.problems {
        context.log(Level::Error, "check", format!("{}: {}", problem.file, problem.message));
    }
    let looked_at = format!("{}, {}", counted(report.snapshots, "snapshot"), counted(report.packs, "pack"));
    match report.problems.as_slice() {
        [] if report.was_overtaken => Ok(JobOutput {
            outcome: format!("No problem found in {looked_at}, but {OVERTAKEN}"),
            verdict: Some(Verdict::Inconclusive),
            ..JobOutput::default()
        }),
        [] => Ok(JobOutput {
            outcome: format!("No problem found in {looked_at}."),
            verdict: Some(Verdict::Pass),
            ..JobOutput::default()
        }),
        [first, ..] => Err(Failure::new(
            "vault_damaged",
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
