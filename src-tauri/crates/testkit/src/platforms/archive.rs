//! Archives as the real servers make them: tar, gzip, and `openssl enc` where that is asked for.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ring::digest;

use super::answer::hex;
use super::postgres::must;

/// All files below a folder, sorted by path.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found.sort();
    found
}

/// Copies what is below a folder.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(words)?;
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).map_err(words)?;
        std::fs::copy(&file, target).map_err(words)?;
    }
    Ok(())
}

/// `tar czf` of what is below a folder.
pub(super) fn pack(folder: &Path, archive: &Path) -> Result<(), String> {
    let gzip = GzEncoder::new(File::create(archive).map_err(words)?, Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    tar.append_dir_all("", folder).map_err(words)?;
    tar.into_inner().and_then(GzEncoder::finish).map_err(words)?;
    Ok(())
}

/// `tar xzf`.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<(), String> {
    let gzip = GzDecoder::new(File::open(archive).map_err(words)?);
    tar::Archive::new(gzip).unpack(folder).map_err(words)
}

/// `gzip`, which replaces the file by one with `.gz`.
pub(super) fn gzip(file: &Path) -> Result<PathBuf, String> {
    let target = PathBuf::from(format!("{}.gz", file.display()));
    let mut gzip = GzEncoder::new(File::create(&target).map_err(words)?, Compression::fast());
    gzip.write_all(&std::fs::read(file).map_err(words)?).map_err(words)?;
    gzip.finish().map_err(words)?;
    std::fs::remove_file(file).map_err(words)?;
    Ok(target)
}

/// `gunzip`.
pub(super) fn gunzip(file: &Path) -> Result<PathBuf, String> {
    let target = file.with_extension("");
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(file).map_err(words)?).read_to_end(&mut bytes).map_err(words)?;
    std::fs::write(&target, bytes).map_err(words)?;
    Ok(target)
}

/// `sha256:…` of a component as it is stored: of its files' bytes, one after another by path.
pub(super) fn checksum(folder: &Path) -> Option<String> {
    let files = files(folder);
    let mut sum = digest::Context::new(&digest::SHA256);
    for file in &files {
        sum.update(&std::fs::read(file).ok()?);
    }
    (!files.is_empty()).then(|| format!("sha256:{}", hex(sum.finish().as_ref())))
}

/// A passphrase, and how a key is derived from it.
#[derive(Debug, Clone)]
pub struct Encryption {
    /// The passphrase.
    pub passphrase: String,
    /// `-pbkdf2`, else the old derivation.
    pub is_pbkdf2: bool,
}

impl Encryption {
    /// `openssl enc -aes-256-cbc`, with `-d` to read.
    pub(super) fn run(&self, is_reading: bool, from: &Path, to: &Path) -> Result<(), String> {
        let mut command = Command::new("openssl");
        command.args(["enc", "-aes-256-cbc", "-salt", "-pass", "env:PASSPHRASE", "-in"]).arg(from);
        command.arg("-out").arg(to).env("PASSPHRASE", &self.passphrase).stdin(Stdio::null());
        command.args(is_reading.then_some("-d")).args(self.is_pbkdf2.then_some("-pbkdf2"));
        must(command.output())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
pub(super) fn words(error: std::io::Error) -> String {
    error.to_string()
}
