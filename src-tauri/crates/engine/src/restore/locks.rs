//! Locks of a restore in place: first against writers, from the moment of the safety backup on, then against
//! everybody. Rows committed before the first lock are in the safety backup; later writers wait and then see
//! the restored tables. So no committed row is missing from both.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::plan::{RestorePlan, Safety};
use super::request::{Strategy, TableMode};
use super::transaction::{LOCK_WAIT_SECONDS, Work};
use base::Code;
use base::failure::{Failure, Retry};
use postgres::target::quote_identifier;

/// Total time for trying: a long transaction of others must not make everybody else queue behind this lock.
const TRYING: Duration = Duration::from_secs(30);
/// One try after another, in which others queue behind it. Shorter than the second after which a server by default
/// looks for a deadlock, and ends one of the two; but now and then long enough for it to put out an autovacuum.
const TRIES_MS: [u32; 3] = [700, 700, 2500];
/// Pause between two tries, so that blocked sessions can proceed.
const PAUSE: Duration = Duration::from_millis(200);

/// All relations that can be locked, or that a blocking session may hold.
const RELATIONS: &str = "select c.oid, c.relkind::text, n.nspname::text, c.relname::text, \
    pg_catalog.has_table_privilege(c.oid, 'update, delete, truncate') from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S') \
    and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
/// Who points to whom: to take a foreign key away, the server locks both.
const FOREIGN_KEYS: &str = "select conrelid, confrelid from pg_catalog.pg_constraint where contype = 'f'";
/// Who holds one of the tables.
const HOLDERS: &str = "select distinct 'process ' || l.pid || ' (role ' || coalesce(a.usename::text, '?') || \
    coalesce(', ' || nullif(a.application_name, ''), '') || ')' from pg_catalog.pg_locks l \
    left join pg_catalog.pg_stat_activity a on a.pid = l.pid \
    where l.granted and l.locktype = 'relation' and l.relation in ($TABLES) $WHICH and l.pid <> pg_catalog.pg_backend_pid() \
    and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) \
    order by 1 limit 3";
/// Sends back who waits for the process and holds what it needs: neither would ever get on. Nothing of theirs was
/// committed. Only those whom the role may; one that it may not would keep it from sending back any.
const SEND_BACK: &str = "select coalesce(a.usename, '')::text, coalesce(a.application_name, ''), pg_catalog.pg_cancel_backend(a.pid) \
    from pg_catalog.pg_stat_activity a \
    where a.datname = pg_catalog.current_database() and $1 = any(pg_catalog.pg_blocking_pids(a.pid)) \
    and exists (select from pg_catalog.pg_locks l where l.pid = a.pid and l.granted and l.locktype = 'relation' \
      and l.relation = any($2) \
      and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())) \
    and ((select rolsuper from pg_catalog.pg_roles where rolname = current_user) \
      or (pg_catalog.pg_has_role(a.usesysid, 'member') \
        and not (select r.rolsuper from pg_catalog.pg_roles r where r.oid = a.usesysid)))";

/// Against whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against {
    /// Who reads goes on, `pg_dump` too.
    Writers,
    /// What is locked is replaced now.
    Everybody,
}

impl Against {
    fn mode(self) -> &'static str {
        match self {
            Self::Writers => "EXCLUSIVE",
            Self::Everybody => "ACCESS EXCLUSIVE",
        }
    }
}

impl RestorePlan {
    /// Whether replaced rows are backed up first, so that writers are blocked or recorded.
    pub fn waits_for_backup(&self) -> bool {
        self.replaces_rows() && matches!(self.safety, Safety::Planned { .. })
    }

    /// Whether rows that are there are replaced where they are, so that their writers wait while the backup is made
    /// that holds them.
    pub(super) fn replaces_rows(&self) -> bool {
        match self.strategy {
            Strategy::InPlace => true,
            Strategy::Tables => matches!(self.mode, Some(TableMode::Replace | TableMode::Merge)),
            Strategy::Scratch
            | Strategy::NewDatabase
            | Strategy::Swap
            | Strategy::SwapBack
            | Strategy::Drop => false,
        }
    }
}

/// What a restore locks.
#[derive(Debug, Default)]
struct Locked {
    /// The tables, as SQL takes them, in an order that is always the same.
    tables: Vec<String>,
    table_numbers: Vec<u32>,
    /// Everything that it replaces, sequences and views too.
    numbers: Vec<u32>,
}

impl Locked {
    async fn of(work: &Work<'_>, plan: &RestorePlan) -> Result<Self, Failure> {
        let named = named(work, plan);
        // Tables that the role may lock; that it may not lock one of those that are replaced the server says.
        let mut all = BTreeMap::new();
        let mut locked = Self::default();
        for row in work.query(RELATIONS).await? {
            let (oid, kind, schema, name): (u32, String, String, String) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            let quoted = format!("{}.{}", quote_identifier(&schema), quote_identifier(&name));
            let is_replaced = named.contains(&(schema, name));
            if is_replaced {
                locked.numbers.push(oid);
            }
            if matches!(kind.as_str(), "r" | "p") && (is_replaced || row.get(4)) {
                all.insert(oid, quoted);
            }
        }
        let replaced: HashSet<u32> = locked.numbers.iter().copied().collect();
        let mut numbers: HashSet<u32> =
            replaced.iter().copied().filter(|oid| all.contains_key(oid)).collect();
        for row in work.query(FOREIGN_KEYS).await? {
            let (from, to): (u32, u32) = (row.get(0), row.get(1));
            if replaced.contains(&from) || replaced.contains(&to) {
                numbers.extend([from, to]);
            }
        }
        let mut tables: Vec<(&String, u32)> =
            numbers.iter().filter_map(|oid| Some((all.get(oid)?, *oid))).collect();
        tables.sort_unstable();
        locked.numbers.extend(tables.iter().map(|(_, oid)| *oid).filter(|oid| !replaced.contains(oid)));
        locked.table_numbers = tables.iter().map(|(_, oid)| *oid).collect();
        locked.tables = tables.into_iter().map(|(name, _)| name.clone()).collect();
        Ok(locked)
    }
}

/// What a plan replaces, or adds rows to, by schema and name.
pub(super) fn named(work: &Work<'_>, plan: &RestorePlan) -> HashSet<(String, String)> {
    if plan.strategy == Strategy::InPlace {
        let kinds = ["TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE"];
        let entries = work.head.toc.entries.iter().filter(|entry| kinds.contains(&entry.kind.as_str()));
        return entries.map(|entry| (entry.schema.clone().unwrap_or_default(), entry.tag.clone())).collect();
    }
    if plan.mode == Some(TableMode::Beside) {
        return HashSet::new();
    }
    plan.tables.iter().map(|table| (table.schema.clone(), table.name.clone())).collect()
}

impl Work<'_> {
    /// Locks what the plan replaces, until the end of the transaction. Returns how many tables.
    ///
    /// # Errors
    /// `lock_timeout` where somebody does not let go in time; nothing was changed.
    pub(super) async fn lock(&self, plan: &RestorePlan, against: Against) -> Result<u64, Failure> {
        let locked = Locked::of(self, plan).await?;
        if locked.tables.is_empty() {
            return Ok(0);
        }
        let lock = format!("LOCK TABLE {} IN {} MODE", locked.tables.join(", "), against.mode());
        let (begun, mut tries) = (Instant::now(), TRIES_MS.iter().cycle());
        loop {
            if against == Against::Everybody {
                self.send_back(&locked).await;
            }
            let try_ms = tries.next().copied().unwrap_or(TRIES_MS[0]);
            self.run("the locks", &format!("SAVEPOINT locks; SET LOCAL lock_timeout = '{try_ms}ms'")).await?;
            match self.attempt(&lock).await? {
                Ok(()) => break,
                Err(error) if is_in_the_way(&error) => {
                    self.run("the locks", "ROLLBACK TO SAVEPOINT locks; RELEASE SAVEPOINT locks").await?;
                    if begun.elapsed() > TRYING {
                        return Err(self.in_the_way(&locked, against).await);
                    }
                }
                Err(error) => return Err(super::transaction::refused("the locks", &lock, &error)),
            }
            self.unless_cancelled(tokio::time::sleep(PAUSE)).await?;
        }
        let settle = format!("RELEASE SAVEPOINT locks; SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'");
        self.run("the locks", &settle).await?;
        Ok(locked.tables.len() as u64)
    }

    /// Cancels statements of sessions that hold a read lock on one of the tables and wait to write to it: they
    /// and the exclusive lock would wait for each other.
    async fn send_back(&self, locked: &Locked) {
        let sent = async {
            let process: i32 = match self.query("select pg_catalog.pg_backend_pid()").await?.first() {
                Some(row) => row.get(0),
                None => return Ok(()),
            };
            let session = self.target.session().await?;
            let sent = session.client.query(SEND_BACK, &[&process, &locked.numbers]).await;
            session.close().await;
            for row in sent.map_err(postgres::refused)? {
                let (user, application): (String, String) = (row.get(0), row.get(1));
                let who = format!("a statement of {user} ({application})");
                self.context.warn(
                    "prepare",
                    format!("{who} that waited to write in the middle of a transaction was sent back; nothing of it was committed"),
                );
            }
            Ok::<(), Failure>(())
        };
        if let Err(failure) = sent.await {
            self.context.warn("prepare", format!("who waits could not be sent back: {}", failure.message));
        }
    }

    /// Somebody did not let go in time.
    async fn in_the_way(&self, locked: &Locked, against: Against) -> Failure {
        let numbers: Vec<String> = locked.table_numbers.iter().map(u32::to_string).collect();
        let which = match against {
            Against::Writers => "and l.mode <> 'AccessShareLock'",
            Against::Everybody => "",
        };
        let asked = HOLDERS.replace("$TABLES", &numbers.join(", ")).replace("$WHICH", which);
        let who = self.query(&asked).await.unwrap_or_default();
        let who: Vec<&str> = who.iter().map(|row| row.get(0)).collect();
        let who = if who.is_empty() { "another session".to_owned() } else { who.join(", ") };
        Failure::new(
            Code::LockTimeout,
            format!(
                "{who} held a table that is to be replaced, and did not let go within {} seconds; nothing was changed",
                TRYING.as_secs()
            ),
            "Wait for its end, or end it; then plan again.",
        ).retry(Retry::Now)
    }
}

/// Whether a lock was not given because of others, who may let go.
fn is_in_the_way(error: &tokio_postgres::Error) -> bool {
    [&SqlState::LOCK_NOT_AVAILABLE, &SqlState::T_R_DEADLOCK_DETECTED]
        .into_iter()
        .any(|code| error.code() == Some(code))
}
