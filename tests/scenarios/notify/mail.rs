//! A mail server that encrypts, one that does not, and all that one can refuse.

use std::io::Write as _;
use std::net::TcpListener;

use serde_json::Value;
use testkit::{CommandLine, MailServer, Refusal};

use super::{document, make_due, set_up};

const PASSWORD: &str = "the-mail-password-8841";

fn add(line: &CommandLine, server: &MailServer, more: &[&str]) {
    let (password, port) = (line.folder().join("mail-password"), server.port().to_string());
    std::fs::write(&password, PASSWORD).unwrap();
    let given = ["notify", "add", "email", "oncall", "--host", "localhost", "--port", &port, "--user", "bot"];
    let to = ["--from", "Holdfast <bot@example.org>", "--to", "ops@example.org", "--to", "cto@example.org"];
    line.expect(0, &[&given[..], &to[..], &["--password-file", password.as_str()], more].concat());
    std::fs::remove_file(password).unwrap();
}

/// Calls with the server's own authority.
fn trusting(line: &CommandLine, server: &MailServer, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = line.command(&[&["--json"], arguments].concat());
    let output = command.env("SSL_CERT_FILE", server.certificate()).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test]
async fn a_failure_arrives_as_text_and_html_over_starttls_and_nothing_is_said_in_clear() {
    let line = set_up(&["shop & <sons>"]);
    let server = MailServer::start(line.folder());
    add(&line, &server, &["--security", "starttls"]);
    make_due(&line).await;
    assert_eq!(trusting(&line, &server, &["schedule", "run-due"]).0, Some(1));
    let letters = server.letters();
    assert_eq!(letters.len(), 1, "{:?}", super::channel(&line, "oncall"));
    let letter = &letters[0];
    assert!(letter.was_encrypted && letter.signed_in.is_some());
    assert_eq!(letter.to, ["ops@example.org", "cto@example.org"]);
    let text = letter.decoded();
    assert!(text.contains("Subject: [Holdfast] Error: shop & <sons>: backup failed"), "{}", text);
    assert!(text.contains("text/plain") && text.contains("text/html"));
    assert!(text.contains("shop &amp; &lt;sons&gt;: backup failed"), "{}", text);
    assert!(text.contains("Auto-Submitted: auto-generated"));
    assert!(!text.contains("<img") && !text.contains("http"), "{}", text);
    let clear: Vec<String> =
        server.in_clear().iter().map(|said| said.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(clear, ["EHLO", "STARTTLS"]);
}

#[tokio::test]
async fn mail_goes_over_tls_from_the_first_byte_where_that_was_chosen() {
    let line = set_up(&[]);
    let server = MailServer::start_tls(line.folder());
    add(&line, &server, &["--security", "tls"]);
    let (status, tested) = trusting(&line, &server, &["notify", "test", "oncall"]);
    assert_eq!((status, &tested["isTaken"]), (Some(0), &true.into()), "{tested}");
    assert!(server.letters()[0].was_encrypted && server.in_clear().is_empty());
}

#[tokio::test]
async fn what_a_mail_server_refuses_is_said_in_words_and_without_the_password() {
    let line = set_up(&[]);
    let server = MailServer::start(line.folder());
    add(&line, &server, &[]);
    for (refusal, said) in [
        (Refusal::StartTls, "does not offer STARTTLS, and nothing is sent in clear"),
        (Refusal::Password, "does not accept the user and password"),
        (Refusal::Recipient, "refused the mail: "),
        (Refusal::ForNow, "refused the mail: "),
        (Refusal::Silence, "did not answer within 30 seconds"),
    ] {
        server.refuse(refusal);
        let (status, answer) = trusting(&line, &server, &["notify", "test", "oncall"]);
        let message = answer["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!((status, &answer["error"]["code"]), (Some(1), &"notification_failed".into()));
        assert!(message.contains(said), "{refusal:?}: {message}");
        assert!(!message.contains(PASSWORD));
    }
    assert_eq!(server.letters(), Vec::new());
    assert!(server.in_clear().iter().all(|said| !said.starts_with("AUTH") && !said.starts_with("MAIL")));
    // Nobody vouches for its certificate.
    server.refuse(Refusal::Nothing);
    let answer = document(&line, 1, &["notify", "test", "oncall"]);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("the certificate of localhost:"), "{message}");
}

#[tokio::test]
async fn what_was_answered_before_tls_began_is_not_believed_within_it() {
    let line = set_up(&[]);
    let server = MailServer::start(line.folder());
    add(&line, &server, &["--security", "starttls"]);
    // With the certificate that is trusted: whoever is in between passes the handshake on to the real server.
    server.refuse(Refusal::ToWait);

    let (status, answer) = trusting(&line, &server, &["notify", "test", "oncall"]);

    assert_eq!((status, &answer["error"]["code"]), (Some(1), &"notification_failed".into()), "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("it says more in clear than its answer to STARTTLS"), "{message}");
    assert_eq!(server.letters(), Vec::new());
}

#[tokio::test]
async fn a_mail_that_was_taken_is_sent_though_the_server_says_no_goodbye() {
    let line = set_up(&["shop"]);
    let server = MailServer::start(line.folder());
    add(&line, &server, &["--security", "starttls"]);
    server.refuse(Refusal::Goodbye);
    make_due(&line).await;

    assert_eq!(trusting(&line, &server, &["schedule", "run-due"]).0, Some(1));

    let oncall = super::channel(&line, "oncall");
    assert_eq!((&oncall["state"], &oncall["waiting"]), (&"works".into(), &0.into()), "{oncall}");
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_or_has_no_name_is_told_apart() {
    let line = set_up(&[]);
    for (name, host, said) in [
        ("closed", "127.0.0.1", "127.0.0.1:1 refused the connection; nothing listens there"),
        ("unknown", "no-such-host.invalid", "the name no-such-host.invalid is not known"),
    ] {
        let given = ["notify", "add", "email", name, "--host", host, "--port", "1"];
        line.expect(0, &[&given[..], &["--from", "a@example.org", "--to", "b@example.org"]].concat());
        let answer = document(&line, 1, &["notify", "test", name]);
        assert!(answer["error"]["message"].as_str().unwrap().starts_with(said), "{answer}");
    }
}

#[tokio::test]
async fn a_mail_server_that_never_ends_its_greeting_is_left() {
    let line = set_up(&[]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    // As much as is taken: a line without an end.
    let taken = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut taken = 0_usize;
        while let Ok(written) = peer.write(&[b'a'; 8 * 1024]) {
            taken += written;
        }
        taken
    });
    let given = ["notify", "add", "email", "endless", "--host", "127.0.0.1", "--port", &port];
    let to = ["--security", "plain", "--from", "a@example.org", "--to", "b@example.org"];
    line.expect(0, &[&given[..], &to[..]].concat());

    let answer = document(&line, 1, &["notify", "test", "endless"]);

    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("it says more than the 256 KiB that a mail server may"), "{message}");
    // What lies in the buffers of two sockets beside it.
    let taken = taken.join().unwrap();
    assert!(taken < 16 << 20, "{taken}");
}
