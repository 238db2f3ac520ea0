//! Scratch clusters: a restored backup on this computer, to look inside. Kept until removed.

mod container;
mod database;

pub(crate) use container::Contained;
pub(crate) use database::{
    Lent, create_closed_database, create_database, drop_database, drop_unfinished, end_sessions, number,
    open_to_all,
};

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::archive::{ArchiveError, Manifest, Part, opened};
use crate::engine::Engine;
use crate::proof;
use crate::wall;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use base::words::argument_words;
use ledger::audit::{Act, Details, Subject};
use ledger::catalog::ScratchRecord;
use ledger::event::Topic;
use ledger::job::JobContext;
use postgres::cluster::{self, Cluster, ClusterLocale, ClusterRecord, ClusterSpec, Purpose, Wall, end_left};
use postgres::guest::{as_guest, as_keeper, hand_over, make_guest, make_keeper};
use postgres::roles::roles_of;
use postgres::target::Target;
use postgres::tools::{SearchRoots, Tools};

/// A hundred thousand roles take about so much; a longer text is not one of roles.
const ROLES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Restores keep what they need beside a database in folders of these names, below `run`.
const RESTORE_FOLDERS: &str = "restore-";
/// What drills bring back beside a database is in folders of these names, below `run`.
pub(crate) const DRILL_FOLDERS: &str = "drill-parts-";

/// A scratch cluster as it is listed.
#[derive(Debug, Clone)]
pub struct Scratch {
    /// Its record.
    pub record: ScratchRecord,
    /// Folder with the plaintext data.
    pub directory: String,
    /// How to connect.
    pub connect: String,
    /// Whether its server runs.
    pub is_running: bool,
}

/// What a scratch cluster is made for.
pub(crate) struct Contents<'a> {
    pub(crate) backup_id: &'a str,
    pub(crate) project: &'a str,
    /// Name of the database in it.
    pub(crate) database: &'a str,
    pub(crate) manifest: &'a Manifest,
}

/// A scratch cluster that is being filled.
pub(crate) struct Filling {
    id: String,
    cluster: Cluster,
    record: ScratchRecord,
    /// Somebody vouches for what is filled in: what takes a superuser may be made by one.
    is_trusted: bool,
    /// The password of the guest, as whom the rest is done.
    guest: Secret,
}

impl Filling {
    pub(crate) async fn begin(
        engine: &Engine,
        context: &JobContext,
        contents: &Contents<'_>,
    ) -> Result<Self, Failure> {
        let manifest = contents.manifest;
        let profile = &engine.profile;
        let tools = profile.tools().await?.for_cluster(manifest.server_major()?)?.clone();
        let mut spec =
            ClusterSpec::new(profile.home.clone(), Purpose::Scratch, &tools, profile.jobs.process().path());
        spec.locale = ClusterLocale::Libc(manifest.dump()?.collate.clone());
        let cluster = Cluster::create(spec).await?;
        cluster.start().await?;
        let described = cluster.record();
        context
            .info("prepare", format!("private Postgres {} in {}", tools.version, described.place.directory));
        context.fact(
            "Folder",
            described.place.directory.to_string(),
            Some("unencrypted, private, until you remove it".into()),
        );
        wall::tell(context, "prepare", &cluster);
        let record = ScratchRecord {
            id: described.id.clone(),
            backup_id: contents.backup_id.to_owned(),
            project: contents.project.to_owned(),
            record: contents.database.to_owned(),
            job_id: context.id().to_owned(),
            created_at_ms: now_ms(),
        };
        let guest = Secret::new(Uuid::new_v4().simple().to_string());
        let is_trusted = manifest.is_trusted();
        let filling = Self { id: described.id, cluster, record, is_trusted, guest };
        make_keeper(&filling.first("roles")).await?;
        filling.make_roles(engine, contents).await?;
        Ok(filling)
    }

    /// Owners and grantees of the original, without passwords and rights of their own, so that all of
    /// the archive can be restored as it was.
    async fn make_roles(&self, engine: &Engine, contents: &Contents<'_>) -> Result<(), Failure> {
        make_guest(&self.owner("roles"), &self.guest, &roles_needed(engine, contents).await?).await
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Major version of its server.
    pub(crate) fn major(&self) -> u16 {
        self.cluster.tools().major()
    }

    /// How the system walls it in.
    pub(crate) fn wall(&self) -> Option<Wall> {
        self.cluster.wall()
    }

    /// The target of the load: as the server's owner, or as the guest for an untrusted file.
    pub(crate) fn target(&self, job: &str) -> Target {
        let owner = self.owner(job);
        if self.is_trusted { owner } else { as_guest(&owner, &self.guest) }
    }

    /// The guest's password, where the target is not the guest itself.
    pub(crate) fn guest(&self) -> Option<&Secret> {
        self.is_trusted.then_some(&self.guest)
    }

    /// How a person enters it once it is kept.
    pub(crate) fn connect(&self, database: &str) -> String {
        format!("psql {}", argument_words(&self.cluster.settings(database).redacted_url()))
    }

    fn owner(&self, job: &str) -> Target {
        as_keeper(&self.first(job))
    }

    fn first(&self, job: &str) -> Target {
        Target {
            settings: self.cluster.settings("postgres"),
            password: Some(self.cluster.password().clone()),
            application: format!("holdfast {job}"),
        }
    }

    /// It is whole: it stays until a person removes it.
    pub(crate) async fn keep(self, engine: &Engine) -> Result<(), Failure> {
        hand_over(&self.owner("keep")).await?;
        engine.profile.secrets.put(&password_name(&self.id), self.cluster.password()).await?;
        engine.profile.catalog.put_scratch(&self.record).await?;
        self.cluster.keep()?;
        engine.profile.jobs.changed(&[Topic::Scratch]);
        Ok(())
    }

    pub(crate) async fn discard(self, _engine: &Engine) {
        if let Err(error) = self.cluster.remove().await {
            tracing::warn!(%error, "a scratch cluster could not be removed; the next start sweeps it");
        }
    }
}

/// Owners and grantees of the original.
pub(crate) async fn roles_needed(
    engine: &Engine,
    contents: &Contents<'_>,
) -> Result<BTreeSet<String>, Failure> {
    if let Some(part) = &contents.manifest.roles {
        return Ok(roles_made_by(&read_roles(engine, contents.backup_id, part).await?));
    }
    // An archive alone names them too.
    let dump = proof::stored_dump(&engine.profile, contents.backup_id, contents.manifest).await?;
    Ok(roles_of(&proof::read_toc(&dump).await?))
}

/// The text that makes the roles.
async fn read_roles(engine: &Engine, backup_id: &str, part: &Part) -> Result<String, Failure> {
    let (vault, path) = (engine.profile.archive.vault().await?, part.path.clone());
    let id = opened::snapshot_id(backup_id)?;
    opened::blocking(move || -> Result<String, ArchiveError> {
        let mut text = String::new();
        let unreadable = |what: String| ArchiveError::Manifest { snapshot: id.to_string(), what };
        let mut limited = std::io::Read::take(vault.read(&id, &path)?, ROLES_BYTES_MAX + 1);
        let read = std::io::Read::read_to_string(&mut limited, &mut text);
        read.map_err(|error| unreadable(error.to_string()))?;
        if text.len() as u64 > ROLES_BYTES_MAX {
            return Err(unreadable("its roles are larger than roles can be".to_owned()));
        }
        Ok(text)
    })
    .await
}

/// Names of the roles that `pg_dumpall --roles-only` creates.
fn roles_made_by(text: &str) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("CREATE ROLE ")?.strip_suffix(';'));
    names
        .map(|name| match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => name.to_owned(),
        })
        .collect()
}

fn password_name(id: &str) -> String {
    format!("scratch:{id}")
}

impl Engine {
    /// Scratch clusters of this profile, newest first.
    ///
    /// # Errors
    /// When the catalogue or the records cannot be read.
    #[crate::boxed]
    pub async fn scratches(&self) -> Result<Vec<Scratch>, Failure> {
        let records = cluster::records(&self.profile.home)?;
        let mut all = Vec::new();
        for record in self.profile.catalog.scratches().await? {
            let Some(of_cluster) = records.iter().find(|one| one.id == record.id) else { continue };
            let attached = self.attach(of_cluster.clone()).await;
            let (connect, is_running) = match &attached {
                Ok(cluster) => (
                    format!("psql {}", argument_words(&cluster.settings(&record.record).redacted_url())),
                    cluster.is_running(),
                ),
                Err(_) => (String::new(), false),
            };
            all.push(Scratch {
                directory: of_cluster.place.directory.to_string(),
                connect,
                is_running,
                record,
            });
        }
        Ok(all)
    }

    /// Stops and removes a scratch cluster with its data.
    ///
    /// # Errors
    /// `scratch_not_found`, or what could not be removed.
    #[crate::boxed]
    pub async fn remove_scratch(&self, id: &str) -> Result<(), Failure> {
        let records = cluster::records(&self.profile.home)?;
        let known = records.into_iter().find(|one| one.id == id && one.purpose == Purpose::Kept);
        let known = known.ok_or_else(|| Failure::not_found(Code::ScratchNotFound, id))?;
        let subject = Subject::new("scratch", id, "");
        self.audit(Act::ScratchRemovalConfirmed, &subject, Details::none()).await?;
        if let Err(failure) = self.remove_known_scratch(id, known).await {
            self.audit(Act::ScratchRemovalFailed, &subject, Details::none().failure(&failure)).await?;
            return Err(failure);
        }
        self.audit(Act::ScratchRemoved, &subject, Details::none()).await?;
        self.profile.jobs.changed(&[Topic::Scratch]);
        Ok(())
    }

    async fn remove_known_scratch(&self, id: &str, known: ClusterRecord) -> Result<(), Failure> {
        self.attach(known).await?.remove().await?;
        self.profile.secrets.remove(&password_name(id)).await?;
        Ok(self.profile.catalog.remove_scratch(id).await?)
    }

    async fn attach(&self, record: ClusterRecord) -> Result<Cluster, Failure> {
        let password = self.profile.secrets.get(&password_name(&record.id)).await?;
        let directory = record.tools.clone();
        let tools = Tools::discover(&SearchRoots::none().with_directory(&directory));
        let tools = tools.found.into_iter().next().ok_or_else(|| {
            Failure::new(
                Code::ToolsMissing,
                format!("the Postgres programs in {directory} are gone"),
                "Install that version of Postgres again.",
            )
        })?;
        Ok(Cluster::attach(record, &tools, password)?)
    }

    /// Removes what killed processes left: clusters that were being filled, private folders of restores.
    pub(crate) async fn sweep_scratches(&self) -> Result<(), Failure> {
        let home = self.profile.home.clone();
        let report = crate::archive::opened::blocking(move || cluster::sweep(&home)).await?;
        for directory in report.removed {
            tracing::info!(%directory, "removed a scratch cluster of a process that ended");
        }
        for error in report.failed {
            tracing::warn!(%error, "a scratch cluster of a process that ended could not be removed");
        }
        let home = self.profile.home.clone();
        for error in crate::archive::opened::blocking(move || postgres::container::sweep(&home)).await? {
            tracing::warn!(%error, "a container of a process that ended could not be removed");
        }
        self.sweep_restore_folders().await
    }

    /// Removes the folders of runs that are over.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    pub(crate) async fn sweep_restore_folders(&self) -> Result<(), Failure> {
        let open = self.profile.catalog.open_jobs().await?;
        let Ok(entries) = self.profile.home.join("run").read_dir_utf8() else { return Ok(()) };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let job = name.strip_prefix(RESTORE_FOLDERS).or_else(|| name.strip_prefix(DRILL_FOLDERS));
            let Some(job) = job else { continue };
            if open.iter().any(|known| known.id == job) {
                continue;
            }
            end_left(entry.path());
            if let Err(error) = std::fs::remove_dir_all(entry.path()) {
                tracing::warn!(%error, folder = %entry.path(), "the private folder of a restore stays behind");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::roles_made_by;

    #[test]
    fn roles_are_read_from_the_dump_of_roles() {
        let text = "--\nCREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER;\nCREATE ROLE \"odd \"\"one\"\"\";\n";
        assert_eq!(roles_made_by(text).into_iter().collect::<Vec<_>>(), ["odd \"one\"", "postgres"]);
    }
}
