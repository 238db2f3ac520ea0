//! A server on the loopback in a thread of its own, and the faults that every platform may have.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// So many calls are remembered.
const SEEN_MAX: usize = 10_000;

/// What is wrong with every answer, until it is set otherwise.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// So many calls are answered by 429, with this many seconds to wait.
    pub too_many: Option<(u32, u64)>,
    /// No call is ever answered.
    pub is_silent: bool,
    /// Calls that have this in their line are done, and never answered.
    pub answers_never: Option<String>,
    /// Calls are sent to this address.
    pub redirect_to: Option<String>,
    /// Bytes of a download after which its connection ends.
    pub cut_after: Option<u64>,
    /// Waits so long before each piece of a download, so that what left has arrived.
    pub pause: Option<Duration>,
    /// So many calls are answered by 503.
    pub unavailable: u32,
}

/// A call that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method and path, as in `GET /a`.
    pub call: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// When it came.
    pub came_at: Instant,
}

/// What the server and its owner share.
#[derive(Debug, Default)]
pub(super) struct Watch {
    faults: Mutex<Faults>,
    seen: Mutex<VecDeque<Seen>>,
    served: AtomicU64,
}

impl Watch {
    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Bytes of files that left.
    pub(super) fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) address: String,
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Listens on a port of the loopback, 0 for a free one; `routes` are told the address.
    pub(super) fn start(watch: &Arc<Watch>, port: u16, routes: impl FnOnce(&str) -> Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = routes(&address)
            .layer(DefaultBodyLimit::disable())
            .layer(middleware::from_fn_with_state(Arc::clone(watch), faulty));
        let (stop, stopped) = oneshot::channel();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    served = axum::serve(listener, routes) => served.unwrap(),
                    // Also where the owner is gone without a word.
                    _ = stopped => {}
                }
            });
            // Calls that never answer, and jobs, end with the server.
            runtime.shutdown_timeout(Duration::from_secs(10));
        });
        Self { address, handle, stop: Some(stop), thread: Some(thread) }
    }

    /// Works in the server's own runtime, where its connections live.
    pub(super) async fn on<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.handle.spawn(work).await.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        // What failed in it was seen by whoever called it.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn faulty(State(watch): State<Arc<Watch>>, request: Request, next: Next) -> Response {
    let call = format!("{} {}", request.method(), request.uri());
    let is_file = request.uri().path().starts_with("/files/");
    {
        let mut seen = watch.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < SEEN_MAX {
            seen.push_back(Seen {
                call: call.clone(),
                headers: request.headers().clone(),
                came_at: Instant::now(),
            });
        }
    }
    let (is_silent, is_unanswered, refusal) = {
        let mut faults = watch.faults();
        let is_unanswered = faults.answers_never.as_ref().is_some_and(|part| call.contains(part));
        (faults.is_silent, is_unanswered, refused(&mut faults))
    };
    if is_unanswered {
        // Also where whoever asked is gone by then.
        drop(tokio::spawn(next.run(request)).await);
        return std::future::pending().await;
    }
    if is_silent {
        std::future::pending::<()>().await;
    }
    match refusal {
        Some(refusal) => refusal,
        None if is_file => counted(next.run(request).await, watch),
        None => next.run(request).await,
    }
}

/// The same answer; what leaves of it is counted.
fn counted(response: Response, watch: Arc<Watch>) -> Response {
    response.map(|body| {
        let pieces = body.into_data_stream().then(move |piece| {
            let watch = Arc::clone(&watch);
            async move {
                let pause = watch.faults().pause;
                if let Some(pause) = pause {
                    tokio::time::sleep(pause).await;
                }
                let bytes = piece.as_ref().map_or(0, |piece| piece.len() as u64);
                watch.served.fetch_add(bytes, Ordering::Relaxed);
                piece
            }
        });
        Body::from_stream(pieces)
    })
}

fn refused(faults: &mut Faults) -> Option<Response> {
    if let Some((left @ 1.., wait)) = faults.too_many {
        faults.too_many = Some((left - 1, wait));
        let body = Body::from(r#"{"error":"Too many requests"}"#);
        return Some(
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", wait.to_string())], body).into_response(),
        );
    }
    if faults.unavailable > 0 {
        faults.unavailable -= 1;
        return Some((StatusCode::SERVICE_UNAVAILABLE, "upstream").into_response());
    }
    let to = faults.redirect_to.clone()?;
    Some((StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response())
}
