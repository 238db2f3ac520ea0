//! Undoing a restore, discarding what it kept, tidying up after one that was killed: plans like any other.

use super::around::with_steps;
use super::counts;
use super::existing::maintenance;
use super::plan::{PlannedTable, RestorePlan, Safety, TableAct, blank};
use super::record::{Restore, RestoreState};
use super::request::{RestoreRequest, RestoreTarget, Strategy, TableMode};
use super::swap::{has_swapped, name_of};
use super::target::Server;
use super::transaction::committed_after_all;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::source::postgres::target::Target;
use crate::words::counted;

/// What a restore stands at, as the server says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How it stands.
    pub state: RestoreState,
    /// In a sentence.
    pub sentence: String,
    /// What can be done next, in a sentence.
    pub next: String,
    /// Whether an undo can be planned.
    pub can_undo: bool,
    /// Whether what was kept for an undo can be discarded.
    pub can_discard: bool,
}

impl Engine {
    /// How a restore stands. Where only the server knows, it is asked.
    ///
    /// # Errors
    /// `restore_not_found`; when the catalogue cannot be read.
    pub async fn restore_standing(&self, reference: &str) -> Result<(Restore, Standing), Failure> {
        let mut restore = self.restore(reference).await?;
        let is_running = self.profile.catalog.open_jobs().await?.iter().any(|job| job.id == restore.id);
        if is_running {
            let standing = Standing {
                state: restore.state,
                sentence: "It is running.".into(),
                next: format!("Follow it: `holdfast job show {}`.", &restore.id[..8]),
                can_undo: false,
                can_discard: false,
            };
            return Ok((restore, standing));
        }
        let happened = match restore.state {
            RestoreState::Switching => self.ask_what_happened(&restore).await,
            _ => None,
        };
        if let Some(happened) = happened {
            let state = if happened { RestoreState::Done } else { RestoreState::Failed };
            restore.note(&self.profile.catalog, state).await?;
        }
        let standing = with_steps(stand(&restore), &mut restore);
        Ok((restore, standing))
    }

    /// Whether a restore whose process died at the one moment that matters was carried out. Nothing where
    /// its server cannot be asked.
    async fn ask_what_happened(&self, restore: &Restore) -> Option<bool> {
        let target = match self.target_of(&restore.plan).await {
            Ok(target) => target,
            Err(failure) => {
                tracing::info!(%failure, "the target of a restore cannot be asked");
                return None;
            }
        };
        match restore.plan.strategy {
            Strategy::Swap | Strategy::SwapBack => {
                let server = maintenance(&target).await.unwrap_or(target);
                has_swapped(&server, restore).await
            }
            Strategy::NewDatabase => {
                let name = name_of(&target, restore.traces.new_oid?).await?;
                Some(name.as_deref() == Some(restore.plan.database.as_str()))
            }
            _ => committed_after_all(&target, restore).await,
        }
    }

    /// A plan that undoes a restore, or takes away what an interrupted one left.
    ///
    /// # Errors
    /// `nothing_to_undo`, or why the target cannot be looked at.
    pub async fn plan_undo(&self, reference: &str) -> Result<RestorePlan, Failure> {
        let (restore, standing) = self.restore_standing(reference).await?;
        if !standing.can_undo {
            return Err(Failure::refused("nothing_to_undo", standing.sentence, standing.next));
        }
        if restore.state != RestoreState::Done {
            let left = restore.traces.incomplete.clone().unwrap_or_default();
            return self.plan_drop(&restore, left, "the incomplete database").await;
        }
        let (project, backup) = (restore.plan.password_of.clone(), restore.traces.safety_backup.clone());
        let from_safety = |target| RestoreRequest {
            backup: backup.clone().unwrap_or_default(),
            target,
            no_safety_because: None,
        };
        let mut plan = match (restore.plan.strategy, restore.plan.mode) {
            (Strategy::Swap, _) => return self.plan_swap_back(&restore).await,
            (Strategy::NewDatabase, _) => {
                let name = restore.plan.database.clone();
                return self.plan_drop(&restore, name, "the database").await;
            }
            (Strategy::Tables, Some(TableMode::Beside)) => {
                let schema = restore.traces.schema.clone().unwrap_or_default();
                return self.plan_drop(&restore, schema, "the schema").await;
            }
            (Strategy::InPlace, _) => {
                self.plan_restore(from_safety(RestoreTarget::InPlace { project })).await?
            }
            _ => {
                let tables = restore.plan.tables.iter().map(super::preview::full_name).collect();
                let target = RestoreTarget::Tables { project, tables, mode: TableMode::Replace };
                self.plan_restore(from_safety(target)).await?
            }
        };
        plan.restore_id = Some(restore.id.clone());
        plan.act = format!("Undo: {}", plan.act);
        plan.command = format!("holdfast restore undo {} --out plan.json", &restore.id[..8]);
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// A plan that drops the old database which a swap kept.
    ///
    /// # Errors
    /// `nothing_to_discard`, or why the target cannot be looked at.
    pub async fn plan_discard(&self, reference: &str) -> Result<RestorePlan, Failure> {
        let (restore, standing) = self.restore_standing(reference).await?;
        let old = restore.traces.old_name.clone().filter(|_| standing.can_discard);
        let Some(old) = old else {
            return Err(Failure::refused("nothing_to_discard", standing.sentence, standing.next));
        };
        let mut plan = self.plan_drop(&restore, old.clone(), "the old database").await?;
        plan.warnings.push(format!("Afterwards the restore cannot be undone from {old}."));
        plan.command = format!("holdfast restore discard {} --out plan.json", &restore.id[..8]);
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    async fn plan_swap_back(&self, restore: &Restore) -> Result<RestorePlan, Failure> {
        let mut plan = self.plan_on(restore, Strategy::SwapBack).await?;
        let old = restore.traces.old_name.clone().unwrap_or_default();
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        let (server, existing, target) = self.look_at(&project).await?;
        if !server.databases.contains(&old) {
            plan.blockers.push(format!("The old database {old} is not there any more."));
        }
        if restore.traces.new_oid.is_some_and(|oid| oid != existing.identity.oid) {
            plan.blockers.push(format!("{} is not the database that was restored.", plan.database));
        }
        let restored = restore.plan.tables.iter().filter(|table| table.rows.is_some());
        plan.tables =
            restored.map(|table| PlannedTable { act: TableAct::Replace, ..table.clone() }).collect();
        counts::count_now(&mut plan, &existing, &target).await?;
        let newer: u64 = plan
            .tables
            .iter()
            .map(|table| table.rows_now.unwrap_or(0).saturating_sub(table.rows.unwrap_or(0)))
            .sum();
        plan.fingerprint = existing.fingerprint();
        plan.target = server.words(&project.connection);
        plan.target_label = Some(project.label.as_str().into());
        plan.ends_connections = !existing.identity.connections.is_empty();
        plan.beside = Some(super::preview::beside_name(&format!("{}_restored", plan.database)));
        let beside = plan.beside.clone().unwrap_or_default();
        if newer > 0 {
            plan.warnings.push(format!(
                "{} written since the restore stay in {beside}, and are not in {}.",
                counted(newer, "row"),
                plan.database
            ));
        }
        plan.steps = vec![
            format!(
                "End {}, with your consent.",
                counted(existing.identity.connections.len() as u64, "session")
            ),
            format!(
                "Change both names in one transaction: {} becomes {beside}, {old} becomes {} again.",
                plan.database, plan.database
            ),
            format!("{beside} stays until you drop it."),
        ];
        plan.undo = format!("Restore again; {beside} holds what was restored.");
        plan.act = format!("Put {} back as it was", plan.database);
        plan.identity = Some(existing.identity);
        self.plan_recovery_steps(&mut plan).await?;
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// Drops a database, or a schema, that a restore made or kept.
    async fn plan_drop(&self, restore: &Restore, name: String, what: &str) -> Result<RestorePlan, Failure> {
        let mut plan = self.plan_on(restore, Strategy::Drop).await?;
        let target = self.target_of(&restore.plan).await?;
        let server = Server::look(&target.settings, target.password.as_ref()).await?;
        plan.target = server.words(&target.settings);
        plan.fingerprint = server.fingerprint(&name);
        plan.tables = Vec::new();
        plan.steps =
            vec![format!("Drop {what} {name}, with everything in it."), "Nothing else is touched.".into()];
        plan.act = format!("Drop {name}");
        plan.undo = "It cannot be undone.".into();
        plan.warnings = vec![format!("Everything in {name} is gone afterwards.")];
        plan.database = name;
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// An empty plan about the target of a restore.
    async fn plan_on(&self, restore: &Restore, strategy: Strategy) -> Result<RestorePlan, Failure> {
        let (_, manifest) = self.load_manifest(&restore.plan.backup_id).await?;
        let mut plan = blank(&restore.plan.backup_id, &manifest, None);
        plan.strategy = strategy;
        plan.restore_id = Some(restore.id.clone());
        plan.safety = Safety::NotNeeded;
        plan.needed_bytes = 0;
        plan.size_bytes = 0;
        let of = &restore.plan;
        plan.project_id.clone_from(&of.project_id);
        plan.project.clone_from(&of.project);
        plan.database.clone_from(&of.database);
        plan.connection.clone_from(&of.connection);
        plan.password_of.clone_from(&of.password_of);
        plan.target_label.clone_from(&of.target_label);
        plan.mode = of.mode;
        plan.command = format!("holdfast restore undo {} --out plan.json", &restore.id[..8]);
        Ok(plan)
    }

    /// Where a plan leads, with the password of its project.
    pub(super) async fn target_of(&self, plan: &RestorePlan) -> Result<Target, Failure> {
        let connection = plan.connection.clone().ok_or_else(|| {
            Failure::refused(
                "nothing_to_undo",
                "it was restored on this computer",
                "Remove the scratch database.",
            )
        })?;
        self.wake_target(plan).await?;
        Ok(Target {
            settings: connection,
            password: self.plan_password(plan).await?,
            application: "holdfast undo".to_owned(),
        })
    }
}

fn stand(restore: &Restore) -> Standing {
    let (database, id) = (&restore.plan.database, &restore.id[..8]);
    let is_done = restore.state == RestoreState::Done;
    let nothing = || "Nothing has to be done.".to_owned();
    let (sentence, next, can_undo) = match restore.state {
        RestoreState::Preparing | RestoreState::Failed => stand_untouched(restore),
        RestoreState::Switching => (
            format!(
                "Whether {database} was changed could not be asked: its server does not answer, or does not know any more."
            ),
            format!("Ask again when it can be reached: `holdfast restore show {id}`."),
            false,
        ),
        RestoreState::Done => stand_done(restore),
        RestoreState::Undone => (format!("It was undone; {database} is as it was before."), nothing(), false),
        RestoreState::Discarded => {
            (format!("{database} is restored, and what was kept for an undo is gone."), nothing(), false)
        }
    };
    let can_discard = is_done && restore.plan.strategy == Strategy::Swap;
    Standing { state: restore.state, sentence, next, can_undo, can_discard }
}

fn stand_untouched(restore: &Restore) -> (String, String, bool) {
    let (database, id) = (&restore.plan.database, &restore.id[..8]);
    match restore.traces.incomplete.as_deref() {
        Some(left) => (
            format!("{database} is as it was; an incomplete database {left} may be left beside it."),
            format!("Take it away: `holdfast restore undo {id}`. Or plan the restore again."),
            true,
        ),
        None => (format!("{database} is as it was."), "Plan the restore again.".into(), false),
    }
}

fn stand_done(restore: &Restore) -> (String, String, bool) {
    let (database, id, traces) = (&restore.plan.database, &restore.id[..8], &restore.traces);
    match (restore.plan.strategy, restore.plan.mode) {
        (Strategy::Swap, _) => (
            format!(
                "{database} is the restored one; the old one is {}.",
                traces.old_name.as_deref().unwrap_or("beside it")
            ),
            format!(
                "Undo it with `holdfast restore undo {id}`, or drop the old one with `holdfast restore discard {id}`."
            ),
            true,
        ),
        (Strategy::NewDatabase, _) => (
            format!("{database} is restored."),
            format!("Drop it again with `holdfast restore undo {id}`."),
            true,
        ),
        (Strategy::Tables, Some(TableMode::Beside)) => (
            format!(
                "The tables are in the schema {} of {database}.",
                traces.schema.as_deref().unwrap_or_default()
            ),
            format!("Drop them again with `holdfast restore undo {id}`."),
            true,
        ),
        (Strategy::InPlace | Strategy::Tables, _) if traces.safety_backup.is_some() => (
            format!("{database} is restored."),
            format!("Undo it from the safety backup with `holdfast restore undo {id}`."),
            true,
        ),
        (Strategy::InPlace | Strategy::Tables, _) => (
            format!("{database} is restored."),
            "It cannot be undone: no safety backup was made.".into(),
            false,
        ),
        (Strategy::Scratch, _) => (
            format!("{database} is restored on this computer, to look inside."),
            "Remove it with `holdfast scratch remove` when you have seen enough.".into(),
            false,
        ),
        _ => (format!("{}: done.", restore.plan.act), "Nothing has to be done.".into(), false),
    }
}
