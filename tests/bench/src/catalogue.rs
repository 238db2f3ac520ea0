//! A large vault listed again on a new computer, and the lists of a profile that was in use for years.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use contract::api;
use contract::backup::{BackupRef, ListBackups};
use contract::command::Nothing;
use contract::error::UserError;
use contract::job::ListJobs;
use contract::project::ProjectRef;
use engine::Engine;
use testkit::Console;

use crate::bench::{Bench, remove, text};
use crate::database::utf8;
use crate::measure::{Cost, Flow, of_this_process};
use crate::report::{Figure, Report};

/// Of the large vault; nothing here is secret.
const KEY: &str = "0000-0000-0000-0000-0000-0000-0000-0000";
const REBUILT: u64 = 10_000;
const REBUILD_LIMIT_S: f64 = 60.0;
const MEMORY_LIMIT_MIB: f64 = 256.0;
const PROJECTS: u64 = 1_000;
const LISTED: u64 = 100_000;
const LIST_LIMIT_S: f64 = 0.05;
/// Processors are counted in hundredths of a second, so each list is asked for several times.
const ASKED: u32 = 10;
const PAGE: u32 = 100;
const PROFILE: &str = include_str!("large_catalogue.sql");

/// `holdfast vault open` on a new profile: everything that the vault holds is listed from it.
pub(crate) fn rebuild(bench: &Bench, report: &mut Report) -> Result<()> {
    let backups = REBUILT / bench.divisor();
    let (place, key) = (bench.path("large-vault"), bench.path("large-key"));
    remove(&place)?;
    eprintln!("Making a vault of {backups} backups.");
    testkit::large_vault(utf8(&place)?, KEY, backups, PROJECTS / bench.divisor());
    std::fs::write(&key, KEY)?;
    let mut costs = Vec::new();
    for round in 1..=bench.rounds {
        bench.new_home()?;
        let open = ["vault", "open", "--path", text(&place)?, "--key-file", text(&key)?];
        let cost = bench.run(Flow::of(bench.holdfast(&open)))?;
        eprintln!("rebuild {round}: {:.2} s, CPU {:.2} s", cost.wall_s, cost.cpu_s);
        costs.push(cost);
    }
    let what = format!("rebuild of {backups} backups");
    report.limit(&format!("{what}, wall"), Figure::WallS, &costs, REBUILD_LIMIT_S / bench.share());
    report.limit(&format!("{what}, memory"), Figure::PeakMib, &costs, MEMORY_LIMIT_MIB);
    remove(&place)
}

/// Every list that the window and the command line show; the slowest is judged.
pub(crate) fn lists(bench: &Bench, report: &mut Report) -> Result<()> {
    let (projects, backups) = (PROJECTS / bench.divisor(), LISTED / bench.divisor());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); LISTS.len()];
    runtime.block_on(async {
        let console = Console::new().await;
        fill(console.home().join("catalog.db").as_str(), projects, backups)?;
        for _ in 0..bench.rounds {
            for (list, costs) in LISTS.iter().zip(&mut costs) {
                costs.push(cost_of(&console.engine, *list, backups).await?);
            }
        }
        anyhow::Ok(())
    })?;
    let median = |costs: &[Cost]| {
        let mut walls: Vec<f64> = costs.iter().map(|cost| cost.wall_s).collect();
        walls.sort_by(f64::total_cmp);
        walls[walls.len() / 2]
    };
    for (list, costs) in LISTS.iter().zip(&costs) {
        eprintln!("{}: {:.1} ms", list.words(), median(costs) * 1000.0);
    }
    let slowest =
        (0..LISTS.len()).max_by(|&left, &right| median(&costs[left]).total_cmp(&median(&costs[right])));
    let slowest = slowest.context("there are no lists")?;
    let what = format!("slowest of {} lists: {}", LISTS.len(), LISTS[slowest].words());
    report.limit(&what, Figure::WallS, &costs[slowest], LIST_LIMIT_S);
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum List {
    Home,
    Projects,
    Project,
    FirstBackups,
    LastBackups,
    BackupsOfOne,
    Deletion,
    Runs,
    RunsOfOne,
}

const LISTS: [List; 9] = [
    List::Home,
    List::Projects,
    List::Project,
    List::FirstBackups,
    List::LastBackups,
    List::BackupsOfOne,
    List::Deletion,
    List::Runs,
    List::RunsOfOne,
];

impl List {
    fn words(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Projects => "projects",
            Self::Project => "one project",
            Self::FirstBackups => "newest backups",
            Self::LastBackups => "oldest backups",
            Self::BackupsOfOne => "backups of one",
            Self::Deletion => "a deletion's plan",
            Self::Runs => "runs",
            Self::RunsOfOne => "runs of one",
        }
    }

    /// Asks as the window does; yields how much was answered.
    async fn ask(self, engine: &Engine, backups: u64) -> Result<usize, UserError> {
        let one = || "project 0".to_owned();
        let page = |project: Option<String>, offset| ListBackups { project, offset, limit: PAGE, sift: None };
        let last = u32::try_from(backups).unwrap_or(u32::MAX) - PAGE;
        let runs = |project: Option<String>| ListJobs { project, limit: PAGE };
        let listed = match self {
            Self::Home => api::home(engine, Nothing {}).await?.projects.len(),
            Self::Projects => api::project_list(engine, Nothing {}).await?.len(),
            Self::Project => api::project_show(engine, ProjectRef { project: one() }).await.map(|_| 1)?,
            Self::FirstBackups => api::backup_list(engine, page(None, 0)).await?.backups.len(),
            Self::LastBackups => api::backup_list(engine, page(None, last)).await?.backups.len(),
            Self::BackupsOfOne => api::backup_list(engine, page(Some(one()), 0)).await?.backups.len(),
            Self::Deletion => {
                let backup = format!("{:064x}", backups - 1);
                api::backup_deletion_plan(engine, BackupRef { backup }).await.map(|_| 1)?
            }
            Self::Runs => api::job_list(engine, runs(None)).await?.len(),
            Self::RunsOfOne => api::job_list(engine, runs(Some(one()))).await?.len(),
        };
        Ok(listed)
    }
}

/// One of several calls in a row, on average.
async fn cost_of(engine: &Engine, list: List, backups: u64) -> Result<Cost> {
    let before = of_this_process()?;
    for _ in 0..ASKED {
        let answered = list.ask(engine, backups).await;
        let listed = answered.map_err(|error| anyhow::anyhow!("{}: {error:?}", list.words()))?;
        // A list of nothing would be quick.
        if listed == 0 {
            bail!("{} answered nothing", list.words());
        }
    }
    let after = of_this_process()?;
    let asked = f64::from(ASKED);
    let wall_s = (after.wall_s - before.wall_s) / asked;
    Ok(Cost { wall_s, cpu_s: (after.cpu_s - before.cpu_s) / asked, ..Cost::default() })
}

fn fill(catalogue: &str, projects: u64, backups: u64) -> Result<()> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let mut sqlite = Command::new("sqlite3");
    sqlite.args(["-bail", catalogue]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = sqlite.spawn().context("sqlite3")?;
    let mut input = child.stdin.take().context("sqlite3 has no input")?;
    writeln!(input, ".parameter init")?;
    for (name, value) in [(":projects", projects.to_string()), (":backups", backups.to_string())] {
        writeln!(input, ".parameter set {name} {value}")?;
    }
    writeln!(input, ".parameter set :now_ms {now_ms}")?;
    input.write_all(PROFILE.as_bytes())?;
    drop(input);
    let status = child.wait()?;
    if !status.success() {
        bail!("sqlite3 ended with {status}");
    }
    Ok(())
}
