//! One part of a backup as a file: the dump as it is, as SQL, as SQL in a tar, the roles, any file by its path.

use std::process::Command;

use camino::Utf8Path;
use postgres::tools::Program;
use testkit::{Database, Server};

use super::{backed_up, names, restored, run, unpacked};

/// Runs a script with `psql`, which stops at the first error.
fn load(into: &Database<'_>, script: &Utf8Path) {
    let mut command = into.client(Program::Psql);
    command.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file"]);
    run(command.arg(script));
}

#[tokio::test]
async fn the_dump_as_it_is_and_as_sql_bring_back_every_row() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = backed_up(server).await;
    let census = database.census().await;
    let out = line.folder().join("out");
    let save = ["backup", "save", "shop@latest", "--part", "database", "--to"];

    line.expect(0, &[&save, ["out/shop.dump"].as_slice()].concat());
    assert_eq!(restored(server, &out.join("shop.dump")).await.census().await, census);

    line.expect(0, &[&save, ["out/shop.sql.gz", "--as", "sql"].as_slice()].concat());
    run(Command::new("gzip").arg("-d").arg(out.join("shop.sql.gz")));
    let loaded = server.database().await;
    load(&loaded, &out.join("shop.sql"));
    assert_eq!(loaded.census().await, census);

    // Over what is there, and without owners.
    let clean = ["out/clean.sql", "--as", "sql", "--clean", "--no-owner"];
    line.expect(0, &[&save, clean.as_slice()].concat());
    loaded.run("delete from orders; select lo_unlink(oid) from pg_largeobject_metadata").await;
    load(&loaded, &out.join("clean.sql"));
    assert_eq!(loaded.census().await, census);
    let script = std::fs::read_to_string(out.join("clean.sql")).unwrap();
    assert!(script.contains("DROP TABLE IF EXISTS public.orders") && !script.contains("OWNER TO"));

    // The frame of the script is not random, so the script is the same each time.
    line.expect(0, &[&save, ["out/again.sql", "--as", "sql", "--clean", "--no-owner"].as_slice()].concat());
    assert!(script == std::fs::read_to_string(out.join("again.sql")).unwrap());
}

#[tokio::test]
async fn a_tar_of_sql_is_loaded_one_script_after_the_other_with_the_checks_of_foreign_keys_on() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = backed_up(server).await;
    let file = line.folder().join("out/shop.tar.zst");
    let save = ["backup", "save", "shop@latest", "--part", "database", "--as", "tar", "--to"];
    line.expect(0, &[&save, [file.as_str()].as_slice()].concat());

    let folder = unpacked(&file);

    let expected =
        ["README.txt", "SHA256SUMS", "data.sql", "indexes.sql", "roles.sql", "schema.sql"].map(str::to_owned);
    assert_eq!(names(&folder), expected);
    let loaded = server.database().await;
    for script in ["schema.sql", "data.sql", "indexes.sql"] {
        load(&loaded, &folder.join(script));
    }
    assert_eq!(loaded.census().await, database.census().await);
    let readme = std::fs::read_to_string(folder.join("README.txt")).unwrap();
    assert!(readme.contains("in this order") && readme.contains(database.name()), "{readme}");
}

#[tokio::test]
async fn roles_and_single_files_are_saved_by_name_and_what_does_not_fit_is_said() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    let save = |status: i32, more: &[&str]| {
        line.expect(status, &[["backup", "save", "shop@latest"].as_slice(), more].concat()).said
    };
    save(0, &["--part", "roles", "--to", "out/roles.sql"]);
    save(0, &["--part", "/database/roles.sql", "--to", "out/same.sql"]);
    save(0, &["--part", "manifest.json", "--to", "out/manifest.json.gz"]);
    save(0, &["--part", "database/", "--to", "out/folder.tar"]);
    let read = |name: &str| std::fs::read(line.folder().join("out").join(name)).unwrap();
    assert!(read("roles.sql").starts_with(b"--") && read("roles.sql") == read("same.sql"));
    assert!(
        run(Command::new("gzip").arg("-dc").arg(line.folder().join("out/manifest.json.gz"))).starts_with('{')
    );
    assert_eq!(
        names(&unpacked(&line.folder().join("out/folder.tar"))),
        ["SHA256SUMS", "access.jsonl", "database.dump", "roles.sql"]
    );
    let before = names(&line.folder().join("out"));

    let none = save(1, &["--part", "storage", "--to", "out/x"]);
    assert!(none.contains("part_not_found") && none.contains("It holds: database, roles, access."), "{none}");
    assert!(
        save(2, &["--part", "roles", "--as", "sql", "--clean", "--to", "out/x"])
            .contains("Only the database")
    );
    assert!(save(2, &["--part", "database/", "--as", "dump", "--to", "out/x"]).contains("--as tar"));
    save(2, &["--part", "database", "--clean", "--to", "out/x"]);
    save(2, &["--part", "database", "--as", "tar", "--clean", "--to", "out/x"]);
    assert_eq!(names(&line.folder().join("out")), before, "something was left");
}
