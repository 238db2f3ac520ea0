//! What stands around a backup, as a command line: accounts, logs, notes, files in a chat, keys.

use base::command::{Command, LogFile, Noted, PlatformAt, PlatformLogs, Portable, ProjectsAdd, VaultKey};

use super::label_word;
use crate::noted::{NoteBackup, RecordDrills, TestNoted};
use crate::platform::{AddAccountProjects, AskAccount, LogFormatView, ReadLogs};
use crate::portable::{DeletePortable, FetchPortable, SendPortable};
use crate::vault::{AddVaultKey, RevokeVaultKey};

impl From<AddAccountProjects> for Command {
    fn from(AddAccountProjects { account, label, references }: AddAccountProjects) -> Self {
        let AskAccount { platform, credentials, project: from } = account;
        // Each project has a reference of its own.
        let platform = platform.map(|platform| PlatformAt { reference: String::new(), ..platform.into() });
        let (label, credentials) = (label_word(label), credentials.into_keys().collect());
        Self::ProjectsAdd(ProjectsAdd { references, label, platform, credentials, from })
    }
}

impl From<ReadLogs> for Command {
    fn from(request: ReadLogs) -> Self {
        let ReadLogs { project, from_ms, to_ms, source, path, format, replace, keep } = request;
        let is_text = match format {
            LogFormatView::Json => false,
            LogFormatView::Text => true,
        };
        let file = path.map(|path| LogFile { path, is_text, replace });
        Self::PlatformLogs(PlatformLogs { project, from_ms: from_ms.0, to_ms: to_ms.0, source, file, keep })
    }
}

impl From<NoteBackup> for Noted {
    fn from(NoteBackup { project, reason }: NoteBackup) -> Self {
        Self::Start { project, reason }
    }
}

impl From<TestNoted> for Noted {
    fn from(TestNoted { project, id }: TestNoted) -> Self {
        Self::Test { project, id }
    }
}

impl From<RecordDrills> for Noted {
    fn from(RecordDrills { project, is_on }: RecordDrills) -> Self {
        Self::Drills { project, is_on }
    }
}

// What seals a file is in another file, always.
impl From<SendPortable> for Portable {
    fn from(SendPortable { project, file, passphrase: _, receipt }: SendPortable) -> Self {
        Self::Send { project, file, receipt }
    }
}

impl From<FetchPortable> for Portable {
    fn from(FetchPortable { project, id, receipt, to, passphrase: _ }: FetchPortable) -> Self {
        Self::Fetch { project, id, receipt, to }
    }
}

impl From<DeletePortable> for Portable {
    fn from(DeletePortable { project, id, confirm }: DeletePortable) -> Self {
        Self::Forget { project, id, confirm }
    }
}

// The form of a kit is told by the name of its file.
impl From<AddVaultKey> for VaultKey {
    fn from(AddVaultKey { name, path: kit, format: _, use_here }: AddVaultKey) -> Self {
        Self::Add { name, kit, use_here }
    }
}

impl From<RevokeVaultKey> for VaultKey {
    fn from(RevokeVaultKey { key, confirm }: RevokeVaultKey) -> Self {
        Self::Revoke { key, confirm: Some(confirm) }
    }
}
