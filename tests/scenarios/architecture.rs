//! The layers, the sizes and the habits that a machine can look at (STYLE 2 and 3, DESIGN 3).

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Rust files below a folder of the repository, with their text.
pub(crate) fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no source");
    found
}

#[test]
fn nothing_but_the_shell_depends_on_tauri() {
    for package in [
        "base", "ssh", "postgres", "bundle", "remote", "source", "ledger", "vault", "engine", "contract",
        "cli", "testkit",
    ] {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--offline"])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        let tauri: Vec<&str> = tree
            .lines()
            .filter(|line| ["tauri", "wry", "tao ", "webkit2gtk"].iter().any(|name| line.starts_with(name)))
            .collect();
        assert!(tauri.is_empty(), "{package} depends on {tauri:?}");
        assert!(tree.starts_with(package));
    }
}

/// Our crates that a crate may use; `tests` and the shell may use all.
const LAYERS: [(&str, &[&str]); 12] = [
    ("base", &[]),
    ("vault", &[]),
    ("ssh", &["base"]),
    ("postgres", &["base", "ssh"]),
    ("bundle", &["base", "postgres"]),
    ("remote", &["base", "postgres"]),
    ("source", &["base", "remote", "ssh"]),
    ("ledger", &["base", "postgres", "remote", "source"]),
    ("engine", &["base", "bundle", "ledger", "postgres", "remote", "source", "ssh", "vault"]),
    ("contract", &["base", "bundle", "engine", "ledger", "postgres", "remote", "source", "ssh"]),
    ("cli", &["base", "bundle", "contract", "engine", "ledger", "postgres", "ssh"]),
    ("testkit", &["base", "engine", "ledger", "postgres", "remote", "ssh", "vault"]),
];

/// What one crate alone may use: an HTTP client, SSH, and SQLite.
const OWN: [(&str, &str); 3] = [("reqwest", "remote"), ("russh", "ssh"), ("sqlx", "ledger")];

#[test]
fn the_layers_point_one_way() {
    let crates = root().join("src-tauri/crates");
    let mut there: Vec<String> = std::fs::read_dir(&crates)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut known: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    there.sort_unstable();
    known.sort_unstable();
    assert_eq!(there, known);
    for (package, may) in LAYERS {
        let manifest = std::fs::read_to_string(crates.join(package).join("Cargo.toml")).unwrap();
        let (_, rest) = manifest.split_once("[dependencies]").unwrap();
        let listed = rest.split("[dev-dependencies]").next().unwrap();
        let uses = |name: &str| listed.lines().any(|line| line.starts_with(&format!("{name} =")));
        for (name, _) in LAYERS {
            assert!(!uses(name) || may.contains(&name), "{package} uses {name}, which is not below it");
        }
        // The testkit stands in for servers and looks into the catalogue; what it is, nobody is given.
        for (name, owner) in OWN {
            assert!(!uses(name) || package == owner || package == "testkit", "{package} uses {name}");
        }
    }
}

#[test]
fn no_file_is_longer_than_five_hundred_lines_but_a_table_that_is_read_as_one() {
    const TABLES: [&str; 1] = ["src-tauri/crates/base/src/code.rs"];
    let all = ["src-tauri/crates", "src-tauri/src", "tests"].into_iter().flat_map(sources);
    let long: Vec<String> = all
        .filter(|(path, _)| !TABLES.iter().any(|table| path.ends_with(table)))
        .filter_map(|(path, text)| {
            let lines = text.lines().count();
            (lines > 500).then(|| format!("{}: {lines}", path.display()))
        })
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn no_file_has_loose_ends() {
    // Put together here, so that this file has none itself.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["X", "XX"], ["todo", "!("], ["unimple", "mented!("], ["#[ign", "ore"]]
            .map(|parts| parts.concat());
    let mut found = Vec::new();
    for (path, text) in ["src-tauri/crates", "src-tauri/src", "tests"].into_iter().flat_map(sources) {
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<PathBuf> = ["src-tauri/crates", "src-tauri/src", "tests"]
        .into_iter()
        .flat_map(sources)
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(silent, Vec::<PathBuf>::new());
}
