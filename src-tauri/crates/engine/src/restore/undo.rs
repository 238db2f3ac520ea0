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
use crate::source::postgres::target::{Target, quote_identifier};
use crate::words::{argument_words, counted, moment_words};

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

/// What is to be dropped, as it is found.
pub(super) struct ToDrop {
    /// The server in words.
    server: String,
    /// A plan holds as long as this does not change.
    pub(super) fingerprint: String,
    /// Why it is not dropped.
    blocker: Option<String>,
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

    /// A plan that undoes a restore, or takes away what an interrupted one left. Where that changes a
    /// database, a safety backup comes first, unless there is a reason to do without.
    ///
    /// # Errors
    /// `nothing_to_undo`, `reason_needed`, or why the target cannot be looked at.
    pub async fn plan_undo(
        &self,
        reference: &str,
        no_safety_because: Option<String>,
    ) -> Result<RestorePlan, Failure> {
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
            no_safety_because: no_safety_because.clone(),
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
        let without = match &plan.safety {
            Safety::Declined { reason } => format!(" --no-safety-backup {}", argument_words(reason)),
            _ => String::new(),
        };
        plan.command = format!("holdfast restore undo {}{without} --out plan.json", &restore.id[..8]);
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// A plan that drops the database which a swap, or its undo, kept.
    ///
    /// # Errors
    /// `nothing_to_discard`, or why the target cannot be looked at.
    pub async fn plan_discard(&self, reference: &str) -> Result<RestorePlan, Failure> {
        let (restore, standing) = self.restore_standing(reference).await?;
        let old = restore.traces.old_name.clone().filter(|_| standing.can_discard);
        let Some(old) = old else {
            return Err(Failure::refused("nothing_to_discard", standing.sentence, standing.next));
        };
        let is_restored = restore.plan.strategy == Strategy::SwapBack;
        let what = if is_restored { "the restored database" } else { "the old database" };
        let mut plan = self.plan_drop(&restore, old.clone(), what).await?;
        plan.warnings.push(if is_restored {
            format!("Rows that were written while {old} was in use are in it alone.")
        } else {
            format!("Afterwards the restore cannot be undone from {old}.")
        });
        plan.command = format!("holdfast restore discard {} --out plan.json", &restore.id[..8]);
        plan.keep_until_ms = restore.plan.keep_until_ms;
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
            // What a comparison of keys showed was of the day of the restore.
            restored.map(|table| PlannedTable { act: TableAct::Replace, keys: None, ..table.clone() }).collect();
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
        plan.kept_databases = server
            .databases
            .iter()
            .filter(|name| **name != plan.database && **name != old)
            .cloned()
            .collect();
        plan.beside = Some(super::preview::free_name(&plan.database, "_restored", &server.databases));
        let beside = plan.beside.clone().unwrap_or_default();
        if newer > 0 {
            plan.warnings.push(format!(
                "{} written since the restore stay in {beside}, and are not in {}.",
                counted(newer, "row"),
                plan.database
            ));
        }
        plan.steps = super::describe::end_sessions(&existing);
        plan.steps.push(format!(
            "Change both names in one transaction: {} becomes {beside}, {old} becomes {} again.",
            plan.database, plan.database
        ));
        plan.steps.push(format!("{beside} stays until you discard it."));
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
        let seen = self.look_to_drop(restore, &name).await?;
        plan.target = seen.server;
        plan.fingerprint = seen.fingerprint;
        plan.blockers.extend(seen.blocker);
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

    /// Looks for what a restore made or kept: by its number, since anybody may give its name to another.
    pub(super) async fn look_to_drop(&self, restore: &Restore, name: &str) -> Result<ToDrop, Failure> {
        let target = self.target_of(&restore.plan).await?;
        let server = Server::look(&target.settings, target.password.as_ref()).await?;
        let is_schema = restore.traces.schema.as_deref() == Some(name);
        let asked = if is_schema {
            "select oid from pg_catalog.pg_namespace where nspname = $1"
        } else {
            "select oid from pg_catalog.pg_database where datname = $1"
        };
        let session = target.session().await?;
        let found = session.client.query_opt(asked, &[&name]).await;
        session.close().await;
        let found: Option<u32> = found?.map(|row| row.get(0));
        // The incomplete database of a killed restore has a name that nothing else has.
        let expected = match &restore.traces {
            traces if traces.old_name.as_deref() == Some(name) => traces.old_oid,
            traces if is_schema || traces.incomplete.as_deref() == Some(name) => None,
            traces => traces.new_oid,
        };
        let blocker = match (found, expected) {
            (None, _) => Some(format!("{name} is not there any more.")),
            (Some(found), Some(expected)) if found != expected => Some(format!(
                "{name} is another database than the one of that restore, and is not dropped. Drop it by hand if it is to go."
            )),
            _ => None,
        };
        let number = found.map_or_else(|| "none".to_owned(), |oid| oid.to_string());
        Ok(ToDrop {
            fingerprint: format!("{}, {name} is number {number}", server.fingerprint(name)),
            server: server.words(&target.settings),
            blocker,
        })
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

/// How a restore stands, by what is kept of it.
pub(super) fn stand(restore: &Restore) -> Standing {
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
        RestoreState::Discarded if restore.plan.strategy == Strategy::SwapBack => (
            format!("{database} is as it was before the restore; what was restored is gone."),
            nothing(),
            false,
        ),
        RestoreState::Discarded => {
            (format!("{database} is restored, and what was kept for an undo is gone."), nothing(), false)
        }
    };
    let can_discard = is_done && matches!(restore.plan.strategy, Strategy::Swap | Strategy::SwapBack);
    Standing { state: restore.state, sentence, next, can_undo, can_discard }
}

/// The password of a server that is no project's went with the plan.
fn by_hand(name: &str) -> String {
    format!("If it is not wanted, drop it on that server: drop database {};", quote_identifier(name))
}

fn stand_untouched(restore: &Restore) -> (String, String, bool) {
    let (database, id) = (&restore.plan.database, &restore.id[..8]);
    match restore.traces.incomplete.as_deref() {
        Some(left) if restore.plan.has_own_password => (
            format!("{database} is as it was; an incomplete database {left} may be left beside it."),
            by_hand(left),
            false,
        ),
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
                "{database} is the restored one; the old one is {}{}.",
                traces.old_name.as_deref().unwrap_or("beside it"),
                restore
                    .plan
                    .keep_until_ms
                    .map_or_else(String::new, |until| { format!(", until {}", moment_words(until)) })
            ),
            format!(
                "Undo it with `holdfast restore undo {id}`, or drop the old one with `holdfast restore discard {id}`."
            ),
            true,
        ),
        (Strategy::SwapBack, _) => (
            format!(
                "{database} is as it was before the restore; what was restored is {}.",
                traces.old_name.as_deref().unwrap_or("beside it")
            ),
            format!("Drop what was restored with `holdfast restore discard {id}`."),
            false,
        ),
        (Strategy::NewDatabase, _) if restore.plan.has_own_password => {
            (format!("{database} is restored."), by_hand(database), false)
        }
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
