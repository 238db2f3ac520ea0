//! Files that would do harm: nothing in them is run by looking, and what a drill runs stays in its database.

use engine::source::postgres::cluster::Wall;
use testkit::Server;

use super::{bench, dumped, json};

#[tokio::test]
async fn a_script_that_would_run_a_program_is_kept_and_never_loaded() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let file = dumped(&line, &database, "plain.sql", &["--format=plain"]);
    let marker = line.folder().join("ran");
    let text = std::fs::read_to_string(&file).unwrap();
    let hostile = text.replacen(
        "SET statement_timeout = 0;",
        &format!("SET statement_timeout = 0;\n\\! touch {marker}"),
        1,
    );
    assert_ne!(hostile, text);
    std::fs::write(&file, hostile).unwrap();

    let seen = line.call(&["bundle", "inspect", file.as_str(), "--json"]);
    assert_eq!(seen.status, Some(3), "a danger is no success");
    assert!(seen.output.contains("would run a program"), "{}", seen.output);
    let made = line.call(&["bundle", "import", file.as_str(), "--as", "odd", "--json"]);
    assert_eq!(made.status, Some(3), "kept, and not restorable: {}", made.said);
    assert!(made.output.contains("would run a program"), "{}", made.output);
    assert!(line.call(&["drill", "run", "odd"]).said.contains("no_database"));
    assert!(!marker.exists());
}

#[tokio::test]
async fn what_nobody_vouches_for_runs_as_a_guest_who_can_start_no_program() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let marker = folder.path().join("ran");
    // A function in a rule of the table: whoever fills the table runs it.
    let harm = format!(
        "create function harm(i int) returns int language plpgsql as $$ begin execute 'copy (select 1) to program ''touch {}'''; return i; end $$; create table bait (i int check (harm(i) = i)); insert into bait values (1)",
        marker.display()
    );
    database.run(&harm).await;
    assert!(marker.exists(), "the trap works");
    std::fs::remove_file(&marker).unwrap();
    let file = dumped(&line, &database, "trap.dump", &["--format=custom"]);

    line.expect(0, &["bundle", "import", file.as_str(), "--as", "guest"]);
    let drill = line.call(&["drill", "run", "guest", "--json"]);
    assert_ne!(drill.status, Some(0), "{}", drill.output);
    assert!(!marker.exists(), "a program ran: {}", drill.output);

    // Who vouches for it gives it a superuser's rights there, and the wall around the server still stands.
    line.expect(0, &["bundle", "import", file.as_str(), "--as", "trusted", "--trusted"]);
    line.call(&["drill", "run", "trusted"]);
    assert_eq!(marker.exists(), matches!(Wall::here(), Wall::None { .. }));
}

#[tokio::test]
async fn looking_keeps_nothing_and_changes_nothing() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let file = dumped(&line, &database, "plain.sql", &["--format=plain"]);
    let before = json(&line, &["audit", "list"])["total"].clone();
    json(&line, &["bundle", "inspect", file.as_str()]);
    assert_eq!(json(&line, &["audit", "list"])["total"], before);
    assert_eq!(json(&line, &["backup", "list"])["total"], 0);
    assert!(
        !line.folder().join("home/intake").exists()
            || line.folder().join("home/intake").read_dir_utf8().unwrap().next().is_none()
    );
}
