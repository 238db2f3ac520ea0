//! The arguments: nouns, and what all of them share. Each noun's verbs stand beside what they do.

use camino::Utf8PathBuf;
use clap::{ArgAction, Parser, Subcommand};

use crate::status::taught;
use crate::{
    audit, backup, bundle, component, demo, drill, goal, health, job, noted, notify, platform, project, pull,
    recovery_plan, report, restore, retention, schedule, scratch, steps, store, vault, verify,
};

/// Keeps verified, restorable copies of your databases, and proves it by restoring them.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, max_term_width = 120, after_help = taught!(
"  holdfast demo                                        see the whole loop, nothing to configure
  holdfast vault init --path /mnt/disk/vault --kit kit.txt
  holdfast project add shop --postgres postgresql://reader@db.example/shop --password-stdin < password
  holdfast backup run shop --reason 'before the upgrade'
  holdfast restore plan shop@latest --to-new-database shop_copy --out plan.json
  holdfast restore apply plan.json --confirm shop_copy

Secrets:
  They are read from standard input, a file or a prompt, never from the command line.
  HOLDFAST_SECRETS=keychain | file:PATH     where they rest; a file is sealed with a passphrase
  HOLDFAST_PASSPHRASE_FILE=PATH             holds that passphrase; without it a terminal is asked"))]
pub(crate) struct Arguments {
    /// Directory of the profile [default: the data directory of this account].
    #[arg(long, global = true, env = "HOLDFAST_HOME", value_name = "DIR", hide_env_values = true)]
    pub(crate) home: Option<Utf8PathBuf>,
    /// Print one JSON document on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say more on standard error; twice for everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// What it is about.
    #[command(subcommand)]
    pub(crate) noun: Noun,
}

/// What a command is about.
#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// The whole loop on a sample project, step by step.
    Demo(demo::Arguments),
    /// What Holdfast needs on this computer, and how it is.
    #[command(after_help = taught!("  holdfast doctor\n  holdfast doctor --json | jq '.findings[] | select(.severity != \"ok\")'"))]
    Doctor,
    /// What is wrong or will be, and what to do about it.
    Health(health::Arguments),
    /// Runs: list, show, cancel, continue; also those of another process.
    #[command(subcommand)]
    Job(job::Verb),
    /// Where the copies are, its key and its recovery kit.
    #[command(subcommand)]
    Vault(vault::Verb),
    /// Replicas, other places that hold what the vault holds: list, add, test, copy, remove.
    #[command(subcommand)]
    Store(store::Verb),
    /// What is protected.
    #[command(subcommand)]
    Project(project::Verb),
    /// What a project has beside its database, files, configuration, Redis, logs: list, add, test, remove.
    #[command(subcommand)]
    Component(component::Verb),
    /// Copies: make, list, show, save a part, delete.
    #[command(subcommand)]
    Backup(backup::Verb),
    /// Backups as portable files: export.
    #[command(subcommand)]
    Bundle(bundle::Verb),
    /// What a project's own database notes of backups, where it follows `WedSync`'s design.
    #[command(subcommand)]
    Noted(noted::Verb),
    /// What a platform backed up comes into the vault.
    Pull(pull::Arguments),
    /// The platform of a project: show, create, delete, restore, ask, schedule.
    #[command(subcommand)]
    Platform(platform::Verb),
    /// Prove that a backup is whole, without restoring it.
    Verify(verify::Arguments),
    /// Bring a backup back: plan, look, apply.
    #[command(subcommand)]
    Restore(restore::Verb),
    /// Bring backups back to see that they come back: run, list, show; your own assertions.
    #[command(subcommand)]
    Drill(drill::Verb),
    /// What a project wants done before and after its database is restored: list, set.
    #[command(subcommand)]
    Steps(steps::Verb),
    /// What to do when it happened: show, export, find a clean backup; who is called.
    #[command(subcommand)]
    RecoveryPlan(recovery_plan::Verb),
    /// What a project is held to.
    #[command(subcommand)]
    Goal(goal::Verb),
    /// What is done by itself, and when: set, show, pause, resume, remove, run-due.
    #[command(subcommand)]
    Schedule(schedule::Verb),
    /// Who is told what, and whether it arrives: list, add, edit, test, remove.
    #[command(subcommand)]
    Notify(notify::Verb),
    /// How long backups are kept, and why each one is: show, set, preview, apply.
    #[command(subcommand)]
    Retention(retention::Verb),
    /// Restored copies on this computer to look inside.
    #[command(subcommand)]
    Scratch(scratch::Verb),
    /// What an auditor asks for, over a period: goals, measured times, drills, exceptions.
    Report(report::Arguments),
    /// Who did what: list, verify, export.
    #[command(subcommand)]
    Audit(audit::Verb),
}

impl Noun {
    /// Whether secrets are needed, so that a sealed file has to be opened.
    pub(crate) fn needs_secrets(&self) -> bool {
        match self {
            Self::Goal(_) => false,
            Self::Component(verb) => verb.needs_secrets(),
            Self::Health(arguments) => arguments.needs_secrets(),
            Self::Job(verb) => verb.needs_secrets(),
            Self::Retention(verb) => verb.needs_secrets(),
            Self::Audit(verb) => verb.needs_secrets(),
            Self::Drill(verb) => verb.needs_secrets(),
            Self::Steps(verb) => verb.needs_secrets(),
            Self::RecoveryPlan(verb) => verb.needs_secrets(),
            Self::Project(verb) => verb.needs_secrets(),
            Self::Backup(verb) => verb.needs_secrets(),
            Self::Schedule(verb) => verb.needs_secrets(),
            Self::Notify(verb) => verb.needs_secrets(),
            Self::Store(verb) => verb.needs_secrets(),
            Self::Demo(_)
            | Self::Doctor
            | Self::Vault(_)
            | Self::Bundle(_)
            | Self::Noted(_)
            | Self::Pull(_)
            | Self::Platform(_)
            | Self::Verify(_)
            | Self::Report(_)
            | Self::Restore(_)
            | Self::Scratch(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_noun_teaches_with_examples_and_exit_statuses() {
        for noun in Arguments::command().get_subcommands_mut() {
            let help = noun.render_long_help().to_string();
            assert!(help.contains("Examples:") && help.contains("130 cancelled"), "{help}");
        }
    }
}
