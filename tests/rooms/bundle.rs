//! Backup files from elsewhere: what they are said to be, what comes out of them, and what is refused.
//! The files are made by the real programs: `pg_dump`, `tar`, `gzip`, `zstd`, `bzip2`, `xz`, `openssl`, `age`.

pub(crate) mod bench;
mod hostile;
mod inflate;
mod organisations;
mod others;
mod pieces;
mod platforms;
mod scripts;
mod wrapped;
