//! Encrypted files: the program `age` opens them, and the passphrase is nowhere else.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use camino::Utf8Path;
use testkit::{CommandLine, Server, child, find_program};

use super::{backed_up, names, run, unpacked};

const PASSPHRASE: &str = "four unrelated walrus words";

/// Decrypts with the program, which asks a terminal: `script` gives it one. Whether it worked.
fn age(file: &Utf8Path, out: &Utf8Path, passphrase: &str) -> bool {
    let command = format!("age --decrypt --output '{out}' '{file}'");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut typed = child.stdin.take().unwrap();
    typed.write_all(format!("{passphrase}\n").as_bytes()).unwrap();
    let ended = child.wait().unwrap();
    drop(typed);
    ended.success()
}

fn export(line: &CommandLine, name: &str) -> camino::Utf8PathBuf {
    let secret = line.folder().join("the-passphrase");
    std::fs::write(&secret, format!("{PASSPHRASE}\n")).unwrap();
    let file = line.folder().join("out").join(name);
    let arguments = ["bundle", "export", "shop@latest", "--to", file.as_str(), "--passphrase-file"];
    line.expect(0, &[&arguments, [secret.as_str()].as_slice()].concat());
    std::fs::remove_file(&secret).unwrap();
    file
}

#[tokio::test]
async fn an_encrypted_file_opens_with_age_and_the_passphrase_and_with_no_other() {
    let Some(server) = Server::shared() else { return };
    let (Some(_), Some(_)) = (find_program("age"), find_program("script")) else { return };
    let (line, database) = backed_up(server).await;
    let file = export(&line, "shop.tar.zst.age");

    let head = std::fs::read(&file).unwrap();
    assert!(head.starts_with(b"age-encryption.org/v1\n-> scrypt "), "it is no age file");
    let plain = line.folder().join("out/opened.tar.zst");
    assert!(!age(&file, &plain, "another passphrase") && !plain.exists());
    assert!(age(&file, &plain, PASSPHRASE), "age does not open it");

    let copy = super::restored(server, &unpacked(&plain).join("database.dump")).await;
    assert_eq!(copy.census().await, database.census().await);
    // Encryption is random, so that the same backup gives another file.
    assert_ne!(head, std::fs::read(export(&line, "again.tar.zst.age")).unwrap());
}

#[tokio::test]
async fn the_passphrase_is_in_no_command_line_no_log_and_no_file() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    std::fs::write(line.folder().join("word"), PASSPHRASE).unwrap();
    let mut command = line.command(&["-vv", "bundle", "export", "shop@latest", "--to", "out/shop.tar.age"]);
    command.args(["--passphrase-file", "word"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = command.spawn().unwrap();
    let id = started.id();
    let watching = std::thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while Path::new(&format!("/proc/{id}/exe")).exists() {
            seen.extend(child::command_lines());
        }
        seen
    });
    let output = started.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(line.folder().join("word")).unwrap();

    let seen = watching.join().unwrap();
    assert!(seen.iter().any(|line| line.contains("bundle export")), "the program was not seen");
    assert!(!seen.iter().any(|line| line.contains(PASSPHRASE)));
    for said in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(said).contains(PASSPHRASE));
    }
    let found = Command::new("grep").args(["-rlaF", PASSPHRASE]).arg(line.folder()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "it is in a file");
}

#[tokio::test]
async fn a_short_passphrase_is_refused_before_anything_is_written() {
    let Some(server) = Server::shared() else { return };
    let (line, _) = backed_up(server).await;
    std::fs::write(line.folder().join("word"), "short").unwrap();
    let arguments = ["bundle", "export", "shop@latest", "--to", "out/a.age", "--passphrase-file", "word"];

    let refused = line.expect(2, &arguments);

    assert!(refused.said.contains("fewer than 8 characters"), "{}", refused.said);
    assert_eq!(names(&line.folder().join("out")), Vec::<String>::new());
    // Nobody is there to be asked, and it does not go on without.
    line.expect(1, &["bundle", "export", "shop@latest", "--to", "out/a.age", "--encrypt"]);
    assert_eq!(names(&line.folder().join("out")), Vec::<String>::new());
    let help = run(&mut line.command(&["bundle", "export", "--help"]));
    assert!(help.contains("--passphrase-file"), "{help}");
}
