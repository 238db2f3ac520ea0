//! The keys of a vault: one more, one less, and never none.

use serde_json::Value;
use testkit::CommandLine;

fn keys(line: &CommandLine) -> Vec<Value> {
    let listed = line.expect(0, &["--json", "vault", "key", "list"]).output;
    serde_json::from_str::<Value>(&listed).unwrap().as_array().unwrap().clone()
}

fn short(key: &Value) -> String {
    key["shortId"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_that_leaked_is_replaced_and_revoked_and_opens_the_vault_no_more() {
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "old.txt"]);
    let old = short(&keys(&line)[0]);
    // The last one, which is also the one in use, stays.
    let refused = line.call(&["vault", "key", "revoke", &old, "--confirm", &old]);
    assert!(refused.status == Some(4) && refused.said.contains("key_needed"), "{refused:?}");

    line.expect(0, &["vault", "key", "add", "--name", "the safe", "--kit", "safe.txt"]);
    let refused = line.call(&["vault", "key", "revoke", &old, "--confirm", &old]);
    assert!(refused.said.contains("this computer opens the vault with it"), "{refused:?}");
    line.expect(0, &["vault", "key", "add", "--name", "this computer", "--kit", "new.txt", "--use-here"]);
    let shown = line.call(&["vault", "key", "revoke", &old]);
    assert!(shown.status == Some(4) && shown.output.contains("Nothing was revoked"), "{shown:?}");
    let wrong = line.call(&["vault", "key", "revoke", &old, "--confirm", "another"]);
    assert!(wrong.said.contains("not_confirmed"), "{wrong:?}");
    line.expect(0, &["vault", "key", "revoke", &old, "--confirm", &old]);

    let left = keys(&line);
    let names: Vec<&str> = left.iter().map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["the safe", "this computer"], "the oldest first, each by its name");
    assert!(left.iter().all(|key| key["createdAtMs"].is_i64()), "{left:?}");
    assert_eq!(left[1]["isInUse"], true);
    line.expect(0, &["vault", "check"]);
    let vault = line.folder().join("vault");
    for (kit, status) in [("old.txt", 1), ("safe.txt", 0), ("new.txt", 0)] {
        let other = CommandLine::new();
        let kit = line.folder().join(kit);
        let opened = other.call(&["vault", "open", "--path", vault.as_str(), "--key-file", kit.as_str()]);
        assert_eq!(opened.status, Some(status), "{kit}: {opened:?}");
    }
    let audit = line.expect(0, &["--json", "audit", "list"]).output;
    assert!(audit.contains("vault.key_added") && audit.contains("vault.key_revoked"), "{audit}");
}

#[test]
fn a_new_key_takes_no_files_place_no_keys_name_and_leaves_no_kit_where_it_was_not_added() {
    let line = CommandLine::new();
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    // Not even another kit: it may be the only one of the key in use.
    let kit = std::fs::read(line.folder().join("kit.txt")).unwrap();
    let taken = line.call(&["vault", "key", "add", "--name", "second", "--kit", "kit.txt"]);
    assert!(taken.said.contains("file_exists"), "{taken:?}");
    assert!(std::fs::read(line.folder().join("kit.txt")).unwrap() == kit);
    line.expect(0, &["vault", "key", "add", "--name", "second", "--kit", "second.txt"]);
    for name in ["Second", " ", "a\nb"] {
        let refused = line.call(&["vault", "key", "add", "--name", name, "--kit", "third.txt"]);
        assert_eq!(refused.status, Some(2), "{name:?}: {refused:?}");
    }
    assert!(!line.folder().join("third.txt").exists());
    assert_eq!(keys(&line).len(), 2);
}
