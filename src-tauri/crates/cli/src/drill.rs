//! `holdfast drill`: bring a backup back to see that it comes back; what is asked of it.

use base::Code;
use base::command::split_names;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand, ValueEnum};
use contract::api;
use contract::drill::{
    AddAssertion, AskDrill, AskImage, AssertionRef, DrillRef, DrillView, ListDrills, SaveDrillReport,
};
use contract::error::UserError;
use contract::project::ProjectRef;

use crate::console::Console;
use crate::drill_words as said;
use crate::error::{Ended, failure};
use crate::follow::follow;
use crate::status::{Status, taught};

/// How many a list shows.
const LIST_MAX: u32 = 100;

/// What to do with drills.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast drill run shop                                  the newest backup, everything, all checks
  holdfast drill run 1a2b3c4d --depth data                 data and keys: faster, and no proof
  holdfast drill run shop --tables orders,public.lines     a sample, for every day; no proof either
  holdfast drill run shop --on staging                     in a database that another server lends
  holdfast drill run shop --image supabase/postgres:15.8.1.085   in a container that has its extensions
  holdfast drill run shop --program ./check-the-app        your program decides too
  holdfast drill assert add shop 'orders of the last day' 'select count(*) > 0 from orders'
  holdfast drill list shop
  holdfast drill show 3f2a9c1b --html drill.html

A drill ends with 0 for pass, 1 for fail, 3 for inconclusive. The program finds the database in
DATABASE_URL and the PG variables; its exit status decides."))]
pub(crate) enum Verb {
    /// Bring a backup back, look at it, throw it away.
    Run(Run),
    /// Drills, newest first.
    List {
        /// Name or id of a project [default: all].
        project: Option<String>,
    },
    /// One drill with every check.
    Show {
        /// Id, or a unique prefix of one.
        drill: String,
        /// Also write the report as a page that needs nothing else.
        #[arg(long, value_name = "FILE")]
        html: Option<Utf8PathBuf>,
        /// Also write the report as a document.
        #[arg(long, value_name = "FILE")]
        json_file: Option<Utf8PathBuf>,
    },
    /// What has to be true of what comes back.
    #[command(subcommand)]
    Assert(Assert),
}

/// Which backup, and how.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// A project, whose newest backup is meant; or a backup's id, a unique prefix of one, `PROJECT@latest`.
    reference: String,
    /// How deep.
    #[arg(long, value_enum, default_value_t = Depth::Everything, conflicts_with = "tables")]
    depth: Depth,
    /// Only these tables, as `table` or `schema.table`: a sample. A comma within a name stands behind a backslash.
    #[arg(long, value_name = "TABLES")]
    tables: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// A program that looks at the database too.
    #[arg(long, value_name = "FILE")]
    program: Option<Utf8PathBuf>,
}

/// Where a drill brings the backup back.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Drill in a database that the server of this project lends [default: a private Postgres here].
    #[arg(long, value_name = "PROJECT")]
    pub(crate) on: Option<String>,
    /// Drill in a container of this image, by Docker or Podman: a Postgres with the extensions that this computer lacks.
    #[arg(long, value_name = "IMAGE", conflicts_with = "on")]
    image: Option<String>,
    /// Fetch that image where it is not on this computer.
    #[arg(long, requires = "image")]
    pull: bool,
}

impl Place {
    /// The image, where one is named.
    pub(crate) fn image(&self) -> Option<AskImage> {
        self.image.clone().map(|name| AskImage { name, pull: self.pull })
    }
}

/// How deep a drill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Depth {
    /// Data and keys: without other indexes, triggers, policies and rules. No proof.
    Data,
    /// All of the backup.
    Everything,
}

/// What to do with assertions.
#[derive(Debug, Subcommand)]
pub(crate) enum Assert {
    /// Add one: a query that returns no row, or a single true.
    Add {
        /// Name or id of the project.
        project: String,
        /// What it says.
        name: String,
        /// One statement, which may only read.
        query: String,
    },
    /// Those of a project.
    List {
        /// Name or id of the project.
        project: String,
    },
    /// Remove one.
    Remove {
        /// Name or id of the project.
        project: String,
        /// Its name.
        name: String,
    },
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        matches!(self, Self::Run(_))
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Run(run) => run.run(console).await,
            Self::List { project } => {
                let all = api::drill_list(&console.engine, ListDrills { project, limit: LIST_MAX }).await?;
                console.output.answer(&all, || said::list(&all));
                Ok(Status::Done)
            }
            Self::Show { drill, html, json_file } => {
                let view = api::drill_show(&console.engine, DrillRef { drill }).await?;
                for (file, ending) in [(html, "html"), (json_file, "json")] {
                    if let Some(file) = file {
                        save(console, &view, &file, ending).await?;
                    }
                }
                console.output.answer(&view, || said::report(&view));
                Ok(Status::Done)
            }
            Self::Assert(verb) => verb.run(console).await,
        }
    }
}

impl Run {
    async fn run(self, console: &Console<'_>) -> Ended {
        let view = make(console, self.request()).await?;
        console.output.answer(&view, || said::report(&view));
        Ok(Status::from(view.row.verdict))
    }

    /// What is asked for.
    pub(crate) fn request(self) -> AskDrill {
        let Self { reference, depth, tables, place, program } = self;
        AskDrill {
            reference,
            data_only: depth == Depth::Data,
            tables: tables.iter().flat_map(|names| split_names(names)).collect(),
            image: place.image(),
            on: place.on,
            program: program.map(Utf8PathBuf::into_string),
        }
    }
}

/// Makes a drill, and follows it to its verdict.
pub(crate) async fn make(console: &Console<'_>, ask: AskDrill) -> Result<DrillView, UserError> {
    let plan = api::drill_plan(&console.engine, ask.clone()).await?;
    console.output.say(&said::preflight(&plan));
    let started = api::drill_start(&console.engine, ask).await?;
    let job = follow(console, started).await?;
    api::drill_show(&console.engine, DrillRef { drill: job.row.id }).await
}

async fn save(
    console: &Console<'_>,
    view: &DrillView,
    file: &Utf8Path,
    ending: &str,
) -> Result<(), UserError> {
    refuse_report(file, ending)?;
    let path = file.to_string();
    api::drill_report_save(&console.engine, SaveDrillReport { drill: view.row.id.clone(), path }).await?;
    console.output.say(&format!("Written: {file}"));
    Ok(())
}

/// A report gets a name of its own, with the ending that says what it is.
pub(crate) fn refuse_report(file: &Utf8Path, ending: &str) -> Result<(), UserError> {
    if file.extension() != Some(ending) {
        return Err(failure(
            Code::InvalidRequest,
            format!("{file} does not end in .{ending}"),
            "Choose such a name.",
        ));
    }
    if file.exists() {
        return Err(failure(Code::FileExists, format!("{file} is there already"), "Choose another name."));
    }
    Ok(())
}

impl Assert {
    async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Add { project, name, query } => {
                let added =
                    api::assertion_add(&console.engine, AddAssertion { project, name, query }).await?;
                console.output.answer(&added, || {
                    format!("Asked from now on of every drill and restore: “{}”.", added.name)
                });
            }
            Self::List { project } => {
                let all = api::assertion_list(&console.engine, ProjectRef { project }).await?;
                console.output.answer(&all, || said::assertions(&all));
            }
            Self::Remove { project, name } => {
                let request = AssertionRef { project, name: name.clone() };
                let removed = api::assertion_remove(&console.engine, request).await?;
                console.output.answer(&removed, || format!("“{name}” is asked no more."));
            }
        }
        Ok(Status::Done)
    }
}
