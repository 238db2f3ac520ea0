//! A program of a few lines, in the language of the system's own interpreter.

use std::io::Write as _;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

/// Writes a program that can be started at once.
///
/// Another process writes it: a child that some other test begins at that moment would hold the file open for
/// writing, and the system starts no program that is open for writing.
pub fn script(folder: &Utf8Path, name: &str, lines: &str) -> Utf8PathBuf {
    let path = folder.join(name);
    let write = "umask 077 && cat > \"$1\" && chmod 700 \"$1\"";
    let mut writer = Command::new("/bin/sh")
        .args(["-c", write, "sh", path.as_str()])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the system's interpreter starts");
    let mut pipe = writer.stdin.take().expect("its input is a pipe");
    pipe.write_all(format!("#!/bin/sh\n{lines}\n").as_bytes()).expect("it reads");
    drop(pipe);
    assert!(writer.wait().expect("it ends").success(), "{path} was not written");
    path
}
