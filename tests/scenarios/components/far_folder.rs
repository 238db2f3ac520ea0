//! A folder of an SSH server, by SFTP: read, proven, and brought back to where it was.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::Duration;

use base::Code;
use base::secret::Secret;
use camino::Utf8Path;
use engine::component::NewSource;
use engine::parts::{PartRequest, PartTarget};
use ledger::catalog::Verdict;
use ledger::component::Component;
use source::Place;
use testkit::{CommandLine, Fault, FaultProxy, Key, PASSPHRASE, PROJECT, Sshd};

use super::{apply, backup, console_of, folder, plan, tree, wanted, write};

/// Lets the account that the server runs as read and write what is there.
fn open_to_all(path: &Utf8Path) {
    for entry in all_of(path) {
        let mode = if entry.is_dir() { 0o777 } else { 0o666 };
        std::fs::set_permissions(&entry, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn all_of(path: &Utf8Path) -> Vec<std::path::PathBuf> {
    let mut all = vec![path.as_std_path().to_owned()];
    let mut at = 0;
    while at < all.len() {
        if !all[at].is_symlink()
            && let Ok(entries) = std::fs::read_dir(&all[at])
        {
            all.extend(entries.flatten().map(|entry| entry.path()).filter(|path| !path.is_symlink()));
        }
        at += 1;
    }
    all
}

fn source(ssh: ssh::Address, path: &Utf8Path) -> NewSource {
    let place = Place::Sftp { ssh, path: path.to_string(), patterns: Vec::new() };
    NewSource { component: Component::Files, place, name: Some("uploads".into()), secret: None }
}

/// Makes everything look as if it had been there for long.
fn age(path: &Utf8Path) {
    for entry in all_of(path).into_iter().filter(|path| path.is_file()) {
        let file = std::fs::File::options().write(true).open(entry).unwrap();
        let time = std::time::SystemTime::now() - Duration::from_hours(1);
        file.set_times(std::fs::FileTimes::new().set_modified(time)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_a_server_is_backed_up_what_did_not_change_is_not_read_again_and_it_comes_back_there() {
    let Some(sshd) = Sshd::start().await else { return };
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    for number in 0..300 {
        write(&uploads, &format!("{}/{number}", number % 7), format!("content {number}"));
    }
    let large: Vec<u8> = (0..2_000_000_u32).flat_map(u32::to_le_bytes).collect();
    write(&uploads, "films/large ü", &large);
    write(&uploads, "empty", "");
    age(&uploads);
    open_to_all(&place);
    let console = console_of(vec![source(sshd.address(), &uploads)]).await;
    let (_, look) = console.engine.test_source(PROJECT, "uploads").await.unwrap();
    assert_eq!((look.items, look.left_out_count), (Some(302), 0));
    let (first, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.unchanged, taken.left_out), (302, 0, 0), "{:?}", taken.named);
    let before = tree(&uploads);

    write(&uploads, "films/large ü", "damaged");
    write(&uploads, "later", "work");
    std::fs::remove_dir_all(uploads.join("3")).unwrap();
    open_to_all(&place);
    let (_, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.unchanged), (302 + 1 - 43, 302 - 1 - 43), "{:?}", taken.named);

    let request = PartRequest {
        deletes_extra: true,
        ..wanted(&first.record.id, Component::Files, PartTarget::InPlace)
    };
    let planned = plan(&console, request).await;
    let total = planned.total();
    assert_eq!((total.add, total.replace, total.delete), (43, 1, 1), "{:?}", planned.steps);
    assert!(planned.makes_safety);
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert!(tree(&uploads) == before, "{:?}", tree(&uploads).keys());

    let (_out, out) = folder();
    let target = PartTarget::Folder { path: out.join("out") };
    let planned = plan(&console, wanted(&first.record.id, Component::Files, target)).await;
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    assert!(tree(out.join("out")) == before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_link_of_a_server_is_followed_neither_when_it_is_read_nor_when_it_is_written() {
    let Some(sshd) = Sshd::start().await else { return };
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    write(&uploads, "plain", "1");
    write(&uploads, "folder/inner", "2");
    write(&place, "secret/inner", "of somebody else");
    age(&uploads);
    symlink(place.join("secret/inner"), uploads.join("link")).unwrap();
    symlink(place.join("secret"), uploads.join("door")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(uploads.join("pipe")).status().unwrap().success());
    open_to_all(&place);
    let console = console_of(vec![source(sshd.address(), &uploads)]).await;
    let (made, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.left_out), (2, 3), "{:?}", taken.named);

    // A link in the place of a folder, and one in the place of a file.
    std::fs::remove_dir_all(uploads.join("folder")).unwrap();
    symlink(place.join("secret"), uploads.join("folder")).unwrap();
    std::fs::remove_file(uploads.join("plain")).unwrap();
    symlink(place.join("secret/inner"), uploads.join("plain")).unwrap();
    let planned = plan(&console, wanted(&made.record.id, Component::Files, PartTarget::InPlace)).await;
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Fail, "{outcome}");
    assert_eq!(std::fs::read(place.join("secret/inner")).unwrap(), b"of somebody else");
    assert_eq!(tree(place.join("secret")).len(), 1, "{outcome}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_is_made_anew_and_a_server_that_gives_no_files_says_so() {
    let Some(sshd) = Sshd::start().await else { return };
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    write(&uploads, "large", &large);
    age(&uploads);
    open_to_all(&place);
    let proxy = FaultProxy::to(sshd.port());
    let through = ssh::Address { port: proxy.port(), ..sshd.address() };
    let console = console_of(vec![source(through, &uploads)]).await;
    // Each connection carries less than half of it.
    proxy.set(Fault::CutAfter(5_000_000));
    let (made, manifest) = backup(&console).await;
    assert_eq!(manifest.taken[0].left_out, 0, "{:?}", manifest.taken[0].named);
    assert!(proxy.connections() >= 3, "{}", proxy.connections());
    let (_out, out) = folder();
    let target = PartTarget::Folder { path: out.join("out") };
    let planned = plan(&console, wanted(&made.record.id, Component::Files, target)).await;
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    assert!(std::fs::read(out.join("out/large")).unwrap() == large, "other bytes came back");

    let Some(closed) = Sshd::start_with("ForceCommand /bin/false").await else { return };
    let console = console_of(vec![source(closed.address(), &uploads)]).await;
    let failure = console.engine.test_source(PROJECT, "uploads").await.unwrap_err();
    assert!(matches!(failure.code, Code::SshNoSftp | Code::SshLost), "{failure:?}");
    let gone = NewSource { name: Some("gone".into()), ..source(sshd.address(), &place.join("none")) };
    console.engine.add_source(PROJECT, gone).await.unwrap();
    let failure = console.engine.test_source(PROJECT, "gone").await.unwrap_err();
    assert!(failure.message.contains("is not there"), "{failure:?}");
    let stranger =
        NewSource { name: Some("stranger".into()), ..source(sshd.address_of_a_stranger(), &uploads) };
    console.engine.add_source(PROJECT, stranger).await.unwrap();
    let failure = console.engine.test_source(PROJECT, "stranger").await.unwrap_err();
    assert_eq!(failure.code, Code::SshHostUnknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_of_an_account_opens_its_key_and_is_sent_to_no_other_account() {
    let Some(sshd) = Sshd::start().await else { return };
    let (_kept, place) = folder();
    write(&place, "uploads/a", "1");
    open_to_all(&place);
    let sealed = ssh::Address { key: Some(sshd.key(Key::Sealed)), ..sshd.address() };
    let with =
        NewSource { secret: Some(Secret::new(PASSPHRASE)), ..source(sealed.clone(), &place.join("uploads")) };
    let console = console_of(vec![with]).await;
    let (_, manifest) = backup(&console).await;
    assert_eq!(manifest.taken[0].files, 1);

    let elsewhere = ssh::Address { host: "other.example".into(), ..sealed };
    let refused = console.engine.add_source(PROJECT, source(elsewhere, &place.join("uploads"))).await;
    assert_eq!(refused.unwrap_err().code, Code::PasswordForNewServer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_command_line_configuration_of_the_server_that_the_database_is_reached_by_is_added_and_taken() {
    let Some(sshd) = Sshd::start().await else { return };
    let Some(server) = testkit::Server::shared() else { return };
    let database = server.database().await;
    let (_kept, place) = folder();
    for (name, content) in
        [("app/.env", "A=1"), ("app/docker-compose.yml", "services: {}"), ("app/photo.jpg", "no")]
    {
        write(&place, name, content);
    }
    let commit = super::checked_out(&place.join("app"));
    open_to_all(&place);
    let cli = CommandLine::new();
    let vault = cli.folder().join("vault");
    cli.expect(0, &["vault", "init", "--path", vault.as_str(), "--kit", "kit.txt"]);
    let (password, url) = cli.credentials(server, database.name());
    let address = sshd.address();
    let (account, key) = (address.to_string(), address.key.unwrap());
    let by = ["--ssh", &account, "--ssh-key", key.as_str(), "--ssh-host-key", &sshd.fingerprint()];
    let mut add = vec!["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()];
    add.extend(by);
    cli.expect(0, &add);
    let app = place.join("app");
    cli.expect(0, &["component", "add", "shop", "--config", app.as_str(), "--sftp"]);
    let seen = cli.expect(0, &["component", "test", "shop"]).output;
    assert!(seen.contains("has 2 files"), "{seen}");
    cli.expect(0, &["backup", "run", "shop"]);
    let shown = cli.expect(0, &["backup", "show", "shop@latest"]).output;
    assert!(
        shown.contains(&format!("Commit {} of main, from https://git.example", &commit[..12])),
        "{shown}"
    );
    let listed = cli.expect(0, &["component", "list", "shop"]).output;
    assert!(listed.contains(&format!("folder {app} on {account}")), "{listed}");
    let out = cli.folder().join("out");
    let to = ["--component", "config", "--to-folder", out.as_str(), "--out", "plan.json"];
    let mut planned = vec!["restore", "plan", "shop@latest"];
    planned.extend(to);
    cli.expect(0, &planned);
    cli.expect(0, &["restore", "apply", "plan.json", "--confirm", "shop"]);
    assert_eq!(std::fs::read(out.join(".env")).unwrap(), b"A=1");

    let nowhere = cli.expect(2, &["component", "add", "shop", "--files", "srv", "--sftp"]);
    assert!(nowhere.said.contains("no folder of a server"), "{}", nowhere.said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_time_and_size_were_set_back_comes_back_and_what_it_was_is_in_the_safety_backup() {
    let Some(sshd) = Sshd::start().await else { return };
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    write(&uploads, "ledger", "before");
    write(&uploads, "kept", "as it is");
    age(&uploads);
    open_to_all(&place);
    let console = console_of(vec![source(sshd.address(), &uploads)]).await;
    let (made, _) = backup(&console).await;
    let time = std::fs::metadata(uploads.join("ledger")).unwrap().modified().unwrap();
    write(&uploads, "ledger", "forged");
    let file = std::fs::File::options().write(true).open(uploads.join("ledger")).unwrap();
    file.set_times(std::fs::FileTimes::new().set_modified(time)).unwrap();

    let planned = plan(&console, wanted(&made.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!((planned.total().replace, planned.total().same), (1, 1), "{:?}", planned.steps);
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(std::fs::read(uploads.join("ledger")).unwrap(), b"before");

    let backups = console.engine.backups(Some(PROJECT), 0, 10).await.unwrap().1;
    let is_safety = |why: &str| why.contains(&made.record.id[..8]);
    let safety = backups.iter().find(|one| one.record.reason.as_deref().is_some_and(is_safety)).unwrap();
    let undone = plan(&console, wanted(&safety.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!(apply(&console, &undone).await.0, Verdict::Pass);
    assert_eq!(std::fs::read(uploads.join("ledger")).unwrap(), b"forged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_gone_comes_back_also_from_a_server_that_does_not_replace_in_one_step() {
    let deny = "ForceCommand internal-sftp -P posix-rename";
    let Some(sshd) = Sshd::start_with(deny).await else { return };
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    write(&uploads, "2026/a", "before");
    write(&uploads, "b", "before");
    std::fs::set_permissions(uploads.join("b"), std::fs::Permissions::from_mode(0o640)).unwrap();
    age(&uploads);
    open_to_all(&place);
    let before = tree(&uploads);
    let console = console_of(vec![source(sshd.address(), &uploads)]).await;
    let (made, _) = backup(&console).await;

    write(&uploads, "b", "damaged, and longer");
    let planned = plan(&console, wanted(&made.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!(planned.total().replace, 1);
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(tree(&uploads), before, "and nothing beside it");

    std::fs::remove_dir_all(&uploads).unwrap();
    let planned = plan(&console, wanted(&made.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!(planned.total().add, 2);
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(tree(&uploads), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_in_the_middle_ends_it_and_not_file_by_file() {
    let Some(mut sshd) = Sshd::start().await else { return };
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    for number in 0..2000 {
        write(&uploads, &number.to_string(), number.to_string());
    }
    open_to_all(&place);
    let proxy = FaultProxy::to(sshd.port());
    let through = ssh::Address { port: proxy.port(), ..sshd.address() };
    let console = console_of(vec![source(through, &uploads)]).await;
    proxy.set(Fault::Delay(Duration::from_millis(3)));
    let begun = std::time::Instant::now();
    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    testkit::poll::soon("files are read", async || {
        console.engine.job(&job).await.unwrap().progress.phases.iter().any(|phase| phase.bytes > 0)
    })
    .await;
    sshd.stop();
    let failure = console.failed(&job).await;
    assert_eq!(failure.code, Code::SourceUnreadable, "{failure:?}");
    assert!(failure.message.contains("SSH server"), "{failure:?}");
    assert!(begun.elapsed() < Duration::from_mins(2), "{:?}", begun.elapsed());
}
