//! Files into a folder of a server.

use std::io::Read as _;

use ring::digest::{SHA256, digest};
use ssh::{RemoteFile, RemoteKind, Sftp, SftpError};

use super::link::{Link, of};
use super::{PIECE, SftpFolder};
use crate::error::SourceError;
use crate::folder::PART;
use crate::object::{Checked, Object, Objects as _, Opened, Writes};

impl SftpFolder {
    /// Makes the folders above a file, none of which may be a link, and yields where it goes.
    async fn make_parent(&self, sftp: &Sftp, key: &str) -> Result<String, SftpError> {
        let refuse = |path: &str| Err(SftpError::Refused(format!("{path} is a link, or no folder")));
        let link = &self.link;
        let mut path = match sftp.real_path(&link.root).await {
            Err(SftpError::NotThere) => {
                sftp.make_folder(&link.root).await?;
                sftp.real_path(&link.root).await?
            }
            real => real?,
        };
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
    fn put(&self, object: &Object, key: &str, reader: &mut dyn Checked) -> Result<u64, SourceError> {
        let link = &self.link;
        let refused = |error| of(key, error, "written");
        let place = link.ask(async |sftp| self.make_parent(sftp, key).await).map_err(refused)?;
        let (folder, _) = place.rsplit_once('/').unwrap_or(("", ""));
        let name = base::hex::encode(&digest(&SHA256, key.as_bytes()).as_ref()[..8]);
        let temporary = format!("{folder}/{}{name}{}", PART.0, PART.1);
        let file = link.ask(async |sftp| {
            // Left by a run that was killed.
            sftp.remove(&temporary).await?;
            sftp.create(&temporary).await
        });
        let written = fill(link, file.map_err(refused)?, object, reader, key).and_then(|bytes| {
            link.ask(async |sftp| sftp.replace(&temporary, &place).await).map_err(refused)?;
            Ok(bytes)
        });
        if written.is_err() {
            // Also where the run was cancelled. What cannot be removed is known by its name, and never taken for a file.
            let _ = link.runtime.block_on(async {
                let sftp = link.connected().await?;
                sftp.remove(&temporary).await
            });
        }
        written
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
    object: &Object,
    reader: &mut dyn Checked,
    key: &str,
) -> Result<u64, SourceError> {
    let refused = |error| of(key, error, "written");
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
        file.set_facts(object.mode, modified_s).await?;
        file.close().await
    };
    link.wait(ending).map_err(refused)?;
    Ok(at)
}
