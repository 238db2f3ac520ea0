//! One transaction on a database in use: all of it, checked, or nothing.
//!
//! Structure comes from `pg_restore` as a script, rows from the vault, all over one session. The result is
//! compared before the commit, so that a difference changes nothing.

use std::convert::Infallible;
use std::time::Duration;

use tokio_postgres::error::ErrorPosition;

use super::confirm::stale;
use super::merge::After;
use super::plan::RestorePlan;
use super::record::{Restore, RestoreState};
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::Code;
use base::command::{About, Command};
use base::failure::Failure;
use base::failure::cancelled;
use ledger::catalog::Catalog;
use ledger::job::JobContext;
use postgres::compare::{DumpedTable, TableDifference, compare_within, like_the_dump};
use postgres::connection::{Canceller, SAFE_PATH, Session};
use postgres::custom_format::{Block, BlockKind, TocEntry};
use postgres::fill::{PrefixFile, StoredDump, copy_rows, dumped_tables, script};
use postgres::target::{Target, make_writable};
use postgres::tools::ToolSet;

/// Somebody's long transaction must not make everybody else wait behind this one.
pub(super) const LOCK_WAIT_SECONDS: u32 = 30;
/// Often enough for the most impatient router on the way.
const AWAKE_EVERY: Duration = Duration::from_secs(30);
/// A statement's beginning, as it is shown.
const STATEMENT_CHARACTERS_MAX: usize = 160;

/// What a restore in one transaction works with. Dropped, the server undoes all of it.
pub(crate) struct Work<'a> {
    pub(super) context: &'a JobContext,
    pub(super) dump: StoredDump,
    pub(super) head: PrefixFile,
    pub(super) tools: ToolSet,
    pub(super) target: Target,
    pub(super) session: Session,
    /// The backup made after the damage, for a merge.
    pub(super) after: Option<After>,
    canceller: Canceller,
}

impl<'a> Work<'a> {
    /// Reads the archive's head, and begins the transaction.
    pub(super) async fn begin(
        profile: &Profile,
        context: &'a JobContext,
        plan: &RestorePlan,
        manifest: &Manifest,
        tools: ToolSet,
        target: Target,
    ) -> Result<Self, Failure> {
        let dump = proof::stored_dump(profile, &plan.backup_id, manifest).await?;
        let folder = profile.home.join("run").join(format!("restore-{}", context.id()));
        let of = dump.clone();
        let head = crate::archive::opened::blocking(move || PrefixFile::write(&of, &folder)).await?;
        if !head.toc.has_plain_encoding() {
            return Err(Failure::new(
                Code::EncodingAmbiguous,
                "the text of the backup is in an encoding in which a quote may be half a letter",
                "Restore into a new database; a database that is in use is not written to in such an encoding.",
            ));
        }
        let after = match &plan.after {
            Some(later) => Some(After::open(profile, later, head.toc.encoding()).await?),
            None => None,
        };
        let session = target.session().await?;
        like_the_dump(&session, head.toc.encoding()).await.map_err(postgres::refused)?;
        let canceller = session.canceller();
        let work = Self { context, dump, head, tools, target, session, after, canceller };
        // Whatever a role is set to: what was committed before a lock was given has to be seen under it.
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'"
        );
        work.run("the beginning", &begin).await?;
        work.refuse_other_database(plan).await?;
        Ok(work)
    }

    /// The name may lead to another database by now, and the address to another server.
    async fn refuse_other_database(&self, plan: &RestorePlan) -> Result<(), Failure> {
        let asked = "select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()";
        let number = self.query(asked).await?.first().map(|row| row.get::<_, u32>(0));
        match &plan.identity {
            Some(shown) if number != Some(shown.oid) => Err(stale(&format!(
                "the session leads to another database than the one that was shown as {}",
                shown.database
            ))),
            _ => Ok(()),
        }
    }

    /// The script that `pg_restore` makes of the archive's head.
    pub(super) async fn script(&self, arguments: &[&str]) -> Result<String, Failure> {
        let mut all: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        all.push(self.head.path.to_string());
        Ok(script(&self.tools, &self.target, all, self.context.token()).await?)
    }

    /// Runs statements; what fails is named, and so is the statement.
    pub(super) async fn run(&self, what: &str, sql: &str) -> Result<(), Failure> {
        self.attempt(sql).await?.map_err(|error| refused(what, sql, &error))
    }

    /// Runs a statement that may well be refused.
    pub(super) async fn attempt(&self, sql: &str) -> Result<Result<(), tokio_postgres::Error>, Failure> {
        let ran = self.unless_cancelled(self.session.client.batch_execute(sql)).await?;
        self.context.meter().beat();
        Ok(ran)
    }

    /// Keeps the session alive during other work that may take hours. Never ends.
    pub(crate) async fn stay_awake(&self) -> Infallible {
        loop {
            tokio::time::sleep(AWAKE_EVERY).await;
            if let Err(error) = self.session.client.simple_query("select 1").await {
                // The next statement fails, and with it the restore, before anything was changed.
                tracing::warn!(%error, "the session in which writers wait ended");
                std::future::pending::<()>().await;
            }
        }
    }

    /// Runs a script of the archive. It may leave the session in another state: with another role, path or setting.
    /// What comes next is ours again.
    pub(super) async fn run_script(&self, what: &str, sql: &str) -> Result<(), Failure> {
        self.run(what, sql).await?;
        self.restore_settings().await
    }

    /// Whatever the archive's statements set, what comes next is ours again.
    pub(super) async fn restore_settings(&self) -> Result<(), Failure> {
        // The role first: what is set by another one may not be reset by it.
        let reset = format!("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; {SAFE_PATH}");
        self.run("the session's own settings", &reset).await?;
        make_writable(&self.session).await;
        let encoding = self.head.toc.encoding();
        self.unless_cancelled(like_the_dump(&self.session, encoding)).await?.map_err(postgres::refused)?;
        self.run("the session's own settings", &format!("SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'"))
            .await
    }

    /// Asks something within the transaction.
    pub(super) async fn query(&self, sql: &str) -> Result<Vec<tokio_postgres::Row>, Failure> {
        self.query_about("a question", sql).await
    }

    /// The same; what is refused is named by what it is about.
    pub(super) async fn query_about(
        &self,
        what: &str,
        sql: &str,
    ) -> Result<Vec<tokio_postgres::Row>, Failure> {
        let asked = self.unless_cancelled(self.session.client.query(sql, &[])).await?;
        asked.map_err(|error| refused(what, sql, &error))
    }

    /// Rows of a table into `copy`. Returns how many.
    pub(super) async fn copy(&self, name: &str, copy: &str, block: Block) -> Result<u64, Failure> {
        self.copy_of(&self.dump, self.head.toc.header.int_bytes, (name, copy, block)).await
    }

    /// The same from the backup made after the damage.
    pub(super) async fn copy_after(
        &self,
        after: &After,
        name: &str,
        copy: &str,
        block: Block,
    ) -> Result<u64, Failure> {
        self.copy_of(&after.dump, after.int_bytes, (name, copy, block)).await
    }

    async fn copy_of(
        &self,
        dump: &StoredDump,
        int_bytes: u8,
        (name, copy, block): (&str, &str, Block),
    ) -> Result<u64, Failure> {
        let copying = copy_rows(dump, int_bytes, &self.session, name, copy, block, self.context.meter());
        Ok(self.unless_cancelled(copying).await??)
    }

    /// The data of the archive: each entry with its block.
    pub(super) fn data(&self) -> Vec<(TocEntry, Block)> {
        let entries: std::collections::HashMap<i64, &TocEntry> =
            self.head.toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
        let blocks = self.dump.blocks.iter().filter(|block| block.kind == BlockKind::Rows);
        blocks.filter_map(|block| Some(((*entries.get(&block.dump_id)?).clone(), *block))).collect()
    }

    /// What was counted in the dump, with the columns of its rows.
    pub(super) fn dumped(&self) -> Vec<DumpedTable> {
        dumped_tables(&self.dump, &self.head.toc)
    }

    /// Tables whose rows are not those of the dump, as this transaction sees them.
    pub(super) async fn differences(
        &self,
        tables: Vec<DumpedTable>,
    ) -> Result<Vec<TableDifference>, Failure> {
        let comparing = compare_within(&self.session, tables, self.context.meter());
        Ok(self.unless_cancelled(comparing).await??)
    }

    /// Commits, and stores before it under which number the server knows this transaction.
    pub(super) async fn commit(self, catalog: &Catalog, restore: &mut Restore) -> Result<(), Failure> {
        self.context.checkpoint()?;
        let number = self.query("select pg_catalog.txid_current()::text").await?;
        restore.traces.transaction = number.first().map(|row| row.get(0));
        restore.note(catalog, RestoreState::Switching).await?;
        // From here on a wish to cancel comes too late: it is all or nothing, and the server decides.
        let committed = self.session.client.batch_execute("COMMIT").await;
        self.session.close().await;
        match committed {
            Ok(()) => Ok(()),
            Err(error) => match committed_after_all(&self.target, restore).await {
                Some(true) => Ok(()),
                Some(false) => Err(refused("the commit", "COMMIT", &error)),
                None => Err(Failure::new(
                    Code::OutcomeUnknown,
                    format!("the connection broke while the server committed: {error}"),
                    format!(
                        "Look whether it happened: `{}`.",
                        Command::about(About::RestoreShow, &restore.id[..8])
                    ),
                )),
            },
        }
    }

    pub(super) async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.context.token().cancelled() => {
                // The statement would hold its locks until the server notices that nobody listens.
                if let Err(error) = self.canceller.cancel().await {
                    tracing::warn!(%error, "the server could not be asked to stop a statement");
                }
                Err(cancelled())
            }
            done = work => Ok(done),
        }
    }
}

/// Whether the transaction of a restore was committed, where the server still knows.
pub(super) async fn committed_after_all(target: &Target, restore: &Restore) -> Option<bool> {
    let number = restore.traces.transaction.as_deref()?;
    // A backend may still be busy with it.
    for _ in 0..10 {
        let session = target.session().await.ok()?;
        let asked =
            session.client.query_one("select pg_catalog.txid_status($1::text::bigint)", &[&number]).await;
        session.close().await;
        match asked.ok()?.get::<_, Option<String>>(0).as_deref() {
            Some("committed") => return Some(true),
            Some("aborted") => return Some(false),
            Some(_) => tokio::time::sleep(std::time::Duration::from_millis(500)).await,
            None => return None,
        }
    }
    None
}

pub(super) fn refused(what: &str, sql: &str, error: &tokio_postgres::Error) -> Failure {
    let Some(db) = error.as_db_error() else {
        return Failure::new(
            Code::ConnectionLost,
            format!("the connection broke at {what}: {error}"),
            "The server undoes what was not committed. Look at the server; then plan again.",
        );
    };
    let at = match db.position() {
        Some(ErrorPosition::Original(position)) => statement_at(sql, *position),
        _ => None,
    };
    let at = at.map_or_else(String::new, |statement| format!(", at «{statement}»"));
    let detail = db.detail().map_or_else(String::new, |detail| format!(" ({detail})"));
    Failure::new(
        Code::ServerRefused,
        format!("the server refused {what}: {}{detail}{at}", db.message()),
        db.hint().map_or_else(
            || "Nothing was changed. Put right what the server says; then plan again.".to_owned(),
            |hint| format!("Nothing was changed. {hint}"),
        ),
    )
}

/// The line at a position that the server gave (in characters, from 1), shortened.
fn statement_at(sql: &str, position: u32) -> Option<String> {
    let at = sql.char_indices().nth(usize::try_from(position).ok()?.checked_sub(1)?)?.0;
    let begin = sql[..at].rfind(";\n").map_or(0, |before| before + 2);
    let statement = sql[begin..].split(";\n").next()?;
    let words = statement.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join(" ");
    Some(words.trim().chars().take(STATEMENT_CHARACTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::statement_at;

    #[test]
    fn the_statement_that_failed_is_shown_without_its_comments() {
        let sql = "--\n-- Name: a\n--\n\nCREATE TABLE a ();\n--\n-- Name: é\n--\n\nALTER TABLE b\n  ADD x;\n";
        let at = u32::try_from(sql.chars().count()).unwrap() - 3;
        assert_eq!(statement_at(sql, at).as_deref(), Some("ALTER TABLE b   ADD x"));
        assert_eq!(statement_at(sql, 9999), None);
    }
}
