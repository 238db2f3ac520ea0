//! What a platform says it restored, looked at: it may be done, and not be what a person expects.
//!
//! The platform's moment is none of ours, so no row is compared. Everything else is held beside the backup of ours that
//! is nearest before that moment, and never beside the one that this very run made of the state before.

use std::time::{Duration, Instant};

use crate::archive::{Manifest, opened};
use crate::engine::Engine;
use crate::project::Entry;
use crate::proof::BringBack;
use crate::pull::RemotePlan;
use base::failure::{Failure, Retry};
use base::words::{count_words, moment_words};
use ledger::catalog::{ProjectRecord, Verdict};
use ledger::component::Component;
use ledger::job::{Check, CheckVerdict, JobContext, PhaseSpec};
use postgres::fill::Ownership;
use postgres::target::Target;

/// A platform that says "done" may still be starting its server.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// The backups among which the nearest is looked for; more are older than any platform keeps.
const BACKUPS_MAX: u32 = 2_000;
/// Manifests that are read until one has a dump.
const MANIFESTS_MAX: usize = 50;
/// A platform says its moments in whole seconds.
const SECOND_MS: i64 = 999;

/// A backup that a database is held beside.
struct Beside {
    id: String,
    manifest: Manifest,
    /// Whether it is known to be of before the moment that came back.
    is_before: bool,
}

/// The phase of a run that looks.
pub(super) fn phase(place: &str) -> PhaseSpec {
    PhaseSpec {
        id: "look",
        title: "Look",
        weight: 15,
        sentence: format!(
            "Tables, constraints, indexes, owners and rights of the database at {place}, beside a backup; every foreign key; your own assertions."
        ),
    }
}

impl Engine {
    /// Looks at the database: the verdict and a sentence. `safety` are the backups that this run made. That it cannot
    /// be looked at does not undo what was done there.
    ///
    /// # Errors
    /// When the run was cancelled.
    pub(super) async fn look_at_claimed(
        &self,
        context: &JobContext,
        plan: &RemotePlan,
        project: &ProjectRecord,
        safety: &[String],
    ) -> Result<(Verdict, String), Failure> {
        context.phase("look");
        match self.held_beside(context, plan, project, safety).await {
            Ok(looked) => Ok(looked),
            Err(failure) => {
                context.checkpoint()?;
                let said = format!("Its database could not be looked at: {}.", failure.message);
                context.warn("look", said.clone());
                Ok((Verdict::Inconclusive, said))
            }
        }
    }

    async fn held_beside(
        &self,
        context: &JobContext,
        plan: &RemotePlan,
        project: &ProjectRecord,
        safety: &[String],
    ) -> Result<(Verdict, String), Failure> {
        let Some(Beside { id, manifest, is_before }) = self.nearest_backup(context, plan, safety).await?
        else {
            let said = "There is no other backup of Holdfast's own to hold its database beside; nothing was looked at.";
            return Ok((Verdict::Inconclusive, said.to_owned()));
        };
        let tools = self.profile.tools().await?;
        let tools = tools.for_restore(manifest.tool_major()?, manifest.server_major()?)?;
        let target = self.answering(context, project).await?;
        let ownership = Ownership { owners: true, privileges: true };
        let (profile, backup_id) = (&*self.profile, id.as_str());
        let bring =
            BringBack { context, profile, backup_id, manifest: &manifest, tools, ownership, guest: None };
        let (mut verdict, checks) = bring.look_beside(&target).await?;
        tell(context, &checks);
        let mut beside = format!("the backup {} of {}", &id[..8], moment_words(manifest.moment_at_ms));
        if !is_before {
            // As in a later state may well mean that nothing came back.
            beside.push_str(", which is not known to be from before that moment");
            if verdict == Verdict::Pass {
                verdict = Verdict::Inconclusive;
            }
        }
        Ok((verdict, sentence(verdict, &checks, &beside)))
    }

    /// The database, once it answers. What does not pass by itself is not waited for: a platform locks out whoever
    /// signs in wrongly again and again.
    async fn answering(&self, context: &JobContext, project: &ProjectRecord) -> Result<Target, Failure> {
        let begun = Instant::now();
        let entry = context.unless_cancelled(self.entry(project)).await??;
        let Entry { connection: settings, password, .. } = entry;
        let target = Target { settings, password, application: format!("holdfast {}", context.id()) };
        loop {
            let failure: Failure = match context.unless_cancelled(target.session()).await? {
                Ok(session) => {
                    session.close().await;
                    return Ok(target);
                }
                Err(error) => error.into(),
            };
            if failure.retry != Retry::Now || begun.elapsed() >= self.profile.platform_standing {
                return Err(failure);
            }
            context.meter().beat();
            context.unless_cancelled(tokio::time::sleep(ASK_EVERY)).await?;
        }
    }

    /// The newest backup with a dump from before the moment that came back; where all are younger, the oldest.
    async fn nearest_backup(
        &self,
        context: &JobContext,
        plan: &RemotePlan,
        safety: &[String],
    ) -> Result<Option<Beside>, Failure> {
        let mut all = self.profile.catalog.backups(Some(&plan.project_id), 0, BACKUPS_MAX).await?;
        all.retain(|backup| backup.components.contains(Component::Database) && !safety.contains(&backup.id));
        let moment_ms = plan.moment_ms.map(|moment| moment.saturating_add(SECOND_MS));
        let is_before = |at_ms: i64| moment_ms.is_some_and(|moment| at_ms <= moment);
        let younger = all.iter().take_while(|backup| !is_before(backup.at_ms)).count();
        let (younger, older) = all.split_at(younger);
        let mut unread = None;
        for backup in older.iter().chain(younger.iter().rev()).take(MANIFESTS_MAX) {
            context.checkpoint()?;
            context.meter().beat();
            let (vault, id) = (self.profile.archive.vault().await?, opened::snapshot_id(&backup.id)?);
            match opened::blocking(move || Manifest::load(&vault, &id)).await {
                // Of what a platform made itself there is no dump of ours.
                Ok(manifest) if manifest.dump().is_err() => {}
                Ok(manifest) => {
                    let is_before = is_before(backup.at_ms);
                    return Ok(Some(Beside { id: backup.id.clone(), manifest, is_before }));
                }
                Err(failure) => {
                    let short = &backup.id[..8];
                    context.warn("look", format!("the backup {short} cannot be read: {}", failure.message));
                    unread.get_or_insert(failure);
                }
            }
        }
        unread.map_or(Ok(None), Err)
    }
}

/// Every check and what it found, in the run's log.
fn tell(context: &JobContext, checks: &[Check]) {
    for check in checks {
        let line = format!("{}: {}. {}", check.title, check.figure, check.done);
        match check.verdict {
            CheckVerdict::Pass | CheckVerdict::NotChecked => context.info("look", line),
            CheckVerdict::Fail | CheckVerdict::Inconclusive | CheckVerdict::Noted => {
                context.warn("look", line);
            }
        }
        for finding in &check.findings {
            context.warn("look", finding.clone());
        }
    }
}

fn sentence(verdict: Verdict, checks: &[Check], beside: &str) -> String {
    let of = |wanted: &[CheckVerdict]| {
        let found = checks.iter().filter(|check| wanted.contains(&check.verdict));
        found.cloned().collect::<Vec<Check>>()
    };
    let open = of(&[CheckVerdict::Fail, CheckVerdict::Inconclusive]);
    let open: Vec<String> = open
        .iter()
        .map(|check| {
            let first = check.findings.first().unwrap_or(&check.done);
            let more = check.found.saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(" and {} more", count_words(more)) };
            format!("{}: {first}{more}", check.title)
        })
        .collect();
    let same: Vec<String> = of(&[CheckVerdict::Pass, CheckVerdict::Noted])
        .iter()
        .map(|check| check.title.to_lowercase())
        .collect();
    let rows = "Rows were not compared: the platform's moment is none of Holdfast's.";
    let (same, open) = (same.join(", "), open.join("; "));
    match verdict {
        Verdict::Pass => format!("Held beside {beside}, these are as they should be: {same}. {rows}"),
        Verdict::Inconclusive if open.is_empty() => {
            format!("Held only beside {beside}, these are as in it: {same}. {rows}")
        }
        Verdict::Inconclusive => format!("Not as in {beside}: {open}. {rows}"),
        Verdict::Fail => format!("Held beside {beside}, this is wrong: {open}. {rows}"),
    }
}
