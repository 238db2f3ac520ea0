//! Components, and bringing them back.

use base::command::{Command, ComponentAdd, ComponentAt, PartTo, PartsPlan};
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;

use super::{path, text};

pub(super) fn of_components() -> impl Strategy<Value = Command> {
    let texts = || prop::collection::vec(text(), 0..3);
    let at = prop_oneof![
        (any::<bool>(), any::<bool>()).prop_map(|(has_key, is_in_host)| {
            let at = ComponentAt::Bucket {
                url: "s3://uploads/2026".into(),
                endpoint: "https://s3.example".into(),
                region: "eu-1".into(),
                access_key: has_key.then(|| "AKIA".into()),
                is_in_host,
            };
            (at, Vec::new(), has_key)
        }),
        any::<bool>().prop_map(|has_password| {
            let at = ComponentAt::StorageApi("https://abc.supabase.co/storage/v1".into());
            (at, Vec::new(), has_password)
        }),
        (path(), texts()).prop_map(|(path, patterns)| (ComponentAt::Files(path), patterns, false)),
        (path(), texts(), any::<bool>(), any::<bool>()).prop_map(|(path, patterns, is_own, has_password)| {
            let at = ComponentAt::Sftp {
                component: "files".into(),
                path,
                account: (!is_own).then(|| "deploy@shop.example:2222".into()),
                key: (!is_own).then(|| "/keys/id".into()),
                host_key: (!is_own).then(|| "SHA256:abc".into()),
            };
            (at, patterns, has_password && !is_own)
        }),
        (prop::collection::vec(path(), 1..3), texts()).prop_map(|(paths, patterns)| (
            ComponentAt::Configuration(paths),
            patterns,
            false
        )),
        (any::<bool>(), maybe("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,12}")).prop_map(|(has_password, container)| {
            let url = "redis://cache.example:6379".into();
            (ComponentAt::Redis { url, container }, Vec::new(), has_password)
        }),
        ("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,12}", any::<bool>(), any::<bool>()).prop_map(
            |(container, is_own, has_password)| {
                let at = ComponentAt::ContainerLog {
                    container,
                    account: (!is_own).then(|| "deploy@shop.example:2222".into()),
                    key: (!is_own).then(|| "/keys/id".into()),
                    host_key: (!is_own).then(|| "SHA256:abc".into()),
                };
                (at, Vec::new(), has_password && !is_own)
            }
        ),
        (path(), texts()).prop_map(|(path, patterns)| (
            ComponentAt::Logs(format!("./{path}")),
            patterns,
            false
        )),
        (text(), text(), text()).prop_map(|(schema, table, column)| {
            let table = base::command::table_word(&schema, &table);
            (ComponentAt::LogTable { table, column }, Vec::new(), false)
        }),
    ];
    (text(), at, maybe(text())).prop_map(|(project, (at, patterns, has_password), name)| {
        Command::ComponentAdd(ComponentAdd { project, at, patterns, name, has_password })
    })
}

pub(super) fn of_parts() -> impl Strategy<Value = Command> {
    let to = prop_oneof![path().prop_map(PartTo::Folder), Just(PartTo::InPlace)];
    let component = select(vec!["files", "config", "redis", "logs"]);
    let days = (maybe(text()), maybe(text()));
    (text(), component, maybe(text()), maybe(text()), days, to, any::<bool>(), maybe(text())).prop_map(
        |(backup, component, name, prefix, (from, until), to, deletes_extra, no_safety_because)| {
            let component = component.to_owned();
            // A folder of its own has nothing that could go.
            let deletes_extra = deletes_extra && to == PartTo::InPlace;
            Command::PartsPlan(PartsPlan {
                backup,
                component,
                name,
                prefix,
                from,
                until,
                to,
                deletes_extra,
                no_safety_because,
            })
        },
    )
}
