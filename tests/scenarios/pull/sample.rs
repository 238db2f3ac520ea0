//! The sample at its platform: what a new user can pull at once.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use testkit::{CommandLine, Server, child};

use super::bench::answer;

/// Starts the program; its address.
fn started() -> (Child, String) {
    let program = child::holdfast().with_file_name("sample-platform");
    assert!(program.is_file(), "run `cargo build -p testkit --bin sample-platform` first");
    let mut platform = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(platform.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (platform, address.trim().to_owned())
}

#[tokio::test]
async fn the_sample_at_its_platform_is_pulled_with_nothing_to_configure() {
    if Server::shared().is_none() {
        return;
    }
    let (mut platform, address) = started();
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let mut command = line.command(&["project", "sample"]);
    assert!(command.env("HOLDFAST_SAMPLE_PLATFORM", &address).output().unwrap().status.success());
    let projects = answer(&line, &["--json", "project", "list"]);
    let names: Vec<_> =
        projects.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"Tidewater Outfitters") && names.contains(&"Tidewater at its platform"),
        "{names:?}"
    );

    let name = "Tidewater at its platform";
    let shown = answer(&line, &["--json", "platform", "show", name]);
    assert!(shown["remoteName"].as_str().unwrap().contains("stand-in"), "{shown}");
    line.expect(0, &["platform", "create", name, "--kind", "full", "--pull"]);
    line.expect(0, &["pull", name]);

    let listed = answer(&line, &["--json", "backup", "list"]);
    let rows: u64 = engine::sample::TABLES.iter().map(|(_, rows)| rows).sum();
    assert_eq!(
        (&listed["backups"][0]["level"], &listed["backups"][0]["rows"]),
        (&"readable".into(), &rows.into())
    );
    // One is removed, and the other one stays as it is.
    line.expect(0, &["project", "remove", name, "--confirm", name]);
    line.expect(0, &["backup", "run", "Tidewater Outfitters"]);
    drop(platform.stdin.take());
    assert!(platform.wait().unwrap().success());
}

#[tokio::test]
async fn without_a_platform_the_sample_is_one_project_as_ever() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    line.expect(0, &["project", "sample"]);
    assert_eq!(answer(&line, &["--json", "project", "list"]).as_array().unwrap().len(), 1);
}
