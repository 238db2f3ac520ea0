//! Logs: 24 hours per query at most, and only so many rows; a range is asked for piece by piece.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::Value;

use super::Supabase;
use crate::platform::http::Call;
use crate::platform::{Act, PlatformError};

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
    /// Reads logs between two moments; `sql` chooses what, in the API's own dialect, absent means the edge's.
    ///
    /// # Errors
    /// When the account may not read them, a query is refused, or the range is none.
    pub async fn logs(
        &self,
        from: Timestamp,
        to: Timestamp,
        sql: Option<&str>,
    ) -> Result<Logs, PlatformError> {
        if to <= from {
            return Err(self.failed("read its logs", "the range ends before it begins", false));
        }
        let (mut logs, mut queries) = (Logs::default(), 0);
        let mut open = pieces(from, to);
        open.reverse();
        while let Some((from, to)) = open.pop() {
            queries += 1;
            if queries > QUERIES_MAX {
                logs.notes.push(format!("nothing from {from} on was read: the range has too many entries"));
                break;
            }
            let entries = self.piece(from, to, sql).await?;
            if entries.len() < ROWS_MAX {
                logs.entries.extend(entries);
            } else if to.duration_since(from) > PIECE_MIN {
                let middle = halved(from, to);
                open.push((middle, to));
                open.push((from, middle));
            } else {
                logs.notes.push(format!(
                    "the minute from {from} has {} entries or more, and was cut",
                    entries.len()
                ));
                logs.entries.extend(entries);
            }
        }
        Ok(logs)
    }

    async fn piece(
        &self,
        from: Timestamp,
        to: Timestamp,
        sql: Option<&str>,
    ) -> Result<Vec<Value>, PlatformError> {
        let doing = "read its logs";
        let segments = ["v1", "projects", self.reference.as_str(), "analytics", "endpoints", "logs.all"];
        let mut call = Call::new(Method::GET, &segments, doing)
            .query("iso_timestamp_start", from.to_string())
            .query("iso_timestamp_end", to.to_string());
        if let Some(sql) = sql {
            call = call.query("sql", sql);
        }
        let answer = self.ask(Act::ExportLogs, doing, call).await?;
        match &answer.body["result"] {
            Value::Array(entries) => Ok(entries.clone()),
            Value::Null => Ok(Vec::new()),
            _ => Err(self.http.odd("logs that are no list")),
        }
    }
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

/// Where a piece is split: at a whole minute, since the API rounds.
fn halved(from: Timestamp, to: Timestamp) -> Timestamp {
    let middle = from.as_second() + (to.as_second() - from.as_second()) / 2;
    let minute = middle - middle.rem_euclid(60);
    let middle = if minute > from.as_second() { minute } else { from.as_second() + 60 };
    Timestamp::from_second(middle).unwrap_or(to).min(to)
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
    fn a_piece_is_split_at_a_whole_minute_inside_of_it() {
        assert_eq!(halved(at(0), at(24 * 60)), at(12 * 60));
        assert_eq!(halved(at(1), at(3)), at(2));
        let odd = Timestamp::from_second(30).unwrap();
        let middle = halved(odd, Timestamp::from_second(95).unwrap());
        assert!(middle > odd && middle < Timestamp::from_second(95).unwrap());
    }
}
