//! What a drill would do, and its obstacles. Reads only.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::contained::PlannedImage;
use crate::archive::Manifest;
use crate::engine::Engine;
use crate::proof::{Selection, planned, planned_words};
use base::Code;
use base::command::{Command, DrillRun};
use base::disk;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::{DrillKind, ProjectRecord};
use postgres::cluster::Wall;
use postgres::connection::{ConnectOptions, connect};
use postgres::facts;
use postgres::missing::Limit;
use postgres::remedy::Remedy;
use postgres::target::quote_identifier;

/// Indexes take space too; what a dump needs on a disk is about this many times its size.
const SPACE_FACTOR: u64 = 2;

/// How deep a drill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of the backup; what comes out of it counts as proof.
    Everything,
    /// Data and keys: faster, and no proof.
    Data,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct DrillRequest {
    /// A project, whose newest backup is meant; or a backup's id, prefix, `PROJECT@latest`.
    pub reference: String,
    /// How deep.
    pub depth: Depth,
    /// Only these tables, as `table` or `schema.table`: a sample. Empty means all.
    pub tables: Vec<String>,
    /// Id or name of the project whose server lends a database; absent means a private one here.
    pub on: Option<String>,
    /// The container image whose server is used instead.
    pub image: Option<AskedImage>,
    /// A program that looks at the database too.
    pub program: Option<Utf8PathBuf>,
}

/// A container image that a person named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedImage {
    /// Its name, as in `supabase/postgres:15.8.1.085`.
    pub name: String,
    /// Whether it is fetched where it is not on this computer.
    pub pull: bool,
}

impl DrillRequest {
    /// All of one backup, in a private Postgres here.
    pub fn of_backup(reference: String) -> Self {
        Self { reference, depth: Depth::Everything, tables: Vec::new(), on: None, image: None, program: None }
    }
}

/// An extension that the backup needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededExtension {
    /// Its name and the version in the original.
    pub name: String,
    /// Whether the server has it; absent where that shows only once it runs.
    pub is_there: Option<bool>,
}

/// A drill as it would be made.
#[derive(Debug, Clone)]
pub struct DrillPlan {
    /// The backup.
    pub backup_id: String,
    /// Its project's id.
    pub project_id: String,
    /// Its project's name.
    pub project: String,
    /// The moment that comes back.
    pub at_ms: i64,
    /// How much comes back.
    pub kind: DrillKind,
    /// The tables of a sample, as `schema.table`.
    pub tables: Vec<String>,
    /// Where, in words.
    pub place: String,
    /// Version of the server that it runs on.
    pub server: String,
    /// Version of the original's.
    pub original_server: String,
    /// Space that it takes, roughly.
    pub needed_bytes: u64,
    /// Space that is free, where it can be known.
    pub free_bytes: Option<u64>,
    /// Extensions that have to be there.
    pub extensions: Vec<NeededExtension>,
    /// What will not come back there, and why, as far as it is known before a server runs.
    pub limits: Vec<Limit>,
    /// Assertions of the project that will be asked.
    pub assertions: u64,
    /// Why nothing could be shown, as sentences; with one of them the drill ends as inconclusive.
    pub obstacles: Vec<String>,
    /// SQL statements that remove some of the blockers; each blocker is in that list too.
    pub remedies: Vec<Remedy>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
    /// How the system walls the private server in; absent where another server lends a database.
    pub wall: Option<Wall>,
    /// The goal of the project, where it has one.
    pub goal_ms: Option<i64>,
    /// The equivalent command line.
    pub command: String,
    pub(super) on: Option<ProjectRecord>,
    pub(super) image: Option<PlannedImage>,
    pub(super) owners: bool,
    pub(super) program: Option<Utf8PathBuf>,
    pub(super) selection: Selection,
    pub(super) manifest: Manifest,
}

impl Engine {
    /// Looks at a backup and at where a drill would be made.
    ///
    /// # Errors
    /// `backup_not_found`, `table_not_in_backup`, `program_not_found`; `no_server_programs` when no server
    /// can be started here and none was named; why the named server cannot be looked at.
    #[crate::boxed]
    pub async fn plan_drill(&self, request: DrillRequest) -> Result<DrillPlan, Failure> {
        let backup = self.backup(&self.backup_reference(&request.reference).await?).await?;
        let (_, manifest) = self.profile.archive.manifest(&backup.record.id).await?;
        let selection = selection(&manifest, &request)?;
        let kind = match &selection {
            Selection::Everything => DrillKind::Full,
            Selection::DataAndKeys => DrillKind::Data,
            Selection::Tables(_) => DrillKind::Sample,
        };
        if request.program.is_some() {
            self.profile.only_on_the_command_line("a program for a drill")?;
        }
        let program = request.program.as_ref().map(|path| absolute(path)).transpose()?;
        let assertions = self.profile.catalog.assertions(&backup.record.project_id).await?.len() as u64;
        let mut plan = DrillPlan {
            project_id: backup.record.project_id.clone(),
            project: backup.project,
            at_ms: manifest.moment_at_ms,
            kind,
            tables: names(&selection),
            place: String::new(),
            server: String::new(),
            original_server: manifest
                .server
                .as_ref()
                .map_or_else(String::new, |server| short_version(&server.version)),
            needed_bytes: needed_bytes(&manifest, &selection),
            free_bytes: None,
            extensions: Vec::new(),
            limits: Vec::new(),
            assertions,
            obstacles: Vec::new(),
            remedies: Vec::new(),
            warnings: Vec::new(),
            wall: None,
            goal_ms: self.profile.catalog.rto_goal(&backup.record.project_id).await?,
            command: command(&request),
            on: None,
            image: None,
            owners: manifest.is_trusted(),
            program,
            selection,
            manifest,
            backup_id: backup.record.id,
        };
        if plan.manifest.database.is_none() && !plan.manifest.taken.is_empty() {
            plan_parts(&mut plan, &request)?;
            return Ok(plan);
        }
        if let Some(why) = &plan.manifest.dump()?.uncounted {
            plan.obstacles.push(format!("This dump could not be counted when it was made ({why}), so there is nothing to compare with."));
        }
        if !is_prefix(&plan.backup_id, &request.reference) {
            plan.warnings.extend(plan.manifest.safety_words());
        }
        match (&request.on, &request.image) {
            (None, None) => self.plan_here(&mut plan).await?,
            (None, Some(image)) => self.plan_in_container(&mut plan, image).await?,
            (Some(project), None) => self.plan_there(&mut plan, project).await?,
            (Some(_), Some(_)) => {
                return Err(Failure::invalid(
                    "both another server and a container image were named",
                    "Leave one of them out.",
                ));
            }
        }
        Ok(plan)
    }

    /// A project's name means its newest backup.
    async fn backup_reference(&self, reference: &str) -> Result<String, Failure> {
        let project = self.profile.catalog.project(reference).await?;
        Ok(project.map_or_else(|| reference.to_owned(), |project| format!("{}@latest", project.id)))
    }

    async fn plan_here(&self, plan: &mut DrillPlan) -> Result<(), Failure> {
        let tools = self.profile.tools().await?;
        let set = tools.for_cluster(plan.manifest.server_major()?).map_err(|error| {
            Failure::new(
                Code::NoServerPrograms,
                format!("no server can be started on this computer for the drill: {error}"),
                format!(
                    "{} Or name a project whose server lends a database for it: `--on PROJECT`; or a container image: `--image IMAGE`.",
                    error.hint()
                ),
            )
        })?;
        tools.for_restore(plan.manifest.tool_major()?, set.major())?;
        plan.server = set.version.to_string();
        plan.place = format!("a private Postgres {} on this computer", set.version);
        let of_set = set.clone();
        let looked = tokio::task::spawn_blocking(move || (of_set.extensions(), Wall::here())).await.ok();
        let (known, wall) = looked.unzip();
        let known = known.flatten();
        plan.need_extensions(known.as_ref());
        if !plan.has_stand_ins() {
            plan.obstacles.extend(plan.lacking("this computer"));
        } else if let Some(known) = known {
            plan.limits = planned(&plan.manifest.extension_parts, &known, &plan.selection);
            plan.warnings.extend(planned_words(&plan.limits, "this computer"));
        }
        plan.warnings.extend(wall.as_ref().and_then(Wall::warning));
        plan.wall = wall;
        plan.free_bytes = disk::free_bytes(&self.profile.home).ok();
        if let Some(free) = plan.free_bytes.filter(|free| *free < plan.needed_bytes) {
            let (needed, free) = (bytes_words(plan.needed_bytes), bytes_words(free));
            plan.obstacles.push(format!("It needs about {needed} on this computer, and {free} are free."));
        }
        Ok(())
    }

    async fn plan_there(&self, plan: &mut DrillPlan, project: &str) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        self.wake(&project).await?;
        let password = self.profile.password(&project).await?;
        let options = ConnectOptions::new("holdfast plan");
        let session = connect(project.postgres()?, password.as_ref(), &options).await?;
        let looked = async {
            session.client.batch_execute("set statement_timeout = '60s'").await.map_err(postgres::refused)?;
            let row = session
                .client
                .query_one(
                    "select r.rolcreatedb or r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user",
                    &[],
                )
                .await
                .map_err(postgres::refused)?;
            Ok::<_, Failure>((
                facts::server(&session.client).await?,
                row.get(0),
                facts::available_extensions(&session.client).await.map_err(postgres::refused)?,
            ))
        };
        let looked = looked.await;
        session.close().await;
        let (server, may_create, extensions): (_, bool, _) = looked?;
        let tools = self.profile.tools().await?;
        tools.for_restore(plan.manifest.tool_major()?, server.major)?;
        plan.server = short_version(&server.version);
        plan.place = format!("a database on the server of {}, Postgres {}", project.name, plan.server);
        plan.owners = server.is_superuser && plan.manifest.is_trusted();
        if !plan.manifest.is_trusted() {
            plan.obstacles.push(format!(
                "Nobody vouches for this file, and on the server of {} its code would run with the rights of {}. Drill it in a private server, or import it again with --trusted.",
                project.name,
                project.postgres()?.user
            ));
        }
        if !may_create {
            let user = &project.postgres()?.user;
            let remedy = Remedy::new(
                format!("The role {user} may not create databases on the server of {}.", project.name),
                format!("alter role {} createdb;", quote_identifier(user)),
            );
            plan.obstacles.push(remedy.sentence());
            plan.remedies.push(remedy);
        }
        if server.is_in_recovery {
            plan.obstacles
                .push(format!("The server of {} is a replica and cannot be written to.", project.name));
        }
        let from_major = plan.manifest.server_major()?;
        if server.major < from_major {
            plan.obstacles.push(format!("The server of {} is Postgres {}, the backup comes from {}. An older server does not understand what a newer one dumped.", project.name, server.major, from_major));
        }
        plan.need_extensions(Some(&extensions.into_iter().collect()));
        plan.obstacles.extend(plan.lacking(&format!("the server of {}", project.name)));
        if !server.is_superuser {
            plan.warnings.push(format!(
                "Owners and grants are not restored there: {} may not give them. That check is left open.",
                project.postgres()?.user
            ));
        }
        plan.warnings.push(format!("The rows lie on the server of {} until the drill ends.", project.name));
        plan.on = Some(project);
        Ok(())
    }
}

impl DrillPlan {
    /// Whether a private server can do without the extensions of the backup: what needs them was recorded when it was
    /// made, and somebody vouches for it.
    pub(super) fn has_stand_ins(&self) -> bool {
        !self.manifest.extension_parts.is_empty() && self.manifest.is_trusted() && self.on.is_none()
    }

    pub(super) fn need_extensions(&mut self, known: Option<&BTreeSet<String>>) {
        let needed = self.manifest.extensions.iter().map(|extension| {
            let name = extension.split(' ').next().unwrap_or_default();
            NeededExtension { name: extension.clone(), is_there: known.map(|known| known.contains(name)) }
        });
        self.extensions = needed.collect();
    }

    /// Which extensions the server lacks, as an obstacle.
    fn lacking(&self, place: &str) -> Option<String> {
        let missing: Vec<&str> = self
            .extensions
            .iter()
            .filter(|extension| extension.is_there == Some(false))
            .filter_map(|extension| extension.name.split(' ').next())
            .collect();
        let (what, verb, it) = match missing.len() {
            0 => return None,
            1 => ("The extension", "is", "it"),
            _ => ("The extensions", "are", "them"),
        };
        Some(format!(
            "{what} {} {verb} not on {place}, and without {it} the tables that use {it} cannot be made.",
            missing.join(", ")
        ))
    }

    /// What a private Postgres was found to lack once it ran.
    pub(super) fn lacks(&mut self, there: &BTreeSet<String>) -> Option<String> {
        self.obstacles.clear();
        self.need_extensions(Some(there));
        self.obstacles.extend(self.lacking("this computer"));
        self.obstacles.first().cloned()
    }
}

/// Files, configuration, Redis and logs of a project without a database.
fn plan_parts(plan: &mut DrillPlan, request: &DrillRequest) -> Result<(), Failure> {
    let asks_for_a_server = request.on.is_some() || request.image.is_some() || request.program.is_some();
    if asks_for_a_server || plan.kind != DrillKind::Full {
        return Err(Failure::invalid(
            "this backup holds no database",
            "Leave tables, depth, server and program out: files come back into a folder of this computer.",
        ));
    }
    plan.place = "a folder of this computer".into();
    Ok(())
}

/// Whether a backup was named itself, and not as the newest of its project.
fn is_prefix(id: &str, reference: &str) -> bool {
    id.starts_with(&reference.to_ascii_lowercase())
}

fn selection(manifest: &Manifest, request: &DrillRequest) -> Result<Selection, Failure> {
    if request.tables.is_empty() {
        return Ok(match request.depth {
            Depth::Everything => Selection::Everything,
            Depth::Data => Selection::DataAndKeys,
        });
    }
    if request.depth == Depth::Data {
        return Err(Failure::invalid(
            "a sample has no depth: all that belongs to the chosen tables comes back",
            "Leave one of the two out.",
        ));
    }
    let known = manifest.tables();
    let mut chosen = Vec::new();
    for wanted in &request.tables {
        let found: Vec<_> = known
            .iter()
            .filter(|table| table.name == *wanted || format!("{}.{}", table.schema, table.name) == *wanted)
            .map(|table| (table.schema.clone(), table.name.clone()))
            .collect();
        match found.as_slice() {
            [one] => chosen.push(one.clone()),
            [] => {
                return Err(Failure::new(
                    Code::TableNotInBackup,
                    format!("the backup holds no rows of a table {wanted:?}"),
                    "List its tables with `holdfast backup show BACKUP`; of a partitioned table name the partitions.",
                ));
            }
            _ => {
                return Err(Failure::invalid(
                    format!("more than one schema has a table {wanted:?}"),
                    "Name the schema too: `schema.table`.",
                ));
            }
        }
    }
    chosen.sort();
    chosen.dedup();
    Ok(Selection::Tables(chosen))
}

fn names(selection: &Selection) -> Vec<String> {
    match selection {
        Selection::Everything | Selection::DataAndKeys => Vec::new(),
        Selection::Tables(all) => all.iter().map(|(schema, name)| format!("{schema}.{name}")).collect(),
    }
}

fn needed_bytes(manifest: &Manifest, selection: &Selection) -> u64 {
    let Selection::Tables(chosen) = selection else {
        let on_server = manifest.database.as_ref().and_then(|database| database.server_bytes);
        return on_server.unwrap_or(0).max(manifest.bytes() * SPACE_FACTOR);
    };
    let tables = manifest.tables().iter();
    let of_sample = tables.filter(|table| chosen.contains(&(table.schema.clone(), table.name.clone())));
    of_sample.map(|table| table.bytes).sum::<u64>() * SPACE_FACTOR
}

/// The program as the system finds it from any folder.
fn absolute(path: &camino::Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let found = path.canonicalize_utf8().ok().filter(|path| path.is_file());
    found.ok_or_else(|| {
        Failure::new(
            Code::ProgramNotFound,
            format!("there is no program {path}"),
            "Give the path of a program that can be run.",
        )
    })
}

pub(super) fn short_version(version: &str) -> String {
    version.split(' ').next().unwrap_or_default().to_owned()
}

fn command(request: &DrillRequest) -> String {
    Command::DrillRun(DrillRun {
        reference: request.reference.clone(),
        data_only: request.depth == Depth::Data,
        tables: request.tables.clone(),
        on: request.on.clone(),
        image: request.image.as_ref().map(|image| image.name.clone()),
        pull: request.image.as_ref().is_some_and(|image| image.pull),
        program: request.program.as_ref().map(ToString::to_string),
    })
    .into()
}

/// What comes back, in words.
pub(super) fn extent(plan: &DrillPlan) -> String {
    let tables = plan.manifest.tables().len() as u64;
    if plan.manifest.database.is_none() {
        return format!(
            "everything, {}",
            counted(plan.manifest.taken.iter().map(|one| one.files).sum(), "file")
        );
    }
    match plan.kind {
        DrillKind::Full => format!("everything, {}", counted(tables, "table")),
        DrillKind::Data => format!("data and keys of {}", counted(tables, "table")),
        DrillKind::Sample => format!("a sample of {}", counted(plan.tables.len() as u64, "table")),
    }
}
