//! Telegram's Bot API: real documents, addresses that expire, the public server's limits, and its refusals.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path as Segments, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::loopback::{Served, answer, bytes, serve};

/// What the public server lets a bot fetch, and send.
const FETCH_BYTES_MAX: usize = 20 * 1024 * 1024;
const SEND_BYTES_MAX: usize = 50_000_000;
/// More than anybody reads of an answer.
const ANSWER_BYTES: usize = 33 * 1024 * 1024;

/// How the server is.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bot's token.
    pub token: String,
    /// How long an address works.
    pub link_life: Duration,
    /// Whether it is a local server, which gives paths on its disk and has higher limits.
    pub is_local: bool,
}

impl Options {
    /// The public server, with addresses that work for an hour.
    pub fn public(token: &str) -> Self {
        Self { token: token.to_owned(), link_life: Duration::from_hours(1), is_local: false }
    }
}

/// What it does wrong from now on.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each fault is on or off by itself")]
pub struct Faults {
    /// So many calls are refused with 429, asking for this many seconds.
    pub busy: (u32, u64),
    /// Whoever is refused that way is told so many seconds by a header too.
    pub asks_by_header: Option<u64>,
    /// So many addresses die as soon as they are given.
    pub dead_links: u32,
    /// Messages cannot be deleted, as after 48 hours.
    pub keeps_messages: bool,
    /// Errors repeat the address of the call, token and all.
    pub repeats_token: bool,
    /// From this many documents on, none is taken any more.
    pub full_after: Option<usize>,
    /// Sizes are not what was sent.
    pub lies_about_sizes: bool,
    /// From this many documents on, whoever sends one waits for ever.
    pub hangs_after: Option<usize>,
    /// What it says of a document that it took is longer than any answer.
    pub says_too_much: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    name: String,
    path: PathBuf,
    message: i64,
}

#[derive(Debug, Default)]
struct Held {
    documents: BTreeMap<String, Kept>,
    links: BTreeMap<String, (String, Instant)>,
    calls: Vec<String>,
    calls_came_at: Vec<Instant>,
    faults: Faults,
    next: i64,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    folder: PathBuf,
    held: Mutex<Held>,
}

/// What a platform beside it keeps its files with.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<Shared>);

/// The server.
#[derive(Debug)]
pub struct TelegramBot {
    shared: Arc<Shared>,
    served: Served,
    folder: tempfile::TempDir,
}

/// Starts one.
pub async fn start(options: Options) -> TelegramBot {
    let folder = tempfile::Builder::new().prefix("holdfast-telegram-").tempdir().unwrap();
    // As a real local server does: a folder named by the token.
    let documents = folder.path().join(&options.token).join("documents");
    std::fs::create_dir_all(&documents).unwrap();
    let shared = Arc::new(Shared { options, folder: documents, held: Mutex::default() });
    let router = Router::new()
        .route("/file/{bot}/{*path}", get(file))
        .route("/{bot}/{method}", any(call))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(&shared));
    TelegramBot { shared, served: serve(router).await, folder }
}

impl TelegramBot {
    /// Its address.
    pub fn address(&self) -> &str {
        &self.served.address
    }

    /// The folder that a local server's files are below.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Changes what it does wrong.
    pub fn misbehave(&self, faults: Faults) {
        self.shared.held().faults = faults;
    }

    /// Its files, for a platform that keeps its own here.
    pub fn shelf(&self) -> Shelf {
        Shelf(Arc::clone(&self.shared))
    }

    /// Names of the documents that it has, in the order in which they came.
    pub fn documents(&self) -> Vec<String> {
        let held = self.shared.held();
        let mut kept: Vec<&Kept> = held.documents.values().collect();
        kept.sort_by_key(|kept| kept.message);
        kept.into_iter().map(|kept| kept.name.clone()).collect()
    }

    /// The file of a document whose name ends so.
    pub fn path_of(&self, end: &str) -> PathBuf {
        let held = self.shared.held();
        let kept = held.documents.values().find(|kept| kept.name.ends_with(end));
        kept.unwrap_or_else(|| panic!("no document ends with {end}")).path.clone()
    }

    /// Forgets a document whose name ends so, as Telegram does with what nobody needs.
    pub fn lose(&self, end: &str) {
        self.shared.held().documents.retain(|_, kept| !kept.name.ends_with(end));
    }

    /// The methods that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.shared.held().calls.clone()
    }

    /// When each of them was called, in the same order.
    pub fn calls_came_at(&self) -> Vec<Instant> {
        self.shared.held().calls_came_at.clone()
    }
}

impl Shelf {
    /// Keeps a document as the bot's; its `file_id`.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> String {
        self.0.keep(name, bytes).0
    }

    /// A document's bytes.
    pub fn bytes(&self, file_id: &str) -> Option<Vec<u8>> {
        let path = self.0.held().documents.get(file_id)?.path.clone();
        std::fs::read(path).ok()
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> (String, i64) {
        let mut held = self.held();
        held.next += 1;
        let message = held.next;
        let path = self.folder.join(format!("file_{message}"));
        std::fs::write(&path, bytes).unwrap();
        let file_id = format!("BQAC{}", uuid::Uuid::new_v4().simple());
        held.documents.insert(file_id.clone(), Kept { name: name.to_owned(), path, message });
        (file_id, message)
    }

    /// Errors, and what real ones would never do but proxies do: the address of the call.
    fn error(&self, status: u16, said: &str) -> Response {
        let repeated = if self.held().faults.repeats_token {
            format!(" (https://api.telegram.org/bot{}/getFile)", self.options.token)
        } else {
            String::new()
        };
        let mut body =
            json!({ "ok": false, "error_code": status, "description": format!("{said}{repeated}") });
        if status == 429 {
            let seconds = self.held().faults.busy.1;
            body["parameters"] = json!({ "retry_after": seconds });
        }
        answer(status, &body)
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Segments((bot, method)): Segments<(String, String)>,
    request: Request,
) -> Response {
    if bot != format!("bot{}", shared.options.token) {
        return shared.error(401, "Unauthorized");
    }
    let is_busy = {
        let mut held = shared.held();
        held.calls.push(method.clone());
        held.calls_came_at.push(Instant::now());
        let is_busy = held.faults.busy.0 > 0;
        held.faults.busy.0 = held.faults.busy.0.saturating_sub(1);
        is_busy
    };
    if is_busy {
        let mut refused = shared.error(429, "Too Many Requests: retry after a while");
        if let Some(seconds) = shared.held().faults.asks_by_header {
            refused.headers_mut().insert("retry-after", seconds.into());
        }
        return refused;
    }
    match method.as_str() {
        "getMe" => {
            let user = json!({ "id": 1, "is_bot": true, "first_name": "Keeper", "username": "keeper" });
            answer(200, &json!({ "ok": true, "result": user }))
        }
        "getFile" => get_file(&shared, &fields(request).await),
        "deleteMessage" => delete_message(&shared, &fields(request).await),
        "sendDocument" => send_document(&shared, request).await,
        _ => shared.error(404, "Not Found"),
    }
}

/// The call's fields, from its JSON.
async fn fields(request: Request<Body>) -> Value {
    let body = axum::body::to_bytes(request.into_body(), 64 * 1024).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_default()
}

fn get_file(shared: &Shared, fields: &Value) -> Response {
    let file_id = fields["file_id"].as_str().unwrap_or_default();
    let Some(kept) = shared.held().documents.get(file_id).cloned() else {
        return shared.error(400, "Bad Request: wrong file_id or the file is temporarily unavailable");
    };
    let length = std::fs::metadata(&kept.path).map_or(0, |file| file.len());
    if !shared.options.is_local && length > FETCH_BYTES_MAX as u64 {
        return shared.error(400, "Bad Request: file is too big");
    }
    let path = if shared.options.is_local {
        kept.path.display().to_string()
    } else {
        let mut held = shared.held();
        let path = format!("documents/file_{}_{}", kept.message, uuid::Uuid::new_v4().simple());
        let is_dead = held.faults.dead_links > 0;
        held.faults.dead_links = held.faults.dead_links.saturating_sub(1);
        let life = if is_dead { Duration::ZERO } else { shared.options.link_life };
        held.links.insert(path.clone(), (file_id.to_owned(), Instant::now() + life));
        path
    };
    answer(
        200,
        &json!({ "ok": true, "result": {
            "file_id": file_id, "file_unique_id": format!("u{}", kept.message), "file_size": length, "file_path": path,
        } }),
    )
}

fn delete_message(shared: &Shared, fields: &Value) -> Response {
    let message = fields["message_id"].as_i64().unwrap_or_default();
    if shared.held().faults.keeps_messages {
        return shared.error(400, "Bad Request: message can't be deleted");
    }
    let mut held = shared.held();
    let before = held.documents.len();
    held.documents.retain(|_, kept| kept.message != message);
    let found = held.documents.len() < before;
    drop(held);
    if found {
        return answer(200, &json!({ "ok": true, "result": true }));
    }
    shared.error(400, "Bad Request: message to delete not found")
}

async fn send_document(shared: &Shared, request: Request) -> Response {
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        return shared.error(400, "Bad Request: there is no document in the request");
    };
    let (mut name, mut content, mut chat) = (String::new(), None, None);
    while let Ok(Some(field)) = form.next_field().await {
        match field.name().unwrap_or_default() {
            "document" => {
                name = field.file_name().unwrap_or_default().to_owned();
                content = field.bytes().await.ok();
            }
            "chat_id" => chat = field.text().await.ok(),
            _ => {}
        }
    }
    let (Some(content), Some(chat)) = (content, chat) else {
        return shared.error(400, "Bad Request: chat not found");
    };
    if !shared.options.is_local && content.len() > SEND_BYTES_MAX {
        return shared.error(413, "Request Entity Too Large");
    }
    let (count, Faults { full_after, hangs_after, lies_about_sizes: lies, says_too_much, .. }) = {
        let held = shared.held();
        (held.documents.len(), held.faults.clone())
    };
    if full_after.is_some_and(|most| count >= most) {
        return shared.error(403, "Forbidden: bot was kicked from the channel chat");
    }
    if hangs_after.is_some_and(|most| count >= most) {
        return std::future::pending().await;
    }
    let (file_id, message) = shared.keep(&name, &content);
    if says_too_much {
        return vec![b' '; ANSWER_BYTES].into_response();
    }
    let size = if lies { content.len() / 2 } else { content.len() };
    answer(
        200,
        &json!({ "ok": true, "result": {
            "message_id": message, "date": Timestamp::now().as_second(),
            "chat": { "id": chat.parse::<i64>().unwrap_or(1), "type": "channel" },
            "document": {
                "file_id": file_id, "file_unique_id": format!("u{message}"), "file_name": name, "file_size": size,
            },
        } }),
    )
}

async fn file(
    State(shared): State<Arc<Shared>>,
    Segments((bot, path)): Segments<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if bot != format!("bot{}", shared.options.token) {
        return shared.error(401, "Unauthorized");
    }
    let found = {
        let held = shared.held();
        let live = held.links.get(&path).filter(|(_, until)| *until > Instant::now());
        live.and_then(|(file_id, _)| held.documents.get(file_id).map(|kept| kept.path.clone()))
    };
    match found.and_then(|path| std::fs::read(path).ok()) {
        Some(content) => bytes(&headers, &content),
        None => shared.error(404, "Not Found"),
    }
}
