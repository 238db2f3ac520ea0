//! Papers: what a recovery plan says can be typed as it stands, a report says what was, and no secret is in either.

use std::process::Command;

use serde_json::Value;
use testkit::{CommandLine, Server};

mod clean;
mod folder;
mod plan;
mod report;

/// The answer of a command as a document.
pub(crate) fn answer(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// A profile with the project `shop` for a database of a server.
pub(crate) fn shop(server: &Server, database: &str) -> CommandLine {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database);
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line
}

/// Makes a backup; its id.
pub(crate) fn back_up(line: &CommandLine) -> String {
    line.expect(0, &["backup", "run", "shop"]).output.trim().to_owned()
}

/// The command lines of a section of the recovery plan, in order.
pub(crate) fn commands(plan: &Value, section: &str) -> Vec<String> {
    let sections = plan["paper"]["sections"].as_array().unwrap();
    let found = sections.iter().find(|one| one["id"] == section);
    let blocks =
        found.unwrap_or_else(|| panic!("no section {section}: {plan}"))["blocks"].as_array().unwrap();
    let steps = blocks
        .iter()
        .filter(|block| block["kind"] == "steps")
        .flat_map(|block| block["steps"].as_array().unwrap());
    steps
        .flat_map(|step| step["commands"].as_array().unwrap())
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

/// Types command lines into a shell of the profile, one after the other, as a reader would. A line that sets one of
/// `known` to an example gets the reader's value.
pub(crate) fn type_in(line: &CommandLine, server: &Server, lines: &[String], known: &[(&str, &str)]) {
    let typed = lines.iter().map(|one| {
        let set = known.iter().find(|(name, _)| one.starts_with(&format!("export {name}=")));
        set.map_or_else(|| one.clone(), |(name, value)| format!("export {name}='{value}'"))
    });
    let script = typed.collect::<Vec<_>>().join("\n");
    let of_profile = line.command(&[]);
    let mut path = vec![std::path::Path::new(of_profile.get_program()).parent().unwrap().to_owned()];
    path.push(server.program(postgres::tools::Program::Psql).parent().unwrap().into());
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let settings = server.settings("postgres");
    std::fs::write(line.folder().join("password.txt"), server.password().expose()).unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).current_dir(line.folder());
    shell.envs(of_profile.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PATH", std::env::join_paths(path).unwrap());
    shell
        .env("PGHOST", &settings.host)
        .env("PGPORT", settings.port.to_string())
        .env("PGUSER", &settings.user);
    shell.env("PGPASSWORD", server.password().expose()).env("RESTIC_CACHE_DIR", line.folder().join("cache"));
    let output = shell.output().unwrap();
    assert!(
        output.status.success(),
        "{script}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
