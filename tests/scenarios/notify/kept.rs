//! Stored secrets, and failures that stay until a person has seen them.

use base::Code;
use engine::schedule::{Conditions, DrillPlace, NewSchedule, Rule, TimeOfDay, Work, Zone};
use ledger::catalog::SlotState;
use testkit::{Console, Hook, PROJECT, Server, VaultFile, flip};

use super::{PATH, add_webhook, channel, document, kinds, set_up};
use crate::jobs::fill;

#[tokio::test]
async fn a_stored_key_goes_to_the_server_that_it_was_entered_for_and_to_no_other() {
    let (hook, other) = (Hook::start(), Hook::start());
    let line = set_up(&[]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    let address = line.folder().join("address");
    // Another path of the same server is fine.
    std::fs::write(&address, hook.url("/another")).unwrap();
    line.expect(0, &["notify", "edit", "ops", "--url-file", address.as_str()]);
    line.expect(0, &["notify", "test", "ops"]);
    std::fs::write(&address, other.url(PATH)).unwrap();
    let error =
        document(&line, 2, &["notify", "edit", "ops", "--url-file", address.as_str()])["error"].clone();
    assert!(
        error["message"].as_str().unwrap().starts_with("the stored signing key belongs to http://127.0.0.1:")
    );
    line.expect(0, &["notify", "test", "ops"]);
    assert_eq!((hook.paths(), other.paths().len()), (vec!["/another".to_owned(); 2], 0));
}

#[tokio::test]
async fn a_stored_password_goes_to_the_mail_server_and_user_that_it_was_entered_for() {
    let line = set_up(&[]);
    let password = line.folder().join("password");
    std::fs::write(&password, "a password").unwrap();
    let mail = ["notify", "add", "email", "oncall", "--host", "localhost", "--port", "2525", "--user", "bot"];
    let to = ["--from", "bot@example.org", "--to", "ops@example.org", "--password-file", password.as_str()];
    line.expect(0, &[&mail[..], &to[..]].concat());
    for change in [["--host", "127.0.0.1"], ["--user", "root"], ["--port", "25"], ["--security", "plain"]] {
        let error =
            document(&line, 2, &[&["notify", "edit", "oncall"], &change[..]].concat())["error"].clone();
        assert_eq!(error["message"], "the stored password belongs to localhost:2525", "{change:?}");
    }
    line.expect(0, &["notify", "edit", "oncall", "--to", "all@example.org"]);
    assert_eq!(channel(&line, "oncall")["target"]["to"][0], "all@example.org");
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let hook = Hook::start();
    let line = set_up(&[]);
    add_webhook(&line, "ops", &hook.url(PATH), &[]);
    let file = line.folder().join("given");
    let mail = ["notify", "add", "email", "m", "--from", "a@example.org", "--to", "b@example.org", "--host"];
    for (given, arguments, said) in [
        (
            "http://hooks.example/x",
            vec!["notify", "edit", "ops", "--url-file", "given"],
            "the address is not encrypted",
        ),
        (
            "short",
            vec!["notify", "edit", "ops", "--key-file", "given"],
            "the signing key is too short, or too long",
        ),
        (
            "x",
            vec!["notify", "edit", "ops", "--quiet-hours", "07:00-07:00"],
            "quiet hours from 07:00 to 07:00 are none, or all",
        ),
        ("x", vec!["notify", "edit", "ops", "--digest", "25:00"], "\"25:00\" is no time of day"),
        ("x", vec!["notify", "edit", "ops", "--name", "Desktop"], "\"Desktop\" is no name for a channel"),
        ("x", vec!["notify", "remove", "desktop"], "the desktop is always there"),
        (
            "x",
            [&mail[..], &["smtp.example", "--user", "u", "--password-file", "given", "--security", "plain"]]
                .concat(),
            "a password would be sent in clear",
        ),
        ("x", [&mail[..], &["smtp.example", "--to", "nobody"]].concat(), "\"nobody\" is no mailbox"),
        (
            "x:y",
            vec!["notify", "add", "telegram", "t", "--chat", "1", "--token-file", "given"],
            "the bot's token is none",
        ),
    ] {
        std::fs::write(&file, given).unwrap();
        let error = document(&line, 2, &arguments)["error"].clone();
        assert_eq!(error["message"], said, "{arguments:?}");
    }
    assert_eq!(kinds(&hook), Vec::<String>::new());
}

#[tokio::test]
async fn a_scheduled_check_that_fails_stays_until_a_person_has_seen_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 1_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    console.backup().await;
    let rule = Rule::Daily { at: TimeOfDay::parse("02:30").unwrap() };
    let (work, conditions) = (Some(Work::VerifyFull), Conditions::usual());
    let (name, zone) = (None, Zone::Local);
    let new = NewSchedule {
        project: PROJECT.into(),
        name,
        work,
        rule,
        zone,
        conditions,
        jitter_s: 0,
        keep_ms: None,
        creates: None,
        place: DrillPlace::default(),
    };
    console.engine.set_schedule(new).await.unwrap();
    let earlier = [
        "UPDATE schedule SET set_at_ms = set_at_ms - 2 * 86400000",
        "UPDATE proof SET at_ms = at_ms - 2 * 86400000",
    ];
    super::change_in(console.home(), &earlier).await;
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));
    let done = console.engine.scheduler().run_due().await.unwrap();
    assert_eq!((done.len(), done[0].ended.state), (1, SlotState::Failed), "{done:?}");
    let failure = console.engine.standing(PROJECT).await.unwrap().failure.unwrap();
    assert_eq!(failure.failure.code, Code::ScheduledCheckFailed, "{failure:?}");
    assert_eq!(Some(failure.job_id), done[0].ended.job_id);
    console.engine.acknowledge(PROJECT).await.unwrap();
    assert!(console.engine.standing(PROJECT).await.unwrap().failure.is_none());
}
