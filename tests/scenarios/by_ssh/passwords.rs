//! Passwords of accounts, as servers ask for them.

use testkit::{Asks, PasswordServer};

use super::*;

async fn reach(server: &PasswordServer, password: Secret) -> Result<(), engine::Failure> {
    let gateway = ssh::Gateway::new(server.address(), Some(&password));
    Ok(gateway.reach(std::time::Duration::from_secs(10)).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_reached_with_a_password_whichever_way_the_server_asks_for_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    for asks in [Asks::Password, Asks::Question] {
        let gate = PasswordServer::start(asks).await;
        let connection =
            Settings { host: "127.0.0.1".into(), ssh: Some(gate.address().clone()), ..database.settings() };
        let console = console_behind(connection, server, Some(PasswordServer::PASSWORD)).await;
        let rungs = test(&console).await;
        assert!(rungs.iter().all(|rung| rung.state == RungState::Passed), "{asks:?} {rungs:?}");
        console.backup().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_a_second_proof_have_their_own_words() {
    for asks in [Asks::Password, Asks::Question] {
        let failure = reach(&PasswordServer::start(asks).await, Secret::new("wrong")).await.unwrap_err();
        assert_eq!(failure.code, Code::SshNotAdmitted, "{asks:?} {failure:?}");
        assert!(failure.message.contains("it refused the password"), "{failure:?}");
    }
    for asks in [Asks::QuestionAndCode, Asks::PasswordAndCode, Asks::Forever] {
        let gate = PasswordServer::start(asks).await;
        let failure = reach(&gate, PasswordServer::password()).await.unwrap_err();
        assert_eq!(failure.code, Code::SshNotAdmitted, "{asks:?} {failure:?}");
        assert!(failure.message.contains("second proof"), "{asks:?} {failure:?}");
        assert!(!format!("{failure:?}").contains(PasswordServer::PASSWORD));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_sent_to_no_server_but_the_one_whose_key_was_accepted() {
    let gate = PasswordServer::start(Asks::Password).await;
    let other = PasswordServer::start(Asks::Password).await;
    let fingerprint = other.address().host_key.clone().unwrap();
    let address = gate.address().with_host_key(fingerprint);
    let gateway = ssh::Gateway::new(&address, Some(&PasswordServer::password()));
    let failure: engine::Failure =
        gateway.reach(std::time::Duration::from_secs(10)).await.unwrap_err().into();
    assert_eq!(failure.code, Code::SshHostChanged, "{failure:?}");
    assert_eq!(gate.attempts(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_that_a_server_opens_by_itself_are_not_taken() {
    let gate = PasswordServer::start(Asks::PasswordAndOpens).await;
    reach(&gate, PasswordServer::password()).await.unwrap();
    testkit::poll::soon("it has tried", async || gate.opened().0 == 100).await;
    assert_eq!(gate.opened(), (100, 0));
}
