//! A new project that its platform makes: asked for once, added here with a password that nobody reads, and filled.

use serde_json::{Value, json};
use testkit::Server;
use testkit::platforms::supabase::{Faults, Supabase};
use testkit::{CommandLine, Database};

use crate::pull::bench::{answer, of};
use crate::pull::cloud::on_a_cloud;

const MADE: &str = "bbbbbbbbbbbbbbbbbbbb";

fn names(line: &CommandLine) -> Vec<String> {
    let all = answer(line, &["--json", "project", "list"]);
    let mut names: Vec<String> =
        all.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn asked_for(cloud: &Supabase) -> usize {
    cloud.calls().iter().filter(|call| *call == "POST /v1/projects").count()
}

/// Signs in as its owner does, by an address that leads to this computer.
async fn reach(line: &CommandLine, cloud: &Supabase, name: &str) -> Database<'static> {
    let server = Server::shared().unwrap();
    let (database, owner) = cloud.database_of(name).unwrap();
    server.at("postgres").run(&format!("alter role \"{owner}\" password 'known by now'")).await;
    std::fs::write(line.folder().join("known"), "known by now").unwrap();
    let settings = server.settings(&database);
    let url = format!(
        "postgresql://{owner}@{}:{}/{database}?sslmode={}",
        settings.host,
        settings.port,
        settings.tls.as_libpq()
    );
    line.expect(0, &["project", "edit", name, "--postgres", &url, "--password-file", "known"]);
    server.at(&database)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_is_made_once_added_here_and_filled_by_an_ordinary_role() {
    let Some((line, cloud, database)) = on_a_cloud(true).await else { return };
    database
        .run("create schema app; create table app.notes (id int primary key, body text); insert into app.notes values (1, 'a'), (2, 'b'); \
              create function app.longest() returns text language sql as 'select max(body) from app.notes'")
        .await;
    line.expect(0, &["backup", "run", "shop"]);

    let made = line.expect(0, &["platform", "new-project", "shop", "--name", "shop-new"]);
    let shown = answer(&line, &["--json", "project", "show", "shop-new"]);

    assert_eq!(asked_for(&cloud), 1);
    assert_eq!(shown["platform"]["reference"], json!(MADE));
    assert_eq!(shown["connection"]["user"], json!(format!("postgres.{MADE}")));
    assert_eq!((&shown["hasPassword"], &shown["row"]["label"]), (&json!(true), &json!("staging")));
    let fill = "restore plan shop@latest --all-rows --replace --make-missing --on shop-new --out plan.json";
    assert!(made.output.contains(fill) || made.said.contains(fill), "{made:?}");
    let acts = answer(&line, &["--json", "audit", "list"]).to_string();
    assert!(acts.contains("new_project"), "{acts}");

    let anew = reach(&line, &cloud, "shop-new").await;
    line.expect(0, &fill.split(' ').collect::<Vec<_>>());
    // Everything is the new owner's: who owned it before is not given back, and that is said.
    let applied = of(&line.expect(3, &["--json", "restore", "apply", "plan.json", "--confirm", anew.name()]));
    assert_eq!(applied["verdict"], json!("inconclusive"), "{applied}");
    assert_eq!(anew.value("select count(*) from orders").await, "100");
    assert_eq!(anew.value("select app.longest()").await, "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_answer_is_lost_the_project_is_found_by_its_name_and_no_second_one_is_made() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    cloud.misbehave(Faults { loses_new_projects: true, ..Faults::default() });

    line.expect(0, &["platform", "new-project", "shop", "--name", "shop-new", "--region", "eu-west-1"]);

    assert_eq!(asked_for(&cloud), 1);
    let body: Value = cloud.bodies().pop().unwrap();
    assert_eq!(body, json!({ "name": "shop-new", "region": "eu-west-1" }));
    assert_eq!(names(&line), ["shop", "shop-new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_and_a_region_that_is_none_make_nothing() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };

    let here = of(&line.expect(1, &["--json", "platform", "new-project", "shop", "--name", "shop"]));
    line.expect(0, &["project", "edit", "shop", "--name", "renamed"]);
    let there = of(&line.expect(1, &["--json", "platform", "new-project", "renamed", "--name", "shop"]));
    let region = ["platform", "new-project", "renamed", "--name", "other", "--region", "the moon"];
    let moon = of(&line.expect(1, &[["--json"].as_slice(), &region].concat()));

    assert_eq!(here["error"]["code"], json!("name_taken"), "{here}");
    assert!(
        there["error"]["message"].as_str().unwrap().contains("has a project \"shop\" already"),
        "{there}"
    );
    assert!(moon["error"]["message"].as_str().unwrap().contains("supported regions"), "{moon}");
    assert_eq!(asked_for(&cloud), 1, "a wrong region alone is the platform's to refuse");
    assert_eq!(names(&line), ["renamed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_comes_up_is_here_with_its_password_and_the_run_fails() {
    let Some((line, cloud, _database)) = on_a_cloud(false).await else { return };
    cloud.misbehave(Faults { new_projects_die: true, ..Faults::default() });

    let failed = of(&line.expect(1, &["--json", "platform", "new-project", "shop", "--name", "shop-new"]));
    let shown = answer(&line, &["--json", "project", "show", "shop-new"]);

    assert!(failed["error"]["message"].as_str().unwrap().contains("INIT_FAILED"), "{failed}");
    assert_eq!((&shown["hasPassword"], &shown["connection"]), (&json!(true), &Value::Null));
    assert_eq!(shown["platform"]["reference"], json!(MADE));
}
