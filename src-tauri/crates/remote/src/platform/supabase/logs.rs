//! Logs: 24 hours per query at most, and only so many rows; a range is asked for piece by piece.
//!
//! How many rows come is always asked for: what comes without is cut at a number that nobody says.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::Value;

use super::Supabase;
use crate::platform::http::Call;
use crate::platform::log_entries::{LogQuery, LogSender, halved, log_channel};
use crate::platform::{Act, PlatformError};

/// What has logs there; the API's name of each ends in `_logs`.
pub(super) const SOURCES: [&str; 9] = [
    "edge",
    "postgres",
    "auth",
    "storage",
    "realtime",
    "postgrest",
    "supavisor",
    "function",
    "function_edge",
];
/// The API's own limit per query.
const PIECE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// The API rounds to minutes: nothing smaller can be asked for.
const PIECE_MIN: SignedDuration = SignedDuration::from_mins(1);
/// A query gives so many rows at most; one with exactly so many is taken as cut.
const ROWS_MAX: usize = 1000;
/// A month, in pieces of a day, each split often.
const QUERIES_MAX: usize = 20_000;

/// Logs of a range.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Logs {
    /// Entries as the API sends them, piece after piece.
    pub entries: Vec<Value>,
    /// What is missing, as sentences: pieces that were cut.
    pub notes: Vec<String>,
}

impl Supabase {
    /// Reads logs between two moments into memory; `sql` chooses what, in the API's own dialect, absent means
    /// the edge's.
    ///
    /// # Errors
    /// When the account may not read them, a query is refused, or the range is none.
    pub async fn logs(
        &self,
        from: Timestamp,
        to: Timestamp,
        sql: Option<&str>,
    ) -> Result<Logs, PlatformError> {
        let edge = query_of(SOURCES[0]);
        let (into, mut entries) = log_channel();
        let collect = async {
            let mut all = Vec::new();
            while let Some(batch) = entries.recv().await {
                all.extend(batch);
            }
            all
        };
        let (notes, entries) = tokio::join!(self.pieces(from, to, sql.unwrap_or(&edge), into), collect);
        Ok(Logs { entries, notes: notes? })
    }

    /// Sends logs on, piece after piece; what is missing, as sentences.
    pub(super) async fn send_logs(
        &self,
        query: &LogQuery,
        into: LogSender,
    ) -> Result<Vec<String>, PlatformError> {
        let source = query.source.as_deref().unwrap_or(SOURCES[0]);
        if !SOURCES.contains(&source) {
            let said = format!("{source:?} is no source of logs; there are {}", SOURCES.join(", "));
            return Err(self.failed("read its logs", &said, false));
        }
        self.pieces(query.from, query.to, &query_of(source), into).await
    }

    async fn pieces(
        &self,
        from: Timestamp,
        to: Timestamp,
        sql: &str,
        into: LogSender,
    ) -> Result<Vec<String>, PlatformError> {
        if to <= from {
            return Err(self.failed("read its logs", "the range ends before it begins", false));
        }
        let (mut notes, mut queries, mut last) = (Vec::new(), 0, HashSet::new());
        let mut open = pieces(whole_minute(from, 0), whole_minute(to, 59));
        open.reverse();
        while let Some((from, to)) = open.pop() {
            queries += 1;
            if queries > QUERIES_MAX {
                notes.push(format!("nothing from {from} on was read: the range has too many entries"));
                break;
            }
            let mut entries = self.piece(from, to, sql).await?;
            if entries.len() >= ROWS_MAX {
                if let Some(middle) = halved(from, to, PIECE_MIN) {
                    open.push((middle, to));
                    open.push((from, middle));
                    entries.clear();
                } else {
                    let many = entries.len();
                    notes.push(format!("the minute from {from} has {many} entries or more, and was cut"));
                }
            }
            // The end of one piece is the beginning of the next: what is of both is taken once.
            let ids: HashSet<String> =
                entries.iter().filter_map(|entry| Some(entry["id"].as_str()?.to_owned())).collect();
            entries.retain(|entry| entry["id"].as_str().is_none_or(|id| !last.contains(id)));
            if !ids.is_empty() {
                last = ids;
            }
            if into.send(entries).await.is_err() {
                // Whoever writes them has ended, and says why.
                break;
            }
        }
        Ok(notes)
    }

    async fn piece(&self, from: Timestamp, to: Timestamp, sql: &str) -> Result<Vec<Value>, PlatformError> {
        let doing = "read its logs";
        let segments = ["v1", "projects", self.reference.as_str(), "analytics", "endpoints", "logs.all"];
        let call = Call::new(Method::GET, &segments, doing)
            .query("iso_timestamp_start", from.to_string())
            .query("iso_timestamp_end", to.to_string())
            .query("sql", sql);
        let answer = self.ask(Act::ReadLogs, doing, call).await?;
        match &answer.body["result"] {
            Value::Array(entries) => Ok(entries.clone()),
            Value::Null => Ok(Vec::new()),
            _ => Err(self.http.odd("logs that are no list")),
        }
    }
}

fn query_of(source: &str) -> String {
    format!(
        "select id, timestamp, event_message, metadata from {source}_logs order by timestamp limit {ROWS_MAX}"
    )
}

/// The whole minute before it, or, with 59 seconds more, the one after it.
fn whole_minute(at: Timestamp, more: i64) -> Timestamp {
    let second = at.as_second() + more + i64::from(more > 0 && at.subsec_nanosecond() > 0);
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}

/// A range in pieces of 24 hours at most, in order.
fn pieces(from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let (mut pieces, mut at) = (Vec::new(), from);
    while at < to {
        let end = at.checked_add(PIECE_MAX).unwrap_or(to).min(to);
        pieces.push((at, end));
        at = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(60 * minutes).unwrap()
    }

    #[test]
    fn a_range_is_asked_for_in_pieces_of_a_day_that_follow_one_another() {
        let day = 24 * 60;
        assert_eq!(pieces(at(0), at(day)), [(at(0), at(day))]);
        assert_eq!(
            pieces(at(5), at(2 * day + 6)),
            [(at(5), at(day + 5)), (at(day + 5), at(2 * day + 5)), (at(2 * day + 5), at(2 * day + 6))]
        );
    }

    #[test]
    fn a_range_is_widened_to_whole_minutes() {
        let second = |second| Timestamp::from_second(second).unwrap();
        assert_eq!((whole_minute(second(61), 0), whole_minute(second(61), 59)), (at(1), at(2)));
        assert_eq!((whole_minute(at(2), 0), whole_minute(at(2), 59)), (at(2), at(2)));
        let little = "1970-01-01T00:02:00.5Z".parse().unwrap();
        assert_eq!((whole_minute(little, 0), whole_minute(little, 59)), (at(2), at(3)));
    }
}
