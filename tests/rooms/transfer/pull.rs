//! A download as tests make it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::meter::Meter;
use camino::{Utf8Path, Utf8PathBuf};
use remote::transfer::{CancellationToken, Fetched, Limits, Links, Pause, Request, TransferError, fetch};
use testkit::Content;

pub(crate) const MIB: u64 = 1024 * 1024;

/// One download's folder and limits; pulls go on where the one before ended.
pub(crate) struct Pull {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) limits: Limits,
    pub(crate) expected_bytes: Option<u64>,
    pub(crate) expected_sha256: Option<[u8; 32]>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) token: CancellationToken,
    pub(crate) pause: Pause,
    pub(crate) notes: Mutex<Vec<String>>,
}

impl Pull {
    /// With short limits, so that a test that fails does so soon.
    pub(crate) fn new() -> Self {
        let limits =
            Limits { idle: Duration::from_secs(2), stall: Duration::from_secs(20), ..Limits::default() };
        Self {
            folder: tempfile::tempdir().unwrap(),
            limits,
            expected_bytes: None,
            expected_sha256: None,
            meter: Arc::default(),
            token: CancellationToken::new(),
            pause: Pause::default(),
            notes: Mutex::default(),
        }
    }

    /// One that expects just this content.
    pub(crate) fn of(content: &Content) -> Self {
        Self { expected_bytes: Some(content.bytes()), expected_sha256: Some(content.sha256()), ..Self::new() }
    }

    /// With at most so many streams.
    pub(crate) fn streams(mut self, most: usize) -> Self {
        self.limits.streams_max = most;
        self
    }

    /// Where it keeps everything.
    pub(crate) fn directory(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join("download")
    }

    /// Fetches, or goes on.
    pub(crate) async fn run(&self, links: &dyn Links) -> Result<Fetched, TransferError> {
        self.run_in(&self.directory(), links).await
    }

    /// The same in another folder.
    pub(crate) async fn run_in(
        &self,
        directory: &Utf8Path,
        links: &dyn Links,
    ) -> Result<Fetched, TransferError> {
        let on_note = |note: &str| self.notes.lock().unwrap().push(note.to_owned());
        sent(Request {
            links,
            directory,
            name: "the backup",
            expected_bytes: self.expected_bytes,
            expected_sha256: self.expected_sha256,
            limits: self.limits.clone(),
            meter: &self.meter,
            token: &self.token,
            pause: &self.pause,
            on_note: &on_note,
        })
        .await
    }

    /// Fetches, and fails unless that works and all of it is right.
    pub(crate) async fn whole(&self, links: &dyn Links, content: &Content) -> Fetched {
        let fetched = self.run(links).await.unwrap_or_else(|error| {
            panic!("{error}; {:?}", self.notes.lock().unwrap());
        });
        assert_is(&fetched, content);
        fetched
    }

    /// Whether something was said.
    pub(crate) fn said(&self, words: &str) -> bool {
        self.notes.lock().unwrap().iter().any(|note| note.contains(words))
    }
}

/// Jobs run on any thread: a download has to be able to move from one to the other.
fn sent(request: Request<'_>) -> impl Future<Output = Result<Fetched, TransferError>> + Send {
    fetch(request)
}

/// The file on the disk is the content, by a hash that is none of the download's.
pub(crate) fn assert_is(fetched: &Fetched, content: &Content) {
    assert_eq!(fetched.bytes, content.bytes());
    let bytes = std::fs::read(&fetched.path).unwrap();
    assert_eq!(bytes.len() as u64, content.bytes());
    let found = ring::digest::digest(&ring::digest::SHA256, &bytes);
    assert_eq!(found.as_ref(), content.sha256(), "the file on the disk is another one");
    assert_eq!(fetched.sha256, content.sha256(), "the hash that is said is another one");
    for note in &fetched.notes {
        assert!(!note.contains("token=") && !note.contains("127.0.0.1"), "{note}");
    }
}

/// Everything that an error says, to whoever asks, holds no link.
pub(crate) fn assert_no_secret(error: &TransferError) {
    let failure = engine::Failure::from(match error {
        TransferError::Refused { status } => TransferError::Refused { status: *status },
        _ => TransferError::Odd { what: error.to_string() },
    });
    for text in [error.to_string(), format!("{error:?}"), format!("{failure:?}")] {
        assert!(!text.contains("signed-") && !text.contains("127.0.0.1"), "{text}");
    }
}
