//! Restores into a new database: filled and checked separately, then renamed, or swapped with the old one. An
//! incomplete one is dropped.

use super::apply::report;
use super::confirm::stale;
use super::connect::connect_words;
use super::database::{calm, database_oid, hurry, incomplete_name, rename_database};
use super::existing::maintenance;
use super::made::Made;
use super::plan::RestorePlan;
use super::properties::give_properties;
use super::record::{Restore, RestoreState};
use super::swap::{Names, carry_over, swap};
use crate::archive::Manifest;
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use crate::proof::{self, BringBack, Brought};
use crate::scratch::{Filling, create_closed_database, create_database, drop_database, drop_unfinished};
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use ledger::catalog::Verdict;
use ledger::job::{JobContext, RestoreReport};
use postgres::fill::Ownership;
use postgres::target::{Target, quote_identifier};
use postgres::tools::ToolSet;

impl Engine {
    #[expect(clippy::too_many_arguments, reason = "a new database is what brings all of these together")]
    pub(super) async fn make_database(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        server: &Target,
        scratch: Option<&Filling>,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        // Under its own name it is complete: until then it has one that says what it is.
        let incomplete = incomplete_name(context.id());
        if scratch.is_none() {
            restore.traces.incomplete = Some(incomplete.clone());
            restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
        }
        // A private server has no others.
        let oid = match scratch {
            Some(_) => create_database(server, &incomplete, manifest).await?,
            None => create_closed_database(server, &incomplete, manifest).await?,
        };
        let guest = scratch.and_then(Filling::guest);
        // By its number the server can be asked later which of its names it has, and it is dropped by it.
        restore.traces.new_oid = Some(oid);
        let filled = async {
            if scratch.is_none() {
                restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
            }
            let mut report =
                self.fill_database(context, plan, manifest, tools, server, &incomplete, guest).await?;
            report.scratch_id = scratch.map(|filling| filling.id().to_owned());
            context.checkpoint()?;
            if scratch.is_none() {
                restore.note(&self.profile.catalog, RestoreState::Switching).await?;
            }
            rename_database(server, (&incomplete, oid), &plan.database).await?;
            // It has its name: what is not given to it from here on is a note, and no failure.
            report.notes.extend(self.give_properties_of(context, plan, manifest, server).await);
            let named = server.with_database(&plan.database);
            report.connect = match scratch {
                Some(filling) => filling.connect(&plan.database),
                None => connect_words(&named.settings),
            };
            Ok(report)
        };
        match filled.await {
            Ok(report) => {
                restore.traces.incomplete = None;
                Ok(report)
            }
            Err(failure) => {
                if drop_incomplete(context, server, (&incomplete, oid)).await {
                    restore.traces.incomplete = None;
                }
                Err(failure)
            }
        }
    }

    async fn give_properties_of(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        server: &Target,
    ) -> Vec<String> {
        let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
        let given = async {
            let dump = proof::stored_dump(&self.profile, &plan.backup_id, manifest).await?;
            give_properties(context, &server.with_database(&plan.database), &dump, ownership).await
        };
        given.await.unwrap_or_else(|failure: Failure| {
            let note = format!(
                "The database's settings and rights are not given, so only its owner may connect: {}.",
                failure.message
            );
            context.warn("prepare", note.clone());
            vec![note]
        })
    }

    /// Fills an empty database of the server, and checks it.
    #[expect(clippy::too_many_arguments, reason = "as `make_database`")]
    async fn fill_database(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        server: &Target,
        name: &str,
        guest: Option<&Secret>,
    ) -> Result<RestoreReport, Failure> {
        context.info("prepare", format!("database {name} is created; it gets its name when it is complete"));
        hurry(server, name, proof::sessions()).await?;
        let ownership = Ownership { owners: plan.owners, privileges: plan.privileges };
        let (profile, backup_id) = (&*self.profile, plan.backup_id.as_str());
        let bring = BringBack { context, profile, backup_id, manifest, tools, ownership, guest };
        Ok(report(plan, bring.fill(&server.with_database(name)).await?))
    }

    /// Restores beside the database, and puts it in its place if it is what the backup says.
    #[expect(clippy::too_many_arguments, reason = "a swap is what brings all of these together, once")]
    pub(super) async fn restore_and_swap(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
        manifest: &Manifest,
        tools: &ToolSet,
        target: &Target,
        may_end: bool,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        let server = maintenance(target).await?;
        let incomplete = incomplete_name(context.id());
        let old = plan
            .beside
            .clone()
            .ok_or_else(|| stale("this plan does not say how the old database is called"))?;
        restore.traces.incomplete = Some(incomplete.clone());
        restore.traces.old_oid = plan.identity.as_ref().map(|identity| identity.oid);
        restore.traces.old_name = Some(old.clone());
        restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
        let oid = create_closed_database(&server, &incomplete, manifest).await?;
        restore.traces.new_oid = Some(oid);
        let swapped = async {
            restore.note(&self.profile.catalog, RestoreState::Preparing).await?;
            let mut report =
                self.fill_database(context, plan, manifest, tools, &server, &incomplete, None).await?;
            may_take_its_place(report.verdict, &report.reason, &plan.database)?;
            context.phase("switch");
            context.checkpoint()?;
            calm(&server, &incomplete).await?;
            for note in carry_over(&server, &plan.database, &incomplete).await? {
                context.warn("switch", note.clone());
                report.notes.push(note);
            }
            let names = Names {
                live: (&plan.database, restore.traces.old_oid),
                old: &old,
                new: (&incomplete, Some(oid)),
            };
            swap(context, &self.profile.catalog, &server, &names, may_end, restore).await?;
            // Both names have changed: nothing that fails from here on may say otherwise.
            restore.traces.incomplete = None;
            context
                .info("switch", format!("{} is now the restored one; the old one is {old}", plan.database));
            let live = target.with_database(&plan.database);
            report.connect = connect_words(&live.settings);
            Ok::<_, Failure>(report)
        };
        match swapped.await {
            Ok(report) => Ok(report),
            Err(failure) if failure.code == Code::OutcomeUnknown => Err(failure),
            Err(failure) => {
                if drop_incomplete(context, &server, (&incomplete, oid)).await {
                    restore.traces.incomplete = None;
                }
                Err(failure)
            }
        }
    }

    pub(super) async fn swap_back(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
        may_end: bool,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        context.phase("switch");
        let of = self.restore(plan.restore_id.as_deref().unwrap_or_default()).await?;
        let (Some(old), Some(beside)) = (&of.traces.old_name, &plan.beside) else {
            return Err(stale("this plan does not say which databases change names"));
        };
        let mut target = self.target_of(plan).await?;
        target.application = format!("holdfast {}", context.id());
        let server = maintenance(&target).await?;
        // Anybody may have given its name to another since it was looked at.
        if of.traces.old_oid.is_some() && database_oid(&server, old).await? != of.traces.old_oid {
            return Err(stale(&format!("{old} is not the database that was there before the restore")));
        }
        restore.traces.old_oid = plan.identity.as_ref().map(|identity| identity.oid);
        restore.traces.old_name = Some(beside.clone());
        let names = Names {
            live: (&plan.database, restore.traces.old_oid),
            old: beside,
            new: (old, of.traces.old_oid),
        };
        swap(context, &self.profile.catalog, &server, &names, may_end, restore).await?;
        let mut report = report(
            plan,
            Brought::nothing(format!(
                "{} is as it was before the restore; {beside} holds what was restored.",
                plan.database
            )),
        );
        report.connect = connect_words(&target.settings);
        Ok(report)
    }

    pub(super) async fn drop_made(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
    ) -> Result<RestoreReport, Failure> {
        context.phase("switch");
        let mut target = self.target_of(plan).await?;
        target.application = format!("holdfast {}", context.id());
        let of = self.restore(plan.restore_id.as_deref().unwrap_or_default()).await?;
        let oid = plan.drops.ok_or_else(|| stale("this plan does not say what it drops by its number"))?;
        if of.traces.schema.as_deref() == Some(plan.database.as_str()) {
            let session = target.session().await?;
            let made = Made::left(&session, oid, &of.traces, &of.plan).await;
            session.close().await;
            made.map_err(postgres::refused)?.drop_alone(&target, &plan.database).await?;
        } else {
            let server = maintenance(&target.with_database(&plan.database)).await?;
            if of.traces.incomplete.as_deref() == Some(plan.database.as_str()) {
                drop_unfinished(&server, &plan.database, Some(oid)).await?;
            } else {
                drop_database(&server, &plan.database, oid).await?;
            }
        }
        Ok(report(plan, Brought::nothing(format!("{} is dropped.", plan.database))))
    }
}

/// Only what was shown to be what the backup says takes the place of a living database: that nothing spoke against
/// it is not enough.
fn may_take_its_place(verdict: Verdict, reason: &str, database: &str) -> Result<(), Failure> {
    let seen = format!("{}; {database} was not touched", reason.trim_end_matches('.'));
    match verdict {
        Verdict::Pass => Ok(()),
        Verdict::Fail => {
            Err(Failure::new(Code::ChecksFailed, seen, "Verify the backup, or restore another one."))
        }
        Verdict::Inconclusive => Err(Failure::new(
            Code::ChecksInconclusive,
            seen,
            "Restore it into a new database, and look there whether it is what it has to be.",
        )),
    }
}

/// Drops what a failed restore left. Whether it is gone; if not, the run says what to do.
async fn drop_incomplete(context: &JobContext, server: &Target, (incomplete, oid): (&str, u32)) -> bool {
    match drop_unfinished(server, incomplete, Some(oid)).await {
        Ok(()) => {
            context.info("job", format!("the incomplete database {incomplete} is dropped"));
            true
        }
        Err(why) => {
            context.safe_next(format!("Drop it by hand: drop database {};", quote_identifier(incomplete)));
            let left = format!("the incomplete database {incomplete} could not be dropped: {}", why.message);
            context.warn("job", left);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_goes_on_only_where_everything_was_shown() {
        let of = |verdict| may_take_its_place(verdict, "5 tables came back.", "shop");
        assert!(of(Verdict::Pass).is_ok());
        let codes = [Verdict::Fail, Verdict::Inconclusive].map(|verdict| of(verdict).unwrap_err().code);
        assert_eq!(codes, [Code::ChecksFailed, Code::ChecksInconclusive]);
        let open = of(Verdict::Inconclusive).unwrap_err();
        assert_eq!(open.message, "5 tables came back; shop was not touched");
        assert!(open.hint.is_some_and(|hint| hint.contains("new database")));
    }
}
