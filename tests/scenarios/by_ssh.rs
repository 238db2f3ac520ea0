//! A database that nothing but its own SSH server can reach.

mod identities;
mod near_end;
mod passwords;
mod there;
mod within;

use base::Code;
use base::secret::Secret;
use engine::project::{NewProject, ProjectChange};
use ledger::catalog::{Label, Verdict};
use postgres::connection::Settings;
use postgres::ladder::{Rung, RungId, RungState, Suggestion};
use testkit::{CommandLine, Console, Database, Key, PASSPHRASE, PROJECT, Server, Sshd};

/// A database as it is reached from the SSH server.
fn behind(sshd: &Sshd, database: &Database<'_>) -> Settings {
    Settings { host: "127.0.0.1".into(), ssh: Some(sshd.address()), ..database.settings() }
}

/// A profile with a vault, and the project behind an SSH server.
async fn console_behind(connection: Settings, server: &Server, ssh_secret: Option<&str>) -> Console {
    let console = Console::new().await.with_vault().await;
    let password = Some(server.password().clone());
    let project = NewProject {
        ssh_secret: ssh_secret.map(Secret::new),
        ..NewProject::postgres(PROJECT, Label::Production, connection, password)
    };
    console.engine.add_project(project).await.unwrap();
    console
}

async fn test(console: &Console) -> Vec<Rung> {
    console.engine.test_connection(None, None, None, Some(PROJECT), &mut |_| ()).await.unwrap()
}

/// The rung at which a test ended.
fn failed(rungs: &[Rung]) -> &Rung {
    rungs.iter().find(|rung| rung.state == RungState::Failed).unwrap_or_else(|| panic!("{rungs:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_tested_backed_up_proven_and_brought_back_by_way_of_an_ssh_server() {
    let (Some(server), Some(mut sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    database.run("create table t as select i, md5(i::text) from generate_series(1, 20000) i").await;
    let console = console_behind(behind(&sshd, &database), server, None).await;

    let rungs = test(&console).await;
    assert_eq!(rungs.len(), RungId::ALL.len());
    assert!(rungs.iter().all(|rung| rung.state == RungState::Passed), "{rungs:?}");
    assert_eq!((rungs[0].id, rungs[0].title), (RungId::Ssh, "SSH"));

    let backup = console.backup().await;
    let name = server.free_name();
    let report = console.restore_to(&backup.record.id, &name).await;
    assert_eq!(report.verdict, Verdict::Pass);
    let sum = "select count(*), sum(hashtext(t::text)) from t";
    assert_eq!(server.at(&name).rows(sum).await, database.rows(sum).await);

    // The database itself still answers: nothing takes another way to it.
    sshd.stop();
    assert_eq!(console.failed_backup().await.code, Code::SshUnreachable);
    assert_eq!(failed(&test(&console).await).code, Some("HF-SSH-001"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_server_is_shown_and_accepted_once_and_a_changed_one_is_refused() {
    let (Some(server), Some(mut sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    let stranger = Settings { ssh: Some(sshd.address_of_a_stranger()), ..behind(&sshd, &database) };
    let console = console_behind(stranger, server, None).await;

    assert_eq!(console.failed_backup().await.code, Code::SshHostUnknown);
    let rungs = test(&console).await;
    let rung = failed(&rungs);
    assert_eq!((rung.id, rung.code), (RungId::Ssh, Some("HF-SSH-002")));
    assert!(rung.message.contains(&sshd.fingerprint()), "{}", rung.message);
    let Some(Suggestion::Settings(accepted)) = rung.fix.as_ref().and_then(|fix| fix.suggestion.clone())
    else {
        panic!("{rung:?}")
    };
    assert_eq!(accepted.ssh.as_ref().unwrap().host_key, Some(sshd.fingerprint()));

    // The stored password goes along: it is the same account of the same server.
    let change = ProjectChange { connection: Some(*accepted), ..ProjectChange::default() };
    console.engine.edit_project(PROJECT, change).await.unwrap();
    console.backup().await;

    sshd.change_host_key().await;
    let failure = console.failed_backup().await;
    assert_eq!(failure.code, Code::SshHostChanged, "{failure:?}");
    let rungs = test(&console).await;
    let rung = failed(&rungs);
    assert_eq!(rung.code, Some("HF-SSH-003"));
    // Nobody accepts by a click what may be somebody in between.
    assert!(rung.fix.as_ref().unwrap().suggestion.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forwards_nothing_and_one_that_reaches_nothing_say_so() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let Some(sshd) = Sshd::start_with("AllowTcpForwarding no").await else { return };
    let console = console_behind(behind(&sshd, &database), server, None).await;
    let failure = console.failed_backup().await;
    assert_eq!(failure.code, Code::SshForwardRefused);
    assert!(failure.message.contains("does not forward"), "{failure:?}");
    assert_eq!(failed(&test(&console).await).code, Some("HF-SSH-007"));

    let Some(sshd) = Sshd::start().await else { return };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = Settings { port: closed, ..behind(&sshd, &database) };
    let console = console_behind(nowhere, server, None).await;
    let failure = console.failed_backup().await;
    assert_eq!(failure.code, Code::SshForwardRefused);
    assert!(failure.message.contains("reaches nothing"), "{failure:?}");
    assert_eq!(failed(&test(&console).await).code, Some("HF-SSH-008"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_in_the_middle_leaves_no_backup_and_the_next_run_connects_anew() {
    let (Some(server), Some(mut sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    // Slow enough to be met in its middle, whatever the computer.
    database
        .run("create table t as select i, repeat(md5(i::text), 40) from generate_series(1, 60000) i")
        .await;
    let console = console_behind(behind(&sshd, &database), server, None).await;
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.wait_for_phase(&job, "dump").await;
    sshd.cut();
    let failure = console.failed(&job).await;
    assert!(
        matches!(failure.code, Code::ServerGone | Code::ConnectionDropped | Code::SshLost),
        "{failure:?}"
    );
    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));

    console.backup().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_password_takes_no_other_way_than_the_one_it_was_entered_for() {
    let (Some(server), Some(sshd), Some(other)) =
        (Server::shared(), Sshd::start().await, Sshd::start().await)
    else {
        return;
    };
    let database = server.database().await;
    let console = console_behind(behind(&sshd, &database), server, None).await;
    for ssh in [None, Some(other.address())] {
        let moved = Settings { ssh, ..behind(&sshd, &database) };
        let rungs =
            console.engine.test_connection(Some(moved.clone()), None, None, Some(PROJECT), &mut |_| ()).await;
        assert_eq!(failed(&rungs.unwrap()).code, Some("HF-AUTH-002"));
        let change = ProjectChange { connection: Some(moved), ..ProjectChange::default() };
        let refused = console.engine.edit_project(PROJECT, change).await.unwrap_err();
        assert_eq!(refused.code, Code::PasswordForNewServer);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_never_be_reached_by_ssh_is_refused_when_it_is_entered() {
    let Some(sshd) = Sshd::start().await else { return };
    let console = Console::new().await;
    let good: Settings = Settings {
        ssh: Some(sshd.address()),
        ..postgres::connection::parse("postgresql://me@localhost/shop").unwrap().settings
    };
    let odd: [&dyn Fn(&mut Settings); 5] = [
        &|one| one.host = "/var/run/postgresql".into(),
        &|one| one.ssh.as_mut().unwrap().host = "-oProxyCommand=x".into(),
        &|one| one.ssh.as_mut().unwrap().host = String::new(),
        &|one| one.ssh.as_mut().unwrap().user = "me:secret".into(),
        &|one| one.ssh.as_mut().unwrap().host_key = Some("MD5:00:11".into()),
    ];
    for (number, change) in odd.into_iter().enumerate() {
        let mut settings = good.clone();
        change(&mut settings);
        let refused = console.add_project("odd", settings, &Secret::new("x")).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest, "change {number}");
        assert!(!refused.message.contains("secret"), "{refused:?}");
    }
    console.add_project("good", good, &Secret::new("x")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_reaches_a_project_by_ssh_and_accepts_its_key_by_its_fingerprint() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    database.run("create table t as select 1 as one").await;
    let line = CommandLine::new();
    let (password, _) = line.credentials(server, database.name());
    let Settings { port, user, database: name, .. } = database.settings();
    let url = format!("postgresql://{user}@127.0.0.1:{port}/{name}?sslmode=prefer");
    let stranger = sshd.address_of_a_stranger();
    let (account, key) = (ssh_account(&stranger), sshd.key(Key::Sealed));
    std::fs::write(line.folder().join("phrase"), PASSPHRASE).unwrap();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let add = [
        "project",
        "add",
        "shop",
        "--postgres",
        &url,
        "--password-file",
        password.as_str(),
        "--ssh",
        &account,
    ];
    let with_key = ["--ssh-key", key.as_str(), "--ssh-secret-file", "phrase"];
    line.expect(0, &[add.as_slice(), with_key.as_slice()].concat());

    let called = line.expect(1, &["project", "test", "shop"]);
    assert!(called.output.contains(&sshd.fingerprint()), "{called:?}");
    let refused = line.expect(4, &["backup", "run", "shop"]);
    assert!(refused.said.contains(&sshd.fingerprint()), "{refused:?}");

    line.expect(0, &["project", "edit", "shop", "--ssh-host-key", &sshd.fingerprint()]);
    line.expect(0, &["project", "test", "shop"]);
    line.expect(0, &["backup", "run", "shop"]);
    let shown = line.expect(0, &["project", "show", "shop"]);
    assert!(shown.output.contains(&account) && shown.output.contains(key.as_str()), "{shown:?}");

    // Straight to the same name would be another server: nobody loses the way by leaving it out.
    line.expect(2, &["project", "edit", "shop", "--postgres", &url]);
    let direct =
        ["project", "edit", "shop", "--postgres", &url, "--no-ssh", "--password-file", password.as_str()];
    line.expect(0, &direct);
    assert!(!line.expect(0, &["project", "show", "shop"]).output.contains(&account));
}

fn ssh_account(address: &ssh::Address) -> String {
    ssh::Address { key: None, host_key: None, ..address.clone() }.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_restore_left_is_not_undone_with_the_password_of_another_server() {
    let (Some(server), Some(sshd)) = (Server::shared(), Sshd::start().await) else { return };
    let database = server.database().await;
    database.run("create table t (i int); insert into t values (1)").await;
    let console = console_behind(behind(&sshd, &database), server, None).await;
    let backup = console.backup().await;
    let plan = console.plan_new(&backup.record.id, &server.free_name()).await;
    let job = console.engine.apply_restore(&plan.id, &plan.database, false).await.unwrap();
    let restored = console.succeeded(&job).await.output.unwrap().restore.unwrap();
    assert!(restored.connect.contains("ssh -f -N") && restored.connect.contains("hostaddr="), "{restored:?}");
    let straight = Settings { ssh: None, ..behind(&sshd, &database) };
    let moved = ProjectChange {
        connection: Some(straight),
        password: Some(Secret::new("another")),
        ..ProjectChange::default()
    };
    console.engine.edit_project(PROJECT, moved).await.unwrap();

    let refused = console.engine.plan_undo(&job, None).await.unwrap_err();
    assert_eq!(refused.code, Code::PasswordForNewServer, "{refused:?}");
    assert_eq!(server.at(&restored.database).value("select count(*) from t").await, "1");

    // Back there, also where another key signs in by now.
    let mut back = behind(&sshd, &database);
    back.ssh = Some(ssh::Address { key: Some(sshd.key(Key::Sealed)), ..sshd.address() });
    let back = ProjectChange {
        connection: Some(back),
        password: Some(server.password().clone()),
        ssh_secret: Some(Secret::new(PASSPHRASE)),
        ..ProjectChange::default()
    };
    console.engine.edit_project(PROJECT, back).await.unwrap();
    console.engine.plan_undo(&job, None).await.unwrap();
}
