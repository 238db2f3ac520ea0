//! Failures of SSH.

use crate::error::{ContainerProblem, KeyProblem, SshError};
use base::Code;
use base::failure::{Failure, Retry};
use base::words::full_text;

impl From<SshError> for Failure {
    fn from(error: SshError) -> Self {
        let retry = if error.may_pass() { Retry::Now } else { Retry::AfterFix };
        let (code, hint) = code_and_hint(&error);
        Self::new(code, full_text(&error), hint).retry(retry)
    }
}

/// What it is called, and what to do about it.
fn code_and_hint(error: &SshError) -> (Code, &'static str) {
    match error {
        SshError::UnknownHost { .. } | SshError::Unreachable { .. } | SshError::Timeout { .. } => (
            Code::SshUnreachable,
            "Check the SSH server's name and port, and the network and VPN of this computer.",
        ),
        SshError::Handshake { .. } => {
            (Code::SshFailed, "Check that the port is SSH's own. The server needs a key of Ed25519 or ECDSA.")
        }
        SshError::HostUnknown { .. } => (
            Code::SshHostUnknown,
            "Compare the fingerprint with the server's own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there). \
             If they are equal, accept it: test the project, or add the component again with the fingerprint (--ssh-host-key).",
        ),
        SshError::HostChanged { .. } => (
            Code::SshHostChanged,
            "Nothing was sent. Somebody may be in between. Ask whoever runs the server; only where its key was replaced \
             on purpose, accept the new one.",
        ),
        SshError::HostRevoked { .. } => {
            (Code::SshHostChanged, "Nothing was sent. Whoever runs the server has to replace its key.")
        }
        SshError::KnownHosts { .. } => {
            (Code::SshHostUnknown, "Make the file readable, or accept the server's key for this project.")
        }
        SshError::Key { problem, .. } => (Code::SshKeyUnusable, key_hint(problem)),
        SshError::NotAdmitted { .. } => (
            Code::SshNotAdmitted,
            "Check the account, and that its authorized_keys has the public key; or enter the password.",
        ),
        SshError::SecondProof { .. } => {
            (Code::SshNotAdmitted, "Give Holdfast an account that one key lets in.")
        }
        SshError::ForwardForbidden { .. } => (
            Code::SshForwardRefused,
            "Set AllowTcpForwarding to yes or local in the server's sshd_config for this account, and check permitopen \
             in its authorized_keys.",
        ),
        SshError::NoSftp { .. } => (
            Code::SshNoSftp,
            "Set `Subsystem sftp internal-sftp` in the server's sshd_config, and look whether a ForceCommand or a \
             command in authorized_keys forbids it for this account.",
        ),
        SshError::RunForbidden { .. } => (
            Code::SshRunRefused,
            "Look whether a ForceCommand in the server's sshd_config, or a command in authorized_keys, forbids it for \
             this account.",
        ),
        SshError::NotRun { .. } => (
            Code::SshRunRefused,
            "Try it there by hand, as the account that Holdfast signs in with; its shell has to run it.",
        ),
        SshError::NotStarted { .. } => {
            (Code::ContainerUnreachable, "Start Docker or Podman on this computer.")
        }
        SshError::Container { problem, .. } => (Code::ContainerUnreachable, container_hint(problem)),
        SshError::NothingThere { .. } => (
            Code::SshForwardRefused,
            "Check the database's host and port as they are seen from the SSH server, and that the database runs.",
        ),
        SshError::Lost { .. } => (
            Code::SshLost,
            "The network or the server went away. Try again. If it stays, look at the server's log: it may admit too few \
             connections at once (MaxStartups), or wait too short for a busy computer (ClientAliveInterval).",
        ),
        SshError::NearEnd { .. } => (Code::SshFailed, "A firewall of this computer may forbid it."),
    }
}

/// What to do about a container.
fn container_hint(problem: &ContainerProblem) -> &'static str {
    match problem {
        ContainerProblem::Missing => "Name one that `docker ps` shows there.",
        ContainerProblem::Stopped => "Start it: docker start NAME.",
        ContainerProblem::NoProgram => "Install Docker or Podman there, or leave the container out.",
        ContainerProblem::NoRight => {
            "Let this account use Docker there: usermod -aG docker USER, then sign in anew."
        }
        ContainerProblem::NoBridge => {
            "Publish the database's port to the server's loopback (-p 127.0.0.1:5432:5432), and leave the container out."
        }
        ContainerProblem::Other(_) => "Try there: docker exec -i NAME true.",
    }
}

fn key_hint(problem: &KeyProblem) -> &'static str {
    match problem {
        KeyProblem::Unreadable(_) => {
            "Choose the file of the private key; its owner has to be able to read it."
        }
        KeyProblem::NoPrivateKey => {
            "Choose the private key, not the one that ends in .pub. It has to be in OpenSSH's or PuTTY's form."
        }
        KeyProblem::PassphraseMissing => "Enter its passphrase, or add the key to an agent: ssh-add FILE.",
        KeyProblem::PassphraseWrong => "Enter its passphrase again.",
        KeyProblem::AgentOnly => {
            "Add it to an agent (ssh-add FILE), or make a key of Ed25519 for Holdfast: ssh-keygen -t ed25519."
        }
        KeyProblem::TooCostly => "Write it again with the usual settings: ssh-keygen -p -f FILE.",
    }
}
