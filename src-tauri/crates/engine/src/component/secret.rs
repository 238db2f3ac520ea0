//! Where the secret of a source is stored.

use source::Place;

use crate::profile::address_mark;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, SourceRecord};

/// Under which name a source's secret is stored: it says for which server and account it was entered, and by which way
/// that server is reached, since behind another SSH server the same name is another server.
pub(crate) fn source_secret_name(project: &ProjectRecord, source: &SourceRecord) -> String {
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    let way = ssh.map(|ssh| (&ssh.host, ssh.port, &ssh.user));
    let mark = match &source.place {
        Place::Redis(address) => {
            let server = (&address.host, address.port, address.tls, &address.user, way);
            match &address.container {
                // In another container the same name is another server.
                Some(container) => address_mark(&(server, "container", container)),
                None => address_mark(&server),
            }
        }
        Place::Bucket(address) => {
            address_mark(&(&address.endpoint, &address.bucket, &address.region, &address.access_key))
        }
        Place::StorageApi(address) => {
            address_mark(&("storage", &address.url, way.filter(|_| address.is_near())))
        }
        Place::Sftp { ssh, .. } | Place::ContainerLog { ssh: Some(ssh), .. } => {
            address_mark(&(&ssh.host, ssh.port, &ssh.user, &ssh.key))
        }
        Place::Folder { .. }
        | Place::Files { .. }
        | Place::LogTable { .. }
        | Place::ContainerLog { ssh: None, .. } => address_mark(&"none"),
    };
    format!("source:{}:{mark}", source.id)
}

/// The stored secret was entered for another server.
pub(super) fn other_server(source: &SourceRecord) -> Failure {
    Failure::new(
        Code::PasswordForNewServer,
        format!("the stored password of “{}” belongs to another server or account", source.name),
        "Enter the password for this one; the stored one is never sent there.",
    )
}
