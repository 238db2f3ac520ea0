//! A database in a container that exposes no port: everything goes by `docker exec`, on the SSH server or here.

use postgres::ladder::RungId;
use testkit::{Docker, FirstProcess};

use super::*;

/// An SSH server that forwards nothing, with a Docker beside it.
async fn server_with_docker() -> Option<(Docker, Sshd)> {
    let docker = Docker::new();
    let sshd = Sshd::start_with(&format!("{}\nAllowTcpForwarding no", docker.for_sshd())).await?;
    Some((docker, sshd))
}

fn within(sshd: &Sshd, database: &Database<'_>, container: &str) -> Settings {
    Settings { container: Some(ssh::Container::new(container)), ..behind(sshd, database) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_a_port_is_tested_backed_up_and_brought_back_by_docker_exec() {
    let (Some(server), Some((docker, sshd))) = (Server::shared(), server_with_docker().await) else { return };
    let database = server.database().await;
    database.run("create table t as select i, md5(i::text) from generate_series(1, 20000) i").await;
    for container in ["shop-db", "talkative"] {
        let console = console_behind(within(&sshd, &database, container), server, None).await;
        let rungs = test(&console).await;
        assert!(rungs.iter().all(|rung| rung.state == RungState::Passed), "{rungs:?}");
        let connection = rungs.iter().find(|rung| rung.id == RungId::Connection).unwrap();
        assert!(connection.message.contains(&format!("the container {container} on 127.0.0.1")), "{rungs:?}");

        let backup = console.backup().await;
        let name = server.free_name();
        let report = console.restore_to(&backup.record.id, &name).await;
        assert_eq!(report.verdict, Verdict::Pass);
        let sum = "select count(*), sum(hashtext(t::text)) from t";
        assert_eq!(server.at(&name).rows(sum).await, database.rows(sum).await);
        let dumped = |call: &String| call.starts_with(container) && call.contains("--format=custom");
        assert_eq!(docker.calls().iter().filter(|call| dumped(call)).count(), 1, "{:?}", docker.calls());
        // The password is in no argument.
        assert!(docker.calls().iter().all(|call| !call.contains(server.password().expose())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_image_without_bash_is_reached_too() {
    let (Some(server), Some((_docker, sshd))) = (Server::shared(), server_with_docker().await) else {
        return;
    };
    let database = server.database().await;
    database.run("create table t as select i from generate_series(1, 100) i").await;
    let console = console_behind(within(&sshd, &database, "small"), server, None).await;
    let backup = console.backup().await;
    assert_eq!(console.restore_to(&backup.record.id, &server.free_name()).await.verdict, Verdict::Pass);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_cannot_be_reached_says_why_and_what_to_do() {
    let (Some(server), Some((_docker, sshd))) = (Server::shared(), server_with_docker().await) else {
        return;
    };
    let database = server.database().await;
    for (container, code, words) in [
        ("nobody", "HF-CONTAINER-001", "does not exist"),
        ("stopped", "HF-CONTAINER-002", "does not run"),
        ("locked", "HF-CONTAINER-004", "may not use Docker"),
        ("bare", "HF-CONTAINER-005", "neither bash nor nc"),
    ] {
        let console = console_behind(within(&sshd, &database, container), server, None).await;
        let failure = console.failed_backup().await;
        assert_eq!(failure.code, Code::ContainerUnreachable, "{container}: {failure:?}");
        assert!(failure.message.contains(words), "{failure:?}");
        assert_eq!(failed(&test(&console).await).code, Some(code), "{container}");
    }
    // Nobody listens on the port there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = Settings { port: closed, ..within(&sshd, &database, "shop-db") };
    let failure = console_behind(nowhere, server, None).await.failed_backup().await;
    assert_eq!(failure.code, Code::SshForwardRefused, "{failure:?}");
    assert!(failure.message.contains("in the container shop-db"), "{failure:?}");

    let Some(none) = Sshd::start_with("SetEnv PATH=/nonexistent\nAllowTcpForwarding no").await else {
        return;
    };
    let failure =
        console_behind(within(&none, &database, "shop-db"), server, None).await.failed_backup().await;
    assert_eq!(failure.code, Code::ContainerUnreachable, "{failure:?}");
    let Some(forced) = Sshd::start_with("ForceCommand internal-sftp\nAllowTcpForwarding no").await else {
        return;
    };
    let failure =
        console_behind(within(&forced, &database, "shop-db"), server, None).await.failed_backup().await;
    assert!(matches!(failure.code, Code::ContainerUnreachable | Code::SshRunRefused), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_would_be_an_option_is_refused() {
    let (Some(server), Some((docker, sshd))) = (Server::shared(), server_with_docker().await) else { return };
    let database = server.database().await;
    for odd in ["--privileged", "a b", "x;reboot", "$(reboot)"] {
        let console = Console::new().await.with_vault().await;
        let project = NewProject::postgres(PROJECT, Label::Production, within(&sshd, &database, odd), None);
        let failure = console.engine.add_project(project).await.unwrap_err();
        assert_eq!(failure.code, Code::InvalidRequest, "{odd}: {failure:?}");
        assert!(failure.message.contains("not the name of a container"), "{failure:?}");
    }
    assert!(docker.calls().is_empty(), "{:?}", docker.calls());
}

fn shown(cli: &CommandLine) -> serde_json::Value {
    serde_json::from_str(&cli.expect(0, &["--json", "project", "show", "shop"]).output).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_command_line_a_container_of_this_computer_is_backed_up_and_left_again() {
    let Some(server) = Server::shared() else { return };
    let docker = Docker::new();
    let database = server.database().await;
    database.run("create table t as select i from generate_series(1, 500) i").await;
    let cli = CommandLine::new().finding(docker.programs());
    cli.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = cli.credentials(server, database.name());
    let url = url.replace(&server.settings("x").host, "localhost");
    let add = ["project", "add", "shop", "--postgres", &url, "--docker", "shop-db", "--password-file"];
    cli.expect(0, &[&add[..], &[password.as_str()]].concat());
    let view = shown(&cli);
    assert_eq!(view["connection"]["container"], "shop-db", "{view}");
    cli.expect(0, &["project", "test", "shop"]);
    cli.expect(0, &["backup", "run", "shop"]);
    assert!(docker.calls().iter().any(|call| call.starts_with("shop-db ")), "{:?}", docker.calls());

    // A new address alone could be another server of the same name.
    let refused = cli.expect(2, &["project", "edit", "shop", "--postgres", &url]);
    assert!(refused.said.contains("--docker shop-db") && refused.said.contains("--no-docker"), "{refused:?}");
    // Without it the same name is another server: its password is asked for.
    cli.expect(1, &["project", "edit", "shop", "--no-docker"]);
    cli.expect(0, &["project", "edit", "shop", "--no-docker", "--password-file", password.as_str()]);
    assert!(shown(&cli)["connection"]["container"].is_null());
    cli.expect(2, &["project", "add", "other", "--docker", "shop-db"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_the_first_process_of_its_container_never_takes_our_end_for_a_crash_of_its_own() {
    let Some(server) = Server::shared() else { return };
    let Some(first) = FirstProcess::start(server).await else { return };
    let cli = CommandLine::new().finding(first.programs());
    cli.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    cli.expect(0, &["project", "add", "shop", "--postgres", &first.url(), "--docker", "db", "--no-password"]);
    for _ in 0..3 {
        cli.expect(0, &["project", "test", "shop"]);
    }
    cli.expect(0, &["backup", "run", "shop"]);
    // Whoever is ended in the middle leaves nothing behind either.
    let mut child = cli.command(&["backup", "run", "shop"]).spawn().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    cli.expect(0, &["project", "test", "shop"]);
    let log = first.log();
    assert!(!log.contains("terminated by signal") && !log.contains("terminating any other"), "{log}");
}
