//! The command line: every command of the window, for scripts, servers and people who type.
//!
//! It decodes arguments, calls `contract::api`, follows jobs, and prints. It decides nothing that the
//! window would decide otherwise.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

mod arguments;
mod audit;
mod backup;
mod backup_list;
mod bundle;
mod component;
mod connection;
mod console;
mod demo;
mod diff_words;
mod doctor;
mod drill;
mod drill_words;
mod error;
mod export;
mod follow;
mod goal;
mod health;
mod home;
mod interrupt;
mod job;
mod keeping;
mod logs;
mod noted;
mod notify;
mod notify_words;
mod output;
mod part_restore;
mod platform;
mod platform_words;
mod portable;
mod progress;
mod project;
mod prompt;
mod prune;
mod pull;
mod recovery_plan;
mod report;
mod restore;
mod restore_words;
mod retention;
mod retention_words;
#[cfg(test)]
mod round_trip;
mod rows;
mod schedule;
mod schedule_words;
mod scratch;
mod secrets;
mod span;
mod status;
mod steps;
mod store;
mod table;
mod vault;
mod vault_key;
mod verify;
mod waiting;
mod words;
mod yes_no;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::output::Output;
use crate::status::Status;
use base::Code;

/// A thread that still reads a terminal or waits for a keychain does not hold up the end.
const RUNTIME_WAIT: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_usage(&error),
    };
    start_log(arguments.verbose);
    let output = Output::new(arguments.json);
    let status = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let status = runtime.block_on(console::run(arguments, &output));
            runtime.shutdown_timeout(RUNTIME_WAIT);
            status
        }
        Err(source) => {
            let message = format!("the system gives no threads: {source}");
            output.error(&error::failure(Code::Internal, message, "End other programs, then try again."));
            Status::Failed
        }
    };
    ExitCode::from(status.number())
}

/// Prints what clap says: help and version are an answer, everything else is wrong usage.
fn wrong_usage(error: &clap::Error) -> ExitCode {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !is_answer && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let said: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
        let message = said.join(" ").trim_start_matches("error: ").to_owned();
        Output::new(true).error(&error::failure(Code::WrongUsage, message, "See `holdfast --help`."));
        return ExitCode::from(Status::WrongUsage.number());
    }
    // A closed terminal is no reason for another status.
    let _ = error.print();
    ExitCode::from(if is_answer { Status::Done } else { Status::WrongUsage }.number())
}

/// Warnings to standard error; `-v` for what the engine does, `-vv` for everything.
fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "warn,engine=info,vault=info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
