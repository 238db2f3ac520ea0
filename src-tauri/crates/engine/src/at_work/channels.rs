//! Which channels this process sends to at this moment: what it claimed and is not at any more goes back.
//!
//! A claim is a row under the name of the process, and as long as it stands nobody sends to that channel. What a dead
//! process claimed is told by its lock; what a living one left, because it could not be written down how the sending
//! ended, or because it panicked, is told by this list alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Another process sends for so long before it is looked again whether it still does.
const OTHERS_TURN: SignedDuration = SignedDuration::from_secs(5);

/// How this process stands to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Sends,
    Left,
    /// Another process sends there: it is not looked at again before this moment.
    Others(Timestamp),
}

impl Stand {
    /// A clock that was set back is no reason to wait for it.
    fn holds(self, now: Timestamp) -> bool {
        match self {
            Self::Sends | Self::Left => true,
            Self::Others(until) => until > now && until.duration_since(now) <= OTHERS_TURN,
        }
    }
}

/// The channels that this process sends to, or left while it did.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChannelsAtWork {
    channels: Arc<Mutex<HashMap<String, Stand>>>,
}

impl ChannelsAtWork {
    /// Begins to send to a channel; nothing while this process does already, or has not freed what it left, or
    /// another one sent there a moment ago.
    pub(crate) fn begin(&self, channel: &str, now: Timestamp) -> Option<Turn> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if channels.get(channel).is_some_and(|stand| stand.holds(now)) {
            return None;
        }
        channels.insert(channel.to_owned(), Stand::Sends);
        Some(Turn { at_work: self.clone(), channel: channel.to_owned(), then: Some(Stand::Left) })
    }

    /// When a channel is looked at again to which another process sends.
    pub(crate) fn others_until(&self, channel: &str) -> Option<Timestamp> {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        match channels.get(channel)? {
            Stand::Others(until) => Some(*until),
            Stand::Sends | Stand::Left => None,
        }
    }

    /// Takes up a channel that was left; nobody begins there before this turn is over.
    pub(crate) fn left(&self) -> Option<Turn> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let (channel, stand) = channels.iter_mut().find(|(_, stand)| **stand == Stand::Left)?;
        *stand = Stand::Sends;
        Some(Turn { at_work: self.clone(), channel: channel.clone(), then: Some(Stand::Left) })
    }
}

/// The right to claim for a channel. Whoever lets go of it before it is over has left something there.
#[derive(Debug)]
pub(crate) struct Turn {
    at_work: ChannelsAtWork,
    channel: String,
    /// How the channel stands afterwards.
    then: Option<Stand>,
}

impl Turn {
    /// The channel.
    pub(crate) fn channel(&self) -> &str {
        &self.channel
    }

    /// Nothing that was claimed is open.
    pub(crate) fn over(mut self) {
        self.then = None;
    }

    /// Nothing could be claimed: another process sends there.
    pub(crate) fn others(mut self, now: Timestamp) {
        self.then = Some(Stand::Others(now.checked_add(OTHERS_TURN).unwrap_or(now)));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut channels = self.at_work.channels.lock().unwrap_or_else(PoisonError::into_inner);
        match self.then {
            None => channels.remove(&self.channel),
            Some(stand) => channels.insert(self.channel.clone(), stand),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_sent_to_by_one_at_a_time_and_what_was_left_is_freed_before_the_next() {
        let (at_work, now) = (ChannelsAtWork::default(), Timestamp::UNIX_EPOCH);
        let (one, other) = (at_work.begin("one", now).unwrap(), at_work.begin("other", now).unwrap());
        assert!(at_work.begin("one", now).is_none() && at_work.left().is_none(), "both are at work");
        one.over();
        at_work.begin("one", now).unwrap().over();

        drop(other);

        // The second notifier of the process sees it as well.
        let freeing = at_work.clone().left().unwrap();
        assert!(at_work.begin("other", now).is_none() && at_work.left().is_none(), "it is being freed");
        freeing.over();
        assert!(at_work.begin("other", now).is_some());
    }

    #[test]
    fn a_channel_that_another_process_sends_to_is_left_alone_for_a_moment_whatever_the_clock_does() {
        let (at_work, now) = (ChannelsAtWork::default(), Timestamp::UNIX_EPOCH);
        at_work.begin("one", now).unwrap().others(now);

        assert!(at_work.begin("one", now).is_none());
        assert_eq!(at_work.others_until("one"), Some(now + OTHERS_TURN));
        assert!(at_work.left().is_none(), "nothing of it is open here");
        let set_back = now - SignedDuration::from_hours(1);
        at_work
            .begin("one", set_back)
            .expect("a clock that was set back makes nobody wait for an hour")
            .others(now);
        at_work.begin("one", now + OTHERS_TURN).unwrap().over();
        assert_eq!(at_work.others_until("one"), None);
    }
}
