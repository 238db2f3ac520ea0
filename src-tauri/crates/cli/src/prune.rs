//! `holdfast vault prune`: what would go, and doing it.

use clap::Args;
use contract::api;
use contract::prune::{PackSumView, PlanPrune, PrunePlanView, PruneVault};

use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::status::Status;
use crate::table::{pairs, parts};
use crate::words;

/// How the vault is pruned.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Only say what would be done; nothing is written.
    #[arg(long)]
    dry_run: bool,
    /// How much of what is left may be unused. More is copied and freed with less; with 100 nothing is copied, which
    /// needs no free space.
    #[arg(long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    max_unused: u8,
}

impl Prune {
    /// Plans, shows the plan, and does it.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let dry_run = self.dry_run;
        let plan = api::vault_prune_plan(&console.engine, self.request()).await?;
        if dry_run {
            console.output.answer(&plan, || shown(&plan));
            return Ok(Status::Done);
        }
        console.output.say(&shown(&plan));
        let request = PruneVault { seen: plan.seen, unused_percent_max: plan.unused_percent_max };
        let started = api::vault_prune(&console.engine, request).await?;
        let job = follow(console, started).await?;
        console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
        Ok(Status::Done)
    }

    /// What is asked for.
    pub(crate) fn request(self) -> PlanPrune {
        PlanPrune { unused_percent_max: Some(self.max_unused) }
    }
}

fn shown(plan: &PrunePlanView) -> String {
    let what = pairs(&[
        ("Backups", format!("{}, all of which stay", words::count(plan.snapshots.0))),
        ("Packs kept", packs(plan.kept)),
        ("Removed", packs(plan.removed)),
        ("Copied from", packs(plan.repacked)),
        ("Left over", packs(plan.leftover)),
        ("Freed", words::bytes(plan.freed_bytes.0)),
        ("Still unused", words::bytes(plan.unused_bytes.0)),
    ]);
    let nothing = if plan.is_empty { "There is nothing to remove." } else { "" };
    parts(&[what, nothing.into()])
}

fn packs(sum: PackSumView) -> String {
    format!("{}, {}", words::count(sum.packs.0), words::bytes(sum.bytes.0))
}
