//! The wall where people meet it: drills, a look inside, the doctor.

use base::Severity;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use engine::restore::RestoreTarget;
use ledger::catalog::Verdict;
use postgres::cluster::Wall;
use testkit::{Console, Server, skip};

use crate::drill::{drill, request};

/// A shop in which a role that may hardly do anything put a function into a constraint, and a folder in which the
/// function would leave a file.
async fn trapped(server: &'static Server) -> (Console, String, Utf8PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let marker = Utf8Path::from_path(folder.path()).unwrap().join("ran");
    let database = server.database().await;
    let low = format!("low_{}", database.name());
    let trap = format!(
        "create role {low} login; grant create on schema public to {low}; set role {low};
         create function public.fine(i int) returns boolean language plpgsql as $f$ begin
           begin execute pg_catalog.concat('copy (select 1) to pro', 'gram ''touch {marker}''');
           exception when others then null; end;
           return true;
         end $f$;
         create table public.bait (id int check (public.fine(id))); reset role"
    );
    database.run(&trap).await;
    database.run("insert into public.bait values (1)").await;
    assert!(marker.exists(), "the trap works");
    std::fs::remove_file(&marker).unwrap();
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    (console, backup, marker, folder)
}

#[tokio::test]
async fn a_drill_of_ones_own_backup_ends_and_starts_no_program_of_the_database() {
    let Some(server) = Server::shared() else { return };
    let (console, backup, marker, _folder) = trapped(server).await;
    let inside = console.plan(&backup, RestoreTarget::Scratch).await.unwrap();

    let plan = console.engine.plan_drill(request()).await.unwrap();
    let drill = drill(&console, request()).await;

    let wall = drill.report.wall.clone().unwrap();
    if matches!(wall, Wall::None { .. }) {
        return skip(&format!("this system has no wall: {wall:?}"));
    }
    assert!(!marker.exists(), "a program ran");
    assert_eq!(drill.row.record.verdict, Verdict::Pass, "{}", drill.row.record.reason);
    assert_eq!((&plan.wall, &inside.wall), (&Some(wall.clone()), &Some(wall.clone())));
    assert!(inside.steps[0].contains("walled in by the system"), "{:?}", inside.steps);
    assert_eq!(plan.warnings.iter().any(|line| Some(line) == wall.warning().as_ref()), wall != Wall::Whole);
    let fact = drill.report.facts.iter().find(|fact| fact.name == "Wall around it").unwrap();
    assert_eq!((fact.value.as_str(), fact.note.clone()), wall.fact());
}

#[tokio::test]
async fn whoever_looks_inside_a_backup_as_its_superuser_starts_no_program_by_it() {
    let Some(server) = Server::shared() else { return };
    if matches!(Wall::here(), Wall::None { .. }) {
        return skip("this system has no wall");
    }
    let (console, backup, marker, _folder) = trapped(server).await;
    console.restore_to_scratch(&backup).await;
    assert!(!marker.exists(), "a program ran when it was filled");
    let connect = console.engine.scratches().await.unwrap().pop().unwrap().connect;
    // As it is pasted into a shell.
    let ask = |sql: &str| {
        let line = format!("{connect} --no-psqlrc --no-password --tuples-only --no-align --command \"$SQL\"");
        Command::new("sh").args(["-c", &line]).env("SQL", sql).output().unwrap()
    };

    let called = ask("select public.fine(1)");
    let copied = ask(&format!("copy (select 1) to program 'touch {marker}'"));

    assert_eq!(String::from_utf8_lossy(&called.stdout).trim(), "t", "{called:?}");
    assert!(!copied.status.success() && !marker.exists(), "{copied:?}");
}

#[tokio::test]
async fn the_doctor_says_how_private_servers_are_walled_in() {
    let console = Console::new().await;

    let findings = console.engine.examine().await.unwrap();

    let found = findings.iter().find(|finding| finding.check == "wall").unwrap();
    let is_whole = Wall::here() == Wall::Whole;
    assert_eq!(found.severity == Severity::Ok, is_whole, "{found:?}");
    assert_eq!(found.hint.is_none(), is_whole, "{found:?}");
}
