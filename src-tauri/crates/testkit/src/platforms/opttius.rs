//! An Opttius that really backs up: rows of organisations as JSON, cut where its API cuts them, and whole
//! dumps by `pg_dump`. Its errors are Spanish.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod auth;
mod dumps;
mod organisations;
mod routes;
mod rows;

use super::serve::{Faults, Running, Seen, Watch};
use super::{Postgres, answer};
use auth::Session;

/// What a server starts with.
#[derive(Debug, Clone)]
pub struct StandInOptions {
    /// The port of the loopback; 0 for a free one.
    pub port: u16,
    /// A folder of its own.
    pub folder: PathBuf,
    /// The database of all organisations.
    pub postgres: Postgres,
    /// The tables of a backup, parents first.
    pub tables: Vec<Table>,
    /// Who may sign in.
    pub users: Vec<User>,
    /// The organisations that the cron backs up.
    pub organisations: Vec<String>,
    /// The secret of the cron route.
    pub cron_secret: String,
    /// The key that the auth server wants in `apikey`.
    pub api_key: String,
    /// Rows of one answer of its database API, which cuts silently.
    pub max_rows: usize,
    /// How long links are good.
    pub link_lifetime: Duration,
    /// How long sessions are good.
    pub session_lifetime: Duration,
    /// Characters that a user's profile adds to a session.
    pub profile_characters: usize,
}

impl StandInOptions {
    /// As the real one has it, in this folder, of this database.
    pub fn new(folder: impl Into<PathBuf>, postgres: Postgres) -> Self {
        Self {
            port: 0,
            folder: folder.into(),
            postgres,
            tables: Vec::new(),
            users: Vec::new(),
            organisations: Vec::new(),
            cron_secret: "cron-secret".to_owned(),
            api_key: "anon-key".to_owned(),
            max_rows: 1000,
            link_lifetime: Duration::from_hours(1),
            session_lifetime: Duration::from_hours(1),
            profile_characters: 0,
        }
    }
}

/// A table, and how its rows are an organisation's.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name.
    pub name: String,
    /// The column that holds the organisation's id, or the row's parent.
    pub column: String,
    /// The table of the parent; absent where the column is the organisation's.
    pub anchor: Option<String>,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing with backups.
    Employee,
    /// Backups of the own organisation.
    Admin,
    /// Those, and whole dumps.
    Root,
}

/// Somebody who may sign in.
#[derive(Debug, Clone)]
pub struct User {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Organisation.
    pub organisation: String,
    /// What they may do.
    pub role: Role,
}

/// What the server does wrong, until it is set otherwise.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Misbehaviour {
    /// The list of an organisation has the files of all.
    pub lists_all_organisations: bool,
    /// Files of every organisation may be reached.
    pub breaks_isolation: bool,
    /// The cron fails for every organisation, and says `success`.
    pub fails_cron: bool,
    /// Says that it made a backup, and stores none.
    pub stores_nothing: bool,
    /// Stores files without a byte.
    pub stores_empty_files: bool,
    /// Says another size than it stored.
    pub lies_about_sizes: bool,
    /// Says that a backup holds no record.
    pub counts_no_records: bool,
    /// Deletes nothing, and says that it did.
    pub keeps_deleted: bool,
    /// Files cannot be linked to.
    pub loses_links: bool,
    /// So many calls end a session.
    pub calls_per_session: Option<u32>,
    /// Refuses every refresh token.
    pub refuses_refresh: bool,
    /// Renews a session with every answer, and voids the old one, as a middleware does.
    pub renews_in_cookies: bool,
    /// Sends callers without a session to its sign-in page.
    pub redirects_to_sign_in: bool,
    /// `pg_dump` cannot run.
    pub fails_dumps: bool,
}

/// The server, its auth server and its storage; it stops when it is dropped.
#[derive(Debug)]
pub struct Opttius {
    running: Running,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    address: String,
    options: StandInOptions,
    watch: Arc<Watch>,
    signer: answer::Signer,
    /// By access token.
    sessions: Mutex<BTreeMap<String, Session>>,
    misbehaviour: Mutex<Misbehaviour>,
}

impl Opttius {
    /// Listens on the loopback.
    pub fn start(options: StandInOptions) -> Self {
        let watch = Arc::new(Watch::default());
        let mut made = None;
        let running = Running::start(&watch, options.port, |address| {
            let shared = Arc::new(Shared {
                address: address.to_owned(),
                options,
                watch: Arc::clone(&watch),
                signer: answer::Signer::new(),
                sessions: Mutex::default(),
                misbehaviour: Mutex::default(),
            });
            made = Some(Arc::clone(&shared));
            routes::router(shared)
        });
        Self { running, shared: made.unwrap() }
    }

    /// Its address, which is also that of its auth server.
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

    /// A token of a user, as an administrator would hand it out.
    pub fn token(&self, email: &str) -> String {
        let user = self.shared.options.users.iter().find(|user| user.email == email).unwrap();
        let session = self.shared.new_session(user);
        session["access_token"].as_str().unwrap().to_owned()
    }
}

impl Shared {
    fn misbehaviour(&self) -> Misbehaviour {
        self.misbehaviour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
