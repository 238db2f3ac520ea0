//! Backup files from elsewhere: what they are said to be, what comes out of them, and what is refused.
//! The files are made by the real programs: `pg_dump`, `tar`, `gzip`, `zstd`, `bzip2`, `xz`, `openssl`, `age`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "bundle/bench.rs"]
mod bench;
#[path = "bundle/hostile.rs"]
mod hostile;
#[path = "bundle/inflate.rs"]
mod inflate;
#[path = "bundle/organisations.rs"]
mod organisations;
#[path = "bundle/others.rs"]
mod others;
#[path = "bundle/platforms.rs"]
mod platforms;
#[path = "bundle/scripts.rs"]
mod scripts;
#[path = "bundle/wrapped.rs"]
mod wrapped;
