//! What is there, against what a backup has.

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;

use ring::digest::{Context, SHA256};
use source::key::path_of_key;
use source::redis::{Client, look};
use source::{Found, Object, Objects, Place, SourceError};
use vault::{SnapshotId, Vault};

use super::keys::keys_of;
use super::plan::{BucketStep, PartCounts, PartRequest};
use super::site::Site;
use crate::archive::opened::blocking;
use crate::archive::{Inventory, Line, REDIS_FILE, Taken};
use crate::component::{way_to, way_words};
use crate::profile::Profile;
use base::failure::Failure;
use base::hex;
use base::meter::Meter;
use ledger::catalog::{ProjectRecord, SourceRecord};
use ledger::component::Component;
use ledger::names::FileNames;

/// All counts together.
pub(super) fn total(counts: &[PartCounts]) -> PartCounts {
    counts.iter().fold(PartCounts::default(), |all, one| PartCounts {
        name: String::new(),
        add: all.add + one.add,
        replace: all.replace + one.replace,
        same: all.same + one.same,
        delete: all.delete + one.delete,
        extra: all.extra + one.extra,
        expired: all.expired + one.expired,
        buckets: [all.buckets, one.buckets.clone()].concat(),
        bytes: all.bytes + one.bytes,
        mark: String::new(),
    })
}

/// The files of a source in a backup, as far as they were asked for.
pub(super) fn lines(
    vault: &Vault,
    id: &SnapshotId,
    component: Component,
    name: &str,
    files: &FileNames,
) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for line in Inventory::open(vault, id, component)? {
        let line = line?;
        if line.bucket == name && files.takes(&line.object.key) && line.stored().is_some() {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// Files that the backup knows of and does not hold: they could not be read, or were gone. Nobody has a copy of them.
#[derive(Debug, Default)]
pub(super) struct KnownOtherwise {
    keys: HashSet<String>,
    /// Folders that could not be read, with the slash at their end.
    folders: Vec<String>,
}

impl KnownOtherwise {
    fn add(&mut self, key: String) {
        if key.ends_with('/') {
            self.folders.push(key.clone());
        }
        self.keys.insert(key);
    }

    /// Whether this file is one of them.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.keys.contains(key) || self.folders.iter().any(|folder| key.starts_with(folder.as_str()))
    }
}

/// What of a source the backup knows of and does not hold.
pub(super) fn known_otherwise(
    vault: &Vault,
    id: &SnapshotId,
    component: Component,
    name: &str,
) -> Result<KnownOtherwise, Failure> {
    let mut known = KnownOtherwise::default();
    for line in Inventory::open(vault, id, component)? {
        let line = line?;
        if line.bucket != name || line.stored().is_some() {
            continue;
        }
        known.add(line.object.key);
    }
    Ok(known)
}

/// Into an empty folder everything is new.
pub(super) async fn look_at_folder(
    vault: &Vault,
    id: SnapshotId,
    taken: &Taken,
    request: &PartRequest,
) -> Result<PartCounts, Failure> {
    let (vault, component, name, files) =
        (vault.clone(), taken.component, taken.name.clone(), request.files.clone());
    let lines = blocking(move || lines(&vault, &id, component, &name, &files)).await?;
    let bytes = lines.iter().filter_map(|line| line.object.size).sum();
    Ok(PartCounts { name: taken.name.clone(), add: lines.len() as u64, bytes, ..PartCounts::default() })
}

/// What is at the place now.
pub(super) struct There {
    /// Its files by their names.
    pub(super) files: BTreeMap<String, Object>,
    /// What has a name there and is no file that anybody could read: links, pipes, what may not be read.
    pub(super) otherwise: KnownOtherwise,
    /// What changes with them.
    pub(super) mark: String,
}

/// Lists a place; one that is not there is empty.
pub(super) fn there(site: &Site, wanted: &FileNames) -> Result<There, Failure> {
    let (mut files, mut hash) = (BTreeMap::new(), Context::new(&SHA256));
    let mut otherwise = KnownOtherwise::default();
    if let Some(objects) = site.objects() {
        let listed = objects.list_limited(&site.words(), &mut |found| {
            if !wanted.takes(found.key()) {
                return Ok(());
            }
            if let Found::LeftOut { key, .. } = found {
                hash.update(format!("{key}\0left out\n").as_bytes());
                otherwise.add(key);
            } else if let Found::Object(object) = found {
                let Object { key, size, modified_ms, etag, .. } = &object;
                hash.update(format!("{key}\0{size:?}\0{modified_ms:?}\0{etag:?}\n").as_bytes());
                files.insert(object.key.clone(), object);
            }
            Ok(())
        });
        match listed {
            // It was deleted there: everything of it comes back.
            Err(SourceError::NotThere { .. }) if files.is_empty() => {}
            listed => listed?,
        }
        hash.update(site.buckets_mark().as_bytes());
    }
    Ok(There { files, otherwise, mark: hex::encode(hash.finish().as_ref()) })
}

/// What a restore would do to the files of a place. Where sizes are the same, their hashes decide.
pub(super) async fn look_at_place(
    vault: &Vault,
    id: SnapshotId,
    taken: &Taken,
    request: &PartRequest,
    site: Site,
) -> Result<PartCounts, Failure> {
    let (vault, taken, files) = (vault.clone(), taken.clone(), request.files.clone());
    let deletes = request.deletes_extra;
    blocking(move || {
        let lines = lines(&vault, &id, taken.component, &taken.name, &files)?;
        let there = there(&site, &files)?;
        let mut counts =
            PartCounts { name: taken.name.clone(), mark: there.mark.clone(), ..PartCounts::default() };
        let (mut known, mut written) = (0, Vec::new());
        for line in &lines {
            match there.files.get(&line.object.key) {
                None => {
                    counts.add += 1;
                    written.push(&line.object);
                    counts.bytes += line.object.size.unwrap_or_default();
                }
                Some(now) => {
                    known += 1;
                    if is_same(site.objects(), now, line, &Meter::default())? {
                        counts.same += 1;
                    } else {
                        counts.replace += 1;
                        written.push(&line.object);
                        counts.bytes += line.object.size.unwrap_or_default();
                    }
                }
            }
        }
        for change in site.other_buckets(&taken.buckets, &written, files.prefix.as_deref())? {
            let id = change.settings.id;
            counts.buckets.push(BucketStep { id, is_new: change.is_new });
        }
        let left_out = known_otherwise(&vault, &id, taken.component, &taken.name)?;
        let of_no_backup = there.files.keys().filter(|key| left_out.holds(key)).count() as u64;
        let extra = (there.files.len() as u64).saturating_sub(known).saturating_sub(of_no_backup);
        if deletes {
            counts.delete = extra;
        } else {
            counts.extra = extra;
        }
        Ok::<_, Failure>(counts)
    })
    .await
}

/// Whether a file that is there is that of the backup; what cannot be read is not known to be.
pub(super) fn is_same(
    objects: Option<&dyn Objects>,
    now: &Object,
    line: &Line,
    meter: &Meter,
) -> Result<bool, Failure> {
    Ok(compared(objects, now, line, meter)? == Compared::Same)
}

/// A file that is there against that of a backup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// The same bytes, and its readers are told the same.
    Same,
    /// Another one.
    Different,
    /// It could not be read, for this reason.
    Unknown(String),
}

/// Compares a file that is there with that of a backup.
pub(super) fn compared(
    objects: Option<&dyn Objects>,
    now: &Object,
    line: &Line,
    meter: &Meter,
) -> Result<Compared, Failure> {
    if now.size != line.object.size {
        return Ok(Compared::Different);
    }
    let Some(objects) = objects else { return Ok(Compared::Different) };
    if now.is_unchanged_since(&line.object) && !objects.marks_can_be_set() {
        return Ok(Compared::Same);
    }
    let opened = match objects.open(now) {
        Ok(Some(opened)) => opened,
        Err(error) if error.is_of_all() => return Err(error.into()),
        Ok(None) => return Ok(Compared::Unknown("it went away while it was looked at".into())),
        Err(error) => return Ok(Compared::Unknown(error.to_string())),
    };
    if !opened.object.tells_the_same(&line.object) {
        return Ok(Compared::Different);
    }
    let (mut reader, mut hash) = (opened.reader, Context::new(&SHA256));
    let mut space = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut space) {
            Ok(0) => break,
            Ok(count) => {
                hash.update(&space[..count]);
                meter.beat();
            }
            // It may be written to at this moment.
            Err(error) => return Ok(Compared::Unknown(error.to_string())),
        }
    }
    let is_same = line.sha256.as_deref() == Some(hex::encode(hash.finish().as_ref()).as_str());
    Ok(if is_same { Compared::Same } else { Compared::Different })
}

/// What a restore would do to the keys of a server.
pub(super) async fn look_at_redis(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
    (vault, id, taken, of): (&Vault, SnapshotId, &Taken, Option<SnapshotId>),
) -> Result<PartCounts, Failure> {
    let Place::Redis(address) = &source.place else {
        return Err(Failure::invalid("it is no Redis server", "Add the component again."));
    };
    let (password, way) = way_to(profile, project, source).await?;
    let mut client = Client::connect(address, password.as_ref(), &way).await?;
    let now: u64 = client.key_counts().await?.unwrap_or_default().iter().map(|(_, keys)| keys).sum();
    let (vault, path) = (vault.clone(), format!("{}/{REDIS_FILE}", taken.path));
    let (reader, only) = blocking(move || {
        let only = of.map(|of| keys_of(&vault, &of, &path)).transpose()?;
        let reader = vault.read(&id, &path).map_err(crate::archive::ArchiveError::from)?;
        Ok::<_, Failure>((reader, only))
    })
    .await?;
    let seen = {
        let handle = tokio::runtime::Handle::current();
        blocking(move || {
            handle.block_on(look(&mut client, reader, only.as_ref(), || ())).map_err(Failure::from)
        })
        .await?
    };
    Ok(PartCounts {
        name: taken.name.clone(),
        add: seen.added,
        replace: seen.there,
        extra: now.saturating_sub(seen.there),
        expired: seen.expired,
        bytes: taken.bytes,
        // Keys come and go all the time; the server is the same one.
        mark: redis_mark(project, &source.place),
        ..PartCounts::default()
    })
}

/// Where a file goes below a folder: under its source's name, where there are several.
pub(super) fn path_below(name: Option<&str>, key: &str) -> String {
    let path = path_of_key(key);
    match name {
        Some(name) => format!("{}/{path}", path_of_key(name)),
        None => path,
    }
}

/// Which server a place of Redis is: behind another SSH server the same address is another one.
pub(super) fn redis_mark(project: &ProjectRecord, place: &Place) -> String {
    format!("{} by {}", place.words(), way_words(project, place).as_deref().unwrap_or("no SSH server"))
}
