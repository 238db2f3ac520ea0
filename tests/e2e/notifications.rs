//! Who shows notifications, as a desktop does: notes what it is given, and lets a person click.

use std::sync::{Arc, Mutex};

use zbus::{Connection, interface};

use crate::peer::wait_for;

const PATH: &str = "/org/freedesktop/Notifications";

/// One that was shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) number: u32,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) actions: Vec<String>,
}

/// The service.
pub(crate) struct Notifications {
    bus: Connection,
    shown: Arc<Mutex<Vec<Shown>>>,
}

struct Service {
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_self,
    reason = "the interface fixes these signatures"
)]
#[interface(name = "org.freedesktop.Notifications")]
impl Service {
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: std::collections::HashMap<String, zbus::zvariant::OwnedValue>,
        expire_timeout: i32,
    ) -> u32 {
        // What these say is the desktop's business.
        let _ = (app_name, replaces_id, app_icon, hints, expire_timeout);
        let mut shown = self.shown.lock().unwrap();
        let number = u32::try_from(shown.len()).unwrap() + 1;
        shown.push(Shown { number, title: summary.to_owned(), body: body.to_owned(), actions });
        number
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".to_owned(), "body".to_owned(), "body-markup".to_owned()]
    }
}

impl Notifications {
    /// Takes the name that applications look for.
    pub(crate) async fn open(address: &str) -> Self {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let service = Service { shown: Arc::clone(&shown) };
        let bus = zbus::connection::Builder::address(address)
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .serve_at(PATH, service)
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bus, shown }
    }

    /// What was shown so far.
    pub(crate) fn all(&self) -> Vec<Shown> {
        self.shown.lock().unwrap().clone()
    }

    /// Waits for one with this title.
    pub(crate) async fn titled(&self, title: &str) -> Shown {
        wait_for(title, async || self.all().into_iter().find(|shown| shown.title == title)).await
    }

    /// Clicks it.
    pub(crate) async fn click(&self, shown: &Shown) {
        let none = None::<&str>;
        let signal = (shown.number, "default");
        self.bus
            .emit_signal(none, PATH, "org.freedesktop.Notifications", "ActionInvoked", &signal)
            .await
            .unwrap();
    }
}
