//! Files of folders: odd names, odd kinds, changes on the way, links that a stranger planted.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use base::Code;
use engine::archive::Manifest;
use engine::component::NewSource;
use engine::parts::PartTarget;
use ledger::catalog::{ProofLevel, Verdict};
use ledger::component::{Component, Components};
use source::Place;
use testkit::PROJECT;

use super::{apply, backup, console_of, files, folder, plan, refused, run, tree, wanted, write};

/// Waits until a file is old enough to be believed unchanged.
async fn settle() {
    tokio::time::sleep(std::time::Duration::from_millis(3100)).await;
}

fn only(manifest: &Manifest) -> &engine::archive::Taken {
    assert_eq!(manifest.taken.len(), 1, "{:?}", manifest.taken);
    &manifest.taken[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_changed_is_not_read_again_and_what_has_is_even_where_time_and_size_are_the_same() {
    let (_kept, place) = folder();
    for number in 0..600 {
        write(&place, &format!("{}/{number}", number % 7), format!("content {number}"));
    }
    write(&place, "same", "before");
    let console = console_of(vec![files(&place)]).await;
    settle().await;
    let (_, first) = backup(&console).await;
    assert_eq!((only(&first).files, only(&first).unchanged), (601, 0));

    let time = std::fs::metadata(place.join("same")).unwrap().modified().unwrap();
    write(&place, "same", "after!");
    let file = std::fs::File::options().write(true).open(place.join("same")).unwrap();
    file.set_times(std::fs::FileTimes::new().set_modified(time)).unwrap();
    write(&place, "3/new", "new");
    std::fs::remove_file(place.join("0/0")).unwrap();
    let (second, manifest) = backup(&console).await;
    assert_eq!((only(&manifest).files, only(&manifest).unchanged), (601, 599));
    let out = place.join("../out-of-it");
    let target = PartTarget::Folder { path: out.clone() };
    let planned = plan(&console, wanted(&second.record.id, Component::Files, target)).await;
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    assert_eq!(tree(&out), tree(&place));
    std::fs::remove_dir_all(out).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_pipes_and_what_may_not_be_read_are_named_and_never_followed() {
    let (_kept, place) = folder();
    let (_elsewhere, secret) = folder();
    write(&secret, "secret", "of somebody else");
    write(&place, "plain", "1");
    symlink(secret.join("secret"), place.join("link")).unwrap();
    symlink(&secret, place.join("door")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(place.join("pipe")).status().unwrap().success());
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"odd\xff");
    std::fs::write(place.as_std_path().join(odd), "x").unwrap();
    let console = console_of(vec![files(&place)]).await;
    let (_, look) = console.engine.test_source(PROJECT, place.file_name().unwrap()).await.unwrap();
    assert_eq!((look.items, look.left_out_count), (Some(1), 4));
    let (_, manifest) = backup(&console).await;
    let taken = only(&manifest);
    assert_eq!((taken.files, taken.left_out), (1, 4), "{:?}", taken.named);
    assert!(
        manifest.warnings.iter().any(|warning| warning.contains("4 files could not be read")),
        "{:?}",
        manifest.warnings
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_name_that_a_file_can_have_comes_back_as_it_was() {
    let (_kept, place) = folder();
    let names = [
        "a",
        "a.b/c",
        "a b",
        "ü/ö ä",
        "-rf",
        "%2E%2E",
        "100%",
        "x%41y",
        "'\"$`",
        "new\nline",
        "back\\slash",
        "CON",
        "case",
        "CASE",
        "objects.jsonl",
        ".by-hash/a",
        ".hidden",
        "a!b",
        "a/b",
    ];
    for name in names.iter().filter(|name| **name != "a/b") {
        write(&place, name, format!("content of {name}"));
    }
    write(&place, &format!("long/{}", "n".repeat(255)), "long");
    write(&place, &format!("{}/deep", vec!["d"; 150].join("/")), "deep");
    std::fs::set_permissions(place.join("a"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let console = console_of(vec![files(&place)]).await;
    let (made, manifest) = backup(&console).await;
    assert_eq!(only(&manifest).files, tree(&place).len() as u64, "{:?}", only(&manifest).named);
    assert_eq!(made.level, Some(ProofLevel::Readable));
    let (_out, out) = folder();
    let target = PartTarget::Folder { path: out.clone() };
    let planned = plan(&console, wanted(&made.record.id, Component::Files, target)).await;
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    let decoded: std::collections::BTreeMap<_, _> = tree(&out);
    assert_eq!(decoded.len(), tree(&place).len());
    let plain: Vec<&String> = decoded.keys().filter(|name| !name.contains('%')).collect();
    assert!(plain.len() >= decoded.len() - 3, "{plain:?}");
    assert_eq!(std::fs::metadata(out.join("a")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_folder_that_had_files_counts_for_nothing_until_somebody_says_that_it_is_meant() {
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    write(&uploads, "a", "1");
    let console = console_of(vec![files(&uploads)]).await;
    backup(&console).await;
    std::fs::remove_file(uploads.join("a")).unwrap();
    // A disk that is not mounted looks like this.
    let failure = console.failed_backup().await;
    assert_eq!(failure.code, Code::SourceUnreadable);
    assert!(failure.message.contains("it is empty"), "{}", failure.message);
    std::fs::remove_dir(&uploads).unwrap();
    assert!(console.failed_backup().await.message.contains("is not there"));
    std::fs::create_dir(&uploads).unwrap();
    console.engine.add_source(PROJECT, files(&uploads)).await.unwrap();
    let (_, manifest) = backup(&console).await;
    assert_eq!(only(&manifest).files, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_holds_the_vault_or_lies_in_it_is_refused() {
    let (_kept, place) = folder();
    let console = console_of(Vec::new()).await;
    let vault = console.vault().to_owned();
    for path in [vault.clone(), vault.join("data"), vault.parent().unwrap().to_owned()] {
        let refused = console.engine.add_source(PROJECT, files(&path)).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest, "{path}");
        assert!(refused.message.contains("within the other"), "{}", refused.message);
    }
    let link = place.join("link");
    symlink(&vault, &link).unwrap();
    assert_eq!(
        console.engine.add_source(PROJECT, files(&link)).await.unwrap_err().code,
        Code::InvalidRequest
    );
    let missing = console.engine.add_source(PROJECT, files(&place.join("none"))).await.unwrap_err();
    assert_eq!(missing.code, Code::SourceUnreadable);
    let named = NewSource { name: Some("../x".into()), ..files(&place) };
    assert_eq!(console.engine.add_source(PROJECT, named).await.unwrap_err().code, Code::InvalidRequest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_place_what_is_shown_happens_and_nothing_else_and_the_state_before_is_a_backup() {
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    for name in ["kept", "changed", "lost/a", "lost/b"] {
        write(&uploads, name, format!("old {name}"));
    }
    let console = console_of(vec![files(&uploads)]).await;
    let (first, _) = backup(&console).await;
    write(&uploads, "changed", "damaged");
    write(&uploads, "later", "work");
    std::fs::remove_dir_all(uploads.join("lost")).unwrap();
    let damaged = tree(&uploads);

    let planned = plan(&console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    let total = planned.total();
    assert_eq!((total.add, total.replace, total.same, total.extra, total.delete), (2, 1, 1, 1, 0));
    assert!(planned.makes_safety);
    // A plan is void once what is there is not what was shown.
    write(&uploads, "even later", "1");
    assert_eq!(refused(&console, &planned).await.code, Code::PlanStale);
    std::fs::remove_file(uploads.join("even later")).unwrap();

    let planned = plan(&console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    let now = tree(&uploads);
    assert_eq!(now.len(), 5);
    assert_eq!((now["changed"].as_slice(), now["later"].as_slice()), (&b"old changed"[..], &b"work"[..]));
    assert_eq!(now["lost/a"], b"old lost/a");

    // The state before comes back from its backup, what was added goes.
    let backups = console.engine.backups(Some(PROJECT), 0, 10).await.unwrap().1;
    let safety = backups
        .iter()
        .find(|one| one.record.reason.as_deref().is_some_and(|why| why.contains(&first.record.id[..8])));
    let request = super::PartRequest {
        deletes_extra: true,
        ..wanted(&safety.unwrap().record.id, Component::Files, PartTarget::InPlace)
    };
    let back = plan(&console, request).await;
    assert_eq!((back.total().replace, back.total().delete), (1, 2));
    assert_eq!(apply(&console, &back).await.0, Verdict::Pass);
    assert_eq!(tree(&uploads), damaged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_planted_in_the_target_leads_nothing_out_of_it() {
    let (_kept, place) = folder();
    let (_victim, victim) = folder();
    let uploads = place.join("uploads");
    write(&uploads, "a/file", "mine");
    write(&uploads, "b", "mine too");
    write(&victim, "file", "theirs");
    let console = console_of(vec![files(&uploads)]).await;
    let (first, _) = backup(&console).await;
    std::fs::remove_dir_all(uploads.join("a")).unwrap();
    std::fs::remove_file(uploads.join("b")).unwrap();
    symlink(&victim, uploads.join("a")).unwrap();
    symlink(victim.join("file"), uploads.join("b")).unwrap();
    let planned = plan(&console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Fail, "{outcome}");
    assert!(outcome.contains("a/file"), "{outcome}");
    assert_eq!(tree(&victim), [("file".to_owned(), b"theirs".to_vec())].into(), "nothing was written there");
    // A link in the place of the file itself goes, and what it led to stays.
    assert_eq!(std::fs::read(uploads.join("b")).unwrap(), b"mine too");
    assert!(!uploads.join("b").is_symlink());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_written_to_while_it_is_read_is_taken_and_named() {
    let (_kept, place) = folder();
    write(&place, "log", vec![b'x'; 8 << 20]);
    write(&place, "still", "1");
    let console = console_of(vec![files(&place)]).await;
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (told, path) = (std::sync::Arc::clone(&stop), place.join("log"));
    let writer = std::thread::spawn(move || {
        use std::io::Write as _;
        let mut file = std::fs::File::options().append(true).open(path).unwrap();
        while !told.load(std::sync::atomic::Ordering::Relaxed) {
            file.write_all(b"more\n").unwrap();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    });
    let (_, manifest) = backup(&console).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writer.join().unwrap();
    assert_eq!((only(&manifest).files, only(&manifest).changed), (2, 1), "{:?}", only(&manifest).named);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_folder_configuration_is_what_is_called_so_and_single_files_are_taken_as_they_are_named() {
    let (_kept, place) = folder();
    write(&place, "app/.env", "A=1\r\n");
    write(&place, "app/.env.production", "A=2");
    write(&place, "app/certs/site.pem", "pem");
    write(&place, "app/node_modules/x/package.yml", "no");
    write(&place, "app/.git/config.yml", "no");
    write(&place, "app/photo.jpg", "no");
    write(&place, "other/site.conf.disabled", "chosen");
    symlink(place.join("other/site.conf.disabled"), place.join("current")).unwrap();
    let paths = vec![place.join("app"), place.join("current")];
    let source = NewSource {
        component: Component::Configuration,
        place: Place::Files { paths, patterns: Vec::new() },
        name: None,
        secret: None,
    };
    let console = console_of(vec![source]).await;
    let (made, manifest) = backup(&console).await;
    assert_eq!(only(&manifest).files, 4);
    let (_out, out) = folder();
    let target = PartTarget::Folder { path: out.clone() };
    let planned = plan(&console, wanted(&made.record.id, Component::Configuration, target)).await;
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    let names: Vec<String> = tree(&out).into_keys().collect();
    assert_eq!(names, ["app/.env", "app/.env.production", "app/certs/site.pem", "current"]);

    // In place each goes to where it came from; through a link nothing is written, wherever it leads by then.
    write(&place, "other/site.conf.disabled", "of somebody else");
    std::fs::remove_file(place.join("app/.env")).unwrap();
    let planned =
        plan(&console, wanted(&made.record.id, Component::Configuration, PartTarget::InPlace)).await;
    assert_eq!((planned.total().add, planned.total().replace), (1, 1));
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Fail, "{outcome}");
    assert!(outcome.contains("current: nothing of the component leads there"), "{outcome}");
    assert_eq!(std::fs::read(place.join("other/site.conf.disabled")).unwrap(), b"of somebody else");
    assert_eq!(std::fs::read(place.join("app/.env")).unwrap(), b"A=1\r\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configuration_says_to_which_commit_and_images_it_belongs_and_keeps_no_token() {
    let (_kept, place) = folder();
    write(&place, "app/docker-compose.yml", "services:\n  db:\n    image: postgres:17\n");
    write(&place, "app/.env", "A=1");
    let commit = super::checked_out(&place.join("app"));
    let source = NewSource {
        component: Component::Configuration,
        place: Place::Files { paths: vec![place.join("app")], patterns: Vec::new() },
        name: None,
        secret: None,
    };
    let console = console_of(vec![source]).await;
    let (_, manifest) = backup(&console).await;
    let taken = only(&manifest);
    let checkout = taken.checkout.clone().unwrap();
    assert_eq!((checkout.commit, checkout.branch.as_deref()), (commit, Some("main")));
    assert_eq!(checkout.remote.as_deref(), Some("https://git.example/acme/shop.git"));
    assert_eq!((taken.images.clone(), taken.files), (vec!["postgres:17".to_owned()], 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_too_large_or_too_deep_is_missed_and_a_link_is_not() {
    let (_kept, place) = folder();
    write(&place, "app.conf", "a");
    symlink(place.join("app.conf"), place.join("link.conf")).unwrap();
    let source = NewSource {
        component: Component::Configuration,
        place: Place::Files { paths: vec![place.clone()], patterns: Vec::new() },
        name: None,
        secret: None,
    };
    let console = console_of(vec![source]).await;
    let verdict = async || run(&console, Components::NONE).await.output.unwrap().verdict;
    assert_eq!(verdict().await, Some(Verdict::Pass));

    std::fs::File::create(place.join("huge.yml")).unwrap().set_len(65 * 1024 * 1024).unwrap();
    assert_eq!(verdict().await, Some(Verdict::Inconclusive));
    std::fs::remove_file(place.join("huge.yml")).unwrap();
    write(&place, &format!("{}deep.conf", "d/".repeat(203)), "deep");
    assert_eq!(verdict().await, Some(Verdict::Inconclusive));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_backup_has_is_neither_deleted_nor_overwritten_in_place() {
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    for name in ["a", "b", "hidden", "extra"] {
        write(&uploads, name, format!("old {name}"));
    }
    // The simulation of a file that this account cannot read: a link at the backup, a file by the restore.
    std::fs::remove_file(uploads.join("hidden")).unwrap();
    symlink("nowhere", uploads.join("hidden")).unwrap();
    std::fs::remove_file(uploads.join("extra")).unwrap();
    let console = console_of(vec![files(&uploads)]).await;
    let (first, _) = backup(&console).await;
    std::fs::remove_file(uploads.join("hidden")).unwrap();
    write(&uploads, "hidden", "the only copy");
    write(&uploads, "extra", "goes");
    write(&uploads, "a", "damaged");
    let request = super::PartRequest {
        deletes_extra: true,
        ..wanted(&first.record.id, Component::Files, PartTarget::InPlace)
    };
    let planned = plan(&console, request).await;
    assert_eq!((planned.total().replace, planned.total().delete), (1, 1));
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert!(!uploads.join("extra").exists());
    assert_eq!(std::fs::read(uploads.join("hidden")).unwrap(), b"the only copy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipe_in_the_place_of_a_file_and_half_a_file_of_a_killed_restore_hold_nothing_up() {
    let (_kept, place) = folder();
    write(&place, "file", "1");
    write(&place, ".holdfast-4711.part", "half of");
    let console = console_of(vec![files(&place)]).await;
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (told, path) = (std::sync::Arc::clone(&stop), place.clone());
    assert!(std::process::Command::new("mkfifo").arg(place.join("pipe")).status().unwrap().success());
    let swapper = std::thread::spawn(move || {
        while !told.load(std::sync::atomic::Ordering::Relaxed) {
            let (file, pipe, aside) = (path.join("file"), path.join("pipe"), path.join("aside"));
            std::fs::rename(&file, &aside).unwrap();
            std::fs::rename(&pipe, &file).unwrap();
            std::fs::rename(&file, &pipe).unwrap();
            std::fs::rename(&aside, &file).unwrap();
        }
    });
    for _ in 0..20 {
        let wish = super::BackupWish::default();
        let job = console.engine.start_backup_of(PROJECT, wish).await.unwrap();
        let ended = tokio::time::timeout(std::time::Duration::from_mins(1), console.wait(&job)).await;
        assert!(ended.is_ok(), "a backup waits for whoever writes into a pipe");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapper.join().unwrap();
    let (_, manifest) = backup(&console).await;
    assert_eq!(only(&manifest).files, 1, "{:?}", only(&manifest).named);
}
