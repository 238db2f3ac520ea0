//! Packs are read a few at a time: the limits hold, nothing is lost to them, and damage is named.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use vault::{Cancel, Id, PacksRead, ReadLimits, SnapshotId};

use crate::bench::{Bench, noise};

fn filled() -> (Bench, SnapshotId) {
    let bench = Bench::new();
    let snapshot = bench.write(&[("/noise", &noise(7, 60_000_000))]).snapshot;
    (bench, snapshot)
}

fn read(bench: &Bench, packs: &[Id], limits: ReadLimits) -> PacksRead {
    bench.vault.read_packs(packs, limits, &|_| {}, &Cancel::new()).unwrap()
}

fn places(bench: &Bench, snapshot: &SnapshotId) -> Vec<(Id, Option<Id>)> {
    let mut all = Vec::new();
    bench.vault.places(snapshot, &mut |blob, pack| all.push((*blob, pack.copied())), &Cancel::new()).unwrap();
    all
}

/// Changes the file of one pack.
fn damage(bench: &Bench, pack: &Id, edit: impl FnOnce(&Path)) {
    let files = bench.files("data");
    let file = files.iter().find(|file| file.ends_with(pack.to_string())).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    edit(file);
}

fn flip(at: usize) -> impl FnOnce(&Path) {
    move |file| {
        let mut content = fs::read(file).unwrap();
        content[at] ^= 1;
        fs::write(file, content).unwrap();
    }
}

#[test]
fn what_a_limit_leaves_is_read_the_next_time_and_nothing_twice() {
    let (bench, _) = filled();
    let packs = bench.vault.packs().unwrap();
    assert_eq!(packs.len(), bench.files("data").len());
    assert!(packs.len() > 3);

    let (mut left, mut read_so_far) = (packs.clone(), Vec::new());
    let limits = ReadLimits { bytes_max: 20 << 20, until: None };
    while !left.is_empty() {
        let some = read(&bench, &left, limits);
        let bytes: u64 = some.packs.iter().map(|pack| pack.bytes).sum();
        assert!(some.packs.len() == 1 || bytes <= limits.bytes_max, "{bytes} bytes at once");
        assert!(!some.packs.is_empty() && some.packs.iter().all(|pack| pack.damage.is_none()));
        assert_eq!(some.left, (left.len() - some.packs.len()) as u64);
        let names: BTreeSet<Id> = some.packs.iter().map(|pack| pack.pack).collect();
        left.retain(|pack| !names.contains(pack));
        read_so_far.extend(names);
    }
    read_so_far.sort_unstable();
    assert_eq!(read_so_far, packs);
}

#[test]
fn no_pack_is_begun_after_the_time_is_up_or_once_it_is_cancelled() {
    let (bench, _) = filled();
    let packs = bench.vault.packs().unwrap();
    let late = read(&bench, &packs, ReadLimits { bytes_max: u64::MAX, until: Some(Instant::now()) });
    assert_eq!((late.packs.len(), late.left), (0, packs.len() as u64));
    let cancel = Cancel::new();
    cancel.cancel();
    let none = bench.vault.read_packs(&packs, ReadLimits::NONE, &|_| {}, &cancel).unwrap();
    assert_eq!((none.packs.len(), none.left), (0, packs.len() as u64));
    assert_eq!(bench.files("locks"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_flipped_byte_takes_one_blob_and_the_snapshot_that_needs_it_knows() {
    let (bench, snapshot) = filled();
    let other = bench.write(&[("/other", &noise(8, 300_000))]).snapshot;
    let packs = bench.vault.packs().unwrap();
    let largest = read(&bench, &packs, ReadLimits::NONE).packs.into_iter().max_by_key(|pack| pack.bytes);
    let pack = largest.unwrap().pack;
    damage(&bench, &pack, flip(5_000_000));

    let all = read(&bench, &packs, ReadLimits::NONE);
    let damaged: Vec<_> = all.packs.iter().filter(|pack| pack.damage.is_some()).collect();
    let [one] = damaged[..] else { panic!("{damaged:?}") };
    let found = one.damage.as_ref().unwrap();
    assert_eq!((one.pack, found.message.as_str()), (pack, "its content does not match its name"));
    assert_eq!(found.blobs.as_ref().map(BTreeSet::len), Some(1));
    let hit = |snapshot| {
        let all = places(&bench, snapshot);
        assert!(all.iter().all(|(_, at)| at.is_some()));
        all.iter().filter(|(blob, at)| *at == Some(pack) && found.concerns(blob)).count()
    };
    assert_eq!((hit(&snapshot), hit(&other)), (1, 0));
}

#[test]
fn a_pack_that_is_missing_or_lost_its_header_gives_nothing_at_all() {
    for edit in ["remove", "header"] {
        let (bench, _) = filled();
        let packs = bench.vault.packs().unwrap();
        damage(&bench, &packs[0], |file| match edit {
            "remove" => fs::remove_file(file).unwrap(),
            _ => flip(usize::try_from(fs::metadata(file).unwrap().len()).unwrap() - 10)(file),
        });
        let read = read(&bench, &packs[..2], ReadLimits::NONE);
        let found = read.packs.iter().find(|pack| pack.pack == packs[0]).unwrap().damage.as_ref().unwrap();
        assert_eq!(found.blobs, None, "{edit}: {}", found.message);
        assert_eq!(found.message == "it is missing", edit == "remove");
        assert!(read.packs.iter().any(|pack| pack.pack == packs[1] && pack.damage.is_none()));
    }
}
