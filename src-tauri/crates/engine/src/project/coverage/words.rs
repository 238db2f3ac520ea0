//! What was seen of a project, and what would add it, in words.

use base::command::ComponentAt;
use base::words::{count_words, counted};
use ledger::catalog::SourceRecord;
use ledger::coverage::{DatabaseFound, PartAdd, SchemaFound, ThingFound};
use source::Place;

/// So many names are listed.
const NAMED: usize = 3;

/// The same on a command line, and whether something opens it.
pub(super) fn at_of(add: &PartAdd) -> (ComponentAt, bool) {
    match add {
        PartAdd::StorageApi { url } => (ComponentAt::StorageApi(url.clone()), true),
        PartAdd::Folder { component, path, is_there: true } => {
            let (component, path) = (component.clone(), path.clone());
            (ComponentAt::Sftp { component, path, account: None, key: None, host_key: None }, false)
        }
        PartAdd::Folder { component, path, is_there: false } if component == "config" => {
            (ComponentAt::Configuration(vec![path.clone()]), false)
        }
        PartAdd::Folder { path, .. } => (ComponentAt::Files(path.clone()), false),
        PartAdd::Redis { url, container } => {
            (ComponentAt::Redis { url: url.clone(), container: container.clone() }, false)
        }
        PartAdd::ContainerLog { container } => {
            let container = container.clone();
            (ComponentAt::ContainerLog { container, account: None, key: None, host_key: None }, false)
        }
    }
}

/// `57 tables in public, 38 of Supabase in 6 schemas; about 21,300,000 rows, 4 extensions`.
pub(super) fn database_words(database: &DatabaseFound) -> String {
    let (platform, own): (Vec<_>, Vec<_>) = database.schemas.iter().partition(|schema| schema.is_of_platform);
    let tables = |of: &[&SchemaFound]| -> u64 { of.iter().map(|one| u64::from(one.tables)).sum() };
    let names: Vec<&str> = own.iter().map(|schema| schema.name.as_str()).collect();
    let mut words = match names.as_slice() {
        [] => "no tables of its own".to_owned(),
        names => format!("{} in {}", counted(tables(&own), "table"), some_of(names)),
    };
    if let (Some(provider), false) = (&database.provider, platform.is_empty()) {
        let schemas = counted(platform.len() as u64, "schema");
        words = format!("{words}, {} of {provider} in {schemas}", count_words(tables(&platform)));
    }
    let rows: u64 = database.schemas.iter().map(|schema| schema.rows).sum();
    let rows = match database.schemas.iter().any(|schema| schema.uncounted > 0) {
        false => format!("about {}", counted(rows, "row")),
        true if rows > 0 => format!("more than {}", counted(rows, "row")),
        true => "rows not estimated yet".to_owned(),
    };
    let extensions = counted(database.extensions.into(), "extension");
    format!("{words}; {rows}, {extensions}")
}

pub(super) fn thing_words(thing: &ThingFound) -> String {
    match thing.rows {
        Some(rows) => {
            format!("about {} {}", count_words(rows), if rows == 1 { &thing.one } else { &thing.many })
        }
        None => thing.many.clone(),
    }
}

/// How a source is read.
pub(super) fn how(source: &SourceRecord) -> &'static str {
    match &source.place {
        Place::Folder { .. } | Place::Files { .. } => "read on this computer",
        Place::Bucket(_) => "read from the bucket",
        Place::StorageApi(_) => "read from the storage service, listed in the same snapshot",
        Place::Sftp { .. } => "read over SSH",
        Place::Redis(_) => "as a replica, or key by key",
        Place::LogTable { .. } => "in the database, same snapshot",
        Place::ContainerLog { .. } => "`docker logs`, by day",
    }
}

pub(super) fn some_of(names: &[&str]) -> String {
    match names.len().checked_sub(NAMED + 1) {
        Some(more) => format!("{} and {} more", names[..NAMED].join(", "), more + 1),
        None => names.join(", "),
    }
}

pub(super) fn without_stop(text: &str) -> &str {
    text.trim_end_matches('.')
}
