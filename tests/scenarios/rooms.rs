//! The rooms of the engine are on floors: a room uses rooms below it and nothing else, by path or by call. What is
//! read are the tokens of its sources, those within macros too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use crate::architecture::{root, sources};

const ENGINE: &str = "src-tauri/crates/engine/src";
/// From the ground.
const FLOORS: [&[&str]; 17] = [
    &["archive", "at_work", "confirmed", "medium", "picked", "sample", "settings", "wall"],
    &["figures", "profile"],
    &["engine", "moment"],
    &["chain", "proof", "runs", "setup"],
    &["intake", "other_processes", "paper", "project", "replica", "upkeep"],
    &["component", "portable", "scratch", "steps"],
    &["removal", "restore"],
    &["backup", "import"],
    &["export", "noted", "pull", "retention"],
    &["parts"],
    &["drill", "recovery"],
    &["open", "schedule"],
    &["channel", "proposal"],
    &["doctor"],
    &["health"],
    &["notify", "runbook"],
    &["report"],
];

/// Crates below the engine, whose types have methods too.
const BELOW: [&str; 8] = ["base", "vault", "ssh", "postgres", "bundle", "remote", "source", "ledger"];
/// Methods of the standard library that have the name of one of the engine's.
const OF_STD: [&str; 2] = ["entry", "source"];

/// A token, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
    Open(Delimiter),
    Close(Delimiter),
    Literal,
}

fn flat(stream: TokenStream, into: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                into.push(Token::Open(group.delimiter()));
                flat(group.stream(), into);
                into.push(Token::Close(group.delimiter()));
            }
            TokenTree::Ident(word) => into.push(Token::Word(word.to_string())),
            TokenTree::Punct(sign) => {
                into.push(Token::Sign(sign.as_char()));
                debug_assert!(matches!(sign.spacing(), Spacing::Alone | Spacing::Joint));
            }
            TokenTree::Literal(_) => into.push(Token::Literal),
        }
    }
}

/// A source of the engine: its place below `src`, and its tokens without tests.
struct Source {
    path: PathBuf,
    tokens: Vec<Token>,
}

impl Source {
    fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        let mut tokens = Vec::new();
        flat(text.parse().unwrap(), &mut tokens);
        Self { path: path.into(), tokens: without_tests(&tokens) }
    }

    /// The modules that lead to it: of `restore/plan.rs` these are `restore` and `plan`.
    fn modules(&self) -> Vec<String> {
        self.path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect()
    }

    fn room(&self) -> String {
        self.modules().swap_remove(0)
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn is_sign(&self, at: usize, sign: char) -> bool {
        self.tokens.get(at) == Some(&Token::Sign(sign))
    }

    fn is_colons(&self, at: usize) -> bool {
        self.is_sign(at, ':') && self.is_sign(at + 1, ':')
    }

    /// Where the group that opens at `at` ends.
    fn end(&self, at: usize) -> usize {
        let mut depth = 0;
        for (offset, token) in self.tokens[at..].iter().enumerate() {
            match token {
                Token::Open(_) => depth += 1,
                Token::Close(_) => depth -= 1,
                Token::Word(_) | Token::Sign(_) | Token::Literal => {}
            }
            if depth == 0 {
                return at + offset;
            }
        }
        self.tokens.len()
    }

    /// Blocks `impl NAME { .. }`, `impl .. for NAME { .. }` and `trait NAME { .. }`: name, begin, end.
    fn impls(&self) -> Vec<(String, usize, usize)> {
        let mut found = Vec::new();
        for at in (0..self.tokens.len()).filter(|at| matches!(self.word(*at), Some("impl" | "trait"))) {
            let opens = (at..self.tokens.len()).find(|at| {
                matches!(self.tokens[*at], Token::Open(Delimiter::Brace) | Token::Sign(';' | ','))
            });
            let Some(opens) = opens.filter(|at| self.tokens[*at] == Token::Open(Delimiter::Brace)) else {
                continue;
            };
            let head: Vec<&str> = (at + 1..opens).filter_map(|at| self.word(at)).collect();
            let named = match head.iter().position(|word| *word == "for") {
                Some(at) => head.get(at + 1),
                None => head.first(),
            };
            if let Some(name) = named {
                found.push(((*name).to_owned(), opens, self.end(opens)));
            }
        }
        found
    }

    /// The rooms that paths of it lead to, which begin with `crate` or leave the room by `super`.
    fn paths(&self, rooms: &BTreeSet<&str>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for at in 0..self.tokens.len() {
            let mut base = match self.word(at) {
                Some("crate") => Vec::new(),
                Some("super") if !self.follows_colons(at) => {
                    let mut modules = self.modules();
                    modules.pop();
                    modules
                }
                _ => continue,
            };
            let mut next = at + 1;
            while self.is_colons(next) && self.word(next + 2) == Some("super") {
                base.pop();
                next += 3;
            }
            if base.is_empty() && self.is_colons(next) {
                self.firsts(next + 2, &mut found);
            }
        }
        found.retain(|room| rooms.contains(room.as_str()));
        found
    }

    fn follows_colons(&self, at: usize) -> bool {
        at >= 2 && self.is_colons(at - 2)
    }

    /// The first words of a path or of each path of a group.
    fn firsts(&self, at: usize, into: &mut BTreeSet<String>) {
        if let Some(word) = self.word(at) {
            into.insert(word.to_owned());
            return;
        }
        let mut is_first = true;
        let mut inside = at + 1;
        while inside < self.end(at) {
            match &self.tokens[inside] {
                Token::Word(word) if is_first => {
                    into.insert(word.clone());
                    is_first = false;
                }
                Token::Sign(',') => is_first = true,
                Token::Open(_) => inside = self.end(inside),
                Token::Word(_) | Token::Sign(_) | Token::Close(_) | Token::Literal => {}
            }
            inside += 1;
        }
    }

    /// Methods that it calls, each with what it is called on where that is one word, and where.
    fn calls(&self) -> Vec<(usize, Option<&str>, &str)> {
        let is_call = |at: usize| {
            matches!(self.tokens.get(at + 2), Some(Token::Open(Delimiter::Parenthesis)))
                || self.is_colons(at + 2)
        };
        (1..self.tokens.len())
            .filter(|at| self.is_sign(*at, '.') && !self.is_sign(at - 1, '.') && is_call(*at))
            .filter_map(|at| Some((at, self.word(at - 1), self.word(at + 1)?)))
            .collect()
    }
}

/// Leaves out what `#[cfg(test)]` is before.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mark = [
        Token::Sign('#'),
        Token::Open(Delimiter::Bracket),
        Token::Word("cfg".into()),
        Token::Open(Delimiter::Parenthesis),
        Token::Word("test".into()),
        Token::Close(Delimiter::Parenthesis),
        Token::Close(Delimiter::Bracket),
    ];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&mark) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        at += mark.len();
        while at < tokens.len() {
            depth += match tokens[at] {
                Token::Open(_) => 1,
                Token::Close(_) => -1,
                Token::Word(_) | Token::Sign(_) | Token::Literal => 0,
            };
            let ends = matches!(tokens[at], Token::Sign(';') | Token::Close(Delimiter::Brace));
            at += 1;
            if depth == 0 && ends {
                break;
            }
        }
    }
    kept
}

/// The floor of each room.
fn floors() -> BTreeMap<&'static str, usize> {
    FLOORS
        .iter()
        .enumerate()
        .flat_map(|(floor, rooms)| rooms.iter().map(move |room| (*room, floor)))
        .collect()
}

/// Methods of the engine by their rooms, and all that other types of ours have.
fn methods<'a>(sources: impl Iterator<Item = &'a Source>) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let (mut of_engine, mut of_others) = (BTreeMap::new(), BTreeSet::new());
    for source in sources {
        for (name, begin, end) in source.impls() {
            for at in (begin..end).filter(|at| source.word(*at) == Some("fn")) {
                let Some(method) = source.word(at + 1) else { continue };
                if name == "Engine" {
                    of_engine.insert(method.to_owned(), source.room());
                } else {
                    of_others.insert(method.to_owned());
                }
            }
        }
    }
    (of_engine, of_others)
}

/// What a room uses that is not below it: `FILE: why`.
fn arrows_up(sources: &[Source], below: &[Source]) -> Vec<String> {
    let floors = floors();
    let rooms: BTreeSet<&str> = floors.keys().copied().collect();
    let (of_engine, mut of_others) = methods(sources.iter().chain(below));
    of_others.extend(OF_STD.map(str::to_owned));
    let mut found = Vec::new();
    for source in sources {
        let (room, impls) = (source.room(), source.impls());
        let Some(floor) = floors.get(room.as_str()) else { continue };
        let is_up = |other: &str| other != room && floors.get(other).is_some_and(|of_it| of_it >= floor);
        let path = source.path.display();
        found.extend(
            source.paths(&rooms).iter().filter(|other| is_up(other)).map(|other| format!("{path}: {other}")),
        );
        for (at, on, method) in source.calls() {
            let Some(other) = of_engine.get(method) else { continue };
            let is_in_engine =
                || impls.iter().any(|(name, begin, end)| name == "Engine" && (*begin..*end).contains(&at));
            let is_meant = match on {
                Some("self") => is_in_engine(),
                Some("engine") => true,
                _ => !of_others.contains(method),
            };
            if is_meant && is_up(other) {
                found.push(format!("{path}: {other}, by .{method}()"));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn engine() -> Vec<Source> {
    let all = sources(ENGINE).into_iter();
    all.map(|(path, text)| Source::new(path.strip_prefix(ENGINE).unwrap().to_owned(), &text)).collect()
}

fn below() -> Vec<Source> {
    let crates = BELOW.into_iter().flat_map(|name| sources(&format!("src-tauri/crates/{name}/src")));
    crates.map(|(path, text)| Source::new(path, &text)).collect()
}

#[test]
fn a_room_of_the_engine_uses_only_rooms_below_it() {
    let there: BTreeSet<String> = engine().iter().map(Source::room).filter(|room| room != "lib").collect();
    let known: BTreeSet<String> = floors().keys().map(|room| (*room).to_owned()).collect();
    assert_eq!(there, known, "each room has a floor");

    let found = arrows_up(&engine(), &below());

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_arrow_up_is_found_however_it_is_written() {
    let planted = [
        ("use crate::health::Finding;", "health"),
        ("use crate::{archive::Manifest, health::Finding};", "health"),
        ("use super::super::health;", "health"),
        ("fn f() { tracing::warn!(\"{}\", crate::health::WORD) }", "health"),
        ("impl Engine { fn f(&self) { self.start_drill(); } }", "drill, by .start_drill()"),
        ("fn f(engine: &Engine) { engine\n.start_drill() }", "drill, by .start_drill()"),
        ("fn f(x: &X) { x.engine.start_drill::<u8>() }", "drill, by .start_drill()"),
        ("fn f(x: &X) { tokio::join!(x.whole().start_drill()) }", "drill, by .start_drill()"),
    ];
    let (mut all, below) = (engine(), below());
    for (text, what) in planted {
        all.push(Source::new("archive/planted.rs", text));
        assert_eq!(arrows_up(&all, &below), [format!("archive/planted.rs: {what}")], "{text}");
        all.pop();
    }
    let harmless = "// crate::health\nconst A: &str = \"crate::health\";\n#[cfg(test)] mod tests { use crate::health::X; }";
    all.push(Source::new("archive/planted.rs", harmless));
    assert_eq!(arrows_up(&all, &below), Vec::<String>::new());
}

#[test]
fn every_room_is_in_the_map_and_in_the_glossary() {
    for paper in ["ARCHITECTURE.md", "docs/glossary.md"] {
        let text = std::fs::read_to_string(root().join(Path::new(paper))).unwrap();
        let without: Vec<&str> =
            floors().into_keys().filter(|room| !text.contains(&format!("`{room}"))).collect();
        assert_eq!(without, Vec::<&str>::new(), "{paper}");
    }
}
