//! What a platform is asked for, as a command line.

use base::command::{Command, PlatformCreate, PlatformNewProject, PlatformRestore, Pull};

use super::label_word;
use crate::platform::{CreateRemote, MakeRemoteProject, PlanRemoteRestore, StartPull};

impl From<StartPull> for Command {
    fn from(request: StartPull) -> Self {
        let StartPull { project, ids, all, passphrase, streams, bytes_per_second } = request;
        let is_encrypted = passphrase.is_some();
        let bytes_per_second = bytes_per_second.map(|bytes| bytes.0);
        Self::Pull(Pull { project, ids, all, is_encrypted, streams, bytes_per_second })
    }
}

impl From<CreateRemote> for Command {
    fn from(request: CreateRemote) -> Self {
        let CreateRemote {
            project,
            kind,
            compress,
            encrypt,
            format,
            reason,
            notify_email,
            from_ms,
            to_ms,
            then_pull,
        } = request;
        let (from_ms, to_ms) = (from_ms.map(|at| at.0), to_ms.map(|at| at.0));
        Self::PlatformCreate(PlatformCreate {
            project,
            kind,
            compress,
            encrypt,
            format,
            reason,
            notify_email,
            from_ms,
            to_ms,
            then_pull,
        })
    }
}

impl From<MakeRemoteProject> for Command {
    fn from(request: MakeRemoteProject) -> Self {
        let MakeRemoteProject { like, name, label, organization, region, size } = request;
        let label = label_word(label);
        Self::PlatformNewProject(PlatformNewProject { like, name, label, organization, region, size })
    }
}

impl From<PlanRemoteRestore> for Command {
    fn from(request: PlanRemoteRestore) -> Self {
        let PlanRemoteRestore {
            project,
            id,
            at_ms,
            point,
            database,
            storage,
            config,
            no_safety_because,
            uncovered_because,
        } = request;
        Self::PlatformRestore(PlatformRestore {
            project,
            id,
            at_ms: at_ms.map(|at| at.0),
            point,
            database,
            storage,
            config,
            no_safety_because,
            uncovered_because,
        })
    }
}
