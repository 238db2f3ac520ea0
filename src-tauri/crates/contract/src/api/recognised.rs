//! What a person recognises their project by, with what the backup holds of it.

use postgres::provider::{Counted, CountedFiles, Recognised};

use crate::number::Count;
use crate::recognised::{RecognisedView, ThingFilesView, ThingView};

/// `holds` says whether the backup holds a component.
pub(super) fn recognised(found: Recognised, holds: impl Fn(&str) -> bool) -> RecognisedView {
    let sentences = found.sentences(&holds);
    let Recognised { provider, things } = found;
    let files = |CountedFiles { component, bytes }: CountedFiles| ThingFilesView {
        size_bytes: bytes.map(Count),
        is_held: holds(&component),
    };
    // The sentences have the word for one.
    let thing = |Counted { one: _, many, count, files: beside }: Counted| ThingView {
        name: many,
        count: Count(count),
        files: beside.map(files),
    };
    RecognisedView { provider, things: things.into_iter().map(thing).collect(), sentences }
}
