//! The head of a dump in the vault: its table of contents, without its rows.

use std::io::Read as _;
use std::sync::Arc;

use crate::archive::opened;
use base::failure::Failure;
use postgres::custom_format::Toc;
use postgres::fill::{LoadError, StoredDump};

/// Reads the table of contents of a dump.
pub(crate) async fn read_toc(dump: &StoredDump) -> Result<Toc, Failure> {
    let (open, length) = (Arc::clone(&dump.open), dump.prefix_bytes);
    opened::blocking(move || -> Result<Toc, LoadError> {
        let io = |source| LoadError::Io { what: "read the dump from the vault", source };
        let mut head = Vec::new();
        open(0, length).map_err(io)?.read_to_end(&mut head).map_err(io)?;
        Ok(Toc::parse(&head)?)
    })
    .await
}
