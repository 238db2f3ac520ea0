//! Requests about what stands around a backup: accounts, logs, notes, files in a chat, keys, places.

use base::command::{
    Command, LogFile, Noted, Place, PlatformAt, PlatformLogs, Portable, ProjectsAdd, VaultKey,
};
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;

use super::{moment, path, platform_at, tables, text};

pub(super) fn command() -> impl Strategy<Value = Command> {
    let place = (maybe(text()), any::<Option<bool>>())
        .prop_map(|(replica, is_elsewhere)| Command::Place(Place { replica, is_elsewhere }));
    prop_oneof![
        2 => projects_add(),
        2 => logs(),
        1 => noted().prop_map(Command::Noted),
        2 => portable().prop_map(Command::Portable),
        1 => key().prop_map(Command::VaultKey),
        1 => place,
    ]
}

fn projects_add() -> impl Strategy<Value = Command> {
    let labels = select(vec!["production", "staging", "development"]);
    let account = (platform_at(), any::<bool>(), maybe(text()));
    let credentials = prop::collection::btree_set("[a-z_]{1,8}", 0..3);
    (tables(), labels, account, credentials).prop_map(
        |(references, label, (platform, is_named, from), mut credentials)| {
            // An account has no reference, and is named, or is that of a project.
            let platform = PlatformAt { reference: String::new(), ..platform };
            let platform = (is_named || from.is_none()).then_some(platform);
            // Without a word about it, a person is asked for what signs in.
            if from.is_none() && credentials.is_empty() {
                credentials.insert("token".to_owned());
            }
            let label = label.to_owned();
            Command::ProjectsAdd(ProjectsAdd { references, label, platform, credentials, from })
        },
    )
}

/// A moment, or the beginning of a day in UTC.
fn utc() -> impl Strategy<Value = i64> {
    prop_oneof![moment(), (1_i64..40_000).prop_map(|days| days * 86_400_000)]
}

fn logs() -> impl Strategy<Value = Command> {
    let file = (path(), any::<bool>(), any::<bool>()).prop_map(|(path, is_text, replace)| LogFile {
        path,
        is_text,
        replace,
    });
    (text(), utc(), utc(), maybe(text()), maybe(file), any::<bool>()).prop_map(
        |(project, from_ms, to_ms, source, file, keep)| {
            // They go somewhere.
            let keep = keep || file.is_none();
            Command::PlatformLogs(PlatformLogs { project, from_ms, to_ms, source, file, keep })
        },
    )
}

fn noted() -> impl Strategy<Value = Noted> {
    prop_oneof![
        (text(), text()).prop_map(|(project, reason)| Noted::Start { project, reason }),
        (text(), text()).prop_map(|(project, id)| Noted::Test { project, id }),
        (text(), any::<bool>()).prop_map(|(project, is_on)| Noted::Drills { project, is_on }),
    ]
}

fn portable() -> impl Strategy<Value = Portable> {
    prop_oneof![
        (text(), path(), maybe(path())).prop_map(|(project, file, receipt)| Portable::Send {
            project,
            file,
            receipt
        }),
        (text(), text(), path(), path(), any::<bool>()).prop_map(|(project, id, receipt, to, has_id)| {
            let (id, receipt) = if has_id { (Some(id), None) } else { (None, Some(receipt)) };
            Portable::Fetch { project, id, receipt, to }
        }),
        (text(), text(), text()).prop_map(|(project, id, confirm)| Portable::Forget { project, id, confirm }),
    ]
}

fn key() -> impl Strategy<Value = VaultKey> {
    prop_oneof![
        (text(), text(), any::<bool>()).prop_map(|(name, kit, use_here)| VaultKey::Add {
            name,
            kit,
            use_here
        }),
        (text(), maybe(text())).prop_map(|(key, confirm)| VaultKey::Revoke { key, confirm }),
    ]
}
