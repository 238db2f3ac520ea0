//! Both kinds together: listed, shown, fetched, counted.

use std::sync::Arc;

use async_trait::async_trait;

use super::{FULL, Inner, NAME, ORGANISATION};
use crate::platform::{Ability, Act, Listing, PlatformError, RemoteBackup, RemoteFact, RemoteFile};
use crate::transfer::{Link, Links};
use base::failure::Failure;
use base::secret::Secret;

/// How long the platform signs its links for; it does not say so itself.
const LINK_LIFETIME: jiff::SignedDuration = jiff::SignedDuration::from_secs(3600);

/// Links to one backup; each is signed anew.
#[derive(Debug)]
struct BackupLinks {
    of: Arc<Inner>,
    id: String,
    bytes: Option<u64>,
}

#[async_trait]
impl Links for BackupLinks {
    async fn link(&self) -> Result<Link, Failure> {
        let given = if is_of_organisation(&self.id) {
            self.of.details(&self.id).await?.download_url
        } else {
            self.of.dump_link(&self.id).await?
        };
        let given = given.ok_or_else(|| self.of.http.odd("a download without an address"))?;
        let url = Secret::new(self.of.http.link(&given)?);
        let expires_at = Some(jiff::Timestamp::now() + LINK_LIFETIME);
        Ok(Link { url, headers: Vec::new(), expires_at, bytes: self.bytes })
    }
}

/// Files of organisations lie in a folder, whole dumps do not.
pub(super) fn is_of_organisation(id: &str) -> bool {
    id.contains('/')
}

impl Inner {
    pub(super) async fn list(&self) -> Result<Listing, PlatformError> {
        let mut listing = Listing::default();
        let (files, dumps) = (self.organisation_files().await, self.dumps().await);
        let mut refusal = None;
        for (what, outcome) in [("The organisation's backups", files), ("Whole dumps", dumps)] {
            match outcome {
                Ok((backups, notes)) => {
                    listing.backups.extend(backups);
                    listing.notes.extend(notes);
                }
                Err(error @ PlatformError::Forbidden { .. }) => {
                    if let Some(error) = refusal.replace(error) {
                        return Err(error);
                    }
                    listing.notes.push(format!("{what} are not shown to this account."));
                }
                Err(error) => return Err(error),
            }
        }
        listing.backups.sort_by_key(|backup| std::cmp::Reverse(backup.created_at));
        Ok(listing)
    }

    pub(super) async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        let listed =
            if is_of_organisation(id) { self.organisation_files().await? } else { self.dumps().await? };
        let found = listed.0.into_iter().find(|backup| backup.id == id);
        found.ok_or_else(|| PlatformError::NotFound {
            place: self.http.place().to_owned(),
            what: format!("backup {id:?} of organisation {:?}", self.settings.organisation),
        })
    }

    pub(super) async fn files(self: &Arc<Self>, id: &str) -> Result<Vec<RemoteFile>, PlatformError> {
        let backup = self.show(id).await?;
        if let Ability::No { reason } = backup.download {
            return Err(PlatformError::CannotDo { platform: NAME, act: Act::Download, reason });
        }
        let bytes = backup.bytes;
        let links: Arc<dyn Links> = Arc::new(BackupLinks { of: Arc::clone(self), id: id.to_owned(), bytes });
        let name = backup.file_name.unwrap_or_else(|| id.to_owned());
        Ok(vec![RemoteFile { name, bytes, links }])
    }
}

/// What there is, counted from the lists, since the platform counts nothing itself.
pub(super) fn statistics(listing: &Listing) -> Vec<RemoteFact> {
    let fact = |name: String, value: String| RemoteFact { name, value };
    let mut facts = Vec::new();
    for kind in [ORGANISATION, FULL] {
        let of_kind: Vec<&RemoteBackup> =
            listing.backups.iter().filter(|backup| backup.kind == kind).collect();
        let bytes: u64 = of_kind.iter().filter_map(|backup| backup.bytes).sum();
        facts.push(fact(format!("of kind {kind}"), of_kind.len().to_string()));
        facts.push(fact(format!("bytes of kind {kind}"), bytes.to_string()));
        let newest = of_kind.iter().filter_map(|backup| backup.created_at).max();
        facts.extend(newest.map(|at| fact(format!("newest of kind {kind}"), at.to_string())));
    }
    facts
}
