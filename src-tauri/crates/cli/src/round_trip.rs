//! What is printed is what is meant: each command line that Holdfast writes is read by the parser of the command
//! line, and gives the same request back.

use base::command::{About, Command};
use clap::Parser as _;
use contract::command_line::AskCommand;
use contract::drill::{CategoryView, GoalView, SetGoal};
use contract::error::UserError;
use contract::notify::{
    ChannelStateView, ChannelTargetView, ChannelView, MailSecurityView, NotifyLevelView, WebhookStyleView,
};
use contract::number::Count;
use contract::project::ProjectRef;
use contract::schedule::{PauseAll, QuietHoursView};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::arguments::{Arguments, Noun};
use crate::{
    backup, bundle, component, drill, goal, job, notify, platform, project, recovery_plan, restore,
    retention, schedule, steps, store, vault,
};

mod around;
mod generated;
mod printed;

/// The words of a command line, as a shell reads them: within single quotes nothing is special, and behind a
/// backslash one letter is not.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut letters) = (Vec::new(), None::<String>, line.chars());
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(letters.by_ref().take_while(|letter| *letter != '\''));
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The arguments of a line; `FILE`, which stands for a file that a person names, is one that can be read.
fn read(line: &str) -> Result<Arguments, String> {
    let secret = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let named = words(line).into_iter().map(|word| match word.strip_suffix("FILE") {
        Some(start) if start.is_empty() || start.ends_with('=') => format!("{start}{secret}"),
        _ => word,
    });
    Arguments::try_parse_from(named).map_err(|error| format!("{line}\n{error}"))
}

/// What the command line would ask for.
async fn asked(noun: Noun) -> Result<Command, UserError> {
    Ok(match noun {
        Noun::Backup(verb) => of_backup(verb).await?,
        Noun::Component(component::Verb::Add(add)) => AskCommand::ComponentAdd(add.request().await?).into(),
        Noun::Bundle(verb) => of_bundle(verb).await?,
        Noun::Verify(verify) => AskCommand::Verify(verify.request()).into(),
        Noun::Restore(verb) => of_restore(verb).await?,
        Noun::Drill(verb) => of_drill(verb),
        Noun::Pull(pull) => AskCommand::Pull(pull.request()?).into(),
        Noun::Platform(verb) => of_platform(verb),
        Noun::Noted(verb) => around::of_noted(verb),
        Noun::Project(verb) => of_project(verb).await?,
        Noun::Schedule(verb) => of_schedule(verb)?,
        Noun::Retention(verb) => of_retention(verb)?,
        Noun::Goal(verb) => of_goal(verb),
        Noun::Notify(verb) => of_channel(verb).await?,
        Noun::Store(verb) => of_store(verb),
        Noun::Vault(verb) => of_vault(verb),
        Noun::Job(verb) => of_job(verb),
        Noun::Steps(steps::Verb::Set(set)) => {
            Command::StepsSet { project: set.project, file: set.file.into_string() }
        }
        Noun::RecoveryPlan(verb) => of_plan(verb),
        Noun::Report(report) => {
            let (_, files) = report.requests()?;
            files.into_iter().next().map(AskCommand::Report).expect("a file is named").into()
        }
        other => panic!("no such line is written: {other:?}"),
    })
}

async fn of_backup(verb: backup::Verb) -> Result<Command, UserError> {
    use contract::backup::{BackupRef, StartBackup};
    use contract::diff::CompareBackups;
    let asked = match verb {
        backup::Verb::Run { project, reason, of_type: _, only, tables } => {
            AskCommand::BackupRun(StartBackup { project, reason, only, tables: tables.choice() })
        }
        backup::Verb::List(list) => {
            return Ok(Command::about(About::BackupList, list.project.unwrap_or_default()));
        }
        backup::Verb::Show { backup } => AskCommand::BackupShow(BackupRef { backup }),
        backup::Verb::Rows(rows) => AskCommand::BackupRows(rows.request()?),
        backup::Verb::Diff { one, other } => AskCommand::BackupDiff(CompareBackups { one, other }),
        backup::Verb::Save(save) => AskCommand::BackupSave(save.request().await?),
        backup::Verb::Hold(hold) => AskCommand::BackupHold(hold.request()),
        backup::Verb::Expire(expire) => AskCommand::BackupExpire(expire.request()),
        backup::Verb::Delete { backup, confirm } => return Ok(Command::BackupDelete { backup, confirm }),
        backup::Verb::Release(_) => panic!("no such line is written"),
    };
    Ok(asked.into())
}

async fn of_bundle(verb: bundle::Verb) -> Result<Command, UserError> {
    Ok(match verb {
        bundle::Verb::Export(export) => AskCommand::BundleExport(export.request().await?).into(),
        bundle::Verb::Import(import) => AskCommand::BundleImport(import.request()?).into(),
        bundle::Verb::Rows(rows) => AskCommand::BundleRows(rows.request()?).into(),
        bundle::Verb::Receipt(receipt) => {
            let (id, project) = (receipt.id, receipt.from);
            Command::BundleReceipt(base::command::BundleReceipt { id, project })
        }
        other => around::of_portable(other)?,
    })
}

async fn of_restore(verb: restore::Verb) -> Result<Command, UserError> {
    use contract::restore::{PlanUndo, RestoreRef};
    Ok(match verb {
        restore::Verb::Plan(plan) => {
            if let Some(parts) = plan.parts()? {
                return Ok(AskCommand::PartsPlan(parts).into());
            }
            let out = plan.out().to_string();
            match AskCommand::RestorePlan(plan.request().await?).into() {
                Command::RestorePlan(plan) => {
                    Command::RestorePlan(base::command::RestorePlan { out, ..plan })
                }
                other => other,
            }
        }
        restore::Verb::Apply { plan, confirm, end_connections } => {
            Command::RestoreApply { plan: plan.into_string(), confirm, end_connections }
        }
        restore::Verb::Show { restore } => Command::about(About::RestoreShow, restore),
        restore::Verb::Undo { restore, no_safety_backup: no_safety_because, .. } => {
            AskCommand::RestoreUndo(PlanUndo { restore, no_safety_because }).into()
        }
        restore::Verb::Discard { restore: Some(restore), .. } => {
            AskCommand::RestoreDiscard(RestoreRef { restore }).into()
        }
        other => panic!("no such line is written: {other:?}"),
    })
}

fn of_drill(verb: drill::Verb) -> Command {
    use contract::drill::AddAssertion;
    match verb {
        drill::Verb::Run(run) => AskCommand::DrillRun(run.request()).into(),
        drill::Verb::List { project } => Command::about(About::DrillList, project.unwrap_or_default()),
        drill::Verb::Show { drill, .. } => Command::about(About::DrillShow, drill),
        drill::Verb::Assert(drill::Assert::Add { project, name, query }) => {
            AskCommand::DrillAssertAdd(AddAssertion { project, name, query }).into()
        }
        drill::Verb::Assert(other) => panic!("no such line is written: {other:?}"),
    }
}

fn of_platform(verb: platform::Verb) -> Command {
    use contract::platform::{
        PlanRemoteImport, PlatformActRequest, RemoteRef, SetPlatformPassphrase, UploadToPlatform,
    };
    let asked = match verb {
        platform::Verb::Logs(logs) => AskCommand::PlatformLogs(logs.request()),
        platform::Verb::Show { project } => AskCommand::PlatformShow(ProjectRef { project }),
        platform::Verb::Create(create) => AskCommand::PlatformCreate(create.request()),
        platform::Verb::NewProject(new) => AskCommand::PlatformNewProject(new.request()),
        platform::Verb::Delete { project, id, .. } => AskCommand::PlatformDelete(RemoteRef { project, id }),
        platform::Verb::Ask { project, act, name } => {
            AskCommand::PlatformAsk(PlatformActRequest { project, act, name })
        }
        platform::Verb::Passphrase { project, file, forget: _ } => {
            let passphrase = file.map(|_| String::new());
            AskCommand::PlatformPassphrase(SetPlatformPassphrase { project, passphrase })
        }
        platform::Verb::Restore(restore) => AskCommand::PlatformRestore(restore.request()),
        platform::Verb::Upload { project, backup } => {
            AskCommand::PlatformUpload(UploadToPlatform { project, backup })
        }
        platform::Verb::Import(import) => AskCommand::PlatformImport(PlanRemoteImport {
            project: import.project,
            backup: import.backup.expect("a backup is named"),
            new_name: import.new_name,
        }),
        other => panic!("no such line is written: {other:?}"),
    };
    asked.into()
}

async fn of_project(verb: project::Verb) -> Result<Command, UserError> {
    Ok(match verb {
        project::Verb::Add(add) => match add.name.clone() {
            Some(name) => AskCommand::ProjectAdd(add.request(name).await?).into(),
            None => AskCommand::ProjectAddChosen(add.request_of_many().await?).into(),
        },
        project::Verb::Edit(edit) => AskCommand::ProjectEdit(edit.request().await?).into(),
        project::Verb::Test(test) => Command::about(About::ProjectTest, test.project.unwrap_or_default()),
        project::Verb::Remove { project, confirm, keep_backups } => {
            Command::ProjectRemove { project, confirm, keep_backups }
        }
        project::Verb::Coverage(coverage) => match coverage.request() {
            Some(request) => AskCommand::ProjectCoverage(request).into(),
            None => Command::about(About::ProjectCoverage, coverage.project()),
        },
        project::Verb::Tables(tables) => match tables.request() {
            Some(request) => AskCommand::ProjectTables(request).into(),
            None => panic!("no such line is written"),
        },
        other => panic!("no such line is written: {other:?}"),
    })
}

fn of_schedule(verb: schedule::Verb) -> Result<Command, UserError> {
    Ok(match verb {
        schedule::Verb::Set(set) => AskCommand::ScheduleSet(set.request()?).into(),
        schedule::Verb::Show { project } => Command::about(About::ScheduleShow, project.unwrap_or_default()),
        schedule::Verb::Pause { all: true, until, .. } => {
            let until_ms = schedule::until_ms(until.as_deref())?;
            AskCommand::SchedulePauseAll(PauseAll { until_ms }).into()
        }
        schedule::Verb::Resume { all: true, .. } => AskCommand::ScheduleResumeAll.into(),
        other => panic!("no such line is written: {other:?}"),
    })
}

fn of_retention(verb: retention::Verb) -> Result<Command, UserError> {
    use contract::retention::SetRetention;
    Ok(match verb {
        retention::Verb::Set { project, none, rules } => {
            let policy = if none { None } else { Some(rules.policy()?) };
            AskCommand::RetentionSet(SetRetention { project, policy }).into()
        }
        retention::Verb::Preview { project, .. } => Command::about(About::RetentionPreview, project),
        retention::Verb::Apply { project, plan, confirm } => {
            Command::RetentionApply { project, confirmed: plan.zip(confirm) }
        }
        retention::Verb::Show { .. } => panic!("no such line is written"),
    })
}

fn of_goal(verb: goal::Verb) -> Command {
    match verb {
        goal::Verb::Show { project } => Command::about(About::GoalShow, project),
        goal::Verb::Set(wanted) => {
            if let Some(request) = wanted.of_component() {
                return AskCommand::GoalComponentSet(request).into();
            }
            let category = wanted.preset().map(|name| match name {
                "financial" => CategoryView::Financial,
                "user-data" => CategoryView::UserData,
                "standard" => CategoryView::Standard,
                _ => CategoryView::Analytics,
            });
            // Goals that were there before, all of which are said anew.
            let before = Some(contract::number::Millis(77));
            let mut goal = GoalView {
                category,
                rpo_ms: before,
                rto_ms: before,
                copies: Some(77),
                drill_every_ms: before,
                whole_drills: true,
            };
            wanted.put_over(&mut goal);
            AskCommand::GoalSet(SetGoal { project: wanted.project, goal }).into()
        }
    }
}

/// A channel as it was before, of which nothing is left once it was changed.
fn before(name: &str, target: &ChannelTargetView) -> ChannelView {
    let target = match target {
        ChannelTargetView::Desktop => ChannelTargetView::Desktop,
        ChannelTargetView::Email { .. } => ChannelTargetView::Email {
            host: "before".into(),
            port: 1,
            security: MailSecurityView::Plain,
            user: Some("before".into()),
            from: "before".into(),
            to: vec!["before".into()],
        },
        ChannelTargetView::Webhook { .. } => ChannelTargetView::Webhook { style: WebhookStyleView::Teams },
        ChannelTargetView::Telegram { .. } => {
            ChannelTargetView::Telegram { chat: "before".into(), base: Some("before".into()) }
        }
        ChannelTargetView::Heartbeat { .. } => {
            ChannelTargetView::Heartbeat { project: Some("before".into()) }
        }
    };
    ChannelView {
        id: name.to_owned(),
        name: name.to_owned(),
        target,
        place: String::new(),
        level: NotifyLevelView::None,
        each_run: true,
        quiet: Some(QuietHoursView { from: "01:01".into(), to: "01:02".into() }),
        errors_in_quiet: true,
        digest_at: Some("01:03".into()),
        state: ChannelStateView::Works,
        problem: None,
        problem_at_ms: None,
        failing_since_ms: None,
        sent_at_ms: None,
        waiting: Count(0),
        next_at_ms: None,
        command: String::new(),
    }
}

async fn of_channel(verb: notify::Verb) -> Result<Command, UserError> {
    use contract::notify::ChannelRef;
    Ok(match verb {
        notify::Verb::Add(add) => AskCommand::NotifySet(add.request().await?).into(),
        notify::Verb::Edit(edit) => {
            let known = before(&edit.channel, &edit.target_by_options());
            AskCommand::NotifySet(edit.request(known).await?).into()
        }
        notify::Verb::Test { channel } => Command::about(About::NotifyTest, channel),
        notify::Verb::Remove { channel } => AskCommand::NotifyRemove(ChannelRef { channel }).into(),
        notify::Verb::List => panic!("no such line is written"),
    })
}

fn of_store(verb: store::Verb) -> Command {
    use contract::replica::{AddReplica, CopyVault, DeclarePlace, ReplicaRef};
    let asked = match verb {
        store::Verb::Add { path, name, elsewhere: is_elsewhere } => {
            let is_elsewhere = is_elsewhere.then_some(true);
            AskCommand::StoreAdd(AddReplica { path: path.into_string(), name, is_elsewhere })
        }
        store::Verb::Copy { replica, let_go, confirm } => {
            AskCommand::StoreCopy(CopyVault { replica, let_go: let_go.then(|| confirm.unwrap_or_default()) })
        }
        store::Verb::Place { replica, said } => {
            let (replica, is_elsewhere) = (Some(replica), said.is_elsewhere());
            AskCommand::PlaceDeclare(DeclarePlace { replica, is_elsewhere })
        }
        store::Verb::Remove { replica } => AskCommand::StoreRemove(ReplicaRef { replica }),
        other => panic!("no such line is written: {other:?}"),
    };
    asked.into()
}

fn of_vault(verb: vault::Verb) -> Command {
    match verb {
        vault::Verb::Prune(prune) => AskCommand::VaultPrune(prune.request()).into(),
        vault::Verb::Open { path, .. } => Command::VaultOpen { path: path.into_string() },
        vault::Verb::Init { path, name, kit } => {
            Command::VaultInit { path: path.into_string(), name, kit: kit.map(Into::into) }
        }
        vault::Verb::Kit { to } => Command::about(About::VaultKit, to),
        vault::Verb::Place(said) => {
            let is_elsewhere = said.is_elsewhere();
            AskCommand::PlaceDeclare(contract::replica::DeclarePlace { replica: None, is_elsewhere }).into()
        }
        vault::Verb::Key(verb) => around::of_key(verb),
        other => panic!("no such line is written: {other:?}"),
    }
}

fn of_job(verb: job::Verb) -> Command {
    match verb {
        job::Verb::Show { job, .. } => Command::about(About::JobShow, job),
        job::Verb::Cancel { job } => Command::about(About::JobCancel, job),
        job::Verb::Continue { job, stop } => Command::JobContinue { job, stop },
        job::Verb::Resume { job, passphrase_file } => {
            Command::JobResume { job, is_encrypted: passphrase_file.is_some() }
        }
        other => panic!("no such line is written: {other:?}"),
    }
}

fn of_plan(verb: recovery_plan::Verb) -> Command {
    use contract::runbook::FindClean;
    match verb {
        recovery_plan::Verb::Show { project, html } => {
            Command::RecoveryPlanShow { project, html: html.map(Into::into) }
        }
        recovery_plan::Verb::CleanBefore(asked) => {
            AskCommand::CleanBefore(FindClean { project: asked.project, before_ms: asked.before }).into()
        }
        recovery_plan::Verb::Contacts(recovery_plan::Contacts::List { project }) => {
            Command::about(About::ContactsList, project)
        }
        other => panic!("no such line is written: {other:?}"),
    }
}

/// What comes back of a line.
fn back(line: &str) -> Result<Command, String> {
    let noun = read(line)?.noun;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    runtime.block_on(asked(noun)).map_err(|error| format!("{line}\n{}", error.message))
}

#[test]
fn a_shell_takes_what_is_quoted_as_it_is() {
    for (line, read) in [
        ("a 'b c'  d", vec!["a", "b c", "d"]),
        (r"'it'\''s' ''", vec!["it's", ""]),
        (r"--reason='$(x) `y` \'", vec![r"--reason=$(x) `y` \"]),
    ] {
        assert_eq!(words(line), read, "{line}");
    }
}

#[test]
fn every_verb_about_one_thing_is_read_as_it_is_written() {
    for verb in About::ALL {
        for of in ["shop", "my shop", "it's", "-x", "--all", "$(reboot)", "a;b", "größe"] {
            let command = Command::about(verb, of);
            assert_eq!(back(&command.to_string()), Ok(command));
        }
    }
}

#[test]
fn every_command_line_gives_back_the_request_that_it_was_written_of() {
    let proven = || {
        let config = ProptestConfig {
            cases: 768,
            source_file: Some(file!()),
            test_name: Some(concat!(module_path!(), "::every_command_line")),
            ..ProptestConfig::default()
        };
        let judge = |command: Command| {
            prop_assert_eq!(back(&command.to_string()), Ok(command));
            Ok(())
        };
        TestRunner::new(config).run(&generated::command(), judge).map_err(|error| error.to_string())
    };
    // Without optimisation, what makes requests of every kind needs more stack than a test has.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(proven).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(()));
}
