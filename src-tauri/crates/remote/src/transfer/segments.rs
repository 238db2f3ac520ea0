//! Who fetches which bytes: claims of streams over the rest of a file.
//!
//! Pure bookkeeping, in three steps that only ever grow: claimed, written, durable. Claims are handed out
//! in the file's order, so that the hash of the beginning can follow close behind; at the end, and where
//! one stream holds all of the rest, a claim is split.

use super::ranges::Ranges;

/// Below twice this the rest of a claim is not worth another request.
const SPLIT_BYTES_MIN: u64 = 512 * 1024;

/// What one stream is to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) id: u64,
    /// The first byte that is not written yet.
    pub(super) next: u64,
    /// The byte behind the last one.
    pub(super) end: u64,
}

/// The state of all bytes of a file.
#[derive(Debug)]
pub(super) struct Segments {
    total: u64,
    written: Ranges,
    durable: Ranges,
    claims: Vec<Claim>,
    next_id: u64,
}

impl Segments {
    /// Of a file of which some bytes are there.
    pub(super) fn new(total: u64, durable: Ranges) -> Self {
        Self { total, written: durable.clone(), durable, claims: Vec::new(), next_id: 0 }
    }

    /// Claims the first bytes that nobody has or fetches, at most `size`; where there are none, a part of
    /// what another stream has left.
    pub(super) fn claim(&mut self, size: u64) -> Option<Claim> {
        let claim = self.first_free().map(|(start, end)| (start, end.min(start.saturating_add(size))));
        let (next, end) = claim.or_else(|| self.split(size))?;
        let claim = Claim { id: self.next_id, next, end };
        self.next_id += 1;
        self.claims.push(claim);
        Some(claim)
    }

    /// Takes the later part of the largest rest away from who has it.
    fn split(&mut self, size: u64) -> Option<(u64, u64)> {
        let largest = self.claims.iter_mut().max_by_key(|claim| claim.end - claim.next)?;
        let left = largest.end - largest.next;
        if left < 2 * SPLIT_BYTES_MIN {
            return None;
        }
        let (cut, end) = (largest.next + (left / 2).min(size.max(SPLIT_BYTES_MIN)), largest.end);
        largest.end = cut;
        Some((cut, end.min(cut.saturating_add(size.max(SPLIT_BYTES_MIN)))))
    }

    fn first_free(&self) -> Option<(u64, u64)> {
        let mut taken = self.written.clone();
        for claim in &self.claims {
            taken.insert(claim.next, claim.end);
        }
        taken.gap(0, self.total)
    }

    /// Lets a claim grow into what is free behind it. Whether it did.
    pub(super) fn extend(&mut self, id: u64, size: u64, limit: u64) -> bool {
        let Some(at) = self.claims.iter().position(|claim| claim.id == id) else { return false };
        let claim = self.claims[at];
        let mut taken = self.written.clone();
        for other in self.claims.iter().filter(|other| other.id != id) {
            taken.insert(other.next, other.end);
        }
        match taken.gap(claim.end, self.total.min(limit)) {
            Some((start, end)) if start == claim.end => {
                self.claims[at].end = end.min(start.saturating_add(size));
                true
            }
            _ => false,
        }
    }

    /// Where a claim ends by now: another stream may have taken the rest of it.
    pub(super) fn end_of(&self, id: u64) -> u64 {
        self.claims.iter().find(|claim| claim.id == id).map_or(0, |claim| claim.end)
    }

    /// Bytes of a claim were written to the file.
    pub(super) fn wrote(&mut self, id: u64, at: u64, bytes: u64) {
        let end = (at + bytes).min(self.total);
        self.written.insert(at, end);
        if let Some(claim) = self.claims.iter_mut().find(|claim| claim.id == id) {
            claim.next = claim.next.max(end).min(claim.end);
        }
    }

    /// What is left of a claim is anybody's.
    pub(super) fn release(&mut self, id: u64) {
        self.claims.retain(|claim| claim.id != id);
    }

    /// What is written by now.
    pub(super) fn written(&self) -> &Ranges {
        &self.written
    }

    /// What was written at that moment has been synced.
    pub(super) fn mark_durable(&mut self, written: &Ranges) {
        self.durable.insert_all(written);
    }

    /// Bytes that are written, and not durable yet.
    pub(super) fn fresh_bytes(&self) -> u64 {
        self.written.bytes() - self.durable.bytes()
    }

    /// Bytes that are still to be written.
    pub(super) fn left(&self) -> u64 {
        self.total - self.written.bytes()
    }

    /// Bytes of the file.
    pub(super) fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests;
