//! Adding to the chain: one entry after the other, also from several processes at once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};
use tokio::sync::broadcast;
use uuid::Uuid;

use super::entry::NO_HASH;
use super::head::{Found, HEAD_FILE, Head};
use super::{Act, AuditError, Details, Entry, Fact, Subject};
use crate::catalog::{Catalog, CatalogError, audit as rows};
use crate::event::{Event, Topic};
use crate::job::Trigger;
use base::account::{this_host, this_user};
use base::clock::now_ms;

/// A first entry, and the one that needed it: so much may be there before the head is first written.
pub(super) const ENTRIES_BEFORE_HEAD: i64 = 2;

/// Who acts in this process, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The account, as the operating system calls it.
    pub who: String,
    /// The computer.
    pub host: String,
    /// Window, command line, schedule.
    pub from: Trigger,
    /// Program and process number.
    pub process: String,
}

impl Origin {
    /// This process, of this account, on this computer.
    pub fn of_this_process(from: Trigger) -> Self {
        let program = std::env::current_exe().ok();
        let name = program.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy());
        let process = format!("{}[{}]", name.as_deref().unwrap_or("holdfast"), std::process::id());
        Self { who: this_user(), host: this_host(), from, process }
    }
}

/// What this process wrote, and who hears of it.
#[derive(Debug, Default)]
struct Written {
    /// Numbers of its entries, until somebody asked whose they are.
    mine: Mutex<BTreeSet<i64>>,
    listeners: OnceLock<broadcast::Sender<Event>>,
}

/// The chain of a profile, to be added to; cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    catalog: Catalog,
    head: Utf8PathBuf,
    origin: Arc<Origin>,
    written: Arc<Written>,
}

/// An entry that is being written, and the effect that belongs to it: both, or neither.
#[derive(Debug)]
#[must_use = "without a commit nothing is recorded"]
pub struct Writing {
    tx: Transaction<'static, Sqlite>,
    catalog: Catalog,
    head: Utf8PathBuf,
    seq: i64,
    written: Arc<Written>,
}

impl Recorder {
    /// The chain of this catalogue; its head is a file in the profile's folder `home`.
    pub fn new(catalog: Catalog, home: &Utf8Path, origin: Origin) -> Self {
        Self { catalog, head: home.join(HEAD_FILE), origin: Arc::new(origin), written: Arc::default() }
    }

    /// The same chain, for what something else does in this process.
    #[must_use]
    pub fn started_by(&self, from: Trigger) -> Self {
        Self { origin: Arc::new(Origin { from, ..self.origin.as_ref().clone() }), ..self.clone() }
    }

    /// Records what is about to be done, or what came of it. Once this returns it is on the disk.
    pub async fn record(&self, act: Act, subject: &Subject, details: Details) -> Result<(), AuditError> {
        let Writing { tx, catalog, head, seq, written } = self.begin(act, subject, details).await?;
        tx.commit().await.map_err(refused)?;
        written.note(seq);
        write_head(&catalog, &head).await
    }

    /// Begins to record something whose effect is in the catalogue too: it goes through
    /// [`Writing::connection`], and through no other connection, which would wait for this one.
    pub async fn begin(&self, act: Act, subject: &Subject, details: Details) -> Result<Writing, AuditError> {
        let mut tx = self.catalog.begin_audit().await.map_err(|source| AuditError::Write { source })?;
        self.write_first_head(&mut tx).await?;
        let seq = self
            .append(&mut tx, act, subject, details)
            .await
            .map_err(|source| AuditError::Write { source })?;
        let (catalog, head, written) = (self.catalog.clone(), self.head.clone(), Arc::clone(&self.written));
        Ok(Writing { tx, catalog, head, seq, written })
    }

    /// Whoever recorded first may have ended, or not come to it yet: no third entry stands without a head,
    /// which would look like one that was taken away.
    async fn write_first_head(&self, on: &mut SqliteConnection) -> Result<(), AuditError> {
        if Head::read(&self.head) != Found::Nothing {
            return Ok(());
        }
        match head_of(on).await.map_err(|source| AuditError::Write { source })? {
            Some(head) if head.seq <= ENTRIES_BEFORE_HEAD => head.write(&self.head),
            _ => Ok(()),
        }
    }

    async fn append(
        &self,
        on: &mut SqliteConnection,
        act: Act,
        subject: &Subject,
        details: Details,
    ) -> Result<i64, CatalogError> {
        let last = rows::last(on).await?;
        let found = Head::read(&self.head);
        let mut last = match last {
            None => self.start(on, found).await?,
            Some(last) => match self.gap(on, &last, found).await? {
                None => last,
                // Whoever cut the chain would like the head to be written over: it is written down first.
                Some(gap) => self.link(on, Some(&last), Act::ChainBroken, &Subject::profile(), gap).await?,
            },
        };
        last = self.link(on, Some(&last), act, subject, details).await?;
        tracing::debug!(seq = last.seq, act = %last.act, "recorded");
        Ok(last.seq)
    }

    /// The first entry says which chain this is, and whether there was one before it.
    async fn start(&self, on: &mut SqliteConnection, found: Found) -> Result<Entry, CatalogError> {
        let id = Uuid::new_v4().simple().to_string();
        let details = Details::none().with("chain", Fact::Id(&id));
        let details = match &found {
            Found::Nothing => details.with("before", Fact::Word("nothing")),
            Found::Unreadable(_) => details.with("before", Fact::Word("an unreadable head")),
            Found::Head(head) => details
                .with("before", Fact::Word("another chain"))
                .with("before_chain", Fact::Id(&head.chain))
                .with("before_seq", Fact::Count(u64::try_from(head.seq).unwrap_or(0)))
                .with("before_hash", Fact::Id(&head.hash)),
        };
        let emptied = rows::is_begun(on).await?;
        let details = details.with("emptied", Fact::Flag(emptied));
        let first = self.link(on, None, Act::ChainStarted, &Subject::profile(), details).await?;
        rows::set_begun(on, &first.hash).await?;
        Ok(first)
    }

    /// What the head knows and the chain does not.
    async fn gap(
        &self,
        on: &mut SqliteConnection,
        last: &Entry,
        found: Found,
    ) -> Result<Option<Details>, CatalogError> {
        let details = Details::none().with("found", Fact::Count(u64::try_from(last.seq).unwrap_or(0)));
        Ok(match found {
            Found::Head(head) => {
                if rows::hash_at(on, head.seq).await?.as_deref() == Some(head.hash.as_str()) {
                    return Ok(None);
                }
                let seq = u64::try_from(head.seq).unwrap_or(0);
                Some(details.with("head_seq", Fact::Count(seq)).with("head_hash", Fact::Id(&head.hash)))
            }
            Found::Nothing if last.seq <= ENTRIES_BEFORE_HEAD => None,
            Found::Nothing => Some(details.with("head", Fact::Word("missing"))),
            Found::Unreadable(_) => Some(details.with("head", Fact::Word("unreadable"))),
        })
    }

    async fn link(
        &self,
        on: &mut SqliteConnection,
        last: Option<&Entry>,
        act: Act,
        subject: &Subject,
        details: Details,
    ) -> Result<Entry, CatalogError> {
        let Origin { who, host, from, process } = self.origin.as_ref();
        let mut entry = Entry {
            seq: last.map_or(1, |last| last.seq + 1),
            at_ms: now_ms(),
            who: who.clone(),
            host: host.clone(),
            origin: from.as_str().into(),
            process: process.clone(),
            act: act.code().into(),
            subject_kind: subject.kind.into(),
            subject_id: subject.id.clone(),
            subject_name: subject.name.clone(),
            details: details.text(),
            prev: last.map_or_else(|| NO_HASH.into(), |last| last.hash.clone()),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        rows::add(on, &entry).await?;
        Ok(entry)
    }

    /// Where the chain ends now; nothing before its first entry.
    pub async fn current(&self) -> Result<Option<Head>, AuditError> {
        let read = async {
            let mut view = self.catalog.view_audit().await?;
            head_of(&mut view).await
        };
        read.await.map_err(|source| AuditError::Read { source })
    }

    /// The catalogue that holds the chain.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// From here on listeners hear of what is recorded.
    pub fn tell(&self, listeners: broadcast::Sender<Event>) {
        // Whoever was named first stays: there is one set of listeners per process.
        let _ = self.written.listeners.set(listeners);
    }

    /// The number of the last entry, by the file of the head: asking costs no query.
    pub fn last_number(&self) -> Option<i64> {
        match Head::read(&self.head) {
            Found::Head(head) => Some(head.seq),
            Found::Nothing | Found::Unreadable(_) => None,
        }
    }

    /// Whether this process wrote all entries after `from`, up to `to`. Each number can be asked for once.
    pub fn were_mine(&self, from: i64, to: i64) -> bool {
        let mut mine = self.written.mine.lock().unwrap_or_else(PoisonError::into_inner);
        let were_mine = to >= from && (from + 1..=to).all(|seq| mine.contains(&seq));
        *mine = mine.split_off(&(to + 1));
        were_mine
    }

    /// The file of the head.
    pub(super) fn head_path(&self) -> &Utf8Path {
        &self.head
    }
}

impl Writing {
    /// Where the effect goes that is being recorded.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }

    /// Commits the entry and its effect. They are done then: a head that stays behind is logged, and
    /// caught up by the next entry.
    pub async fn commit(self) -> Result<(), AuditError> {
        let Self { tx, catalog, head, seq, written } = self;
        tx.commit().await.map_err(refused)?;
        written.note(seq);
        if let Err(error) = write_head(&catalog, &head).await {
            tracing::error!(%error, "the head of the audit log stays behind");
        }
        Ok(())
    }
}

impl Written {
    /// Notes an entry as one of this process, before the head shows it to others, and tells who listens.
    fn note(&self, seq: i64) {
        self.mine.lock().unwrap_or_else(PoisonError::into_inner).insert(seq);
        if let Some(listeners) = self.listeners.get() {
            // Nobody listening is fine.
            let _ = listeners.send(Event::Changed(vec![Topic::Audit]));
        }
    }
}

fn refused(source: sqlx::Error) -> AuditError {
    AuditError::Write { source: source.into() }
}

/// Writes the head while nobody else can add an entry, so that it never goes back.
async fn write_head(catalog: &Catalog, path: &Utf8Path) -> Result<(), AuditError> {
    let locked = async {
        let mut tx = catalog.begin_audit().await?;
        Ok::<_, CatalogError>((head_of(&mut tx).await?, tx))
    };
    let (head, tx) = locked.await.map_err(|source| AuditError::Write { source })?;
    if let Some(head) = head {
        head.write(path)?;
    }
    tx.rollback().await.map_err(refused)
}

async fn head_of(on: &mut SqliteConnection) -> Result<Option<Head>, CatalogError> {
    let (Some(chain), Some(last)) = (rows::hash_at(on, 1).await?, rows::last(on).await?) else {
        return Ok(None);
    };
    Ok(Some(Head { chain, seq: last.seq, hash: last.hash }))
}
