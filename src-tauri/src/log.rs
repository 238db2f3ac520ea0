//! The log file of the profile. Secrets cannot reach it: their types print as `****`.

use std::fs::{File, OpenOptions};
use std::io;
use std::sync::Mutex;

use camino::Utf8Path;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::EnvFilter;

/// Size at which the file is put aside at the next start; with the older one, 10 MiB in all.
const LOG_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// Sends `tracing` to `holdfast.log`, and panics as well.
///
/// # Errors
/// When the file cannot be opened; the application runs without a log then.
pub(crate) fn start(directory: &Utf8Path) -> io::Result<()> {
    let file = open(directory)?;
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var("HOLDFAST_LOG")
        .from_env_lossy();
    // A second subscriber in one process is a test's; the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    let earlier = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(place = panic.location().map(tracing::field::display), "panicked");
        earlier(panic);
    }));
    Ok(())
}

fn open(directory: &Utf8Path) -> io::Result<File> {
    std::fs::create_dir_all(directory)?;
    let path = directory.join("holdfast.log");
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > LOG_BYTES_MAX) {
        base::disk::rename(&path, &directory.join("holdfast.1.log"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
