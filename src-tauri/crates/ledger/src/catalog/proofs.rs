//! The proof ledger: what was tried on which backup, when, and what came out.

use super::{Catalog, CatalogError};

/// How far a backup is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProofLevel {
    /// Every block was read, and its hash matched; or, where an earlier proven backup holds it, its
    /// authentication code.
    Bytes,
    /// The archive parses and lists; a verification also counted every row again.
    Readable,
    /// A restore brought it back, and rows matched.
    Restored,
}

impl ProofLevel {
    /// The number that is stored: 1, 2, 3.
    pub fn number(self) -> i64 {
        match self {
            Self::Bytes => 1,
            Self::Readable => 2,
            Self::Restored => 3,
        }
    }

    /// The level of a stored number.
    pub fn from_number(number: i64) -> Result<Self, CatalogError> {
        match number {
            1 => Ok(Self::Bytes),
            2 => Ok(Self::Readable),
            3 => Ok(Self::Restored),
            other => Err(CatalogError::Unknown { column: "level", value: other.to_string() }),
        }
    }
}

impl ProofLevel {
    /// The level that a backup's row says it stands at; 0 is none.
    pub(super) fn standing(number: i64) -> Result<Option<Self>, CatalogError> {
        if number == 0 { Ok(None) } else { Self::from_number(number).map(Some) }
    }
}

/// An honest verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was shown.
    Pass,
    /// It was shown to be wrong.
    Fail,
    /// It could not be shown either way.
    Inconclusive,
}

impl Verdict {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }

    pub(super) fn parse(value: String) -> Result<Self, CatalogError> {
        match value.as_str() {
            "pass" => Ok(Self::Pass),
            "fail" => Ok(Self::Fail),
            "inconclusive" => Ok(Self::Inconclusive),
            _ => Err(CatalogError::Unknown { column: "verdict", value }),
        }
    }
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRecord {
    /// The backup.
    pub backup_id: String,
    /// Which copy was looked at: `vault`, later the name of a replica.
    pub store: String,
    /// The level that was tried.
    pub level: ProofLevel,
    /// What came out.
    pub verdict: Verdict,
    /// When.
    pub at_ms: i64,
    /// How long it took.
    pub elapsed_ms: i64,
    /// What was done and seen.
    pub reason: String,
}

/// An entry of the ledger, as SQL writes it.
#[derive(serde::Deserialize)]
pub(super) struct Row {
    backup_id: String,
    store: String,
    level: i64,
    verdict: String,
    at_ms: i64,
    elapsed_ms: i64,
    reason: String,
}

impl TryFrom<Row> for ProofRecord {
    type Error = CatalogError;

    fn try_from(row: Row) -> Result<Self, CatalogError> {
        Ok(Self {
            backup_id: row.backup_id,
            store: row.store,
            level: ProofLevel::from_number(row.level)?,
            verdict: Verdict::parse(row.verdict)?,
            at_ms: row.at_ms,
            elapsed_ms: row.elapsed_ms,
            reason: row.reason,
        })
    }
}

impl Catalog {
    /// Adds an entry; entries are never changed. How the backup stands moves with it (`migrations/0002`).
    pub async fn add_proof(&self, proof: &ProofRecord) -> Result<(), CatalogError> {
        let (level, verdict) = (proof.level.number(), proof.verdict.as_str());
        sqlx::query!(
            "INSERT INTO proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            proof.backup_id,
            proof.store,
            level,
            verdict,
            proof.at_ms,
            proof.elapsed_ms,
            proof.reason
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// All entries of a backup, newest first.
    pub async fn proofs(&self, backup_id: &str) -> Result<Vec<ProofRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT backup_id, store, level, verdict, at_ms, elapsed_ms, reason FROM proof
             WHERE backup_id = ? ORDER BY number DESC",
            backup_id
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ProofRecord::try_from).collect()
    }
}
