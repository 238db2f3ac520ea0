//! Builds the manifest of a backup from all parts of a run.

use std::collections::{BTreeMap, HashMap, HashSet};

use vault::SnapshotId;

use super::plan::{compare, table_names};
use crate::archive::{MANIFEST_FORMAT, MANIFEST_FORMAT_CHOSEN, Manifest, Part};
use crate::moment::{Moment, Stored};
use base::words::counted;
use ledger::catalog::ProjectRecord;
use postgres::connection::{Peer, Settings, TlsMode};

#[expect(clippy::too_many_arguments, reason = "the manifest is where all parts of a run come together")]
pub(super) fn manifest(
    moment: &Moment,
    project: &ProjectRecord,
    reason: Option<String>,
    trigger: String,
    started_at_ms: i64,
    stored: Stored,
    roles: Result<Part, String>,
    before: Option<&(SnapshotId, Manifest)>,
) -> Manifest {
    let facts = moment.facts();
    let mut warnings = Vec::new();
    if let Err(error) = &stored.summary {
        warnings.push(format!("The dump could not be counted, so it has no fingerprints: {error}."));
    }
    if let Err(why) = &roles {
        warnings.push(format!("Roles are not in this backup: {why}."));
    }
    let (peer, is_encrypted) = moment.peer();
    let settings = project.connection.as_ref().filter(|_| !is_encrypted);
    warnings.extend(settings.and_then(|settings| plain_text_warning(settings, peer)));
    let recognised = moment.recognised(&stored);
    let mut manifest = Manifest {
        format: MANIFEST_FORMAT,
        reason,
        moment_at_ms: moment.at_ms(),
        server: Some(moment.server()),
        database: Some(moment.database_part(stored)),
        roles: roles.ok(),
        extensions: facts.extensions.iter().map(|one| format!("{} {}", one.name, one.version)).collect(),
        extension_parts: moment.extension_parts().to_vec(),
        recognised,
        migration: facts.migrations.first().map(|stamp| stamp.newest.clone()),
        warnings,
        ..Manifest::begun(project, trigger, started_at_ms)
    };
    if manifest.not_taken().is_some() {
        manifest.format = MANIFEST_FORMAT_CHOSEN;
    }
    let of_tables = changed_tables(before.map(|(_, manifest)| manifest), &manifest);
    manifest.warnings.extend(of_tables);
    manifest
}

/// Which tables came, went, or are not taken any more, as sentences.
fn changed_tables(before: Option<&Manifest>, now: &Manifest) -> Vec<String> {
    let (new, gone) = compare(before.map(table_names).as_ref(), &table_names(now));
    let not_taken = now.not_taken();
    let bare: HashSet<String> = not_taken
        .into_iter()
        .flat_map(|out| &out.tables)
        .map(|table| format!("{}.{}", table.schema, table.name))
        .collect();
    let closed: Vec<String> =
        not_taken.into_iter().flat_map(|out| &out.schemas).map(|schema| format!("{schema}.")).collect();
    let lacks = |name: &str| bare.contains(name) || closed.iter().any(|schema| name.starts_with(schema));
    // A schema that is new says it once for all of its tables that are taken.
    let (schemas, new) = of_new_schemas(before, now, new, lacks);
    let mut all: Vec<String> = schemas
        .into_iter()
        .map(|(schema, tables)| {
            let they = if tables == 1 { "it is" } else { "they are" };
            let many = counted(tables, "table");
            format!("Schema {schema} is new since the last backup, with {many}; {they} included.")
        })
        .collect();
    all.extend(new.iter().map(|table| {
        let what = if lacks(table) { "by choice its rows are not in this one" } else { "it is included" };
        format!("Table {table} is new since the last backup; {what}.")
    }));
    let gone = gone.iter().filter(|table| !lacks(table));
    all.extend(gone.map(|table| format!("Table {table} of the last backup is gone.")));
    let is_chosen_anew =
        before.and_then(Manifest::not_taken).map(|out| &out.choice) != not_taken.map(|out| &out.choice);
    let left = before.into_iter().flat_map(Manifest::tables).filter(|_| !is_chosen_anew);
    let left = left.filter(|table| not_taken.is_some_and(|out| out.lacks(&table.schema, &table.name)));
    all.extend(left.map(|table| {
        format!(
            "The rows of {}.{} were in the last backup, and the same choice does not mean them any more.",
            table.schema, table.name
        )
    }));
    all
}

/// New tables in schemas that had none, by schema; and the others.
fn of_new_schemas(
    before: Option<&Manifest>,
    now: &Manifest,
    new: Vec<String>,
    lacks: impl Fn(&str) -> bool,
) -> (BTreeMap<String, u64>, Vec<String>) {
    let known: HashSet<&str> = before.into_iter().flat_map(schemas_of).map(|(schema, _)| schema).collect();
    let schema_of: HashMap<String, &str> =
        schemas_of(now).map(|(schema, table)| (format!("{schema}.{table}"), schema)).collect();
    let (mut of_new, mut others) = (BTreeMap::<String, u64>::new(), Vec::new());
    for table in new {
        match schema_of.get(&table).filter(|schema| !known.contains(**schema)) {
            Some(schema) if !lacks(&table) => *of_new.entry((*schema).to_owned()).or_default() += 1,
            _ => others.push(table),
        }
    }
    (of_new, others)
}

fn schemas_of(manifest: &Manifest) -> impl Iterator<Item = (&str, &str)> {
    let taken = manifest.tables().iter().map(|table| (table.schema.as_str(), table.name.as_str()));
    let others = manifest.not_taken().into_iter().flat_map(|out| &out.tables);
    taken.chain(others.map(|table| (table.schema.as_str(), table.name.as_str())))
}

/// Warns if encryption was preferred but not used where somebody could be in between: not within this computer, nor
/// within SSH.
fn plain_text_warning(settings: &Settings, peer: &Peer) -> Option<String> {
    let is_open = match peer {
        Peer::Route { .. } => !settings.is_within_ssh() && !settings.is_on_this_computer(),
        _ => peer.address().is_some_and(|address| !address.ip().is_loopback()),
    };
    let way = match &settings.ssh {
        Some(ssh) => {
            format!("The connection was not encrypted between {} and {}", ssh.server(), settings.host)
        }
        None => "The connection was not encrypted".to_owned(),
    };
    (settings.tls == TlsMode::Prefer && is_open).then(|| {
        format!("{way}: the server offers no TLS, and the project only prefers it. Demand it with sslmode=require.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres::connection::parse;

    #[test]
    fn plain_text_where_tls_was_preferred_is_said() {
        let settings = |url: &str| parse(url).unwrap().settings;
        let said = |url, address: &str| {
            plain_text_warning(&settings(url), &Peer::Tcp(address.parse().unwrap())).is_some()
        };
        let preferred = "postgresql://reader@db.example/shop?sslmode=prefer";
        assert!(said(preferred, "192.0.2.1:5432"));
        let decided = "postgresql://reader@db.example/shop?sslmode=disable";
        assert!(!said(decided, "192.0.2.1:5432"), "that was decided");
        assert!(!said(preferred, "127.0.0.1:5432"), "nobody is in between");
    }

    #[tokio::test]
    async fn within_ssh_nothing_is_plain_and_beyond_its_server_it_is() {
        let said = |host: &str| {
            let url = format!("postgresql://reader@{host}/shop?sslmode=prefer");
            let ssh: ssh::Address = "admin@gate.example".parse().unwrap();
            let route = ssh::Gateway::new(&ssh, None).route(host, 5432);
            let near = route.near_end().unwrap();
            let settings = Settings { ssh: Some(ssh), ..parse(&url).unwrap().settings };
            let peer = Peer::Route { route, near };
            plain_text_warning(&settings, &peer)
        };
        assert_eq!(said("localhost"), None);
        let text = said("db.example").unwrap();
        assert!(text.contains("between gate.example and db.example"), "{text}");
    }
}
