//! Undoing a restore, discarding what it kept, cleaning up after a killed one: plans like any other.

use super::counts;
use super::database::database_oid;
use super::made::Made;
use super::plan::{PlannedTable, RestorePlan, Safety, TableAct, blank};
use super::record::{Restore, RestoreState};
use super::request::{RestoreRequest, RestoreTarget, Strategy, TableMode, Writers};
use super::rest::is_at_rest;
use super::target::Server;
use crate::engine::Engine;
use crate::project::is_same_role;
use base::Code;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::counted;
use postgres::connection::Settings;
use postgres::target::Target;

/// What is to be dropped, as it is found.
pub(super) struct ToDrop {
    /// The server in words.
    server: String,
    /// A plan holds as long as this does not change.
    pub(super) fingerprint: String,
    /// Its number there.
    number: Option<u32>,
    /// Why it is not dropped.
    blocker: Option<String>,
}

impl Engine {
    /// A plan that undoes a restore, or removes what an interrupted one left. If that changes a database, a
    /// safety backup is made first, unless a reason is given to skip it.
    ///
    /// # Errors
    /// `nothing_to_undo`, `reason_needed`, or why the target cannot be looked at.
    #[crate::boxed]
    pub async fn plan_undo(
        &self,
        reference: &str,
        no_safety_because: Option<String>,
    ) -> Result<RestorePlan, Failure> {
        let (restore, standing) = self.restore_standing(reference).await?;
        if !standing.can_undo {
            return Err(Failure::new(Code::NothingToUndo, standing.sentence, standing.next));
        }
        if restore.state != RestoreState::Done {
            let left = restore.traces.incomplete.clone().unwrap_or_default();
            return self.kept_drop(&restore, left, "the incomplete database").await;
        }
        let (project, backup) = (restore.plan.password_of.clone(), restore.traces.safety_backup.clone());
        let from_safety = |target| RestoreRequest {
            backup: backup.clone().unwrap_or_default(),
            target,
            no_safety_because: no_safety_because.clone(),
            writers: Writers::Wait,
            after: None,
        };
        let mut plan = match (restore.plan.strategy, restore.plan.mode) {
            (Strategy::Swap, _) => return self.plan_swap_back(&restore).await,
            (Strategy::NewDatabase, _) => {
                let name = restore.plan.database.clone();
                return self.kept_drop(&restore, name, "the database").await;
            }
            (Strategy::Tables, Some(TableMode::Beside)) => {
                let schema = restore.traces.schema.clone().unwrap_or_default();
                return self.kept_drop(&restore, schema, "the schema").await;
            }
            (Strategy::InPlace, _) => self.make_plan(from_safety(RestoreTarget::InPlace { project })).await?,
            _ => {
                let tables = restore.plan.tables.iter().map(super::preview::full_name).collect();
                let target = RestoreTarget::Tables { project, tables, mode: TableMode::Replace };
                self.make_plan(from_safety(target)).await?
            }
        };
        plan.restore_id = Some(restore.id.clone());
        plan.act = format!("Undo: {}", plan.act);
        let no_safety_because = match &plan.safety {
            Safety::Declined { reason } => Some(reason.clone()),
            _ => None,
        };
        plan.command = Command::RestoreUndo { restore: restore.id[..8].to_owned(), no_safety_because }.into();
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// A plan that drops the database which a swap, or its undo, kept.
    ///
    /// # Errors
    /// `nothing_to_discard`, or why the target cannot be looked at.
    #[crate::boxed]
    pub async fn plan_discard(&self, reference: &str) -> Result<RestorePlan, Failure> {
        let (restore, standing) = self.restore_standing(reference).await?;
        let old = restore.traces.old_name.clone().filter(|_| standing.can_discard);
        let Some(old) = old else {
            return Err(Failure::new(Code::NothingToDiscard, standing.sentence, standing.next));
        };
        let is_restored = restore.plan.strategy == Strategy::SwapBack;
        let what = if is_restored { "the restored database" } else { "the old database" };
        let mut plan = self.plan_drop(&restore, old.clone(), what).await?;
        plan.warnings.push(if is_restored {
            format!("Rows that were written while {old} was in use are in it alone.")
        } else {
            format!("Afterwards the restore cannot be undone from {old}.")
        });
        plan.command = Command::about(About::RestoreDiscard, &restore.id[..8]).into();
        plan.keep_until_ms = restore.plan.keep_until_ms;
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    async fn plan_swap_back(&self, restore: &Restore) -> Result<RestorePlan, Failure> {
        let mut plan = self.plan_on(restore, Strategy::SwapBack).await?;
        let old = restore.traces.old_name.clone().unwrap_or_default();
        let project = self.profile.project(plan.password_of.as_deref().unwrap_or_default()).await?;
        // What is looked at is what is changed: the numbers of the databases say whether that is still the one.
        plan.connection.clone_from(&project.connection);
        let (server, existing, target) = self.look_at(&project).await?;
        match database_oid(&target, &old).await? {
            None => plan.blockers.push(format!("The old database {old} is not there any more.")),
            oid if restore.traces.old_oid.is_some() && oid != restore.traces.old_oid => plan
                .blockers
                .push(format!("{old} is another database than the one that was there before the restore.")),
            Some(_) => {}
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
        plan.target = server.words(project.postgres()?);
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

    async fn kept_drop(&self, restore: &Restore, name: String, what: &str) -> Result<RestorePlan, Failure> {
        let plan = self.plan_drop(restore, name, what).await?;
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// Drops a database, or a schema, that a restore made or kept. The caller keeps the plan.
    async fn plan_drop(&self, restore: &Restore, name: String, what: &str) -> Result<RestorePlan, Failure> {
        let mut plan = self.plan_on(restore, Strategy::Drop).await?;
        let seen = self.look_to_drop(restore, &name).await?;
        plan.target = seen.server;
        plan.fingerprint = seen.fingerprint;
        plan.drops = seen.number;
        plan.blockers.extend(seen.blocker);
        plan.tables = Vec::new();
        plan.steps = if restore.traces.schema.as_deref() == Some(name.as_str()) {
            vec![
                format!("Drop the tables that were restored into {what} {name}, and then that itself."),
                "Nothing else is touched: where anything of others is in it or needs it, nothing is dropped."
                    .into(),
            ]
        } else {
            vec![format!("Drop {what} {name}, with everything in it."), "Nothing else is touched.".into()]
        };
        plan.act = format!("Drop {name}");
        plan.undo = "It cannot be undone.".into();
        plan.warnings = vec![format!("Everything in {name} is gone afterwards.")];
        plan.database = name;
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
        let mut found = number_of(&target, asked, name).await?;
        if found.is_none() {
            // The server may not be done with making it.
            is_at_rest(&target, &restore.id).await;
            found = number_of(&target, asked, name).await?;
        }
        // A restore that was killed may not have come to know the number of its incomplete database, which has a name
        // that nothing else has.
        let expected = match &restore.traces {
            traces if traces.old_name.as_deref() == Some(name) => traces.old_oid,
            traces if is_schema => traces.schema_oid,
            traces => traces.new_oid,
        };
        let mut blocker = match (found, expected) {
            (None, _) => Some(format!("{name} is not there any more.")),
            (Some(found), Some(expected)) if found != expected => Some(format!(
                "{name} is another {} than the one of that restore, and is not dropped. Drop it by hand if it is to go.",
                if is_schema { "schema" } else { "database" }
            )),
            _ => None,
        };
        if let (true, None, Some(schema)) = (is_schema, &blocker, found) {
            let session = target.session().await?;
            let looked = async {
                let made = Made::left(&session, schema, &restore.traces, &restore.plan).await?;
                made.others(&session, name).await
            };
            let others = looked.await;
            session.close().await;
            blocker = others.map_err(postgres::refused)?;
        }
        let number = found.map_or_else(|| "none".to_owned(), |oid| oid.to_string());
        Ok(ToDrop {
            fingerprint: format!("{}, {name} is number {number}", server.fingerprint(name)),
            number: found,
            server: server.words(&target.settings),
            blocker,
        })
    }

    /// An empty plan about the target of a restore.
    async fn plan_on(&self, restore: &Restore, strategy: Strategy) -> Result<RestorePlan, Failure> {
        let (_, manifest) = self.profile.archive.manifest(&restore.plan.backup_id).await?;
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
        plan.command =
            Command::RestoreUndo { restore: restore.id[..8].to_owned(), no_safety_because: None }.into();
        Ok(plan)
    }

    /// Where a plan leads, with the password of its project. That project may be another server's by now: its password
    /// is for the server that it has now, and for no earlier one. Where it is the same one, what protects the way, and
    /// what signs in at its SSH server, is what the project has now.
    pub(super) async fn target_of(&self, plan: &RestorePlan) -> Result<Target, Failure> {
        let connection = plan.connection.clone().ok_or_else(|| {
            Failure::new(
                Code::NothingToUndo,
                "it was restored on this computer",
                "Remove the scratch database.",
            )
        })?;
        self.wake_target(plan).await?;
        let settings = match (&plan.password_of, plan.has_own_password) {
            (Some(project), false) => self.same_server(project, connection).await?,
            _ => connection,
        };
        Ok(Target {
            settings,
            password: self.plan_password(plan).await?,
            application: "holdfast undo".to_owned(),
        })
    }

    async fn same_server(&self, project: &str, then: Settings) -> Result<Settings, Failure> {
        let project = self.profile.project(project).await?;
        match project.connection {
            Some(now) if is_same_role(&then, &now) => Ok(now.with_database(then.database)),
            _ => Err(Failure::new(
                Code::PasswordForNewServer,
                format!(
                    "{} is reached in another way by now: the restore was made at {}",
                    project.name,
                    then.place()
                ),
                "Change the project's connection back, or remove what the restore left with your own tools.",
            )),
        }
    }
}

/// The number of what has this name on the server, if there is one.
async fn number_of(target: &Target, asked: &str, name: &str) -> Result<Option<u32>, Failure> {
    let session = target.session().await?;
    let found = session.client.query_opt(asked, &[&name]).await;
    session.close().await;
    Ok(found.map_err(postgres::refused)?.map(|row| row.get(0)))
}
