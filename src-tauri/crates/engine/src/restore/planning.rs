//! What a restore would do; reads only.

use std::collections::BTreeSet;

use super::ability::warn_of_keys;
use super::plan::{Later, RestorePlan, VALID_MS, blank};
use super::request::{RestoreRequest, RestoreTarget, Strategy, TableMode, Writers};
use super::target::{self, Server};
use crate::archive::{Manifest, not_taken_sentences};
use crate::engine::Engine;
use crate::proof::{self, Place, Selection, planned, planned_words};
use base::Code;
use base::clock::now_ms;
use base::command::{self, Command, RestoreTo, TableWay};
use base::disk;
use base::failure::Failure;
use base::secret::Secret;
use base::words::{bytes_words, moment_words};
use ledger::audit::Act;
use ledger::catalog::BackupRecord;
use postgres::cluster::Wall;
use postgres::connection::Settings;

impl Engine {
    /// Plans a restore.
    ///
    /// # Errors
    /// Why the backup or the target cannot be looked at. What forbids the restore itself is in the plan.
    #[crate::boxed]
    pub async fn plan_restore(&self, request: RestoreRequest) -> Result<RestorePlan, Failure> {
        let plan = self.make_plan(request).await?;
        self.keep_plan(&plan).await?;
        Ok(plan)
    }

    /// The same, for a caller that has more to say in it, and then keeps it.
    pub(super) async fn make_plan(&self, request: RestoreRequest) -> Result<RestorePlan, Failure> {
        self.sweep_plans().await?;
        let record = self.profile.archive.find(&request.backup).await?;
        let (_, manifest) = self.profile.archive.manifest(&record.id).await?;
        let manifest = &manifest;
        let standing = self.profile.catalog.standings(&[&record.id]).await?.remove(&record.id);
        let standing = standing.ok_or_else(|| Failure::not_found(Code::BackupNotFound, &request.backup))?;
        // Before anything else: without a database there is nothing that could be planned.
        manifest.dump()?;
        let mut plan = blank(&record.id, manifest, standing.level);
        plan.project_id.clone_from(&record.project_id);
        plan.project = standing.project;
        warn_about_the_backup(&mut plan, manifest);
        if request.backup.ends_with("@latest") {
            plan.warnings.extend(manifest.safety_words());
        }
        plan.after = self.later_backup(&request, &record, &mut plan).await?;
        let command = self.as_typed(&request, &plan).await?;
        match request.target {
            RestoreTarget::Scratch => self.plan_scratch(&mut plan, manifest).await?,
            RestoreTarget::NewDatabase { name, project } => {
                let project = self.profile.project(project.as_deref().unwrap_or(&plan.project_id)).await?;
                self.wake(&project).await?;
                let password = self.profile.password(&project).await?;
                plan.database = name;
                plan.target_label = Some(project.label.as_str().into());
                plan.password_of = Some(project.id.clone());
                let connection = project.postgres()?.clone();
                self.plan_server(&mut plan, manifest, connection, password).await?;
            }
            RestoreTarget::OtherServer { name, connection, password } => {
                plan.database = name;
                plan.has_own_password = password.as_ref().is_some_and(|password| !password.is_empty());
                self.plan_server(&mut plan, manifest, *connection, password.clone()).await?;
                if let Some(password) = password.filter(|password| !password.is_empty()) {
                    self.profile.secrets.put(&target::plan_password(&plan.id), &password).await?;
                }
            }
            existing => {
                plan.writers = request.writers;
                self.plan_existing(&mut plan, manifest, existing, request.no_safety_because).await?;
            }
        }
        if request.writers == Writers::GoOn && !plan.waits_for_backup() {
            return Err(Failure::invalid(
                "nobody waits for a safety backup in such a restore",
                "Leave --let-writers-write away; it is for rows that are replaced where they are, after a safety backup.",
            ));
        }
        if !manifest.is_trusted() && plan.strategy != Strategy::Scratch {
            plan.warnings.push("This backup came as a file that nobody vouches for. Whatever functions, triggers and defaults are in it run on that server with the rights of the role that restores.".into());
        }
        self.plan_recovery_steps(&mut plan).await?;
        plan.command = command.into();
        let place = if plan.strategy == Strategy::Scratch { Place::Private } else { Place::Running };
        plan.estimate = Some(self.estimate(&plan.project_id, plan.size_bytes, place).await?);
        Ok(plan)
    }

    /// The backup made after the damage: of the same project, and later.
    async fn later_backup(
        &self,
        request: &RestoreRequest,
        before: &BackupRecord,
        plan: &mut RestorePlan,
    ) -> Result<Option<Later>, Failure> {
        let later = match (&request.after, request.target.mode()) {
            (None, Some(TableMode::Merge)) => {
                return Err(Failure::invalid(
                    "a merge needs a backup that was made after the damage, too",
                    "Name it with --after: what was deleted or changed between the two backups is taken back.",
                ));
            }
            (Some(_), mode) if mode != Some(TableMode::Merge) => {
                return Err(Failure::invalid(
                    "a second backup is for a merge alone",
                    "Leave --after away, or say --merge.",
                ));
            }
            (None, _) => return Ok(None),
            (Some(later), _) => self.profile.archive.find(later).await?,
        };
        let (_, manifest) = self.profile.archive.manifest(&later.id).await?;
        manifest.dump()?;
        if later.project_id != before.project_id {
            return Err(Failure::invalid(
                "the second backup is one of another project",
                "Choose one of the same project that was made after the damage.",
            ));
        }
        if manifest.moment_at_ms <= plan.at_ms {
            return Err(Failure::invalid(
                format!(
                    "the second backup is of {}, and not later than the first, of {}",
                    moment_words(manifest.moment_at_ms),
                    moment_words(plan.at_ms)
                ),
                "The backup that is restored is the one from before the damage; --after names one that was made after it.",
            ));
        }
        let standing = self.profile.catalog.standings(&[&later.id]).await?.remove(&later.id);
        if standing.is_none_or(|standing| standing.level.is_none()) {
            plan.warnings.push("The later backup is not proven on this computer. It decides what counts as damage; verify it first.".into());
        }
        if !manifest.is_trusted() {
            plan.warnings.push(
                "The later backup came as a file that nobody vouches for. It decides what counts as damage."
                    .into(),
            );
        }
        if manifest.artifact.as_ref().is_some_and(|artifact| artifact.made_at_ms.is_none()) {
            plan.warnings.push(
                "When the later backup was made is not known; it counts from the time of its file.".into(),
            );
        }
        if let Some(why) = &manifest.held_back {
            plan.blockers.push(format!("The later backup is not whole: {why}. Choose another one."));
        }
        Ok(Some(Later { backup_id: later.id, at_ms: manifest.moment_at_ms }))
    }

    /// The command line that makes the same plan; it has the project's name, even if the request had its id.
    async fn as_typed(&self, request: &RestoreRequest, plan: &RestorePlan) -> Result<Command, Failure> {
        let on = async |project: &Option<String>| {
            let reference = project.as_deref().unwrap_or(&plan.project_id);
            Ok::<_, Failure>(Some(self.profile.project(reference).await?.name))
        };
        let to = match &request.target {
            RestoreTarget::Scratch => RestoreTo::Scratch,
            RestoreTarget::NewDatabase { name, project } => {
                RestoreTo::NewDatabase { name: name.clone(), on: on(project).await? }
            }
            RestoreTarget::OtherServer { name, connection, password } => RestoreTo::OtherServer {
                name: name.clone(),
                url: connection.redacted_url(),
                has_password: password.as_ref().is_some_and(|password| !password.is_empty()),
            },
            RestoreTarget::Swap { project, keep_days } => {
                RestoreTo::Swap { on: on(project).await?, keep_days: *keep_days }
            }
            RestoreTarget::InPlace { project } => RestoreTo::InPlace { on: on(project).await? },
            RestoreTarget::Tables { project, tables, mode } => {
                RestoreTo::Tables { on: on(project).await?, tables: tables.clone(), way: way_of(*mode) }
            }
            RestoreTarget::AllRows { project, mode, makes } => {
                RestoreTo::AllRows { on: on(project).await?, way: way_of(*mode), makes: *makes }
            }
        };
        Ok(Command::RestorePlan(command::RestorePlan {
            backup: plan.backup_id[..8].to_owned(),
            to,
            no_safety_because: request.no_safety_because.clone(),
            lets_writers_write: request.writers == Writers::GoOn,
            after: plan.after.as_ref().map(|later| later.backup_id[..8].to_owned()),
            out: "plan.json".to_owned(),
        }))
    }

    /// Stores a plan, so that what was shown is what is applied, and that it was made.
    pub(super) async fn keep_plan(&self, plan: &RestorePlan) -> Result<(), Failure> {
        let body = serde_json::to_string(plan)
            .map_err(|error| Failure::invalid(error.to_string(), "Plan it again."))?;
        self.profile.catalog.put_plan(&plan.id, &body, plan.made_at_ms).await?;
        self.audit(Act::RestorePlanned, &plan.subject(), plan.audited()).await
    }

    async fn plan_server(
        &self,
        plan: &mut RestorePlan,
        manifest: &Manifest,
        connection: Settings,
        password: Option<Secret>,
    ) -> Result<(), Failure> {
        let server = Server::look(&connection, password.as_ref()).await?;
        let tools = self.profile.tools().await?;
        if let Err(error) = tools.for_restore(manifest.tool_major()?, server.major) {
            plan.blockers.push(format!("{error}. {}", error.hint()));
        }
        server.judge_name(plan);
        server.judge(plan, manifest);
        server.judge_settings(plan, manifest);
        server.judge_extensions(plan, manifest, &[]);
        let access = proof::stored_access(&self.profile, &plan.backup_id, manifest).await?;
        server.judge_rights(plan, access.as_deref());
        plan.fingerprint = server.fingerprint(&plan.database);
        plan.target = server.words(&connection);
        plan.kept_databases.clone_from(&server.databases);
        plan.steps = vec![
            format!("Create the database {} on {}.", plan.database, connection.host_words()),
            "Make schemas, types, tables and functions from the archive's table of contents.".into(),
            format!(
                "Load {} from the vault into {} tables, the largest first; nothing is written to this disk.",
                bytes_words(plan.size_bytes),
                plan.tables.len()
            ),
            "Set sequences, build indexes, constraints and triggers.".into(),
            "Compare rows and fingerprints of every table with the manifest.".into(),
            "If any step fails, the new database is dropped again; no other database is touched.".into(),
        ];
        plan.undo = format!("Drop the database {}; no other database is touched.", plan.database);
        plan.act = format!("Create the database {}", plan.database);
        plan.connection = Some(connection);
        Ok(())
    }

    async fn plan_scratch(&self, plan: &mut RestorePlan, manifest: &Manifest) -> Result<(), Failure> {
        plan.strategy = Strategy::Scratch;
        plan.database.clone_from(&manifest.dump()?.name);
        // Who is not trusted restores as a guest, who cannot give anything away.
        plan.owners = manifest.is_trusted();
        plan.privileges = plan.owners;
        if !plan.owners {
            plan.warnings.push("It came as a file that nobody vouches for: owners and rights are left out, and nothing in it runs as a superuser. Import it with --trusted to bring all of it back.".into());
        }
        let tools = self.profile.tools().await?;
        match tools.for_cluster(manifest.server_major()?) {
            Ok(tools) => {
                plan.target = format!("a private Postgres {} on this computer", tools.version);
                let tools = tools.clone();
                let known = tokio::task::spawn_blocking(move || tools.extensions()).await.ok().flatten();
                judge_extensions_here(plan, manifest, known.as_ref());
            }
            Err(error) => {
                plan.target = "a private Postgres on this computer".into();
                plan.blockers.push(format!("{error}. {}", error.hint()));
            }
        }
        plan.fingerprint = "scratch".into();
        plan.undo = "Remove the scratch database; it is on this computer alone.".into();
        plan.act = "Restore to look inside".into();
        plan.wall = tokio::task::spawn_blocking(Wall::here).await.ok();
        plan.warnings.extend(plan.wall.as_ref().and_then(Wall::warning));
        plan.free_bytes = disk::free_bytes(&self.profile.home).ok();
        if plan.free_bytes.is_some_and(|free| free < plan.needed_bytes) {
            plan.blockers.push(format!(
                "It needs about {}, and {} are free.",
                bytes_words(plan.needed_bytes),
                bytes_words(plan.free_bytes.unwrap_or(0))
            ));
        }
        plan.warnings.push("The data lies unencrypted in a private folder on this computer until you remove the scratch database.".into());
        plan.steps = vec![
            made(plan.wall.as_ref()),
            "Make the roles that the archive names, without passwords.".into(),
            format!("Restore {} with {} tables into it.", plan.database, plan.tables.len()),
            "Compare rows and fingerprints of every table with the manifest.".into(),
        ];
        Ok(())
    }

    /// Forgets plans that ran out, and the passwords that were kept for them.
    async fn sweep_plans(&self) -> Result<(), Failure> {
        for (id, body) in self.profile.catalog.plans_before(now_ms() - VALID_MS).await? {
            if serde_json::from_str::<RestorePlan>(&body).is_ok_and(|plan| plan.has_own_password) {
                self.profile.secrets.remove(&target::plan_password(&id)).await?;
            }
            self.profile.catalog.remove_plan(&id).await?;
        }
        Ok(())
    }

    /// A plan that was made before.
    ///
    /// # Errors
    /// `plan_not_found`.
    #[crate::boxed]
    pub async fn restore_plan(&self, id: &str) -> Result<(RestorePlan, Option<i64>), Failure> {
        let missing = || {
            Failure::new(
                Code::PlanNotFound,
                format!("there is no plan {id:?} in this profile"),
                "Plan the restore again.",
            )
        };
        let (body, applied) = self.profile.catalog.plan(id).await?.ok_or_else(missing)?;
        Ok((serde_json::from_str(&body).map_err(|_| missing())?, applied))
    }
}

fn way_of(mode: TableMode) -> TableWay {
    match mode {
        TableMode::Beside => TableWay::Beside,
        TableMode::Replace => TableWay::Replace,
        TableMode::MissingRows => TableWay::MissingRows,
        TableMode::Merge => TableWay::Merge,
    }
}

/// What a private server lacks it stands in for, where it is known what needs it.
fn judge_extensions_here(plan: &mut RestorePlan, manifest: &Manifest, known: Option<&BTreeSet<String>>) {
    let Some(known) = known else { return };
    if manifest.is_trusted() && !manifest.extension_parts.is_empty() {
        let limits = planned(&manifest.extension_parts, known, &Selection::Everything);
        plan.warnings.extend(planned_words(&limits, "this computer"));
        return;
    }
    let needed = manifest.extensions.iter().filter_map(|extension| extension.split(' ').next());
    let missing: Vec<&str> = needed.filter(|name| !known.contains(*name)).collect();
    if !missing.is_empty() {
        plan.blockers.push(format!(
            "Extensions are not on this computer, and the backup does not say what needs them: {}. Install them, or make another backup.",
            missing.join(", ")
        ));
    }
}

/// The first step of a look inside: what the server is made as.
fn made(wall: Option<&Wall>) -> String {
    let kept = match wall.map(|wall| (wall, wall.fact().1.unwrap_or_default())) {
        Some((Wall::Whole, said)) => format!(", walled in by the system ({said})"),
        Some((Wall::Partly { .. }, said)) => format!(", walled in by the system in part ({said})"),
        Some((Wall::None { .. }, _)) | None => String::new(),
    };
    format!("Make a private Postgres on this computer that nobody else can reach{kept}.")
}

fn warn_about_the_backup(plan: &mut RestorePlan, manifest: &Manifest) {
    warn_of_keys(plan, manifest);
    plan.warnings.extend(manifest.not_taken().into_iter().flat_map(not_taken_sentences));
    match plan.level {
        None => plan.warnings.push("This backup is not proven on this computer. Verify it first, or rely on the checks after the restore.".into()),
        Some(1) => plan.warnings.push("Only the bytes of this backup are proven, not that it is readable.".into()),
        Some(_) => {}
    }
    if let Some(why) = manifest.database.as_ref().and_then(|database| database.uncounted.as_ref()) {
        plan.blockers.push(format!("This dump could not be counted ({why}); restore it by hand with pg_restore, as the recovery kit shows."));
    }
}
