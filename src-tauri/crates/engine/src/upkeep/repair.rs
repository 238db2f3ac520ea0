//! The repair of the vault, as a job: rebuilds its index from the real content of its packs.

use std::sync::Arc;

use vault::{RepairReport, SnapshotId};

use super::check::read_into;
use crate::archive::ArchiveError;
use crate::archive::opened::{blocking, cancel_with};
use crate::engine::Engine;
use crate::profile::Profile;
use crate::proof;
use base::Code;
use base::account::this_user;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::{Level, Verdict};
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};

/// The affected backups that stand beside a run; the log has all of them.
const FACTS_MAX: usize = 50;

impl Engine {
    /// Starts a repair of the vault, also of one whose index keeps it from being opened. Returns the
    /// job's id at once.
    ///
    /// # Errors
    /// `no_vault`; `vault_locked` while a job of this profile writes to the vault.
    #[crate::boxed]
    pub async fn start_repair(&self) -> Result<String, Failure> {
        let record = self.profile.archive.record().await?;
        require_no_writer(&self.profile, "repair").await?;
        let spec = JobSpec {
            kind: JobKind::Repair,
            title: format!("Repairing vault “{}”", record.name),
            sentence: format!(
                "Every pack of {} is read, and its index made again from what is whole; no backup is removed.",
                record.path
            ),
            project_id: None,
            writes_vault: true,
            phases: vec![PhaseSpec {
                id: "repair",
                title: "Repair",
                weight: 1,
                sentence: format!("Every pack of “{}” is read, and listed anew.", record.name),
            }],
            if_cancelled: "The index stays as it was.".into(),
        };
        let profile = Arc::clone(&self.profile);
        self.profile.jobs.start(spec, move |context| run(profile, context)).await
    }
}

/// Refuses what needs the vault alone while a job of this profile writes to it.
pub(super) async fn require_no_writer(profile: &Profile, what: &str) -> Result<(), Failure> {
    profile.jobs.recover().await?;
    match profile.catalog.open_jobs().await?.into_iter().find(|job| job.writes_vault) {
        None => Ok(()),
        Some(job) => Err(Failure::new(
            Code::VaultLocked,
            format!("“{}” writes to the vault, and a {what} needs it alone", job.title),
            format!("Wait until it has ended, or cancel it; then start the {what} again."),
        )),
    }
}

async fn run(profile: Arc<Profile>, context: JobContext) -> Result<JobOutput, Failure> {
    context.phase("repair");
    let vault = profile.archive.open_unindexed().await?;
    let (cancel, progress) = (cancel_with(context.token()), read_into(context.meter()));
    let repairing = vault.clone();
    let repaired =
        blocking(move || repairing.repair(&this_user(), &progress, &cancel).map_err(ArchiveError::from))
            .await;
    // Whatever was open knew the old index.
    profile.archive.close();
    let report = repaired?;
    // What was damaged is in no index any more, and nothing that a person has to look at.
    proof::forget_gone(&profile, &vault).await?;
    for problem in &report.problems {
        let what = format!("{}: {}; nothing needs it any more", problem.file, problem.message);
        context.log(Level::Warning, "repair", what);
    }
    for (number, (snapshot, why)) in report.affected.iter().enumerate() {
        let name = named(&profile, snapshot).await?;
        context.log(Level::Warning, "repair", format!("{name} is not whole: {why}"));
        if number < FACTS_MAX {
            context.fact(&name, "not whole", Some(why.clone()));
        }
    }
    profile.jobs.changed(&[Topic::Vault, Topic::Backups]);
    Ok(output(&report))
}

/// A snapshot as people know it: the project, and the backup's id.
async fn named(profile: &Profile, snapshot: &SnapshotId) -> Result<String, Failure> {
    let id = snapshot.to_string();
    let Some(backup) = profile.catalog.backups_by_prefix(&id).await?.pop() else {
        return Ok(format!("the snapshot {id}"));
    };
    let projects = profile.catalog.projects().await?;
    let project = projects.into_iter().find(|project| project.id == backup.project_id);
    Ok(format!("the backup {id} of {}", project.map_or(backup.project_id, |project| project.name)))
}

fn output(report: &RepairReport) -> JobOutput {
    let mut said = vec![format!(
        "The index lists {} again, with {}.",
        counted(report.packs, "pack"),
        counted(report.blobs, "blob")
    )];
    if let [first, ..] = report.problems.as_slice() {
        said.push(format!(
            "Damaged packs: {}, the first {}; saved of them: {}.",
            report.problems.len(),
            first.file,
            counted(report.blobs_saved, "blob")
        ));
    }
    let verdict = match report.affected.len() {
        0 => {
            said.push("All backups are whole.".into());
            Verdict::Pass
        }
        count => {
            said.push(format!(
                "Backups that are not whole: {count}. The next backup of their projects stores again what it still finds there; then verify them."
            ));
            Verdict::Inconclusive
        }
    };
    JobOutput { outcome: said.join(" "), verdict: Some(verdict), ..JobOutput::default() }
}
