//! Rows of a table of a backup, read from the vault; nothing is restored.

use std::io::Read;

use crate::archive::opened::blocking;
use crate::engine::Engine;
use crate::proof;
use base::failure::Failure;
use postgres::copy_text::{RowPage, RowRange, WatchedTable, columns_in, table_not_found};
use postgres::custom_format::{Block, BlockKind, BlockText, Toc};
use postgres::fill::{LoadError, StoredDump};

const SPACE_BYTES: usize = 256 * 1024;

impl Engine {
    /// A page of the rows of a table, in the order in which they were dumped.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`, `table_not_found`, `invalid_request` for a page of 0 or more than
    /// 500 rows; what the vault says.
    #[crate::boxed]
    pub async fn backup_rows(
        &self,
        reference: &str,
        schema: &str,
        name: &str,
        range: RowRange,
    ) -> Result<RowPage, Failure> {
        let range = range.checked()?;
        let details = self.backup_details(reference).await?;
        let dump = proof::stored_dump(&self.profile, &details.backup.record.id, &details.manifest).await?;
        let mut table = WatchedTable::new(schema, name, range);
        let page = blocking(move || -> Result<Option<RowPage>, LoadError> {
            read(&dump, &mut table)?;
            Ok(table.finish())
        });
        page.await?.ok_or_else(|| table_not_found(schema, name))
    }
}

fn read(dump: &StoredDump, table: &mut WatchedTable) -> Result<(), LoadError> {
    let io = |source| LoadError::Io { what: "read the dump from the vault", source };
    let mut head = Vec::new();
    (dump.open)(0, dump.prefix_bytes).map_err(io)?.read_to_end(&mut head).map_err(io)?;
    let toc = Toc::parse(&head)?;
    let entry = toc.entries.iter().find(|entry| {
        entry.kind == "TABLE DATA" && table.meets(entry.schema.as_deref().unwrap_or_default(), &entry.tag)
    });
    let Some(entry) = entry else { return Ok(()) };
    table.begin(columns_in(entry.copy.as_deref().unwrap_or_default()));
    let block =
        dump.blocks.iter().find(|block| block.kind == BlockKind::Rows && block.dump_id == entry.dump_id);
    let Some(Block { offset, length, .. }) = block.copied() else {
        return Err(LoadError::NoBlock { object: format!("{}.{}", table.schema, table.name) });
    };
    let opened = (dump.open)(offset, length).map_err(io)?;
    let mut text = BlockText::new(opened, toc.header.int_bytes).map_err(io)?;
    let mut space = vec![0; SPACE_BYTES];
    while !table.is_over() {
        match text.read(&mut space).map_err(io)? {
            0 => break,
            count => table.rows.push(&space[..count]),
        }
    }
    Ok(())
}
