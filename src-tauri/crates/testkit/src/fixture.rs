//! What others published and tests stand on: packed in `tests/fixtures`, with its source and licence beside it.

use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use tempfile::TempPath;

/// Unpacks `tests/fixtures/{name}.gz`; the file goes with what is returned. It is part of the repository, so that a
/// test which needs it is never skipped.
pub fn fixture(name: &str) -> TempPath {
    let ending = name.rsplit('/').next().unwrap_or(name);
    // By its ending others know what it is.
    let mut file =
        tempfile::Builder::new().prefix("holdfast-test-").suffix(&format!("-{ending}")).tempfile().unwrap();
    std::io::copy(&mut packed(name), &mut file).unwrap();
    file.into_temp_path()
}

/// The same, to be read without a file.
pub(crate) fn packed(name: &str) -> GzDecoder<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures");
    let file = folder.join(format!("{name}.gz"));
    GzDecoder::new(File::open(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}
