//! Supabase's Management API: a status that moves, backups that really were made and really are restored,
//! and its refusals.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::loopback::{Served, answer, bearer, serve};
use super::place::Place;

mod configuration;
mod projects;
mod restores;
mod specified;

/// How the platform is.
#[derive(Debug, Clone)]
pub struct Options {
    /// The project's database.
    pub place: Place,
    /// The project's reference.
    pub reference: String,
    /// The token that it takes.
    pub token: String,
    /// How long a restore, a pause and a resume take at least.
    pub step_time: Duration,
    /// Whether any second can be gone back to.
    pub pitr: bool,
}

/// What it does wrong from now on.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct Faults {
    /// Calls of these paths' ends are refused with this status.
    pub refuses: BTreeMap<String, u16>,
    /// Restores are accepted, and nothing happens.
    pub forgets_restores: bool,
    /// Restores fail.
    pub restore_fails: bool,
    /// So many calls are refused as too many, with this many seconds in `X-RateLimit-Reset`.
    pub busy: (u32, u64),
    /// The schedule stays as it is, whatever is asked for.
    pub keeps_schedule: bool,
    /// Logs answer 200 with an error.
    pub logs_fail: bool,
    /// Another project is described than the one that was asked for.
    pub describes_another: bool,
    /// Errors repeat the token.
    pub repeats_token: bool,
    /// Projects are made, and the answer says nothing of them.
    pub loses_new_projects: bool,
    /// Projects that are made never come up.
    pub new_projects_die: bool,
}

#[derive(Debug)]
struct Made {
    id: i64,
    name: Option<String>,
    at: Timestamp,
    status: &'static str,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Held {
    status: String,
    statuses: Vec<String>,
    made: Vec<Made>,
    schedule: String,
    schedule_changes: u32,
    faults: Faults,
    calls: Vec<String>,
    calls_came_at: Vec<Instant>,
    bodies: Vec<Value>,
    /// Documents of configuration that were changed since, by path.
    configured: BTreeMap<String, Value>,
    /// So many entries more in the minute that begins at this second.
    storm: (i64, usize),
    /// Projects that were made since.
    newer: Vec<projects::Newer>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    held: Mutex<Held>,
}

/// The platform.
#[derive(Debug)]
pub struct Supabase {
    shared: Arc<Shared>,
    served: Served,
}

/// Starts one.
pub async fn start(options: Options) -> Supabase {
    let held = Held {
        status: "ACTIVE_HEALTHY".into(),
        statuses: Vec::new(),
        made: Vec::new(),
        schedule: "04:00:00".into(),
        schedule_changes: 0,
        faults: Faults::default(),
        calls: Vec::new(),
        calls_came_at: Vec::new(),
        bodies: Vec::new(),
        configured: BTreeMap::new(),
        storm: (0, 0),
        newer: Vec::new(),
    };
    let shared = Arc::new(Shared { options, held: Mutex::new(held) });
    let backups = "/v1/projects/{ref}/database/backups";
    let router = Router::new()
        .route("/v1/organizations", get(organizations))
        .route("/v1/projects", get(projects::list).post(projects::make))
        .route("/v1/projects/{ref}", get(projects::one))
        .route("/v1/projects/{ref}/pause", post(restores::pause))
        .route("/v1/projects/{ref}/restore", post(restores::resume))
        .route("/v1/projects/{ref}/cli/login-role", post(configuration::login_role))
        .route("/v1/projects/{ref}/analytics/endpoints/logs.all", get(configuration::logs))
        .route(backups, get(restores::backups))
        .route(&format!("{backups}/restore"), post(restores::restore))
        .route(&format!("{backups}/restore-pitr"), post(restores::restore_pitr))
        .route(&format!("{backups}/restore-point"), get(restores::points).post(restores::add_point))
        .route(&format!("{backups}/undo"), post(restores::undo))
        .route(&format!("{backups}/schedule"), get(restores::schedule).patch(restores::set_schedule))
        .route("/v1/projects/{ref}/{*path}", get(configuration::document))
        .layer(from_fn_with_state(Arc::clone(&shared), admit))
        .with_state(Arc::clone(&shared));
    Supabase { shared, served: serve(router).await }
}

impl Supabase {
    /// Its address.
    pub fn address(&self) -> &str {
        &self.served.address
    }

    /// Makes a backup, as the platform does at night; its id.
    pub async fn back_up(&self) -> i64 {
        self.shared.dump(None).await.unwrap()
    }

    /// Says of a backup something else.
    pub fn call_it(&self, id: i64, status: &'static str) {
        let mut held = self.shared.held();
        held.made.iter_mut().find(|made| made.id == id).unwrap().status = status;
    }

    /// Sets the project's status.
    pub fn set_status(&self, status: &str) {
        status.clone_into(&mut self.shared.held().status);
    }

    /// Changes a document of its configuration, as its owner does on the dashboard.
    pub fn configure(&self, path: &str, document: Value) {
        self.shared.held().configured.insert(path.to_owned(), document);
    }

    /// Logs so many entries more in one minute.
    pub fn storm(&self, minute: Timestamp, entries: usize) {
        self.shared.held().storm = (minute.as_second(), entries);
    }

    /// Changes what it does wrong.
    pub fn misbehave(&self, faults: Faults) {
        self.shared.held().faults = faults;
    }

    /// Every status that the project has had.
    pub fn statuses(&self) -> Vec<String> {
        self.shared.held().statuses.clone()
    }

    /// Method, path and query of each call, in order.
    pub fn calls(&self) -> Vec<String> {
        self.shared.held().calls.clone()
    }

    /// When each call came, in the same order.
    pub fn calls_came_at(&self) -> Vec<Instant> {
        self.shared.held().calls_came_at.clone()
    }

    /// The database of a project that was made since, and the role that owns it.
    pub fn database_of(&self, name: &str) -> Option<(String, String)> {
        let held = self.shared.held();
        held.newer.iter().find(|one| one.name == name).map(projects::Newer::place)
    }

    /// The bodies that it was sent, in order.
    pub fn bodies(&self) -> Vec<Value> {
        self.shared.held().bodies.clone()
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_status(&self, status: &str) {
        let mut held = self.held();
        status.clone_into(&mut held.status);
        held.statuses.push(status.to_owned());
    }

    fn refusal(&self, status: u16, said: &str) -> Response {
        let token = if self.held().faults.repeats_token { self.options.token.clone() } else { String::new() };
        answer(status, &json!({ "message": format!("{said} {token}") }))
    }

    /// A real dump, kept as a backup or under a name.
    async fn dump(&self, name: Option<String>) -> Result<i64, String> {
        let bytes = self.options.place.run("pg_dump", &["--format=custom"], Vec::new()).await?;
        let mut held = self.held();
        let id = i64::try_from(held.made.len()).unwrap() + 101;
        held.made.push(Made { id, name, at: Timestamp::now(), status: "COMPLETED", bytes });
        Ok(id)
    }

    fn describe(&self) -> Value {
        let held = self.held();
        let reference = if held.faults.describes_another {
            "zzzzzzzzzzzzzzzzzzzz".to_owned()
        } else {
            self.options.reference.clone()
        };
        described(&reference, "shop", "eu-central-1", &held.status)
    }
}

fn described(reference: &str, name: &str, region: &str, status: &str) -> Value {
    json!({
        "id": reference, "ref": reference, "organization_id": "org", "organization_slug": "org",
        "name": name, "region": region, "created_at": "2026-01-01T00:00:00Z", "status": status,
        "database": {
            "host": format!("db.{reference}.supabase.co"), "version": "15.8.1.085",
            "postgres_engine": "15", "release_channel": "ga",
        },
    })
}

/// What is the same for every call: the token, the limits, what is refused on purpose.
async fn admit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (is_busy, refused) = {
        let mut held = shared.held();
        held.calls.push(format!("{} {}", request.method(), request.uri()));
        held.calls_came_at.push(Instant::now());
        let is_busy = held.faults.busy.0 > 0;
        held.faults.busy.0 = held.faults.busy.0.saturating_sub(1);
        let refused = held.faults.refuses.iter().find(|(end, _)| path.ends_with(end.as_str()));
        (is_busy, refused.map(|(_, status)| *status))
    };
    if bearer(request.headers()) != shared.options.token {
        return shared.refusal(401, "Unauthorized");
    }
    if is_busy {
        let reset = shared.held().faults.busy.1.to_string();
        let mut refused = shared.refusal(429, "Rate limit exceeded");
        let limits =
            [("x-ratelimit-limit", "120"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)];
        for (name, value) in limits {
            refused.headers_mut().insert(name, value.parse().unwrap());
        }
        return refused;
    }
    if let Some(status) = refused {
        return shared.refusal(status, "Forbidden action");
    }
    let is_own = |rest: &str| {
        let newer = shared.held().newer.iter().any(|one| rest.starts_with(&one.reference));
        newer || rest.starts_with(&shared.options.reference)
    };
    let is_other = path.strip_prefix("/v1/projects/").is_some_and(|rest| !is_own(rest));
    if is_other {
        return shared.refusal(403, "this project is not yours");
    }
    next.run(request).await
}

async fn organizations() -> Response {
    answer(200, &json!([{ "id": "org", "slug": "org", "name": "Example" }]))
}

/// A status, and nothing beside it.
fn empty(status: u16) -> Response {
    axum::http::StatusCode::from_u16(status).unwrap().into_response()
}
