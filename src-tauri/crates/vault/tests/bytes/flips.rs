//! One bit of one file at a time: `check` with data finds each, names its file and blames no
//! other, and what can still be read is exactly what was written.

use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vault::{
    BeginOptions, Cancel, CheckOptions, FileMeta, Finding, Slice, SnapshotId, SnapshotWriter, Vault,
    VaultError,
};

use crate::forge::{Forge, Region, open, overwrite, regions_of_sealed};
use crate::hostile::limit_memory;

const PASSWORDS: [&str; 2] = ["first", "second"];
/// What a run tries at least; if the layout changes so that it tries less, somebody should look.
const DAMAGES_MIN: usize = 600;

/// A repository that the vault wrote: four snapshots, two keys, and a writer that holds a lock.
struct Victim {
    repo: PathBuf,
    forge: Forge,
    vault: Vault,
    files: Vec<(SnapshotId, String, Vec<u8>)>,
    _writer: SnapshotWriter,
    _directory: TempDir,
}

fn options() -> BeginOptions {
    BeginOptions {
        tags: vec!["kind:full".to_owned()],
        parent: None,
        hostname: "desk".to_owned(),
        username: "ada".to_owned(),
        time: "2026-02-03T05:00:00.5Z".parse().unwrap(),
    }
}

/// Half of it compresses well.
fn content(seed: usize, length: usize) -> Vec<u8> {
    let hash = |at: usize| (at * 2_654_435_761 + seed * 40_503) >> 13;
    (0..length).map(|at| if at % 64 < 32 { b'x' } else { hash(at).to_le_bytes()[0] }).collect()
}

impl Victim {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let repo = directory.path().join("repo");
        let forge = Forge::new(&repo, 2, PASSWORDS[0]);
        forge.add_key(PASSWORDS[1]);
        let vault = open(&repo, PASSWORDS[0]).unwrap();
        let mut files = Vec::new();
        for number in 0..4 {
            let writer = vault.begin(options(), Cancel::new()).unwrap();
            let meta = FileMeta { mode: 0o600, modified: options().time };
            let written = [("/rows", 30_000 + number), ("/deep/er/file", 700 * number), ("/same", 5_000)]
                .map(|(path, length)| {
                    (path.to_owned(), content(if path == "/same" { 9 } else { number }, length))
                });
            for (path, content) in &written {
                writer.file(path, &meta, &content[..]).unwrap();
            }
            let snapshot = writer.commit(b"{}").unwrap().snapshot;
            files.extend(written.map(|(path, content)| (snapshot, path, content)));
        }
        let writer = vault.begin(options(), Cancel::new()).unwrap();
        Self { repo, forge, vault, files, _writer: writer, _directory: directory }
    }

    /// All files of the repository, by their names within it.
    fn stored(&self) -> Vec<(String, PathBuf)> {
        let mut stored = vec![("config".to_owned(), self.repo.join("config"))];
        for kind in ["keys", "locks", "snapshots", "index", "data"] {
            let mut directories = vec![self.repo.join(kind)];
            while let Some(directory) = directories.pop() {
                for entry in fs::read_dir(directory).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        directories.push(path);
                    } else {
                        let name = path.file_name().unwrap().to_str().unwrap();
                        stored.push((format!("{kind}/{name}"), path));
                    }
                }
            }
        }
        stored.sort();
        stored
    }

    fn check(&self) -> Vec<Finding> {
        let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
        self.vault.check(options, &|_| {}, &Cancel::new()).unwrap().problems
    }

    /// Whether the damage of a file is found, and nothing else claimed or handed out.
    fn judge(&self, name: &str, damage: &str) {
        let problems = self.check();
        assert!(problems.iter().any(|problem| problem.file == name), "{name}, {damage}: {problems:?}");
        // What cannot be found any more is missing in snapshots; no other file is to blame.
        let is_blamed = |problem: &&Finding| problem.file != name && !problem.file.starts_with("snapshots/");
        assert_eq!(problems.iter().find(is_blamed), None, "{name}, {damage}");
        let opened = match open(&self.repo, PASSWORDS[0]) {
            Ok(vault) => vault,
            Err(VaultError::Damaged { file, .. }) if file == name => self.vault.clone(),
            Err(error) => panic!("{name}, {damage}: {error:?}"),
        };
        let is_apart = ["config", "keys", "locks"].iter().any(|kind| name.starts_with(kind));
        if name.starts_with("keys") {
            assert!(PASSWORDS.iter().any(|password| open(&self.repo, password).is_ok()), "{name}, {damage}");
        }
        for (snapshot, path, content) in &self.files {
            let mut read = Vec::new();
            match opened
                .read(snapshot, path)
                .map_err(Into::into)
                .and_then(|mut file| file.read_to_end(&mut read))
            {
                Ok(_) => assert!(read == *content, "{name}, {damage}: {path} has other bytes"),
                Err(error) => assert!(!is_apart, "{name}, {damage}: {path}: {error}"),
            }
        }
    }

    fn regions(&self, name: &str, content: &[u8]) -> Vec<Region> {
        match name.split('/').next() {
            Some("keys") => regions_of_key(content),
            Some("data") => self.forge.regions_of_pack(content),
            _ => regions_of_sealed("document", 0, content.len()).into(),
        }
    }
}

/// The name and the value of each field; the master keys and the salt are values too.
fn regions_of_key(content: &[u8]) -> Vec<Region> {
    let text = std::str::from_utf8(content).unwrap();
    let fields = ["created", "username", "hostname", "kdf", "N", "r", "p", "salt", "data"];
    let mut regions = vec![("the braces".to_owned(), 0..content.len())];
    for field in fields {
        let name = text.find(&format!("\"{field}\":")).unwrap();
        let value = name + field.len() + 3;
        let end = value + text[value..].find(",\"").unwrap_or(text.len() - 1 - value);
        regions.push((format!("name of {field}"), name..value));
        regions.push((format!("value of {field}"), value..end));
    }
    regions
}

/// The first, the middle and the last byte; of a length, all of them.
fn positions(region: &Range<usize>) -> Vec<usize> {
    let mut positions = vec![region.start, region.start.midpoint(region.end), region.end - 1];
    if region.len() == 4 {
        positions = region.clone().collect();
    }
    positions.dedup();
    positions
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    limit_memory();
    let victim = Victim::new();
    assert_eq!(victim.check(), []);
    let (mut flips, mut kinds) = (0_usize, std::collections::BTreeMap::<String, usize>::new());
    for (name, path) in victim.stored() {
        let sound = fs::read(&path).unwrap();
        for (region, range) in victim.regions(&name, &sound) {
            for position in positions(&range) {
                // Which bit differs from place to place; of lengths, each is tried.
                let bits = if region == "length" { 0..=7 } else { flips % 8..=flips % 8 };
                for bit in bits {
                    let mut damaged = sound.clone();
                    damaged[position] ^= 1 << bit;
                    overwrite(&path, &damaged);
                    victim.judge(&name, &format!("{region}, byte {position}, bit {bit}"));
                    flips += 1;
                    *kinds.entry(name.split('/').next().unwrap().to_owned()).or_default() += 1;
                }
            }
        }
        overwrite(&path, &sound);
    }
    assert_eq!(victim.check(), [], "everything was put right again");
    eprintln!("{flips} bits flipped, all found: {kinds:?}");
    assert!(flips >= DAMAGES_MIN, "only {flips}");
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}

#[test]
fn a_file_that_lost_or_gained_bytes_is_found() {
    limit_memory();
    let victim = Victim::new();
    let mut damages = 0;
    for (name, path) in victim.stored() {
        let sound = fs::read(&path).unwrap();
        let mut damage = |what: &str, content: &[u8]| {
            overwrite(&path, content);
            victim.judge(&name, what);
            damages += 1;
        };
        damage("without its last byte", &sound[..sound.len() - 1]);
        damage("without its first byte", &sound[1..]);
        damage("cut in half", &sound[..sound.len() / 2]);
        damage("with three bytes left", &sound[..3]);
        damage("empty", b"");
        damage("with a zero more", &[&sound[..], b"\0"].concat());
        damage("with a newline more", &[&sound[..], b"\n"].concat());
        damage("twice", &[&sound[..], &sound[..]].concat());
        overwrite(&path, &sound);
    }
    eprintln!("{damages} files cut or extended, all found");
    assert!(damages >= 8 * 19, "only {damages}");
}

#[test]
fn a_damaged_lock_keeps_writers_out_and_is_named() {
    let victim = Victim::new();
    let (name, path) = victim.stored().into_iter().find(|(name, _)| name.starts_with("locks/")).unwrap();
    let sound = fs::read(&path).unwrap();
    overwrite(&path, &sound[..40]);
    let refused = victim.vault.begin(options(), Cancel::new());
    assert!(
        matches!(&refused, Err(VaultError::Damaged { file, .. }) if *file == name),
        "{:?}",
        refused.err()
    );
    assert!(is_restored(&path, &sound) && victim.vault.begin(options(), Cancel::new()).is_ok());
}

fn is_restored(path: &Path, sound: &[u8]) -> bool {
    overwrite(path, sound);
    fs::read(path).unwrap() == sound
}

#[test]
fn a_vault_without_keys_or_configuration_is_named_before_it_is_closed() {
    let victim = Victim::new();
    for (name, path) in victim.stored() {
        let expected = match name.split('/').next().unwrap() {
            "keys" => "keys",
            "config" => "config",
            _ => continue,
        };
        fs::remove_file(path).unwrap();
        let problems = victim.check();
        let found = problems.iter().any(|problem| problem.file == expected);
        let is_last = expected == "config" || fs::read_dir(victim.repo.join("keys")).unwrap().count() == 0;
        assert_eq!(found, is_last, "{problems:?}");
    }
}
