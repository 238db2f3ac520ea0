//! One version of a file: how the first answer is read, and what is kept of an earlier run.

use std::sync::Arc;

use reqwest::StatusCode;

use super::TransferError;
use super::ask::{Answer, Source, Wanted};
use super::error::Fault;
use super::head::{Coding, Head};
use super::journal::{Journal, Mark};
use super::line::Line;
use super::notes::About;
use super::partial::Partial;

/// What streams need to know.
pub(super) struct Edition<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) source: &'a Source<'a>,
    pub(super) partial: Arc<Partial>,
    /// Bytes that were promised.
    pub(super) expected_bytes: Option<u64>,
    /// Whether a wrong byte would be noticed at the end.
    pub(super) is_hash_known: bool,
}

/// A file that is there, and hashed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
    pub(super) streams_used: usize,
}

/// How the file is fetched.
pub(super) enum Way {
    /// In parts, several at once, resumable.
    Ranged(Opened),
    /// From the start to the end.
    Whole(Answer),
}

/// The first answer of a file that can be fetched in parts; its body is the first stream's.
pub(super) struct Opened {
    pub(super) answer: Answer,
    pub(super) total: u64,
    pub(super) mark: Option<Mark>,
    pub(super) tag: Option<String>,
}

/// How an answer to the first request is to be read.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Ranged { total: u64 },
    Whole(&'static str),
    AskWhole,
    Changed(&'static str),
    NoRanges(&'static str),
}

impl Edition<'_> {
    /// Asks for the first bytes that are missing, as often as it takes, and decides.
    pub(super) async fn open(&self, known: Option<&Journal>, wants_ranges: bool) -> Result<Way, Fault> {
        let start = known.and_then(|known| known.ranges.gap(0, known.total)).map_or(0, |gap| gap.0);
        let mark = known.and_then(|known| known.mark.as_ref());
        let mut wanted = wants_ranges.then_some(Wanted { start, end: None });
        let mut failures = 0;
        loop {
            self.line.ready().await;
            let asked = self.line.guard(self.source.ask(self.line, wanted, mark)).await;
            let answer = match asked {
                Ok(answer) => answer,
                Err(Fault::Passing { what, wait }) => {
                    self.line.back_off(failures, &what, wait).await?;
                    failures += 1;
                    continue;
                }
                Err(Fault::Interrupted { .. }) => continue,
                Err(fault) => return Err(fault),
            };
            let head = &answer.head;
            match self.read(head, known, start, wanted.is_some()) {
                Reading::Ranged { total } => {
                    self.check_total(total)?;
                    let (mark, tag) = (head.mark.clone(), head.tag.clone());
                    return Ok(Way::Ranged(Opened { answer, total, mark, tag }));
                }
                Reading::Whole(why) => {
                    if !why.is_empty() {
                        self.line.notes.say(About::Ranges, why);
                    }
                    return Ok(Way::Whole(answer));
                }
                Reading::AskWhole => wanted = None,
                Reading::Changed(what) => return Err(Fault::Changed { what: what.to_owned() }),
                Reading::NoRanges(what) => return Err(Fault::NoRanges { what: what.to_owned() }),
            }
        }
    }

    fn read(&self, head: &Head, known: Option<&Journal>, start: u64, is_ranged: bool) -> Reading {
        const ONE: &str =
            "the server gives the file as a whole only: one stream, and an interrupted download begins again";
        const UNMARKED: &str = "the server does not tell versions of the file apart: one stream, and an interrupted download begins again";
        if let Some(known) = known {
            return read_resumed(head, known, start);
        }
        let is_safe = head.mark.is_some() || self.is_hash_known;
        let served = head.served.filter(|served| served.start == 0 && served.end > 0);
        match (head.status, head.coding == Coding::Identity, served) {
            // An empty file has no first byte, and says so.
            (StatusCode::RANGE_NOT_SATISFIABLE, ..) if is_ranged => Reading::AskWhole,
            (StatusCode::RANGE_NOT_SATISFIABLE, ..) => {
                Reading::NoRanges("the whole file was refused as a range")
            }
            (StatusCode::PARTIAL_CONTENT, true, Some(served)) if is_ranged => match served.total {
                Some(total) if is_safe => Reading::Ranged { total },
                Some(total) if served.end == total => Reading::Whole(UNMARKED),
                _ => Reading::AskWhole,
            },
            (StatusCode::PARTIAL_CONTENT, ..) if is_ranged => Reading::AskWhole,
            (StatusCode::PARTIAL_CONTENT, ..) => {
                Reading::NoRanges("a part was sent where the whole was asked for")
            }
            (_, true, _) => match head.length.filter(|_| is_ranged && head.accepts_ranges) {
                Some(total) if is_safe => Reading::Ranged { total },
                Some(_) => Reading::Whole(UNMARKED),
                None => Reading::Whole(ONE),
            },
            (_, false, _) => Reading::Whole(
                "the server encodes the file although it was asked not to: one stream, decoded here",
            ),
        }
    }

    /// Bytes that the file should have, where somebody said so.
    pub(super) fn promised(&self) -> Option<u64> {
        self.expected_bytes.or_else(|| self.source.promised())
    }

    /// A length that is not the promised one ends it: one of the two is wrong, and nobody knows which.
    pub(super) fn check_total(&self, total: u64) -> Result<(), TransferError> {
        match self.promised() {
            Some(promised) if promised != total => {
                Err(TransferError::LengthDiffers { promised, served: total })
            }
            _ => Ok(()),
        }
    }
}

/// What an answer means for a file that was begun.
fn read_resumed(head: &Head, known: &Journal, start: u64) -> Reading {
    const CHANGED: &str = "the file changed on the server since it was begun";
    if head.is_other(known.mark.as_ref(), None) {
        return Reading::Changed(CHANGED);
    }
    match (head.status, head.served) {
        (StatusCode::PARTIAL_CONTENT, Some(served)) if head.coding == Coding::Identity => {
            if served.total.is_some_and(|total| total != known.total) {
                Reading::Changed(CHANGED)
            } else if served.start == start && served.end > start {
                Reading::Ranged { total: known.total }
            } else {
                Reading::NoRanges("the server gives other bytes than it was asked for")
            }
        }
        (StatusCode::PARTIAL_CONTENT, _) => {
            Reading::NoRanges("the server gives other bytes than it was asked for")
        }
        (StatusCode::OK, _) if head.mark.is_some() && head.mark == known.mark => {
            Reading::NoRanges("the server gives no parts of the file any more")
        }
        _ => Reading::Changed(CHANGED),
    }
}
