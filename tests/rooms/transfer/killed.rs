//! Real deaths: `kill -9` at any byte, and the server's own count of what was given twice.

use remote::transfer::Limits;
use testkit::{Content, FileServer, child, poll};

use super::pull::{MIB, Pull, assert_is};

/// How often it is killed.
const DEATHS: u64 = 20;
/// What may be fetched again after a death, per stream.
const AGAIN_BYTES_MAX: u64 = 8 * MIB;
const STREAMS: usize = 4;
const FOLDER: &str = "HOLDFAST_TEST_FOLDER";
const PORT: &str = "HOLDFAST_TEST_PORT";
/// Peak of a download, whatever its size.
const PEAK_KIB_MAX: u64 = 256 * 1024;

/// The child: goes on with the download in the folder of its parent.
async fn play(streams: usize) -> remote::transfer::Fetched {
    let directory = std::env::var(FOLDER).unwrap();
    let port: u16 = std::env::var(PORT).unwrap().parse().unwrap();
    let links = Fixed(format!("http://127.0.0.1:{port}/file"));
    let pull = Pull { limits: Limits { streams_max: streams, ..Limits::default() }, ..Pull::new() };
    pull.run_in(directory.as_str().into(), &links).await.unwrap()
}

/// A link that does not run out.
#[derive(Debug)]
struct Fixed(String);

impl remote::transfer::Links for Fixed {
    fn link<'s, 'f>(
        &'s self,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<remote::transfer::Link, engine::Failure>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let url = base::secret::Secret::new(self.0.clone());
        Box::pin(async {
            Ok(remote::transfer::Link { url, headers: Vec::new(), expires_at: None, bytes: None })
        })
    }
}

fn start(test: &str, directory: &str, port: u16) -> std::process::Command {
    let mut command = child::again(test, "download");
    command.env(FOLDER, directory).env(PORT, port.to_string()).stdout(std::process::Stdio::null());
    command
}

#[tokio::test]
async fn killed_twenty_times_it_fetches_at_most_eight_mebibytes_per_stream_again_each_time() {
    if child::part().is_some() {
        play(STREAMS).await;
        return;
    }
    let test =
        "transfer::killed::killed_twenty_times_it_fetches_at_most_eight_mebibytes_per_stream_again_each_time";
    let content = Content::of(512 * MIB, 77);
    // So slow that streams are added, and that no death comes too late.
    let server = FileServer::with(content.clone(), |serving| serving.rate = Some(12 * MIB));
    let pull = Pull::new();
    let directory = pull.directory();
    let mut random = u64::from(std::process::id()) | 1;
    eprintln!("seed {random}");
    let mut useful = 0;
    for death in 0..DEATHS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Anywhere from the first bytes of a run to well after its streams were added.
        let after = (random >> 33) % (25 * MIB);
        let (before, asked) = (server.served_bytes(), server.asks().len());
        let mut running = child::Guarded::start(&mut start(test, directory.as_str(), server.port()));
        poll::soon("it is time to die", async || {
            server.served_bytes() - before >= after || running.child().try_wait().unwrap().is_some()
        })
        .await;
        running.kill();
        poll::soon("its connections are gone", async || server.connections() == 0).await;
        let (given, there) = (server.served_bytes() - before, durable(&directory));
        let (kept, streams) = (there - useful, (server.asks().len() - asked).clamp(1, STREAMS) as u64);
        assert!(
            given.saturating_sub(kept) <= AGAIN_BYTES_MAX * streams,
            "death {death}: {given} bytes were given to {streams} streams, and {kept} of them kept"
        );
        useful = there;
    }
    server.set(|serving| serving.rate = None);
    let fetched = pull.run(&server.links()).await.unwrap();
    assert_is(&fetched, &content);
    assert_eq!(fetched.resumed_bytes, useful);
    let again = server.served_bytes() - content.bytes();
    assert!(again <= DEATHS * AGAIN_BYTES_MAX * STREAMS as u64, "{again} bytes were served twice in all");
    eprintln!("{again} bytes were served twice over {DEATHS} deaths");
}

/// Bytes that the journal says are there; the next run believes it.
fn durable(directory: &camino::Utf8Path) -> u64 {
    let Ok(text) = std::fs::read_to_string(directory.join("journal")) else { return 0 };
    let json: serde_json::Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
    let ranges = json["ranges"].as_array().unwrap().clone();
    ranges.iter().map(|range| range[1].as_u64().unwrap() - range[0].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn three_gigabytes_stay_within_256_mebibytes_of_memory() {
    if child::part().is_some() {
        let fetched = play(8).await;
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
        let path = format!("{}.said", std::env::var(FOLDER).unwrap());
        std::fs::write(path, format!("{peak}; {:?}; {} streams", fetched.sha256, fetched.streams_used))
            .unwrap();
        return;
    }
    if !cfg!(target_os = "linux") {
        testkit::skip("the peak of memory is read from /proc");
        return;
    }
    let content = Content::of(3_000_000_000, 5);
    let server = FileServer::start(content.clone());
    let pull = Pull::new();
    let test = "transfer::killed::three_gigabytes_stay_within_256_mebibytes_of_memory";
    child::must_pass(
        child::again(test, "download").env(FOLDER, pull.directory()).env(PORT, server.port().to_string()),
    );
    let said = std::fs::read_to_string(format!("{}.said", pull.directory())).unwrap();
    eprintln!("{said}");
    let peak: u64 = said.split(' ').next().unwrap().parse().unwrap();
    assert!(said.contains(&format!("{:?}", content.sha256())), "{said}");
    assert!(peak > 1024 && peak <= PEAK_KIB_MAX, "the download took {peak} KiB");
}
