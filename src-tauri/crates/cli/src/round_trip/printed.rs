//! Every command that a source, a document or the page names exists, with the options that it is named with; and
//! nobody but `base::command` puts one together.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::words;
use crate::arguments::Arguments;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Texts below a folder that end so, but for what is generated and what only pretends.
fn texts(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["node_modules", "target", "dist", "gen", "tests", "round_trip"].contains(&name.as_str())
                {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds nothing");
    found
}

/// The page; what its tests are shown is made up.
fn page() -> Vec<(String, String)> {
    let all = texts("ui/src", &[".ts", ".tsx"]).into_iter();
    let is_shown = |path: &str| !path.contains("mock") && !path.contains(".test.");
    all.filter(|(path, _)| is_shown(path)).collect()
}

/// What a text names as a command: between backticks, or as a line of its own.
fn named(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // What a module says of itself is printed nowhere.
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//!")) {
        let line = line.replace("\\\"", "\"").replace("\\`", "`");
        found.extend(
            line.split('`').skip(1).step_by(2).filter(|one| one.starts_with("holdfast ")).map(str::to_owned),
        );
        let bare = line.trim_start_matches([' ', '"', '$']).trim_end_matches('\\');
        if bare.starts_with("holdfast ") && !line.trim_start().starts_with("//") {
            // What follows is said of it, or is the shell's.
            let end = ["  ", " # ", " | ", " < ", " > ", "\"", "\\n"];
            let end = end.iter().filter_map(|mark| bare.find(mark)).min().unwrap_or(bare.len());
            found.push(bare[..end].to_owned());
        }
    }
    // A word for any noun, and the heads of documents of ours, are no commands.
    let is_command = |line: &String| {
        let rest = line["holdfast ".len()..].trim_start();
        rest.starts_with(|letter: char| letter.is_ascii_lowercase()) && !rest.starts_with("audit entry")
    };
    found.retain(is_command);
    found
}

/// The line with something in the place of what is filled in later.
fn filled(line: &str) -> String {
    let mut filled = String::new();
    // Brackets stand around what may be left out.
    let line = line.replace(['[', ']'], "");
    let mut rest = line.trim().trim_end_matches('…').trim_end();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, behind)) = after.split_once('}') else { break };
        filled.push_str(before.trim_end_matches('$'));
        filled.push('X');
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// Why a line is no command, if it is none. What is left out, and what capitals or dots stand for, is no mistake.
fn wrong(line: &str) -> Option<String> {
    let line = filled(line);
    let words = words(&line);
    let is_open = |word: &String| {
        word.contains('…') || word.contains('$') || word.chars().any(|letter| letter.is_ascii_uppercase())
    };
    let has_open = words.iter().any(is_open);
    let error = Arguments::command().try_get_matches_from(&words).err()?;
    match error.kind() {
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => None,
        ErrorKind::ValueValidation | ErrorKind::InvalidValue if has_open => None,
        // An option that is named without its value.
        ErrorKind::InvalidValue if words.last().is_some_and(|word| word.starts_with("--")) => None,
        kind => Some(format!("{line}: {kind}")),
    }
}

/// Crates whose texts reach a person.
const SOURCES: [&str; 7] = ["base", "postgres", "bundle", "remote", "engine", "contract", "cli"];

#[test]
fn every_command_that_is_named_anywhere_exists_with_its_options() {
    let mut all: Vec<_> = SOURCES
        .into_iter()
        .flat_map(|name| texts(&format!("src-tauri/crates/{name}/src"), &[".rs"]))
        .collect();
    all.extend(texts("src-tauri/src", &[".rs"]));
    all.extend(texts("docs", &[".md"]));
    all.extend(page());
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        all.push((name.to_owned(), std::fs::read_to_string(root().join(name)).unwrap()));
    }
    let mut count = 0;
    let mut odd = Vec::new();
    for (path, text) in &all {
        for line in named(text) {
            count += 1;
            odd.extend(wrong(&line).map(|why| format!("{path}: {why}")));
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
    assert!(count > 200, "only {count} commands were found: they are written in another way");
}

#[test]
fn what_is_no_command_is_found() {
    for line in ["holdfast backup make shop", "holdfast backup run shop --really", "holdfast pull {} --ids X"]
    {
        assert!(wrong(line).is_some(), "{line}");
    }
    for line in ["holdfast backup run PROJECT", "holdfast vault open", "holdfast pull shop --streams N"] {
        assert_eq!(wrong(line), None);
    }
    assert_eq!(named("Look: `holdfast doctor`, and `ls`."), ["holdfast doctor"]);
    assert_eq!(named("holdfast pull shop --all    # all"), ["holdfast pull shop --all"]);
}

/// Lines that fill something into a command by themselves. What a shell fills in, no request holds.
fn composed(text: &str, open: &str) -> Vec<String> {
    let nouns: Vec<String> =
        Arguments::command().get_subcommands().map(|noun| format!("holdfast {} ", noun.get_name())).collect();
    let fills = |line: &str| {
        nouns.iter().any(|noun| {
            line.match_indices(noun.as_str()).any(|(at, _)| {
                let rest = &line[at..];
                let end = rest.find(['`', '"']).unwrap_or(rest.len());
                rest[..end].contains(open)
            })
        })
    };
    let is_code = |line: &&str| {
        !line.trim_start().starts_with("//")
            && !line.contains("\\\"$")
            && !line.contains("holdfast audit entry")
    };
    text.lines().filter(is_code).filter(|line| fills(line)).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn no_command_line_is_put_together_but_by_the_engine_of_a_typed_request() {
    let rust = SOURCES.into_iter().flat_map(|name| texts(&format!("src-tauri/crates/{name}/src"), &[".rs"]));
    let found: Vec<String> = rust
        .map(|text| (text, "{"))
        .chain(page().into_iter().map(|text| (text, "${")))
        .flat_map(|((path, text), open)| {
            composed(&text, open).into_iter().map(move |line| format!("{path}: {line}"))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn who_puts_one_together_is_found() {
    assert_eq!(composed(r#"format!("Make one: `holdfast backup run {}`.", name)"#, "{").len(), 1);
    assert_eq!(composed("command={`holdfast pull ${quoted(name)}`}", "${").len(), 1);
    assert_eq!(composed(r#"format!("{name}: see `holdfast doctor`")"#, "{").len(), 0);
}
