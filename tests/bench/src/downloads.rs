//! Downloads beside curl and aria2c, from a server in this process that limits what a network would.
//!
//! *No loss*: all connections together get so many bytes per second. *Loss*: each connection gets so many,
//! which is what loss does to one stream (its congestion control halves again and again), evenly and
//! without the loss itself: a stand-in, no lossy network.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use base::meter::Meter;
use base::secret::Secret;
use camino::Utf8Path;
use engine::Failure;
use remote::transfer::{CancellationToken, Limits, Link, Links, Pause, Request, fetch};
use testkit::{Content, FileServer};

use crate::backups::tell;
use crate::bench::{Bench, remove, text};
use crate::measure::{Cost, Flow};
use crate::report::{Figure, Report};

const MIB: u64 = 1024 * 1024;
/// Without loss: the line, and six seconds of it.
const LINE_BYTES_PER_S: u64 = 100 * MIB;
const LINE_BYTES: u64 = 6 * LINE_BYTES_PER_S;
/// With loss: what one stream gets, and half a minute of eight of them.
const STREAM_BYTES_PER_S: u64 = 2 * MIB;
const STREAMS: u64 = 8;
const LOSS_BYTES: u64 = 30 * STREAMS * STREAM_BYTES_PER_S;
/// Speed of ours as a share of the rival's, as time.
const BUDGET_LINE: f64 = 1.0 / 0.97;
const BUDGET_LOSS: f64 = 1.0 / 0.95;

/// Both comparisons.
pub(crate) fn downloads(bench: &Bench, report: &mut Report) -> Result<()> {
    let line =
        FileServer::with(Content::of(LINE_BYTES, 1), |serving| serving.line_rate = Some(LINE_BYTES_PER_S));
    let curl = |url: &str, folder: &Path| {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail", "--output"]).arg(folder.join("file")).arg(url);
        command
    };
    let (ours, theirs) = beside(bench, "download, no loss", &line, bench.rounds, curl)?;
    report.compare("download, no loss", Figure::WallS, &ours, "curl", &theirs, Some(BUDGET_LINE));

    let loss =
        FileServer::with(Content::of(LOSS_BYTES, 2), |serving| serving.rate = Some(STREAM_BYTES_PER_S));
    let aria2c = |url: &str, folder: &Path| {
        let mut command = Command::new("aria2c");
        command.args(["--quiet", "--max-connection-per-server=8", "--split=8", "--min-split-size=1M"]);
        command.args(["--file-allocation=none", "--dir"]).arg(folder).args(["--out", "file", url]);
        command
    };
    // Half a minute each time, whatever the amount of data: what is judged is how soon streams are added.
    let rounds = if bench.is_quick { 1 } else { bench.rounds_of_minutes() };
    let (ours, theirs) = beside(bench, "download, streams limited", &loss, rounds, aria2c)?;
    report.compare(
        "download, streams limited",
        Figure::WallS,
        &ours,
        "aria2c -x8",
        &theirs,
        Some(BUDGET_LOSS),
    );
    Ok(())
}

/// In turns; each file is checked, and removed.
fn beside(
    bench: &Bench,
    what: &str,
    server: &FileServer,
    rounds: usize,
    rival: impl Fn(&str, &Path) -> Command,
) -> Result<(Vec<Cost>, Vec<Cost>)> {
    let url = server.url("/file");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let folder = bench.fresh("download")?;
        let arguments = ["download".as_ref(), url.as_ref(), folder.as_os_str()];
        ours.push(bench.run(Flow::of(Bench::driver(&arguments)?))?);
        check(server, &folder.join("download"))?;
        remove(&folder)?;
        let folder = bench.fresh("download")?;
        theirs.push(bench.run(Flow::of(rival(&url, &folder)))?);
        check(server, &folder.join("file"))?;
        remove(&folder)?;
        tell(what, &ours, &theirs);
    }
    Ok((ours, theirs))
}

fn check(server: &FileServer, file: &Path) -> Result<()> {
    let bytes = fs::metadata(file).with_context(|| file.display().to_string())?.len();
    ensure!(bytes == server.bytes(), "{} has {bytes} bytes", file.display());
    Ok(())
}

/// The driver: `bench download URL FOLDER`.
pub(crate) fn drive(url: &Path, folder: &Path) -> Result<()> {
    let links = OneLink(text(url)?.to_owned());
    let (meter, token, pause) = (Arc::new(Meter::default()), CancellationToken::new(), Pause::default());
    let request = Request {
        links: &links,
        directory: Utf8Path::new(text(folder)?),
        name: "the file",
        expected_bytes: None,
        expected_sha256: None,
        limits: Limits::default(),
        meter: &meter,
        token: &token,
        pause: &pause,
        on_note: &|note| eprintln!("{note}"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetched = runtime.block_on(fetch(request))?;
    eprintln!("{} streams, {} bytes came twice", fetched.streams_used, fetched.refetched_bytes);
    Ok(())
}

/// A link that does not run out.
#[derive(Debug)]
struct OneLink(String);

impl Links for OneLink {
    fn link<'s, 'f>(&'s self) -> std::pin::Pin<Box<dyn Future<Output = Result<Link, Failure>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let url = Secret::new(self.0.clone());
        Box::pin(async { Ok(Link { url, headers: Vec::new(), expires_at: None, bytes: None }) })
    }
}
