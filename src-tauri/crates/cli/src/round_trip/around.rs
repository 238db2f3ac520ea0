//! Lines of what stands around a backup: notes, files in a chat, keys.

use base::command::{Command, VaultKey};
use contract::command_line::AskCommand;
use contract::error::UserError;
use contract::noted::{NoteBackup, RecordDrills, TestNoted};
use contract::project::ProjectRef;
use contract::vault::RevokeVaultKey;

use crate::{bundle, noted, vault_key};

pub(super) fn of_noted(verb: noted::Verb) -> Command {
    let asked = match verb {
        noted::Verb::Start { project, reason } => AskCommand::NotedStart(NoteBackup { project, reason }),
        noted::Verb::List { project } => AskCommand::NotedList(ProjectRef { project }),
        noted::Verb::Drills { project, on, off } => {
            assert!(on != off, "the line says which");
            AskCommand::NotedDrills(RecordDrills { project, is_on: on })
        }
        noted::Verb::Test { project, id } => AskCommand::NotedTest(TestNoted { project, id }),
        other => panic!("no such line is written: {other:?}"),
    };
    asked.into()
}

pub(super) fn of_portable(verb: bundle::Verb) -> Result<Command, UserError> {
    let asked = match verb {
        bundle::Verb::Send(send) => AskCommand::BundleSend(send.request()?),
        bundle::Verb::Fetch(fetch) => AskCommand::BundleFetch(fetch.request()?),
        bundle::Verb::Forget(forget) => AskCommand::BundleForget(forget.request()),
        other => panic!("no such line is written: {other:?}"),
    };
    Ok(asked.into())
}

pub(super) fn of_key(verb: vault_key::Verb) -> Command {
    match verb {
        vault_key::Verb::Add { name, kit, use_here } => {
            AskCommand::VaultKeyAdd(vault_key::added(name, &kit, use_here)).into()
        }
        vault_key::Verb::Revoke { key, confirm: Some(confirm) } => {
            AskCommand::VaultKeyRevoke(RevokeVaultKey { key, confirm }).into()
        }
        vault_key::Verb::Revoke { key, confirm: None } => {
            Command::VaultKey(VaultKey::Revoke { key, confirm: None })
        }
        vault_key::Verb::List => panic!("no such line is written"),
    }
}
