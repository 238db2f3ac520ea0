//! `org.freedesktop.Notifications` (Desktop Notifications Specification 1.2): one connection, and one task that
//! hears of all clicks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tauri::AppHandle;
use zbus::zvariant::Value;
use zbus::{Connection, Proxy};

use super::{Note, open};

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// What a click on a notification itself is called.
const CLICK: &str = "default";
/// A bus that does not answer for so long has nobody behind it who shows anything.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Older ones can still be clicked, and then open the window alone.
const REMEMBERED_MAX: usize = 100;
/// Until a person closes it; or as long as the desktop thinks fit.
const STAYS: i32 = 0;
const USUAL: i32 = -1;

/// Runs of the notifications that are shown, by the number that the desktop gave them.
type Shown = Arc<Mutex<BTreeMap<u32, Option<String>>>>;

/// Where notifications are shown.
#[derive(Debug)]
pub(super) struct Board {
    app: AppHandle,
    shown: Shown,
    bus: tokio::sync::Mutex<Option<Bus>>,
}

#[derive(Debug, Clone)]
struct Bus {
    proxy: Proxy<'static>,
    /// Whether `<` and `&` would be read as marks.
    reads_marks: bool,
}

impl Board {
    pub(super) fn new(app: AppHandle) -> Self {
        Self { app, shown: Shown::default(), bus: tokio::sync::Mutex::default() }
    }

    /// Shows one.
    pub(super) async fn show(&self, note: Note) -> Result<(), String> {
        let error = match tokio::time::timeout(ANSWER_MAX, self.notify(&note)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => return Err("the desktop's notifications do not answer".into()),
        };
        if matches!(error, zbus::Error::InputOutput(_)) {
            // The bus itself is gone, and with it whoever listens; the next one is connected to anew.
            *self.bus.lock().await = None;
        }
        Err(nobody(&error))
    }

    async fn notify(&self, note: &Note) -> zbus::Result<()> {
        let bus = self.bus().await?;
        let body = if bus.reads_marks { escaped(&note.body) } else { note.body.clone() };
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("urgency", Value::U8(if note.is_urgent { 2 } else { 1 })),
            ("desktop-entry", Value::from("holdfast")),
        ]);
        let stays = if note.is_urgent { STAYS } else { USUAL };
        let (title, actions) = (note.title.as_str(), [CLICK, "Open"].as_slice());
        let call = ("Holdfast", 0_u32, "holdfast", title, body.as_str(), actions, hints, stays);
        let number: u32 = bus.proxy.call("Notify", &call).await?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.insert(number, note.job_id.clone());
        while shown.len() > REMEMBERED_MAX {
            shown.pop_first();
        }
        Ok(())
    }

    /// The connection, made when it is first needed; clicks are heard before anything is shown.
    async fn bus(&self) -> zbus::Result<Bus> {
        let mut kept = self.bus.lock().await;
        if let Some(bus) = kept.as_ref() {
            return Ok(bus.clone());
        }
        let connection = Connection::session().await?;
        let proxy = Proxy::new(&connection, SERVICE, PATH, SERVICE).await?;
        let clicks = proxy.receive_signal("ActionInvoked").await?;
        let closed = proxy.receive_signal("NotificationClosed").await?;
        let capabilities: Vec<String> = proxy.call("GetCapabilities", &()).await?;
        let reads_marks = capabilities.iter().any(|capability| capability == "body-markup");
        tauri::async_runtime::spawn(listen(self.app.clone(), Arc::clone(&self.shown), clicks, closed));
        let bus = Bus { proxy, reads_marks };
        *kept = Some(bus.clone());
        Ok(bus)
    }
}

/// Hears of clicks until the connection ends.
async fn listen(
    app: AppHandle,
    shown: Shown,
    mut clicks: zbus::proxy::SignalStream<'static>,
    mut closed: zbus::proxy::SignalStream<'static>,
) {
    loop {
        tokio::select! {
            Some(click) = clicks.next() => {
                let Ok((number, action)) = click.body().deserialize::<(u32, String)>() else { continue };
                let known = shown.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                // Notifications of others are clicked too.
                if let (Some(job_id), CLICK) = (known, action.as_str()) {
                    open(&app, job_id);
                }
            }
            // The same notification is not clicked any more.
            Some(gone) = closed.next() => {
                if let Ok((number, _)) = gone.body().deserialize::<(u32, u32)>() {
                    shown.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                }
            }
            else => return,
        }
    }
}

/// Why nothing is shown, for people.
fn nobody(error: &zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(name, ..)
            if name.as_str().ends_with(".ServiceUnknown") || name.as_str().ends_with(".NameHasNoOwner") =>
        {
            "no program on this desktop shows notifications".into()
        }
        error => format!("the desktop shows no notifications: {error}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
