//! What signs in at an SSH server: keys, their passphrases, and an agent.

use std::process::Command;

use camino::Utf8PathBuf;
use testkit::child;

use super::*;

const KEY: &str = "HOLDFAST_TEST_SSH_KEY";
const PORT: &str = "HOLDFAST_TEST_SSH_PORT";
const HOST_KEY: &str = "HOLDFAST_TEST_SSH_HOST_KEY";
const ACCOUNT: &str = "HOLDFAST_TEST_SSH_ACCOUNT";

async fn reach(address: &ssh::Address, secret: Option<&str>) -> Result<(), engine::Failure> {
    let gateway = ssh::Gateway::new(address, secret.map(Secret::new).as_ref());
    Ok(gateway.reach(std::time::Duration::from_secs(10)).await?)
}

fn with_key(sshd: &Sshd, key: Key) -> ssh::Address {
    ssh::Address { key: Some(sshd.key(key)), ..sshd.address() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_opened_by_its_passphrase_and_each_reason_why_not_has_its_own_words() {
    let Some(sshd) = Sshd::start().await else { return };
    reach(&with_key(&sshd, Key::Open), None).await.unwrap();
    // A passphrase that a key does not need does no harm.
    reach(&with_key(&sshd, Key::Open), Some(PASSPHRASE)).await.unwrap();
    reach(&with_key(&sshd, Key::Sealed), Some(PASSPHRASE)).await.unwrap();

    let refusals = [
        (with_key(&sshd, Key::Sealed), None, Code::SshKeyUnusable, "none is known"),
        (with_key(&sshd, Key::Sealed), Some("wrong"), Code::SshKeyUnusable, "not opened by the passphrase"),
        (with_key(&sshd, Key::Rsa), None, Code::SshKeyUnusable, "only an agent"),
        (with_key(&sshd, Key::Stranger), None, Code::SshNotAdmitted, "it refused the key"),
    ];
    for (address, secret, code, words) in refusals {
        let failure = reach(&address, secret).await.unwrap_err();
        assert_eq!(failure.code, code, "{failure:?}");
        assert!(failure.message.contains(words), "{failure:?}");
        assert!(!format!("{failure:?}").contains(PASSPHRASE));
    }
    let public = Utf8PathBuf::from(format!("{}.pub", sshd.key(Key::Open)));
    let files = [(public, "is no private key"), ("/nowhere/key".into(), "cannot be read")];
    for (file, words) in files {
        let address = ssh::Address { key: Some(file), ..sshd.address() };
        let failure = reach(&address, None).await.unwrap_err();
        assert!(failure.code == Code::SshKeyUnusable && failure.message.contains(words), "{failure:?}");
    }
    let costly = tempfile::NamedTempFile::new().unwrap();
    let text = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: x\nPublic-Lines: 0\n\
        Key-Derivation: Argon2id\nArgon2-Memory: 4294967295\nArgon2-Passes: 8\nArgon2-Parallelism: 1\n\
        Argon2-Salt: 00\nPrivate-Lines: 0\nPrivate-MAC: 00\n";
    std::fs::write(costly.path(), text).unwrap();
    let file = Utf8PathBuf::try_from(costly.path().to_owned()).unwrap();
    let address = ssh::Address { key: Some(file), ..sshd.address() };
    let failure = reach(&address, Some(PASSPHRASE)).await.unwrap_err();
    assert!(failure.message.contains("more memory or time"), "{failure:?}");
    let another = ssh::Address { user: "nobody-here".into(), ..sshd.address() };
    assert_eq!(reach(&another, None).await.unwrap_err().code, Code::SshNotAdmitted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_signs_with_keys_that_are_sealed_or_of_rsa_and_the_usual_key_and_list_are_found() {
    if child::part().is_some() {
        let named = |name: &str| std::env::var(name).unwrap();
        let address = ssh::Address {
            host: "127.0.0.1".into(),
            port: named(PORT).parse().unwrap(),
            user: named(ACCOUNT),
            key: Some(named(KEY)).filter(|key| !key.is_empty()).map(Into::into),
            host_key: Some(named(HOST_KEY)).filter(|key| !key.is_empty()),
        };
        reach(&address, None).await.unwrap();
        return;
    }
    let Some(sshd) = Sshd::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let mut command = Command::new("ssh-agent");
    let agent =
        child::Guarded::start(command.arg("-D").arg("-a").arg(&socket).stdout(std::process::Stdio::null()));
    testkit::poll::soon("the agent answers", async || socket.exists()).await;
    let add = |key: Key| {
        // The agent asks for the passphrase as it would ask a person.
        let ask = folder.path().join("ask");
        std::fs::write(&ask, format!("#!/bin/sh\necho '{PASSPHRASE}'\n")).unwrap();
        std::fs::set_permissions(&ask, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        // It refuses keys that others could read.
        let copy = folder.path().join("copy");
        std::fs::copy(sshd.key(key), &copy).unwrap();
        std::fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let mut command = Command::new("ssh-add");
        command.arg("-q").arg(&copy).env("SSH_AUTH_SOCK", &socket).env("SSH_ASKPASS", &ask);
        command.env("SSH_ASKPASS_REQUIRE", "force").env("DISPLAY", ":0");
        child::must_pass_quietly(&mut command);
    };
    let signs_in_where = |key: Option<Key>, host_key: &str| {
        let address = sshd.address();
        let mut command = child::again(
            "by_ssh::identities::an_agent_signs_with_keys_that_are_sealed_or_of_rsa_and_the_usual_key_and_list_are_found",
            "has an agent",
        );
        let key = key.map(|key| sshd.key(key).to_string()).unwrap_or_default();
        command.env(KEY, key).env(PORT, address.port.to_string()).env(ACCOUNT, &address.user);
        command.env(HOST_KEY, host_key).env("SSH_AUTH_SOCK", &socket);
        // A home without keys of its own.
        command.env("HOME", folder.path()).output().unwrap().status.success()
    };
    let signs_in = |key: Option<Key>| signs_in_where(key, &sshd.fingerprint());

    assert!(!signs_in(None) && !signs_in(Some(Key::Sealed)) && !signs_in(Some(Key::Rsa)));
    add(Key::Rsa);
    assert!(signs_in(None) && signs_in(Some(Key::Rsa)));
    assert!(!signs_in(Some(Key::Sealed)), "another key of the agent is not taken for the one that was named");
    add(Key::Sealed);
    assert!(signs_in(Some(Key::Sealed)));

    // By the agent until here, and from here on by the key and the list that `ssh` itself would use.
    let usual = folder.path().join(".ssh");
    std::fs::create_dir(&usual).unwrap();
    assert!(!signs_in_where(Some(Key::Open), ""), "nobody knows the server");
    let list = usual.join("known_hosts");
    let write = |key: String| {
        std::fs::write(&list, format!("[127.0.0.1]:{} {key}\n", sshd.address().port)).unwrap();
    };
    write(std::fs::read_to_string(format!("{}.pub", sshd.key(Key::Stranger))).unwrap());
    assert!(!signs_in_where(Some(Key::Open), ""), "the list has another key");
    write(sshd.host_key());
    assert!(signs_in_where(Some(Key::Open), ""));
    drop(agent);
    assert!(!signs_in(None), "the agent is gone");
    std::fs::copy(sshd.key(Key::Open), usual.join("id_ed25519")).unwrap();
    assert!(signs_in_where(None, ""));
}
