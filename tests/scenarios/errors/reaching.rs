//! The server cannot be reached, or not be read.

use base::Code;
use base::secret::Secret;
use engine::backup::BackupWish;
use postgres::connection::{Settings, TlsMode};
use postgres::tools::SearchRoots;
use testkit::{Console, PROJECT, Server};

use super::assert_code;

/// Backs up over a connection that is not as it should be, and expects the code.
async fn backup_fails(change: impl FnOnce(&mut Settings), password: Option<&str>, code: Code) {
    let Some(server) = Server::shared() else { return };
    let mut connection = server.settings("postgres");
    change(&mut connection);
    let password = password.map_or_else(|| server.password().clone(), Secret::new);
    let console = Console::new().await.with_vault().await;
    console.add_project(PROJECT, connection, &password).await.unwrap();

    let failure = console.failed_backup().await;

    assert_code(&failure, code);
    assert!(!format!("{failure:?}").contains(password.expose()), "{failure:?}");
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
}

#[tokio::test]
async fn a_wrong_password_says_so() {
    backup_fails(|_| (), Some("hunter2-not-it"), Code::WrongPassword).await;
}

#[tokio::test]
async fn an_unknown_host_says_so() {
    backup_fails(|to| to.host = "no-such-host.invalid".into(), None, Code::UnknownHost).await;
}

#[tokio::test]
async fn a_closed_port_says_so() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    backup_fails(|to| to.port = closed, None, Code::ConnectionRefused).await;
}

#[tokio::test]
async fn an_unknown_database_says_so() {
    backup_fails(|to| to.database = "nowhere".into(), None, Code::UnknownDatabase).await;
}

#[tokio::test]
async fn an_unknown_role_looks_like_a_wrong_password() {
    // Postgres tells a stranger no more than that.
    backup_fails(|to| to.user = "nobody".into(), None, Code::WrongPassword).await;
}

#[tokio::test]
async fn a_server_without_the_tls_that_is_demanded_says_so() {
    backup_fails(|to| to.tls = TlsMode::Require, None, Code::TlsNotOffered).await;
}

#[tokio::test]
async fn a_port_that_is_not_postgres_says_so() {
    let mail = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mail.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in mail.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut &stream, b"220 mail ready\r\n");
        }
    });
    backup_fails(|to| to.port = port, None, Code::ConnectionDropped).await;
    let with_tls = |to: &mut Settings| (to.port, to.tls) = (port, TlsMode::Require);
    backup_fails(with_tls, None, Code::ConnectionDropped).await;
}

/// A database with a role that may sign in, and what else the SQL says.
async fn backup_as_reader(sql: &str, code: Code, named: &str) {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let role = format!("reader_of_{}", database.name());
    let sql = sql.replace("READER", &role);
    database.run(&format!("create role {role} login password 'secret of the reader'; {sql}")).await;
    let console = Console::new().await.with_vault().await;
    let connection = Settings { user: role, ..database.settings() };
    console.add_project(PROJECT, connection, &Secret::new("secret of the reader")).await.unwrap();

    let failure = console.failed_backup().await;

    assert_code(&failure, code);
    assert!(failure.message.contains(named), "{failure:?}");
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
}

#[tokio::test]
async fn a_table_that_may_not_be_read_is_named() {
    let sql =
        "create table open (id int); grant select on open to READER; create table \"closed one\" (id int)";
    backup_as_reader(sql, Code::NoRight, "closed one").await;
}

#[tokio::test]
async fn row_security_that_would_hide_rows_is_named() {
    let sql = "create table tenants (id int); grant select on tenants to READER;
               alter table tenants enable row level security; create policy p on tenants using (id = 1)";
    backup_as_reader(sql, Code::RowSecurity, "tenants").await;
}

#[tokio::test]
async fn no_postgres_tools_say_so() {
    let Some(server) = Server::shared() else { return };
    let console = Console::with(|options| options.tool_roots = SearchRoots::none()).await;
    let console = console.with_vault().await.with_project(server, "postgres").await;

    let failure = console.failed_backup().await;

    assert_code(&failure, Code::ToolsMissing);
    assert!(failure.hint.unwrap().contains("15"), "the hint names the version that fits");
    assert_code(
        &console.engine.plan_backup(PROJECT, &BackupWish::default()).await.unwrap_err(),
        Code::ToolsMissing,
    );
}

#[tokio::test]
async fn a_server_newer_than_the_tools_says_so() {
    let Some(server) = Server::of_major(18) else { return };
    let console = Console::new().await.with_vault().await.with_project(server, "postgres").await;

    let failure = console.failed_backup().await;

    assert_code(&failure, Code::ToolsTooOld);
    assert!(failure.message.contains("the server is 18") && failure.hint.is_some(), "{}", failure.message);
}
