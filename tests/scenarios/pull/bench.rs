//! A `SupaManager` with two projects of two accounts, and profiles that pull from it.

use std::collections::BTreeMap;
use std::time::Duration;

use base::secret::Secret;
use camino::{Utf8Path, Utf8PathBuf};
use engine::EngineOptions;
use engine::project::{Credentials, NewProject};
use engine::pull::PullRequest;
use ledger::catalog::{Label, ProjectRecord};
use ledger::job::Job;
use remote::platform::{CreateRequest, PlatformKind, PlatformSettings};
use ring::rand::SecureRandom as _;
use serde_json::Value;
use testkit::platforms::Postgres;
use testkit::platforms::supamanager::{Account, Project, StandInOptions, Supamanager as StandIn};
use testkit::{Called, CommandLine, Console, Database, PROJECT, Server};

pub(crate) const PASSWORD: &str = "correct-horse-9-of-the-owner";
pub(crate) const OWNER: &str = "owner@shop.example";
pub(crate) const OTHER: &str = "owner@clinic.example";
pub(crate) const MEMBER: &str = "member@shop.example";

/// A platform, and the database behind it.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) database: Database<'static>,
    pub(crate) server: StandIn,
}

impl Bench {
    /// `None`, loudly, on a computer without Postgres.
    pub(crate) async fn new() -> Option<Self> {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut StandInOptions)) -> Option<Self> {
        let database = Server::shared()?.database().await;
        database.run(crate::export::SHOP).await;
        let folder = tempfile::Builder::new().prefix("holdfast-test-server-").tempdir().unwrap();
        let project = |reference: &str| {
            let own = folder.path().join(reference);
            let (storage, config) = (own.join("storage"), own.join("config"));
            std::fs::create_dir_all(storage.join("avatars")).unwrap();
            std::fs::create_dir_all(&config).unwrap();
            std::fs::write(storage.join("avatars/a.png"), noise(50_000)).unwrap();
            std::fs::write(config.join("kong.yml"), "_format_version: '1.1'\n").unwrap();
            let (postgres, name) = (Postgres::of(&database), format!("The {reference}"));
            Project { reference: reference.to_owned(), name, postgres, storage, config }
        };
        let account = |email: &str, own: &str, is_owner| Account {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            projects: vec![own.to_owned()],
            is_owner,
        };
        let mut options = StandInOptions::new(folder.path());
        options.projects = vec![project("shop"), project("clinic")];
        options.accounts = vec![
            account(OWNER, "shop", true),
            account(OTHER, "clinic", true),
            account(MEMBER, "shop", false),
        ];
        change(&mut options);
        let server = StandIn::start(options);
        Some(Self { folder, database, server })
    }

    /// Makes what the shop stores so much larger, by bytes that do not shrink.
    pub(crate) fn store(&self, mebibytes: usize) {
        std::fs::write(self.folder.path().join("shop/storage/large.bin"), noise(mebibytes << 20)).unwrap();
    }

    /// Where the shop is.
    pub(crate) fn settings(&self) -> PlatformSettings {
        self.settings_of("shop", OWNER)
    }

    pub(crate) fn settings_of(&self, reference: &str, account: &str) -> PlatformSettings {
        PlatformSettings {
            kind: PlatformKind::Supamanager,
            address: self.server.address().to_owned(),
            reference: reference.to_owned(),
            account: Some(account.to_owned()),
            more: BTreeMap::new(),
        }
    }

    /// A profile with the shop as its project.
    pub(crate) async fn console(&self) -> Console {
        self.console_with(|_| {}).await
    }

    pub(crate) async fn console_with(&self, change: impl FnOnce(&mut EngineOptions)) -> Console {
        let console = Console::with(change).await.with_vault().await;
        add(&console, PROJECT, self.settings(), PASSWORD).await;
        console
    }

    /// A profile of the command line with the shop as its project.
    pub(crate) fn line(&self) -> CommandLine {
        let line = CommandLine::new();
        line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
        std::fs::write(line.folder().join("platform-password"), PASSWORD).unwrap();
        let address = self.server.address();
        let at = ["--supamanager", address, "--ref", "shop", "--email", OWNER];
        let by = ["--credential-file", "password=platform-password"];
        line.expect(0, &[&["project", "add", "shop"], &at[..], &by[..]].concat());
        line
    }

    /// The files that the platform has of the shop, oldest first.
    pub(crate) fn archives(&self) -> Vec<Utf8PathBuf> {
        let folder = Utf8PathBuf::from_path_buf(self.folder.path().join("backups/shop")).unwrap();
        let mut files: Vec<_> =
            folder.read_dir_utf8().unwrap().flatten().map(|entry| entry.path().to_owned()).collect();
        files.sort();
        files
    }

    pub(crate) fn calls(&self, part: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.call.contains(part)).count()
    }
}

/// Bytes that do not shrink.
fn noise(bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    ring::rand::SystemRandom::new().fill(&mut noise).unwrap();
    noise
}

/// Adds a project that is on a platform.
pub(crate) async fn add(
    console: &Console,
    name: &str,
    platform: PlatformSettings,
    password: &str,
) -> ProjectRecord {
    let new = NewProject {
        name: name.to_owned(),
        label: Label::Development,
        connection: None,
        password: None,
        ssh_secret: None,
        platform: Some(platform),
        credentials: Credentials::from([("password".to_owned(), Secret::new(password))]),
    };
    console.engine.add_project(new).await.unwrap()
}

pub(crate) fn of_kind(kind: &str) -> CreateRequest {
    CreateRequest { kind: Some(kind.to_owned()), compress: true, ..CreateRequest::default() }
}

/// Has the platform make a backup, which stays there.
pub(crate) async fn made(console: &Console, kind: &str) -> String {
    let job = console.engine.start_remote(PROJECT, of_kind(kind), None).await.unwrap();
    console.succeeded(&job).await;
    let look = console.engine.look_at_platform(PROJECT).await.unwrap();
    look.backups[0].backup.id.clone()
}

/// Starts a pull of the project.
pub(crate) async fn pull(console: &Console, request: PullRequest) -> String {
    console.engine.start_pull(PROJECT, request).await.unwrap()
}

/// Pulls the newest, and expects it to work; the job, and the backup's id.
pub(crate) async fn pulled(console: &Console) -> (Job, String) {
    let job = pull(console, PullRequest::default()).await;
    let job = console.succeeded(&job).await;
    let backup = job.output.clone().unwrap().backup_id.unwrap();
    (job, backup)
}

/// What a run said, as one text.
pub(crate) async fn said(console: &Console, job: &str) -> String {
    let log = console.engine.job_log(job, 0, ledger::catalog::Level::Info, 500).await.unwrap();
    format!("{log:?}")
}

/// The one document that a call printed.
pub(crate) fn answer(line: &CommandLine, arguments: &[&str]) -> Value {
    of(&line.expect(0, arguments))
}

pub(crate) fn of(called: &Called) -> Value {
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// Folders that are left in a place of a profile.
pub(crate) fn left(home: &Utf8Path, folder: &str) -> Vec<String> {
    let Ok(entries) = home.join(folder).read_dir_utf8() else { return Vec::new() };
    entries.flatten().map(|entry| entry.path().to_string()).collect()
}

/// So short that a platform stands still by then.
pub(crate) const STANDING: Duration = Duration::from_millis(300);
