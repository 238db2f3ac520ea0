//! Going along the chain, entry by entry, and stopping at the first that does not fit.

use super::entry::NO_HASH;
use super::{Act, Entry};

/// The first entry that does not fit, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its number; the one that should be there where it is missing.
    pub seq: i64,
    /// What is wrong, as a sentence.
    pub problem: String,
}

impl Broken {
    pub(super) fn at(seq: i64, problem: impl Into<String>) -> Self {
        Self { seq, problem: problem.into() }
    }
}

/// What was seen of the chain so far.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) entries: u64,
    pub(super) first: Option<Entry>,
    pub(super) last: Option<Entry>,
    pub(super) broken: Option<Broken>,
}

impl Walk {
    /// Takes the next entry; only the first break counts, since everything after it may follow from it.
    pub(super) fn step(&mut self, entry: Entry) {
        self.entries += 1;
        if self.broken.is_none() {
            self.broken = self.judge(&entry);
        }
        if self.first.is_none() {
            self.first = Some(entry.clone());
        }
        self.last = Some(entry);
    }

    fn judge(&self, entry: &Entry) -> Option<Broken> {
        let expected = self.last.as_ref().map_or(1, |last| last.seq.saturating_add(1));
        let before = self.last.as_ref().map_or(NO_HASH, |last| last.hash.as_str());
        if entry.seq != expected {
            let problem = if entry.seq > expected {
                format!("Entry {expected} is missing: entry {} follows in its place.", entry.seq)
            } else {
                format!("Entry {} was put before the beginning.", entry.seq)
            };
            return Some(Broken::at(expected, problem));
        }
        if entry.computed_hash() != entry.hash {
            return Some(Broken::at(
                entry.seq,
                format!("Entry {} was changed: its hash is another.", entry.seq),
            ));
        }
        if entry.prev != before {
            let problem = format!(
                "Entry {} does not follow the one before it: entries were changed, removed or put in there.",
                entry.seq
            );
            return Some(Broken::at(entry.seq, problem));
        }
        confessed(entry)
    }
}

/// A break that was found when something was recorded after it.
fn confessed(entry: &Entry) -> Option<Broken> {
    let details: serde_json::Value = serde_json::from_str(&entry.details).unwrap_or_default();
    if entry.act == Act::ChainBroken.code() {
        let found = details["found"].as_i64().unwrap_or(0);
        let problem = match (details["head_seq"].as_i64(), details["head"].as_str()) {
            (Some(head), _) if head > found => format!(
                "Entries {} to {head} had been cut off before entry {} was recorded.",
                found + 1,
                entry.seq
            ),
            (Some(head), _) => {
                format!("Before entry {} was recorded, entry {head} had been written anew.", entry.seq)
            }
            (None, how) => format!(
                "Before entry {} was recorded, the file of the head had become {}; entries may have been cut off.",
                entry.seq,
                how.unwrap_or("another")
            ),
        };
        return Some(Broken::at(entry.seq, problem));
    }
    let is_emptied = entry.act == Act::ChainStarted.code() && details["emptied"] == true;
    is_emptied.then(|| Broken::at(entry.seq, "The log had been emptied before its first entry was recorded."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entry::tests::entry;
    use super::*;

    fn chain(length: i64) -> Vec<Entry> {
        let mut all: Vec<Entry> = Vec::new();
        for seq in 1..=length {
            let prev = all.last().map_or(NO_HASH.to_owned(), |last| last.hash.clone());
            all.push(entry(seq, &prev));
        }
        all
    }

    fn walk(entries: &[Entry]) -> Walk {
        let mut walk = Walk::default();
        for entry in entries {
            walk.step(entry.clone());
        }
        walk
    }

    /// The field with this number, changed by `with`.
    fn change(entry: &mut Entry, field: usize, with: &str, number: i64) {
        let Entry {
            seq,
            at_ms,
            who,
            host,
            origin,
            process,
            act,
            subject_kind,
            subject_id,
            subject_name,
            details,
            prev,
            hash,
        } = entry;
        match field {
            0 => *seq = number,
            1 => *at_ms = number,
            _ => {
                let texts = [
                    who,
                    host,
                    origin,
                    process,
                    act,
                    subject_kind,
                    subject_id,
                    subject_name,
                    details,
                    prev,
                    hash,
                ];
                with.clone_into(texts.into_iter().nth(field - 2).unwrap());
            }
        }
    }

    #[test]
    fn an_untouched_chain_is_whole() {
        let walked = walk(&chain(20));
        assert_eq!((walked.entries, walked.broken), (20, None));
    }

    proptest! {
        #[test]
        fn any_change_of_any_field_of_any_entry_is_found(
            at in 0_usize..12, field in 0_usize..13, text in ".{0,70}", number in any::<i64>()
        ) {
            let mut entries = chain(12);
            let before = entries[at].clone();
            change(&mut entries[at], field, &text, number);
            prop_assume!(entries[at] != before);
            // In the order of their numbers, as the table gives them.
            entries.sort_by_key(|entry| entry.seq);
            prop_assert!(walk(&entries).broken.is_some());
        }

        #[test]
        fn entries_that_are_removed_moved_or_doubled_are_found(from in 0_usize..11, to in 0_usize..11) {
            let whole = chain(12);
            let mut removed = whole.clone();
            removed.remove(from);
            prop_assert!(walk(&removed).broken.is_some());
            let mut doubled = whole.clone();
            doubled.insert(to, whole[from].clone());
            prop_assert!(walk(&doubled).broken.is_some());
            let mut moved = whole.clone();
            moved.swap(from, to);
            prop_assert_eq!(walk(&moved).broken.is_some(), from != to);
        }

        #[test]
        fn an_entry_that_was_made_to_fit_breaks_the_next(at in 0_usize..11) {
            let mut entries = chain(12);
            entries[at].who = "somebody else".into();
            entries[at].hash = entries[at].computed_hash();
            let next = entries[at].seq + 1;
            prop_assert_eq!(walk(&entries).broken.map(|broken| broken.seq), Some(next));
        }
    }
}
