//! Reads the desk's keychain, as any program of the signed-in person may (freedesktop.org, Secret Service).

use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

const SERVICE: &str = "org.freedesktop.secrets";

/// Session, parameters, value, content type.
type Answer = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The values of all items of the default collection.
pub(crate) async fn secrets(bus_address: &str) -> Vec<String> {
    let bus = zbus::connection::Builder::address(bus_address).unwrap().build().await.unwrap();
    let service = proxy(&bus, "/org/freedesktop/secrets", "Service").await;
    let (_, session): (OwnedValue, OwnedObjectPath) =
        service.call("OpenSession", &("plain", Value::from(""))).await.unwrap();
    let collection = proxy(&bus, "/org/freedesktop/secrets/aliases/default", "Collection").await;
    let items: Vec<OwnedObjectPath> = collection.get_property("Items").await.unwrap();
    let mut values = Vec::new();
    for item in items {
        let item = proxy(&bus, item.as_str(), "Item").await;
        let (secret,): (Answer,) = item.call("GetSecret", &(&session,)).await.unwrap();
        values.push(String::from_utf8_lossy(&secret.2).into_owned());
    }
    values
}

async fn proxy(bus: &Connection, path: &str, kind: &str) -> Proxy<'static> {
    Proxy::new(bus, SERVICE, path.to_owned(), format!("org.freedesktop.Secret.{kind}")).await.unwrap()
}
