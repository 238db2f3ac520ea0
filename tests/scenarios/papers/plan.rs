//! The recovery plan of a project: its very command lines bring the data back.

use serde_json::Value;
use testkit::{CommandLine, Server, find_program};

use super::{answer, back_up, commands, shop, type_in};

/// The sample's shop in a database of its own.
async fn sample(server: &'static Server) -> testkit::Database<'static> {
    let database = server.database().await;
    let session = database.session().await;
    engine::sample::fill(&session.client).await.unwrap();
    session.close().await;
    database
}

/// The vault's key, from the kit.
fn key(line: &CommandLine) -> String {
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap().to_owned()
}

#[tokio::test]
async fn deleted_rows_come_back_by_the_lines_of_scenario_a() {
    let Some(server) = Server::shared() else { return };
    let database = sample(server).await;
    let line = shop(server, database.name());
    back_up(&line);
    let before = database.census().await;
    let plan = answer(&line, 0, &["recovery-plan", "show", "shop"]);
    let typed = commands(&plan, "deletion");
    let table = typed.iter().find_map(|one| one.split("--tables ").nth(1)?.split(' ').next()).unwrap();
    database.run(&format!("set session_replication_role = replica; delete from {table}")).await;
    assert_ne!(database.census().await, before);

    type_in(&line, server, &typed, &[]);

    assert_eq!(database.census().await, before);
    let beside = server.at(&format!("{}_recovered", database.name()));
    assert_eq!(beside.census().await, before);
}

#[tokio::test]
async fn a_lost_server_is_replaced_by_the_lines_of_scenario_c() {
    let (Some(server), Some(new)) = (Server::shared(), Server::second()) else { return };
    let database = sample(server).await;
    let line = shop(server, database.name());
    back_up(&line);
    let plan = answer(&line, 0, &["recovery-plan", "show", "shop"]);
    let settings = new.settings("postgres");
    let place = format!("postgresql://{}@{}:{}", settings.user, settings.host, settings.port);

    type_in(&line, new, &commands(&plan, "server"), &[("NEW_SERVER", &place)]);

    assert_eq!(new.at(database.name()).census().await, database.census().await);
    // From then on the project is backed up from there.
    let newest = answer(&line, 0, &["backup", "list", "shop", "--limit", "1"]);
    assert_eq!(newest["backups"][0]["reason"], "on the new server", "{newest}");
    let project = answer(&line, 0, &["project", "show", "shop"]);
    assert!(project.to_string().contains(&settings.port.to_string()), "{project}");
}

#[tokio::test]
async fn a_lost_laptop_is_replaced_by_the_lines_of_scenario_d_with_holdfast_and_without() {
    let Some(server) = Server::shared() else { return };
    if find_program("restic").is_none() {
        return;
    }
    let database = sample(server).await;
    let line = shop(server, database.name());
    let backup = back_up(&line);
    let plan = answer(&line, 0, &["recovery-plan", "show", "shop"]);
    let other = CommandLine::new();
    std::fs::copy(line.folder().join("kit.txt"), other.folder().join("kit.txt")).unwrap();
    std::fs::write(other.folder().join("key.txt"), key(&line)).unwrap();

    type_in(&other, server, &commands(&plan, "laptop"), &[]);

    assert_eq!(answer(&other, 0, &["backup", "list", "shop"])["backups"][0]["id"], backup.as_str());
    let without = server.at(&format!("{}_restic", database.name()));
    assert_eq!(without.census().await, database.census().await);
    // The scenario that fits is then in that computer's own plan.
    let plan = answer(&other, 0, &["recovery-plan", "show", "shop"]);
    type_in(&other, server, &commands(&plan, "deletion"), &[]);
    assert_eq!(server.at(&format!("{}_recovered", database.name())).census().await, database.census().await);
}

#[tokio::test]
async fn no_secret_is_in_any_paper_and_hostile_names_are_text() {
    let Some(server) = Server::shared() else { return };
    let database = sample(server).await;
    let line = shop(server, database.name());
    back_up(&line);
    let hostile = "<script>alert('x')</script>";
    let named = ["recovery-plan", "contacts", "add", "shop", "--name", hostile, "--phone", "+34 600 000 000"];
    line.expect(0, &named);
    line.expect(2, &["recovery-plan", "contacts", "add", "shop", "--name", "nobody"]);
    line.expect(2, &["recovery-plan", "kit-place", &key(&line)]);
    line.expect(0, &["recovery-plan", "kit-place", "the safe in the office"]);

    let text = line.expect(0, &["recovery-plan", "show", "shop", "--html", "plan.html"]).output;
    let document = answer(&line, 0, &["recovery-plan", "show", "shop"]).to_string();
    let (from, to) = ("2026-01-01", "2027-12-31");
    let said =
        line.expect(0, &["report", "--from", from, "--to", to, "--html", "report.html", "--csv", "tables"]);

    let read = |file: &str| std::fs::read_to_string(line.folder().join(file)).unwrap();
    let tables = std::fs::read_dir(line.folder().join("tables")).unwrap();
    let tables: String = tables.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    for paper in [&text, &document, &read("plan.html"), &read("report.html"), &said.output, &tables] {
        assert!(!paper.contains(server.password().expose()), "a password is in it");
        assert!(
            !paper.contains(&key(&line)) && !paper.contains(&key(&line).replace('-', "")),
            "the key is in it"
        );
    }
    let page = read("plan.html");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
    assert!(page.contains("the safe in the office") && text.contains("Scenario E: ransomware"), "{text}");
    // It takes the place of itself, and of nothing else.
    line.expect(0, &["recovery-plan", "show", "shop", "--html", "plan.html"]);
    line.expect(4, &["recovery-plan", "show", "shop", "--html", "report.html"]);
    line.expect(2, &["recovery-plan", "show", "shop", "--html", "plan.txt"]);
}

#[tokio::test]
async fn a_plan_says_what_it_lacks_and_estimates_are_called_so_until_a_drill_measured() {
    let Some(server) = Server::shared() else { return };
    let database = sample(server).await;
    let line = shop(server, database.name());
    let empty = answer(&line, 0, &["recovery-plan", "show", "shop"]);
    assert_eq!(empty["paper"]["tone"], "bad", "{}", empty["paper"]["headline"]);
    back_up(&line);

    let before = answer(&line, 0, &["recovery-plan", "show", "shop"]);
    line.expect(0, &["drill", "run", "shop"]);
    let after = answer(&line, 0, &["recovery-plan", "show", "shop"]);

    let said = |plan: &Value| plan["paper"].to_string();
    assert_eq!(before["paper"]["tone"], "warn");
    assert!(
        said(&before).contains("guessed, nothing was measured")
            && said(&before).contains("never measured by a drill")
    );
    assert_eq!(after["paper"]["tone"], "good", "{}", after["paper"]["headline"]);
    assert!(
        said(&after).contains("estimated from the last drill")
            && !said(&after).contains("never measured by a drill")
    );
    assert!(
        said(&after).contains("2 copies, the original among them")
            && said(&after).contains("Nobody is named")
    );
}
