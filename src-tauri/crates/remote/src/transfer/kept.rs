//! What a download that is not running has on the disk, as its journal says.

use camino::Utf8Path;

use super::journal::Journal;
use super::partial::{FILE, JOURNAL};

/// What is durably here of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Bytes that are here, gaps not counted. The next run fetches the rest.
    pub bytes: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

/// What a download left in its folder; nothing where there is none, or its journal cannot be used. Takes no
/// lock, and so is a moment's view of one that runs. Blocking.
pub fn kept(directory: &Utf8Path) -> Option<Kept> {
    let journal = Journal::parse(&std::fs::read(directory.join(JOURNAL)).ok()?)?;
    let there = std::fs::metadata(directory.join(FILE)).ok()?.len();
    (journal.ranges.end() <= there).then(|| Kept { bytes: journal.ranges.bytes(), total: journal.total })
}

#[cfg(test)]
mod tests {
    use super::super::ranges::Ranges;
    use super::*;

    fn folder(bytes_there: usize) -> (tempfile::TempDir, camino::Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let mut ranges = Ranges::default();
        ranges.insert(0, 100);
        ranges.insert(400, 450);
        let journal = Journal { total: 1000, mark: None, ranges, prefix: 0, sha256: [0; 32] };
        base::disk::write_private(&path.join(JOURNAL), &journal.to_bytes()).unwrap();
        base::disk::write_private(&path.join(FILE), &vec![7; bytes_there]).unwrap();
        (folder, path)
    }

    #[test]
    fn what_is_kept_are_the_ranges_of_the_journal_without_their_gaps() {
        let (_folder, path) = folder(450);
        assert_eq!(kept(&path), Some(Kept { bytes: 150, total: 1000 }));
    }

    #[test]
    fn a_journal_that_speaks_of_bytes_that_are_not_there_counts_for_nothing() {
        let (_folder, path) = folder(449);
        assert_eq!((kept(&path), kept(&path.join("none"))), (None, None));
        std::fs::OpenOptions::new().append(true).open(path.join(JOURNAL)).unwrap().set_len(40).unwrap();
        assert_eq!(kept(&path), None);
    }
}
