//! Goals: what a project is held to, by hand and by kind of data, and what would hold them.

use serde_json::{Value, json};
use testkit::{CommandLine, Server};

use crate::catalogue::open_catalogue;

fn answer(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

fn shop(server: &Server) -> CommandLine {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, "postgres");
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line
}

#[test]
fn goals_are_set_one_by_one_or_by_kind_of_data_and_what_is_not_named_stays() {
    let Some(server) = Server::shared() else { return };
    let line = shop(server);
    let goals = |arguments: &[&str]| {
        let set = answer(&line, 0, &[&["--json", "goal", "set", "shop"], arguments].concat());
        json!([set["category"], set["rpoMs"], set["rtoMs"], set["copies"], set["drillEveryMs"]])
    };
    let (minute, hour, day) = (60_000, 3_600_000, 86_400_000_i64);

    assert_eq!(goals(&["--back-within", "30"]), json!([null, null, 30 * minute, null, null]));
    assert_eq!(goals(&["--rpo", "24h"]), json!([null, day, 30 * minute, null, null]));
    let financial = json!(["financial", 15 * minute, hour, 3, 7 * day]);
    assert_eq!(goals(&["--preset", "financial"]), financial);
    assert_eq!(goals(&["--preset", "user-data"]), json!(["user_data", hour, 4 * hour, 3, 7 * day]));
    assert_eq!(goals(&["--preset", "standard"]), json!(["standard", 4 * hour, 8 * hour, 3, 30 * day]));
    assert_eq!(goals(&["--preset", "analytics"]), json!(["analytics", day, 3 * day, 2, 90 * day]));
    let own = goals(&["--rto", "none", "--copies", "0", "--drill-every", "14d"]);
    assert_eq!(own, json!([null, day, null, null, 14 * day]));
    for wrong in
        [vec![], vec!["--rpo", "1"], vec!["--rpo", "1s"], vec!["--rto", "2y"], vec!["--preset", "all"]]
    {
        line.expect(2, &[&["goal", "set", "shop"], &wrong[..]].concat());
    }
    assert_eq!(answer(&line, 0, &["--json", "goal", "show", "shop"])["drillEveryMs"], 14 * day);
}

#[test]
fn the_proposal_follows_the_goals_and_its_retention_can_be_set_as_it_is_printed() {
    let Some(server) = Server::shared() else { return };
    let line = shop(server);
    let proposed = |preset: &str| {
        let set = answer(&line, 0, &["--json", "goal", "set", "shop", "--preset", preset]);
        let proposal = set["proposal"].clone();
        assert!(proposal["everyMs"].as_i64() < set["rpoMs"].as_i64(), "{proposal}");
        (
            proposal["schedule"].as_str().unwrap().to_owned(),
            proposal["retention"].as_str().unwrap().to_owned(),
        )
    };

    let of = ["financial", "user-data", "standard", "analytics"].map(proposed);

    let words = of.map(|(schedule, retention)| format!("{schedule}; {retention}"));
    assert_eq!(
        words,
        [
            "every 10 minutes; omniops",
            "every 30 minutes; omniops",
            "every 2 hours; wedsync",
            "twice a day, at 02:00 and 14:00; 30-days"
        ]
    );
    let daily = answer(&line, 0, &["--json", "goal", "set", "shop", "--rpo", "26h"]);
    assert_eq!(daily["proposal"]["schedule"], "daily at 02:00");
    let command = daily["proposal"]["commands"][1].as_str().unwrap().to_owned();
    line.expect(0, &command.split(' ').skip(1).collect::<Vec<_>>());
    assert!(line.expect(0, &["goal", "show", "shop"]).output.contains("Back up daily at 02:00"));
}

#[tokio::test]
async fn a_project_is_over_its_own_goal_and_not_over_another_ones() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = super::nights(server, 1).await;
    let catalogue = open_catalogue(&console).await;
    sqlx::query("update backup set at_ms = at_ms - 2 * 3600000").execute(&catalogue).await.unwrap();
    catalogue.close().await;
    assert!(!console.engine.standing("shop").await.unwrap().is_over_goal());

    let goals = engine::project::preset(ledger::catalog::Category::UserData);
    console.engine.set_goals("shop", goals).await.unwrap();

    assert!(console.engine.standing("shop").await.unwrap().is_over_goal());
    let home = contract::api::home(&console.engine, contract::command::Nothing {}).await.unwrap();
    assert_eq!(home.projects[0].goal_ms.0, 3_600_000);
    assert!(home.needs[0].what.ends_with("its goal is 1 h."), "{}", home.needs[0].what);
}
