//! Keys of Redis: as a replica gets them, key by key, and back.

use base::Code;
use base::secret::Secret;
use engine::archive::Manifest;
use engine::component::NewSource;
use engine::parts::PartTarget;
use ledger::catalog::Verdict;
use ledger::component::Component;
use source::Place;
use source::redis::RedisAddress;
use testkit::{CommandLine, Docker, Key, PROJECT, Redis, Server, Sshd};

use super::{apply, backup, console_of, folder, plan, redis, wanted};

/// Something of every type that a server has, in two databases.
fn fill(server: &Redis) {
    for command in [
        "set text hello",
        "set number 127",
        "set counter 70000",
        "rpush list 1 2 3",
        "sadd set a b",
        "sadd ints 1 2 3",
        "zadd sorted 1.5 a -inf b",
        "hset hash field value",
        "xadd stream 1-1 field value",
        "xgroup create stream group 0",
        "xreadgroup group group one count 1 streams stream >",
        "pfadd hll a b c",
        "setbit bits 7 1",
        "set soon x ex 86400",
        "geoadd places 13.4 52.5 berlin",
    ] {
        server.run(0, &command.split(' ').collect::<Vec<_>>());
    }
    server.run(7, &["set", "elsewhere", &"long ".repeat(500)]);
    // Enough of each that it is kept in another way than a few are.
    let many = "for i = 1, 2000 do redis.call('set', 'key:' .. i, string.rep('v', i % 90)); \
                redis.call('hset', 'large', 'f' .. i, i); redis.call('zadd', 'scores', i / 3, 'm' .. i); \
                redis.call('rpush', 'queue', string.rep('q', 40) .. i); redis.call('sadd', 'members', 'm' .. i) end";
    server.run(0, &["eval", many, "0"]);
}

/// What a server holds: of each key a digest of its value.
fn digest(server: &Redis) -> String {
    server.run(0, &["debug", "digest"])
}

const DEBUG: &str = "enable-debug-command local";

async fn back_into_another(made: &str, console: &testkit::Console, path: &camino::Utf8Path) -> Redis {
    let target = PartTarget::Folder { path: path.to_owned() };
    let planned = plan(console, wanted(made, Component::Redis, target)).await;
    assert_eq!(apply(console, &planned).await.0, Verdict::Pass);
    Redis::loading_with(path.join("dump.rdb").as_std_path(), &[DEBUG]).await.unwrap()
}

fn keys(manifest: &Manifest) -> Option<u64> {
    manifest.taken[0].keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_comes_back_with_every_key_of_every_kind_in_both_ways() {
    let Some(server) = Redis::start_with(None, &[DEBUG]).await else { return };
    fill(&server);
    let (before, (_kept, place)) = (digest(&server), folder());
    let console = console_of(vec![redis(&server)]).await;
    let (made, manifest) = backup(&console).await;
    assert_eq!(keys(&manifest), Some(13 + 2004 + 1));
    assert_eq!(manifest.warnings, Vec::<String>::new());

    let fresh = back_into_another(&made.record.id, &console, &place.join("out")).await;
    assert_eq!(digest(&fresh), before, "as a file for a fresh server");

    server.run(0, &["flushall"]);
    let planned = plan(&console, wanted(&made.record.id, Component::Redis, PartTarget::InPlace)).await;
    assert_eq!((planned.total().replace, planned.makes_safety), (0, false));
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(digest(&server), before, "key by key");
    let left: i64 = server.run(0, &["ttl", "soon"]).parse().unwrap();
    assert!((86_000..=86_400).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forbids_replication_is_read_key_by_key_and_says_so() {
    let more = ["user default on nopass ~* &* +@all -psync -sync -replconf", DEBUG];
    let Some(server) = Redis::start_with(None, &more).await else { return };
    fill(&server);
    let (before, (_kept, place)) = (digest(&server), folder());
    let console = console_of(vec![redis(&server)]).await;
    let (made, manifest) = backup(&console).await;
    assert!(manifest.warnings.iter().any(|one| one.contains("key by key")), "{:?}", manifest.warnings);
    let fresh = back_into_another(&made.record.id, &console, &place.join("out")).await;
    assert_eq!(digest(&fresh), before);
}

/// A profile with a vault, and a project whose database, and with it a Redis that forbids this, is reached by SSH.
async fn by_ssh(forbids: &str, within: Option<&Docker>) -> Option<(CommandLine, Redis, Sshd)> {
    let acl = format!("user default on nopass ~* &* +@all -psync -sync -replconf {forbids}");
    let more = within.map(Docker::for_sshd).unwrap_or_default();
    let (server, sshd) = (Server::shared()?, Sshd::start_with(&more).await?);
    let cache = Redis::start_with(None, &[&acl, DEBUG]).await?;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, "postgres");
    let (account, key, host_key) = (sshd.address().to_string(), sshd.key(Key::Open), sshd.fingerprint());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let database = ["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()];
    let way = ["--ssh", &account, "--ssh-key", key.as_str(), "--ssh-host-key", &host_key];
    line.expect(0, &[&database[..], &way].concat());
    let url = cache.url();
    let add = ["component", "add", "shop", "--redis", &url];
    let docker: &[&str] = if within.is_some() { &["--docker", "shop-db"] } else { &[] };
    line.expect(0, &[&add[..], docker].concat());
    Some((line, cache, sshd))
}

/// Its snapshot is the one that it saves at each backup.
async fn saves_its_snapshot(within: Option<&Docker>) {
    let Some((line, server, _sshd)) = by_ssh("-dump", within).await else { return };
    fill(&server);
    let before = digest(&server);
    line.expect(0, &["backup", "run", "shop", "--only", "redis"]);
    let shown = line.expect(0, &["backup", "show", "shop@latest"]).output;
    assert!(shown.contains("the one that it saved to its disk"), "{shown}");
    // A second one is of a later moment.
    server.run(0, &["set", "later", "1"]);
    line.expect(0, &["backup", "run", "shop", "--only", "redis"]);
    server.run(0, &["del", "later"]);
    let plan =
        ["restore", "plan", "shop@latest", "--component", "redis", "--to-folder", "out", "--out", "p.json"];
    line.expect(0, &plan);
    line.expect(0, &["restore", "apply", "p.json", "--confirm", "shop"]);
    let file = line.folder().join("out/dump.rdb");
    let fresh = Redis::loading_with(file.as_std_path(), &[DEBUG]).await.unwrap();
    assert_eq!(fresh.run(0, &["del", "later"]), "1");
    assert_eq!(digest(&fresh), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_both_ways_saves_its_snapshot_and_the_file_is_read_by_ssh() {
    saves_its_snapshot(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_inside_of_its_container() {
    let docker = Docker::new();
    saves_its_snapshot(Some(&docker)).await;
    assert!(docker.calls().iter().any(|call| call.contains(" cat /")), "{:?}", docker.calls());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_computer_knows_a_component_that_the_newest_backup_of_everything_could_not_read() {
    let Some((line, mut server, _sshd)) = by_ssh("-dump", None).await else { return };
    server.run(0, &["set", "a", "1"]);
    line.expect(0, &["backup", "run", "shop"]);
    server.stop();
    line.expect(3, &["backup", "run", "shop"]);
    let other = CommandLine::new();
    let (vault, kit) = (line.folder().join("vault"), line.folder().join("kit.txt"));
    other.expect(0, &["vault", "open", "--path", vault.as_str(), "--key-file", kit.as_str()]);
    let listed = other.expect(0, &["component", "list", "shop"]).output;
    assert!(listed.contains("redis"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_every_way_is_an_error_that_names_the_last_one() {
    let Some((line, server, _sshd)) = by_ssh("-dump -bgsave", None).await else { return };
    server.run(0, &["set", "a", "1"]);
    let failed = line.call(&["backup", "run", "shop", "--only", "redis"]);
    let said = format!("{failed:?}");
    assert!(failed.status != Some(0) && said.contains("BGSAVE") && said.contains("NOPERM"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_named_and_the_stored_one_goes_to_no_other_server() {
    let (Some(server), Some(other)) =
        (Redis::start_with(Some("right"), &[]).await, Redis::start_with(Some("right"), &[]).await)
    else {
        return;
    };
    server.run(0, &["set", "a", "1"]);
    let wrong = NewSource { secret: Some(Secret::new("wrong")), ..redis(&server) };
    let console = console_of(vec![wrong]).await;
    let failure = console.engine.test_source(PROJECT, "redis").await.unwrap_err();
    assert_eq!(failure.code, Code::RedisSignIn, "{failure:?}");
    assert!(console.failed_backup().await.message.contains("refuses to sign in"));
    let right = NewSource { secret: Some(Secret::new("right")), ..redis(&server) };
    console.engine.add_source(PROJECT, right).await.unwrap();
    backup(&console).await;

    let moved = console.engine.add_source(PROJECT, redis(&other)).await.unwrap_err();
    assert_eq!(moved.code, Code::PasswordForNewServer);
    // The same server without a new password keeps the stored one.
    console.engine.add_source(PROJECT, redis(&server)).await.unwrap();
    backup(&console).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_none_or_breaks_off_in_the_middle_leaves_no_snapshot() {
    let Some(server) = Redis::start().await else { return };
    fill(&server);
    let proxy = testkit::FaultProxy::to(server.port());
    let place = Place::Redis(RedisAddress::parse(&format!("redis://127.0.0.1:{}", proxy.port())).unwrap().0);
    let source = NewSource { component: Component::Redis, place, name: None, secret: None };
    let console = console_of(vec![source]).await;
    backup(&console).await;
    proxy.set(testkit::Fault::CutAfter(9_000));
    let failure = console.failed_backup().await;
    assert_eq!(failure.code, Code::SourceUnreadable);
    assert!(failure.message.contains("broke"), "{}", failure.message);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_command_line_a_redis_in_a_container_is_reached_without_a_port() {
    let Some(server) = Redis::start().await else { return };
    let docker = testkit::Docker::new();
    server.run(0, &["set", "greeting", "hello"]);
    let cli = CommandLine::new().finding(docker.programs());
    cli.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    cli.expect(0, &["project", "add", "shop", "--no-database"]);
    let add = |container: &str| {
        let url = server.url();
        let words = ["component", "add", "shop", "--redis", &url, "--docker", container, "--name", "cache"];
        cli.call(&words)
    };
    assert_eq!(add("--privileged").status, Some(2));
    assert_eq!(add("nobody").status, Some(0));
    let gone = cli.expect(1, &["component", "test", "shop", "cache"]);
    assert!(gone.said.contains("does not exist"), "{gone:?}");
    assert_eq!(add("shop-db").status, Some(0));
    let tested = cli.expect(0, &["component", "test", "shop", "cache"]);
    assert!(tested.output.contains("1 key"), "{tested:?}");
    cli.expect(0, &["backup", "run", "shop"]);
    let shown = cli.expect(0, &["component", "list", "shop"]);
    assert!(shown.output.contains("in the container shop-db"), "{shown:?}");
    assert!(docker.calls().iter().any(|call| call.starts_with("shop-db ")), "{:?}", docker.calls());
}
