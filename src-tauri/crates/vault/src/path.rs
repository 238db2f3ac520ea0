//! Paths within a snapshot: segments between slashes, with or without one at the beginning.

use crate::error::VaultError;

/// What file systems take as one name.
const SEGMENT_BYTES_MAX: usize = 255;
/// How deep directories may be nested.
pub(crate) const DEPTH_MAX: usize = 256;

/// The segments of a path that a snapshot can hold and a file system can restore.
pub(crate) fn segments(path: &str) -> Result<Vec<&str>, VaultError> {
    let bad = |reason| Err(VaultError::BadPath { path: path.to_owned(), reason });
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    if segments.len() > DEPTH_MAX {
        return bad("it is too deep");
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
