//! The memory of a run stays within its budget, whatever the size of the database (DESIGN, "Budgets").

use testkit::{CommandLine, Server};

/// Peak of the program itself; its children have their own.
const PEAK_KIB_MAX: u64 = 256 * 1024;

#[tokio::test]
async fn a_backup_and_a_restore_of_300_megabytes_stay_within_256_mebibytes() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database
        .run(
            "create table wide as select i, repeat(md5(i::text), 8) as filler from generate_series(1, 900000) i;
             create table long as select i, (select string_agg(md5((i * 1000 + j)::text), '') from generate_series(1, 60000) j) as text
                 from generate_series(1, 20) i; create index on wide (i)",
        )
        .await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);

    let backup = line.expect(0, &["backup", "run", "shop"]);
    let name = server.free_name();
    line.expect(0, &["restore", "plan", "shop@latest", "--to-new-database", &name, "--out", "plan.json"]);
    let restore = line.expect(0, &["restore", "apply", "plan.json", "--confirm", &name]);
    let verify = line.expect(0, &["verify", "shop@latest"]);
    let sealed = ["--to", "shop.tar.zst.age", "--passphrase-file", "passphrase"];
    let export = line.expect(0, &[&["bundle", "export", "shop@latest"], sealed.as_slice()].concat());
    let script = ["--part", "database", "--as", "tar", "--to", "shop.tar.zst"];
    let script = line.expect(0, &[&["backup", "save", "shop@latest"], script.as_slice()].concat());

    let all =
        [("backup", backup), ("restore", restore), ("verify", verify), ("export", export), ("SQL", script)];
    for (what, called) in all {
        eprintln!("{what}: {} KiB", called.peak_kib);
        assert!(called.peak_kib > 1024, "{what}: its memory was not seen");
        assert!(called.peak_kib <= PEAK_KIB_MAX, "{what} took {} KiB", called.peak_kib);
    }
    assert_eq!(server.at(&name).value("select count(*) from wide").await, "900000");
}
