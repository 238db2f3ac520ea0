//! Restores into a database in use, in one transaction: opened before the safety backup, so that nobody
//! writes between the two; the target is checked again under its locks.

use super::apply::report;
use super::connect::connect_words;
use super::locks::Against;
use super::made::Made;
use super::meanwhile::{Kept, Since, keep_written};
use super::plan::RestorePlan;
use super::record::Restore;
use super::request::{Strategy, TableMode, Writers};
use super::transaction::Work;
use super::{in_place, tables};
use crate::archive::Manifest;
use crate::confirmed::Confirmed;
use crate::engine::Engine;
use crate::proof::{BringBack, Brought};
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::Verdict;
use ledger::job::{JobContext, RestoreReport};
use postgres::fill::Ownership;
use postgres::target::Target;
use postgres::tools::ToolSet;

/// What a restore within one transaction begins with.
pub(super) struct Held<'a> {
    /// What the target has to be.
    pub(super) expected: &'a str,
    /// The transaction, where it is open since before the safety backup.
    pub(super) work: Option<Work<'a>>,
    /// Where writers went on instead: from when on what they committed may be in no backup.
    pub(super) since: Option<Since>,
}

impl Engine {
    /// Opens the transaction of a restore in place, before its safety backup: from here on writers are
    /// blocked. `None` if no row of the target is replaced, or no backup is made.
    ///
    /// # Errors
    /// `lock_timeout`; why the backup or the target cannot be read.
    pub(crate) async fn hold_writers<'a>(
        &self,
        context: &'a JobContext,
        plan: &Confirmed<RestorePlan>,
    ) -> Result<Option<Work<'a>>, Failure> {
        if !plan.waits_for_backup() || plan.writers == Writers::GoOn {
            return Ok(None);
        }
        let (_, manifest) = self.profile.archive.manifest(&plan.backup_id).await?;
        let (target, tools) = self.server_and_tools(context, plan, &manifest).await?;
        let work = Work::begin(&self.profile, context, plan, &manifest, tools, target).await?;
        let tables = counted(work.lock(plan, Against::Writers).await?, "table");
        context.info("snapshot", format!("writers of {tables} wait from here on; readers go on"));
        Ok(Some(work))
    }

    /// In one transaction: everything, or some tables.
    pub(super) async fn restore_within(
        &self,
        context: &JobContext,
        plan: &Confirmed<RestorePlan>,
        manifest: &Manifest,
        begun: Held<'_>,
        restore: &mut Restore,
    ) -> Result<RestoreReport, Failure> {
        if plan.mode == Some(TableMode::Beside) {
            restore.traces.schema.clone_from(&plan.beside);
        }
        let Held { expected, work: held, since } = begun;
        let work = if let Some(work) = held {
            work
        } else {
            let (target, tools) = self.server_and_tools(context, plan, manifest).await?;
            let work = Work::begin(&self.profile, context, plan, manifest, tools, target).await?;
            work.lock(plan, Against::Writers).await?;
            work
        };
        // Nobody else changes these tables any more. What else was changed since the plan, the look finds; and what
        // changes after it, a second glance at the structure before anything is lost.
        let existing = self.look_at_same(plan, expected).await?;
        work.lock(plan, Against::Everybody).await?;
        let (target, tools) = (work.target.clone(), work.tools.clone());
        let kept = match &since {
            Some(since) => keep_written(&work, plan, &existing.schemas, since).await?,
            None => Kept::default(),
        };
        let filled = if plan.strategy == Strategy::InPlace {
            let there = in_place::There {
                schemas: &existing.schemas,
                extensions: &existing.installed,
                digest: &existing.digest,
            };
            in_place::fill(&work, plan, manifest, &there).await
        } else {
            tables::fill(&work, plan).await
        };
        // Dropped with an error, the session ends, and the server undoes all of it.
        let mut brought = filled?;
        restore.traces.written.clone_from(&kept.schema);
        if plan.mode == Some(TableMode::Beside) {
            let made = Made::of(&work, plan).await?;
            (restore.traces.schema_oid, restore.traces.schema_tables) = (Some(made.schema), made.tables);
        }
        work.commit(&self.profile.catalog, restore).await?;
        if plan.strategy == Strategy::InPlace || plan.makes.is_some() {
            brought = self.check_committed(context, plan, manifest, &tools, &target, brought).await;
        }
        let mut report = report(plan, brought);
        report.notes.extend(kept.notes);
        report.connect = connect_words(&target.settings);
        Ok(report)
    }

    /// The checks of every whole restore, or of what a restore made, on what is committed by now: what cannot be
    /// checked is a note.
    async fn check_committed(
        &self,
        context: &JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: &ToolSet,
        target: &Target,
        brought: Brought,
    ) -> Brought {
        // What is made gets its owners and rights as far as the role may give them.
        let gives = plan.makes.is_some();
        let ownership = Ownership { owners: plan.owners || gives, privileges: plan.privileges || gives };
        let (profile, backup_id) = (&*self.profile, plan.backup_id.as_str());
        let bring = BringBack { context, profile, backup_id, manifest, tools, ownership, guest: None };
        let as_compared = brought.clone();
        let checked = if gives {
            bring.check_structure(target, brought).await
        } else {
            bring.check(target, brought).await
        };
        checked.unwrap_or_else(|failure| {
            let note = format!("Beyond its rows it could not be checked: {}.", failure.message);
            context.warn("check", note.clone());
            Brought { verdict: Verdict::Inconclusive, notes: vec![note], ..as_compared }
        })
    }
}
