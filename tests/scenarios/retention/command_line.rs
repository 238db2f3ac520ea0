//! `holdfast retention` and `holdfast backup hold`: what they print, and how they end.

use serde_json::Value;
use testkit::{CommandLine, Server};

fn answer(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

/// A profile with a project and so many backups, made one after the other.
fn shop(server: &Server, backups: usize) -> (CommandLine, Vec<String>) {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, "postgres");
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    let run = |_| line.expect(0, &["backup", "run", "shop"]).output.trim().to_owned();
    let mut ids: Vec<String> = (0..backups).map(run).collect();
    ids.reverse();
    (line, ids)
}

#[test]
fn a_plan_is_shown_with_its_command_and_that_command_applies_it() {
    let Some(server) = Server::shared() else { return };
    let (line, ids) = shop(server, 4);
    line.expect(4, &["retention", "apply", "shop", "--plan", "0000", "--confirm", "shop"]);
    line.expect(0, &["retention", "set", "shop", "--keep-last", "1", "--time-zone", "UTC"]);

    let preview = line.expect(0, &["retention", "preview", "shop"]).output;
    let shown = line.expect(4, &["retention", "apply", "shop"]).output;
    let plan = answer(&line, 4, &["--json", "retention", "apply", "shop"]);

    assert!(preview.contains("newest verified; one of the 3 that stay; one of the last 1"), "{preview}");
    assert!(shown.contains(&ids[3][..8]) && !shown.contains(&ids[2][..8]), "{shown}");
    assert_eq!((&plan["kept"], &plan["removed"]), (&Value::from(3), &Value::from(1)));
    let command = plan["command"].as_str().unwrap();
    assert!(shown.contains(command) && shown.contains("holdfast vault prune"), "{shown}");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    line.expect(4, &[&words[..words.len() - 1], &["another"]].concat());
    let applied = answer(&line, 0, &[&["--json"], &words[..]].concat());
    assert_eq!(applied["removed"], serde_json::json!([ids[3]]));
    assert_eq!(answer(&line, 0, &["--json", "backup", "list"])["total"], 3);
    let stale = answer(&line, 4, &[&["--json"], &words[..]].concat());
    assert_eq!(stale["error"]["code"], "plan_stale");
}

#[test]
fn a_policy_is_set_shown_looked_at_and_taken_away() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = shop(server, 1);
    let unset = answer(&line, 0, &["--json", "retention", "show", "shop"]);
    assert_eq!((&unset["policy"], unset["presets"].as_array().unwrap().len()), (&Value::Null, 4));

    let set = answer(
        &line,
        0,
        &["--json", "retention", "set", "shop", "--preset", "omniops", "--time-zone", "UTC"],
    );
    let policy = &set["policy"];
    assert_eq!(
        (&set["preset"], &policy["daily"], &policy["floor"]),
        (&"omniops".into(), &30.into(), &3.into())
    );
    let looked = answer(&line, 0, &["--json", "retention", "preview", "shop", "--keep-last", "7"]);
    assert_eq!((&looked["isSet"], &looked["policy"]["keepLast"]), (&false.into(), &7.into()));
    assert!(looked["command"].as_str().unwrap().starts_with("holdfast retention set shop --preset keep-7"));
    assert_eq!(answer(&line, 0, &["--json", "retention", "show", "shop"])["preset"], "omniops");
    for wrong in [["--preset", "none"], ["--floor", "2"], ["--within", "30"], ["--time-zone", "Nowhere"]] {
        line.expect(2, &[&["retention", "set", "shop"], &wrong[..]].concat());
    }
    line.expect(2, &["retention", "set", "shop", "--none", "--daily", "3"]);
    let none = answer(&line, 0, &["--json", "retention", "set", "shop", "--none"]);
    assert_eq!(none["policy"], Value::Null);
}

#[test]
fn a_hold_and_a_date_are_said_of_one_backup_and_a_week_ahead() {
    let Some(server) = Server::shared() else { return };
    let (line, ids) = shop(server, 5);
    line.expect(0, &["retention", "set", "shop", "--keep-last", "5", "--floor", "1"]);
    let held = answer(&line, 0, &["--json", "backup", "hold", &ids[4], "--reason", "the audit"]);
    assert_eq!((&held["holdReason"], &held["project"]), (&"the audit".into(), &"shop".into()));
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let day = tomorrow.to_string()[..10].to_owned();
    line.expect(0, &["backup", "expire", &ids[3], "--on", &day]);
    line.expect(0, &["backup", "expire", &ids[2], "--on", "2020-01-01"]);
    let listed = line.expect(0, &["backup", "list", "shop"]).output;
    for (id, kept) in [(&ids[4], "held"), (&ids[3], day.as_str()), (&ids[2], "goes"), (&ids[0], "stays")] {
        let row = listed.lines().find(|row| row.starts_with(&id[..8])).unwrap();
        assert!(row.contains(kept), "{kept}: {listed}");
    }
    let shown = line.expect(0, &["backup", "show", &ids[3]]).output;
    assert!(shown.contains(&format!("Kept until  {day}: ")), "{shown}");
    assert!(line.expect(0, &["backup", "show", &ids[4]]).output.contains("Kept until  held: the audit"));

    let plan = answer(&line, 4, &["--json", "retention", "apply", "shop"]);

    let leaving: Vec<&str> =
        plan["leaving"].as_array().unwrap().iter().map(|one| one["backupId"].as_str().unwrap()).collect();
    assert_eq!((leaving, &plan["removed"]), (vec![ids[3].as_str()], &Value::from(1)));
    line.expect(4, &["backup", "delete", &ids[4], "--confirm", &ids[4][..8]]);
    line.expect(0, &["backup", "expire", &ids[2], "--never"]);
    assert_eq!(answer(&line, 4, &["--json", "retention", "apply", "shop"])["removed"], 0);
    let released = answer(&line, 0, &["--json", "backup", "release", &ids[4]]);
    assert_eq!(released["holdReason"], Value::Null);
    line.expect(2, &["backup", "expire", &ids[3]]);
}
