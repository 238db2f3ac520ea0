//! Paths within a snapshot: segments between slashes, with or without one at the beginning.

use crate::error::VaultError;

/// What file systems take as one name.
const SEGMENT_BYTES_MAX: usize = 255;
/// How many parts a path of ours may have: nobody's tables or files lie deeper, and each level is a tree of
/// its own.
const DEPTH_WRITTEN_MAX: usize = 256;
/// How deep what others wrote is read: restic stores whatever a file system has. A path of 4,096 bytes, the
/// longest of Linux, has half as many parts.
pub(crate) const DEPTH_READ_MAX: usize = 4096;
/// How long the path of a directory may be in bytes, all its parts together: the longest of any system, the
/// 32,767 units of Windows, has less.
pub(crate) const PATH_READ_BYTES_MAX: usize = 128 << 10;

/// The segments of a path that a snapshot can hold and a file system can restore.
pub(crate) fn segments(path: &str) -> Result<Vec<&str>, VaultError> {
    let bad = |reason| Err(VaultError::BadPath { path: path.to_owned(), reason });
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    if segments.len() > DEPTH_WRITTEN_MAX {
        return bad("it has more than 256 parts");
    }
    for segment in &segments {
        match *segment {
            "" => return bad("it has an empty part"),
            "." | ".." => return bad("it has a part that is no name"),
            _ if segment.len() > SEGMENT_BYTES_MAX => return bad("it has a part of more than 255 bytes"),
            _ if segment.contains('\0') => return bad("it has a zero byte"),
            _ => {}
        }
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_257_parts_is_refused_and_one_of_256_is_not() {
        let [allowed, refused] = [256, 257].map(|parts| vec!["d"; parts].join("/"));
        assert_eq!(segments(&allowed).unwrap().len(), 256);
        let refused = segments(&refused);
        assert!(
            matches!(&refused, Err(VaultError::BadPath { reason, .. }) if reason.contains("256 parts")),
            "{refused:?}"
        );
    }
}
