//! Logs of a platform: what is asked for, how much of it comes at a time, and how it travels.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc;

/// So many batches wait for whoever writes them; with a thousand entries each this is a few MiB.
const BATCHES_WAITING: usize = 4;

/// Entries on their way to a file, batch by batch, in the order of time. An empty batch says that the work
/// goes on.
pub type LogSender = mpsc::Sender<Vec<Value>>;
/// The other end of a [`LogSender`].
pub type LogReceiver = mpsc::Receiver<Vec<Value>>;

/// A bounded way for entries.
pub fn log_channel() -> (LogSender, LogReceiver) {
    mpsc::channel(BATCHES_WAITING)
}

/// What is asked of a platform's logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The first moment.
    pub from: Timestamp,
    /// The moment after the last one.
    pub to: Timestamp,
    /// One of the platform's sources; absent means its usual.
    pub source: Option<String>,
}

/// How an export of logs that a platform makes is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Entries of one export at most; one with exactly so many is taken as cut.
    pub entries_max: u64,
    /// Nothing shorter can be asked for.
    pub shortest: SignedDuration,
}

/// Where a range is split: at a whole multiple of `unit` inside of it, as near to the middle as can be;
/// nothing where there is none.
pub fn halved(from: Timestamp, to: Timestamp, unit: SignedDuration) -> Option<Timestamp> {
    let unit = unit.as_secs().max(1);
    let middle = from.as_second() + (to.as_second() - from.as_second()) / 2;
    let below = middle - middle.rem_euclid(unit);
    let at = if below > from.as_second() { below } else { below + unit };
    Timestamp::from_second(at).ok().filter(|at| from < *at && *at < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_split_at_a_whole_minute_or_day_inside_of_it_or_not_at_all() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let (minute, day) = (SignedDuration::from_mins(1), SignedDuration::from_hours(24));
        assert_eq!(halved(at(0), at(86_400), minute), Some(at(43_200)));
        assert_eq!(halved(at(60), at(180), minute), Some(at(120)));
        assert_eq!(halved(at(30), at(95), minute), Some(at(60)));
        assert_eq!(halved(at(0), at(60), minute), None);
        assert_eq!(halved(at(0), at(3 * 86_400), day), Some(at(86_400)));
        assert_eq!(halved(at(0), at(86_400), day), None);
    }
}
