//! Where copies of projects are: the measured medium of each place, and people's declarations.

use std::collections::HashMap;

use super::check::{self, Copies};
use super::facts::{PlaceSeen, PlacesSeen, ReplicaSeen};
use crate::engine::Engine;
use crate::medium::Medium;
use crate::project::ProjectStanding;
use crate::replica::place;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, VaultRecord};

/// What was gathered of all places, for whichever project.
pub(super) struct AllPlaces {
    vault: Option<PlaceSeen>,
    /// Each replica, and the newest backup of each project that it has.
    replicas: Vec<(ReplicaSeen, HashMap<String, i64>)>,
    originals: HashMap<String, i64>,
}

impl AllPlaces {
    /// As far as one project is concerned.
    pub(super) fn of(&self, project: &ProjectRecord) -> PlacesSeen {
        let replica = |(replica, points): &(ReplicaSeen, HashMap<String, i64>)| ReplicaSeen {
            newest_ms: points.get(&project.id).copied(),
            ..replica.clone()
        };
        PlacesSeen {
            original_ms: self.originals.get(&project.id).copied(),
            original: original(project),
            vault: self.vault.clone(),
            replicas: self.replicas.iter().map(replica).collect(),
        }
    }
}

/// The server of what is backed up.
fn original(project: &ProjectRecord) -> Option<Medium> {
    let of_database = project.connection.as_ref().map(|settings| settings.machine().to_owned());
    let of_platform = || {
        let address = &project.platform.as_ref()?.address;
        url::Url::parse(address).ok()?.host_str().map(str::to_owned)
    };
    of_database.or_else(of_platform).map(|host| Medium::of_host(&host))
}

impl Engine {
    /// How many copies there are of each of these projects that has a backup, and where.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn copies(&self, standings: &[ProjectStanding]) -> Result<HashMap<String, Copies>, Failure> {
        let only = match standings {
            [one] => Some(one.project.id.as_str()),
            _ => None,
        };
        let vault = self.profile.catalog.vault().await?;
        let places = self.places_seen(vault.as_ref(), only).await?;
        let now = now_ms();
        let with_backups = standings.iter().filter(|one| one.backups > 0 && !one.project.is_archived);
        let counted = with_backups.map(|one| {
            let newest = one.recovery_point.as_ref().map(|(_, at_ms)| *at_ms);
            (one.project.id.clone(), check::count_copies(one, newest, &places.of(&one.project), now))
        });
        Ok(counted.collect())
    }

    /// Where the vault, its replicas and the originals are.
    pub(super) async fn places_seen(
        &self,
        vault: Option<&VaultRecord>,
        only: Option<&str>,
    ) -> Result<AllPlaces, Failure> {
        let catalog = &self.profile.catalog;
        let originals = catalog.originals_seen().await?;
        let Some(vault) = vault else {
            return Ok(AllPlaces { vault: None, replicas: Vec::new(), originals });
        };
        let folders = [vault.path.as_path()];
        let (mut looks, standings) = tokio::join!(place::look(&folders, &vault.path), self.replicas());
        let seen = looks.pop().and_then(|look| look.medium);
        let known = catalog.places().await?.remove(&vault.id).unwrap_or_default();
        let of_vault = PlaceSeen { name: vault.name.clone(), medium: seen, declared: known.declared };
        let points = catalog.replica_points(only).await?;
        let replicas = standings?.into_iter().map(|standing| {
            let record = standing.record;
            let mine = points.iter().filter(|point| point.replica_id == record.id);
            let points = mine.map(|point| (point.project_id.clone(), point.newest_at_ms)).collect();
            let replica = ReplicaSeen {
                place: PlaceSeen {
                    name: record.name,
                    medium: standing.medium,
                    declared: record.place.declared,
                },
                is_same_disk: standing.is_same_disk == Some(true),
                newest_ms: None,
                is_damaged: record.damage.is_some(),
            };
            (replica, points)
        });
        Ok(AllPlaces { vault: Some(of_vault), replicas: replicas.collect(), originals })
    }
}
