//! The steps of the loop. Each says what, from where and to where, with the equivalent command line.

use std::time::Instant;

use base::Code;
use base::command::{About, BackupRun, Command, RestorePlan, RestoreTo};
use camino::Utf8Path;
use contract::api;
use contract::backup::{LevelView, StartBackup, VerdictView, VerifyBackup};
use contract::drill::{AskDrill, DrillView};
use contract::error::UserError;
use contract::number::Millis;
use contract::restore::{PlanRestore, RestoreView, TargetRequest};

use super::Step;
use crate::console::Console;
use crate::error::failure;
use crate::follow::follow;
use crate::{backup, drill, project, restore, vault, words};

/// The sample project's name in an empty profile.
pub(super) const SAMPLE: &str = engine::sample::PROJECT;
/// The database that the backup comes back as.
const COPY: &str = "shop_restored";
const REASON: &str = "the demo";

/// A step that goes on.
struct Walk<'a> {
    console: &'a Console<'a>,
    steps: Vec<Step>,
    since: Instant,
}

impl Walk<'_> {
    fn begin(&mut self, title: &str, sentence: String, command: String) {
        let number = self.steps.len() + 1;
        self.console.output.tell(&format!("\n{number}. {title}\n   {sentence}\n   $ {command}"));
        self.since = Instant::now();
        self.steps.push(Step { title: title.into(), sentence, command, elapsed_ms: Millis(0) });
    }

    fn end(&mut self, result: &str) {
        let elapsed_ms = Millis(i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX));
        if let Some(step) = self.steps.last_mut() {
            step.elapsed_ms = elapsed_ms;
        }
        self.console.output.tell(&format!("   {result} ({})", words::span(elapsed_ms)));
    }
}

/// Walks the whole loop, from an empty profile to a verdict.
pub(super) async fn walk(
    console: &Console<'_>,
    home: &Utf8Path,
) -> Result<(Vec<Step>, RestoreView, DrillView), UserError> {
    let mut walk = Walk { console, steps: Vec::new(), since: Instant::now() };
    make_vault(&mut walk, home).await?;
    make_sample(&mut walk).await?;
    let backup = back_up(&mut walk).await?;
    verify(&mut walk, &backup).await?;
    let file = home.join("plan.json");
    plan(&mut walk, &backup, &file).await?;
    let restore = apply(&mut walk, &file).await?;
    compare(&mut walk, &restore);
    let drill = drill(&mut walk).await?;
    Ok((walk.steps, restore, drill))
}

async fn make_vault(walk: &mut Walk<'_>, home: &Utf8Path) -> Result<(), UserError> {
    let (path, kit) = (home.join("vault"), home.join("kit.txt"));
    let sentence =
        format!("An encrypted vault in {path}; its key goes to the sealed file and into the recovery kit.");
    walk.begin(
        "Make a vault",
        sentence,
        Command::VaultInit { path: path.to_string(), name: "Demo".into(), kit: Some(kit.to_string()) }.into(),
    );
    let made = vault::create(walk.console, &path, "Demo", Some(&kit)).await?;
    walk.end(&format!("The vault “{}” is ready, and its kit is in {kit}.", made.name));
    Ok(())
}

async fn make_sample(walk: &mut Walk<'_>) -> Result<(), UserError> {
    let sentence = "A private Postgres on this computer with a small shop in it, that nobody else can reach; its uploads, its \
                    configuration and its logs."
        .to_owned();
    walk.begin("Make a project to protect", sentence, "holdfast project sample".into());
    let made = project::make_sample(walk.console).await?;
    let database = made.connection.map(|connection| connection.database).unwrap_or_default();
    walk.end(&format!("The project {} holds the database {database}.", made.row.name));
    Ok(())
}

async fn back_up(walk: &mut Walk<'_>) -> Result<String, UserError> {
    let sentence = "From one moment of the sample's database to the vault; every table is hashed as it is written, then read back.".to_owned();
    walk.begin(
        "Back it up",
        sentence,
        Command::BackupRun(BackupRun {
            project: SAMPLE.into(),
            reason: Some(REASON.into()),
            ..BackupRun::default()
        })
        .into(),
    );
    let request =
        StartBackup { project: SAMPLE.into(), reason: Some(REASON.into()), only: Vec::new(), tables: None };
    let (view, _) = backup::back_up(walk.console, request).await?;
    let rows =
        view.row.rows.map(|rows| format!(" with {}", words::counted(rows.0, "row"))).unwrap_or_default();
    let tables = words::counted(view.row.tables.0, "table");
    walk.end(&format!(
        "Backup {}: {tables}{rows}, {}.",
        view.row.short_id,
        words::bytes(view.row.size_bytes.0)
    ));
    Ok(view.row.short_id)
}

async fn verify(walk: &mut Walk<'_>, backup: &str) -> Result<(), UserError> {
    let sentence =
        format!("Backup {backup} is read again from the vault: every hash, the archive's list, every row.");
    walk.begin("Verify it", sentence, Command::verify(backup).into());
    let request = VerifyBackup { backup: backup.to_owned(), level: LevelView::Readable };
    let job = follow(walk.console, api::verify_start(&walk.console.engine, request).await?).await?;
    let verdict = job.verdict.unwrap_or(VerdictView::Inconclusive);
    walk.end(&format!("Verdict {}: {}", words::verdict(verdict), job.row.outcome.unwrap_or_default()));
    Ok(())
}

async fn plan(walk: &mut Walk<'_>, backup: &str, file: &Utf8Path) -> Result<(), UserError> {
    let sentence = format!(
        "What a restore of {backup} into the new database {COPY} on the sample's server would do; nothing is changed."
    );
    walk.begin(
        "Plan a restore",
        sentence,
        Command::RestorePlan(RestorePlan {
            backup: backup.to_owned(),
            to: RestoreTo::NewDatabase { name: COPY.into(), on: Some(SAMPLE.into()) },
            no_safety_because: None,
            lets_writers_write: false,
            after: None,
            out: file.to_string(),
        })
        .into(),
    );
    let target = TargetRequest::NewDatabase { name: COPY.into(), project: Some(SAMPLE.into()) };
    let plan = api::restore_plan(
        &walk.console.engine,
        PlanRestore {
            backup: backup.to_owned(),
            target,
            no_safety_because: None,
            let_writers_write: false,
            after: None,
        },
    )
    .await?;
    if let Some(blocker) = plan.blockers.first() {
        return Err(failure(
            Code::PlanBlocked,
            blocker.clone(),
            "Remove what stands in the way, then try the demo again.",
        ));
    }
    restore::write(file, &plan)?;
    let untouched = plan.kept_databases.join(", ");
    walk.end(&format!(
        "{} steps into {}; these databases are left alone: {untouched}.",
        plan.steps.len(),
        plan.target
    ));
    Ok(())
}

async fn apply(walk: &mut Walk<'_>, file: &Utf8Path) -> Result<RestoreView, UserError> {
    let sentence = format!(
        "From the vault into the new database {COPY}; the name is typed, so that it cannot hit another one."
    );
    walk.begin(
        "Apply the plan",
        sentence,
        Command::RestoreApply { plan: file.to_string(), confirm: COPY.into(), end_connections: false }.into(),
    );
    let restore = restore::apply(walk.console, file, COPY.into(), false).await?;
    walk.end(&format!("The database {} is there.", restore.database));
    Ok(restore)
}

async fn drill(walk: &mut Walk<'_>) -> Result<DrillView, UserError> {
    let sentence = "Everything comes back at once, and is thrown away: the database in a private Postgres, each uploaded \
                    file, the configuration, the logs."
        .to_owned();
    let ask = AskDrill {
        reference: SAMPLE.into(),
        data_only: false,
        tables: Vec::new(),
        on: None,
        image: None,
        program: None,
    };
    walk.begin("Drill the whole project", sentence, Command::from(ask.clone()).into());
    let drill = drill::make(walk.console, ask).await?;
    walk.end(&format!("Verdict {}: {}", words::verdict(drill.row.verdict), drill.row.reason));
    Ok(drill)
}

fn compare(walk: &mut Walk<'_>, restore: &RestoreView) {
    let sentence = format!(
        "Rows and fingerprints of every table in {} against the manifest of the backup.",
        restore.database
    );
    walk.begin("Compare", sentence, Command::about(About::JobShow, words::short_run(&restore.job_id)).into());
    let differences = match restore.differences.len() {
        0 => "no difference".into(),
        number => words::counted(number as u64, "difference"),
    };
    walk.end(&format!(
        "{}, {}, {differences}; the comparison took {}.",
        words::counted(restore.tables_checked.0, "table"),
        words::counted(restore.rows_checked.0, "row"),
        words::span(restore.check_ms)
    ));
}
