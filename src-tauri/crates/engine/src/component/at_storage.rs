//! A storage service of Supabase: what is in it, as rows of the project's database tell at the moment of the backup, and
//! the way to it.

use std::fs::File;
use std::pin::pin;

use camino::Utf8PathBuf;
use futures_util::StreamExt as _;
use postgres::storage_rows::{StorageRow, StorageRowsError, StorageTable};
use remote::storage_api::{StorageAddress, StorageEntry};
use source::Place;
use source::storage_api::{RowLine, Rows, StorageObjects, object_of};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use super::at_redis::secret_of;
use crate::intake::Spool;
use crate::moment::Moment;
use crate::profile::Profile;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, SourceRecord};
use ledger::job::JobContext;

/// More than a backup takes; whoever lists them refuses so many.
const ROWS_MAX: u64 = 1_000_001;
/// Bytes that are written at once.
const WRITTEN: usize = 1024 * 1024;

/// The rows of a moment, kept in a file for as long as this is held.
#[derive(Debug)]
pub(crate) struct StorageRows {
    path: Utf8PathBuf,
    at_ms: i64,
    _spool: Spool,
}

impl StorageRows {
    /// Reads them, where the sources of a project have one storage service: of several nobody knows whose rows they are.
    /// Absent where the database has no such table.
    ///
    /// # Errors
    /// `source_unreadable`, where the rows cannot be read: the service itself can still be asked.
    pub(crate) async fn read(
        profile: &Profile,
        context: &JobContext,
        moment: &Moment,
        sources: &[SourceRecord],
    ) -> Result<Option<Self>, Failure> {
        if sources.iter().filter(|source| matches!(source.place, Place::StorageApi(_))).count() != 1 {
            return Ok(None);
        }
        let client = moment.client();
        let step =
            async |statement: &str| client.batch_execute(statement).await.map_err(|error| unreadable(&error));
        // An error would end the transaction for what is read after this.
        step("savepoint holdfast_storage").await?;
        let spool = Spool::make(profile, context)?;
        let path = spool.path().join("storage.objects.jsonl");
        let writing = context.alive(write(moment, &path));
        let read = context.unless_cancelled(writing).await?;
        step("rollback to savepoint holdfast_storage").await?;
        Ok(read?.then_some(Self { path, at_ms: moment.at_ms(), _spool: spool }))
    }

    fn open(&self) -> Result<Rows, Failure> {
        Ok(Rows::of(File::open(&self.path).map_err(|error| unwritten(&error))?, self.at_ms))
    }
}

/// Writes the rows; whether there is such a table.
async fn write(moment: &Moment, path: &Utf8PathBuf) -> Result<bool, Failure> {
    let client = moment.client();
    let table = StorageTable::find(client).await.map_err(|error| unreadable(&error))?;
    let Some(table) = table else { return Ok(false) };
    let mut rows = pin!(table.rows(client, Some(ROWS_MAX)).await.map_err(|error| unread(&error))?);
    let mut file = tokio::fs::File::create(path).await.map_err(|error| unwritten(&error))?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row.map_err(|error| unreadable(&error))?;
        serde_json::to_writer(&mut lines, &line_of(row)).map_err(|error| unwritten(&error.into()))?;
        lines.push(b'\n');
        if lines.len() >= WRITTEN {
            file.write_all(&lines).await.map_err(|error| unwritten(&error))?;
            lines.clear();
        }
    }
    file.write_all(&lines).await.map_err(|error| unwritten(&error))?;
    file.flush().await.map_err(|error| unwritten(&error))?;
    Ok(true)
}

/// A row as a file, or why there is none of it.
fn line_of(row: StorageRow) -> RowLine {
    let StorageRow { bucket, name, version, updated, metadata, noted, is_cut } = row;
    let why = if is_cut {
        Some("its name, or what is noted about it, is longer than that of any file")
    } else if bucket.contains('/') || bucket.is_empty() || name.is_empty() {
        Some("no address can name it")
    } else {
        None
    };
    let entry =
        StorageEntry::of_row(name, updated.as_deref(), version, metadata.as_deref(), noted.as_deref());
    RowLine { object: object_of(&bucket, entry), why: why.map(str::to_owned) }
}

fn unread(error: &StorageRowsError) -> Failure {
    let hint = match error {
        StorageRowsError::Rewritten => "Start the backup again.",
        StorageRowsError::Server(error) => return unreadable(error),
    };
    let message = format!("the rows of storage.objects cannot be read: {error}");
    Failure::new(Code::SourceUnreadable, message, hint)
}

fn unreadable(error: &tokio_postgres::Error) -> Failure {
    Failure::new(
        Code::SourceUnreadable,
        format!("the rows of storage.objects cannot be read: {}", postgres::connection::said(error)),
        "Grant the role SELECT on the table; row level security has to let it see every row.",
    )
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(
        Code::WriteFailed,
        format!("the list of what is in the storage cannot be kept: {error}"),
        "Check that the profile's folder is writable and has free space.",
    )
}

/// The service of a source, not yet contacted.
pub(crate) async fn storage_service(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
    address: &StorageAddress,
    (rows, token): (Option<&StorageRows>, &CancellationToken),
) -> Result<StorageObjects, Failure> {
    let key = secret_of(profile, project, source).await?;
    let near = match (way_of(project, address), address.target()) {
        (Some(ssh), Some((host, port))) => {
            // Whoever asks for the project's password has made the way known.
            profile.password(project).await?;
            let gateway = ssh::gateway(ssh).ok_or_else(|| ssh::no_gateway(ssh))?;
            Some(gateway.route(&host, port).near_end()?)
        }
        _ => None,
    };
    let rows = rows.map(StorageRows::open).transpose()?;
    Ok(StorageObjects::new(address, key.as_ref(), near, rows, token.clone())?)
}

/// The SSH account by way of which a service is reached: that of the project's database, where only computers of its own
/// network see the service.
fn way_of<'a>(project: &'a ProjectRecord, address: &StorageAddress) -> Option<&'a ssh::Address> {
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    ssh.filter(|_| address.is_near())
}
