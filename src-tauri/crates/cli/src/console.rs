//! From arguments to an exit status: open the profile, run the command, shut down.

use std::time::Duration;

use base::secret::Derivation;
use contract::error::UserError;
use engine::{Engine, EngineOptions};
use ledger::job::Trigger;
use postgres::tools::SearchRoots;

use crate::arguments::{Arguments, Noun};
use crate::error::{Ended, cancelled};
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::secrets::{self, Environment};
use crate::status::Status;
use crate::{demo, doctor, home};

/// How long jobs may take to end cleanly once the command is over.
pub(crate) const END_WAIT: Duration = Duration::from_secs(30);

/// What every command works with.
pub(crate) struct Console<'a> {
    /// The open profile.
    pub(crate) engine: Engine,
    /// Where it prints.
    pub(crate) output: &'a Output,
    /// Whether a person wants it to end.
    pub(crate) interrupts: &'a Interrupts,
}

/// Runs a command, prints its error where it has one, and says how it ended.
pub(crate) async fn run(arguments: Arguments, output: &Output) -> Status {
    let interrupts = Interrupts::listen();
    let ended = match arguments.noun {
        Noun::Demo(of_demo) => demo::run(of_demo, output, &interrupts).await,
        noun => Box::pin(command(arguments.home.as_deref(), noun, output, &interrupts)).await,
    };
    output.clear();
    ended.unwrap_or_else(|error| {
        output.error(&error);
        Status::of(&error)
    })
}

async fn command(
    home: Option<&camino::Utf8Path>,
    noun: Noun,
    output: &Output,
    interrupts: &Interrupts,
) -> Ended {
    let environment = Environment::read()?;
    let needs_secrets = noun.needs_secrets();
    let engine = Engine::open(EngineOptions {
        home: home::directory(home)?,
        secrets: environment.place.clone(),
        // It is given below, and only where a command needs it: opening a sealed file takes its time.
        passphrase: None,
        keychain_wait: None,
        derivation: Derivation::Usual,
        trigger: Trigger::CommandLine,
        tool_roots: SearchRoots::of_this_system(),
        stall_limit: None,
        lock_wait: None,
        read_older_after: None,
        platform_standing: None,
        sample_platform: std::env::var(engine::sample::PLATFORM_VARIABLE).ok(),
    })
    .await
    .map_err(UserError::from)?;
    let console = Console { engine, output, interrupts };
    let work = async {
        if needs_secrets {
            secrets::unlock(&console, &environment).await?;
        }
        dispatch(&console, noun).await
    };
    let ended = tokio::select! {
        biased;
        ended = work => ended,
        () = interrupts.unheard() => Err(cancelled()),
    };
    console.end().await;
    ended
}

async fn dispatch(console: &Console<'_>, noun: Noun) -> Ended {
    match noun {
        Noun::Demo(_) => Ok(Status::Done),
        Noun::Doctor => doctor::run(console).await,
        Noun::Health(arguments) => arguments.run(console).await,
        Noun::Job(verb) => verb.run(console).await,
        Noun::Vault(verb) => verb.run(console).await,
        Noun::Store(verb) => verb.run(console).await,
        Noun::Project(verb) => verb.run(console).await,
        Noun::Component(verb) => verb.run(console).await,
        Noun::Backup(verb) => verb.run(console).await,
        Noun::Bundle(verb) => verb.run(console).await,
        Noun::Noted(verb) => verb.run(console).await,
        Noun::Pull(pull) => pull.run(console).await,
        Noun::Platform(verb) => verb.run(console).await,
        Noun::Verify(arguments) => arguments.run(console).await,
        Noun::Restore(verb) => verb.run(console).await,
        Noun::Drill(verb) => verb.run(console).await,
        Noun::Steps(verb) => verb.run(console).await,
        Noun::RecoveryPlan(verb) => verb.run(console).await,
        Noun::Goal(verb) => verb.run(console).await,
        Noun::Schedule(verb) => verb.run(console).await,
        Noun::Notify(verb) => verb.run(console).await,
        Noun::Retention(verb) => verb.run(console).await,
        Noun::Scratch(verb) => verb.run(console).await,
        Noun::Report(arguments) => arguments.run(console).await,
        Noun::Audit(verb) => verb.run(console).await,
    }
}

impl Console<'_> {
    /// Ends what still runs; another signal ends at once.
    pub(crate) async fn end(&self) {
        self.interrupts.forget();
        tokio::select! {
            () = self.engine.shut_down(END_WAIT) => {}
            () = self.interrupts.unheard() => {}
        }
    }
}
