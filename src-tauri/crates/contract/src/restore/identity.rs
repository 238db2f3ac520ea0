//! The database that a restore changes, and who uses it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// Who and what the target database is.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TargetIdentityView {
    /// Server, as a person reads it.
    pub server: String,
    /// Identity of the cluster, where it may be read.
    pub system_identifier: Option<String>,
    /// The database.
    pub database: String,
    /// Its number on the server.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// Its size on the server's disk.
    pub size_bytes: Count,
    /// Tables in it.
    pub table_count: Count,
    /// Who is connected to it, at most 200.
    pub connections: Vec<ConnectedView>,
}

/// A session of somebody else.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectedView {
    /// Role.
    pub user: String,
    /// What it calls itself.
    pub application: String,
    /// Address, or `local`.
    pub from: String,
    /// `active`, `idle`, `idle in transaction`.
    pub state: String,
    /// For so long.
    pub since_ms: Millis,
}
