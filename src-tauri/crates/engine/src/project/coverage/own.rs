//! Which containers are a project's, and which of its sources read what was found there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ledger::catalog::{ProjectRecord, SourceRecord};
use ledger::coverage::ContainerFound;
use source::Place;

/// Names of images, without who made them and which version.
pub(super) const REDIS: [&str; 5] = ["redis", "valkey", "keydb", "redis-stack", "redis-stack-server"];
pub(super) const POSTGRES: [&str; 6] =
    ["postgres", "postgresql", "postgis", "timescaledb", "timescaledb-ha", "pgvector"];
pub(super) const OBJECT_STORES: [&str; 1] = ["minio"];
pub(super) const FUNCTIONS: [&str; 1] = ["edge-runtime"];

/// The containers of a project.
#[derive(Debug, Default)]
pub(super) struct Own<'a> {
    /// Its own.
    pub(super) all: Vec<&'a ContainerFound>,
    /// Compose projects among which nobody can tell its own.
    pub(super) unclear: usize,
}

/// Those of the compose project that has the database: by the container's name or id, or by the port that leads into one.
/// Where none has it, all of them are the project's if they are of one compose project, and none if they are of several.
pub(super) fn own_containers<'a>(project: &ProjectRecord, all: &'a [ContainerFound]) -> Own<'a> {
    let Some(connection) = &project.connection else { return Own::default() };
    let publishes = |one: &&ContainerFound| one.ports.iter().any(|(there, _)| *there == connection.port);
    let database = match &connection.container {
        Some(name) => {
            let name = name.to_string();
            all.iter().find(|one| one.name == name || name.len() >= 12 && one.id.starts_with(&name))
        }
        // Before a database there may be a pooler, which is of the same compose project.
        None => all
            .iter()
            .find(|one| publishes(one) && is_of(&one.image, &POSTGRES))
            .or_else(|| all.iter().find(publishes)),
    };
    if let Some(compose) = database.and_then(|one| one.project.as_ref()) {
        let all = all.iter().filter(|one| one.project.as_ref() == Some(compose)).collect();
        return Own { all, unclear: 0 };
    }
    let composes: BTreeSet<Option<&String>> = all.iter().map(|one| one.project.as_ref()).collect();
    match composes.len() {
        0 | 1 => Own { all: all.iter().collect(), unclear: 0 },
        unclear => Own { all: Vec::new(), unclear },
    }
}

/// Whether an image is of one of these names: `bitnami/redis:7@sha256:…` is of `redis`.
pub(super) fn is_of(image: &str, names: &[&str]) -> bool {
    let without_digest = image.split('@').next().unwrap_or_default();
    let last = without_digest.rsplit('/').next().unwrap_or_default();
    let name = last.split(':').next().unwrap_or_default();
    names.contains(&name)
}

/// Whether a source reads all of a folder of the server that a project's database is on.
pub(super) fn has_folder(project: &ProjectRecord, source: &SourceRecord, folder: &str) -> bool {
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    match (&source.place, ssh) {
        (Place::Sftp { ssh, path, .. }, Some(own)) => ssh.host == own.host && is_within(folder, path),
        (Place::Folder { path, .. }, None) => is_within(folder, path.as_str()),
        (Place::Files { paths, .. }, None) => paths.iter().any(|path| is_within(folder, path.as_str())),
        _ => false,
    }
}

/// Whether a source reads the stored files of a Supabase: its service, a bucket behind it, or the folder that has them.
pub(super) fn has_stored_files(project: &ProjectRecord, source: &SourceRecord, own: &Own<'_>) -> bool {
    let in_storage = |path: &str| path.to_ascii_lowercase().contains("storage");
    let mounts = || own.all.iter().flat_map(|one| &one.mounts).filter(|(_, inside)| in_storage(inside));
    match &source.place {
        Place::StorageApi(_) | Place::Bucket(_) => true,
        Place::Folder { path, .. } if in_storage(path.as_str()) => true,
        Place::Sftp { path, .. } if in_storage(path) => true,
        Place::Folder { .. } | Place::Sftp { .. } => {
            mounts().any(|(folder, _)| has_folder(project, source, folder))
        }
        _ => false,
    }
}

/// Whether a host is the server itself, as it is seen from there.
pub(super) fn is_near(project: &ProjectRecord, host: &str) -> bool {
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || ssh.is_some_and(|ssh| ssh.host.eq_ignore_ascii_case(host))
}

/// Whether a path is that of a folder, or below it.
fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_names_alone() {
        for image in
            ["redis", "redis:7", "bitnami/redis", "registry.example:5000/x/redis:7@sha256:0", "valkey/valkey"]
        {
            assert!(is_of(image, &REDIS), "{image}");
        }
        for image in ["redis-commander", "oliver006/redis_exporter", "my-redis:1", ""] {
            assert!(!is_of(image, &REDIS), "{image}");
        }
    }

    #[test]
    fn a_folder_has_what_is_below_it_and_not_what_begins_as_it_does() {
        assert!(is_within("/srv/shop", "/srv/shop/") && is_within("/srv/shop/a", "/srv"));
        assert!(!is_within("/srv/shop", "/srv/sho") && !is_within("/srv", "/srv/shop"));
    }
}
