//! Drills in a container, and goals that only a drill without limits meets.

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use testkit::child::Guarded;
use testkit::{Called, CommandLine, Containers, Terra};

/// A profile whose project uses an extension that this computer lacks, with one backup.
async fn project(terra: &Terra, containers: &Containers) -> CommandLine {
    let database = terra.database(20).await;
    let line = CommandLine::new().finding(containers.program_folder());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = line.credentials(terra.server(), database.name());
    line.expect(0, &["project", "add", "terra", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "terra"]);
    drop(database);
    line
}

fn json(called: &Called) -> Value {
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

#[tokio::test]
async fn a_drill_without_limits_is_made_in_a_container_and_nothing_is_left_of_it() {
    let Some(terra) = Terra::shared() else { return };
    let containers = Containers::with(&terra.with_extensions());
    let line = project(terra, &containers).await;
    let image = Containers::IMAGE;

    // Here it passes with limits, which is not enough for the goal.
    let here = json(&line.expect(0, &["drill", "run", "terra", "--json"]));
    assert_ne!(here["limits"].as_array().unwrap().len(), 0);
    line.expect(0, &["goal", "set", "terra", "--whole-drills", "yes"]);
    let standing = json(&line.expect(0, &["goal", "show", "terra", "--json"]));
    assert_eq!((&standing["wholeDrills"], &standing["drilledAtMs"]), (&Value::Bool(true), &Value::Null));
    let health = line.call(&["health", "terra"]).output;
    assert!(health.contains("never shown to come back whole"), "{health}");

    // Nothing is fetched unasked, and what is no image is not handed to the program.
    let absent = line.expect(3, &["drill", "run", "terra", "--image", image]);
    assert!(format!("{absent:?}").contains("--pull"), "{absent:?}");
    assert!(!containers.calls().contains("pull"), "{}", containers.calls());
    let option = line.call(&["drill", "run", "terra", "--image=--privileged"]);
    assert_eq!(option.status, Some(2), "{option:?}");
    assert!(!containers.calls().contains("privileged"));

    let drill = json(&line.expect(0, &["drill", "run", "terra", "--image", image, "--pull", "--json"]));
    assert_eq!(drill["verdict"], "pass", "{drill}");
    assert_eq!(drill["limits"].as_array().unwrap().len(), 0, "{drill}");
    let standing = json(&line.expect(0, &["goal", "show", "terra", "--json"]));
    assert_ne!(standing["drilledAtMs"], Value::Null);
    assert!(!line.call(&["health", "terra"]).output.contains("come back whole"));

    assert!(containers.names().is_empty(), "{:?}", containers.names());
    let made = containers.calls();
    let made = made.lines().find(|call| call.starts_with("run ")).unwrap();
    for option in ["--network none", "--pull never", "--security-opt no-new-privileges"] {
        assert!(made.contains(option), "{made}");
    }
    assert!(made.contains("--env POSTGRES_PASSWORD --env"), "{made}");
    let records = line.folder().join("profile/container-records").read_dir_utf8().unwrap().count();
    assert_eq!(records, 0);
}

#[tokio::test]
async fn a_container_of_a_process_that_was_killed_is_removed_by_the_next_one() {
    let Some(terra) = Terra::shared() else { return };
    let containers = Containers::with(&terra.with_extensions());
    let line = project(terra, &containers).await;
    let drill = ["drill", "run", "terra", "--image", Containers::IMAGE, "--pull"];
    let mut child = Guarded::start(&mut line.command(&drill));
    while containers.names().is_empty() {
        assert!(child.child().try_wait().unwrap().is_none(), "{}", containers.calls());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill();

    // What the stand-in was doing at that moment it still does: a container that is made only now goes as well.
    let begun = std::time::Instant::now();
    loop {
        let is_over = !containers.is_making();
        let drills = json(&line.expect(0, &["drill", "list", "terra", "--json"]));
        assert_eq!(drills[0]["verdict"], "inconclusive", "{drills}");
        if is_over && containers.names().is_empty() {
            break;
        }
        assert!(begun.elapsed().as_secs() < 60, "{:?}", containers.names());
    }
    // And the next drill has it for itself.
    line.expect(0, &drill);
}

#[tokio::test]
async fn a_schedule_drills_where_it_was_told_to_and_its_goal_of_whole_drills_is_met_by_itself() {
    let Some(terra) = Terra::shared() else { return };
    let containers = Containers::with(&terra.with_extensions());
    let line = project(terra, &containers).await;
    let image = Containers::IMAGE;
    line.expect(0, &["goal", "set", "terra", "--whole-drills", "yes"]);

    // What makes no sense is not stored.
    for (wrong, status) in [
        (&["--kind", "backup", "--image", image][..], 2),
        (&["--kind", "drill", "--image=--privileged"], 2),
        (&["--kind", "drill", "--on", "nobody"], 1),
        (&["--kind", "drill", "--on", "terra", "--image", image], 2),
        (&["--kind", "drill", "--pull"], 2),
    ] {
        let asked = [&["schedule", "set", "terra", "--hourly"], wrong].concat();
        line.expect(status, &asked);
    }
    assert_eq!(json(&line.expect(0, &["schedule", "show", "terra", "--json"])), Value::Array(Vec::new()));

    // On a server that is lent, and by its name.
    let lent = ["schedule", "set", "terra", "--hourly", "--kind", "verify-sample", "--on", "terra", "--json"];
    let lent = json(&line.expect(0, &lent));
    assert_eq!(lent["workWords"], "Sample verification on the server of terra");
    assert!(lent["command"].as_str().unwrap().contains("--on terra"), "{lent}");

    let set =
        ["schedule", "set", "terra", "--hourly", "--kind", "drill", "--image", image, "--pull", "--json"];
    let set = json(&line.expect(0, &set));
    assert_eq!(set["workWords"], format!("Drill in a container of {image}"));
    assert_eq!((&set["image"]["name"], &set["image"]["pull"]), (&image.into(), &Value::Bool(true)));
    assert!(set["command"].as_str().unwrap().contains(&format!("--image {image} --pull")), "{set}");

    line.expect(0, &["schedule", "remove", "terra", "--name", "verify-sample"]);
    let earlier = "UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000";
    let file = SqliteConnectOptions::new().filename(line.folder().join("profile/catalog.db"));
    let catalogue = SqlitePool::connect_with(file).await.unwrap();
    sqlx::query(earlier).execute(&catalogue).await.unwrap();
    catalogue.close().await;
    let due = json(&line.expect(0, &["schedule", "run-due", "--json"]));
    assert_eq!(due["runs"].as_array().unwrap().len(), 1, "{due}");
    let drills = json(&line.expect(0, &["drill", "list", "terra", "--json"]));
    assert_eq!((&drills[0]["verdict"], &drills[0]["leftOut"]), (&"pass".into(), &0.into()), "{drills}");
    let standing = json(&line.expect(0, &["goal", "show", "terra", "--json"]));
    assert_ne!(standing["drilledAtMs"], Value::Null, "{standing}");
    assert!(containers.names().is_empty(), "{:?}", containers.names());
}

#[tokio::test]
async fn without_docker_and_podman_it_says_what_to_install() {
    let Some(terra) = Terra::shared() else { return };
    let containers = Containers::with(&terra.with_extensions());
    let line = project(terra, &containers).await;
    let mut command = line.command(&["drill", "run", "terra", "--image", Containers::IMAGE]);
    let output = command.env("PATH", "/nowhere").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("container_program_missing") && said.contains("Install Docker or Podman"),
        "{said}"
    );
}
