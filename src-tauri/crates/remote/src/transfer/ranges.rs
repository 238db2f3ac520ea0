//! A set of bytes of a file: ranges that neither overlap nor touch, in order.

/// Ranges `start..end`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// The ranges as they were stored; nothing where they are not in order, or overlap.
    pub(super) fn checked(ranges: &[(u64, u64)], total: u64) -> Option<Self> {
        let mut set = Self::default();
        let mut least = 0;
        for &(start, end) in ranges {
            if start < least || end <= start || end > total {
                return None;
            }
            least = end;
            set.insert(start, end);
        }
        Some(set)
    }

    /// Adds `start..end`, also where some of it is there.
    pub(super) fn insert(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let from = self.0.partition_point(|range| range.1 < start);
        let to = self.0.partition_point(|range| range.0 <= end);
        let start =
            self.0.get(from).map_or(start, |range| if from < to { range.0.min(start) } else { start });
        let end = if from < to { self.0[to - 1].1.max(end) } else { end };
        self.0.splice(from..to, [(start, end)]);
    }

    /// Adds all of another set.
    pub(super) fn insert_all(&mut self, other: &Self) {
        for &(start, end) in &other.0 {
            self.insert(start, end);
        }
    }

    /// How many bytes are in it.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    /// How many bytes are there from the beginning of the file on, without a gap.
    pub(super) fn prefix(&self) -> u64 {
        self.0.first().filter(|range| range.0 == 0).map_or(0, |range| range.1)
    }

    /// The first gap at or after `at` in a file of `total` bytes.
    pub(super) fn gap(&self, at: u64, total: u64) -> Option<(u64, u64)> {
        let mut start = at;
        for range in &self.0[self.0.partition_point(|range| range.1 <= at)..] {
            if range.0 > start {
                return Some((start, range.0.min(total))).filter(|gap| gap.0 < gap.1);
            }
            start = range.1;
        }
        (start < total).then_some((start, total))
    }

    /// Where the last of it ends.
    pub(super) fn end(&self) -> u64 {
        self.0.last().map_or(0, |range| range.1)
    }

    /// The ranges.
    pub(super) fn as_slice(&self) -> &[(u64, u64)] {
        &self.0
    }
}
