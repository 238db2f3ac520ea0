//! Where a component's bytes are: what a person entered, without secrets.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::chosen::Chosen;
use crate::error::SourceError;
use crate::folder::Folder;
use crate::object::Objects;
use crate::redis::RedisAddress;
use remote::bucket::BucketAddress;
use remote::storage_api::StorageAddress;

/// Where bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// The files of a folder.
    Folder {
        /// The folder.
        path: Utf8PathBuf,
        /// Patterns for names; none takes all.
        #[serde(default)]
        patterns: Vec<String>,
    },
    /// Single files, and of folders those that look like configuration.
    Files {
        /// Files and folders.
        paths: Vec<Utf8PathBuf>,
        /// Patterns for names in folders; none takes what configuration is usually called.
        #[serde(default)]
        patterns: Vec<String>,
    },
    /// A bucket of an object store, or what of it begins with a prefix.
    Bucket(BucketAddress),
    /// The buckets of a Supabase project, by its Storage API.
    StorageApi(StorageAddress),
    /// A folder of an SSH server, read by SFTP.
    Sftp {
        /// The server and the account.
        ssh: ssh::Address,
        /// The folder there.
        path: String,
        /// Patterns for names; none takes all.
        #[serde(default)]
        patterns: Vec<String>,
    },
    /// What a container printed.
    ContainerLog {
        /// The server that it runs on, and the account there; absent is this computer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ssh: Option<ssh::Address>,
        /// Its name.
        container: ssh::Container,
    },
    /// A Redis server.
    Redis(RedisAddress),
    /// A table of the project's database whose rows have a time.
    LogTable {
        /// Its schema.
        schema: String,
        /// Its name.
        table: String,
        /// The column that holds the time of a row.
        column: String,
    },
}

impl Place {
    /// Its files on this computer, where it has such.
    ///
    /// # Errors
    /// When it is not there, or a pattern is none.
    pub fn objects(&self) -> Result<Option<Box<dyn Objects>>, SourceError> {
        Ok(match self {
            Self::Folder { path, patterns } => Some(Box::new(Folder::open(path, patterns)?)),
            Self::Files { paths, patterns } => Some(Box::new(Chosen::open(paths, patterns)?)),
            Self::Bucket(_)
            | Self::StorageApi(_)
            | Self::Sftp { .. }
            | Self::Redis(_)
            | Self::LogTable { .. }
            | Self::ContainerLog { .. } => None,
        })
    }

    /// Whether both are the same place, whoever signs in there.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bucket(one), Self::Bucket(other)) => {
                (&one.bucket, &one.prefix, &one.endpoint) == (&other.bucket, &other.prefix, &other.endpoint)
            }
            (
                Self::Sftp { ssh: one, path, patterns },
                Self::Sftp { ssh: other, path: other_path, patterns: other_patterns },
            ) => one.is_same_account(other) && (path, patterns) == (other_path, other_patterns),
            (
                Self::ContainerLog { ssh: one, container },
                Self::ContainerLog { ssh: other, container: other_container },
            ) => {
                container == other_container
                    && match (one, other) {
                        (Some(one), Some(other)) => one.is_same_account(other),
                        (None, None) => true,
                        _ => false,
                    }
            }
            (one, other) => one == other,
        }
    }

    /// The paths on this computer that it reads.
    pub fn paths(&self) -> &[Utf8PathBuf] {
        match self {
            Self::Folder { path, .. } => std::slice::from_ref(path),
            Self::Files { paths, .. } => paths,
            Self::Bucket(_)
            | Self::StorageApi(_)
            | Self::Sftp { .. }
            | Self::Redis(_)
            | Self::LogTable { .. }
            | Self::ContainerLog { .. } => &[],
        }
    }

    /// The folder of this computer that a file of it is in, and the file's path there; absent where nothing of the place
    /// leads to that name.
    pub fn folder_of(&self, key: &str) -> Option<(Utf8PathBuf, String)> {
        match self {
            Self::Folder { path, .. } => Some((path.clone(), key.to_owned())),
            Self::Files { paths, .. } => crate::chosen::folder_of(paths, key),
            Self::Bucket(_)
            | Self::StorageApi(_)
            | Self::Sftp { .. }
            | Self::Redis(_)
            | Self::LogTable { .. }
            | Self::ContainerLog { .. } => None,
        }
    }

    /// For people: `folder /srv/uploads`.
    pub fn words(&self) -> String {
        match self {
            Self::Folder { path, .. } => format!("folder {path}"),
            Self::Files { paths, .. } => {
                paths.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ")
            }
            Self::Bucket(address) => crate::bucket::words(address),
            Self::StorageApi(address) => crate::storage_api::words(address),
            Self::Sftp { ssh, path, .. } => crate::sftp::words(ssh, path),
            Self::ContainerLog { ssh, container } => crate::container_log::words(ssh.as_ref(), container),
            Self::Redis(address) => {
                let within =
                    address.container.as_ref().map(|container| format!(" in the container {container}"));
                format!("Redis at {address}{}", within.unwrap_or_default())
            }
            Self::LogTable { schema, table, .. } => format!("table {schema}.{table}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_whoever_signs_in_there_and_another_where_other_files_of_it_are_meant() {
        let bucket = |key: &str, prefix: &str| {
            Place::Bucket(BucketAddress {
                bucket: "uploads".into(),
                prefix: prefix.into(),
                endpoint: "https://s3.example".into(),
                region: "eu-1".into(),
                access_key: Some(key.into()),
                is_in_host: false,
            })
        };
        assert!(bucket("ONE", "").is_same(&bucket("OTHER", "")));
        assert!(!bucket("ONE", "").is_same(&bucket("ONE", "2026/")));
        let folder = |account: &str, pattern: &str| Place::Sftp {
            ssh: account.parse().unwrap(),
            path: "/srv/shop".into(),
            patterns: vec![pattern.into()],
        };
        assert!(folder("me@shop.example", "*.yml").is_same(&folder("me@shop.example", "*.yml")));
        assert!(!folder("me@shop.example", "*.yml").is_same(&folder("me@shop.example", "*")));
        assert!(!folder("me@shop.example", "*.yml").is_same(&folder("you@shop.example", "*.yml")));
    }
}
