//! Files that would do harm: nothing in them is run by looking, and what a drill runs stays in its database.

use testkit::Server;

use super::{bench, dumped, json};

#[tokio::test]
async fn a_script_that_would_run_a_program_is_kept_and_never_loaded() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let file = dumped(&line, &database, "plain.sql", &["--format=plain"]);
    let marker = line.folder().join("ran");
    let text = std::fs::read_to_string(&file).unwrap();
    let hostile = text.replacen(
        "SET statement_timeout = 0;",
        &format!("SET statement_timeout = 0;\n\\! touch {marker}"),
        1,
    );
    assert_ne!(hostile, text);
    std::fs::write(&file, hostile).unwrap();

    let seen = line.call(&["bundle", "inspect", file.as_str(), "--json"]);
    assert_eq!(seen.status, Some(3), "a danger is no success");
    assert!(seen.output.contains("would run a program"), "{}", seen.output);
    let made = line.call(&["bundle", "import", file.as_str(), "--as", "odd", "--json"]);
    assert_eq!(made.status, Some(3), "kept, and not restorable: {}", made.said);
    assert!(made.output.contains("would run a program"), "{}", made.output);
    assert!(line.call(&["drill", "run", "odd"]).said.contains("no_database"));
    assert!(!marker.exists());
}

#[tokio::test]
async fn what_nobody_vouches_for_runs_as_a_guest_who_can_start_no_program() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let marker = folder.path().join("ran");
    // A function in a rule of the table: whoever fills the table runs it.
    let harm = format!(
        "create function harm(i int) returns int language plpgsql as $$ begin execute 'copy (select 1) to program ''cat > {}'''; return i; end $$; create table bait (i int check (harm(i) = i)); insert into bait values (1)",
        marker.display()
    );
    database.run(&harm).await;
    assert!(marker.exists(), "the trap works");
    std::fs::remove_file(&marker).unwrap();
    let file = dumped(&line, &database, "trap.dump", &["--format=custom"]);

    line.expect(0, &["bundle", "import", file.as_str(), "--as", "guest"]);
    let drill = line.call(&["drill", "run", "guest", "--json"]);
    assert_ne!(drill.status, Some(0), "{}", drill.output);
    assert!(!marker.exists(), "a program ran: {}", drill.output);

    // Somebody who vouches for it has a superuser make what takes one; rows go in as the guest all the same.
    line.expect(0, &["bundle", "import", file.as_str(), "--as", "trusted", "--trusted"]);
    let drill = line.call(&["drill", "run", "trusted", "--json"]);
    assert_ne!(drill.status, Some(0), "{}", drill.output);
    assert!(!marker.exists(), "a program ran: {}", drill.output);
}

#[tokio::test]
async fn what_nobody_vouches_for_is_drilled_on_no_server_of_yours() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let file = dumped(&line, &database, "shop.dump", &["--format=custom"]);
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["project", "add", "there", "--postgres", &url, "--password-file", password.as_str()]);
    for (name, more) in [("guest", None), ("trusted", Some("--trusted"))] {
        let import = ["bundle", "import", file.as_str(), "--as", name];
        line.expect(0, &import.into_iter().chain(more).collect::<Vec<_>>());
    }

    let refused = line.call(&["drill", "run", "guest", "--on", "there"]);
    assert_ne!(refused.status, Some(0), "{}", refused.output);
    assert!(refused.said.contains("Nobody vouches"), "{}", refused.said);
    line.expect(0, &["drill", "run", "trusted", "--on", "there"]);
}

#[tokio::test]
async fn looking_keeps_nothing_and_changes_nothing() {
    let Some(server) = Server::shared() else { return };
    let (line, database) = bench(server).await;
    let file = dumped(&line, &database, "plain.sql", &["--format=plain"]);
    let before = json(&line, &["audit", "list"])["total"].clone();
    json(&line, &["bundle", "inspect", file.as_str()]);
    assert_eq!(json(&line, &["audit", "list"])["total"], before);
    assert_eq!(json(&line, &["backup", "list"])["total"], 0);
    assert!(
        !line.folder().join("home/intake").exists()
            || line.folder().join("home/intake").read_dir_utf8().unwrap().next().is_none()
    );
}

/// A script that says of itself to be a whole dump.
fn as_dump(statements: &[u8]) -> Vec<u8> {
    let head = &b"--\n-- PostgreSQL database dump\n--\n\ncreate table orders (id int);\n"[..];
    [head, statements, b"\n--\n-- PostgreSQL database dump complete\n--\n\n"].concat()
}

/// A line that a reader of bytes takes for a part of a text, and a reader of letters for a command: behind the
/// letter, whose second byte is a backslash, the text is over.
fn hidden(begin: &str, letter: &[u8], marker: &camino::Utf8Path) -> Vec<u8> {
    let head = format!("insert into orders values (1);\n{begin}\nselect E'");
    let tail = format!("\\';\n\\! touch {marker}\n--'\n;\ninsert into orders values (2);\n");
    as_dump(&[head.as_bytes(), letter, tail.as_bytes()].concat())
}

#[tokio::test]
async fn no_encoding_hides_a_command_from_the_reader_of_a_script() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = bench(server).await;
    let marker = line.folder().join("ran");
    let ways = [
        ("set names 'SJIS';", &b"\x83"[..], "would run a program"),
        ("\\encoding windows950", b"\xa5", "would run a program"),
        ("\\encoding windows932", b"\x83", "would run a program"),
        ("set client_encoding to 'gbk';", b"\x81", "would run a program"),
        ("set client_encoding = 'JOHAB';", b"\x88", "cannot read"),
        ("select set_config('client_encoding', 'SJIS', false);", b"\x83", "how the text is read"),
        // Where nobody sees it, the bytes are no text of the session that they come by.
        ("do $$begin perform set_config('client_encoding', 'SJIS', false); end$$;", b"\x83", "no letters of"),
        ("select set_config('client'||'_encoding', 'SJIS', false);", b"\x83", "no letters of"),
    ];
    for (number, (begin, letter, why)) in ways.into_iter().enumerate() {
        let file = line.folder().join(format!("hidden {number}.sql"));
        std::fs::write(&file, hidden(begin, letter, &marker)).unwrap();
        let name = format!("hidden {number}");

        let made = line.call(&["bundle", "import", file.as_str(), "--as", &name, "--json"]);

        assert!(!marker.exists(), "{begin}: a program ran");
        assert_eq!(made.status, Some(3), "{begin}: kept, and not restorable: {}", made.said);
        assert!(made.output.contains(why), "{begin}: {}", made.output);
    }
}

#[tokio::test]
async fn a_script_that_changes_how_it_is_read_where_nobody_sees_it_is_stopped_there() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = bench(server).await;
    let ways = [
        "do $$begin perform set_config('client_encoding', 'SJIS', false); end$$;",
        "select set_config('client'||'_encoding', 'LATIN1', false);",
        "do $$begin execute 'set na'||'mes ''SJIS'''; end$$;",
        "begin; do $$begin perform set_config('client_encoding', 'BIG5', true); end$$;",
        "create function f() returns trigger language plpgsql as $$begin \
         perform set_config('client_encoding', 'SJIS', false); return new; end$$; \
         create trigger t before insert on orders for each row execute function f();\n\
         copy orders from stdin;\n3\n\\.\n",
        "select set_config('standard_'||'conforming_strings', 'off', false);",
        "begin; set standard_conforming_strings = off; rollback;",
    ];
    for (number, begin) in ways.into_iter().enumerate() {
        let file = line.folder().join(format!("changing {number}.sql"));
        let script = format!("{begin}\ninsert into orders values (4);\n");
        std::fs::write(&file, as_dump(script.as_bytes())).unwrap();
        let name = format!("changing {number}");

        let made = line.call(&["bundle", "import", file.as_str(), "--as", &name, "--json"]);

        assert_eq!(made.status, Some(3), "{begin}: kept, and not restorable: {}", made.said);
        assert!(made.output.contains("of its session"), "{begin}: {}", made.output);
        assert!(made.output.contains(", line "), "{begin}: {}", made.output);
    }
}

#[tokio::test]
async fn what_stands_in_the_place_of_a_table_is_not_asked_by_a_superuser() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = bench(server).await;
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let marker = folder.path().join("ran");
    let harm = format!(
        "create function harm() returns int language plpgsql as $f$ begin \
         begin execute 'copy (select 1) to pro'||'gram ''touch {}'''; exception when others then null; end; \
         return 1; end $f$;\ninsert into orders values (1);\ndrop table orders;\n",
        marker.display()
    );
    let places = [
        "create view orders as select harm() as id;",
        "create materialized view orders as select harm() as id;",
        "create table kept (id int); insert into kept values (1); \
         create view orders as select id from kept where harm() = 1;",
        // A table, whose rows are asked for through a policy of its own; one row, and the file gave two.
        "create table orders (id int primary key); insert into orders values (harm()); \
         alter table orders enable row level security; alter table orders force row level security; \
         create policy p on orders using (harm() = 1);",
    ];
    for (number, place) in places.into_iter().enumerate() {
        let file = line.folder().join(format!("place {number}.sql"));
        std::fs::write(&file, as_dump(format!("{harm}{place}\n").as_bytes())).unwrap();
        let name = format!("place {number}");

        let made = line.call(&["bundle", "import", file.as_str(), "--as", &name, "--json"]);

        assert!(!marker.exists(), "{place}: a program ran: {}", made.output);
        assert_eq!(made.status, Some(3), "{place}: {}", made.said);
        assert!(made.output.contains("not what the file holds"), "{place}: {}", made.output);
    }
}

#[tokio::test]
async fn a_dump_in_another_encoding_comes_back_letter_for_letter() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let line = testkit::CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    // In SJIS the second byte of most of these letters is a backslash, of one a tilde.
    database
        .run(
            "create table \"表\" (\"ソ\" text);
             insert into \"表\" values (E'ソ表能 \\\\ '' \\t ミ十貼'), (null), ('ソ')",
        )
        .await;
    let kinds = [
        ("UTF8", "--column-inserts"),
        ("SJIS", "--column-inserts"),
        ("SJIS", "--no-owner"),
        ("EUC_JP", "--no-acl"),
    ];
    for (number, (encoding, form)) in kinds.into_iter().enumerate() {
        let encoded = format!("--encoding={encoding}");
        let file = dumped(&line, &database, &format!("{number}.sql"), &["--format=plain", &encoded, form]);
        line.expect(0, &["bundle", "import", file.as_str(), "--as", &format!("copy {number}")]);
        let other = format!("copy {number}@latest");

        assert_eq!(super::tables(&line, &other), [("表".to_owned(), 3)], "{encoding}");
        let diff = json(&line, &["backup", "diff", "copy 0@latest", &other]);
        let tables = diff["tables"].as_array().unwrap();
        let differing: Vec<_> = tables.iter().filter(|table| table["change"] != "equal").collect();
        assert!(differing.is_empty(), "{encoding}: {differing:?}");
    }
}

#[tokio::test]
async fn a_list_of_roles_gives_nobody_the_rights_of_a_role_that_was_there_before() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = bench(server).await;
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let marker = folder.path().join("ran");
    for (number, role) in ["holdfast_before", "holdfast_keeper", "holdfast"].into_iter().enumerate() {
        let file = line.folder().join(format!("roles {number}.sql"));
        let script = format!(
            "GRANT ALL ON TABLE orders TO {role};\nset role {role};\n\
             do $$begin execute 'copy (select 1) to pro'||'gram ''touch {}'''; end$$;\n",
            marker.display()
        );
        std::fs::write(&file, as_dump(script.as_bytes())).unwrap();

        let made = line.call(&["bundle", "import", file.as_str(), "--as", role, "--json"]);

        assert!(!marker.exists(), "{role}: a program ran: {}", made.output);
        assert_eq!(made.status, Some(3), "{role}: kept, and not restorable: {}", made.said);
        assert!(
            ["permission denied", "pg_execute_server_program"].iter().any(|why| made.output.contains(why)),
            "{role}: {}",
            made.output
        );
    }
}
