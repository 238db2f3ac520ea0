//! What a project has beside its database: files, configuration, Redis and logs, in one backup with it, and back.

mod back_into_bucket;
mod far_folder;
mod files;
mod keys;
mod lines;
mod objects;
mod printed;
mod storage;
mod undone;
mod whole_drill;

use std::collections::BTreeMap;
use std::path::Path;

use base::Failure;
use camino::{Utf8Path, Utf8PathBuf};
use engine::archive::Manifest;
use engine::backup::{Backup, BackupWish};
use engine::component::NewSource;
use engine::parts::{PartPlan, PartRequest, PartTarget};
use ledger::catalog::Verdict;
use ledger::component::{Component, Components};
use ledger::job::Job;
use ledger::names::FileNames;
use source::Place;
use source::redis::RedisAddress;
use testkit::{CommandLine, Console, PROJECT, Redis, Server};

/// A folder for the files of a test.
fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::Builder::new().prefix("holdfast-test-files-").tempdir().unwrap();
    let path = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
    (folder, path)
}

/// Writes a file, with the folders above it.
fn write(folder: &Utf8Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Makes a folder a checkout of a commit, whose address has a token in it; the commit.
fn checked_out(folder: &Utf8Path) -> String {
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.current_dir(folder).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "first"]);
    git(&["remote", "add", "origin", "https://anna:ghp_secret@git.example/acme/shop.git"]);
    git(&["rev-parse", "HEAD"])
}

/// The files below a folder, with their content.
fn tree(folder: impl AsRef<Path>) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder.as_ref(), "", &mut found);
    found
}

/// A profile with a vault, and a project that is files alone.
async fn console_of(sources: Vec<NewSource>) -> Console {
    let console = Console::new().await.with_vault().await;
    let project = engine::project::NewProject {
        connection: None,
        ..engine::project::NewProject::postgres(
            PROJECT,
            ledger::catalog::Label::Production,
            postgres::connection::parse("postgresql://a@b/c").unwrap().settings,
            None,
        )
    };
    console.engine.add_project(project).await.unwrap();
    for source in sources {
        console.engine.add_source(PROJECT, source).await.unwrap();
    }
    console
}

fn files(path: &Utf8Path) -> NewSource {
    let place = Place::Folder { path: path.to_owned(), patterns: Vec::new() };
    NewSource { component: Component::Files, place, name: None, secret: None }
}

fn redis(server: &Redis) -> NewSource {
    let place = Place::Redis(RedisAddress::parse(&server.url()).unwrap().0);
    NewSource { component: Component::Redis, place, name: None, secret: None }
}

/// How a backup of these components ended, with its verdict.
async fn run(console: &Console, only: Components) -> Job {
    let wish = BackupWish { only, ..BackupWish::default() };
    let job = console.engine.start_backup_of(PROJECT, wish).await.unwrap();
    console.succeeded(&job).await
}

/// A backup of everything, and its manifest.
async fn backup(console: &Console) -> (Backup, Manifest) {
    let job = run(console, Components::NONE).await;
    let details = console.engine.backup_details(&job.output.unwrap().backup_id.unwrap()).await.unwrap();
    (details.backup, details.manifest)
}

fn wanted(backup: &str, component: Component, target: PartTarget) -> PartRequest {
    PartRequest {
        backup: backup.to_owned(),
        component,
        name: None,
        files: FileNames::default(),
        target,
        deletes_extra: false,
        no_safety_because: None,
    }
}

async fn plan(console: &Console, request: PartRequest) -> PartPlan {
    console.engine.plan_parts(request).await.unwrap()
}

/// Applies a plan, and expects it to work.
async fn apply(console: &Console, plan: &PartPlan) -> (Verdict, String) {
    let output = applied(console, plan).await.output.unwrap();
    (output.verdict.unwrap(), output.outcome)
}

/// The run that applied a plan.
async fn applied(console: &Console, plan: &PartPlan) -> Job {
    let job = console.engine.apply_parts(&plan.id, &plan.project).await.unwrap();
    console.succeeded(&job).await
}

async fn refused(console: &Console, plan: &PartPlan) -> Failure {
    console.engine.apply_parts(&plan.id, &plan.project).await.unwrap_err()
}

/// A project with a database, files, configuration, Redis and logs, entered on the command line.
struct Whole {
    cli: CommandLine,
    _kept: tempfile::TempDir,
    uploads: Utf8PathBuf,
    settings: Utf8PathBuf,
    database: String,
}

impl Whole {
    async fn new(server: &Server, redis: &Redis) -> Self {
        let database = server.database().await;
        database
            .run(
                "create table t as select generate_series(1, 100) i;
                 create table project_logs (created_at timestamptz, what text);
                 insert into project_logs select '2026-01-02 03:04:05Z'::timestamptz + i * interval '1 hour', 'line ' || i
                 from generate_series(1, 50) i",
            )
            .await;
        let (kept, place) = folder();
        let (uploads, settings) = (place.join("uploads"), place.join("app"));
        write(&uploads, "2026/a b.jpg", "first");
        write(&uploads, "ü.txt", "second");
        write(&settings, ".env", "SECRET=1\r\nQUOTED=\"x y\"\r\n");
        write(&settings, "docker-compose.yml", "services: {}\n");
        write(&settings, "readme.md", "not configuration");
        redis.run(0, &["set", "greeting", "hello"]);
        redis.run(2, &["rpush", "list", "1", "2"]);
        let cli = CommandLine::new();
        let vault = cli.folder().join("vault");
        cli.expect(0, &["vault", "init", "--path", vault.as_str(), "--kit", "kit.txt"]);
        let (password, url) = cli.credentials(server, database.name());
        cli.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
        cli.expect(0, &["component", "add", "shop", "--files", uploads.as_str()]);
        cli.expect(0, &["component", "add", "shop", "--config", settings.as_str(), "--name", "app"]);
        cli.expect(0, &["component", "add", "shop", "--redis", &redis.url()]);
        cli.expect(0, &["component", "add", "shop", "--logs", "project_logs"]);
        let database = database.name().to_owned();
        Self { cli, _kept: kept, uploads, settings, database }
    }

    fn document(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        serde_json::from_str(&self.cli.expect(0, &all).output).unwrap()
    }

    /// Plans what comes back of the newest backup, applies it, and yields what was said.
    fn bring_back(&self, component: &str, to: &[&str]) -> (String, String) {
        let mut plan = vec!["restore", "plan", "shop@latest", "--component", component, "--out", "p.json"];
        plan.extend(to);
        let shown = self.cli.expect(0, &plan).output;
        let unconfirmed = self.cli.call(&["restore", "apply", "p.json", "--confirm", "another"]);
        assert_eq!(unconfirmed.status, Some(4), "{unconfirmed:?}");
        let done = self.cli.expect(0, &["restore", "apply", "p.json", "--confirm", "shop"]).output;
        let again = self.cli.call(&["restore", "apply", "p.json", "--confirm", "shop"]);
        assert_eq!(again.status, Some(4), "a plan is applied once: {again:?}");
        (shown, done)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_project_is_backed_up_as_one_and_every_part_of_it_comes_back_by_command_line() {
    let (Some(server), Some(redis)) = (Server::shared(), Redis::start().await) else { return };
    let whole = Whole::new(server, &redis).await;
    let tested = whole.cli.expect(0, &["component", "test", "shop"]);
    assert!(tested.output.contains("2 keys"), "{}", tested.output);

    let made = whole.document(&["backup", "run", "shop"]);
    let held = made["components"].as_array().unwrap();
    let word = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
    let held_words: Vec<(String, String, u64)> = held
        .iter()
        .map(|one| (word(one, "component"), word(one, "name"), one["items"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("database", whole.database.as_str(), 2),
        ("storage", "uploads", 2),
        ("config", "app", 2),
        ("redis", "redis", 2),
        ("logs", "project_logs", 3),
    ];
    assert_eq!(
        held_words,
        expected.map(|(component, name, items)| (component.to_owned(), name.to_owned(), items))
    );
    assert!(held.iter().all(|one| one["level"] == "readable"));
    let shown = whole.document(&["project", "show", "shop"]);
    assert_eq!(shown["row"]["points"].as_array().map(Vec::len), Some(5), "{shown}");

    for (component, place) in [("files", &whole.uploads), ("config", &whole.settings)] {
        let out = whole.cli.folder().join(component);
        let (_, done) = whole.bring_back(component, &["--to-folder", out.as_str()]);
        assert!(done.contains("every hash matched"), "{done}");
        let expected: BTreeMap<_, _> =
            tree(place).into_iter().filter(|(name, _)| name != "readme.md").collect();
        assert_eq!(tree(&out), expected);
    }
    let out = whole.cli.folder().join("rows");
    whole.bring_back("logs", &["--to-folder", out.as_str()]);
    let lines = tree(&out).into_values().map(|text| String::from_utf8(text).unwrap().lines().count());
    assert_eq!(lines.sum::<usize>(), 50);

    // A key that was added later stays, one that was changed gets its value back.
    redis.run(0, &["set", "greeting", "changed"]);
    redis.run(0, &["set", "later", "1"]);
    redis.run(2, &["del", "list"]);
    let (shown, _) = whole.bring_back("redis", &["--in-place"]);
    assert!(shown.contains("Replace 1 key"), "{shown}");
    assert_eq!(redis.run(0, &["get", "greeting"]), "hello");
    assert_eq!(redis.run(2, &["lrange", "list", "0", "-1"]), "1\n2");
    assert_eq!(redis.run(0, &["get", "later"]), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_cannot_be_read_is_named_and_its_recovery_point_grows_old() {
    let Some(mut server) = Redis::start().await else { return };
    let (_kept, place) = folder();
    write(&place, "a", "1");
    let console = console_of(vec![files(&place), redis(&server)]).await;
    let (first, manifest) = backup(&console).await;
    let both = Components::NONE.with(Component::Files).with(Component::Redis);
    assert_eq!((manifest.holds(), first.record.components), (both, both));

    server.stop();
    let job = run(&console, Components::NONE).await;
    let output = job.output.unwrap();
    assert_eq!(output.verdict, Some(Verdict::Inconclusive), "{}", output.outcome);
    assert!(output.outcome.contains("redis"), "{}", output.outcome);
    let second = console.engine.backup_details(&output.backup_id.unwrap()).await.unwrap();
    assert_eq!(second.manifest.holds(), Components::NONE.with(Component::Files));
    assert_eq!(second.manifest.absent.len(), 1);

    let standing = console.engine.standing(PROJECT).await.unwrap();
    let points: Vec<(Component, Option<&str>)> = standing
        .points
        .components
        .iter()
        .map(|one| (one.component, one.point.as_ref().map(|point| point.backup_id.as_str())))
        .collect();
    let (old, new) = (first.record.id.as_str(), second.backup.record.id.as_str());
    assert_eq!(points, [(Component::Files, Some(new)), (Component::Redis, Some(old))]);
    assert_eq!(standing.recovery_point.unwrap().0, old, "the project is as old as its oldest part");

    // Nothing that could be read is no backup at all.
    let job = console.engine.start_backup_of(
        PROJECT,
        BackupWish { only: Components::NONE.with(Component::Redis), ..BackupWish::default() },
    );
    let failure = console.failed(&job.await.unwrap()).await;
    assert_eq!(failure.code, base::Code::SourceUnreadable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_is_removed_is_expected_no_more_and_stays_in_its_backups() {
    let (_kept, place) = folder();
    write(&place.join("one"), "a", "1");
    write(&place.join("two"), "b", "2");
    let two = NewSource { component: Component::Configuration, ..files(&place.join("two")) };
    let refused = console_of(vec![files(&place.join("one"))]).await;
    assert_eq!(refused.engine.add_source(PROJECT, two).await.unwrap_err().code, base::Code::InvalidRequest);
    let place_of = Place::Files { paths: vec![place.join("two")], patterns: vec!["*".into()] };
    let two = NewSource { component: Component::Configuration, place: place_of, name: None, secret: None };
    refused.engine.add_source(PROJECT, two).await.unwrap();
    let (first, _) = backup(&refused).await;
    refused.engine.remove_source(PROJECT, "config").await.unwrap();
    let standing = refused.engine.standing(PROJECT).await.unwrap();
    assert_eq!(standing.points.components.len(), 1);
    let out = place.join("out");
    let target = PartTarget::Folder { path: out.clone() };
    let planned = plan(&refused, wanted(&first.record.id, Component::Configuration, target)).await;
    assert_eq!(apply(&refused, &planned).await.0, Verdict::Pass);
    assert_eq!(tree(out).len(), 1);
    let again = refused.engine.remove_source(PROJECT, "config").await.unwrap_err();
    assert_eq!(again.code, base::Code::ComponentNotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_place_is_no_recovery_point_however_many_other_backups_were_made_meanwhile() {
    let Some(server) = Redis::start().await else { return };
    server.run(0, &["set", "a", "1"]);
    let (_kept, place) = folder();
    write(&place.join("one"), "a", "1");
    write(&place.join("two"), ".env", "2");
    let paths = vec![place.join("two")];
    let two = NewSource {
        component: Component::Configuration,
        place: Place::Files { paths, patterns: Vec::new() },
        name: None,
        secret: None,
    };
    let console = console_of(vec![files(&place.join("one")), two, redis(&server)]).await;
    backup(&console).await;
    std::fs::remove_file(place.join("two/.env")).unwrap();
    server.run(0, &["flushall"]);
    for only in
        [Components::NONE, Components::NONE.with(Component::Files), Components::NONE, Components::NONE]
    {
        let job = run(&console, only).await;
        let made = console.engine.backup_details(&job.output.unwrap().backup_id.unwrap()).await.unwrap();
        assert_eq!(
            made.manifest.holds(),
            Components::NONE.with(Component::Files),
            "{:?}",
            made.manifest.absent
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_computer_knows_the_components_from_the_vault_alone() {
    let (_kept, place) = folder();
    write(&place, "a", "1");
    let console = console_of(vec![files(&place)]).await;
    backup(&console).await;
    let other = Console::new().await;
    other.engine.open_vault(None, console.vault(), &console.key()).await.unwrap();
    let sources = other.engine.sources(PROJECT).await.unwrap();
    assert_eq!((sources.len(), sources[0].component), (1, Component::Files));
}

#[test]
fn a_project_without_a_database_is_added_scheduled_and_backed_up_on_the_command_line() {
    let (_kept, place) = folder();
    write(&place, "a", "1");
    let cli = CommandLine::new();
    let vault = cli.folder().join("vault");
    cli.expect(0, &["vault", "init", "--path", vault.as_str(), "--kit", "kit.txt"]);
    let neither = cli.call(&["project", "add", "site"]);
    assert!(neither.said.contains("--no-database"), "{neither:?}");
    let added = cli.expect(0, &["project", "add", "site", "--no-database"]).output;
    assert!(added.contains("holdfast component add PROJECT"), "{added}");
    let nothing = cli.call(&["backup", "run", "site"]);
    assert!(nothing.status != Some(0) && nothing.said.contains("holdfast component add"), "{nothing:?}");
    cli.expect(0, &["component", "add", "site", "--files", place.as_str(), "--name", "pages"]);
    cli.expect(0, &["schedule", "set", "site", "--daily", "03:00"]);
    cli.expect(0, &["backup", "run", "site"]);
    let unknown = cli.call(&["backup", "run", "site", "--only", "redis"]);
    assert!(unknown.said.contains("It has: storage"), "{unknown:?}");
    let made = cli.expect(0, &["backup", "show", "site@latest"]).output;
    assert!(made.contains("storage    pages  1 file   1 B  readable"), "{made}");
    assert!(made.contains(&format!("From        folder {place}")), "{made}");
    let restore = made.lines().find(|line| line.starts_with("Restore  ")).unwrap();
    assert!(restore.contains("--component files --to-folder 'files "), "{restore}");
    let shown = cli.expect(0, &["--json", "project", "show", "site"]).output;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&shown["row"]["state"], &shown["row"]["parts"]),
        (&"ok".into(), &serde_json::json!(["storage"]))
    );
    assert!(shown["row"]["recoveryPoint"].is_object(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beside_a_database_is_backed_up_while_that_does_not_answer() {
    let (_kept, place) = folder();
    write(&place, "a", "1");
    // The port on which nothing listens.
    let settings = postgres::connection::parse("postgresql://a@127.0.0.1:9/shop").unwrap().settings;
    let console = Console::new().await.with_vault().await;
    let label = ledger::catalog::Label::Production;
    let project = engine::project::NewProject::postgres(PROJECT, label, settings, None);
    console.engine.add_project(project).await.unwrap();
    console.engine.add_source(PROJECT, files(&place)).await.unwrap();
    let only = Components::NONE.with(Component::Files);
    let whole = console.engine.plan_backup(PROJECT, &BackupWish::default()).await;

    let planned = console.engine.plan_backup(PROJECT, &BackupWish { only, ..BackupWish::default() }).await;

    assert_eq!(whole.unwrap_err().code, base::Code::ConnectionRefused);
    let planned = planned.unwrap();
    assert_eq!((planned.tables, planned.server_version, planned.parts.len()), (0, None, 1));
    let job = run(&console, only).await;
    assert_eq!(job.output.unwrap().verdict, Some(Verdict::Pass));
    let redis = BackupWish { only: only.with(Component::Redis), ..BackupWish::default() };
    let lacking = console.engine.plan_backup(PROJECT, &redis).await.unwrap_err();
    assert_eq!(lacking.code, base::Code::ComponentNotFound);
}
