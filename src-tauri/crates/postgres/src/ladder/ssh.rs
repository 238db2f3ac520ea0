//! From an error of SSH to a code, a sentence, and a fix.

use ssh::{ContainerProblem, KeyProblem, SshError};

use super::rung::{Finding, Suggestion};
use crate::connection::Settings;

/// What an error on the way by SSH means.
pub(super) fn of(error: &SshError, settings: &Settings) -> Finding {
    match error {
        SshError::UnknownHost { server, .. } => {
            Finding::coded("HF-SSH-001", format!("No address is known for the SSH server {server}."))
                .fix("Check the name", "A letter may be missing, or this computer may be offline.")
        }
        SshError::Unreachable { server, source } => {
            Finding::coded("HF-SSH-001", format!("The SSH server {server} cannot be reached: {source}."))
                .fix("Check the name and the port", "SSH uses port 22 unless the server was set otherwise.")
        }
        SshError::Timeout { server, after } => Finding::coded(
            "HF-SSH-001",
            format!("The SSH server {server} did not answer within {} s.", after.as_secs()),
        )
        .fix(
            "Look for a firewall",
            "Something between here and there may drop the packets. A VPN may be off.",
        ),
        SshError::Handshake { server, source } => Finding::coded(
            "HF-SSH-009",
            format!("{server} does not speak SSH as it is spoken here: {source}."),
        )
        .fix(
            "Check the port",
            "It may belong to another service. A key of Ed25519 or ECDSA is needed there.",
        ),
        SshError::HostUnknown { .. }
        | SshError::HostChanged { .. }
        | SshError::HostRevoked { .. }
        | SshError::KnownHosts { .. } => of_host_key(error, settings),
        SshError::Key { path, problem } => of_key(path.as_str(), problem),
        SshError::NotAdmitted { server, user, tried } => Finding::coded(
            "HF-SSH-005",
            format!("{server} does not let {user} in. It refused {tried}."),
        )
        .fix("Check the account and its key", "Its ~/.ssh/authorized_keys there has to hold the public key."),
        SshError::SecondProof { server, user } => {
            Finding::coded("HF-SSH-006", format!("{server} asks {user} for a second proof."))
                .fix("Use an account that one key lets in", "Schedules run while nobody is there to answer.")
        }
        SshError::NoSftp { server, user } => {
            Finding::coded("HF-SSH-010", format!("{server} gives {user} no files by SFTP."))
                .fix("Allow it there", "Subsystem sftp internal-sftp in sshd_config.")
        }
        SshError::ForwardForbidden { server, user } => {
            Finding::coded("HF-SSH-007", format!("{server} does not forward connections for {user}.")).fix(
                "Allow it there",
                "AllowTcpForwarding yes or local in sshd_config, and no permitopen that forbids it.",
            )
        }
        SshError::RunForbidden { .. }
        | SshError::NotRun { .. }
        | SshError::NotStarted { .. }
        | SshError::Container { .. } => of_program(error),
        SshError::NothingThere { server, target } => {
            Finding::coded("HF-SSH-008", format!("{server} reaches nothing at {target}.")).fix(
                "Check the database's host and port",
                "They are as the SSH server sees them: localhost is that server itself.",
            )
        }
        SshError::Lost { server, source } => {
            Finding::coded("HF-SSH-009", format!("The connection to {server} broke: {source}."))
                .fix("Test again", "If it stays, look at the server's own log.")
        }
        SshError::NearEnd { source } => {
            Finding::coded("HF-SSH-009", format!("No port of this computer could be opened: {source}."))
                .fix("Look for a firewall on this computer", "It may forbid ports of its own programs.")
        }
    }
}

fn of_program(error: &SshError) -> Finding {
    match error {
        SshError::RunForbidden { server, user } => {
            Finding::coded("HF-SSH-011", format!("{server} runs nothing for {user}."))
                .fix("Allow it there", "No ForceCommand in sshd_config, and no command in authorized_keys.")
        }
        SshError::NotRun { server, program, said } => {
            Finding::coded("HF-SSH-011", format!("{program} on {server} did not run: {said}."))
                .fix("Try it there by hand", "As the account that Holdfast signs in with.")
        }
        SshError::NotStarted { program, source } => {
            Finding::coded("HF-CONTAINER-003", format!("{program} cannot be started: {source}."))
                .fix("Start Docker or Podman", "It has to be on this computer's PATH.")
        }
        SshError::Container { server, container, problem } => {
            of_container(problem, &format!("The container {container} on {server} {problem}."))
        }
        other => Finding::coded("HF-SSH-009", format!("{}.", base::words::full_text(other))),
    }
}

fn of_container(problem: &ContainerProblem, message: &str) -> Finding {
    match problem {
        ContainerProblem::Missing => Finding::coded("HF-CONTAINER-001", message)
            .fix("Check its name", "docker ps shows the names of those that run."),
        ContainerProblem::Stopped => {
            Finding::coded("HF-CONTAINER-002", message).fix("Start it", "docker start NAME.")
        }
        ContainerProblem::NoProgram => Finding::coded("HF-CONTAINER-003", message).fix(
            "Install Docker or Podman there",
            "Or leave the container out, if the database has a port there.",
        ),
        ContainerProblem::NoRight => Finding::coded("HF-CONTAINER-004", message)
            .fix("Let this account use it", "usermod -aG docker USER there, then sign in anew."),
        ContainerProblem::NoBridge => Finding::coded("HF-CONTAINER-005", message).fix(
            "Publish its port to the server's loopback",
            "-p 127.0.0.1:5432:5432; then leave the container out.",
        ),
        ContainerProblem::Other(_) => Finding::coded("HF-CONTAINER-006", message)
            .fix("Try it there", "docker exec -i NAME true shows what the engine answers."),
    }
}

fn of_host_key(error: &SshError, settings: &Settings) -> Finding {
    match error {
        SshError::HostUnknown { server, algorithm, fingerprint, note } => {
            let message = format!("Nobody accepted the key of {server} yet: {algorithm} {fingerprint}{note}.");
            let finding = Finding::coded("HF-SSH-002", message).fix(
                "Is this your server?",
                "On the server, ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub prints the same text. If it does, accept it.",
            );
            accepting(finding, settings, fingerprint)
        }
        SshError::HostChanged { server, known, algorithm, fingerprint } => Finding::coded(
            "HF-SSH-003",
            format!("{server} shows another key than {known}: {algorithm} {fingerprint}. Nothing was sent there."),
        )
        .fix(
            "Ask whoever runs the server",
            "Somebody may be in between. Only where the key was replaced on purpose, give its new fingerprint.",
        ),
        SshError::HostRevoked { server, path } => {
            Finding::coded("HF-SSH-003", format!("The key of {server} is marked as revoked in {path}."))
                .fix("Have it replaced", "Nothing was sent there.")
        }
        other => Finding::coded("HF-SSH-002", format!("{}.", base::words::full_text(other)))
            .fix("Make the file readable", "Or give the fingerprint of the server's key for this project."),
    }
}

/// With the settings that believe this key, to apply and test again.
fn accepting(finding: Finding, settings: &Settings, fingerprint: &str) -> Finding {
    match &settings.ssh {
        Some(ssh) => {
            let ssh = Some(ssh.with_host_key(fingerprint));
            finding.suggest(Suggestion::Settings(Box::new(Settings { ssh, ..settings.clone() })))
        }
        None => finding,
    }
}

fn of_key(path: &str, problem: &KeyProblem) -> Finding {
    let finding = Finding::coded("HF-SSH-004", format!("The key {path} {problem}."));
    match problem {
        KeyProblem::Unreadable(_) => {
            finding.fix("Choose the file of the private key", "Its owner has to be able to read it.")
        }
        KeyProblem::NoPrivateKey => finding.fix(
            "Choose the private key",
            "Not the file that ends in .pub. It has to be in OpenSSH's or PuTTY's form.",
        ),
        KeyProblem::PassphraseMissing => {
            finding.fix("Enter its passphrase", "Or add the key to an agent: ssh-add FILE.")
        }
        KeyProblem::PassphraseWrong => finding.fix("Enter its passphrase again", "Capital letters count."),
        KeyProblem::AgentOnly => finding.fix(
            "Add it to an agent",
            "ssh-add FILE. Or make a key of Ed25519 for Holdfast: ssh-keygen -t ed25519.",
        ),
        KeyProblem::TooCostly => {
            finding.fix("Write it again with the usual settings", "ssh-keygen -p -f FILE")
        }
    }
}
