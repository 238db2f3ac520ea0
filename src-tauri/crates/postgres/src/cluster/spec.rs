//! What a new cluster is to be like.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::wall::Confinement;
use crate::tools::ToolSet;

/// Half a gibibyte: enough to build indexes in memory, little enough for a laptop.
const MEMORY_BYTES_DEFAULT: u64 = 512 << 20;
/// A scratch cluster is gone soon, and may take a quarter of what is free, but no more than this.
const MEMORY_BYTES_SCRATCH_MAX: u64 = 2 << 30;

/// What a cluster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// For a drill or a look inside. Not durable; gone with its process.
    Scratch,
    /// The sample project. Durable; it stays and runs on.
    Sample,
    /// A scratch cluster that the user wanted to keep.
    Kept,
}

/// How text is sorted and classified in the cluster's own databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterLocale {
    /// Byte order; on every system.
    C,
    /// One of the system's; byte order where the system does not have it.
    Libc(String),
}

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listens {
    /// On a Unix socket that only its owner can enter; where there are none, on the loopback.
    Privately,
    /// On a free port of 127.0.0.1 too, for what cannot speak to sockets: tunnels, proxies, TLS.
    AlsoOnLoopback,
}

/// What a new cluster is to be like.
#[derive(Debug, Clone)]
pub struct ClusterSpec {
    /// The profile's directory: the record is kept there, and the cluster too unless we are root.
    pub profile: Utf8PathBuf,
    /// What it is for.
    pub purpose: Purpose,
    /// The programs, chosen by `Tools::for_cluster`.
    pub tools: ToolSet,
    /// Of the cluster's own databases.
    pub locale: ClusterLocale,
    /// Held locked by the process that owns the cluster. Once it can be locked, the owner is dead,
    /// and a sweep removes the cluster.
    pub owner_lock: Utf8PathBuf,
    /// How much memory the server may plan with.
    pub memory_bytes: u64,
    /// Where it listens.
    pub listens: Listens,
    /// Whether the system walls it in.
    pub confinement: Confinement,
    /// Further server parameters, after ours.
    pub parameters: Vec<(String, String)>,
}

impl ClusterSpec {
    /// A cluster with the defaults of its purpose.
    pub fn new(
        profile: impl Into<Utf8PathBuf>,
        purpose: Purpose,
        tools: &ToolSet,
        owner_lock: impl Into<Utf8PathBuf>,
    ) -> Self {
        Self {
            profile: profile.into(),
            purpose,
            tools: tools.clone(),
            locale: ClusterLocale::Libc("C.UTF-8".to_owned()),
            owner_lock: owner_lock.into(),
            memory_bytes: match purpose {
                Purpose::Scratch => scratch_bytes(free_bytes()),
                Purpose::Sample | Purpose::Kept => MEMORY_BYTES_DEFAULT,
            },
            listens: Listens::Privately,
            confinement: Confinement::Walled,
            parameters: Vec::new(),
        }
    }

    /// Every server parameter, for the server's command line.
    pub(super) fn server_parameters(&self) -> Vec<(String, String)> {
        let mebibytes = |share: u64| format!("{}MB", (self.memory_bytes / share) >> 20);
        let is_on_loopback = self.listens == Listens::AlsoOnLoopback || cfg!(not(unix));
        let mut all = vec![
            ("listen_addresses", if is_on_loopback { "127.0.0.1".to_owned() } else { String::new() }),
            ("unix_socket_permissions", "0700".to_owned()),
            ("shared_buffers", mebibytes(4)),
            ("maintenance_work_mem", mebibytes(4)),
            ("max_connections", "40".to_owned()),
            ("password_encryption", "scram-sha-256".to_owned()),
            ("timezone", "UTC".to_owned()),
            ("log_timezone", "UTC".to_owned()),
            ("lc_messages", "C".to_owned()),
            ("logging_collector", "off".to_owned()),
            // A drill loads thousands of tables in one transaction.
            ("max_locks_per_transaction", "256".to_owned()),
        ];
        match self.purpose {
            // Nothing in it is worth surviving a crash, and all the speed is.
            Purpose::Scratch => all.extend(
                [
                    ("fsync", "off"),
                    ("full_page_writes", "off"),
                    ("synchronous_commit", "off"),
                    ("wal_level", "minimal"),
                    ("max_wal_senders", "0"),
                    ("autovacuum", "off"),
                    ("max_wal_size", "32GB"),
                    ("checkpoint_timeout", "1h"),
                ]
                .map(|(name, value)| (name, value.to_owned())),
            ),
            Purpose::Sample | Purpose::Kept => all.push(("synchronous_commit", "off".to_owned())),
        }
        let mut all: Vec<_> = all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.extend(self.parameters.iter().cloned());
        all
    }
}

fn scratch_bytes(free: Option<u64>) -> u64 {
    free.map_or(MEMORY_BYTES_DEFAULT, |free| (free / 4).clamp(MEMORY_BYTES_DEFAULT, MEMORY_BYTES_SCRATCH_MAX))
}

/// The memory that nobody needs right now, where the system says so in a file. Source: proc(5).
fn free_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_cluster_takes_a_bounded_part_of_the_memory_that_is_free() {
        assert_eq!(scratch_bytes(None), MEMORY_BYTES_DEFAULT);
        assert_eq!(scratch_bytes(Some(1 << 30)), MEMORY_BYTES_DEFAULT);
        assert_eq!(scratch_bytes(Some(4 << 30)), 1 << 30);
        assert_eq!(scratch_bytes(Some(256 << 30)), MEMORY_BYTES_SCRATCH_MAX);
    }
}
