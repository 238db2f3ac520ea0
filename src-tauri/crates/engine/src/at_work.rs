//! What this process is at work on at this moment. A claim of the catalogue under the name of this process that is not
//! among it is a leftover: its end could not be written down.

mod channels;
mod looks;
mod slots;

pub(crate) use channels::ChannelsAtWork;
pub(crate) use looks::Looks;
pub(crate) use slots::{SlotAtWork, SlotsAtWork};
