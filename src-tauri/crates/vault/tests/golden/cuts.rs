//! Where known streams are cut. Other cuts would be as sound, and store everything once more.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use vault::Id;

use super::{golden, is_update};
use crate::bench::{Bench, PASSWORD, noise, rows};
use crate::forge::Forge;

/// A stream's pieces: their lengths and ids.
type Pieces = Vec<(usize, String)>;

fn streams() -> [(&'static str, Vec<u8>); 4] {
    let mut repeating = rows(7, 100_000).repeat(25);
    repeating.truncate(2_400_000);
    [
        ("rows", rows(1, 6_000_000)),
        ("noise", noise(1, 4_000_000)),
        ("zeros", vec![0; 3_000_000]),
        ("repeating", repeating),
    ]
}

/// What a second implementation of the format finds in the repository.
fn pieces(bench: &Bench, streams: &[(&str, Vec<u8>)]) -> BTreeMap<String, Pieces> {
    let paths: Vec<String> = streams.iter().map(|(name, _)| format!("/{name}")).collect();
    let files: Vec<(&str, &[u8])> =
        paths.iter().zip(streams).map(|(path, (_, content))| (path.as_str(), &content[..])).collect();
    let snapshot = bench.write(&files).snapshot;
    let forge = Forge::of(&bench.repo(), PASSWORD);
    let tree = bench.vault.snapshot(&snapshot).unwrap().tree.to_string();
    let tree: Value = serde_json::from_slice(&forge.blob("tree", &tree)).unwrap();
    let mut pieces = BTreeMap::new();
    for (name, content) in streams {
        let mut nodes = tree["nodes"].as_array().unwrap().iter();
        let node = nodes.find(|node| node["name"] == *name).unwrap();
        let (mut start, mut found) = (0, Vec::new());
        for id in node["content"].as_array().unwrap() {
            let piece = forge.blob("data", id.as_str().unwrap());
            assert!(content[start..start + piece.len()] == piece && Id::of(&piece).to_string() == *id);
            start += piece.len();
            found.push((piece.len(), id.as_str().unwrap().to_owned()));
        }
        assert_eq!(start, content.len());
        pieces.insert((*name).to_owned(), found);
    }
    pieces
}

#[test]
fn known_streams_are_cut_where_they_were_always_cut() {
    let bench = Bench::new();
    let found = pieces(&bench, &streams());
    let path = golden().join("cuts.json");
    if is_update() && !path.exists() {
        fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let known: BTreeMap<String, Pieces> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(known["noise"].len() > 8 && known["rows"].len() > 8);
    assert_eq!(found, known);
}
