//! The TypeScript of the window is generated from the contract and committed; this keeps it equal.

#![expect(clippy::expect_used, reason = "helpers of a test, outside its function")]

use std::fmt::Write as _;
use std::path::Path;

use contract::audit::*;
use contract::backup::*;
use contract::bundle::*;
use contract::command::Nothing;
use contract::command_line::*;
use contract::connection::*;
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
use contract::vault::*;
use specta::{Type, Types};
use specta_typescript::{Typescript, primitives};

/// One command of the list, with its types as TypeScript names them.
struct Row {
    name: &'static str,
    request: String,
    answer: String,
    provides: &'static [Tag],
    invalidates: &'static [Tag],
}

fn named<T: Type>(types: &mut Types) -> String {
    types.register_mut::<T>();
    let data_type = T::definition(types);
    primitives::reference(&Typescript::default(), types, &data_type).expect("every type has a name")
}

macro_rules! rows {
    ($($name:ident($request:ty) -> $answer:ty, provides [$($provides:ident),*], invalidates [$($invalidates:ident),*];)*) => {
        fn rows(types: &mut Types) -> Vec<Row> {
            vec![$(Row {
                name: stringify!($name),
                request: named::<$request>(types),
                answer: named::<$answer>(types),
                provides: &[$(Tag::$provides),*],
                invalidates: &[$(Tag::$invalidates),*],
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
    text.push_str("};\n\n/** The tags that an answer depends on, and those that a command makes stale. */\n");
    text.push_str(
        "export const COMMAND_TAGS: Record<keyof Commands, { provides: Tag[]; invalidates: Tag[] }> = {\n",
    );
    for row in &rows {
        let (provides, invalidates) = (tags(row.provides), tags(row.invalidates));
        let _ = writeln!(text, "  {}: {{ provides: {provides}, invalidates: {invalidates} }},", row.name);
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
