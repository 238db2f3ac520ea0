//! Sources, opened for a run: what each gives as files by their names.

use std::sync::Arc;

use source::bucket::BucketObjects;
use source::storage_api::StorageObjects;
use source::{Objects, Place};
use tokio_util::sync::CancellationToken;

use super::at_redis::{RedisFile, host_of, secret_of, way_to};
use super::at_sftp::{container_log, sftp_folder};
use super::at_storage::{StorageRows, storage_service};
use super::log_days::LogDays;
use super::own::refuse_own;
use crate::archive::opened::blocking;
use crate::moment::Moment;
use crate::profile::Profile;
use base::failure::Failure;
use base::meter::Meter;
use ledger::catalog::{ProjectRecord, SourceRecord};

/// A source that is to be read, or why it cannot be.
pub(crate) struct Ready {
    /// Which.
    pub(crate) source: SourceRecord,
    /// Its files.
    pub(crate) objects: Result<Arc<dyn Objects>, Failure>,
    /// The SSH account by way of which a server is reached.
    pub(crate) way: Option<String>,
    /// Of Redis: what is learnt while it is read.
    pub(crate) redis: Option<Arc<RedisFile>>,
    /// Of a storage service: its buckets, once it was listed.
    pub(crate) storage: Option<Arc<StorageObjects>>,
}

/// What the database of a project tells of what is beside it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told<'a> {
    /// The moment of the backup, at which rows of logs are read.
    pub(crate) moment: Option<&'a Arc<Moment>>,
    /// What is in the storage at that moment.
    pub(crate) storage: Option<&'a StorageRows>,
}

/// Opens the sources of a project.
pub(crate) async fn ready(
    profile: &Profile,
    project: &ProjectRecord,
    sources: Vec<SourceRecord>,
    told: Told<'_>,
    (token, meter): (&CancellationToken, &Arc<Meter>),
) -> Vec<Ready> {
    let mut all = Vec::with_capacity(sources.len());
    for source in sources {
        let (mut redis, mut storage) = (None, None);
        let objects: Result<Arc<dyn Objects>, Failure> = match &source.place {
            Place::Folder { .. } | Place::Files { .. } => match checked_again(profile, &source).await {
                Ok(Some(objects)) => Ok(Arc::from(objects)),
                Ok(None) => Err(Failure::invalid("it has no files", "Add the component again.")),
                Err(failure) => Err(failure),
            },
            Place::Bucket(address) => match secret_of(profile, project, &source).await {
                Ok(secret) => match BucketObjects::new(address, secret.as_ref(), token.clone()) {
                    Ok(bucket) => Ok(Arc::new(bucket)),
                    Err(error) => Err(error.into()),
                },
                Err(failure) => Err(failure),
            },
            Place::StorageApi(address) => {
                match storage_service(profile, project, &source, address, (told.storage, token)).await {
                    Ok(service) => {
                        let service = Arc::new(service);
                        storage = Some(Arc::clone(&service));
                        Ok(service)
                    }
                    Err(failure) => Err(failure),
                }
            }
            Place::Sftp { .. } => match sftp_folder(profile, project, &source, token).await {
                Ok(folder) => Ok(Arc::new(folder)),
                Err(failure) => Err(failure),
            },
            Place::ContainerLog { ssh, container } => {
                match container_log(profile, project, &source, (ssh.as_ref(), container), token).await {
                    Ok(log) => Ok(Arc::new(log)),
                    Err(failure) => Err(failure),
                }
            }
            Place::Redis(address) => match way_to(profile, project, &source).await {
                Ok((password, way)) => {
                    let file = Arc::new(RedisFile::new(
                        address.clone(),
                        password,
                        (way, host_of(project, address)),
                        (token.clone(), Arc::clone(meter)),
                    ));
                    redis = Some(Arc::clone(&file));
                    Ok(file)
                }
                Err(failure) => Err(failure),
            },
            Place::LogTable { schema, table, column } => match told.moment {
                Some(moment) => match LogDays::open(Arc::clone(moment), schema, table, column).await {
                    Ok(days) => Ok(Arc::new(days)),
                    Err(failure) => Err(failure),
                },
                None => Err(Failure::invalid(
                    format!("table {schema}.{table} is in a database that is not read in this run"),
                    "Back the database up in the same run.",
                )),
            },
        };
        let way = way_words(project, &source.place);
        all.push(Ready { source, objects, way, redis, storage });
    }
    all
}

/// Opens files of this computer. That they hold neither the vault nor what Holdfast keeps is looked at each time.
async fn checked_again(
    profile: &Profile,
    source: &SourceRecord,
) -> Result<Option<Box<dyn Objects>>, Failure> {
    refuse_own(profile, source.place.paths()).await?;
    let place = source.place.clone();
    blocking(move || place.objects()).await
}

/// The SSH account by way of which the server of a place is reached.
pub(crate) fn way_words(project: &ProjectRecord, place: &Place) -> Option<String> {
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    let is_by_ssh = match place {
        Place::Redis(_) => true,
        Place::StorageApi(address) => address.is_near(),
        _ => false,
    };
    ssh.filter(|_| is_by_ssh).map(ToString::to_string)
}
