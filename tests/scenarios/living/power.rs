//! The power fails in a restore: what a server was told, this computer knows of when it is on again.

use serde_json::Value;
use testkit::{CommandLine, Kept, Recording, Server};

use super::SHOP;

/// Moments of the rest of a run at which the power fails.
const CUTS: usize = 5;
/// Of what was not synced a part is left, by the throw of a coin.
const SEEDS: [u64; 2] = [1, 2];

fn answer(line: &CommandLine, arguments: &[&str]) -> Value {
    let called = line.expect(0, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

#[tokio::test]
async fn once_a_server_was_told_to_commit_a_loss_of_power_leaves_the_restore_known_and_its_plan_taken() {
    let Some(server) = Server::shared() else { return };
    for (how, last_words) in [("--in-place", "COMMIT\0"), ("--swap", "RENAME TO")] {
        let database = server.database().await;
        database.run(SHOP).await;
        let line = CommandLine::new();
        let (file, url) = line.credentials(server, database.name());
        line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
        line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", file.as_str()]);
        line.expect(0, &["backup", "run", "shop"]);
        let restored = database.dump_text();
        database.run("insert into orders (customer, note) values (1, 'newer')").await;
        line.expect(0, &["restore", "plan", "shop@latest", how, "--out", "plan.json"]);
        let apply = ["restore", "apply", "plan.json", "--confirm", database.name(), "--end-connections"];
        let Some(recording) = Recording::of(&line.command(&apply), line.folder()) else { return };
        assert_eq!(recording.status, Some(0), "{}", recording.said);
        assert_eq!(database.dump_text(), restored);
        let id = answer(&line, &["--json", "restore", "list"])[0]["id"].as_str().unwrap().to_owned();
        // The last words of the transaction that changes everything.
        let told = recording.told(last_words);

        let worst = recording.moments_from(told, CUTS).into_iter().map(|at| (at, Kept::Synced));
        let others = SEEDS.map(Kept::Some).into_iter().chain([Kept::All]).map(|kept| (told, kept));
        for (at, kept) in worst.chain(others) {
            recording.cut(at, kept);
            let shown = answer(&line, &["--json", "restore", "show", &id]);
            let stands = (&shown["restore"]["state"], &shown["canUndo"]);
            assert_eq!(stands, (&"done".into(), &true.into()), "{how} at {at} of {told}, {kept:?}: {shown}");
            // What was done once is not done again.
            line.expect(4, &apply);
        }
        // And the backup before it is whole.
        recording.cut(told, Kept::Synced);
        line.expect(0, &["vault", "check", "--read-data"]);
        line.expect(0, &["verify", "shop@latest"]);
        assert_eq!(answer(&line, &["--json", "backup", "list"])["total"], 2);
    }
}
