//! Rows of a table in a file that was not imported.

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;

use super::refuse_odd_numbers;
use crate::archive::opened;
use crate::engine::Engine;
use base::failure::Failure;
use base::secret::Secret;
use bundle::{self, Limits, Watch};
use postgres::copy_text::{RowPage, RowRange, table_not_found};

impl Engine {
    /// A page of the rows of a table of the first of the files that has some. Runs nothing, keeps nothing.
    ///
    /// # Errors
    /// `table_not_found`, `invalid_request` for a page of 0 or more than 500 rows; why a file cannot be read.
    #[crate::boxed]
    pub async fn file_rows(
        &self,
        paths: Vec<Utf8PathBuf>,
        passphrase: Option<Secret>,
        schema: &str,
        name: &str,
        range: RowRange,
    ) -> Result<RowPage, Failure> {
        refuse_odd_numbers(&paths)?;
        let range = range.checked()?;
        let table = (schema.to_owned(), name.to_owned());
        // Whoever asked may be gone: then nobody waits for the end of a large file.
        let token = CancellationToken::new();
        let _gone = token.clone().drop_guard();
        let page = opened::blocking(move || -> Result<Option<RowPage>, Failure> {
            let watch = Watch { cancel: &token, progress: &|_| {} };
            let (limits, table) = (Limits::generous(), (table.0.as_str(), table.1.as_str()));
            let mut empty = None;
            for path in paths {
                let page = bundle::rows(&path, passphrase.as_ref(), &limits, watch, table, range)?;
                match page {
                    // The script that makes a table is another than the one that fills it.
                    Some(page) if page.rows.is_empty() => empty = Some(page),
                    Some(page) => return Ok(Some(page)),
                    None => {}
                }
            }
            Ok(empty)
        });
        page.await?.ok_or_else(|| table_not_found(schema, name))
    }
}
