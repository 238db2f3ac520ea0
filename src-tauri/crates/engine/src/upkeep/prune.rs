//! The prune of the vault, as a job: removes data that no snapshot needs, and frees its space.
//!
//! It is planned and shown first; the job does exactly that or nothing. The vault knows its snapshots only by
//! listing them. The catalogue is the second source: a listing that omits a known backup is refused, so that
//! it costs no backup.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use vault::{PruneOptions, PrunePlan, PruneProgress, PruneReport, PruneStep, Vault};

use super::repair::require_no_writer;
use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, cancel_with};
use crate::engine::Engine;
use crate::profile::Profile;
use crate::proof;
use base::Code;
use base::account::this_user;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};

/// Nothing is copied, and only what goes whole is removed.
const UNUSED_PERCENT_MAX: u8 = 100;

impl Engine {
    /// Says what a prune of the vault would do. Reads only; others may use the vault meanwhile.
    ///
    /// # Errors
    /// `no_vault`; `invalid_request` for a tolerance that is none; `vault_locked`; `vault_damaged` where snapshots,
    /// index, packs and catalogue do not agree, since then nothing may be removed.
    #[crate::boxed]
    pub async fn plan_prune(&self, options: PruneOptions) -> Result<PrunePlan, Failure> {
        require_percent(options)?;
        // A vault of its own: its table is the largest thing in memory, and is gone with it.
        let vault = self.profile.archive.open_unindexed().await?;
        require_known_snapshots(&self.profile, &vault).await?;
        // Whoever does not wait for the answer any more stops the walk.
        let token = tokio_util::sync::CancellationToken::new();
        let _stop = token.clone().drop_guard();
        let cancel = cancel_with(&token);
        blocking(move || vault.plan_prune(options, &|_| {}, &cancel).map_err(ArchiveError::from)).await
    }

    /// Starts the prune that was planned; `seen` is the fingerprint in that plan. Returns the job's id at
    /// once; the job ends with `plan_stale` if the vault changed since.
    ///
    /// # Errors
    /// `no_vault`; `invalid_request`; `vault_locked` while a job of this profile writes to the vault.
    #[crate::boxed]
    pub async fn start_prune(&self, options: PruneOptions, seen: &str) -> Result<String, Failure> {
        require_percent(options)?;
        let seen = seen.parse::<vault::Id>().map_err(|_| {
            Failure::invalid(
                "this is the name of no plan",
                "Plan the prune, and give what the plan has seen.",
            )
        })?;
        let record = self.profile.archive.record().await?;
        require_no_writer(&self.profile, "prune").await?;
        let phase = |id, title, weight, sentence: &str| PhaseSpec {
            id,
            title,
            weight,
            sentence: sentence.to_owned(),
        };
        let spec = JobSpec {
            kind: JobKind::Prune,
            title: format!("Pruning vault “{}”", record.name),
            sentence: format!("What no backup in {} needs is removed; every backup stays.", record.path),
            project_id: None,
            writes_vault: true,
            phases: vec![
                phase("look", "Look", 3, "What each backup needs is looked up, as when it was planned."),
                phase("copy", "Copy", 5, "What is needed of packs that go is copied into new ones."),
                phase(
                    "remove",
                    "Remove",
                    2,
                    "The index is replaced; then packs that nothing needs are removed.",
                ),
            ],
            if_cancelled: "Every backup stays whole; the next prune removes what is left over.".into(),
        };
        let profile = Arc::clone(&self.profile);
        self.profile.jobs.start(spec, move |context| run(profile, context, options, seen)).await
    }
}

fn require_percent(options: PruneOptions) -> Result<(), Failure> {
    if options.unused_percent_max <= UNUSED_PERCENT_MAX {
        return Ok(());
    }
    let message = format!("{} per cent of the vault cannot be unused", options.unused_percent_max);
    Err(Failure::invalid(message, "Give 0 to 100; with 100 nothing is copied."))
}

/// Refuses where the vault does not list a backup that the catalogue has: what the listing leaves out would be taken
/// for something that nothing needs.
async fn require_known_snapshots(profile: &Profile, vault: &Vault) -> Result<(), Failure> {
    // Before and after the catalogue is asked: a backup that comes or goes meanwhile is in one of the two.
    let before = listed(vault).await?;
    let mut missing = profile.catalog.backup_ids(None).await?;
    let after = listed(vault).await?;
    missing.retain(|id| !before.contains(id) && !after.contains(id));
    match missing.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(Failure::new(
            Code::VaultDamaged,
            format!(
                "the vault does not list {} of the catalogue, the first {first}",
                counted(missing.len() as u64, "backup")
            ),
            "Nothing was removed. Check the vault: `holdfast vault check`. If they were removed from it on purpose, `holdfast vault rebuild-catalog` takes them off the list.",
        )),
    }
}

async fn listed(vault: &Vault) -> Result<HashSet<String>, Failure> {
    let vault = vault.clone();
    let ids = blocking(move || vault.snapshot_ids().map_err(ArchiveError::from)).await?;
    Ok(ids.iter().map(ToString::to_string).collect())
}

async fn run(
    profile: Arc<Profile>,
    context: JobContext,
    options: PruneOptions,
    seen: vault::Id,
) -> Result<JobOutput, Failure> {
    context.phase("look");
    let vault = profile.archive.open_unindexed().await?;
    require_known_snapshots(&profile, &vault).await?;
    let (cancel, tell) = (cancel_with(context.token()), tell(&context));
    let pruning = vault.clone();
    let pruned = blocking(move || {
        pruning.prune(options, &seen, &this_user(), &tell, &cancel).map_err(ArchiveError::from)
    })
    .await;
    // Whatever was open knew the old index.
    profile.archive.close();
    // Also where it ended early: some packs may be gone by then, and nobody has to look at them any more.
    let forgotten = proof::forget_gone(&profile, &vault).await;
    let report = pruned?;
    forgotten?;
    profile.jobs.changed(&[Topic::Vault, Topic::Backups]);
    context.fact("Freed", bytes_words(report.freed_bytes()), None);
    Ok(JobOutput { outcome: words(&report), ..JobOutput::default() })
}

/// Moves the job along: its phases, and its meter.
fn tell(context: &JobContext) -> impl Fn(PruneProgress) + use<> {
    let (context, last) = (context.clone(), Mutex::new(("look", PruneStep::Read, 0)));
    move |now| {
        let phase = match now.step {
            PruneStep::Read | PruneStep::Walk => "look",
            PruneStep::Copy => "copy",
            PruneStep::List | PruneStep::Remove => "remove",
        };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != phase {
            context.phase(phase);
        }
        let before = if last.1 == now.step { last.2 } else { 0 };
        context.meter().add_bytes(now.bytes.saturating_sub(before));
        context.meter().beat();
        *last = (phase, now.step, now.bytes);
    }
}

fn words(report: &PruneReport) -> String {
    if report.removed.packs == 0 {
        return "There was nothing to remove.".into();
    }
    let written = match report.written.packs {
        0 => String::new(),
        packs => format!(", {} written for what was still needed of them", counted(packs, "pack")),
    };
    let (freed, removed) = (bytes_words(report.freed_bytes()), counted(report.removed.packs, "pack"));
    format!("Freed {freed}: {removed} removed{written}. Every backup is whole.")
}
