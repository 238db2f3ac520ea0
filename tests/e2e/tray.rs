//! A host for tray icons, as a desktop's panel is one: sees the icon, reads its menu, clicks in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Proxy, interface};

use crate::peer::wait_for;

/// A line of the menu: its id, label and whether it can be clicked.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    id: i32,
    pub(crate) label: String,
    pub(crate) is_enabled: bool,
}

/// One node of `com.canonical.dbusmenu`'s layout.
type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// The host.
pub(crate) struct TrayHost {
    bus: Connection,
    items: Arc<Mutex<Vec<String>>>,
}

struct Watcher {
    items: Arc<Mutex<Vec<String>>>,
}

#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "the interface fixes these signatures")]
#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: zbus::message::Header<'_>,
    ) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // An item names either its bus name or, as Ayatana's library does, its path.
        let item = if service.starts_with('/') {
            format!("{sender} {service}")
        } else {
            format!("{service} /StatusNotifierItem")
        };
        self.items.lock().unwrap().push(item);
    }

    fn register_status_notifier_host(&self, service: &str) {
        // There is one host, this one.
        let _ = service;
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().unwrap().clone()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl TrayHost {
    /// Takes the name that tray icons look for.
    pub(crate) async fn open(address: &str) -> Self {
        let items = Arc::new(Mutex::new(Vec::new()));
        let watcher = Watcher { items: Arc::clone(&items) };
        let bus = zbus::connection::Builder::address(address)
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .serve_at("/StatusNotifierWatcher", watcher)
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bus, items }
    }

    /// Waits for the icon, and gives its menu.
    pub(crate) async fn lines(&self) -> Vec<Line> {
        let menu = self.menu().await;
        let (_, root): (u32, Node) =
            menu.call("GetLayout", &(0_i32, -1_i32, Vec::<&str>::new())).await.unwrap();
        let mut lines = Vec::new();
        collect(root, &mut lines);
        lines
    }

    /// Waits until a line begins like this, and gives the menu.
    pub(crate) async fn lines_with(&self, beginning: &str) -> Vec<Line> {
        wait_for(beginning, async || {
            let lines = self.lines().await;
            lines.iter().any(|line| line.label.starts_with(beginning)).then_some(lines)
        })
        .await
    }

    /// Clicks the line with this label.
    pub(crate) async fn click(&self, label: &str) {
        let lines = self.lines().await;
        let line = lines
            .iter()
            .find(|line| line.label == label)
            .unwrap_or_else(|| panic!("no {label:?} in {lines:?}"));
        assert!(line.is_enabled, "{label:?} is grey");
        let nothing = Value::from(0_i32);
        let _: () = self.menu().await.call("Event", &(line.id, "clicked", nothing, 0_u32)).await.unwrap();
    }

    async fn menu(&self) -> Proxy<'static> {
        let item = wait_for("a tray icon", async || self.items.lock().unwrap().last().cloned()).await;
        let (name, path) = item.split_once(' ').unwrap();
        let item = Proxy::new(&self.bus, name.to_owned(), path.to_owned(), "org.kde.StatusNotifierItem")
            .await
            .unwrap();
        let menu: zbus::zvariant::OwnedObjectPath = item.get_property("Menu").await.unwrap();
        Proxy::new(&self.bus, name.to_owned(), menu, "com.canonical.dbusmenu").await.unwrap()
    }
}

fn collect((id, properties, children): Node, lines: &mut Vec<Line>) {
    if let Some(label) = properties.get("label").and_then(|label| String::try_from(label.clone()).ok()) {
        let is_enabled =
            properties.get("enabled").is_none_or(|value| bool::try_from(value.clone()).unwrap_or(true));
        lines.push(Line { id, label, is_enabled });
    }
    for child in children {
        collect(Node::try_from(child).unwrap(), lines);
    }
}
