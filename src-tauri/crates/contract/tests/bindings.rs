//! The TypeScript of the window is generated from the contract and committed; this keeps it equal.

#![allow(clippy::disallowed_methods, reason = "tests make files and start programs")]
#![expect(clippy::expect_used, reason = "helpers of a test, outside its function")]

#[path = "bindings/fixtures.rs"]
mod fixtures;

use std::fmt::Write as _;
use std::path::Path;

use base::{Code, Exit};
use contract::audit::*;
use contract::backup::*;
use contract::bundle::*;
use contract::command::Nothing;
use contract::command_line::*;
use contract::component::*;
use contract::connection::*;
use contract::coverage::*;
use contract::diff::*;
use contract::drill::*;
use contract::event::{EVENT_NAME, Event, Tag};
use contract::export::*;
use contract::health::*;
use contract::home::HomeView;
use contract::job::*;
use contract::noted::*;
use contract::notify::*;
use contract::paper::PaperView;
use contract::platform::*;
use contract::portable::*;
use contract::project::*;
use contract::prune::*;
use contract::references::*;
use contract::replica::*;
use contract::report::*;
use contract::restore::*;
use contract::retention::*;
use contract::rows::*;
use contract::runbook::*;
use contract::schedule::*;
use contract::setup::*;
use contract::steps::*;
use contract::tables::*;
use contract::vault::*;
use specta::{Type, Types};
use specta_typescript::{Typescript, primitives};

/// One command of the list, with its types as TypeScript names them.
struct Row {
    name: &'static str,
    request: String,
    answer: String,
    provides: &'static [Tag],
}

fn named<T: Type>(types: &mut Types) -> String {
    types.register_mut::<T>();
    let data_type = T::definition(types);
    primitives::reference(&Typescript::default(), types, &data_type).expect("every type has a name")
}

macro_rules! rows {
    ($($name:ident($request:ty) -> $answer:ty, provides [$($provides:ident),*];)*) => {
        fn rows(types: &mut Types) -> Vec<Row> {
            vec![$(Row {
                name: stringify!($name),
                request: named::<$request>(types),
                answer: named::<$answer>(types),
                provides: &[$(Tag::$provides),*],
            }),*]
        }
    };
}
contract::with_commands!(rows);

fn tags(list: &[Tag]) -> String {
    serde_json::to_string(list).expect("tags are plain").replace(',', ", ")
}

fn generate() -> String {
    // What crosses beside requests and answers: events, errors, and what channels carry.
    let mut types = Types::default()
        .register::<Event>()
        .register::<contract::error::UserError>()
        .register::<contract::bundle::LookProgress>();
    let rows = rows(&mut types);
    let declarations = Typescript::default()
        .header("// Generated from src-tauri/crates/contract by its test `bindings`; do not edit.")
        .export(&types, specta_serde::Format)
        .expect("the contract exports");
    let mut text = declarations;
    let _ = write!(
        text,
        "\n\n/** The name under which events reach the page. */\nexport const EVENT_NAME = '{EVENT_NAME}';\n"
    );
    text.push_str("\n/** Request and answer of each command. */\nexport type Commands = {\n");
    for row in &rows {
        let _ = writeln!(text, "  {}: [{}, {}];", row.name, row.request, row.answer);
    }
    text.push_str("};\n\n/** The tags that the answer of each command depends on. */\n");
    text.push_str("export const COMMAND_TAGS: Record<keyof Commands, Tag[]> = {\n");
    for row in &rows {
        let _ = writeln!(text, "  {}: {},", row.name, tags(row.provides));
    }
    text.push_str("};\n");
    text
}

#[test]
fn the_windows_types_are_those_of_the_contract() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/ipc/bindings.ts");
    let generated = generate();
    if std::env::var_os("HOLDFAST_UPDATE_BINDINGS").is_some() {
        std::fs::create_dir_all(path.parent().expect("the file has a folder")).expect("folder");
        std::fs::write(&path, &generated).expect("bindings are written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "ui/src/ipc/bindings.ts is out of date: run `make bindings`");
}

/// The lines of the codes in `docs/errors.md`, section by section, with those of its own words kept.
fn with_codes(document: &str) -> String {
    let mut text = String::new();
    let mut section = "";
    for line in document.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let is_coded = Code::ALL.iter().any(|code| code.section() == section);
        if !(is_coded && line.starts_with("| `")) {
            let line = exit_line(line).unwrap_or_else(|| line.to_owned());
            let _ = writeln!(text, "{line}");
        }
        if is_coded && line.starts_with("| ---") {
            for code in Code::ALL.iter().filter(|code| code.section() == section) {
                let _ = writeln!(text, "| `{code}` | {} | {} |", code.meaning(), code.remedy());
            }
        }
    }
    text
}

/// A line of the table of exit statuses, with the codes that end so.
fn exit_line(line: &str) -> Option<String> {
    let exits = [("2", Exit::Usage), ("3", Exit::Partial), ("4", Exit::Refused), ("130", Exit::Cancelled)];
    let (_, exit) = exits.iter().find(|(number, _)| line.starts_with(&format!("| {number} |")))?;
    let meaning = line.split('|').nth(2)?.trim();
    let mut codes: Vec<_> =
        Code::ALL.iter().filter(|code| code.exit() == *exit).map(|code| format!("`{code}`")).collect();
    codes.sort();
    let number = line.split('|').nth(1)?.trim();
    Some(format!("| {number} | {meaning} | {} |", codes.join(", ")))
}

#[test]
fn the_document_of_errors_has_every_code_with_what_it_means() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/errors.md");
    let committed = std::fs::read_to_string(&path).expect("docs/errors.md");
    let generated = with_codes(&committed);
    for code in Code::ALL {
        assert!(generated.contains(&format!("| `{code}` |")), "no section “{}” for {code}", code.section());
    }
    if std::env::var_os("HOLDFAST_UPDATE_BINDINGS").is_some() {
        std::fs::write(&path, &generated).expect("the document is written");
    } else {
        assert!(committed == generated, "docs/errors.md is out of date: run `make bindings`");
    }
}
