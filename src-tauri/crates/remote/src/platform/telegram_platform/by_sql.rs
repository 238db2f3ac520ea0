//! The history straight from the platform's table, for whoever may read its database.

use std::time::Duration;

use jiff::Timestamp;

use super::history::{History, Row};
use crate::platform::{Ability, Listing, PlatformError};
use postgres::connection::{Session, said};

/// The table has an index for this.
const QUERY_LIMIT: Duration = Duration::from_secs(30);
const QUERY: &str = "select id::text, project_id, type, coalesce(file_id, ''), size, \
    extract(epoch from created_at)::bigint, extract(epoch from expires_at)::bigint \
    from control_plane.backups where project_id = $1 order by created_at desc";

/// The backups of one project, as its table `control_plane.backups` has them. The session stays open.
///
/// # Errors
/// When there is no such table, it may not be read, or it takes too long.
pub async fn history_by_sql(session: &Session, project: &str) -> Result<Listing, PlatformError> {
    let place = session.settings().host.clone();
    let queried = tokio::time::timeout(QUERY_LIMIT, session.client.query(QUERY, &[&project])).await;
    let Ok(queried) = queried else {
        // The server would go on with it.
        let _ = session.canceller().cancel().await;
        return Err(PlatformError::Silent { place, limit: QUERY_LIMIT });
    };
    let failed = |error: &tokio_postgres::Error| PlatformError::Failed {
        place: place.clone(),
        doing: "read control_plane.backups".to_owned(),
        said: said(error),
        may_work_now: false,
    };
    let queried = queried.map_err(|error| failed(&error))?;
    let mut rows = Vec::new();
    for found in &queried {
        rows.push(row(found).map_err(|error| failed(&error))?);
    }
    let history = History::of(project, rows, Some(queried.len() as u64));
    let why = "this list comes from the table alone; the platform's own connection gives the bytes";
    Ok(history.listing(Timestamp::now(), |_| Ability::no(why)))
}

fn row(found: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let time = |seconds: Option<i64>| seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let bytes: Option<i64> = found.try_get(4)?;
    Ok(Row {
        id: found.try_get(0)?,
        project: found.try_get(1)?,
        kind: found.try_get::<_, String>(2)?.to_lowercase(),
        file_id: found.try_get(3)?,
        bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        created_at: time(found.try_get(5)?),
        expires_at: time(found.try_get(6)?),
    })
}
