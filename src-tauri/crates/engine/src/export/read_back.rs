//! Reads a written file back from the disk, as a reader with only that file would.

use std::fs::File;
use std::io::Read;

use super::ExportError;
use super::pieces::Written;
use super::request::Destination;
use super::sink::{Hashed, opened};
use super::source::Watch;
use super::whole::{Content, Made};

const BUFFER_BYTES: usize = 256 * 1024;

/// Reads the unfinished file to its end: it is decrypted, unpacked, and every checksum compared. Blocks.
///
/// # Errors
/// `ReadBack` with what differs, `Cancelled`.
pub(super) fn check(made: &Made, to: &Destination, watch: &Watch<'_>) -> Result<(), ExportError> {
    let wrong = |what: String| ExportError::ReadBack { path: made.target.path().to_owned(), what };
    let unreadable = |error: std::io::Error| wrong(error.to_string());
    let mut file = Hashed::new(File::open(made.target.partial()).map_err(unreadable)?);
    let mut content = opened(&mut file, to.packing, to.passphrase.as_ref()).map_err(unreadable)?;
    match &made.content {
        Content::Tar(written) => check_tar(&mut content, written, watch, &wrong)?,
        Content::One { bytes, sha256 } => {
            let found = drained(&mut content, watch, &wrong)?;
            if found != (*bytes, sha256.clone()) {
                return Err(wrong("its content is another one".into()));
            }
        }
    }
    // To the end of what is packed and encrypted, so that its own seals are looked at too.
    drained(&mut content, watch, &wrong)?;
    drop(content);
    drained(&mut file, watch, &wrong)?;
    let (_, bytes, sha256) = file.finish();
    if (bytes, &sha256) != (made.bytes, &made.sha256) {
        return Err(wrong(format!("{bytes} bytes with the SHA-256 {sha256}")));
    }
    Ok(())
}

fn check_tar(
    content: &mut dyn Read,
    written: &[Written],
    watch: &Watch<'_>,
    wrong: &dyn Fn(String) -> ExportError,
) -> Result<(), ExportError> {
    let mut tar = tar::Archive::new(content);
    let mut expected = written.iter();
    for entry in tar.entries().map_err(|error| wrong(error.to_string()))? {
        let mut entry = entry.map_err(|error| wrong(error.to_string()))?;
        if entry.header().entry_type().is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(file) = expected.next() else { return Err(wrong(format!("{name} is too many"))) };
        if file.name != name {
            return Err(wrong(format!("{name} stands where {} should", file.name)));
        }
        let (bytes, sha256) = drained(&mut entry, watch, wrong)?;
        if (bytes, &sha256) != (file.bytes, &file.sha256) {
            return Err(wrong(format!("the checksum of {name} is another one")));
        }
    }
    match expected.next() {
        Some(missing) => Err(wrong(format!("{} is missing", missing.name))),
        None => Ok(()),
    }
}

/// Reads to the end; how many bytes, and their SHA-256.
fn drained(
    reader: &mut dyn Read,
    watch: &Watch<'_>,
    wrong: &dyn Fn(String) -> ExportError,
) -> Result<(u64, String), ExportError> {
    let mut hashed = Hashed::new(reader);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        watch.checkpoint()?;
        let count = hashed.read(&mut buffer).map_err(|error| wrong(error.to_string()))?;
        if count == 0 {
            let (_, bytes, sha256) = hashed.finish();
            return Ok((bytes, sha256));
        }
        watch.meter.add_bytes(count as u64);
    }
}
