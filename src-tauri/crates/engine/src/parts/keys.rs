//! Keys of a snapshot back into the Redis server that they came from.

use std::sync::Arc;

use source::Place;
use source::redis::{Client, Conflict, KeySet, PutBack, look, put_back};
use vault::{SnapshotId, Vault};

use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, REDIS_FILE, Taken};
use crate::component::way_to;
use crate::profile::Profile;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, SourceRecord};
use ledger::job::JobContext;

/// The keys that a backup has at this path.
pub(super) fn keys_of(vault: &Vault, id: &SnapshotId, path: &str) -> Result<KeySet, Failure> {
    let reader = vault.read(id, path).map_err(ArchiveError::from)?;
    Ok(KeySet::read(reader)?)
}

/// Puts every key back, or those that another backup has too, and looks whether each is there afterwards.
pub(super) async fn put_keys_back(
    profile: &Profile,
    context: &JobContext,
    project: &ProjectRecord,
    source: &SourceRecord,
    (vault, id, taken): (&Vault, SnapshotId, &Taken),
    (conflict, of): (Conflict, Option<SnapshotId>),
) -> Result<(PutBack, PutBack), Failure> {
    let Place::Redis(address) = &source.place else {
        return Err(Failure::invalid("it is no Redis server", "Add the component again."));
    };
    let (password, way) = way_to(profile, project, source).await?;
    let mut client = Client::connect(address, password.as_ref(), &way).await?;
    let path = format!("{}/{REDIS_FILE}", taken.path);
    let (vault, meter) = (vault.clone(), Arc::clone(context.meter()));
    let handle = tokio::runtime::Handle::current();
    let working = blocking(move || {
        let read = || vault.read(&id, &path).map_err(ArchiveError::from).map_err(Failure::from);
        let tell = |bytes| meter.add_bytes(bytes);
        let only = of.map(|of| keys_of(&vault, &of, &path)).transpose()?;
        let done = handle.block_on(put_back(&mut client, read()?, conflict, only.as_ref(), tell));
        let done = done.map_err(Failure::from)?;
        let seen = handle.block_on(look(&mut client, read()?, only.as_ref(), || meter.beat()));
        let seen = seen.map_err(Failure::from)?;
        Ok::<_, Failure>((done, seen))
    });
    // What was sent is done; a run that is cancelled waits for the answers to it.
    working.await
}
