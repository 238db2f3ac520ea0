//! Documents that contradict each other or claim what cannot be: swapped, doubled, four GiB large,
//! or small until they are decompressed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vault::{Id, VaultError};

use crate::forge::{Blob, open, overwrite};
use crate::hostile::{Scene, check, data, file, has, read, tree};

fn packs(repo: &Path) -> Vec<PathBuf> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(repo.join("data")).unwrap() {
        packs.extend(fs::read_dir(entry.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    packs
}

/// Two files of the same length in a pack; yields what the index would say of it.
fn two_files(scene: &Scene) -> (Value, Id) {
    let root = tree(&json!([file("a", b"aaaa", 4), file("b", b"bbbb", 4)]));
    let id = Id::of(&root.plaintext);
    (scene.forge.pack(&[data(b"aaaa"), data(b"bbbb"), root]), id)
}

#[test]
fn packs_that_changed_places_are_found_and_never_read() {
    let scene = Scene::new();
    let nodes = json!([file("a", b"aaaa", 4), file("b", b"bbbb", 4)]);
    let first = scene.forge.pack(&[data(b"aaaa")]);
    let second = scene.forge.pack(&[data(b"bbbb")]);
    scene.forge.index(&[first, second]);
    let snapshot = scene.snapshot_of(Vec::new(), &nodes);
    let mut packs = packs(&scene.forge.repo);
    packs.sort_by_key(|pack| fs::metadata(pack).unwrap().len());
    let [one, other] = [&packs[0], &packs[1]].map(|pack| fs::read(pack).unwrap());
    overwrite(&packs[0], &other);
    overwrite(&packs[1], &one);
    let vault = scene.open();
    let problems = check(&vault);
    for pack in &packs[..2] {
        let name = format!("data/{}", pack.file_name().unwrap().to_str().unwrap());
        assert!(problems.iter().any(|problem| problem.file == name), "{problems:?}");
    }
    assert!(read(&vault, &snapshot, "/a").is_err() && read(&vault, &snapshot, "/b").is_err());
}

#[test]
fn blobs_that_changed_places_in_the_index_are_found_and_never_read() {
    let scene = Scene::new();
    let (mut pack, root) = two_files(&scene);
    let first = pack["blobs"][0]["id"].take();
    pack["blobs"][0]["id"] = pack["blobs"][1]["id"].take();
    pack["blobs"][1]["id"] = first;
    scene.forge.index(&[pack]);
    let snapshot = scene.forge.snapshot(root);
    let vault = scene.open();
    assert!(has(&check(&vault), "do not list the same blobs"));
    assert!(read(&vault, &snapshot, "/a").is_err() && read(&vault, &snapshot, "/b").is_err());
}

#[test]
fn a_pack_that_two_indexes_describe_differently_is_found() {
    for (differing, claim) in [("offset", json!(1)), ("length", json!(1)), ("id", json!("cd".repeat(32)))] {
        let scene = Scene::new();
        let (sound, root) = two_files(&scene);
        let mut other = sound.clone();
        other["blobs"][0][differing] = claim;
        scene.forge.index(std::slice::from_ref(&sound));
        scene.forge.index(&[other]);
        let snapshot = scene.forge.snapshot(root);
        let vault = scene.open();
        assert!(has(&check(&vault), "has other blobs in another place"), "{differing}");
        for (path, content) in [("/a", b"aaaa"), ("/b", b"bbbb")] {
            // Which of the two is believed is open; what is read is right.
            if let Ok(read) = read(&vault, &snapshot, path) {
                assert_eq!(read, content, "{differing}");
            }
        }
    }
}

#[test]
fn a_pack_that_is_indexed_several_times_alike_is_sound() {
    let scene = Scene::new();
    let (pack, root) = two_files(&scene);
    let mut reversed = pack.clone();
    reversed["blobs"].as_array_mut().unwrap().reverse();
    scene.forge.index(std::slice::from_ref(&pack));
    scene.forge.index(&[pack.clone(), reversed]);
    // The same blob in another pack is as legal.
    let copy = scene.forge.pack(&[data(b"bbbb")]);
    scene.forge.index(&[copy]);
    let snapshot = scene.forge.snapshot(root);
    let vault = scene.open();
    assert_eq!(check(&vault), []);
    assert_eq!(read(&vault, &snapshot, "/b").unwrap(), b"bbbb");
}

#[test]
fn a_snapshot_under_a_wrong_name_is_found_and_not_opened() {
    let scene = Scene::new();
    let snapshot = scene.snapshot_of(vec![data(b"x")], &json!([file("a", b"x", 1)]));
    let directory = scene.forge.repo.join("snapshots");
    let wrong = "ef".repeat(32);
    fs::copy(directory.join(snapshot.to_string()), directory.join(&wrong)).unwrap();
    let vault = scene.open();
    let problems = check(&vault);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].file, format!("snapshots/{wrong}"));
    assert!(matches!(vault.entries(&wrong.parse().unwrap()), Err(VaultError::Damaged { .. })));
    assert_eq!(read(&vault, &snapshot, "/a").unwrap(), b"x");
}

#[test]
fn an_index_that_claims_four_gibibytes_costs_an_error() {
    for (field, claim) in [("length", u32::MAX), ("uncompressed_length", u32::MAX), ("offset", u32::MAX)] {
        for kind in ["data", "tree"] {
            let scene = Scene::new();
            let root = tree(&json!([file("a", b"x", 1)]));
            let id = Id::of(&root.plaintext);
            let mut pack = scene.forge.pack(&[data(b"x"), root]);
            pack["blobs"][usize::from(kind == "tree")][field] = json!(claim);
            scene.forge.index(&[pack]);
            let snapshot = scene.forge.snapshot(id);
            let vault = scene.open();
            assert!(!check(&vault).is_empty(), "{field} of {kind}");
            assert!(read(&vault, &snapshot, "/a").is_err(), "{field} of {kind}");
        }
    }
}

/// Eight GiB of zeros: the same frame again and again.
fn bomb(opening: &[u8]) -> Vec<u8> {
    let start = zstd::bulk::compress(opening, 1).unwrap();
    let frame = zstd::bulk::compress(&vec![0; 16 << 20], 1).unwrap();
    let mut bomb = start;
    for _ in 0..512 {
        bomb.extend_from_slice(&frame);
    }
    bomb
}

#[test]
fn documents_that_decompress_to_gibibytes_are_refused() {
    for kind in ["snapshots", "index", "locks", "config"] {
        let scene = Scene::new();
        let vault = scene.open();
        let sealed = scene.forge.seal(&[&[2], &bomb(b"{\"packs\":[],\"x\":\"")[..]].concat());
        let name = if kind == "config" {
            overwrite(&scene.forge.repo.join("config"), &sealed);
            kind.to_owned()
        } else {
            format!("{kind}/{}", scene.forge.put(kind, &sealed))
        };
        let problems = check(&vault);
        assert!(
            problems.iter().any(|problem| problem.file == name && problem.message.contains("too large")),
            "{problems:?}"
        );
    }
}

#[test]
fn blobs_that_decompress_to_more_than_they_claim_are_refused() {
    let bomb = bomb(b"");
    for claim in [5, 512 << 20, u32::MAX] {
        for kind in ["data", "tree"] {
            let scene = Scene::new();
            let root = tree(&json!([file("a", b"hello", 5)]));
            let id = Id::of(&root.plaintext);
            let blobs = [data(b"hello"), root].map(|blob| {
                let compressed = (blob.kind == kind).then(|| (bomb.clone(), claim));
                Blob { compressed, ..blob }
            });
            let pack = scene.forge.pack(&blobs);
            scene.forge.index(&[pack]);
            let snapshot = scene.forge.snapshot(id);
            let vault = scene.open();
            assert!(!check(&vault).is_empty(), "{claim} {kind}");
            assert!(read(&vault, &snapshot, "/a").is_err(), "{claim} {kind}");
        }
    }
}

#[test]
fn a_key_whose_derivation_costs_gibibytes_or_minutes_is_refused() {
    let scene = Scene::new();
    let keys = scene.forge.repo.join("keys");
    let sound = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let key: Value = serde_json::from_slice(&fs::read(&sound).unwrap()).unwrap();
    fs::remove_file(&sound).unwrap();
    let costs: [(u64, u64, u64); 9] = [
        (1 << 40, 8, 1),
        (1 << 20, 1, 1 << 20),
        (2, 1, 1 << 25),
        (2, 1 << 25, 1),
        (2, 1 << 16, 1 << 16),
        (1 << 26, 1, 1),
        (0, 8, 1),
        (3, 8, 1),
        (2, 0, 0),
    ];
    for (n, r, p) in costs {
        let mut costly = key.clone();
        (costly["N"], costly["r"], costly["p"]) = (json!(n), json!(r), json!(p));
        let name = format!("keys/{}", scene.forge.put("keys", costly.to_string().as_bytes()));
        // By what it asks for, and before that is done: what was derived would open nothing, and the
        // password would be to blame.
        let refused = open(&scene.forge.repo, "first").err();
        let Some(VaultError::Damaged { file, what, .. }) = &refused else {
            panic!("{n} {r} {p}: {refused:?}")
        };
        let is_of_its_cost = what.starts_with("its key derivation") || what.starts_with("scrypt refuses");
        assert!(*file == name && is_of_its_cost, "{n} {r} {p}: {refused:?}");
        fs::remove_file(scene.forge.repo.join(name)).unwrap();
    }
}
