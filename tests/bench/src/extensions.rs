//! A drill on a computer that lacks an extension, whose types are stood in for, beside one on a computer that has it.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use engine::drill::DrillRequest;
use ledger::catalog::Verdict;
use postgres::tools::SearchRoots;
use testkit::{Console, PROJECT, Terra};

use crate::backups::tell;
use crate::bench::Bench;
use crate::measure::Cost;
use crate::report::{Figure, Report};

/// Rows of a person's in a table of the extension's own, and rows with a column of its type.
const ROWS: u64 = 2_000_000;
/// What standing in may cost.
const BUDGET: f64 = 1.15;

/// Measures both in turns; each side has a vault of its own, so that nothing is read by the other.
pub(crate) fn extensions(bench: &Bench, report: &mut Report) -> Result<()> {
    let terra = Terra::shared().context("there is no Postgres server here")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (with, without) = runtime.block_on(async {
        let rows = ROWS / bench.divisor();
        let database = terra.database(rows).await;
        let more = format!(
            "insert into visits select 1000 + n, ((town % 10) || ' ' || town)::place, md5(n::text) \
             from generate_series(1, {rows}) n, lateral (select 1 + n % 500 as town) t"
        );
        database.run(&format!("set search_path = public, \"odd \"\"terra\"; {more}")).await;
        let (has, lacks) = (terra.with_extensions(), SearchRoots::of_this_system());
        let (has, lacks) = (console(terra, &database, has).await, console(terra, &database, lacks).await);
        let (mut with, mut without) = <(Vec<Cost>, Vec<Cost>)>::default();
        for _ in 0..bench.rounds_of_minutes() {
            without.push(drill(&lacks).await?);
            with.push(drill(&has).await?);
            tell("drill without extensions", &without, &with);
        }
        anyhow::Ok((with, without))
    })?;
    let what = "drill without its extensions";
    report.compare(what, Figure::WallS, &without, "drill with them", &with, Some(BUDGET));
    Ok(())
}

async fn console(terra: &Terra, database: &testkit::Database<'_>, roots: SearchRoots) -> Console {
    let console = Console::with(|options| options.tool_roots = roots).await.with_vault().await;
    let console = console.with_project(terra.server(), database.name()).await;
    console.backup().await;
    console
}

async fn drill(console: &Console) -> Result<Cost> {
    let begin = Instant::now();
    let job = console.engine.start_drill(DrillRequest::of_backup(PROJECT.to_owned())).await?;
    console.succeeded(&job).await;
    let wall_s = begin.elapsed().as_secs_f64();
    let drill = console.engine.drill(&job).await?;
    ensure!(drill.row.record.verdict == Verdict::Pass, "{}", drill.row.record.reason);
    Ok(Cost { wall_s, ..Cost::default() })
}
