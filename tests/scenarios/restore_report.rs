//! A restore written down for others: everything that matters, nothing that is secret, and every name as text.

use engine::restore::{RestoreRequest, RestoreTarget, TableMode, Writers};
use serde_json::Value;
use testkit::{CommandLine, Console, Server, VaultFile, flip};

/// Names that a page must not take for its own.
const HOSTILE: &str = "create table \"<script>alert('x')</script>\" (id int primary key, \"a\"\"b\" text);
    insert into \"<script>alert('x')</script>\" select i, 'row' from generate_series(1, 20) i";

#[tokio::test]
async fn a_report_of_a_restore_says_what_by_whom_and_what_the_checks_found() {
    let Some(server) = Server::shared() else { return };
    let line = CommandLine::new();
    let database = server.database().await;
    database.run(HOSTILE).await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let name = server.free_name();
    line.expect(0, &["restore", "plan", "shop@latest", "--to-new-database", &name, "--out", "plan.json"]);
    line.expect(0, &["restore", "apply", "plan.json", "--confirm", &name]);
    let list: Value = serde_json::from_str(&line.expect(0, &["restore", "list", "--json"]).output).unwrap();
    let id = list[0]["id"].as_str().unwrap();

    let files = ["--html", "report.html", "--json-file", "report.json"];
    let said = line.expect(0, &[&["restore", "report", &id[..10]], files.as_slice()].concat()).output;

    let read = |file: &str| std::fs::read_to_string(line.folder().join(file)).unwrap();
    let (page, document) = (read("report.html"), read("report.json"));
    let secret = server.password();
    for text in [&page, &document, &said] {
        assert!(!text.contains(secret.expose()), "a password is in it");
        assert!(text.contains(&name) && text.contains(id), "{text}");
    }
    assert!(!page.contains("<script"), "a name of a table became a part of the page");
    assert!(
        page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;: made, 20 rows in the backup"),
        "{page}"
    );
    for words in [
        "Pass. ",
        "not needed: nothing could be lost",
        "Drop it again with",
        "on the command line",
        "Where the time went",
    ] {
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        (&document["format"], &document["result"]["verdict"]),
        (&"holdfast-restore-report".into(), &"pass".into())
    );
    assert!(document["who"].as_str().unwrap().contains('@') && document["canUndo"] == true, "{document}");
    assert!(
        document["phases"].as_array().unwrap().len() > 3
            && document["plan"]["safety"]["kind"] == "not_needed"
    );
    // A report takes the place of nothing.
    line.expect(4, &["restore", "report", id, "--html", "report.html"]);
    line.expect(1, &["restore", "report", "0000000000", "--html", "other.html"]);
}

#[tokio::test]
async fn a_declined_safety_backup_and_a_restore_that_did_not_happen_are_written_down_as_such() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run("create table t (id int primary key); insert into t select generate_series(1, 30000)").await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    let target =
        RestoreTarget::Tables { project: None, tables: vec!["public.t".into()], mode: TableMode::Replace };
    let no_safety_because = Some("<img src=x onerror=alert(1)>".to_owned());
    let request = RestoreRequest {
        backup: backup.clone(),
        target,
        no_safety_because,
        writers: Writers::Wait,
        after: None,
    };
    let plan = console.engine.plan_restore(request).await.unwrap();
    let job = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    console.succeeded(&job).await;

    let page = console.engine.restore_account(&job).await.unwrap().html();
    assert!(
        page.contains("declined: &lt;img src=x onerror=alert(1)&gt;") && !page.contains("<img"),
        "{page}"
    );
    assert!(page.contains("It cannot be undone: no safety backup was made."), "{page}");
    assert!(page.contains("Identity of the target") && page.contains("public.t: replaced"), "{page}");

    // One that fails half-way: the rows cannot be read any more.
    let plan = console.plan_new(&backup, &server.free_name()).await;
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));
    let job = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();
    console.failed(&job).await;
    let page = console.engine.restore_account(&job).await.unwrap().html();
    assert!(page.contains("Nothing was restored.") && page.contains("class=\"verdict fail\""), "{page}");
}
