//! A `SupaManager` that really backs up: `pg_dump`, archives, signed links, jobs that take time, restores.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

mod jobs;
mod restores;
mod routes;
mod state;

pub use super::archive::Encryption;
use super::archive::files;
use super::serve::{Faults, Running, Seen, Watch};
use super::{Postgres, answer};
use state::{Backup, Token};

/// What a server starts with.
#[derive(Debug, Clone)]
pub struct StandInOptions {
    /// The port of the loopback; 0 for a free one.
    pub port: u16,
    /// A folder of its own.
    pub folder: PathBuf,
    /// Who may sign in.
    pub accounts: Vec<Account>,
    /// What there is.
    pub projects: Vec<Project>,
    /// With what archives are encrypted where that is asked for.
    pub encryption: Encryption,
    /// How long each step of a job takes at least.
    pub step: Duration,
    /// How long links are good.
    pub link_lifetime: Duration,
    /// How long tokens are good.
    pub token_lifetime: Duration,
    /// How long backups are kept.
    pub backup_lifetime: Duration,
}

impl StandInOptions {
    /// As the real one has it, in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            port: 0,
            folder: folder.into(),
            accounts: Vec::new(),
            projects: Vec::new(),
            encryption: Encryption { passphrase: "a server's own secret".to_owned(), is_pbkdf2: false },
            step: Duration::from_millis(30),
            link_lifetime: Duration::from_hours(1),
            token_lifetime: Duration::from_hours(24),
            backup_lifetime: Duration::from_hours(24 * 30),
        }
    }
}

/// Somebody who may sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Projects that the account sees.
    pub projects: Vec<String>,
    /// Whether it may back up and restore, as owners may.
    pub is_owner: bool,
}

/// A project of the server.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its database.
    pub postgres: Postgres,
    /// The folder of its stored files.
    pub storage: PathBuf,
    /// The folder of its configuration.
    pub config: PathBuf,
}

/// What the server does wrong, until it is set otherwise.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Misbehaviour {
    /// A backup is completed at once, without bytes, and without a size.
    pub completes_without_bytes: bool,
    /// A completed backup has a size, and its download is not there.
    pub loses_downloads: bool,
    /// Answers 200 with `success: false` to whatever changes something.
    pub fails_with_200: bool,
    /// Jobs never move.
    pub is_stuck: bool,
    /// Keys are written as in `BackupID`.
    pub writes_pascal_case: bool,
    /// Numbers are written as text.
    pub writes_numbers_as_text: bool,
    /// The list is `{"backups": […]}`.
    pub wraps_list: bool,
    /// The list has the backups of all projects.
    pub lists_all_projects: bool,
    /// Every account may reach every project.
    pub breaks_isolation: bool,
    /// Backups name their project by its number.
    pub numbers_projects: bool,
    /// Checksums are wrong.
    pub lies_about_checksums: bool,
    /// It refuses to list backups, as of a role that was lowered.
    pub refuses_lists: bool,
    /// Backups have no checksums.
    pub gives_no_checksums: bool,
    /// Sizes of backups are wrong.
    pub lies_about_sizes: bool,
    /// So many calls end a token.
    pub calls_per_token: Option<u32>,
    /// It has none of the routes for backups.
    pub has_no_backup_routes: bool,
    /// It has none of the routes that pause and resume a project.
    pub has_no_pause_routes: bool,
    /// It has them beside the backups, and not beside the status.
    pub has_pauses_elsewhere: bool,
    /// A pause or a resume is accepted, and never comes to its end.
    pub pauses_forever: bool,
    /// A pause is accepted, and for so long the project is still said to run.
    pub hides_pauses_for: Option<Duration>,
    /// Deletes nothing, and says that it did.
    pub keeps_deleted: bool,
    /// Imports nothing, and says that it did.
    pub loses_imports: bool,
    /// Stores another schedule than the one that is sent.
    pub changes_schedules: bool,
    /// `pg_dump` cannot reach the database.
    pub fails_dumps: bool,
}

/// The server; it stops when it is dropped.
#[derive(Debug)]
pub struct Supamanager {
    running: Running,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    address: String,
    options: StandInOptions,
    watch: Arc<Watch>,
    signer: answer::Signer,
    state: Mutex<State>,
    misbehaviour: Mutex<Misbehaviour>,
}

#[derive(Debug, Default)]
struct State {
    accounts: Vec<Account>,
    projects: BTreeMap<String, Project>,
    /// How each project stands.
    statuses: BTreeMap<String, String>,
    backups: Vec<Backup>,
    schedules: BTreeMap<String, Value>,
    tokens: BTreeMap<String, Token>,
}

impl Supamanager {
    /// Listens on the loopback.
    pub fn start(options: StandInOptions) -> Self {
        let watch = Arc::new(Watch::default());
        let mut made = None;
        let running = Running::start(&watch, options.port, |address| {
            let projects: BTreeMap<String, Project> =
                options.projects.iter().map(|project| (project.reference.clone(), project.clone())).collect();
            let statuses = projects.keys().map(|reference| (reference.clone(), "ACTIVE_HEALTHY".to_owned()));
            let state = State {
                accounts: options.accounts.clone(),
                statuses: statuses.collect(),
                projects,
                ..State::default()
            };
            let shared = Arc::new(Shared {
                address: address.to_owned(),
                options,
                watch: Arc::clone(&watch),
                signer: answer::Signer::new(),
                state: Mutex::new(state),
                misbehaviour: Mutex::default(),
            });
            made = Some(Arc::clone(&shared));
            routes::router(shared)
        });
        Self { running, shared: made.unwrap() }
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.running.address
    }

    /// From now on it does this wrong.
    pub fn misbehave(&self, change: impl FnOnce(&mut Misbehaviour)) {
        change(&mut self.shared.misbehaviour.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// From now on its connections have these faults.
    pub fn fail(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.shared.watch.faults());
    }

    /// The calls that came, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.watch.seen()
    }

    /// Bytes of files that left.
    pub fn served_bytes(&self) -> u64 {
        self.shared.watch.served()
    }

    /// The schedule that was stored for a project.
    pub fn schedule(&self, reference: &str) -> Option<Value> {
        self.shared.state().schedules.get(reference).cloned()
    }

    /// A project, also one that was imported.
    pub fn project(&self, reference: &str) -> Option<Project> {
        self.shared.state().projects.get(reference).cloned()
    }

    /// From now on a project stands so.
    pub fn set_status(&self, reference: &str, status: &str) {
        self.shared.state().statuses.insert(reference.to_owned(), status.to_owned());
    }

    /// Backs a project up as its own schedule does, to the end; the backup's id.
    pub fn back_up(&self, reference: &str, kind: &str) -> String {
        self.shared.make_now(&self.project(reference).unwrap(), kind)
    }

    /// Lets time pass: all that it has is older by so long.
    pub fn age(&self, by: Duration) {
        let by_ms = u64::try_from(by.as_millis()).unwrap();
        let mut state = self.shared.state();
        for backup in &mut state.backups {
            backup.created_ms -= by_ms;
            backup.expires_ms -= by_ms;
            backup.completed_ms = backup.completed_ms.map(|at| at - by_ms);
        }
        // What changed since a backup is told by the time of each file.
        for file in state.projects.values().flat_map(|project| files(&project.storage)) {
            let file = std::fs::File::options().write(true).open(file).unwrap();
            let changed = file.metadata().and_then(|about| about.modified()).unwrap();
            file.set_modified(changed - by).unwrap();
        }
    }

    /// How a project stands there.
    pub fn status(&self, reference: &str) -> String {
        self.shared.state().statuses.get(reference).cloned().unwrap_or_default()
    }

    /// Changes a byte of every archive that is stored.
    pub fn damage_archives(&self) {
        for backup in &self.shared.state().backups {
            let mut bytes = std::fs::read(&backup.file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&backup.file, bytes).unwrap();
        }
    }
}

impl Shared {
    /// The number of a project, which is another name of it.
    fn number(&self, reference: &str) -> Option<usize> {
        self.state().projects.keys().position(|known| known == reference).map(|place| place + 1)
    }

    /// A backup as the server describes it.
    fn shown(&self, backup: &Backup) -> Value {
        let wrong = self.misbehaviour();
        let mut shown = backup.shown(&wrong);
        if wrong.numbers_projects {
            shown["project_id"] = self.number(&backup.project).into();
        }
        shown
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn misbehaviour(&self) -> Misbehaviour {
        self.misbehaviour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
