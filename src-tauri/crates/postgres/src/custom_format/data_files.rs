//! Names of the files of a dump in several files, as `pg_dump` gives them.
//!
//! `pg_restore` opens whatever name the table of contents says, and whatever a list of large objects says, below the
//! folder and beside it. So only these names are ones of a dump. Source: PostgreSQL, `pg_backup_directory.c` and
//! `pg_backup_tar.c`.

use std::io::{self, BufRead, Read as _};

/// Endings of compressed files.
const ENDINGS: [&str; 3] = [".gz", ".lz4", ".zst"];
/// A line of a list has two numbers; `pg_restore` cuts a very long one in two.
const LINE_BYTES_MAX: u64 = 64;

/// A file with the rows of one entry: `3344.dat`, compressed or not.
pub fn is_data_file(name: &str) -> bool {
    is_numbered(name, "")
}

/// A file with one large object: `blob_16403.dat`, compressed or not.
pub fn is_object_file(name: &str) -> bool {
    is_numbered(name, "blob_")
}

/// A list of large objects: one for all of them, or since PostgreSQL 17 one for each group.
pub fn is_object_list(name: &str) -> bool {
    let group = name.strip_prefix("blobs_").and_then(|rest| rest.strip_suffix(".toc"));
    name == "blobs.toc" || group.is_some_and(is_number)
}

/// Whether such a list names large objects of the dump alone.
///
/// # Errors
/// The reader's.
pub fn lists_objects_alone(mut list: impl BufRead) -> io::Result<bool> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if list.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(true);
        }
        let text = std::str::from_utf8(line.strip_suffix(b"\n").unwrap_or(&line)).unwrap_or_default();
        let is_object = text.split_once(' ').is_some_and(|(id, name)| is_number(id) && is_object_file(name));
        if !is_object {
            return Ok(false);
        }
    }
}

fn is_numbered(name: &str, prefix: &str) -> bool {
    let name = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".dat"));
    number.is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_pg_dump_gives_are_files_of_a_dump() {
        for name in ["3344.dat", "1.dat.gz", "12.dat.lz4", "9.dat.zst"] {
            assert!(is_data_file(name), "{name}");
        }
        for name in ["blobs.toc", "blobs_4711.toc"] {
            assert!(is_object_list(name), "{name}");
        }
        for name in [
            "",
            ".dat",
            "../1.dat",
            "/1.dat",
            "a/1.dat",
            "1.dat/../../x",
            "x.dat",
            "1.dat.gz.gz",
            "1.dat.xz",
            "-1.dat",
            "toc.dat",
            "blob_1.dat",
            "blobs.toc.gz",
            "blobs_.toc",
            "blobs_../x.toc",
            "1.dat\0",
            "١.dat",
        ] {
            assert!(!is_data_file(name) && !is_object_list(name), "{name}");
        }
        assert!(is_object_file("blob_16403.dat.gz") && !is_object_file("16403.dat"));
    }

    #[test]
    fn a_list_of_large_objects_names_nothing_else() {
        let of = |list: &str| lists_objects_alone(list.as_bytes()).unwrap();
        assert!(of("") && of("16403 blob_16403.dat\n16404 blob_16404.dat\n") && of("1 blob_1.dat"));
        for list in [
            "1 ../../secret\n".to_owned(),
            "1 blob_1.dat\n2 /etc/passwd\n".to_owned(),
            "1  blob_1.dat\n".to_owned(),
            "\n".to_owned(),
            "x blob_1.dat\n".to_owned(),
            // What comes behind so many letters would be a line of its own.
            format!("1 blob_1.dat{}2 ../../secret\n", " ".repeat(1023)),
        ] {
            assert!(!of(&list), "{list}");
        }
    }
}
