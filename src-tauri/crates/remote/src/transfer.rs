//! Downloads that never start over: ranged, adaptive, resumed from a journal on the disk, hashed while
//! they stream. It knows servers and files; what the bytes are is `bundle`'s to say.

mod ask;
mod awake;
mod client;
mod edition;
mod error;
mod failure;
mod fetch;
mod head;
mod journal;
mod keeper;
mod kept;
mod limits;
mod line;
mod link;
mod notes;
mod partial;
mod pilot;
mod ranged;
mod ranges;
mod rate;
mod segments;
mod stream;
mod whole;
mod writing;

pub use error::TransferError;
pub use fetch::{Fetched, Request, fetch};
#[cfg(feature = "fuzz")]
pub use journal::fuzz_journal;
pub use kept::{Kept, kept};
pub use limits::{Clock, Limits, Pause, STREAMS_DEFAULT, STREAMS_MAX};
pub use link::{Link, Links};
pub use partial::discard;
pub use rate::Rate;
pub use tokio_util::sync::CancellationToken;
