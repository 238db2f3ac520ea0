//! The keychain of the desktop: the real one, one that waits for a person, and none at all.

use std::time::Duration;

use base::Code;
use base::secret::{Place, SecretsState};
use engine::Engine;
use testkit::{Console, Keyring, Server, child};

/// A profile whose secrets rest in the keychain of the session that this test was started in again.
async fn console() -> Console {
    Console::with(|options| {
        options.secrets = Some(Place::Keychain);
        options.passphrase = None;
        options.keychain_wait = Some(Duration::from_secs(5));
    })
    .await
}

#[tokio::test]
async fn the_desktops_keychain_keeps_key_and_passwords_from_start_to_start() {
    let test = "keychain::the_desktops_keychain_keeps_key_and_passwords_from_start_to_start";
    if child::part().is_none() {
        return Keyring::Unlocked.run(test, "in a session");
    }
    let Some(server) = Server::shared() else { return };
    let console = console().await.with_vault().await.with_project(server, "postgres").await;
    assert_eq!(console.engine.state().await.unwrap().secrets, SecretsState::Ready);
    let backup = console.backup().await;

    let next = Engine::open(console.opened_with()).await.unwrap();
    assert!(next.vault_status().await.unwrap().unwrap().problem.is_none());
    assert!(next.backup_details(&backup.record.id).await.is_ok());
    console.restore_to(&backup.record.id, &server.free_name()).await;

    next.remove_project("shop", false, "shop").await.unwrap();
    assert_eq!(console.vault_files("snapshots").len(), 0);
}

#[tokio::test]
async fn a_locked_keychain_says_so_in_time() {
    if child::part().is_none() {
        return Keyring::Locked.run("keychain::a_locked_keychain_says_so_in_time", "in a session");
    }
    let console = console().await;

    // Nobody ever answers what the keychain asks: who waits for that never ends.
    let failure =
        console.engine.init_vault("Anchor", &console.folder().join("vault"), None).await.unwrap_err();

    assert_eq!(failure.code, Code::KeychainLocked, "{failure:?}");
    assert!(!console.folder().join("vault").exists(), "a vault without a key was made");
    assert!(matches!(console.engine.state().await.unwrap().secrets, SecretsState::Locked(_)));
    drop(console);
    // A call that hangs in the keychain must not keep the process from ending.
    std::process::exit(0);
}

#[tokio::test]
async fn no_keychain_at_all_says_so_and_names_the_way_out() {
    if child::part().is_none() {
        return Keyring::Absent.run("keychain::no_keychain_at_all_says_so_and_names_the_way_out", "alone");
    }
    let console = console().await;

    let failure =
        console.engine.init_vault("Anchor", &console.folder().join("vault"), None).await.unwrap_err();

    assert_eq!(failure.code, Code::KeychainUnavailable, "{failure:?}");
    assert!(failure.hint.unwrap().contains("HOLDFAST_SECRETS=file:"));
    assert!(!console.folder().join("vault").exists());
    assert!(matches!(console.engine.state().await.unwrap().secrets, SecretsState::Unavailable(_)));
}
