//! The copy to the replicas, as a job: copies what is missing there, then reads a part of each back.
//!
//! A failing replica does not keep the others from being updated. Damage in a replica is repaired from the
//! vault, whose files are verified by their names while they are copied.

use std::sync::Arc;

use camino::Utf8Path;
use tokio::sync::Mutex;
use vault::MirrorReport;

use super::mirror::{Extra, mirror, moved};
use super::place;
use super::read_back::read_back;
use super::standing::find;
use crate::engine::Engine;
use crate::profile::Profile;
use base::Code;
use base::clock::now_ms;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{ReplicaRecord, VaultRecord, Verdict};
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};

/// Serialises the start of copies in this process: checking for a running copy and starting one are two
/// statements.
static BEGINNING: Mutex<()> = Mutex::const_new(());

impl Engine {
    /// Starts a copy to one replica, or to all that are connected. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_vault`; `no_replica` where there is none; `replica_not_found`; `replica_gone` where none of them is
    /// connected; `copy_running` while another copy goes on.
    #[crate::boxed]
    pub async fn start_copy(&self, reference: Option<&str>) -> Result<String, Failure> {
        let vault = self.profile.archive.record().await?;
        let all = self.profile.catalog.replicas(&vault.id).await?;
        let chosen = match reference {
            Some(reference) => vec![find(&all, reference)?.clone()],
            None => connected(&all, &vault.path).await?,
        };
        self.begin_copy(&vault, chosen, Extra::Stays).await
    }

    /// Starts a copy to one replica that lets go of what only it has: afterwards it holds what the vault holds, and
    /// nothing else. `confirm` is its name, typed.
    ///
    /// # Errors
    /// `not_confirmed`, and as [`Engine::start_copy`].
    #[crate::boxed]
    pub async fn start_exact_copy(&self, reference: &str, confirm: &str) -> Result<String, Failure> {
        let vault = self.profile.archive.record().await?;
        let all = self.profile.catalog.replicas(&vault.id).await?;
        let replica = find(&all, reference)?.clone();
        if confirm != replica.name {
            return Err(Failure::not_confirmed(&replica.name));
        }
        let only_here = Fact::Count(replica.only_here.unsigned_abs());
        let details = Details::none().with("folder", Fact::Path(&replica.path)).with("only_here", only_here);
        self.audit(Act::ReplicaLetGo, &Subject::new("replica", &replica.id, &replica.name), details).await?;
        self.begin_copy(&vault, vec![replica], Extra::Goes).await
    }

    async fn begin_copy(
        &self,
        vault: &VaultRecord,
        chosen: Vec<ReplicaRecord>,
        extra: Extra,
    ) -> Result<String, Failure> {
        let _alone = BEGINNING.lock().await;
        self.require_no_copy().await?;
        let names = chosen.iter().map(|one| format!("“{}”", one.name)).collect::<Vec<_>>().join(", ");
        let phase = |id, title, weight, sentence: String| PhaseSpec { id, title, sentence, weight };
        let spec = JobSpec {
            kind: JobKind::Copy,
            title: format!("Copying vault “{}” to {names}", vault.name),
            sentence: format!(
                "What is missing there of {} is copied; nothing is read from a project.",
                vault.path
            ),
            project_id: None,
            writes_vault: false,
            phases: vec![
                phase("copy", "Copy", 5, "Files that are missing there, each proved by its name.".into()),
                phase("check", "Read back", 2, "The structure of each, and a part of its data.".into()),
            ],
            if_cancelled:
                "Every backup that a replica lists is whole there; what was copied is not copied again."
                    .into(),
        };
        let profile = Arc::clone(&self.profile);
        self.profile.jobs.start(spec, move |context| run(profile, context, chosen, extra)).await
    }

    async fn require_no_copy(&self) -> Result<(), Failure> {
        self.profile.jobs.recover().await?;
        match self.profile.catalog.open_jobs().await?.into_iter().find(|job| job.kind == JobKind::Copy) {
            None => Ok(()),
            Some(job) => Err(Failure::new(
                Code::CopyRunning,
                format!("“{}” goes on", job.title),
                format!("Wait for its end, or cancel it: `{}`.", Command::about(About::JobCancel, &job.id)),
            )),
        }
    }
}

/// Those that are there. A disk that lies in a drawer is not what a copy to all of them fails for.
async fn connected(all: &[ReplicaRecord], vault: &Utf8Path) -> Result<Vec<ReplicaRecord>, Failure> {
    let folders: Vec<_> = all.iter().map(|one| one.path.as_path()).collect();
    let looks = place::look(&folders, vault).await;
    let there = all.iter().zip(looks).filter(|(_, look)| look.is_there);
    let mut there: Vec<_> = there.map(|(replica, _)| replica.clone()).collect();
    // One that hangs ends the run: it comes last from then on, so that the others are made current.
    there.sort_by_key(|replica| replica.problem.is_some());
    match (all, there.is_empty()) {
        ([], _) => Err(Failure::new(
            Code::NoReplica,
            "this vault has no replica",
            "Add a folder on another disk: `holdfast store add PATH`.",
        )),
        ([first, ..], true) => Err(place::gone(first)),
        _ => Ok(there),
    }
}

/// What became of one replica.
struct Copied {
    replica: ReplicaRecord,
    report: MirrorReport,
    is_read: bool,
}

async fn run(
    profile: Arc<Profile>,
    context: JobContext,
    replicas: Vec<ReplicaRecord>,
    extra: Extra,
) -> Result<JobOutput, Failure> {
    let (mut copied, mut failed) = (Vec::new(), Vec::new());
    context.phase("copy");
    for replica in replicas {
        if context.has_stalled() {
            break;
        }
        match mirror(&profile, &context, &replica, extra, &[]).await {
            Ok(report) => copied.push(Copied { replica, report, is_read: false }),
            Err(failure) => failed.push(noted(&profile, &context, "copy", &replica, failure).await?),
        }
    }
    context.phase("check");
    let mut sound = Vec::new();
    for mut one in copied {
        if context.has_stalled() {
            break;
        }
        match read_back(&profile, &context, &one.replica).await {
            Ok(is_read) => {
                one.is_read = is_read;
                sound.push(one);
            }
            Err(failure) => failed.push(noted(&profile, &context, "check", &one.replica, failure).await?),
        }
    }
    profile.jobs.changed(&[Topic::Vault]);
    for one in &sound {
        tell(&context, one);
    }
    match failed.into_iter().next() {
        Some(failure) => Err(failure),
        None => Ok(JobOutput {
            outcome: sound.iter().map(words).collect::<Vec<_>>().join(" "),
            verdict: sound.iter().all(|one| one.is_read).then_some(Verdict::Pass),
            ..JobOutput::default()
        }),
    }
}

/// Records at the replica why its copy failed. A cancel is not a failure, and ends everything.
async fn noted(
    profile: &Profile,
    context: &JobContext,
    phase: &str,
    replica: &ReplicaRecord,
    failure: Failure,
) -> Result<Failure, Failure> {
    // What stands still is ended by the watchdog, and is a failure of this replica.
    if !context.has_stalled() {
        context.checkpoint()?;
        if failure.code == Code::Cancelled {
            return Err(failure);
        }
    }
    let failure = match context.stall() {
        Some(message) => Failure { message, ..place::gone(replica) },
        None => failure,
    };
    profile.catalog.replica_failed(&replica.id, &failure.message, now_ms()).await?;
    let message = format!("replica “{}”: {}", replica.name, failure.message);
    context.warn(phase, message.clone());
    Ok(Failure { message, ..failure })
}

fn tell(context: &JobContext, one: &Copied) {
    let has = counted(one.report.snapshots.len() as u64, "backup");
    context.fact(&format!("“{}”", one.replica.name), has, Some(moved(&one.report)));
}

fn words(one: &Copied) -> String {
    let has = counted(one.report.snapshots.len() as u64, "backup");
    let freed = match one.report.removed_bytes {
        0 => String::new(),
        bytes => format!(", {} freed", bytes_words(bytes)),
    };
    let read = if one.is_read { ", and a part was read back" } else { "" };
    let copied = bytes_words(one.report.copied_bytes);
    format!("“{}” has {has}: {copied} copied{freed}{read}.", one.replica.name)
}
