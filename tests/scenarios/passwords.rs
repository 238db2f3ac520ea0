//! A stored password goes to the server that it was entered for, and to no other.

use std::sync::{Arc, Mutex};

use base::Code;
use base::secret::Secret;
use engine::project::{NewProject, ProjectChange};
use ledger::catalog::Label;
use postgres::connection::{Settings, TlsMode};
use testkit::Console;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const PASSWORD: &str = "the-password-of-shop";
/// `AuthenticationCleartextPassword`: the question that a curious server asks.
const ASK_FOR_CLEAR_TEXT: &[u8] = &[b'R', 0, 0, 0, 8, 0, 0, 0, 3];

/// A server that asks everybody for their password in clear text. Returns its port and what it heard.
async fn curious_server() -> (u16, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 4096];
            let _ = stream.read(&mut bytes).await;
            let _ = stream.write_all(ASK_FOR_CLEAR_TEXT).await;
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                ear.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        }
    });
    (port, heard)
}

fn at(port: u16) -> Settings {
    Settings {
        host: "127.0.0.1".into(),
        port,
        database: "shop".into(),
        user: "reader".into(),
        tls: TlsMode::Disable,
        root_certificate: None,
        ssh: None,
        container: None,
    }
}

async fn console_with_shop(port: u16) -> Console {
    let console = Console::new().await;
    let shop = NewProject::postgres("shop", Label::Development, at(port), Some(Secret::new(PASSWORD)));
    console.engine.add_project(shop).await.unwrap();
    console
}

fn holds_password(heard: &Mutex<Vec<u8>>) -> bool {
    heard.lock().unwrap().windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_password_is_not_sent_to_another_server() {
    let (own, heard_by_own) = curious_server().await;
    let (other, heard_by_other) = curious_server().await;
    let console = console_with_shop(own).await;

    console.engine.test_connection(Some(at(other)), None, None, Some("shop"), &mut |_| ()).await.unwrap();
    assert!(!holds_password(&heard_by_other));

    // The server that it was entered for hears it; so the other one would have, too.
    console.engine.test_connection(None, None, None, Some("shop"), &mut |_| ()).await.unwrap();
    assert!(holds_password(&heard_by_own));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_moves_to_another_server_only_with_a_password_for_it() {
    let console = console_with_shop(1).await;
    let moved = ProjectChange { connection: Some(at(2)), ..ProjectChange::default() };

    let refused = console.engine.edit_project("shop", moved.clone()).await.unwrap_err();
    assert_eq!(refused.code, Code::PasswordForNewServer);

    let with_password = ProjectChange { password: Some(Secret::new("another")), ..moved };
    assert_eq!(console.engine.edit_project("shop", with_password).await.unwrap().connection.unwrap().port, 2);
}
