//! A file becomes a backup like any other: kept byte for byte, opened, counted, drilled, restored.

mod hostile;
mod looking;
mod organisation;

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use postgres::tools::Program;
use serde_json::Value;
use testkit::{CommandLine, Database, Server, Terra};

use crate::export::{SHOP, run};

/// A profile with a vault, and a database with something of every kind beside it.
pub(crate) async fn bench(server: &'static Server) -> (CommandLine, Database<'static>) {
    let database = server.database().await;
    database.run(SHOP).await;
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    (line, database)
}

/// A dump of the database, by `pg_dump` with these arguments.
pub(crate) fn dumped(
    line: &CommandLine,
    database: &Database<'_>,
    name: &str,
    arguments: &[&str],
) -> Utf8PathBuf {
    let path = line.folder().join(name);
    run(database.client(Program::PgDump).args(arguments).arg(format!("--file={path}")).arg(database.name()));
    path
}

pub(crate) fn json(line: &CommandLine, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&line.expect(0, &arguments).output).unwrap()
}

/// Rows by table, as the backup's manifest has them.
pub(crate) fn tables(line: &CommandLine, backup: &str) -> Vec<(String, u64)> {
    let view = json(line, &["backup", "show", backup]);
    let tables = view["tableList"].as_array().unwrap().iter();
    let mut rows: Vec<_> = tables
        .map(|table| (table["name"].as_str().unwrap().to_owned(), table["rows"].as_u64().unwrap()))
        .collect();
    rows.sort();
    rows
}

fn packed(path: &Utf8Path, program: &str) -> Utf8PathBuf {
    run(Command::new(program).arg("--keep").arg(path));
    let ending = match program {
        "gzip" => "gz",
        "bzip2" => "bz2",
        "zstd" => "zst",
        other => other,
    };
    Utf8PathBuf::from(format!("{path}.{ending}"))
}

#[tokio::test]
async fn a_dump_of_any_format_is_kept_counted_drilled_and_restored() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let expected = vec![("customers".to_owned(), 500), ("orders".to_owned(), 3000)];
    let plain = dumped(&line, &database, "plain.sql", &["--format=plain"]);
    let folder = dumped(&line, &database, "folder", &["--format=directory", "--jobs=2"]);
    let tarred = line.folder().join("folder.tar.gz");
    run(Command::new("tar")
        .arg("-czf")
        .arg(&tarred)
        .arg("-C")
        .arg(line.folder())
        .arg(folder.file_name().unwrap()));
    let files = [
        dumped(&line, &database, "custom.dump", &["--format=custom"]),
        dumped(&line, &database, "tar.tar", &["--format=tar"]),
        packed(&plain, "zstd"),
        packed(&plain, "xz"),
        tarred,
    ];
    for (number, file) in files.iter().enumerate() {
        let name = format!("copy {number}");
        let made = json(&line, &["bundle", "import", file.as_str(), "--as", &name]);
        let id = made["row"]["id"].as_str().unwrap();
        assert_eq!(tables(&line, id), expected, "{file}");
        let artifact = made["parts"].as_array().unwrap().iter().find(|part| part["component"] == "artifact");
        let sum = run(Command::new("sha256sum").arg(file));
        assert_eq!(artifact.unwrap()["sha256"].as_str().unwrap(), sum.split(' ').next().unwrap());
        let drill = json(&line, &["drill", "run", &name]);
        assert_eq!(drill["verdict"], "pass", "{file}: {drill}");
    }
    // As a new database on a server of one's own.
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "there", "--postgres", &url, "--password-file", password.as_str()]);
    let name = server.free_name();
    let planning =
        ["restore", "plan", "copy 2@latest", "--to-new-database", &name, "--on", "there", "--out", "p.json"];
    let planned = line.expect(0, &planning);
    assert!(planned.said.contains("nobody vouches") || planned.output.contains("nobody vouches"));
    line.expect(0, &["restore", "apply", "p.json", "--confirm", &name]);
    let count = server.at(&name).value("select count(*) || ' ' || sum(customer) from orders").await;
    assert_eq!(count, database.value("select count(*) || ' ' || sum(customer) from orders").await);
}

#[tokio::test]
async fn an_exported_backup_comes_back_equal_also_sealed() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    std::fs::write(line.folder().join("phrase"), "correct horse battery").unwrap();
    let sealed = line.folder().join("shop.tar.zst.age");
    let export = ["bundle", "export", "shop@latest", "--to", sealed.as_str(), "--passphrase-file", "phrase"];
    line.expect(0, &export);

    let without = line.call(&["bundle", "inspect", sealed.as_str(), "--json"]);
    let view: Value = serde_json::from_str(&without.output).unwrap();
    assert_eq!(view[0]["needsPassphrase"], true);
    let refused = line.call(&["bundle", "import", sealed.as_str(), "--as", "back"]);
    assert_eq!(refused.status, Some(1));
    assert!(refused.said.contains("passphrase_needed"), "{}", refused.said);
    assert!(!line.expect(0, &["project", "list"]).output.contains("back"), "nothing of it is left");

    line.expect(0, &["bundle", "import", sealed.as_str(), "--as", "back", "--passphrase-file", "phrase"]);
    assert_eq!(tables(&line, "back@latest"), tables(&line, "shop@latest"));
    let components = |reference| {
        let shown = json(&line, &["backup", "show", reference]);
        let all =
            shown["row"]["components"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned());
        all.filter(|one| !["artifact", "other"].contains(&one.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(
        components("back@latest"),
        components("shop@latest"),
        "what Holdfast wrote is no log of anybody"
    );
    let diff = json(&line, &["backup", "diff", "shop@latest", "back@latest"]);
    let changed =
        diff["tables"].as_array().unwrap().iter().filter(|table| table["change"] != "equal").count();
    assert_eq!(changed, 0, "{diff}");
    let drill = json(&line, &["drill", "run", "back"]);
    assert_eq!(drill["verdict"], "pass");
    // Nobody vouches for the file, so that it gets its owners back from nobody; the rest is as it was.
    let rights = rights_of(&drill);
    assert!(
        rights["done"].as_str().unwrap().ends_with("They were not brought back there: 4 owners."),
        "{rights}"
    );
}

#[tokio::test]
async fn an_exported_backup_is_drilled_without_its_extension_where_somebody_vouches_for_it() {
    let Some(terra) = Terra::shared() else { return };
    let database = terra.database(20).await;
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(terra.server(), database.name());
    line.expect(0, &["project", "add", "terra", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "terra"]);
    line.expect(0, &["bundle", "export", "terra@latest", "--to", "terra.tar.zst"]);

    line.expect(0, &["bundle", "import", "terra.tar.zst", "--as", "back", "--trusted"]);

    let drill = json(&line, &["drill", "run", "back"]);
    assert_eq!(drill["verdict"], "pass", "{drill}");
    assert_ne!(drill["limits"].as_array().unwrap().len(), 0);
    assert_eq!(rights_of(&drill)["verdict"], "pass", "{drill}");
}

/// How the rights in a drill stand to those of the backup.
fn rights_of(drill: &Value) -> &Value {
    drill["checks"].as_array().unwrap().iter().find(|check| check["id"] == "rights").unwrap()
}

#[tokio::test]
async fn a_file_is_told_to_belong_to_the_project_whose_tables_it_has_and_is_known_again() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    database.run("create table a (i int); create table b (i int)").await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    let file = dumped(&line, &database, "some name.bin", &["--format=custom"]);
    let view = json(&line, &["bundle", "inspect", file.as_str()]);
    assert_eq!(view[0]["belongsTo"]["project"], "shop", "{view}");
    assert_eq!(view[0]["backupId"], Value::Null);
    let made = json(&line, &["bundle", "import", file.as_str(), "--into", "shop"]);
    let again = json(&line, &["bundle", "inspect", file.as_str()]);
    assert_eq!(again[0]["backupId"], made["row"]["id"]);
    assert_eq!(json(&line, &["backup", "list", "shop"])["total"], 2);
}

#[tokio::test]
async fn a_new_computer_has_the_imported_backups_from_the_vault_and_its_key_alone() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let file = dumped(&line, &database, "custom.dump", &["--format=custom"]);
    let logs = line.folder().join("app.jsonl");
    std::fs::write(&logs, "{\"at\":\"2026-01-01T00:00:00Z\",\"message\":\"up\"}\n".repeat(20)).unwrap();
    line.expect(0, &["bundle", "import", file.as_str(), "--as", "copy"]);
    line.expect(0, &["bundle", "import", logs.as_str(), "--as", "logs"]);
    let before = (tables(&line, "copy@latest"), json(&line, &["backup", "show", "logs@latest"]));
    line.expect(0, &["vault", "rebuild-catalog"]);
    let after = (tables(&line, "copy@latest"), json(&line, &["backup", "show", "logs@latest"]));
    assert_eq!(before.0, after.0);
    assert_eq!(before.1["artifact"], after.1["artifact"]);
    assert_eq!(
        json(&line, &["bundle", "inspect", file.as_str()])[0]["backupId"],
        json(&line, &["backup", "show", "copy@latest"])["row"]["id"]
    );
    // Without a database there is nothing to restore or to drill, and that is said.
    assert!(line.call(&["drill", "run", "logs"]).said.contains("no_database"));
    line.expect(0, &["verify", "logs@latest"]);
}
