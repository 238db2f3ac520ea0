//! Rolling checks: which parts of the vault's data were read again, when each pack was, and what was wrong
//! with it. Of this computer, as the ledger is.

use super::{Catalog, CatalogError};

/// One round through the vault's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Its number, from 1.
    pub number: i64,
    /// Into how many parts the data is cut.
    pub parts: u32,
    /// When it began (UTC milliseconds).
    pub started_at_ms: i64,
    /// The parts that are done, and when each was.
    pub done: Vec<(u32, i64)>,
}

impl Cycle {
    /// The parts that are left, in their order.
    pub fn left(&self) -> Vec<u32> {
        (1..=self.parts).filter(|part| self.done.iter().all(|(done, _)| done != part)).collect()
    }
}

/// What a pack was when it was last read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackNote {
    /// Its name.
    pub pack: String,
    /// When it was read (UTC milliseconds).
    pub at_ms: i64,
    /// What was wrong with it.
    pub problem: Option<String>,
}

impl Catalog {
    /// The cycle that goes on, where one does.
    pub async fn open_cycle(&self, vault_id: &str) -> Result<Option<Cycle>, CatalogError> {
        let row = sqlx::query!(
            r#"SELECT number AS "number!: i64", parts AS "parts!: u32", started_at_ms FROM check_cycle
               WHERE vault_id = ? AND finished_at_ms IS NULL ORDER BY number DESC LIMIT 1"#,
            vault_id
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let done = sqlx::query!(
            r#"SELECT part AS "part!: u32", at_ms FROM check_part WHERE cycle = ? ORDER BY part"#,
            row.number
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Some(Cycle {
            number: row.number,
            parts: row.parts,
            started_at_ms: row.started_at_ms,
            done: done.into_iter().map(|done| (done.part, done.at_ms)).collect(),
        }))
    }

    /// Begins a cycle. One that went on is given up: what it read stays noted with the packs.
    pub async fn begin_cycle(&self, vault_id: &str, parts: u32, at_ms: i64) -> Result<Cycle, CatalogError> {
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "DELETE FROM check_cycle WHERE vault_id = ?1 AND (finished_at_ms IS NULL OR number < (
                 SELECT max(number) FROM check_cycle WHERE vault_id = ?1 AND finished_at_ms IS NOT NULL))",
            vault_id
        )
        .execute(&mut *tx)
        .await?;
        let made = sqlx::query!(
            "INSERT INTO check_cycle (vault_id, parts, started_at_ms) VALUES (?, ?, ?)",
            vault_id,
            parts,
            at_ms
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Cycle { number: made.last_insert_rowid(), parts, started_at_ms: at_ms, done: Vec::new() })
    }

    /// Notes that a part is done, and with the last one the cycle.
    pub async fn finish_part(&self, cycle: i64, part: u32, at_ms: i64) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await?;
        // The cycle may have been given up meanwhile, for one with another number of parts.
        sqlx::query!(
            "INSERT INTO check_part (cycle, part, at_ms)
             SELECT number, ?2, ?3 FROM check_cycle WHERE number = ?1
             ON CONFLICT (cycle, part) DO UPDATE SET at_ms = excluded.at_ms",
            cycle,
            part,
            at_ms
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE check_cycle SET finished_at_ms = ?2 WHERE number = ?1 AND finished_at_ms IS NULL
               AND parts <= (SELECT count(*) FROM check_part WHERE cycle = ?1)",
            cycle,
            at_ms
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// When the last cycle that is done began and ended.
    pub async fn last_cycle(&self, vault_id: &str) -> Result<Option<(i64, i64)>, CatalogError> {
        let row = sqlx::query!(
            r#"SELECT started_at_ms, finished_at_ms AS "finished_at_ms!: i64" FROM check_cycle
               WHERE vault_id = ? AND finished_at_ms IS NOT NULL ORDER BY number DESC LIMIT 1"#,
            vault_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.started_at_ms, row.finished_at_ms)))
    }

    /// Notes packs that were read whole.
    pub async fn note_packs(&self, vault_id: &str, notes: &[PackNote]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await?;
        for PackNote { pack, at_ms, problem } in notes {
            sqlx::query!(
                "INSERT INTO pack_read (vault_id, pack, at_ms, problem) VALUES (?, ?, ?, ?)
                 ON CONFLICT (vault_id, pack) DO UPDATE SET at_ms = excluded.at_ms, problem = excluded.problem",
                vault_id,
                pack,
                at_ms,
                problem
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Forgets all packs but these: a JSON list of the names that the index knows.
    pub async fn keep_packs(&self, vault_id: &str, names: &str) -> Result<(), CatalogError> {
        sqlx::query!(
            "DELETE FROM pack_read WHERE vault_id = ?1 AND pack NOT IN (SELECT value FROM json_each(?2))",
            vault_id,
            names
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Since when nothing of the vault was read again: the last reading, or the first backup where there was
    /// none. Nothing where there is no backup.
    pub async fn unread_since(&self, vault_id: &str) -> Result<Option<i64>, CatalogError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT coalesce((SELECT max(at_ms) FROM pack_read WHERE vault_id = ?), (SELECT min(at_ms) FROM backup))
                   AS "since: i64""#,
            vault_id
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The names of the packs that were read since, sound or not.
    pub async fn packs_since(&self, vault_id: &str, since_ms: i64) -> Result<Vec<String>, CatalogError> {
        Ok(sqlx::query_scalar!(
            "SELECT pack FROM pack_read WHERE vault_id = ? AND at_ms >= ?",
            vault_id,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What is noted of these packs: a JSON list of their names.
    pub async fn pack_notes(&self, vault_id: &str, names: &str) -> Result<Vec<PackNote>, CatalogError> {
        Ok(sqlx::query_as!(
            PackNote,
            "SELECT pack, at_ms, problem FROM pack_read
             WHERE vault_id = ?1 AND pack IN (SELECT value FROM json_each(?2))",
            vault_id,
            names
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The packs that were damaged when they were last read, the newest finding first.
    pub async fn damaged_packs(&self, vault_id: &str) -> Result<Vec<PackNote>, CatalogError> {
        Ok(sqlx::query_as!(
            PackNote,
            "SELECT pack, at_ms, problem FROM pack_read
             WHERE vault_id = ? AND problem IS NOT NULL ORDER BY at_ms DESC, pack",
            vault_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Backups of which the bytes were last looked at before then, the longest ago first.
    pub async fn backups_looked_at_before(
        &self,
        before_ms: i64,
        limit: u32,
    ) -> Result<Vec<String>, CatalogError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM (
                 SELECT b.id, coalesce((SELECT max(p.at_ms) FROM proof p WHERE p.backup_id = b.id AND p.level = 1), 0) AS looked
                 FROM backup b WHERE b.at_ms < ?1)
               WHERE looked < ?1 ORDER BY looked, id LIMIT ?2"#,
            before_ms,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
