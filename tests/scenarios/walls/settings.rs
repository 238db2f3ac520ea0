//! Settings that name programs, which a superuser of a private server may store: the server starts none of them.

use std::process::Command;

use camino::Utf8Path;
use postgres::cluster::Cluster;
use testkit::{find_program, poll};

use super::{Pair, give, session};

/// Stores settings, and has the server read them.
async fn set(cluster: &Cluster, settings: &[(&str, &str)]) {
    let session = session(cluster).await;
    for (name, value) in settings {
        let stored = format!("alter system set {name} = '{value}'");
        session.client.batch_execute(&stored).await.unwrap();
    }
    session.client.batch_execute("select pg_catalog.pg_reload_conf()").await.unwrap();
    session.close().await;
}

/// Waits until the server has tried: until the program left its file, or the log says that it could not be started.
async fn tried(cluster: &Cluster, file: &Utf8Path, said: &str) {
    poll::soon("the server tries it", async || file.exists() || cluster.log_tail().contains(said)).await;
}

#[tokio::test]
async fn an_archive_command_starts_nothing() {
    let Some(pair) = Pair::start(&[("archive_mode", "on"), ("wal_level", "replica")]).await else { return };
    for (cluster, is_walled) in pair.both() {
        let file = pair.path("archived");
        set(cluster, &[("archive_command", &format!("touch {file}"))]).await;
        let session = session(cluster).await;
        session.client.batch_execute("create table public.kept as select 1").await.unwrap();
        session.client.batch_execute("select pg_catalog.pg_switch_wal()").await.unwrap();
        session.close().await;

        tried(cluster, &file, "archive command failed").await;

        assert_eq!(file.exists(), !is_walled, "{}", cluster.log_tail());
    }
    pair.remove().await;
}

#[tokio::test]
async fn a_command_that_is_asked_for_a_passphrase_starts_nothing() {
    if find_program("openssl").is_none() {
        return;
    }
    let Some(pair) = Pair::start(&[]).await else { return };
    for (cluster, is_walled) in pair.both() {
        let file = pair.path("asked");
        sealed_key(cluster);
        let command = format!("touch {file}; echo secret");
        set(
            cluster,
            &[
                ("ssl_passphrase_command", &command),
                ("ssl_passphrase_command_supports_reload", "on"),
                ("ssl", "on"),
            ],
        )
        .await;

        tried(cluster, &file, "could not execute command").await;

        assert_eq!(file.exists(), !is_walled, "{}", cluster.log_tail());
    }
    pair.remove().await;
}

/// A key that needs a passphrase, where the server looks for it.
fn sealed_key(cluster: &Cluster) {
    let data = cluster.record().place.data();
    let (key, own) = (data.join("server.key"), data.join("server.crt"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-passout",
            "pass:secret",
            "-days",
            "2",
            "-subj",
            "/CN=x",
        ])
        .args(["-keyout", key.as_str(), "-out", own.as_str()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    for file in [&key, &own] {
        give(cluster, file);
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
}
