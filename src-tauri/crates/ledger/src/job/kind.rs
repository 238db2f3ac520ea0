//! What a run is: one word in its row.

/// Kinds of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// A backup.
    Backup,
    /// A restore.
    Restore,
    /// Proving a backup.
    Verify,
    /// Checking the vault.
    Check,
    /// Repairing the vault.
    Repair,
    /// Freeing space in the vault.
    Prune,
    /// Bringing a backup back to see that it comes back.
    Drill,
    /// Making the sample project.
    Sample,
    /// Fetching what a platform backed up.
    Pull,
    /// Keeping backup files.
    Import,
    /// Writing a backup into a file.
    Export,
    /// Something that a platform does, and that is watched.
    Platform,
    /// Removing what a policy does not keep.
    Retention,
    /// Copying the vault to its replicas.
    Copy,
}

impl JobKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Backup,
        Self::Restore,
        Self::Verify,
        Self::Check,
        Self::Repair,
        Self::Prune,
        Self::Drill,
        Self::Sample,
        Self::Pull,
        Self::Import,
        Self::Export,
        Self::Platform,
        Self::Retention,
        Self::Copy,
    ];

    /// The kind of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it fetches or makes a backup.
    pub fn brings_backup(self) -> bool {
        matches!(self, Self::Backup | Self::Pull | Self::Import)
    }

    /// Whether it reads the project's original.
    pub fn reads_original(self) -> bool {
        matches!(self, Self::Backup | Self::Pull)
    }

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Verify => "verify",
            Self::Check => "check",
            Self::Repair => "repair",
            Self::Prune => "prune",
            Self::Drill => "drill",
            Self::Sample => "sample",
            Self::Pull => "pull",
            Self::Import => "import",
            Self::Export => "export",
            Self::Platform => "platform",
            Self::Retention => "retention",
            Self::Copy => "copy",
        }
    }
}
