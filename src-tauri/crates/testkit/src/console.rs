//! A profile of its own with an engine on it, and the verbs that scenarios are written in.

use std::time::{Duration, Instant};

use base::secret::{Derivation, Place, Secret};
use camino::{Utf8Path, Utf8PathBuf};
use engine::archive::KitFormat;
use engine::backup::Backup;
use engine::project::NewProject;
use engine::restore::{RestorePlan, RestoreRequest, RestoreTarget, Writers};
use engine::{Engine, EngineOptions, Failure};
use ledger::catalog::{Catalog, JobState, Label, Level, ProjectRecord};
use ledger::job::{Job, RestoreReport, Trigger};
use postgres::connection::Settings;
use postgres::tools::SearchRoots;
use tokio::sync::OnceCell;

use crate::poll;
use crate::server::{Server, remove_clusters};

/// What scenarios with one project call it.
pub const PROJECT: &str = "shop";

/// A profile in a temporary folder, opened. Dropped, all of it is gone.
#[derive(Debug)]
pub struct Console {
    /// The engine.
    pub engine: Engine,
    options: EngineOptions,
    vault: Utf8PathBuf,
    folder: tempfile::TempDir,
}

impl Console {
    /// A new profile whose secrets rest in a sealed file.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same, opened in another way.
    pub async fn with(change: impl FnOnce(&mut EngineOptions)) -> Self {
        crate::loud::from_now_on();
        let folder = tempfile::Builder::new().prefix("holdfast-test-").tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap().join("profile");
        let mut options = Self::options(&home);
        change(&mut options);
        start_migrated(&options.home).await;
        let engine = Engine::open(options.clone()).await.unwrap();
        let vault = Utf8Path::from_path(folder.path()).unwrap().join("vault");
        Self { engine, options, vault, folder }
    }

    /// How the profile at `home` is opened, with a sealed file for its secrets.
    pub fn options(home: &Utf8Path) -> EngineOptions {
        EngineOptions {
            home: home.to_owned(),
            secrets: Some(Place::File(home.join("secrets.sealed"))),
            passphrase: Some(Secret::new(passphrase(home))),
            keychain_wait: None,
            // No secret of a test is worth the tenth of a second that each opening would take.
            derivation: Derivation::Least,
            trigger: Trigger::CommandLine,
            tool_roots: SearchRoots::of_this_system(),
            stall_limit: None,
            lock_wait: None,
            // So that what would happen within hours happens in every scenario.
            read_older_after: Some(Duration::ZERO),
            platform_standing: None,
            sample_platform: None,
        }
    }

    /// How this profile was opened.
    pub fn opened_with(&self) -> EngineOptions {
        self.options.clone()
    }

    /// A second engine on the same profile, as another process would have one.
    pub async fn second_engine(&self) -> Engine {
        Engine::open(self.options.clone()).await.unwrap()
    }

    /// Makes a vault, and saves its kit.
    #[must_use]
    pub async fn with_vault(self) -> Self {
        let place = self.vault.clone();
        self.with_vault_at(&place).await
    }

    /// Makes a vault at another place.
    #[must_use]
    pub async fn with_vault_at(mut self, place: &Utf8Path) -> Self {
        let kit = self.kit();
        self.engine.init_vault("Anchor", place, Some((&kit, KitFormat::Text))).await.unwrap();
        place.clone_into(&mut self.vault);
        self
    }

    /// Adds the project [`PROJECT`] for a database of the server.
    #[must_use]
    pub async fn with_project(self, server: &Server, database: &str) -> Self {
        self.add_project(PROJECT, server.settings(database), server.password()).await.unwrap();
        self
    }

    /// Adds a project.
    ///
    /// # Errors
    /// The engine's.
    pub async fn add_project(
        &self,
        name: &str,
        connection: Settings,
        password: &Secret,
    ) -> Result<ProjectRecord, Failure> {
        let password = Some(password.clone());
        self.engine.add_project(NewProject::postgres(name, Label::Development, connection, password)).await
    }

    /// Backs [`PROJECT`] up, and expects it to work.
    pub async fn backup(&self) -> Backup {
        let job = self.engine.start_backup(PROJECT, Some("a scenario".into())).await.unwrap();
        let job = self.succeeded(&job).await;
        self.engine.backup(&job.output.unwrap().backup_id.unwrap()).await.unwrap()
    }

    /// Backs [`PROJECT`] up, and expects it to fail; why it failed.
    pub async fn failed_backup(&self) -> Failure {
        let job = self.engine.start_backup(PROJECT, None).await.unwrap();
        self.failed(&job).await
    }

    /// Plans a restore of a backup.
    ///
    /// # Errors
    /// The engine's.
    pub async fn plan(&self, backup: &str, target: RestoreTarget) -> Result<RestorePlan, Failure> {
        self.plan_of(backup, None, target).await
    }

    /// Plans a merge of what changed between two backups.
    ///
    /// # Errors
    /// The engine's.
    pub async fn plan_merge(
        &self,
        (before, after): (&str, &str),
        target: RestoreTarget,
    ) -> Result<RestorePlan, Failure> {
        self.plan_of(before, Some(after), target).await
    }

    async fn plan_of(
        &self,
        backup: &str,
        after: Option<&str>,
        target: RestoreTarget,
    ) -> Result<RestorePlan, Failure> {
        let (backup, after) = (backup.to_owned(), after.map(str::to_owned));
        let request =
            RestoreRequest { backup, target, no_safety_because: None, writers: Writers::Wait, after };
        self.engine.plan_restore(request).await
    }

    /// Plans a restore into a new database of the project's own server.
    pub async fn plan_new(&self, backup: &str, name: &str) -> RestorePlan {
        self.plan(backup, RestoreTarget::NewDatabase { name: name.into(), project: None }).await.unwrap()
    }

    /// Restores a backup into a new database of the project's own server, and expects it to work.
    pub async fn restore_to(&self, backup: &str, name: &str) -> RestoreReport {
        let plan = self.plan_new(backup, name).await;
        self.apply(&plan).await
    }

    /// Restores a backup into a private server of its own, and expects it to work.
    pub async fn restore_to_scratch(&self, backup: &str) -> RestoreReport {
        let plan = self.plan(backup, RestoreTarget::Scratch).await.unwrap();
        self.apply(&plan).await
    }

    /// Applies a plan, and expects it to work.
    pub async fn apply(&self, plan: &RestorePlan) -> RestoreReport {
        assert_eq!(plan.blockers, Vec::<String>::new());
        let job = self.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
        self.succeeded(&job).await.output.unwrap().restore.unwrap()
    }

    /// Waits for the end of a job, as long as anything of it moves.
    pub async fn wait(&self, job: &str) -> Job {
        let (mut moved, mut last) = (Instant::now(), None);
        loop {
            let now = self.engine.job(job).await.unwrap();
            if now.record.state.is_final() {
                return now;
            }
            let seen = now.progress.current().map(|phase| (phase.id.clone(), phase.bytes, phase.rows));
            if seen != last {
                (moved, last) = (Instant::now(), seen);
            }
            if moved.elapsed() > poll::PATIENCE {
                let log = self.engine.job_log(job, 0, Level::Info, 100).await.unwrap();
                panic!("the job does not end: {:?} {:?} {log:?}", now.record.state, now.progress.current());
            }
            tokio::time::sleep(poll::PAUSE).await;
        }
    }

    /// Waits until a job is in a phase.
    pub async fn wait_for_phase(&self, job: &str, phase: &str) {
        poll::soon(phase, async || {
            let job = self.engine.job(job).await.unwrap();
            assert!(!job.record.state.is_final(), "it is over: {:?} {:?}", job.record.state, job.failure);
            job.progress.current().is_some_and(|current| current.id == phase)
        })
        .await;
    }

    /// Waits for the end of a job, and expects it to have worked.
    pub async fn succeeded(&self, job: &str) -> Job {
        let job = self.wait(job).await;
        assert_eq!(job.record.state, JobState::Succeeded, "{:?}", job.failure);
        job
    }

    /// Waits for the end of a job, and expects it to have failed; why it failed.
    pub async fn failed(&self, job: &str) -> Failure {
        let job = self.wait(job).await;
        assert_eq!(job.record.state, JobState::Failed, "{:?}", job.record.outcome);
        job.failure.unwrap()
    }

    /// How many backups the list has.
    pub async fn count(&self) -> u64 {
        self.engine.backups(None, 0, 500).await.unwrap().0
    }

    /// The profile's folder.
    pub fn home(&self) -> &Utf8Path {
        &self.options.home
    }

    /// The vault's folder.
    pub fn vault(&self) -> &Utf8Path {
        &self.vault
    }

    /// The recovery kit.
    pub fn kit(&self) -> Utf8PathBuf {
        self.folder().join("kit.txt")
    }

    /// The vault's key, from the kit.
    pub fn key(&self) -> String {
        let kit = std::fs::read_to_string(self.kit()).unwrap();
        kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap().to_owned()
    }

    /// The folder that all of it is in.
    pub fn folder(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    /// Names of the files in one of the vault's directories, as `snapshots` or `locks`.
    pub fn vault_files(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = self.vault.join(directory).read_dir_utf8() else { return Vec::new() };
        entries.flatten().map(|entry| entry.file_name().to_owned()).collect()
    }
}

/// Puts a catalogue that is up to date into a profile that has none: nineteen migrations less for each scenario. It is
/// made once for the process.
async fn start_migrated(home: &Utf8Path) {
    static MADE: OnceCell<(tempfile::TempDir, Vec<u8>)> = OnceCell::const_new();
    let (_, migrated) = MADE
        .get_or_init(async || {
            let folder = tempfile::Builder::new().prefix("holdfast-test-migrated-").tempdir().unwrap();
            let at = Utf8Path::from_path(folder.path()).unwrap();
            let copy = at.join("copy.db");
            Catalog::open(&at.join("catalog.db")).await.unwrap().copy_to(&copy).await.unwrap();
            let bytes = std::fs::read(&copy).unwrap();
            (folder, bytes)
        })
        .await;
    if !home.exists() {
        std::fs::create_dir_all(home).unwrap();
        std::fs::write(home.join("catalog.db"), migrated).unwrap();
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // Nothing is left when all went well; after a failure a server may be.
        remove_clusters(self.home());
    }
}

/// The passphrase of a profile's sealed file: another one for each.
pub(crate) fn passphrase(home: &Utf8Path) -> String {
    format!("passphrase of {}", home.as_str().replace('/', " "))
}
