//! How a server writes values for a role in a database, where `pg_dump` leaves it to them.
//!
//! `pg_dump` sets the styles of dates, intervals and floats itself. These two it does not, and a
//! fingerprint taken under one is not that of the same row under another.

use tokio_postgres::Client;

use super::{FactsError, column, rows};

/// The values under which dumps are written, and databases compared.
const USUAL: [(&str, &str); 2] = [("bytea_output", "hex"), ("quote_all_identifiers", "off")];

/// The settings that have to be given, since the role or the database has others.
///
/// # Errors
/// [`FactsError`].
pub async fn unusual_output(client: &Client) -> Result<Vec<(&'static str, &'static str)>, FactsError> {
    const WHAT: &str = "the settings of the role";
    let sql = "select current_setting('bytea_output') as bytea_output, \
        current_setting('quote_all_identifiers') as quote_all_identifiers";
    let found = rows(client, WHAT, sql).await?;
    let row = found.first().ok_or(FactsError::Shape { what: WHAT })?;
    let mut unusual = Vec::new();
    for (name, value) in USUAL {
        if column::<String>(row, name, WHAT)? != value {
            unusual.push((name, value));
        }
    }
    Ok(unusual)
}
