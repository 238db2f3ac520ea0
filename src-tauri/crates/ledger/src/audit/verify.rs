//! The verdict on the chain: along all entries, then its end against the head beside the catalogue and
//! against what the newest backups say of it.

use sqlx::sqlite::SqliteConnection;

use super::head::{Found, Head};
use super::recorder::ENTRIES_BEFORE_HEAD;
pub use super::walk::Broken;
use super::walk::Walk;
use super::{AuditError, Entry, Recorder};
use crate::catalog::{CatalogError, audit as rows};
use base::failure::Failure;

/// Entries that are read at a time: some MiB at most.
const PAGE: u32 = 2000;
/// The table has so many triggers that refuse changes.
const GUARDS: i64 = 3;

/// What the verification of the chain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Entries that are there.
    pub entries: u64,
    /// When the first was recorded.
    pub first_at_ms: Option<i64>,
    /// When the last was recorded.
    pub last_at_ms: Option<i64>,
    /// The hash of the last: whoever notes it down elsewhere can compare it later.
    pub last_hash: Option<String>,
    /// The first entry that does not fit; nothing where the chain is whole.
    pub broken: Option<Broken>,
    /// How many of the last entries the head does not cover, as after a crash.
    pub head_behind: u64,
    /// The chain that was there before, as the first entry names it: its last number.
    pub before: Option<i64>,
    /// How many backups say where the chain was, and were compared; nothing where that was not asked for.
    pub backups_compared: Option<u64>,
    /// Why backups were not compared, where that was asked for.
    pub not_compared: Option<String>,
    /// The verdict in words.
    pub sentence: String,
}

impl AuditReport {
    fn say(&mut self, sentence: &str) {
        self.sentence.push(' ');
        self.sentence.push_str(sentence);
    }

    fn compared(&mut self, backups: u64) {
        self.backups_compared = Some(backups);
        if self.broken.is_none() && backups > 0 {
            let what = if backups == 1 { "1 backup says".into() } else { format!("{backups} backups say") };
            self.say(&format!("It agrees with what {what} of it."));
        }
    }

    fn not_compared(&mut self, why: String) {
        self.say(&format!("It was not compared with the backups: {why}."));
        self.not_compared = Some(why);
    }
}

impl Recorder {
    /// Verifies the chain, and where `in_backups` is given also against what backups say of it: the id of each, and
    /// where the chain ended when it was made, or why that could not be read.
    ///
    /// # Errors
    /// When the chain cannot be read at all. That it is broken, or the backups are not there, is no error.
    pub async fn verify(
        &self,
        in_backups: Option<Result<Vec<(String, Head)>, Failure>>,
    ) -> Result<AuditReport, AuditError> {
        // First the head, then the entries: it is never ahead of those.
        let found = Head::read(self.head_path());
        let seen = async {
            let mut view = self.catalog().view_audit().await?;
            let heads = in_backups.iter().flatten().flatten();
            Seen::look(&mut view, &found, heads).await
        };
        let Seen { mut walk, at_head, compared, rewritten, guards } =
            seen.await.map_err(|source| AuditError::Read { source })?;
        let end = walk.last.as_ref().map_or(0, |last| last.seq);
        let broken = walk
            .broken
            .take()
            .or_else(|| judge_end(&found, at_head.as_deref(), end))
            .or(rewritten)
            .or_else(|| judge_guards(guards, end));
        let head_behind = match &found {
            Found::Head(head) => end.saturating_sub(head.seq),
            _ => end,
        };
        let mut report = report(walk, broken, u64::try_from(head_behind).unwrap_or(0));
        match in_backups {
            None => {}
            Some(Ok(_)) => report.compared(compared),
            Some(Err(failure)) => report.not_compared(failure.message),
        }
        Ok(report)
    }
}

/// What one view of the table shows.
struct Seen {
    walk: Walk,
    /// The hash at the place that the head names.
    at_head: Option<String>,
    /// Backups that speak of this chain.
    compared: u64,
    /// The first place where one of them says otherwise.
    rewritten: Option<Broken>,
    guards: i64,
}

impl Seen {
    async fn look(
        view: &mut SqliteConnection,
        found: &Found,
        in_backups: impl Iterator<Item = &(String, Head)>,
    ) -> Result<Self, CatalogError> {
        let mut walk = Walk::default();
        let mut after = i64::MIN;
        loop {
            let page = rows::after(view, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for entry in page {
                walk.step(entry);
            }
        }
        let at_head = match found {
            Found::Head(head) => rows::hash_at(view, head.seq).await?,
            Found::Nothing | Found::Unreadable(_) => None,
        };
        let chain = walk.first.as_ref().map(|first| first.hash.clone()).unwrap_or_default();
        let (mut compared, mut rewritten) = (0, None);
        // Backups of another computer speak of another chain.
        for (backup, head) in in_backups.filter(|(_, head)| head.chain == chain) {
            compared += 1;
            if rewritten.is_none() && rows::hash_at(view, head.seq).await?.as_ref() != Some(&head.hash) {
                rewritten = Some(Broken::at(
                    head.seq,
                    format!(
                        "Entry {} is missing, or another than the backup {} knew: the chain was cut or written anew.",
                        head.seq,
                        backup.get(..8).unwrap_or(backup)
                    ),
                ));
            }
        }
        let guards = rows::guards(view).await?;
        Ok(Self { walk, at_head, compared, rewritten, guards })
    }
}

/// Whether the chain still reaches to where the head says.
fn judge_end(found: &Found, at_head: Option<&str>, end: i64) -> Option<Broken> {
    match found {
        Found::Head(head) if head.seq > end => {
            let which = if head.seq == end + 1 {
                format!("Entry {} is missing at the end.", head.seq)
            } else {
                format!("Entries {} to {} are missing at the end.", end + 1, head.seq)
            };
            Some(Broken::at(end + 1, which))
        }
        Found::Head(head) if at_head != Some(head.hash.as_str()) => Some(Broken::at(
            head.seq,
            format!("Entry {} is another than the head knew: the chain was written anew.", head.seq),
        )),
        Found::Nothing if end > ENTRIES_BEFORE_HEAD => Some(Broken::at(
            end + 1,
            "The file audit.head is missing: whether entries were cut off at the end cannot be shown.",
        )),
        Found::Unreadable(why) => Some(Broken::at(
            end + 1,
            format!(
                "The file audit.head cannot be read ({why}): whether entries were cut off at the end cannot be shown."
            ),
        )),
        Found::Head(_) | Found::Nothing => None,
    }
}

fn judge_guards(guards: i64, end: i64) -> Option<Broken> {
    (guards != GUARDS).then(|| {
        Broken::at(end + 1, "The table has lost its guards against changes: somebody opened it for them.")
    })
}

fn report(walk: Walk, broken: Option<Broken>, head_behind: u64) -> AuditReport {
    let Walk { entries, first, last, broken: _ } = walk;
    let before = first.as_ref().and_then(chain_before);
    let mut said = vec![match &broken {
        Some(broken) => format!("The chain is broken at entry {}. {}", broken.seq, broken.problem),
        None if entries == 0 => "Nothing is recorded yet.".into(),
        None if entries == 1 => "The chain is whole: 1 entry.".into(),
        None => format!("The chain is whole: {entries} entries, each bound to the one before it."),
    }];
    if broken.is_none() && head_behind > 0 {
        said.push(format!(
            "The file of the head is {head_behind} behind, as after a crash; the next entry catches it up."
        ));
    }
    if let Some(seq) = before {
        said.push(format!(
            "It began anew: an earlier chain of this profile, which ended with entry {seq}, is not in this catalogue."
        ));
    }
    AuditReport {
        entries,
        first_at_ms: first.as_ref().map(|entry| entry.at_ms),
        last_at_ms: last.as_ref().map(|entry| entry.at_ms),
        last_hash: last.map(|entry| entry.hash),
        broken,
        head_behind,
        before,
        backups_compared: None,
        not_compared: None,
        sentence: said.join(" "),
    }
}

/// The last number of the chain before this one, as the first entry names it.
fn chain_before(first: &Entry) -> Option<i64> {
    let details: serde_json::Value = serde_json::from_str(&first.details).ok()?;
    details["before_seq"].as_i64()
}
