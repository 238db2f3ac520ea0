//! Doing what the schedule says, several tasks at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::builds::Build;
use super::data::{Table, copy};
use super::messages::{Message, Noise};
use super::owners::{AFTER_ROWS, AT_THE_END, give_owners};
use super::prefix::PrefixFile;
use super::rights::{When, give_rights};
use super::run::{Ownership, arguments, large_objects, set_sequences};
use super::schedule::{Compared, Schedule, Task};
use super::sessions::Sessions;
use super::stages::Stages;
use super::tool::PgRestore;
use super::{LoadError, LoadStep, StoredDump};
use crate::compare::{DumpedTable, RowsError, TableDifference, compare_table};
use crate::target::Target;
use base::meter::Meter;

/// All that follows the structure.
pub(super) struct Work<'a> {
    pub(super) dump: &'a StoredDump,
    pub(super) head: &'a PrefixFile,
    /// Who made the structure.
    pub(super) target: &'a Target,
    /// Who stands for the owners.
    pub(super) filler: &'a Target,
    pub(super) ownership: Ownership,
    /// Tasks at once.
    pub(super) jobs: usize,
    pub(super) meter: &'a Arc<Meter>,
    pub(super) sessions: Sessions<'a>,
    /// For the tables `of_maker`.
    pub(super) sessions_of_maker: Sessions<'a>,
    /// Tables that belong to whoever made the structure.
    pub(super) of_maker: HashSet<String>,
    pub(super) tables: Vec<Table>,
    pub(super) builds: Vec<Build>,
    pub(super) counted: Vec<DumpedTable>,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) rows: u64,
    pub(super) messages: Vec<Message>,
    pub(super) differences: Result<Vec<TableDifference>, RowsError>,
    /// When the last index was there, and when the last row was compared.
    pub(super) built_at: Instant,
    pub(super) compared_at: Instant,
}

enum Done {
    Loaded(u64),
    Said(Vec<Message>),
    Compared(Result<Option<TableDifference>, RowsError>),
}

impl Work<'_> {
    /// Runs until everything is done. The first failure stops what still runs, and waits for its end.
    pub(super) async fn run(
        &self,
        pg_restore: &PgRestore<'_>,
        token: &CancellationToken,
        on_step: &(dyn Fn(LoadStep) + Sync),
    ) -> Result<Outcome, LoadError> {
        let stop = token.child_token();
        let pg_restore = PgRestore { token: &stop, ..*pg_restore };
        let (bytes, compared) = (self.bytes(), self.compared());
        let mut schedule = Schedule::new(&bytes, &self.builds, &compared);
        let mut outcome = Outcome::new();
        let (mut running, mut failure) = (FuturesUnordered::new(), None);
        loop {
            while failure.is_none() && running.len() < self.jobs.max(1) {
                let Some(task) = schedule.next() else { break };
                let done = self.perform(task, &pg_restore);
                running.push(async move { (task, done.await) });
            }
            match running.next().await {
                None => break,
                Some((task, Ok(done))) => {
                    schedule.done(task);
                    outcome.add(done);
                    self.meter.beat();
                    if task == Task::Rest {
                        on_step(LoadStep::Indexes);
                    }
                }
                Some((_, Err(error))) => {
                    stop.cancel();
                    failure.get_or_insert(error);
                }
            }
        }
        drop(running);
        self.sessions.close().await;
        self.sessions_of_maker.close().await;
        match failure {
            Some(error) => Err(error),
            None => Ok(outcome),
        }
    }

    fn bytes(&self) -> Vec<u64> {
        self.tables.iter().map(|table| table.bytes).collect()
    }

    fn compared(&self) -> Vec<Compared> {
        let places: HashMap<_, _> = self.tables.iter().map(|table| table.name.as_str()).zip(0..).collect();
        let counted = self.counted.iter().map(|table| {
            let digest = &table.digest;
            let name = format!("{}.{}", digest.schema, digest.name);
            Compared { bytes: digest.bytes, table: places.get(name.as_str()).copied() }
        });
        counted.collect()
    }

    async fn perform(&self, task: Task, pg_restore: &PgRestore<'_>) -> Result<Done, LoadError> {
        match task {
            Task::Load(at) => self.load(&self.tables[at], pg_restore.token).await.map(Done::Loaded),
            Task::Rest => {
                set_sequences(&self.head.toc, self.target).await?;
                large_objects(self.dump, self.head, pg_restore, self.ownership).await.map(Done::Said)
            }
            Task::Build(at) => {
                let list = Some(vec![self.builds[at].dump_id]);
                self.build(list, 1, pg_restore).await.map(Done::Said)
            }
            Task::Finish => self.finish(pg_restore).await.map(Done::Said),
            Task::Compare(at) => {
                let compared = self.compare(&self.counted[at], pg_restore.token).await;
                Ok(Done::Compared(compared))
            }
        }
    }

    async fn load(&self, table: &Table, token: &CancellationToken) -> Result<u64, LoadError> {
        let work = async {
            let sessions = self.sessions_for(&table.name);
            let session = sessions.take().await?;
            let int_bytes = self.head.toc.header.int_bytes;
            let rows = copy(self.dump, int_bytes, &session, table, self.meter).await?;
            sessions.give_back(session).await;
            Ok(rows)
        };
        tokio::select! {
            loaded = work => loaded,
            () = token.cancelled() => Err(LoadError::Cancelled),
        }
    }

    fn sessions_for(&self, table: &str) -> &Sessions<'_> {
        if self.of_maker.contains(table) { &self.sessions_of_maker } else { &self.sessions }
    }

    /// What of the last section has not been built by itself.
    async fn finish(&self, pg_restore: &PgRestore<'_>) -> Result<Vec<Message>, LoadError> {
        let built: HashSet<i64> = self.builds.iter().map(|build| build.dump_id).collect();
        let stages = Stages::of(&self.head.toc, &built);
        let jobs = if stages.has_owners && self.ownership.owners { 1 } else { self.jobs };
        if stages.is_plain {
            let list = (!built.is_empty()).then_some(stages.first);
            let mut said = self.build(list, jobs, pg_restore).await?;
            said.extend(self.rights_at_the_end().await?);
            return Ok(said);
        }
        let mut said = self.build(Some(stages.first), jobs, pg_restore).await?;
        said.extend(self.build(Some(stages.alone), 1, pg_restore).await?);
        if self.ownership.owners {
            give_owners(&self.head.toc, AFTER_ROWS, self.target, &mut said).await?;
        }
        said.extend(self.build(Some(stages.refreshed), self.jobs, pg_restore).await?);
        let as_filler = PgRestore { target: self.filler, ..*pg_restore };
        said.extend(self.build(Some(stages.checks), 1, &as_filler).await?);
        said.extend(self.rights_at_the_end().await?);
        said.extend(self.build(Some(stages.last), 1, pg_restore).await?);
        if self.ownership.owners {
            give_owners(&self.head.toc, AT_THE_END, self.target, &mut said).await?;
        }
        Ok(said)
    }

    async fn rights_at_the_end(&self) -> Result<Vec<Message>, LoadError> {
        if !self.ownership.privileges {
            return Ok(Vec::new());
        }
        give_rights(&self.head.toc, When::End, self.target).await
    }

    /// Makes what a list names of the last section, or all of it.
    async fn build(
        &self,
        list: Option<Vec<i64>>,
        jobs: usize,
        pg_restore: &PgRestore<'_>,
    ) -> Result<Vec<Message>, LoadError> {
        let mut arguments = arguments("--section=post-data", self.ownership, self.head);
        if let Some(list) = list {
            if list.is_empty() {
                return Ok(Vec::new());
            }
            arguments.push(format!("--use-list={}", self.head.list(&list)?));
        }
        pg_restore.run(arguments, jobs, None).await
    }

    async fn compare(
        &self,
        table: &DumpedTable,
        token: &CancellationToken,
    ) -> Result<Option<TableDifference>, RowsError> {
        let work = async {
            let digest = &table.digest;
            let sessions = self.sessions_for(&format!("{}.{}", digest.schema, digest.name));
            let session = sessions.take().await?;
            let difference = compare_table(&session, table, self.meter).await;
            sessions.give_back(session).await;
            Ok(difference)
        };
        tokio::select! {
            compared = work => compared,
            () = token.cancelled() => Err(RowsError::Cancelled),
        }
    }
}

impl Outcome {
    fn new() -> Self {
        let now = Instant::now();
        Self { rows: 0, messages: Vec::new(), differences: Ok(Vec::new()), built_at: now, compared_at: now }
    }

    fn add(&mut self, done: Done) {
        match done {
            Done::Loaded(rows) => self.rows += rows,
            Done::Said(messages) => {
                self.built_at = Instant::now();
                for message in messages {
                    // What each call of `pg_restore` says of the server, it says once.
                    let is_known = message.noise == Noise::Expected && self.messages.contains(&message);
                    if !is_known {
                        self.messages.push(message);
                    }
                }
            }
            Done::Compared(Ok(difference)) => {
                self.compared_at = Instant::now();
                if let Ok(all) = &mut self.differences {
                    all.extend(difference);
                }
            }
            Done::Compared(Err(error)) => {
                if self.differences.is_ok() {
                    self.differences = Err(error);
                }
            }
        }
    }
}
