//! `holdfast steps`: what a project wants done before and after it is restored.

use std::io::Read as _;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use contract::api;
use contract::error::UserError;
use contract::number::Millis;
use contract::project::ProjectRef;
use contract::steps::{
    SetSteps, StepActRequest, StepActView, StepRequest, StepResultView, StepStateView, StepTimeView, StepView,
};

use crate::console::Console;
use crate::error::{Ended, failure, unreadable};
use crate::status::{Status, taught};
use crate::table::{Side, listed, table};
use crate::words;
use base::Code;

/// Fifty steps with all they may hold fit into it.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
const SECOND_MS: i64 = 1000;

/// What to do with recovery steps.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast steps list shop
  holdfast steps list shop --json > steps.json        what is printed can be given back
  holdfast steps set shop steps.json
  holdfast steps set shop steps.json --header-value 1=token.txt
  echo '[]' | holdfast steps set shop -               none any more

A step, and the acts:
  { \"title\": \"Pause the shop\", \"when\": \"before\", \"critical\": true, \"timeoutSeconds\": 30,
    \"act\": { \"kind\": \"webhook\", \"url\": \"https://shop.example/pause\", \"header\": { \"name\": \"Authorization\" } } }
  { \"kind\": \"sql\", \"statements\": [\"update shop set is_open = false\"] }        in one transaction
  { \"kind\": \"program\", \"argv\": [\"/opt/shop/pause\", \"--now\"] }                 finds the database in DATABASE_URL and the PG variables
  { \"kind\": \"wait\", \"instructions\": \"Put up the maintenance page.\" }           until a person says that it is done
  { \"kind\": \"pause\" }, { \"kind\": \"resume\" }                                   at its platform, SupaManager or Supabase; both are waited for
  A step with \"when\": \"after\" and \"alsoAfterFailure\": true is done also when nothing was restored: it resumes what was paused.

They belong to restores that change the project's database, here or at its platform, never to drills or new databases. The value
of a header rests in the keychain; without a new one the stored one stays."))]
pub(crate) enum Verb {
    /// The steps of a project, in order.
    List {
        /// Name or id of the project.
        project: String,
    },
    /// Put the steps of a file in the place of those that the project has.
    Set(Set),
}

/// All steps of a project.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Name or id of the project.
    pub(crate) project: String,
    /// A JSON document as `steps list --json` prints it; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: Utf8PathBuf,
    /// The secret value of the header of a webhook, from a file: the number of the step, then the file.
    #[arg(long, value_name = "STEP=FILE", value_parser = numbered)]
    header_value: Vec<(usize, Utf8PathBuf)>,
}

fn numbered(text: &str) -> Result<(usize, Utf8PathBuf), String> {
    let (number, file) = text.split_once('=').ok_or("write it as 1=token.txt")?;
    let number = number.parse::<usize>().ok().filter(|number| *number > 0);
    Ok((number.ok_or("the number of the step comes first, from 1")?, file.into()))
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let steps = match self {
            Self::List { project } => {
                api::recovery_steps_show(&console.engine, ProjectRef { project }).await?
            }
            Self::Set(set) => {
                let request = set.request()?;
                api::recovery_steps_set(&console.engine, request).await?
            }
        };
        console.output.answer(&steps, || list(&steps));
        Ok(Status::Done)
    }
}

impl Set {
    fn request(self) -> Result<SetSteps, UserError> {
        let Self { project, file, header_value } = self;
        let text = read(&file)?;
        let mut steps: Vec<StepRequest> = serde_json::from_str(&text).map_err(|error| {
            failure(
                Code::InvalidRequest,
                format!("{file} is no list of recovery steps: {error}"),
                "Give a document as `holdfast steps list PROJECT --json` prints it; `holdfast steps --help` shows one.",
            )
        })?;
        for (number, file) in header_value {
            let header = steps.get_mut(number - 1).and_then(|step| match &mut step.act {
                StepActRequest::Webhook { header, .. } => header.as_mut(),
                _ => None,
            });
            let header = header.ok_or_else(|| {
                failure(
                    Code::InvalidRequest,
                    format!("step {number} is no webhook with a header, so {file} is of no use"),
                    "Count the steps from 1, in the order of the document.",
                )
            })?;
            header.value = Some(read(&file)?.trim().to_owned());
        }
        Ok(SetSteps { project, steps })
    }
}

/// The text of a file, or of standard input.
fn read(file: &Utf8PathBuf) -> Result<String, UserError> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(FILE_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|source| unreadable(file, &source))?;
    Ok(text)
}

fn list(steps: &[StepView]) -> String {
    if steps.is_empty() {
        return "No recovery steps: a restore of this project does nothing but restore it.".into();
    }
    let rows: Vec<Vec<String>> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let weight = if step.critical { "critical" } else { "warns" };
            let also = if step.also_after_failure { "also after a failure" } else { "" };
            vec![
                (at + 1).to_string(),
                when(step.when).into(),
                step.title.clone(),
                act(&step.act),
                words::span(Millis(i64::from(step.timeout_seconds) * SECOND_MS)),
                weight.into(),
                also.into(),
            ]
        })
        .collect();
    let columns = [
        ("", Side::Right),
        ("WHEN", Side::Left),
        ("STEP", Side::Left),
        ("ACT", Side::Left),
        ("AT MOST", Side::Right),
        ("IF IT FAILS", Side::Left),
        ("", Side::Left),
    ];
    table(&columns, &rows)
}

fn when(when: StepTimeView) -> &'static str {
    match when {
        StepTimeView::Before => "before",
        StepTimeView::After => "after",
    }
}

fn act(act: &StepActView) -> String {
    match act {
        StepActView::Sql { statements } => words::counted(statements.len() as u64, "SQL statement"),
        StepActView::Webhook { url, header: None } => format!("calls {url}"),
        StepActView::Webhook { url, header: Some(header) } => {
            format!("calls {url} with the secret {}", header.name)
        }
        StepActView::Program { argv } => format!("runs {}", argv.join(" ")),
        StepActView::Wait { .. } => "waits for a person".into(),
        StepActView::Pause => "pauses the project at its platform".into(),
        StepActView::Resume => "resumes it there".into(),
    }
}

/// What came of each step.
pub(crate) fn results(steps: &[StepResultView]) -> String {
    let sentences: Vec<String> = steps
        .iter()
        .map(|step| {
            let state = match step.state {
                StepStateView::Planned => "not begun",
                StepStateView::Running => "goes on",
                StepStateView::Waiting => "waits for a person",
                StepStateView::Ok => "done",
                StepStateView::Failed => "FAILED",
                StepStateView::Skipped => "not done",
            };
            let time = step.elapsed_ms.map(|ms| format!(" in {}", words::span(ms))).unwrap_or_default();
            let said = if step.said.is_empty() { String::new() } else { format!(": {}", step.said) };
            format!("{} {}: {state}{time}{said}", when(step.when), step.title)
        })
        .collect();
    listed("Recovery steps", &sentences)
}
