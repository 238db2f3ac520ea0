//! The sample is a whole project: a database, and what belongs to it beside that.

use engine::sample::files::{CONFIGURATION, FILES};
use serde_json::Value;
use testkit::{CommandLine, Server};

const NAME: &str = "Tidewater Outfitters";

fn document(line: &CommandLine, arguments: &[&str]) -> Value {
    let called = line.expect(0, &[&["--json"], arguments].concat());
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

#[tokio::test]
async fn a_newcomer_sees_a_whole_project_come_back() {
    if Server::shared().is_none() {
        return;
    }
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "sample"]);
    let listed = document(&line, &["component", "list", NAME]);
    let folder = listed[0]["place"].as_str().unwrap().trim_start_matches("folder ").to_owned();
    let made = document(&line, &["backup", "run", NAME]);
    let held = |component: &str| {
        let held = made["components"].as_array().unwrap().iter();
        let all: Vec<_> = held.filter(|one| one["component"] == component).collect();
        assert_eq!(all.len(), 1, "{component}: {made}");
        all[0]["items"].as_u64().unwrap()
    };
    assert_eq!((held("storage"), held("config")), (FILES, CONFIGURATION));
    assert!(held("logs") > 30 && held("database") == 11, "{made}");
    let drill = document(&line, &["drill", "run", NAME]);
    assert_eq!(drill["verdict"], "pass", "{drill}");

    // What was lost comes back to where it was.
    std::fs::remove_file(format!("{folder}/products/0007.svg")).unwrap();
    let plan = ["restore", "plan", &format!("{NAME}@latest"), "--component", "files", "--in-place"];
    line.expect(0, &[&plan[..], &["--out", "plan.json"]].concat());
    line.expect(0, &["restore", "apply", "plan.json", "--confirm", NAME]);
    assert!(std::fs::read_to_string(format!("{folder}/products/0007.svg")).unwrap().contains("Product 7"));

    // It goes with the sample, and nothing else of the profile may be a component.
    let home = line.folder().join("profile");
    let refused = line.expect(2, &["component", "add", NAME, "--files", home.as_str()]);
    assert!(refused.said.contains("where Holdfast keeps what it has"), "{refused:?}");
    line.expect(0, &["project", "remove", NAME, "--confirm", NAME]);
    assert!(!std::path::Path::new(&folder).exists(), "{folder}");
}
