//! What a restore would do; reads only. A plan carries a fingerprint of what it saw, and a validity.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::existing::Identity;
use super::request::{RestoreRequest, RestoreTarget, Strategy, TableMode};
use super::target::{self, Server};
use crate::archive::Manifest;
use crate::audit::Act;
use crate::catalog::ProofLevel;
use crate::clock::now_ms;
use crate::disk;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::proof::{Estimate, Place};
use crate::secret::Secret;
use crate::source::postgres::connection::Settings;
use crate::source::postgres::remedy::Remedy;
use crate::steps::RecoveryStep;
use crate::words::{argument_words, bytes_words};

/// A server changes; what was seen longer ago than this has to be looked at again.
const VALID_MS: i64 = 60 * 60 * 1000;
/// Indexes take space too; what a dump needs on the server's disk is about this many times its size.
const SPACE_FACTOR: u64 = 2;

/// A plan, as it is stored and shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own, as stored")]
pub struct RestorePlan {
    /// Id.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// Its project's id and name.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// The moment that comes back.
    pub at_ms: i64,
    /// How far the backup is proven: 1 to 3.
    pub level: Option<u8>,
    /// How it is done.
    pub strategy: Strategy,
    /// The database that will be created.
    pub database: String,
    /// The server, where it exists already: how it is reached.
    pub connection: Option<Settings>,
    /// Project whose password opens it; absent with a `connection` means a password of the plan's own.
    pub password_of: Option<String>,
    /// Whether the plan has a password of its own in the keychain.
    pub has_own_password: bool,
    /// The target in words.
    pub target: String,
    /// Label of the target's project.
    pub target_label: Option<String>,
    /// What the target was when the plan was made.
    pub fingerprint: String,
    /// Tables that will be created.
    pub tables: Vec<PlannedTable>,
    /// Rows in them.
    pub rows: Option<u64>,
    /// Bytes of the dump.
    pub size_bytes: u64,
    /// Space needed.
    pub needed_bytes: u64,
    /// Space free, where it can be known.
    pub free_bytes: Option<u64>,
    /// Databases of that server that are left alone.
    pub kept_databases: Vec<String>,
    /// Whether objects get their owners back.
    pub owners: bool,
    /// Whether rights are granted again.
    pub privileges: bool,
    /// The steps as sentences.
    pub steps: Vec<String>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
    /// What forbids to apply it.
    pub blockers: Vec<String>,
    /// SQL for those of them that a statement takes away; each sentence stands there too.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// When it was made.
    pub made_at_ms: i64,
    /// Until when it can be applied.
    pub valid_until_ms: i64,
    /// The equivalent command line.
    pub command: String,
    /// The database that is there already, where the restore changes one.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What becomes of tables that are there, where only some are restored.
    #[serde(default)]
    pub mode: Option<TableMode>,
    /// Under which name the old database stays after a swap, or the schema of tables beside the old ones.
    #[serde(default)]
    pub beside: Option<String>,
    /// When the old database of a swap goes by itself, as was agreed; absent means never.
    #[serde(default)]
    pub keep_until_ms: Option<i64>,
    /// The backup that is made before.
    #[serde(default)]
    pub safety: Safety,
    /// Whether sessions of others have to be ended, which needs a consent of its own.
    #[serde(default)]
    pub ends_connections: bool,
    /// How it can be undone, as a sentence.
    #[serde(default)]
    pub undo: String,
    /// What the button says: `Replace 41 tables in shop`.
    #[serde(default)]
    pub act: String,
    /// The restore that this one undoes or tidies up.
    #[serde(default)]
    pub restore_id: Option<String>,
    /// What the target's project wants done before and after, in order; their sentences are in `steps`.
    #[serde(default)]
    pub recovery_steps: Vec<RecoveryStep>,
    /// How long it would take until everything is loaded and checked, a safety backup not counted; absent
    /// where nothing is loaded.
    #[serde(default)]
    pub estimate: Option<Estimate>,
}

/// The backup before a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Safety {
    /// There is nothing that could be lost.
    #[default]
    NotNeeded,
    /// One is made first; if it fails, the restore does not start.
    Planned {
        /// Name of the project that it belongs to.
        project: String,
    },
    /// A person declined it.
    Declined {
        /// Why.
        reason: String,
    },
}

/// One table of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedTable {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows in the backup; absent when it is not in it.
    pub rows: Option<u64>,
    /// Bytes in the dump.
    pub bytes: u64,
    /// What becomes of it.
    #[serde(default)]
    pub act: TableAct,
    /// Rows in it now, where it is there.
    #[serde(default)]
    pub rows_now: Option<u64>,
    /// Whether `rows_now` is the server's estimate.
    #[serde(default)]
    pub is_estimate: bool,
    /// What a comparison of its keys showed, where one was made.
    #[serde(default)]
    pub keys: Option<KeyDifference>,
}

/// What becomes of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableAct {
    /// It is not there, and will be.
    #[default]
    Create,
    /// Its rows become those of the backup.
    Replace,
    /// Rows are added to it.
    Add,
    /// It is not in the backup, and stays.
    Keep,
    /// It is not in the backup, and will not be there.
    Delete,
}

/// Rows by their keys: in the backup against now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDifference {
    /// In the backup alone: they come back.
    pub back: u64,
    /// There now alone: they would be lost.
    pub lost: u64,
    /// In both, and not the same.
    pub changed: u64,
}

impl Engine {
    /// Plans a restore.
    ///
    /// # Errors
    /// Why the backup or the target cannot be looked at. What forbids the restore itself is in the plan.
    pub async fn plan_restore(&self, request: RestoreRequest) -> Result<RestorePlan, Failure> {
        self.sweep_plans().await?;
        let details = self.backup_details(&request.backup).await?;
        let manifest = &details.manifest;
        let mut plan = blank(&details.backup.record.id, manifest, details.backup.level);
        plan.project_id.clone_from(&details.backup.record.project_id);
        plan.project.clone_from(&details.backup.project);
        warn_about_the_backup(&mut plan, manifest);
        match request.target {
            RestoreTarget::Scratch => self.plan_scratch(&mut plan, manifest).await?,
            RestoreTarget::NewDatabase { name, project } => {
                let project = self.profile.project(project.as_deref().unwrap_or(&plan.project_id)).await?;
                self.wake(&project).await?;
                let password = self.profile.password(&project).await?;
                plan.database = name;
                plan.target_label = Some(project.label.as_str().into());
                plan.password_of = Some(project.id.clone());
                plan.command = format!(
                    "--to-new-database {} --on {}",
                    argument_words(&plan.database),
                    argument_words(&project.name)
                );
                self.plan_server(&mut plan, manifest, project.connection, password).await?;
            }
            RestoreTarget::OtherServer { name, connection, password } => {
                plan.database = name;
                plan.has_own_password = password.as_ref().is_some_and(|password| !password.is_empty());
                plan.command = format!(
                    "--to-new-database {} --on-server {}",
                    argument_words(&plan.database),
                    argument_words(&connection.redacted_url())
                );
                self.plan_server(&mut plan, manifest, connection, password.clone()).await?;
                if let Some(password) = password.filter(|password| !password.is_empty()) {
                    self.profile.secrets.put(&target::plan_password(&plan.id), &password).await?;
                }
            }
            existing => {
                self.plan_existing(&mut plan, manifest, existing, request.no_safety_because).await?;
            }
        }
        self.plan_recovery_steps(&mut plan).await?;
        plan.command =
            format!("holdfast restore plan {} {} --out plan.json", &plan.backup_id[..8], plan.command);
        let place = if plan.strategy == Strategy::Scratch { Place::Private } else { Place::Running };
        plan.estimate = Some(self.estimate(&plan.project_id, plan.size_bytes, place).await?);
        self.keep_plan(&plan).await?;
        Ok(plan)
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
        if let Err(error) = tools.for_restore(manifest.tool_major(), server.major) {
            plan.blockers.push(format!("{error}. {}", error.hint()));
        }
        server.judge_name(plan);
        server.judge(plan, manifest);
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
        plan.database.clone_from(&manifest.database.name);
        plan.command = "--scratch".into();
        plan.owners = true;
        plan.privileges = true;
        let tools = self.profile.tools().await?;
        match tools.for_cluster(manifest.server.major) {
            Ok(tools) => plan.target = format!("a private Postgres {} on this computer", tools.version),
            Err(error) => {
                plan.target = "a private Postgres on this computer".into();
                plan.blockers.push(format!("{error}. {}", error.hint()));
            }
        }
        plan.fingerprint = "scratch".into();
        plan.undo = "Remove the scratch database; it is on this computer alone.".into();
        plan.act = "Restore to look inside".into();
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
            "Make a private Postgres on this computer that nobody else can reach.".into(),
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
    pub async fn restore_plan(&self, id: &str) -> Result<(RestorePlan, Option<i64>), Failure> {
        let missing = || {
            Failure::new(
                "plan_not_found",
                format!("there is no plan {id:?} in this profile"),
                "Plan the restore again.",
            )
        };
        let (body, applied) = self.profile.catalog.plan(id).await?.ok_or_else(missing)?;
        Ok((serde_json::from_str(&body).map_err(|_| missing())?, applied))
    }
}

pub(super) fn blank(backup_id: &str, manifest: &Manifest, level: Option<ProofLevel>) -> RestorePlan {
    let tables = manifest.database.tables.as_deref().unwrap_or_default();
    let mut planned: Vec<PlannedTable> = tables
        .iter()
        .map(|table| PlannedTable {
            schema: table.schema.clone(),
            name: table.name.clone(),
            rows: Some(table.rows),
            bytes: table.bytes,
            act: TableAct::Create,
            rows_now: None,
            is_estimate: false,
            keys: None,
        })
        .collect();
    planned.sort_by_key(|table| std::cmp::Reverse(table.bytes));
    let made_at_ms = now_ms();
    let disk_bytes = manifest.database.server_bytes.unwrap_or(0);
    RestorePlan {
        id: Uuid::new_v4().simple().to_string(),
        backup_id: backup_id.to_owned(),
        project_id: String::new(),
        project: String::new(),
        at_ms: manifest.moment_at_ms,
        level: level.and_then(|level| u8::try_from(level.number()).ok()),
        strategy: Strategy::NewDatabase,
        database: String::new(),
        connection: None,
        password_of: None,
        has_own_password: false,
        target: String::new(),
        target_label: None,
        fingerprint: String::new(),
        tables: planned,
        rows: manifest.rows(),
        size_bytes: manifest.bytes(),
        needed_bytes: disk_bytes.max(manifest.bytes() * SPACE_FACTOR),
        free_bytes: None,
        kept_databases: Vec::new(),
        owners: false,
        privileges: false,
        steps: Vec::new(),
        warnings: Vec::new(),
        blockers: Vec::new(),
        remedies: Vec::new(),
        made_at_ms,
        valid_until_ms: made_at_ms + VALID_MS,
        command: String::new(),
        identity: None,
        mode: None,
        beside: None,
        keep_until_ms: None,
        safety: Safety::NotNeeded,
        ends_connections: false,
        undo: String::new(),
        act: String::new(),
        restore_id: None,
        recovery_steps: Vec::new(),
        estimate: None,
    }
}

fn warn_about_the_backup(plan: &mut RestorePlan, manifest: &Manifest) {
    match plan.level {
        None => plan.warnings.push("This backup is not proven on this computer. Verify it first, or rely on the checks after the restore.".into()),
        Some(1) => plan.warnings.push("Only the bytes of this backup are proven, not that it is readable.".into()),
        Some(_) => {}
    }
    if let Some(why) = &manifest.database.uncounted {
        plan.blockers.push(format!("This dump could not be counted ({why}); restore it by hand with pg_restore, as the recovery kit shows."));
    }
}
