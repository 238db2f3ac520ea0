//! Streams by way of an SSH server, and the port at which programs of this computer begin theirs.

use std::process::{Command, Stdio};
use std::time::Duration;

use postgres::connection::{ConnectOptions, connect};
use postgres::tools::Program;
use testkit::is_root;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_stops_no_other_one() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    let settings = behind(&sshd, &database);
    ssh::provide(settings.ssh.as_ref().unwrap(), None);
    let options = ConnectOptions::new("holdfast test");
    let open = || connect(&settings, Some(server.password()), &options);
    let unread = open().await.unwrap();
    // 200 MB, of which nothing is taken.
    let rows = "copy (select repeat('x', 1000) from generate_series(1, 200000)) to stdout";
    let stream = unread.client.copy_out(rows).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = open().await.unwrap();
    for number in 0..20 {
        let asked = other.client.query_one("select pg_backend_pid()", &[]);
        let answered = tokio::time::timeout(Duration::from_secs(5), asked).await;
        assert!(answered.is_ok_and(|row| row.is_ok()), "question {number}");
    }
    drop(stream);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_near_end_serves_the_account_that_opened_it_and_closes_with_its_last_user() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let gateway = ssh::Gateway::new(&sshd.address(), None);
    let near = gateway.route("127.0.0.1", server.port()).near_end().unwrap();
    let port = near.address().port().to_string();
    let program = server.program(Program::Psql).with_file_name("pg_isready");
    let asked = |as_nobody: bool| {
        let mut command = if as_nobody {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        command.args(["-q", "-t", "10", "-h", "127.0.0.1", "-p", &port]);
        command.stdout(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(asked(false), Some(0));
    if is_root() {
        assert_ne!(asked(true), Some(0), "another account of this computer was served");
        assert_eq!(asked(false), Some(0));
    }
    // As many as want it share it.
    let same = gateway.route("127.0.0.1", server.port()).near_end().unwrap();
    assert_eq!(same.address(), near.address());
    drop((near, same));
    testkit::poll::soon("the port closes", async || asked(false) != Some(0)).await;
}
