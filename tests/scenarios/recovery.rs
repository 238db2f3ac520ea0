//! `docs/recovery-without-holdfast.md` does what it says, command by command.

use std::process::Command;

use engine::sample;
use testkit::{Console, Server, find_program};

const DOCUMENT: &str = include_str!("../../docs/recovery-without-holdfast.md");

/// The fenced `sh` blocks of the document, in order.
fn blocks() -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = DOCUMENT.lines();
    while let Some(line) = lines.next() {
        if line == "```sh" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

#[tokio::test]
async fn the_document_brings_a_database_back_with_nothing_of_ours() {
    let Some(server) = Server::shared() else { return };
    if ["restic", "python3", "createdb", "pg_restore"].into_iter().any(|name| find_program(name).is_none()) {
        return;
    }
    let database = server.database().await;
    let session = database.session().await;
    sample::fill(&session.client).await.unwrap();
    session.close().await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    console.backup().await;
    let key = console.folder().join("key.txt");
    std::fs::write(&key, console.key()).unwrap();
    let (target, blocks) = (server.free_name(), blocks());
    assert!(blocks.len() >= 8, "{} blocks", blocks.len());

    for block in &blocks {
        let settings = server.settings("postgres");
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", block])
            .current_dir(console.folder())
            .env_remove("SNAPSHOT")
            .env("REPOSITORY", console.vault())
            .env("PASSWORD_FILE", &key)
            .env("TARGET_DATABASE", &target)
            .env("RESTIC_CACHE_DIR", console.folder().join("cache"))
            .env("PGHOST", &settings.host)
            .env("PGPORT", settings.port.to_string())
            .env("PGUSER", &settings.user)
            .env("PGPASSWORD", server.password().expose())
            .output()
            .unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    assert_eq!(server.at(&target).census().await, database.census().await);
    let files = console.folder().join("restored-files/database");
    assert!(files.join("roles.sql").is_file() && files.join(format!("{}.dump", database.name())).is_file());
}
