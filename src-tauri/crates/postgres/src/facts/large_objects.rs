//! The large objects of a live database, counted and fingerprinted as the tap does it with a dump.

use tokio_postgres::Client;
use xxhash_rust::xxh3::Xxh3;

use crate::custom_format::LargeObjects;

/// The beginnings of so many come with one question: a distant server takes 30 ms for each.
const OBJECTS_AT_ONCE: i64 = 128;
/// Bytes of one answer about one object; with the above it bounds memory to 16 MiB.
const PIECE_BYTES: i32 = 128 * 1024;

/// Reads every large object. Stops early, with what it has, once it is cancelled.
///
/// # Errors
/// The server's, also where the role may not read one of them.
pub async fn fingerprint_large_objects(
    client: &Client,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<LargeObjects, tokio_postgres::Error> {
    let page = client
        .prepare(
            "select oid::int8, pg_catalog.lo_get(oid, 0, $1) from \
             (select oid from pg_catalog.pg_largeobject_metadata where oid::int8 > $2 order by oid limit $3) o \
             order by 1",
        )
        .await?;
    let rest = client.prepare("select pg_catalog.lo_get($1::int8::oid, $2, $3)").await?;
    let mut found = LargeObjects::default();
    let mut last = -1_i64;
    loop {
        let rows = client.query(&page, &[&PIECE_BYTES, &last, &OBJECTS_AT_ONCE]).await?;
        if rows.is_empty() || is_cancelled() {
            return Ok(found);
        }
        for row in &rows {
            let id: i64 = row.try_get(0)?;
            let mut piece: Vec<u8> = row.try_get(1)?;
            let mut hash = Xxh3::new();
            hash.update(&id.to_le_bytes());
            let mut bytes = 0_i64;
            loop {
                hash.update(&piece);
                bytes += i64::try_from(piece.len()).unwrap_or(i64::MAX);
                let is_whole = piece.len() < usize::try_from(PIECE_BYTES).unwrap_or(usize::MAX);
                if is_whole || is_cancelled() {
                    break;
                }
                piece = client.query_one(&rest, &[&id, &bytes, &PIECE_BYTES]).await?.try_get(0)?;
            }
            found.count += 1;
            found.bytes += u64::try_from(bytes).unwrap_or(0);
            found.fingerprint = found.fingerprint.wrapping_add(hash.digest128());
            last = id;
        }
    }
}
