//! A backup leaves the vault as a file that others read without us: with tar, zstd, gzip, age, sha256sum, `pg_restore`.

mod faults;
mod parts;
mod rows_as_json;
mod sealed;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use postgres::tools::Program;
use serde_json::Value;
use testkit::{CommandLine, Database, Server, find_program};

/// Something of every kind that a dump holds.
pub(crate) const SHOP: &str = "create table customers (id int primary key, name text not null);
    create table orders (id serial primary key, customer int references customers, note bytea);
    insert into customers select i, 'name ' || i from generate_series(1, 500) i;
    insert into orders (customer, note) select 1 + i % 500, decode(md5(i::text), 'hex') from generate_series(1, 3000) i;
    create materialized view totals as select customer, count(*) from orders group by 1;
    create index on orders (customer); select lo_from_bytea(0, 'large')";

/// A profile with a backup of a database.
pub(crate) async fn backed_up(server: &'static Server) -> (CommandLine, Database<'static>) {
    let database = server.database().await;
    database.run(SHOP).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    std::fs::create_dir(line.folder().join("out")).unwrap();
    (line, database)
}

/// Names in a folder, in order.
pub(crate) fn names(folder: &Utf8Path) -> Vec<String> {
    let entries = folder.read_dir_utf8().unwrap().flatten();
    let names: BTreeSet<String> = entries.map(|entry| entry.file_name().to_owned()).collect();
    names.into_iter().collect()
}

/// Runs a program to its end, which has to be a good one; what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Unpacks an exported file with the programs that everybody has.
pub(crate) fn unpacked(file: &Utf8Path) -> Utf8PathBuf {
    let folder = file.with_extension("unpacked");
    std::fs::create_dir(&folder).unwrap();
    let tar = file.with_extension("plain");
    let packer = match file.extension() {
        Some("zst") => Some("zstd"),
        Some("gz") => Some("gzip"),
        _ => None,
    };
    match packer {
        Some(packer) => {
            let out = std::fs::File::create(&tar).unwrap();
            assert!(Command::new(packer).args(["-dc"]).arg(file).stdout(out).status().unwrap().success());
        }
        None => drop(std::fs::copy(file, &tar).unwrap()),
    }
    run(Command::new("tar").args(["--same-permissions", "-xf"]).arg(&tar).arg("-C").arg(&folder));
    run(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&folder));
    folder
}

/// Loads a dump into a new database of the server with `pg_restore` alone.
pub(crate) async fn restored<'a>(server: &'a Server, dump: &Utf8Path) -> Database<'a> {
    let made = server.database().await;
    let mut command = made.client(Program::PgRestore);
    run(command.args(["--exit-on-error", "--dbname", made.name()]).arg(dump));
    made
}

#[tokio::test]
async fn a_whole_backup_leaves_as_one_file_that_tar_opens_and_pg_restore_brings_back() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = backed_up(server).await;
    let file = line.folder().join("out/shop.tar.zst");

    let said = line.expect(0, &["--json", "bundle", "export", "shop@latest", "--to", file.as_str()]);

    assert!(said.said.contains("not encrypted: whoever has it can read all data in it"), "{}", said.said);
    assert_eq!(names(&line.folder().join("out")), ["shop.tar.zst"]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let answer: Value = serde_json::from_str(&said.output).unwrap();
    assert_eq!((&answer["path"], &answer["isEncrypted"]), (&file.as_str().into(), &false.into()));
    assert_eq!(answer["sizeBytes"], file.metadata().unwrap().len());
    let sum = run(Command::new("sha256sum").arg(&file));
    assert!(sum.starts_with(answer["sha256"].as_str().unwrap()), "{sum}");

    let folder = unpacked(&file);
    assert_eq!(
        names(&folder),
        ["SHA256SUMS", "access.jsonl", "database.dump", "manifest.json", "metadata.json", "roles.sql"]
    );
    let copy = restored(server, &folder.join("database.dump")).await;
    assert_eq!(copy.census().await, database.census().await);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let metadata: Value =
        serde_json::from_slice(&std::fs::read(folder.join("metadata.json")).unwrap()).unwrap();
    let expected = format!("sha256:{}", manifest["database"]["sha256"].as_str().unwrap());
    assert_eq!(metadata["checksums"]["database"], expected);
    assert_eq!(metadata["components"]["database"]["path"], "database.dump");
    assert_eq!(metadata["type"], "DATABASE");
    assert_eq!((&metadata["project_name"], &metadata["format"]), (&"shop".into(), &"holdfast-export".into()));
}

#[tokio::test]
async fn the_manifest_in_the_file_is_that_of_the_vault_byte_for_byte() {
    let Some(server) = Server::shared() else { return };
    let Some(restic) = find_program("restic") else { return };
    let (line, _) = backed_up(server).await;
    let file = line.folder().join("out/shop.tar");
    line.expect(0, &["bundle", "export", "shop@latest", "--to", file.as_str()]);
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap();

    let mut command = Command::new(restic);
    command.args(["dump", "latest", "/manifest.json", "--no-lock", "--no-cache", "--repo"]);
    let stored = command.arg(line.folder().join("vault")).env("RESTIC_PASSWORD", key).output().unwrap();

    assert!(stored.status.success() && !stored.stdout.is_empty());
    assert_eq!(std::fs::read(unpacked(&file).join("manifest.json")).unwrap(), stored.stdout);
}

#[tokio::test]
async fn the_same_backup_exported_twice_is_the_same_file_whatever_packs_it() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    for name in ["shop.tar", "shop.tar.gz", "shop.tar.zst"] {
        let [first, second] = ["one", "two"].map(|folder| {
            std::fs::create_dir_all(line.folder().join(folder)).unwrap();
            let file = line.folder().join(folder).join(name);
            line.expect(0, &["bundle", "export", "shop@latest", "--to", file.as_str()]);
            std::fs::read(&file).unwrap()
        });
        assert!(first == second, "{name} differs");
    }
    // Nobody's name, and the moment of the backup.
    let listed = run(Command::new("tar").args(["-tvf"]).arg(line.folder().join("one/shop.tar")));
    assert!(listed.lines().all(|line| line.starts_with("-rw------- 0/0")), "{listed}");
    let order: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(
        order,
        ["manifest.json", "database.dump", "roles.sql", "access.jsonl", "metadata.json", "SHA256SUMS"]
    );
}

#[tokio::test]
async fn who_took_a_backup_out_and_where_to_is_in_the_audit_log() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    let file = line.folder().join("out/shop.tar.zst");
    line.expect(0, &["bundle", "export", "shop@latest", "--to", file.as_str()]);
    line.expect(0, &["backup", "save", "shop@latest", "--part", "roles", "--to", "out/roles.sql"]);

    let page = line.expect(0, &["--json", "audit", "list", "--act", "backup.exported"]).output;

    let page: Value = serde_json::from_str(&page).unwrap();
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let facts = entries[1]["facts"].to_string();
    assert!(facts.contains(file.as_str()) && facts.contains("the whole backup"), "{facts}");
    assert!(entries[0]["facts"].to_string().contains("roles") && entries[0]["who"].is_string());
    let runs = line.expect(0, &["audit", "list", "--act", "export."]).output;
    assert!(runs.contains("export.started") && runs.contains("export.finished"), "{runs}");
    line.expect(0, &["audit", "verify"]);
}
