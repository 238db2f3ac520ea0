//! Channels: whether notifications are delivered.

use crate::health::facts::ChannelSeen;
use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::{age_words, sentence};
use base::Severity;

/// Each channel that fails, or that all is well with them; nothing where there is none.
pub(crate) fn channels(channels: &[ChannelSeen], now_ms: i64) -> Vec<Finding> {
    let failing: Vec<_> =
        channels.iter().filter_map(|channel| Some((channel, channel.failing_since_ms?))).collect();
    if failing.is_empty() {
        return all_well(channels).into_iter().collect();
    }
    // Where nothing arrives anywhere, nobody hears that anything is wrong.
    let is_nobody_told = failing.len() == channels.len();
    let severity = if is_nobody_told { Severity::Unknown } else { Severity::Warning };
    failing.into_iter().map(|(channel, since_ms)| of_one(channel, now_ms - since_ms, severity)).collect()
}

fn of_one(channel: &ChannelSeen, age_ms: i64, severity: Severity) -> Finding {
    let subject = format!("Channel “{}”", channel.name);
    let what = format!("has not delivered for {}.", age_words(age_ms));
    let said = channel.problem.as_deref().map(sentence).unwrap_or_default();
    let why = match severity {
        Severity::Unknown => format!("{said} Nothing that happens here is told anybody."),
        _ => said,
    };
    Finding::profile(Code::Channel, severity, subject, what)
        .value(Measure::age(age_ms))
        .why(why.trim())
        .act("Mend what it says, then send a test.", Act::Channel(channel.name.clone()))
        .told_otherwise()
}

fn all_well(channels: &[ChannelSeen]) -> Option<Finding> {
    let count = channels.len();
    let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    (count > 0).then(|| {
        let what = format!("reach you by {}.", names.join(", "));
        Finding::profile(Code::Channel, Severity::Ok, "Notifications", what)
            .value(Measure::count(count, "channel"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000_000;

    fn channel(failing_ms: Option<i64>) -> ChannelSeen {
        ChannelSeen {
            name: "ops".into(),
            problem: failing_ms.map(|_| "the server refused it".into()),
            failing_since_ms: failing_ms.map(|age| NOW - age),
        }
    }

    #[test]
    fn a_channel_that_fails_is_a_warning_and_where_none_works_nobody_knows() {
        let hour = 3_600_000;
        let of = |failing: &[Option<i64>]| {
            let all: Vec<_> = failing.iter().map(|failing| channel(*failing)).collect();
            channels(&all, NOW)
        };
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[None, None])[0].severity, Severity::Ok);
        let one = of(&[None, Some(3 * hour)]);
        assert_eq!((one.len(), one[0].severity), (1, Severity::Warning));
        assert_eq!(
            (one[0].what.as_str(), one[0].why.as_str()),
            ("has not delivered for 3 h 0 min.", "The server refused it.")
        );
        let all = of(&[Some(hour), Some(hour)]);
        assert!(all.len() == 2 && all.iter().all(|one| one.severity == Severity::Unknown), "{all:?}");
    }
}
