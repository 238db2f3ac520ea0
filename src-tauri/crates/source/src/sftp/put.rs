//! Files into a folder of a server.

use std::io::Read as _;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use ssh::{RemoteFile, RemoteKind, Sftp, SftpError};

use super::link::{Link, SftpOr, of};
use super::{PIECE, SftpFolder};
use crate::error::SourceError;
use crate::folder::PART;
use crate::object::{Checked, Object, Objects as _, Opened, Writes};

/// How long what was begun is looked after, once the run is over.
const CLEANING: Duration = Duration::from_secs(10);

impl SftpFolder {
    /// Makes the folders above a file, none of which may be a link, and yields where it goes.
    async fn make_parent(&self, sftp: &Sftp, key: &str) -> Result<String, SftpError> {
        let refuse = |path: &str| Err(SftpError::Refused(format!("{path} is a link, or no folder")));
        let link = &self.link;
        // A server may tell where a folder would be that is not there.
        let root = sftp.real_path(&link.root).await;
        let mut path = match root {
            Err(SftpError::NotThere) => link.root.clone(),
            root => root?,
        };
        if sftp.look(&path).await?.is_none() {
            sftp.make_folder(&path).await?;
        }
        let folders = key.rsplit_once('/').map_or("", |(folders, _)| folders);
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            path = format!("{}/{part}", path.trim_end_matches('/'));
            match sftp.look(&path).await? {
                Some(there) if there.kind == RemoteKind::Folder => {}
                Some(_) => return refuse(&path),
                None => sftp.make_folder(&path).await?,
            }
        }
        match link.place_of(sftp, key).await? {
            Some(place) => Ok(place),
            None => refuse(&path),
        }
    }
}

impl Writes for SftpFolder {
    fn put(&self, object: &Object, key: &str, _: bool, reader: &mut dyn Checked) -> Result<u64, SourceError> {
        let link = &self.link;
        let refused = |error| of(key, error, "written");
        let place = link.ask(async |sftp| self.make_parent(sftp, key).await).map_err(refused)?;
        let (folder, _) = place.rsplit_once('/').unwrap_or(("", ""));
        // Of this run alone: another one may be at the same file.
        let name =
            base::hex::encode(&digest(&SHA256, format!("{}/{key}", self.run).as_bytes()).as_ref()[..8]);
        let temporary = format!("{folder}/{}{name}{}", PART.0, PART.1);
        let aside = format!("{folder}/{}{name}-before{}", PART.0, PART.1);
        let opened = link.ask(async |sftp| {
            // Left by an attempt whose answer was lost.
            sftp.remove(&temporary).await?;
            let file = sftp.create(&temporary).await?;
            // Whoever reads it there has to read it again.
            let there = sftp.look(&place).await?;
            let like = if there.is_some() { there } else { sftp.look(folder).await? };
            Ok((file, there, like.and_then(|like| like.owner)))
        });
        let (file, there, owner) = opened.map_err(refused)?;
        let filled = fill(link, file, (object, owner), reader, key);
        let written = filled.and_then(|bytes| {
            let now = link.ask(async |sftp| Ok((link.place_of(sftp, key).await?, sftp.look(&place).await?)));
            let (again, now) = now.map_err(refused)?;
            if again.as_deref() != Some(&place) || now != there {
                let why =
                    SftpError::Refused("it came or changed while it was written, and stays as it is".into());
                return Err(refused(SftpOr::Server(why)));
            }
            // To its end, whoever cancels, and once: a file that was there must not be gone for lack of an answer.
            let replaced = link.runtime.block_on(async {
                let sftp = link.connected().await?;
                sftp.replace(&temporary, &place, &aside).await
            });
            match replaced {
                // It may have been done. What is there is read back.
                Err(error) if error.is_lost() => self.link.start_anew(),
                replaced => replaced.map_err(|error| refused(SftpOr::Server(error)))?,
            }
            Ok(bytes)
        });
        written.inspect_err(|_| {
            // Also where the run was cancelled. What cannot be removed is known by its name, and never taken for a file.
            let removing = async {
                let sftp = link.connected().await?;
                sftp.remove(&temporary).await
            };
            let _ = link.runtime.block_on(async { tokio::time::timeout(CLEANING, removing).await });
        })
    }

    fn read(&self, key: &str) -> Result<Opened, SourceError> {
        let asked = Object { key: key.to_owned(), ..Object::default() };
        self.open(&asked)?.ok_or_else(|| SourceError::NotThere { place: key.to_owned() })
    }

    fn remove(&self, key: &str) -> Result<bool, SourceError> {
        let link = &self.link;
        let removed = link.ask(async |sftp| match link.place_of(sftp, key).await? {
            Some(path) => sftp.remove(&path).await,
            None => Ok(false),
        });
        removed.map_err(|error| of(key, error, "written"))
    }
}

/// Writes a file under the name that nobody looks for, and gives it its rights once it is what was meant.
fn fill(
    link: &Link,
    file: RemoteFile,
    (object, owner): (&Object, Option<(u32, u32)>),
    reader: &mut dyn Checked,
    key: &str,
) -> Result<u64, SourceError> {
    let refused = |error| match error {
        SftpOr::Server(error) if error.is_lost() => {
            link.start_anew();
            of(key, SftpOr::Server(error), "written")
        }
        // The protocol has no word for a disk that is full.
        SftpOr::Server(SftpError::Refused(_)) if is_full(link) => {
            SourceError::Full { place: link.words.clone() }
        }
        error => of(key, error, "written"),
    };
    let mut at = 0;
    loop {
        let mut piece = Vec::new();
        let read = (&mut *reader).take(PIECE).read_to_end(&mut piece);
        read.map_err(|error| SourceError::writing(key, error))?;
        if piece.is_empty() {
            break;
        }
        link.wait(file.write(at, &piece)).map_err(refused)?;
        at += piece.len() as u64;
    }
    reader.check().map_err(|error| SourceError::writing(key, error))?;
    let modified_s = object.modified_ms.and_then(|ms| u32::try_from(ms / 1000).ok());
    let ending = async {
        file.set_facts(owner, object.mode, modified_s).await?;
        file.close().await
    };
    link.wait(ending).map_err(refused)?;
    Ok(at)
}

fn is_full(link: &Link) -> bool {
    let free = link.ask(async |sftp| sftp.free_bytes(&link.root).await);
    free.is_ok_and(|free| free.is_some_and(|free| free < PIECE))
}
