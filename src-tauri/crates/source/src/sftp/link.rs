//! The connection to a server's files, made anew where it breaks, and what is opened over it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use ssh::{Gateway, RemoteFacts, RemoteFile, RemoteKind, Sftp, SftpError};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::RESUMES;
use crate::error::SourceError;

/// Signing in has to be done by then.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// The connection, which is made anew where it breaks.
pub(super) struct Link {
    pub(super) gateway: Arc<Gateway>,
    /// The folder as it was named.
    pub(super) root: String,
    pub(super) words: String,
    pub(super) session: Mutex<Option<Arc<Sftp>>>,
    pub(super) runtime: Handle,
    pub(super) token: CancellationToken,
}

impl Link {
    /// Asks, over a new connection where the old one broke.
    #[expect(clippy::needless_pass_by_value, reason = "every caller has it on the spot")]
    pub(super) fn ask<T>(&self, work: impl AsyncFn(&Arc<Sftp>) -> Result<T, SftpError>) -> Result<T, SftpOr> {
        let mut tried = 0;
        loop {
            let asking = async {
                let sftp = self.connected().await?;
                let done = work(&sftp).await;
                if done.as_ref().is_err_and(SftpError::is_lost) {
                    self.forget(&sftp);
                }
                done
            };
            let done = self.wait(asking);
            match done {
                Err(SftpOr::Server(error)) if error.is_lost() && tried < RESUMES => {
                    tried += 1;
                    let pause = Duration::from_millis(300 << tried);
                    self.wait(async {
                        tokio::time::sleep(pause).await;
                        Ok(())
                    })?;
                }
                done => return done,
            }
        }
    }

    pub(super) fn wait<T>(&self, asking: impl Future<Output = Result<T, SftpError>>) -> Result<T, SftpOr> {
        self.runtime.block_on(async {
            tokio::select! {
                answer = asking => answer.map_err(SftpOr::Server),
                () = self.token.cancelled() => Err(SftpOr::Cancelled),
            }
        })
    }

    pub(super) async fn connected(&self) -> Result<Arc<Sftp>, SftpError> {
        let known = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let new = Sftp::open(&self.gateway, CONNECT_LIMIT).await?;
        // Of several that came at once the first is kept; the others end with their work.
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(kept.get_or_insert(new)))
    }

    /// Takes a new connection for what comes next.
    pub(super) fn start_anew(&self) {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn forget(&self, broken: &Arc<Sftp>) {
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take_if(|one| Arc::ptr_eq(one, broken));
    }

    /// Where a file is; its folder is one, and no link leads anywhere on the way.
    pub(super) async fn place_of(&self, sftp: &Sftp, key: &str) -> Result<Option<String>, SftpError> {
        let root = sftp.real_path(&self.root).await?;
        let path = format!("{}/{key}", root.trim_end_matches('/'));
        let folder =
            path.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        // Some servers tell where a path leads without looking at what is there.
        let above = (root.len() + 1..path.len()).filter(|at| path.as_bytes()[*at] == b'/');
        let looks = try_join_all(above.map(|at| sftp.look(&path[..at]))).await?;
        let are_folders = looks.iter().all(|one| one.is_some_and(|one| one.kind == RemoteKind::Folder));
        match sftp.real_path(folder).await {
            Ok(real) if real == folder && are_folders => Ok(Some(path)),
            Ok(_) | Err(SftpError::NotThere) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file that is one, and nothing else; absent where it is none.
    pub(super) async fn open(
        &self,
        sftp: &Arc<Sftp>,
        key: &str,
    ) -> Result<Option<(RemoteFile, RemoteFacts)>, SftpError> {
        let Some(path) = self.place_of(sftp, key).await? else { return Ok(None) };
        // To open a pipe waits for whoever writes into it.
        let is_file = |facts: Option<RemoteFacts>| facts.is_some_and(|facts| facts.kind == RemoteKind::File);
        if !is_file(sftp.look(&path).await?) {
            return Ok(None);
        }
        let Some(file) = sftp.read(&path).await? else { return Ok(None) };
        let (opened, there, again) =
            tokio::try_join!(file.facts(), sftp.look(&path), self.place_of(sftp, key))?;
        let is_this = is_file(there) && there.and_then(|there| there.owner) == opened.owner;
        if !is_this || again.as_deref() != Some(&path) || opened.kind != RemoteKind::File {
            return Ok(None);
        }
        Ok(Some((file, opened)))
    }
}

/// A refusal of the server, or the wish to stop.
pub(super) enum SftpOr {
    Server(SftpError),
    Cancelled,
}

pub(super) fn failed(place: &str, error: SftpOr) -> SourceError {
    of(place, error, "read")
}

pub(super) fn of(place: &str, error: SftpOr, what: &'static str) -> SourceError {
    let place = place.to_owned();
    match error {
        SftpOr::Cancelled => SourceError::Cancelled,
        SftpOr::Server(SftpError::NotThere) => SourceError::NotThere { place },
        SftpOr::Server(SftpError::Forbidden) => SourceError::Forbidden { place, what },
        SftpOr::Server(source) => SourceError::Sftp { place, source: Box::new(source) },
    }
}
