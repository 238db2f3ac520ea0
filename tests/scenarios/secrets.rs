//! Secrets and rows stay where they belong: searched for everywhere else, during and after the whole loop.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use engine::backup::BackupWish;
use ledger::catalog::ProofLevel;
use testkit::{Console, Server, child};

/// A row that is nowhere else in the world.
const MARKER: &str = "marker-9f1c-of-a-customer-called-Ottilie-Quandt";
/// How the folders of our servers begin: rows may lie there as they are.
const SERVERS: &str = "holdfast-test-server-";

/// Names of the files below `folder` that hold one of `needles`, and which one.
fn search(folder: &Path, needles: &[(&str, String)], found: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !entry.file_name().to_string_lossy().starts_with(SERVERS) {
            search(&path, needles, found);
        } else if kind.is_file() {
            // A file that is gone meanwhile holds nothing any more.
            let Ok(bytes) = std::fs::read(&path) else { continue };
            for (what, needle) in needles {
                if contains(&bytes, needle.as_bytes()) {
                    found.insert(format!("{what} in {}", path.display()));
                }
            }
        }
    }
}

pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Everything that the engine and its libraries log at their most talkative.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens from now on; once in a process.
    pub(crate) fn listening() -> Self {
        let log = Self::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .init();
        log
    }

    /// Looks at what was logged.
    pub(crate) fn with(&self, look: impl FnOnce(&[u8])) {
        look(&self.0.lock().unwrap());
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_and_no_row_is_left_in_files_logs_or_command_lines() {
    if child::part().is_none() {
        // Its own folder for temporary files, so that all of it can be searched.
        let folder = tempfile::Builder::new().prefix("holdfast-test-secrets-").tempdir_in("/tmp").unwrap();
        let test = "secrets::no_secret_and_no_row_is_left_in_files_logs_or_command_lines";
        return child::must_pass(child::again(test, "searched").env("TMPDIR", folder.path()));
    }
    let Some(server) = Server::shared() else { return };
    let log = Log::listening();
    let console = Console::new().await.with_vault().await;
    let key = console.key();
    // The kit is the one file that holds the key, and its owner's to keep apart.
    std::fs::remove_file(console.kit()).unwrap();
    let needles = [
        ("the password", server.password().expose().to_owned()),
        ("the vault's key", key),
        ("the passphrase", console.opened_with().passphrase.unwrap().expose().to_owned()),
        ("a row", MARKER.to_owned()),
    ];
    let watch = Watch::start(needles.to_vec());

    let database = server.database().await;
    database
        .run(&format!(
            "create table customers as select i, '{MARKER}' || i as name, repeat(md5(i::text), 20) as filler from generate_series(1, 40000) i;
             create index on customers (name)"
        ))
        .await;
    let console = console.with_project(server, database.name()).await;
    let backup = console.backup().await;
    let report = console.restore_to(&backup.record.id, &server.free_name()).await;
    let verify = console.engine.start_verify(&report.backup_id, ProofLevel::Readable).await.unwrap();
    console.succeeded(&verify).await;
    console.engine.plan_backup("shop", &BackupWish::default()).await.unwrap();
    console.engine.test_connection(None, None, None, Some("shop"), &mut |_| ()).await.unwrap();

    let (found, looks) = watch.stop();
    assert!(looks > 3, "it was over before it was looked at");
    assert_eq!(found, BTreeSet::new());
    let log = log.0.lock().unwrap();
    assert!(log.len() > 1000, "nothing was logged");
    for (what, needle) in &needles {
        assert!(!contains(&log, needle.as_bytes()), "{what} is in the log");
    }
}

/// Looks at files and command lines again and again until it is stopped.
pub(crate) struct Watch {
    is_over: Arc<AtomicBool>,
    looking: std::thread::JoinHandle<(BTreeSet<String>, usize)>,
}

impl Watch {
    pub(crate) fn start(needles: Vec<(&'static str, String)>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let folder = PathBuf::from(std::env::var_os("TMPDIR").unwrap());
        let looking = std::thread::spawn(move || {
            let (mut found, mut looks) = (BTreeSet::new(), 0);
            loop {
                // Once more after the end: what is left then is left for good.
                let is_last = told.load(Ordering::Acquire);
                search(&folder, &needles, &mut found);
                for line in child::command_lines() {
                    for (what, needle) in &needles {
                        if line.contains(needle) {
                            found.insert(format!("{what} in the command line {line:.200}"));
                        }
                    }
                }
                looks += 1;
                if is_last {
                    return (found, looks);
                }
            }
        });
        Self { is_over, looking }
    }

    pub(crate) fn stop(self) -> (BTreeSet<String>, usize) {
        self.is_over.store(true, Ordering::Release);
        self.looking.join().unwrap()
    }
}
