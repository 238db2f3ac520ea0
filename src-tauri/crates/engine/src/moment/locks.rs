//! Migrations that run beside a backup: wait for them before the moment, and detect one between the moment
//! and the dump's own locks.

use std::time::{Duration, Instant};

use super::Moment;
use crate::profile::Profile;
use base::Code;
use base::failure::{Failure, Retry};
use base::secret::Secret;
use ledger::job::JobContext;
use postgres::connection::{ConnectOptions, Settings, connect};
use postgres::facts::{self, LockWait};

/// How often is looked whether the dump waits for another session.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often is looked whether a migration has ended, and whether the dump has begun to write.
const GLANCE_EVERY: Duration = Duration::from_millis(50);
/// It is asked about tables that nobody locks, once the dump is over.
const ANSWER_MAX: Duration = Duration::from_mins(2);
/// A migration that is looked at more often does not end sooner.
const MIGRATION_LOOK_EVERY: Duration = Duration::from_millis(500);

/// What was seen beside a dump.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Whom the dump waits for, or did.
    pub(super) waited: Option<LockWait>,
    /// Tables that were rewritten before the dump had its locks; absent until somebody looked.
    rewritten: Option<Vec<String>>,
}

/// Waits until no other session holds a table for itself alone. After the moment it would be too late: what such a
/// session rewrites is empty for a snapshot that was taken before.
pub(super) async fn wait_for_migrations(
    profile: &Profile,
    context: &JobContext,
    connection: &Settings,
    password: Option<&Secret>,
) -> Result<(), Failure> {
    let options = ConnectOptions::new(format!("holdfast {} looks", context.id()));
    let session = connect(connection, password, &options).await?;
    let (begun, mut told) = (Instant::now(), None);
    let ended = loop {
        let Some(held) = facts::held_alone(&session.client).await else { break Ok(()) };
        if begun.elapsed() >= profile.lock_wait {
            let failure = Failure::new(
                Code::LockTimeout,
                "another session holds a table for itself alone, and did not let go in time",
                "It may be a migration. Wait for its end, then start again.",
            );
            break Err(with_blocker(failure.retry(Retry::Now), Some(&held)));
        }
        if told.as_ref() != Some(&held) {
            let LockWait { table, blocker } = &held;
            context.warn("snapshot", format!("waits for table {table}, which {blocker} holds locked"));
            told = Some(held);
        }
        tokio::select! {
            () = context.token().cancelled() => break context.checkpoint(),
            () = tokio::time::sleep(MIGRATION_LOOK_EVERY) => {}
        }
    };
    session.close().await;
    ended
}

impl Moment {
    /// Says whom the dump waits for, and keeps it for the case that it waits in vain; looks once at the moment when
    /// the dump has all its locks whether anything was rewritten before. Returns only where that is so: what the
    /// dump holds is not what was there then.
    pub(super) async fn watch(&self, context: &JobContext, watch: &mut Watch) {
        let mut looked = Instant::now();
        loop {
            tokio::time::sleep(GLANCE_EVERY).await;
            // It writes nothing before it has read the structure, under the locks that it keeps to its end.
            if watch.rewritten.is_none() && context.meter().bytes() > 0 {
                watch.rewritten = self.holder.rewritten().await.ok();
                if watch.rewritten.as_ref().is_some_and(|tables| !tables.is_empty()) {
                    return;
                }
            }
            if looked.elapsed() < LOOK_EVERY {
                continue;
            }
            looked = Instant::now();
            let wait = self.holder.waits_for(&self.application).await;
            if let Some(wait) = wait.filter(|wait| watch.waited.as_ref() != Some(wait)) {
                let LockWait { table, blocker } = &wait;
                context.warn("dump", format!("waits for table {table}, which {blocker} holds locked"));
                watch.waited = Some(wait);
            }
        }
    }

    /// Where the dump ended before anybody looked, it is looked at now.
    pub(super) async fn look_at_last(&self, watch: &mut Watch) -> Result<(), Failure> {
        if watch.rewritten.is_none() {
            let asked = tokio::time::timeout(ANSWER_MAX, self.holder.rewritten()).await;
            let rewritten = asked.ok().and_then(Result::ok).ok_or_else(|| {
                tracing::warn!("the held moment does not answer");
                Failure::new(
                    Code::ServerGone,
                    "the server went away before it could say whether a table was rewritten",
                    "Start it again; what is already in the vault is used.",
                )
            })?;
            watch.rewritten = Some(rewritten);
        }
        watch.refuse_rewritten()
    }
}

impl Watch {
    /// Refuses a dump that would say of a table that it is empty, since it was rewritten under it.
    pub(super) fn refuse_rewritten(&self) -> Result<(), Failure> {
        match self.rewritten.as_deref() {
            None | Some([]) => Ok(()),
            Some(tables) => Err(Failure::new(
                Code::TableRewritten,
                format!("{} was truncated or rewritten while the backup began", tables.join(", ")),
                "A migration came in between; the backup would have shown an empty table. Start it again.",
            )),
        }
    }
}

/// A dump that waited in vain says for whom.
pub(super) fn with_blocker(mut failure: Failure, waited: Option<&LockWait>) -> Failure {
    if let Some(LockWait { table, blocker }) = waited.filter(|_| failure.code == Code::LockTimeout) {
        failure.message = format!("{}: {table} is held by {blocker}", failure.message);
    }
    failure
}
