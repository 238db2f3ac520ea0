//! What a disk keeps of what was done to it.

use super::Kept;
use super::disk::Disk;
use super::trace::calls;

fn hex(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "\\x{byte:02x}");
        hex
    })
}

fn after(lines: &[String]) -> Disk {
    let trace = format!("1 {}\n", lines.join("\n1 "));
    let mut disk = Disk::new("/p", "/p", vec![("/p/old".into(), Some(b"old".to_vec()))]);
    for call in &calls(&trace) {
        disk.apply(call);
    }
    disk
}

fn text(disk: &Disk, kept: Kept, path: &str) -> Option<String> {
    Some(String::from_utf8(disk.left(kept).get(path)?.clone()?).unwrap())
}

fn open(path: &str, flags: &str) -> String {
    format!("openat(AT_FDCWD<{}>, \"{}\", {flags}, 0600) = 3<{}>", hex("/x"), hex(path), hex(path))
}

fn write(path: &str, bytes: &str) -> String {
    format!("write(3<{}>, \"{}\", {}) = {}", hex(path), hex(bytes), bytes.len(), bytes.len())
}

fn sync(path: &str) -> String {
    format!("fsync(4<{}>) = 0", hex(path))
}

#[test]
fn what_was_not_synced_is_gone_and_what_was_stays() {
    let one = [open("/p/a", "O_WRONLY|O_CREAT"), write("/p/a", "ab"), sync("/p/a"), write("/p/a", "cd")];
    let disk = after(&one);
    assert_eq!(text(&disk, Kept::Synced, "/p/a"), None, "its name is not synced");
    assert_eq!(text(&disk, Kept::All, "/p/a").as_deref(), Some("abcd"));

    let disk = after(&[&one[..], &[sync("/p")]].concat());
    assert_eq!(text(&disk, Kept::Synced, "/p/a").as_deref(), Some("ab"));
    assert_eq!(text(&disk, Kept::Synced, "/p/old").as_deref(), Some("old"));
}

#[test]
fn a_file_that_takes_the_name_of_another_has_it_once_the_folder_is_synced() {
    let renamed = format!("rename(\"{}\", \"{}\") = 0", hex("/p/new"), hex("/p/old"));
    let all = [open("/p/new", "O_WRONLY|O_CREAT|O_EXCL"), write("/p/new", "new"), sync("/p/new"), renamed];
    let disk = after(&all);
    assert_eq!(text(&disk, Kept::Synced, "/p/old").as_deref(), Some("old"));
    assert_eq!(text(&disk, Kept::All, "/p/old").as_deref(), Some("new"));

    let disk = after(&[&all[..], &[sync("/p")]].concat());
    assert_eq!(text(&disk, Kept::Synced, "/p/old").as_deref(), Some("new"));
    assert_eq!(text(&disk, Kept::Synced, "/p/new"), None);
}

#[test]
fn a_file_that_is_moved_into_another_folder_is_there_once_that_one_is_synced() {
    let made = format!("mkdir(\"{}\", 0700) = 0", hex("/p/in"));
    let moved = format!("rename(\"{}\", \"{}\") = 0", hex("/p/new"), hex("/p/in/new"));
    let file = [open("/p/new", "O_WRONLY|O_CREAT|O_EXCL"), write("/p/new", "new"), sync("/p/new"), moved];
    let all = [&[made, sync("/p")], &file[..]].concat();
    assert_eq!(text(&after(&all), Kept::Synced, "/p/in/new"), None);

    let disk = after(&[&all[..], &[sync("/p/in")]].concat());
    for kept in [Kept::Synced, Kept::All] {
        assert_eq!(text(&disk, kept, "/p/in/new").as_deref(), Some("new"));
        assert_eq!(text(&disk, kept, "/p/new"), None);
    }
}

#[test]
fn a_sync_makes_nothing_certain_that_was_written_while_it_went_on() {
    let (path, bytes) = (hex("/p/old"), hex("XY"));
    let trace = format!(
        "1 openat(AT_FDCWD<{path}>, \"{path}\", O_RDWR) = 3<{path}>\n1 fsync(3<{path}> <unfinished ...>\n\
         2 pwrite64(3<{path}>, \"{bytes}\", 2, 1) = 2\n1 <... fsync resumed>) = 0\n"
    );
    let mut disk = Disk::new("/p", "/p", vec![("/p/old".into(), Some(b"old".to_vec()))]);
    for call in &calls(&trace) {
        disk.apply(call);
    }
    assert_eq!(text(&disk, Kept::Synced, "/p/old").as_deref(), Some("old"));
    assert_eq!(text(&disk, Kept::All, "/p/old").as_deref(), Some("oXY"));
    let some: Vec<_> = (0..32).map(|seed| text(&disk, Kept::Some(seed), "/p/old").unwrap()).collect();
    assert!(some.contains(&"old".to_owned()) && some.contains(&"oXY".to_owned()), "{some:?}");
}

#[test]
fn what_is_elsewhere_is_nobodys_business() {
    let disk = after(&[open("/q/a", "O_WRONLY|O_CREAT"), write("/q/a", "x"), open("/private", "O_CREAT")]);
    assert_eq!(disk.left(Kept::All).keys().collect::<Vec<_>>(), ["/p/old"]);
}
