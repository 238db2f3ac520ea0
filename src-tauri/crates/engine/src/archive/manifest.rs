//! The manifest: the description of a backup. Written last, so that a snapshot with a manifest is complete.
//!
//! `docs/formats.md` describes it for readers without Holdfast.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Absent, ArchiveError, BackupType, Documents, Taken};
use base::account::{this_host, this_user};
use base::clock::now_ms;
use ledger::audit::Head;
use ledger::catalog::{BackupRecord, Label, ProjectRecord};
use ledger::component::Component;
use ledger::coverage::Coverage;
use postgres::choice::NotTaken;
use postgres::connection::Settings;
use postgres::custom_format::{Block, TableDigest};
use postgres::missing::ExtensionPart;
use postgres::provider::Recognised;
use remote::platform::PlatformSettings;

/// The format of a backup with a database.
pub const MANIFEST_FORMAT: u32 = 1;
/// The format of one without, which earlier versions cannot read.
pub const MANIFEST_FORMAT_WITHOUT_DATABASE: u32 = 2;
/// The format of one whose database is without rows that somebody chose not to take: earlier versions would bring it
/// back as if it were whole. The newest that is known.
pub const MANIFEST_FORMAT_CHOSEN: u32 = 3;
/// Where it lies in a snapshot.
pub const MANIFEST_PATH: &str = "/manifest.json";
/// Where dumps lie.
pub const DATABASE_DIRECTORY: &str = "/database";
/// Where files lie as they came.
pub const ARTIFACT_DIRECTORY: &str = "/artifact";
/// Where the roles lie.
pub const ROLES_PATH: &str = "/database/roles.sql";
/// Where it lies who may do what.
pub const ACCESS_PATH: &str = "/database/access.jsonl";
/// Tag of backups of Postgres projects.
pub const TAG_KIND_POSTGRES: &str = "kind:postgres";
/// Tag of backups that a platform made, and that were pulled.
pub const TAG_KIND_PULL: &str = "kind:pull";
/// Tag of backups that came as files.
pub const TAG_KIND_IMPORT: &str = "kind:import";
/// The tags by which a backup of ours is known.
pub const TAGS_KIND: [&str; 3] = [TAG_KIND_POSTGRES, TAG_KIND_PULL, TAG_KIND_IMPORT];
/// A manifest of a database with a hundred thousand tables is about 30 MiB.
const MANIFEST_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A table of contents of a million tables takes a third of it, and no longer one is written.
const HEAD_BYTES_MAX: u64 = 640 * 1024 * 1024;

/// The tag that names a snapshot's project.
pub fn project_tag(id: &str) -> String {
    format!("project:{id}")
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of this document.
    pub format: u32,
    /// Version of Holdfast that wrote it.
    pub holdfast: String,
    /// What was backed up.
    pub origin: Origin,
    /// Why, as a person wrote it.
    pub reason: Option<String>,
    /// What it was asked to take; absent in older backups, and of what came as a file.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub backup_type: Option<BackupType>,
    /// What started it: `window`, `command_line`.
    pub trigger: String,
    /// Who.
    pub who: Who,
    /// When the run began (UTC milliseconds).
    pub started_at_ms: i64,
    /// The moment that it restores: when the database's snapshot was exported.
    pub moment_at_ms: i64,
    /// When the last byte was in the vault.
    pub finished_at_ms: i64,
    /// The server; absent where the backup holds no database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerStamp>,
    /// The dump; absent where the backup holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabasePart>,
    /// The roles, where they could be read.
    pub roles: Option<Part>,
    /// Who may do what, one fact a line; absent in older backups, and where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Part>,
    /// Extensions, as `name version`.
    pub extensions: Vec<String>,
    /// What belongs to them and what needs them, so that a restore can do without; none in older backups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extension_parts: Vec<ExtensionPart>,
    /// What a person recognises their project by; absent in older backups, and where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognised: Option<Recognised>,
    /// Newest migration, where a migration tool left a table.
    pub migration: Option<String>,
    /// The file that it was made of, where it came as one; kept as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// Files beside the database: what was stored, configuration, Redis, logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trees: Vec<Tree>,
    /// Documents that a platform gave, where it is made of such: configuration, logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<Box<Documents>>,
    /// What Holdfast read beside the database, by the names of its sources; each has a tree too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Taken>,
    /// The lists of the files in these trees: of each its name, its place in the snapshot, its hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inventories: Vec<Part>,
    /// What was to be read beside the database and is not in this backup, which counts for none of its component.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Absent>,
    /// What the project had, and what of it backups took; absent in older backups, and where nobody looked.
    #[serde(default, deserialize_with = "Coverage::lenient", skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Box<Coverage>>,
    /// What a person should know, as sentences.
    pub warnings: Vec<String>,
    /// The backup that this one is nothing without, as a platform's incremental is without a full one: the id of its
    /// snapshot, or its id at the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// Why it counts for nothing though it is kept, in a sentence without its full stop: a table in it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
    /// The head of the audit chain of the computer that made it, at that time; a chain that was truncated or
    /// rewritten since does not match it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_head: Option<Head>,
}

/// What was backed up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The project's id.
    pub project_id: String,
    /// Its name at the time.
    pub project: String,
    /// Its label.
    pub label: Label,
    /// True for the sample.
    pub is_sample: bool,
    /// How its database was reached, without a password; absent where it is not reached from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Settings>,
    /// The platform that it is on, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformSettings>,
}

impl Origin {
    pub(crate) fn of(project: &ProjectRecord) -> Self {
        Self {
            project_id: project.id.clone(),
            project: project.name.clone(),
            label: project.label,
            is_sample: project.is_sample,
            connection: project.connection.clone(),
            platform: project.platform.clone(),
        }
    }
}

/// Who made a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Account.
    pub user: String,
    /// Computer.
    pub host: String,
}

/// The server as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStamp {
    /// Version as it prints it.
    pub version: String,
    /// Major version.
    pub major: u16,
    /// Identity of the cluster, where it may be read.
    pub system_identifier: Option<String>,
    /// Position in its log at the moment, where it may be read.
    pub lsn: Option<String>,
    /// Its clock against ours.
    pub clock_skew_ms: i64,
    /// How it was set, by name, as far as an application would notice; absent in older backups.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Path in the snapshot.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of its content (hexadecimal).
    pub sha256: String,
}

impl Part {
    /// What it is a part of, as the word for its component: `roles` and `artifact` are none, but are called so.
    pub fn component(&self) -> &'static str {
        match self.path.as_str() {
            ROLES_PATH => "roles",
            path if is_below(path, ARTIFACT_DIRECTORY) => "artifact",
            path if is_below(path, DATABASE_DIRECTORY) => "database",
            _ => "other",
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The file that a backup was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// The files, byte for byte as they came.
    pub parts: Vec<Part>,
    /// What they are, as a sentence.
    pub what: String,
    /// The layers that were opened, outermost first: `openssl enc`, `gzip`, `tar`.
    pub layers: Vec<String>,
    /// Who made it, as far as it says.
    pub made_by: Option<String>,
    /// When, as far as it says (UTC milliseconds).
    pub made_at_ms: Option<i64>,
    /// Its id on the platform that it was pulled from, or `sha256:` and the hash of the file.
    pub remote_id: Option<String>,
    /// What was found in it, as sentences.
    pub findings: Vec<String>,
    /// Why the database in it could not be loaded, where it could not: it is kept, and cannot be restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unloaded: Option<String>,
    /// A person, or the project's platform, vouches for its origin. An untrusted backup is never restored
    /// with superuser rights in this computer's private servers.
    #[serde(default)]
    pub is_trusted: bool,
}

/// Files of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// `storage`, `config`, `redis`, `logs`, `other`.
    pub component: String,
    /// The folder in the snapshot.
    pub path: String,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The dump of one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatabasePart {
    /// The file.
    #[serde(flatten)]
    pub part: Part,
    /// Name of the database.
    pub name: String,
    /// Encoding, collation and character type, to create it again.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// `libc`, `icu` or `builtin`.
    pub locale_provider: String,
    /// The provider's own locale.
    pub locale: Option<String>,
    /// Size on the server's disk.
    pub server_bytes: Option<u64>,
    /// Version of `pg_dump`.
    pub tool: String,
    /// Tables with rows, bytes and fingerprints; absent when the dump could not be counted.
    pub tables: Option<Vec<TableDigest>>,
    /// Why it could not be counted.
    pub uncounted: Option<String>,
    /// Large objects: how many, how many bytes.
    pub large_objects: (u64, u64),
    /// Their fingerprint: 32 hexadecimal digits; absent where it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_objects_fingerprint: Option<String>,
    /// Where the data of tables begins in the file.
    pub prefix_bytes: u64,
    /// Where each block of data lies in the file, so that a restore can read them side by side.
    pub blocks: Vec<Block>,
    /// What somebody chose not to take of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_taken: Option<Box<NotTaken>>,
}

impl DatabasePart {
    /// Whether what it says of its file can be so: the head is read into memory, and places are added up.
    fn credible(&self) -> Result<(), String> {
        if self.prefix_bytes > HEAD_BYTES_MAX {
            return Err(format!("a head of {} bytes is larger than any", self.prefix_bytes));
        }
        let is_beyond = |block: &&Block| block.offset.checked_add(block.length).is_none();
        match self.blocks.iter().find(is_beyond) {
            Some(block) => Err(format!("a block at {} of {} bytes is nowhere", block.offset, block.length)),
            None => Ok(()),
        }
    }
}

/// What is read first: the rest may be of a form that this version does not know.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Manifest {
    /// What every manifest begins with; it says that it holds no database. A recovery point may be newer than it says,
    /// never older, so that its moment is its beginning.
    pub(crate) fn begun(project: &ProjectRecord, trigger: String, started_at_ms: i64) -> Self {
        Self {
            format: MANIFEST_FORMAT_WITHOUT_DATABASE,
            holdfast: env!("CARGO_PKG_VERSION").into(),
            origin: Origin::of(project),
            reason: None,
            backup_type: None,
            trigger,
            who: Who { user: this_user(), host: this_host() },
            started_at_ms,
            moment_at_ms: started_at_ms,
            finished_at_ms: now_ms(),
            server: None,
            database: None,
            roles: None,
            access: None,
            extensions: Vec::new(),
            extension_parts: Vec::new(),
            recognised: None,
            migration: None,
            artifact: None,
            trees: Vec::new(),
            documents: None,
            taken: Vec::new(),
            inventories: Vec::new(),
            absent: Vec::new(),
            coverage: None,
            warnings: Vec::new(),
            needs: None,
            held_back: None,
            audit_head: None,
        }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// `Manifest` when it is not one, `ManifestTooNew` when a newer version wrote it.
    pub fn parse(snapshot: &str, bytes: &[u8]) -> Result<Self, ArchiveError> {
        let unreadable = |what: String| ArchiveError::Manifest { snapshot: snapshot.to_owned(), what };
        let version: Version = serde_json::from_slice(bytes).map_err(|e| unreadable(e.to_string()))?;
        if version.format > MANIFEST_FORMAT_CHOSEN {
            let (found, known) = (version.format, MANIFEST_FORMAT_CHOSEN);
            return Err(ArchiveError::ManifestTooNew { snapshot: snapshot.to_owned(), found, known });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| unreadable(e.to_string()))?;
        manifest.database.as_ref().map_or(Ok(()), DatabasePart::credible).map_err(unreadable)?;
        Ok(manifest)
    }

    /// Reads the manifest of a snapshot from the vault.
    ///
    /// # Errors
    /// `Vault` when the file is not there or damaged; as `parse` otherwise.
    pub fn load(vault: &vault::Vault, id: &vault::SnapshotId) -> Result<Self, ArchiveError> {
        use std::io::Read as _;
        let snapshot = id.to_string();
        let reader = vault.read(id, MANIFEST_PATH)?;
        let unreadable = |what: String| ArchiveError::Manifest { snapshot: snapshot.clone(), what };
        if reader.size() > MANIFEST_BYTES_MAX {
            return Err(unreadable(format!("{} bytes are too many for a manifest", reader.size())));
        }
        let mut bytes = Vec::new();
        reader.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
        Self::parse(&snapshot, &bytes)
    }

    /// The dump.
    ///
    /// # Errors
    /// `NoDatabase` where the backup holds none.
    pub fn dump(&self) -> Result<&DatabasePart, ArchiveError> {
        self.database.as_ref().ok_or(ArchiveError::NoDatabase)
    }

    /// Major version of the server that was dumped.
    ///
    /// # Errors
    /// `NoDatabase` where the backup holds none.
    pub fn server_major(&self) -> Result<u16, ArchiveError> {
        self.server.as_ref().map(|server| server.major).ok_or(ArchiveError::NoDatabase)
    }

    /// The tables that were counted; none where there is no database, or it could not be counted.
    pub fn tables(&self) -> &[TableDigest] {
        self.database.as_ref().and_then(|database| database.tables.as_deref()).unwrap_or_default()
    }

    /// What of the database somebody chose not to take.
    pub fn not_taken(&self) -> Option<&NotTaken> {
        self.database.as_ref()?.not_taken.as_deref()
    }

    /// Major version of the tool that dumped; a newer archive needs as new a `pg_restore`.
    ///
    /// # Errors
    /// `NoDatabase` where the backup holds none.
    pub fn tool_major(&self) -> Result<u16, ArchiveError> {
        let major = self.server_major()?;
        let digits = self.dump()?.tool.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
        Ok(digits.and_then(|major| major.parse().ok()).unwrap_or(major))
    }

    /// Rows in all tables; absent where they were not counted.
    pub fn rows(&self) -> Option<u64> {
        self.database
            .as_ref()?
            .tables
            .as_ref()
            .map(|tables| tables.iter().fold(0, |sum: u64, table| sum.saturating_add(table.rows)))
    }

    /// Whether what its functions and triggers run may run as a superuser of a private server.
    pub fn is_trusted(&self) -> bool {
        self.artifact.as_ref().is_none_or(|artifact| artifact.is_trusted)
    }

    /// Only a platform's documents: nothing of it is ever restored, so it is no recovery point.
    pub fn is_of_documents_alone(&self) -> bool {
        self.documents.is_some() && self.database.is_none() && self.artifact.is_none()
    }

    /// Whether the configuration is all that it holds beside a database.
    pub fn holds_configuration_alone(&self) -> bool {
        let word = Component::Configuration.as_str();
        !self.trees.is_empty() && self.trees.iter().all(|tree| tree.component == word)
    }

    /// The parts of which bytes and hash are known.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        let artifact = self.artifact.iter().flat_map(|artifact| &artifact.parts);
        self.database
            .iter()
            .map(|database| &database.part)
            .chain(&self.roles)
            .chain(&self.access)
            .chain(artifact)
            .chain(&self.inventories)
    }

    /// Bytes of all parts.
    pub fn bytes(&self) -> u64 {
        let of_trees = self.trees.iter().map(|tree| tree.bytes);
        self.parts().map(|part| part.bytes).chain(of_trees).fold(0, u64::saturating_add)
    }

    /// What lists show, with the bytes that the vault says were added.
    pub fn record(&self, snapshot: &str, added_bytes: u64) -> BackupRecord {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        BackupRecord {
            id: snapshot.to_owned(),
            project_id: self.origin.project_id.clone(),
            at_ms: self.moment_at_ms,
            reason: self.reason.clone(),
            trigger: self.trigger.clone(),
            who: format!("{}@{}", self.who.user, self.who.host),
            components: self.holds(),
            parts: self.components().join(","),
            size_bytes: number(self.bytes()),
            added_bytes: number(added_bytes),
            row_count: self.rows().map(number),
            table_count: number(self.tables().len() as u64),
            migration: self.migration.clone(),
            warning_count: number(self.warnings.len() as u64),
            remote_id: self.artifact.as_ref().and_then(|artifact| artifact.remote_id.clone()),
            needs_id: self.needs.clone(),
            held_back: self.held_back.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
