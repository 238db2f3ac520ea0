//! Several backups in one run: one that is encrypted or fails does not delay the others, and is named at the
//! end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::PullRequest;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::{ProjectRecord, Verdict};
use ledger::job::{JobContext, JobOutput};
use remote::platform::{Platform, RemoteBackup};

/// So many failures in a row on the way there end a run: the rest would fail as well, each after its time.
const SAME_IN_A_ROW: usize = 2;
/// More are not named one by one.
const NAMED_MAX: usize = 10;

/// What did not come, and why.
pub(super) struct Missing {
    /// Its id there, or what was to be made.
    pub(super) what: String,
    /// Whether it is there, and can be asked for again.
    pub(super) is_there: bool,
    pub(super) failure: Failure,
}

/// What came of a run so far.
#[derive(Default)]
struct Tally {
    last: JobOutput,
    came: usize,
    bytes: u64,
    /// Failures on the way there since something came.
    in_a_row: usize,
    /// The worst of all verdicts.
    verdict: Option<Verdict>,
    missing: Vec<Missing>,
}

impl Engine {
    /// Fetches all of these, each for itself; `before` is what went wrong already.
    pub(super) async fn pull_each(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &Arc<dyn Platform>,
        chosen: Vec<RemoteBackup>,
        request: &PullRequest,
        before: Option<Missing>,
    ) -> Result<JobOutput, Failure> {
        let is_alone = chosen.len() == 1 && before.is_none();
        let (begun, mut left) = (Instant::now(), VecDeque::from(chosen));
        let mut tally = Tally::default();
        if let Some(missing) = before {
            tally.miss(missing);
        }
        let mut stopped = None;
        while let Some(backup) = left.front() {
            let limits = request.limits;
            if let Some(why) = limits.and_then(|one| one.reached(tally.tried(), tally.bytes, begun.elapsed()))
            {
                stopped = Some(why);
                break;
            }
            let ids = left.iter().map(|one| one.id.as_str());
            super::going_on::note(context, request, ids.chain(tally.missing_ids()));
            match self.pull_one(context, project, platform, backup, request).await {
                Ok((output, bytes)) => tally.add(context, bytes, output),
                Err(failure) if is_alone || context.checkpoint().is_err() => return Err(failure),
                Err(failure) => {
                    context.warn("fetch", format!("{} did not come: {}", backup.id, failure.message));
                    // It may have come whole, and take its space until somebody opens it.
                    tally.bytes = tally.bytes.saturating_add(backup.bytes.unwrap_or(0));
                    tally.miss(Missing { what: backup.id.clone(), is_there: true, failure });
                }
            }
            left.pop_front();
            if !left.is_empty() && tally.is_hopeless() {
                stopped = Some("the rest would fail as well".to_owned());
                break;
            }
        }
        let ids = left.iter().map(|one| one.id.as_str());
        super::going_on::note(context, request, ids.chain(tally.missing_ids()));
        let is_all = request.all && left.is_empty();
        tally.end(left.len(), stopped).map(|output| JobOutput { is_all, ..output })
    }
}

impl Tally {
    fn add(&mut self, context: &JobContext, bytes: u64, output: JobOutput) {
        (self.came, self.in_a_row) = (self.came + 1, 0);
        self.bytes = self.bytes.saturating_add(bytes);
        self.verdict = match (self.verdict, output.verdict) {
            (None | Some(Verdict::Pass), next) => next,
            (worse, _) => worse,
        };
        if let Some(id) = &output.backup_id {
            context.made(id);
        }
        self.last = output;
    }

    /// Backups that were tried: what did not come took its time as well.
    fn tried(&self) -> usize {
        self.came + self.missing.iter().filter(|one| one.is_there).count()
    }

    fn miss(&mut self, missing: Missing) {
        self.in_a_row = if is_of_the_way(missing.failure.code) { self.in_a_row + 1 } else { 0 };
        self.missing.push(missing);
    }

    /// What may be asked for again.
    fn missing_ids(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().filter(|one| one.is_there).map(|one| one.what.as_str())
    }

    /// Whether the last failures were those of the place or of this computer, and not of a backup.
    fn is_hopeless(&self) -> bool {
        let Some(last) = self.missing.last() else { return false };
        is_of_here(last.failure.code) || self.in_a_row >= SAME_IN_A_ROW
    }

    /// How the run ends: as a failure that names what is missing, where something is.
    fn end(self, left: usize, stopped: Option<String>) -> Result<JobOutput, Failure> {
        let Self { mut last, came, verdict, missing, bytes: _, in_a_row: _ } = self;
        let rest = match stopped {
            Some(why) if left > 0 => {
                format!(" {} for the next run: {why}.", waits(left))
            }
            _ => String::new(),
        };
        if missing.is_empty() {
            if came > 1 {
                last.outcome =
                    format!("{} pulled. The last: {}", counted(came as u64, "backup"), last.outcome);
            }
            last.outcome.push_str(&rest);
            return Ok(JobOutput { verdict, ..last });
        }
        Err(incomplete(came, &missing, &rest))
    }
}

fn waits(left: usize) -> String {
    match left {
        1 => "1 more waits".to_owned(),
        many => format!("{many} more wait"),
    }
}

fn incomplete(came: usize, missing: &[Missing], rest: &str) -> Failure {
    let named: Vec<String> = missing
        .iter()
        .take(NAMED_MAX)
        .map(|one| format!("{} ({})", one.what, one.failure.message.trim_end_matches('.')))
        .collect();
    let more = missing.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let others = match came {
        0 => "nothing else came".to_owned(),
        1 => "1 backup came".to_owned(),
        came => format!("{} came", counted(came as u64, "backup")),
    };
    let rest = rest.trim_end_matches('.');
    let message = format!("did not come: {}{more}; {others}{}", named.join(", "), sentence_end(rest));
    let hint = missing.iter().find_map(|one| one.failure.hint.clone());
    let hint =
        hint.unwrap_or_else(|| "Look at the run's log, then pull again; nothing is fetched twice.".into());
    // Where nothing came, nothing was done in part.
    let code = missing.first().filter(|_| came == 0).map_or(Code::PullIncomplete, |one| one.failure.code);
    Failure::new(code, message, hint)
}

fn sentence_end(rest: &str) -> String {
    if rest.is_empty() { String::new() } else { format!(".{rest}") }
}

/// Failures of this computer: no other backup could be kept either.
fn is_of_here(code: Code) -> bool {
    matches!(
        code,
        Code::DiskFull
            | Code::DownloadDiskFull
            | Code::WriteFailed
            | Code::NoVault
            | Code::VaultGone
            | Code::VaultLocked
            | Code::VaultReadOnly
            | Code::VaultIo
            | Code::VaultDamaged
            | Code::CredentialsMissing
            | Code::PlatformSignIn
    )
}

/// Failures on the way there: they may be of this one backup, and of all.
fn is_of_the_way(code: Code) -> bool {
    matches!(
        code,
        Code::PlatformUnreachable
            | Code::PlatformSilent
            | Code::PlatformBusy
            | Code::DownloadStalled
            | Code::DownloadPostponed
    )
}
