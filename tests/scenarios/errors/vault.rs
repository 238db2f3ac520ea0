//! The vault is not there, does not open, cannot be written, or may not lose what is asked for.

use base::Code;
use engine::archive::KitFormat;
use testkit::{Console, FullDisk, PROJECT, Server};

use super::assert_code;

/// A profile with a vault at its place, and a project with some megabytes.
async fn console(server: &'static Server, disk: Option<&FullDisk>, rows: u32) -> Console {
    let database = server.database().await;
    let fill = format!(
        "create table t as select i, gen_random_uuid()::text || gen_random_uuid()::text as filler from generate_series(1, {rows}) i"
    );
    database.run(&fill).await;
    let console = Console::new().await;
    let console = match disk {
        Some(disk) => console.with_vault_at(&disk.path().join("vault")).await,
        None => console.with_vault().await,
    };
    console.with_project(server, database.name()).await
}

#[tokio::test]
async fn a_profile_without_a_vault_says_so() {
    let Some(server) = Server::shared() else { return };
    let console = Console::new().await.with_project(server, "postgres").await;

    assert_code(&console.engine.start_backup(PROJECT, None).await.unwrap_err(), Code::NoVault);
}

#[tokio::test]
async fn a_vault_whose_disk_is_unplugged_is_gone_and_comes_back() {
    let Some(server) = Server::shared() else { return };
    let console = console(server, None, 10).await;
    let backup = console.backup().await;
    let aside = console.folder().join("unplugged");

    std::fs::rename(console.vault(), &aside).unwrap();
    assert_code(&console.failed_backup().await, Code::VaultGone);
    // The empty folder below a mount point is no vault either, and nothing is written into it.
    std::fs::create_dir(console.vault()).unwrap();
    assert_code(&console.failed_backup().await, Code::VaultGone);
    assert_code(&console.engine.backup_details(&backup.record.id).await.unwrap_err(), Code::VaultGone);
    assert_eq!(console.vault().read_dir_utf8().unwrap().count(), 0);
    let fresh = console.second_engine().await;
    assert_code(&fresh.vault_status().await.unwrap().unwrap().problem.unwrap(), Code::VaultGone);

    std::fs::remove_dir(console.vault()).unwrap();
    std::fs::rename(&aside, console.vault()).unwrap();
    console.backup().await;
}

#[tokio::test]
async fn a_wrong_key_does_not_open_the_vault() {
    let console = Console::new().await.with_vault().await;
    let other = Console::new().await;
    let mut wrong = console.key();
    wrong.replace_range(0..1, if wrong.starts_with('Z') { "Y" } else { "Z" });

    let failure = other.engine.open_vault(None, console.vault(), &wrong).await.unwrap_err();

    assert_code(&failure, Code::WrongKey);
    assert!(other.engine.vault_status().await.unwrap().is_none());
    other.engine.open_vault(None, console.vault(), &console.key().to_lowercase()).await.unwrap();
}

#[tokio::test]
async fn a_folder_without_a_vault_is_not_opened_and_a_full_one_is_not_used() {
    let console = Console::new().await;
    let folder = console.folder().join("things");
    std::fs::create_dir(&folder).unwrap();

    let key = "0000-0000-0000-0000-0000-0000-0000-0000";
    assert_code(&console.engine.open_vault(None, &folder, key).await.unwrap_err(), Code::NoRepository);
    std::fs::write(folder.join("letter.txt"), "dear").unwrap();
    assert_code(&console.engine.init_vault("Anchor", &folder, None).await.unwrap_err(), Code::FolderNotEmpty);

    let console = console.with_vault().await;
    let second = console.folder().join("second");
    assert_code(&console.engine.init_vault("Anchor", &second, None).await.unwrap_err(), Code::VaultExists);
}

#[tokio::test]
async fn a_share_that_comes_back_while_a_vault_is_drafted_keeps_its_only_key() {
    let console = Console::new().await;
    let (engine, folder) = (&console.engine, console.vault());
    let draft = engine.draft_vault("Anchor", folder).await.unwrap();
    engine.save_kit(Some(&draft.id), &console.kit(), KitFormat::Text).await.unwrap();
    let last_group = console.key().rsplit('-').next().unwrap().to_owned();
    // Half of it is synced: the key is there, and what it opens is not yet.
    let theirs = folder.join("keys").join("ab".repeat(32));
    std::fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    std::fs::write(&theirs, "the only one").unwrap();

    let failure = engine.create_vault(&draft.id, &last_group).await.unwrap_err();

    assert_code(&failure, Code::FolderNotEmpty);
    assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "the only one");
    assert!(engine.vault_status().await.unwrap().is_none());
    // Elsewhere, or once it is taken away, the same draft becomes a vault.
    std::fs::remove_file(&theirs).unwrap();
    engine.create_vault(&draft.id, &last_group).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_ends_the_run_and_the_next_one_works_once_there_is_space() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(96) else { return };
    let console = console(server, Some(&disk), 400_000).await;
    disk.fill(8);

    assert_code(&console.failed_backup().await, Code::DiskFull);

    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (0, 0));
    disk.free();
    console.backup().await;
    let check = console.engine.start_check(Some((1, 1))).await.unwrap();
    console.succeeded(&check).await;
}

#[tokio::test]
async fn a_read_only_vault_says_so_and_can_still_be_restored_from() {
    let Some(server) = Server::shared() else { return };
    let Some(disk) = FullDisk::new(96) else { return };
    let console = console(server, Some(&disk), 10).await;
    let backup = console.backup().await;
    disk.make_read_only();

    assert_code(&console.failed_backup().await, Code::VaultReadOnly);

    console.restore_to(&backup.record.id, &server.free_name()).await;
}

#[tokio::test]
async fn the_newest_verified_backup_and_the_floor_are_not_deleted() {
    let Some(server) = Server::shared() else { return };
    let console = console(server, None, 10).await;
    let mut backups = Vec::new();
    for _ in 0..4 {
        backups.push(console.backup().await.record.id);
    }
    let engine = &console.engine;
    let confirm = async |id: &str| engine.plan_deletion(id).await.unwrap().confirm;

    let newest = engine.delete_backup(&backups[3], &confirm(&backups[3]).await).await.unwrap_err();
    assert_code(&newest, Code::NewestVerified);
    assert_code(&engine.delete_backup(&backups[0], "yes").await.unwrap_err(), Code::NotConfirmed);
    engine.delete_backup(&backups[0], &confirm(&backups[0]).await).await.unwrap();
    let floor = engine.delete_backup(&backups[1], &confirm(&backups[1]).await).await.unwrap_err();
    assert_code(&floor, Code::BelowFloor);

    assert_eq!((console.count().await, console.vault_files("snapshots").len()), (3, 3));
    assert_code(&engine.backup(&backups[0]).await.unwrap_err(), Code::BackupNotFound);
}

#[tokio::test]
async fn a_damaged_block_fails_the_verification_and_takes_the_level_away() {
    let Some(server) = Server::shared() else { return };
    let console = console(server, None, 2000).await;
    let backup = console.backup().await;
    // The largest pack holds the rows.
    let packs = console.vault().join("data").read_dir_utf8().unwrap().flatten();
    let packs = packs.flat_map(|folder| folder.path().read_dir_utf8().unwrap().flatten());
    let pack = packs.max_by_key(|pack| pack.metadata().unwrap().len()).unwrap().into_path();
    let mut bytes = std::fs::read(&pack).unwrap();
    bytes[1000] ^= 1;
    let mut permissions = pack.metadata().unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    std::fs::set_permissions(&pack, permissions).unwrap();
    std::fs::write(&pack, bytes).unwrap();

    let verify = console.engine.start_verify(&backup.record.id, ledger::catalog::ProofLevel::Readable).await;
    assert_code(&console.failed(&verify.unwrap()).await, Code::VerificationFailed);

    let backup = console.engine.backup(&backup.record.id).await.unwrap();
    assert!(backup.level.is_none() && !backup.is_newest_verified, "{backup:?}");
    let check = console.engine.start_check(Some((1, 1))).await.unwrap();
    assert_code(&console.failed(&check).await, Code::VaultDamaged);
}
