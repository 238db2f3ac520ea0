//! Downloads that never start over: ranged, adaptive, resumed from a journal on the disk, hashed while
//! they stream. It knows servers and files; what the bytes are is `bundle`'s to say.

mod link;

pub use link::{Link, Links};
