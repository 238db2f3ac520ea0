//! The profile itself: its catalogue, its projects, its sealed secrets.

use base::Code;
use base::secret::{Place, Secret, SecretsState};
use engine::Engine;
use engine::project::{NewProject, ProjectChange};
use ledger::catalog::Label;
use postgres::connection::{Settings, TlsMode};
use testkit::Console;

use super::assert_code;
use crate::catalogue::open_catalogue;

fn somewhere() -> Settings {
    Settings {
        host: "db.example".into(),
        port: 5432,
        database: "shop".into(),
        user: "reader".into(),
        tls: TlsMode::VerifyFull,
        root_certificate: None,
        ssh: None,
        container: None,
    }
}

fn project(name: &str) -> NewProject {
    NewProject::postgres(name, Label::Staging, somewhere(), None)
}

#[tokio::test]
async fn a_name_is_given_once_whatever_its_case() {
    let console = Console::new().await;
    let engine = &console.engine;
    engine.add_project(project("Shop")).await.unwrap();
    engine.add_project(project("other")).await.unwrap();

    assert_code(&engine.add_project(project("shop ")).await.unwrap_err(), Code::NameTaken);
    let renamed = ProjectChange { name: Some("SHOP".into()), ..ProjectChange::default() };
    assert_code(&engine.edit_project("other", renamed.clone()).await.unwrap_err(), Code::NameTaken);
    engine.edit_project("Shop", renamed).await.unwrap();
    for odd in ["", "a@b", "two\nlines", &"long".repeat(30)] {
        assert_code(&engine.add_project(project(odd)).await.unwrap_err(), Code::InvalidRequest);
    }
}

#[tokio::test]
async fn a_project_goes_only_when_its_name_was_typed() {
    let console = Console::new().await;
    console.engine.add_project(project("Shop")).await.unwrap();

    assert_code(&console.engine.remove_project("Shop", true, "shop").await.unwrap_err(), Code::NotConfirmed);
    console.engine.remove_project("Shop", true, "Shop").await.unwrap();
    assert!(console.engine.standings().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_catalogue_of_a_newer_version_is_refused_and_left_alone() {
    let console = Console::new().await;
    console.engine.add_project(project("Shop")).await.unwrap();
    let catalogue = open_catalogue(&console).await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', 1, x'00', 0)";
    sqlx::query(newer).execute(&catalogue).await.unwrap();

    assert_code(&Engine::open(console.opened_with()).await.unwrap_err(), Code::CatalogTooNew);

    sqlx::query("delete from _sqlx_migrations where version = 9999").execute(&catalogue).await.unwrap();
    assert_eq!(console.second_engine().await.standings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_passphrase_opens_nothing_and_harms_nothing() {
    let console = Console::new().await.with_vault().await;
    let mut options = console.opened_with();
    options.passphrase = Some(Secret::new("not the passphrase"));

    assert_code(&Engine::open(options.clone()).await.unwrap_err(), Code::WrongPassphrase);

    options.passphrase = None;
    let closed = Engine::open(options.clone()).await.unwrap();
    assert!(matches!(closed.state().await.unwrap().secrets, SecretsState::Locked(_)));
    assert_code(&closed.vault_status().await.unwrap().unwrap().problem.unwrap(), Code::SecretsFileLocked);
    assert_code(&closed.unlock_secrets(Secret::new("again not")).await.unwrap_err(), Code::WrongPassphrase);
    closed.unlock_secrets(console.opened_with().passphrase.unwrap()).await.unwrap();
    assert!(closed.vault_status().await.unwrap().unwrap().problem.is_none());
}

#[tokio::test]
async fn a_sealed_file_that_was_changed_is_not_believed() {
    let console = Console::new().await.with_vault().await;
    let Some(Place::File(path)) = console.opened_with().secrets else { panic!("not a file") };
    let whole = std::fs::read_to_string(&path).unwrap();
    let at = whole.find("\"content\"").unwrap() + 20;
    let mut changed = whole.clone().into_bytes();
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };

    std::fs::write(&path, changed).unwrap();
    assert_code(&Engine::open(console.opened_with()).await.unwrap_err(), Code::WrongPassphrase);
    std::fs::write(&path, "{}").unwrap();
    assert_code(&Engine::open(console.opened_with()).await.unwrap_err(), Code::SecretsFileDamaged);

    std::fs::write(&path, whole).unwrap();
    console.second_engine().await;
}
