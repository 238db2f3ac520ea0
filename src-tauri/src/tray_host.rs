//! Whether this desktop has a place for a tray icon. Only on Linux it may not.

#[cfg(not(target_os = "linux"))]
pub(crate) async fn exists() -> bool {
    true
}

#[cfg(target_os = "linux")]
pub(crate) use linux::exists;

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::time::Duration;

    use zbus::fdo::DBusProxy;
    use zbus::names::BusName;

    /// A bus that does not answer for so long has no tray host behind it.
    const ANSWER_MAX: Duration = Duration::from_secs(2);

    /// The name that every tray host owns (freedesktop.org, `StatusNotifierItem`).
    const HOST: &str = "org.kde.StatusNotifierWatcher";

    /// Libraries that the tray icon is drawn by, opened while running; without one it would panic.
    const LIBRARIES: [&str; 2] = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];

    /// Where loaders look, beside what the variable names.
    const DIRECTORIES: [&str; 8] = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib",
        "/lib64",
        "/lib",
        "/app/lib",
    ];

    /// True when the library is there, and somebody shows tray icons.
    pub(crate) async fn exists() -> bool {
        has_library() && matches!(tokio::time::timeout(ANSWER_MAX, has_host()).await, Ok(Ok(true)))
    }

    fn has_library() -> bool {
        let named = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let named: Vec<_> = std::env::split_paths(&named).collect();
        let usual = DIRECTORIES.iter().map(|directory| Path::new(*directory).to_path_buf());
        named
            .into_iter()
            .chain(usual)
            .any(|directory| LIBRARIES.iter().any(|name| directory.join(name).exists()))
    }

    async fn has_host() -> zbus::Result<bool> {
        let bus = zbus::Connection::session().await?;
        let name = BusName::try_from(HOST)?;
        Ok(DBusProxy::new(&bus).await?.name_has_owner(name).await?)
    }
}
