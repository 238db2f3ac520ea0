//! What a command costs: wall clock, CPU seconds, peak memory; of its server too.
//!
//! CPU comes from `/proc/PID/stat` of the ended, not yet collected process, its collected children
//! included; the clock there ticks a hundred times a second. Peak memory is `VmHWM` of the process
//! alone, asked for every few milliseconds, and so is what a `pg_dump` that it started has spent. Source: proc(5).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, WaitId, WaitIdOptions};

/// `USER_HZ`: the same on every Linux.
const TICKS_PER_S: f64 = 100.0;
const KIB: u64 = 1024;
/// Between two looks at the memory of what runs.
const POLL: Duration = Duration::from_millis(5);
/// Polls between two looks for a `pg_dump`.
const POLLS_PER_LOOK: u32 = 4;
/// How the kernel names it.
const DUMP: &str = "pg_dump";
/// Backends end a moment after their clients.
const SETTLE_LIMIT: Duration = Duration::from_secs(10);

/// What a run took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall_s: f64,
    /// CPU seconds, user and system; what the caller counts in.
    pub(crate) cpu_s: f64,
    /// Of these, the last program's of the flow and its children's, but for a `pg_dump` that it started: what both
    /// sides of a comparison need to read a database is in neither.
    pub(crate) own_s: f64,
    /// The largest memory of the last process of the flow.
    pub(crate) peak_bytes: u64,
    /// Bytes that a repository grew by, where somebody looked.
    pub(crate) bytes_added: u64,
}

impl Cost {
    /// One after the other.
    pub(crate) fn and(self, next: Self) -> Self {
        Self {
            wall_s: self.wall_s + next.wall_s,
            cpu_s: self.cpu_s + next.cpu_s,
            own_s: self.own_s + next.own_s,
            peak_bytes: self.peak_bytes.max(next.peak_bytes),
            bytes_added: self.bytes_added + next.bytes_added,
        }
    }

    /// What is left without another cost, as that of start-up and key derivation; memory stays.
    pub(crate) fn without(self, empty: &Self) -> Self {
        Self {
            wall_s: (self.wall_s - empty.wall_s).max(0.0),
            cpu_s: (self.cpu_s - empty.cpu_s).max(0.0),
            own_s: (self.own_s - empty.own_s).max(0.0),
            ..self
        }
    }
}

/// Commands, each reading what the one before it wrote.
#[derive(Debug)]
pub(crate) struct Flow {
    stages: Vec<Command>,
    output: Option<File>,
    counts: Counts,
}

/// Whose CPU a flow counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    All,
    Last,
}

impl Flow {
    /// A flow of one command.
    pub(crate) fn of(command: Command) -> Self {
        Self { stages: vec![command], output: None, counts: Counts::All }
    }

    /// Pipes into another command.
    #[must_use]
    pub(crate) fn pipe(mut self, command: Command) -> Self {
        self.stages.push(command);
        self
    }

    /// Writes the last command's output to a file.
    pub(crate) fn write(mut self, path: &Path) -> Result<Self> {
        self.output = Some(File::create(path).with_context(|| path.display().to_string())?);
        Ok(self)
    }

    /// Leaves the CPU of all but the last command out, because every rival has them.
    #[must_use]
    pub(crate) fn counting_the_last(mut self) -> Self {
        self.counts = Counts::Last;
        self
    }

    /// Runs everything to its end. What others still have to write goes to the disk first.
    pub(crate) fn run(mut self, errors: &Path) -> Result<Cost> {
        rustix::fs::sync();
        let log = File::create(errors).with_context(|| errors.display().to_string())?;
        let names: Vec<String> = self.stages.iter().map(|stage| format!("{stage:?}")).collect();
        let begin = Instant::now();
        let mut children: Vec<Child> = Vec::new();
        let last = self.stages.len() - 1;
        for (at, stage) in self.stages.iter_mut().enumerate() {
            let piped = children.last_mut().and_then(|before| before.stdout.take()).map(Stdio::from);
            stage.stdin(piped.unwrap_or_else(Stdio::null));
            stage.stdout(if at < last {
                Stdio::piped()
            } else {
                self.output.take().map_or_else(Stdio::null, Stdio::from)
            });
            stage.stderr(log.try_clone()?);
            children.push(stage.spawn().with_context(|| names[at].clone())?);
        }
        let watch = children.last().map(|child| Watch::start(child.id()));
        let mut cost = Cost::default();
        for (at, mut child) in children.into_iter().enumerate() {
            let cpu_s = end_of(&child)?;
            let status = child.wait()?;
            if !status.success() {
                let words = fs::read_to_string(errors).unwrap_or_default();
                bail!("{} ended with {status}\n{}", names[at], words.trim_end());
            }
            if self.counts == Counts::All || at == last {
                cost.cpu_s += cpu_s;
            }
            // In the end it is the last one's.
            cost.own_s = cpu_s;
        }
        cost.wall_s = begin.elapsed().as_secs_f64();
        let seen = watch.map_or_else(Seen::default, Watch::finish);
        cost.peak_bytes = seen.peak_bytes;
        cost.own_s -= seen.dump_s;
        Ok(cost)
    }
}

/// Waits without collecting the process, so that its counters can still be read.
fn end_of(child: &Child) -> Result<f64> {
    let pid = Pid::from_raw(i32::try_from(child.id())?).context("a process without a number")?;
    rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let stat = Stat::of(child.id()).context("an ended process has no counters")?;
    Ok(stat.own_s + stat.collected_s)
}

/// The clock, and what this process has spent so far; two of them make a cost.
pub(crate) fn of_this_process() -> Result<Cost> {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let wall_s = BEGIN.elapsed().as_secs_f64();
    let stat = Stat::of(std::process::id()).context("this process has no counters")?;
    Ok(Cost { wall_s, cpu_s: stat.own_s, own_s: stat.own_s, ..Cost::default() })
}

/// What was seen of a process while it ran.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Its largest memory.
    peak_bytes: u64,
    /// CPU seconds of every `pg_dump` that it started.
    dump_s: f64,
}

/// Keeps an eye on a process.
struct Watch {
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<Seen>,
}

impl Watch {
    fn start(pid: u32) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let (mut seen, mut dumps, mut polls) = (Seen::default(), BTreeMap::<u32, f64>::new(), 0);
            while !over.load(Ordering::Relaxed) {
                seen.peak_bytes = seen.peak_bytes.max(peak_of(pid));
                if polls % POLLS_PER_LOOK == 0 {
                    for dump in dumps_of(pid) {
                        dumps.entry(dump).or_default();
                    }
                }
                for (dump, spent_s) in &mut dumps {
                    if let Some(stat) = Stat::of(*dump) {
                        *spent_s = spent_s.max(stat.own_s);
                    }
                }
                polls += 1;
                thread::sleep(POLL);
            }
            seen.dump_s = dumps.values().sum();
            seen
        });
        Self { is_over, thread }
    }

    fn finish(self) -> Seen {
        self.is_over.store(true, Ordering::Relaxed);
        // It does nothing that could fail.
        self.thread.join().unwrap_or_default()
    }
}

/// Every `pg_dump` among a process's children, whichever of its threads started it; some only say their version.
fn dumps_of(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let children =
        threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<String> = children.collect();
    let pids = children.iter().flat_map(|line| line.split_whitespace()).filter_map(|pid| pid.parse().ok());
    let is_dump =
        |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == DUMP);
    pids.filter(is_dump).collect()
}

fn peak_of(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default() * KIB
}

/// A process's counters.
struct Stat {
    parent: u32,
    own_s: f64,
    /// Of children that ended and were collected.
    collected_s: f64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold anything.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
        let seconds = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS_PER_S);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own_s: seconds(11)? + seconds(12)?,
            collected_s: seconds(13)? + seconds(14)?,
        })
    }
}

/// A Postgres server, as the kernel sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerProcess {
    pid: u32,
    /// Its own helpers: whatever else it has as children serves a client.
    helpers: usize,
}

impl ServerProcess {
    /// The server of a data directory, while no client is connected.
    pub(crate) fn of(data: &Path) -> Result<Self> {
        let lock = fs::read_to_string(data.join("postmaster.pid"))?;
        let pid = lock.lines().next().unwrap_or_default().trim().parse()?;
        thread::sleep(Duration::from_secs(1));
        Ok(Self { pid, helpers: children_of(pid).len() })
    }

    /// Runs something, and adds what the server spent on it.
    pub(crate) fn with(self, work: impl FnOnce() -> Result<Cost>) -> Result<Cost> {
        let before = self.settled_cpu_s()?;
        let mut cost = work()?;
        cost.cpu_s += self.settled_cpu_s()? - before;
        Ok(cost)
    }

    /// CPU seconds of the server and everything it started, once no client is left.
    fn settled_cpu_s(self) -> Result<f64> {
        let deadline = Instant::now() + SETTLE_LIMIT;
        while children_of(self.pid).len() > self.helpers && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        let server = Stat::of(self.pid).context("the server is gone")?;
        let helpers: f64 = children_of(self.pid).iter().map(|child| child.own_s).sum();
        Ok(server.own_s + server.collected_s + helpers)
    }
}

fn children_of(pid: u32) -> Vec<Stat> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = all.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter_map(Stat::of).filter(|stat| stat.parent == pid).collect()
}

/// The bytes of all files below a directory.
pub(crate) fn bytes_below(directory: &Path) -> Result<u64> {
    Ok(files_below(directory)?.iter().map(|(_, metadata)| metadata.len()).sum())
}

/// All files below a directory.
pub(crate) fn files_below(directory: &Path) -> Result<Vec<(PathBuf, fs::Metadata)>> {
    let (mut found, mut left) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                left.push(entry.path());
            } else {
                found.push((entry.path(), metadata));
            }
        }
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(found)
}
